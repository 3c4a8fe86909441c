# SPDX-License-Identifier: Apache-2.0
"""Maps, chains and registers for programs: the same answers as the commands of that name."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, File, Form, UploadFile
from fastapi.responses import JSONResponse

from sichen.adapters import now
from sichen.adapters.industry_chain_desk import bodies_of, chain_of, map_of, people_of, transfer_of
from sichen.adapters.industry_desk import Source
from sichen.adapters.industry_register_desk import change, enter, measures_of, standing, tell_measure
from sichen.core import JSON, DataError, Message
from sichen.industry import Refusal
from sichen.industry.registers.credit import Entry
from sichen.industry.registers.people import commitment, draw_experts, read_draw, verify_draw
from sichen.web.folder import Folder
from sichen.web.industry.fair import matched

router = APIRouter()
Table = Annotated[UploadFile, File(description="CSV, TSV or XLSX with a heading.")]
Text = Annotated[str, Body()]


async def _source(file: UploadFile) -> Source:
    return Source(await file.read(), file.filename or "table.csv")


@router.post("/api/industry/map", tags=["industry"])
async def region_map(
    file: Table,
    column: Annotated[str | None, Form()] = None,
    measure: Annotated[Literal["value", "share", "lq"], Form()] = "value",
) -> JSONResponse:
    """Put regions on the map: value and step of each division."""
    found = await asyncio.to_thread(map_of, await _source(file), column=column, measure=measure)
    return JSONResponse({**found.to_json(), "refusals": _refusals(found.refusals)})


@router.post("/api/industry/chain", tags=["industry"])
async def chain(file: Table) -> JSONResponse:
    """Show a supply chain: flows, stages, balance, dependence."""
    found = await asyncio.to_thread(chain_of, await _source(file))
    return JSONResponse({**found.to_json(), "refusals": _refusals(found.refusals)})


@router.post("/api/industry/transfer", tags=["industry"])
async def transfer(
    file: Table, first: Annotated[int | None, Form()] = None, last: Annotated[int | None, Form()] = None
) -> JSONResponse:
    """Split the change of output into whole, mix and region."""
    found = await asyncio.to_thread(transfer_of, await _source(file), first=first, last=last)
    return JSONResponse({**found.to_json(), "refusals": _refusals(found.refusals)})


@router.post("/api/industry/bodies", tags=["industry"])
async def bodies(file: Table) -> JSONResponse:
    """List training bases, studios, test bodies, museums, fairs and platforms."""
    found, refusals = bodies_of(await _source(file))
    return JSONResponse({"bodies": [one.to_json() for one in found], "refusals": _refusals(refusals)})


@router.post("/api/industry/draw", tags=["industry"])
async def draw(
    file: Table,
    *,
    seed: Annotated[str, Form(description="Published beforehand.")],
    count: Annotated[int, Form(ge=1, le=50)] = 3,
    skill: Annotated[str, Form()] = "",
    about: Annotated[str, Form(description="Whom they judge; semicolons between.")] = "",
    date: Annotated[str, Form(description="Day of the draw; today by default.")] = "",
) -> JSONResponse:
    """Draw experts fairly; anyone repeats it."""
    people, refusals = people_of(await _source(file))
    judged = [part.strip() for part in about.split(";") if part.strip()]
    found = draw_experts(people, seed=seed, count=count, date=date or now().isoformat()[:10], skill=skill, about=judged)
    return JSONResponse({**found.to_json(), "refusals": _refusals(refusals)})


@router.post("/api/industry/verify-draw", tags=["industry"])
async def verify(published: Annotated[dict[str, Any], Body(embed=True)], promised: Annotated[str, Body()] = "") -> JSONResponse:
    """Repeat a published draw: whether it follows from seed and pool, and the seed from what was promised."""
    try:
        found = read_draw(published)
    except (KeyError, TypeError) as error:
        raise DataError(Message("web.industry.error.no_draw")) from error
    kept = commitment(found.seed) == promised.strip().casefold() if promised else None
    return JSONResponse({"holds": verify_draw(found) and kept is not False, "promise_kept": kept})


@router.post("/api/industry/match", tags=["industry"])
async def match(wishes: Annotated[dict[str, Any], Body()]) -> JSONResponse:
    """Match buyers with exhibitors; `blocking` counts the pairs who would rather have met each other."""
    found, blocking = matched(wishes)
    return JSONResponse({**found.to_json(), "blocking": blocking})


@router.get("/api/industry/measures", tags=["industry"])
async def measures(folder: Folder) -> JSONResponse:
    """Return every measure of the policy as it stands, with the digest of the record that says so."""
    return JSONResponse(
        [{**one.to_json(), "record": None if record is None else record.digest} for one, record in measures_of(folder)]
    )


@router.post("/api/industry/measures/{clause}", tags=["industry"])
async def told(
    clause: str, folder: Folder, *, status: Text, evidence: Text = "", owner: Text = "", due: Text = "", note: Text = ""
) -> JSONResponse:
    """Say how a measure stands."""
    said = {"status": status, "evidence": evidence, "owner": owner, "due": due, "note": note}
    return JSONResponse({"record": tell_measure(folder, clause, said, at=now()).digest})


@router.get("/api/industry/credit/{firm}", tags=["industry"])
async def credit(firm: str, folder: Folder, date: str = "") -> JSONResponse:
    """Return a firm's credit record on a day."""
    return JSONResponse(standing(folder, firm, date=date or now().isoformat()[:10]).to_json())


@router.post("/api/industry/credit/{firm}", tags=["industry"])
async def entered(firm: str, folder: Folder, *, rule: Text, date: Text, reason: Text, source: Text) -> JSONResponse:
    """Enter what happened, by a published rule."""
    return JSONResponse({"record": enter(folder, firm, Entry(rule, date, reason, source), at=now()).digest})


@router.post("/api/industry/credit/{firm}/{number}", tags=["industry"])
async def stepped(
    firm: str,
    number: int,
    folder: Folder,
    to: Annotated[Literal["appealed", "upheld", "struck", "repaired"], Body()],
    note: Text,
) -> JSONResponse:
    """Appeal, decide, or note that it was made good."""
    return JSONResponse({"record": change(folder, firm, number, to=to, note=note, at=now()).digest})


def _refusals(refusals: tuple[Refusal, ...]) -> list[JSON]:
    return [one.to_json() for one in refusals]
