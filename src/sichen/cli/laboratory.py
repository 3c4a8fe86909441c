# SPDX-License-Identifier: Apache-2.0
"""``sichen laboratory``: cases, samples, tasks and results of a test laboratory."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from sichen.adapters import DataFolder
from sichen.adapters import laboratory_capture as stations
from sichen.adapters import laboratory_desk as desk
from sichen.adapters.laboratory_book import world_of
from sichen.adapters.laboratory_capture import Result, Slot
from sichen.adapters.laboratory_equipment import date_of
from sichen.adapters.laboratory_shown import case_json, tasks_json
from sichen.adapters.named_files import read_named
from sichen.cli.conformity_options import order
from sichen.cli.laboratory_options import AsJson, Data, Person, at_desk, who
from sichen.cli.output import complain, language, print_json, print_table, say
from sichen.conformity import laboratory as lab
from sichen.conformity.certificate import Item, Party
from sichen.core import ConfigError, Message, digest_prefix

app = App(name="laboratory", help="A test laboratory: cases, samples, stations, instruments, surroundings, trail.")
case_app = App(name="case", help="Commissions, from the front desk to the end.")
sample_app = App(name="sample", help="Watches of a case.")
app.command(case_app)
app.command(sample_app)
app.command("sichen.cli.laboratory_equipment:instrument_app", name="instrument", help="Instruments and their calibration.")
app.command("sichen.cli.laboratory_equipment:check_app", name="check", help="Check watches and their control charts.")
app.command("sichen.cli.laboratory_equipment:environment_app", name="environment", help="Rooms, chambers and their logs.")
app.command("sichen.cli.laboratory_keeping:nonconforming_app", name="nonconforming", help="Work that does not conform.")
app.command("sichen.cli.laboratory_keeping:retention_app", name="retention", help="What is kept, and for how long.")
app.command("sichen.cli.laboratory_keeping:trail", name="trail", help="Check the audit trail.")


@case_app.command(name="open")
def open_case(
    customer: str,
    /,
    *,
    customer_zh: Annotated[str, Parameter(help="The customer's Chinese name.")] = "",
    city: str = "",
    country: str = "CN",
    email: str = "",
    number: Annotated[str, Parameter(help="Number of the case; the next of the year when not given.")] = "",
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Open a case at the front desk and print its number.

    Parameters
    ----------
    customer
        Who commissions it.
    """
    with at_desk(data) as folder:
        party = Party(customer, customer_zh, city, country, email)
        return _told(folder, desk.open_case(folder, party, person=who(person), number=number), json=json)


@case_app.command(name="list")
def list_cases(
    *, stage: Annotated[str | None, Parameter(help="Only those in this stage.")] = None, data: Data = None, json: AsJson = False
) -> int:
    """List the cases, latest first."""
    with at_desk(data) as folder:
        world = world_of(folder)
        found = [case for case in reversed(list(world.cases.values())) if stage in {None, case.stage}]
        rows = [case_json(case, world, whole=False) for case in found]
        broken = dict(world.broken)
    if json:
        print_json(list(rows))
    else:
        print_table(
            (case.number, _stage(case), case.customer.name(language()), str(row["samples"]), str(row["changed"])[:10])
            for case, row in zip(found, rows, strict=True)
        )
    for message in broken.values():
        complain(message)
    return 1 if broken else 0


@case_app.command
def show(number: str, /, *, data: Data = None, json: AsJson = False) -> int:
    """Show one case: samples, plans, results, verdicts, what is still to be done.

    Parameters
    ----------
    number
        Of the case.
    """
    with at_desk(data) as folder:
        world = world_of(folder)
        case = world.case(number)
        kept = desk.verdicts_of(folder, case)
        if json:
            verdicts = [
                {"serial": str(one.body["watch"]), "verdict": one.body["verdict"], "record": one.digest} for one in kept
            ]
            print_json({**case_json(case, world), "verdicts": list(verdicts)})
            return 0
    print(f"{case.number}  {_stage(case)}  {case.customer.name(language())}")
    print_table((item.serial, item.brand, item.model, item.state) for item in case.samples.values())
    print_table((one.plan.id, one.category, one.plan.title(language())) for one in case.protocols)
    rows = (
        (one.serial, one.plan, one.quantity, str(one.reading.value), one.instrument, one.record[7:19]) for one in case.captures
    )
    print_table(rows)
    print_table(
        (str(one.body["watch"]), say(Message(f"cli.conformity.{one.body['verdict']}")), one.digest[7:19]) for one in kept
    )
    _print_tasks([case])
    return 0


@case_app.command
def accept(
    number: str,
    /,
    *,
    plan_: Annotated[list[str], Parameter(name="--plan", help="A plan's name or TOML file, with :CATEGORY; may be repeated.")],
    decision: Annotated[str | None, Parameter(help="simple, guard band or shared risk; the plan's own when not given.")] = None,
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Review the contract and fix the plans; they are put in an order that spoils no result."""
    pairs = [name.rpartition(":") if ":" in name else (name, "", "") for name in plan_]
    protocols = [order(head, category=category or None, decision=decision).protocol() for head, _, category in pairs]
    with at_desk(data) as folder:
        return _told(folder, desk.accept_case(folder, number, protocols, person=who(person)), json=json)


@case_app.command
def move(
    number: str,
    to: Literal["begin", "finish", "close"],
    /,
    *,
    years: Annotated[int, Parameter(help="How long the samples' papers are kept after the end.")] = desk.YEARS,
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Move a case on: begin the tests, finish them, close the case.

    Parameters
    ----------
    number
        Of the case.
    to
        begin, finish or close.
    """
    with at_desk(data) as folder:
        if to == "begin":
            case = desk.begin_case(folder, number, person=who(person))
        elif to == "finish":
            case = desk.finish_case(folder, number, person=who(person))
        else:
            case = desk.close_case(folder, number, person=who(person), years=years)
        return _told(folder, case, json=json)


@case_app.command
def decline(number: str, /, *, reason: str, person: Person = "", data: Data = None, json: AsJson = False) -> int:
    """Decline a case with the reason."""
    with at_desk(data) as folder:
        return _told(folder, desk.decline_case(folder, number, reason=reason, person=who(person)), json=json)


@case_app.command
def reopen(
    number: str,
    /,
    *,
    reason: str,
    repeat: Annotated[list[str] | None, Parameter(help="SERIAL:QUANTITY to measure again; may be repeated.")] = None,
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Go back to the stations to repeat results; the former ones stay on record."""
    discard = [(serial, quantity) for serial, _, quantity in (text.rpartition(":") for text in repeat or ())]
    with at_desk(data) as folder:
        return _told(folder, desk.reopen_case(folder, number, reason=reason, discard=discard, person=who(person)), json=json)


@case_app.command
def repeat(
    number: str,
    serial: str,
    quantity: str,
    /,
    *,
    reason: str,
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Set a result aside while the tests run, to measure it again; it stays on record."""
    with at_desk(data) as folder:
        case = desk.repeat_result(folder, number, serial, quantity, reason=reason, person=who(person))
        return _told(folder, case, json=json)


@sample_app.command
def register(
    number: str,
    serial: str = "",
    /,
    *,
    brand: str = "",
    model: str = "",
    calibre: str = "",
    state: Annotated[str, Parameter(help="In which state the watch came.")] = "",
    photo: Annotated[list[Path] | None, Parameter(help="A photograph; may be repeated.")] = None,
    table: Annotated[Path | None, Parameter(help="CSV with serial, brand, state and more: many watches, all or none.")] = None,
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Register a watch, or the watches of a table.

    Parameters
    ----------
    number
        Of the case.
    serial
        Serial number of the watch.
    """
    photographs = [(path.name, read_named(path)) for path in photo or ()]
    with at_desk(data) as folder:
        if table is not None:
            case = desk.register_samples(folder, number, read_named(table), name=table.name, person=who(person))
        else:
            item = Item(serial, brand, model, calibre, state)
            case = desk.register_sample(folder, number, item, person=who(person), photographs=photographs)
        return _told(folder, case, json=json)


@app.command
def tasks(
    *,
    number: Annotated[str | None, Parameter(name="--case", help="Only of this case.")] = None,
    station: Annotated[str | None, Parameter(help="Only of this station.")] = None,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """List what is to be done at the stations."""
    if station is not None and station not in lab.stations():
        raise ConfigError(Message("cli.laboratory.station", found=station, known=", ".join(lab.stations())))
    with at_desk(data) as folder:
        world = world_of(folder)
        found = [world.case(number)] if number else [case for case in world.cases.values() if case.stage == "testing"]
    if json:
        rows = [row for case in found if case.stage == "testing" for row in tasks_json(case)]
        print_json([row for row in rows if station is None or (isinstance(row, dict) and row["station"] == station)])
    else:
        _print_tasks(found, station)
    return 0


@app.command
def capture(
    number: str,
    file: Path | None = None,
    /,
    *,
    plan_: Annotated[str, Parameter(name="--plan", help="Which plan of the case.")],
    instrument: Annotated[str, Parameter(help="Which instrument measured it.")] = "",
    serial: Annotated[str, Parameter(help="Which watch, for a value or a reading.")] = "",
    quantity: Annotated[str, Parameter(help="What was measured; see `sichen laboratory tasks`.")] = "",
    value: Annotated[str | None, Parameter(allow_leading_hyphen=True, help="The number as read.")] = None,
    u: Annotated[float | None, Parameter(help="Its standard uncertainty; the plan's usual one when not given.")] = None,
    unit: Annotated[str, Parameter(help="Its unit: a check against slips.")] = "",
    at: Annotated[str | None, Parameter(help="When it was measured; now when not given.")] = None,
    reading: Annotated[str | None, Parameter(help="Digest of a kept reading of the bench.")] = None,
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Capture results: from a file, a typed value, or a kept reading of the bench.

    Parameters
    ----------
    number
        Of the case.
    file
        CSV: watch, day, rate_s_per_d or state_s; or watch, quantity, value. All of it is captured or nothing.
    """
    if [file is not None, value is not None, reading is not None].count(True) != 1:
        complain(Message("cli.laboratory.one_source"))
        return 2
    with at_desk(data) as folder:
        if file is not None:
            content = read_named(file)
            case = stations.capture_file(
                folder, number, plan_, content, name=file.name, instrument=instrument, person=who(person)
            )
        elif reading is not None:
            record = folder.records.read(folder.records.resolve(digest_prefix(reading)))
            slot = Slot(number, plan_, serial, quantity)
            case = stations.capture_reading(folder, slot, record, instrument=instrument, person=who(person))
        else:
            measured = None if at is None else date_of(at)
            result = Result(serial, quantity, value or "", u, unit, instrument, measured)
            case = stations.capture(folder, number, plan_, result, person=who(person))
        return _told(folder, case, json=json)


def _told(folder: DataFolder, case: lab.Case, *, json: bool) -> int:
    if json:
        print_json(case_json(case, world_of(folder)))
    else:
        left = sum(len(task.quantities) for task in lab.tasks(case)) if case.stage == "testing" else 0
        print(f"{case.number}  {_stage(case)}  {say(Message('cli.laboratory.left', count=left))}")
    return 0


def _stage(case: lab.Case) -> str:
    return say(Message(f"cli.laboratory.stage.{case.stage}"))


def _print_tasks(found: list[lab.Case], station: str | None = None) -> None:
    spoken = language()
    rows = []
    for case in found:
        by_plan = {one.plan.id: one for one in case.protocols}
        for task in lab.tasks(case) if case.stage == "testing" else ():
            for name in task.quantities:
                quantity = lab.quantity_of(by_plan[task.plan], name)
                if station in {None, quantity.station}:
                    place = lab.stations()[quantity.station].name(spoken)
                    rows.append((case.number, task.serial, task.plan, place, name, quantity.name(spoken)))
    print_table(rows)
