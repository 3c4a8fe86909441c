# SPDX-License-Identifier: Apache-2.0
"""The page of a case: commission, samples, plans, stations, results, review."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from sichen.adapters import DataFolder
from sichen.adapters import laboratory_desk as desk
from sichen.adapters.laboratory_book import world_of
from sichen.adapters.laboratory_equipment import excursions_of
from sichen.conformity import Protocol, plans
from sichen.conformity import laboratory as lab
from sichen.conformity.certificate import Item
from sichen.core import DataError, Message
from sichen.web.folder import Folder
from sichen.web.laboratory.acting import Person, Problem, act, chosen, status
from sichen.web.laboratory.todo import figure_of, todos_of
from sichen.web.pages import page

router = APIRouter()
STAGES = ("opened", "accepted", "testing", "tested", "closed")


@router.get("/laboratory/cases/{number}", include_in_schema=False)
def case_page(request: Request, folder: Folder, person: Person, number: str) -> HTMLResponse:
    """Show a case."""
    return _page(request, folder, person, number)


@router.post("/laboratory/cases/{number}/samples", include_in_schema=False)
def register(
    request: Request,
    folder: Folder,
    person: Person,
    number: str,
    *,
    serial: Annotated[str, Form()] = "",
    brand: Annotated[str, Form()] = "",
    model: Annotated[str, Form()] = "",
    calibre: Annotated[str, Form()] = "",
    state: Annotated[str, Form()] = "",
    photographs: Annotated[list[UploadFile] | None, File()] = None,
    table: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Register a watch, or the watches of a table."""

    def step() -> str:
        rows = chosen(table)
        if rows is not None:
            desk.register_samples(folder, number, rows[1], name=rows[0], person=person)
        else:
            pictures = [found for file in photographs or () if (found := chosen(file)) is not None]
            item = Item(serial.strip(), brand.strip(), model.strip(), calibre.strip(), state.strip())
            desk.register_sample(folder, number, item, person=person, photographs=pictures)
        return f"/laboratory/cases/{number}"

    return act(step, lambda problem: _page(request, folder, person, number, problem))


@router.post("/laboratory/cases/{number}/accept", include_in_schema=False)
def accept(
    request: Request, folder: Folder, person: Person, number: str, *, plan: Annotated[list[str] | None, Form()] = None
) -> Response:
    """Review the contract: fix the plans that were ticked, each as ``name:category``."""
    return _do(
        request, folder, person, number, lambda: desk.accept_case(folder, number, protocols_of(plan or []), person=person)
    )


@router.post("/laboratory/cases/{number}/{move}", include_in_schema=False)
def move(
    request: Request,
    folder: Folder,
    person: Person,
    number: str,
    move: str,
    *,
    reason: Annotated[str, Form()] = "",
    repeat: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Begin, finish, close, decline or reopen a case, or set one result aside."""
    return _do(request, folder, person, number, lambda: moved(folder, number, move, person, reason=reason, repeat=repeat or []))


def moved(folder: DataFolder, number: str, move: str, person: str, *, reason: str, repeat: list[str]) -> lab.Case:
    """Take one of the steps that need no more than a reason; `repeat` names results as ``quantity@serial``."""
    pairs = [(serial, quantity) for quantity, _, serial in (text.partition("@") for text in repeat)]
    steps: Mapping[str, Callable[[], lab.Case]] = {
        "begin": lambda: desk.begin_case(folder, number, person=person),
        "finish": lambda: desk.finish_case(folder, number, person=person),
        "close": lambda: desk.close_case(folder, number, person=person),
        "decline": lambda: desk.decline_case(folder, number, reason=reason, person=person),
        "reopen": lambda: desk.reopen_case(folder, number, reason=reason, discard=pairs, person=person),
        "repeat": lambda: desk.repeat_result(folder, number, *(pairs or [("", "")])[0], reason=reason, person=person),
    }
    if move not in steps:
        raise DataError(Message("conformity.laboratory.stage", now="—", wanted=move, allowed=", ".join(steps)))
    return steps[move]()


def protocols_of(names: list[str]) -> list[Protocol]:
    """Return built-in plans with their categories, named as ``name:category``."""
    from sichen.conformity import plan

    pairs = [name.partition(":") for name in names if name]
    return [plan(head).choose(category=category or None) for head, _, category in pairs]


def _do(request: Request, folder: DataFolder, person: str, number: str, step: Callable[[], lab.Case]) -> Response:
    def taken() -> str:
        return f"/laboratory/cases/{step().number}"

    return act(taken, lambda problem: _page(request, folder, person, number, problem))


def _page(request: Request, folder: DataFolder, person: str, number: str, problem: Problem | None = None) -> HTMLResponse:
    world = world_of(folder)
    case = world.case(number)
    return page(
        request,
        "laboratory/case.html",
        status=status(problem),
        person=person,
        problem=problem,
        case=case,
        stages=STAGES,
        plans=plans() if case.stage == "opened" else {},
        tables=[_table(case, protocol) for protocol in case.protocols],
        todo=list(todos_of(case)) if case.stage == "testing" else [],
        verdicts=_verdicts(folder, case),
        certificates=desk.certificates_of(folder, world, case) if case.stage in {"tested", "closed"} else (),
        excursions=excursions_of(folder, world, case),
        stations=lab.stations(),
        name_of=lab.name_of,
        opened=world.begun[f"case:{number}"],
        subject=f"case:{number}",
    )


def _table(case: lab.Case, protocol: Protocol) -> dict[str, object]:
    """Return the results of a plan: a row a quantity, a cell a sample."""
    found = {(one.quantity, one.serial): one for one in case.captures if one.plan == protocol.plan.id}
    rows = []
    for name in lab.wanted(protocol):
        cells = [
            (one, figure_of(one, protocol)) if one else None for one in (found.get((name, serial)) for serial in case.samples)
        ]
        rows.append((lab.quantity_of(protocol, name), lab.steps_for(protocol, name)[-1], cells))
    return {"protocol": protocol, "rows": rows}


def _verdicts(folder: DataFolder, case: lab.Case) -> list[tuple[str, str, str, str]]:
    """Return serial number, plan, verdict and record of each kept verdict."""
    if case.stage not in {"tested", "closed"}:
        return []
    found = []
    for record in desk.verdicts_of(folder, case):
        protocol = record.body["protocol"]
        name = str(protocol["plan"]) if isinstance(protocol, Mapping) else ""
        found.append((str(record.body["watch"]), name, str(record.body["verdict"]), record.digest))
    return found
