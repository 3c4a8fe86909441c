# SPDX-License-Identifier: Apache-2.0
"""``sichen laboratory instrument``, ``check`` and ``environment``: what measures, and where."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import laboratory_equipment as equipment
from sichen.adapters import now
from sichen.adapters.laboratory_book import world_of
from sichen.adapters.laboratory_equipment import date_of
from sichen.adapters.laboratory_shown import episode_json, instrument_json, place_json, state_of
from sichen.adapters.named_files import read_named
from sichen.cli.laboratory_options import AsJson, Data, Person, at_desk, who
from sichen.cli.output import language, note, print_json, print_table, say
from sichen.conformity import laboratory as lab
from sichen.core import Duration, Message

instrument_app = App(name="instrument", help="Instruments and their calibration.")
check_app = App(name="check", help="Check watches and their control charts.")
environment_app = App(name="environment", help="Rooms, chambers and their logs.")

Since = Annotated[str | None, Parameter(help="Only from this day on.")]
Until = Annotated[str | None, Parameter(help="Only until the end of this day.")]
BAD = {"expired", "alarm", "withdrawn"}


@instrument_app.command
def add(
    name: str,
    /,
    *,
    certificate: Annotated[str, Parameter(help="Number of the calibration certificate.")],
    calibrated: Annotated[str, Parameter(help="Day of the calibration.")],
    valid_until: Annotated[str, Parameter(help="Last day of its validity.")],
    title: Annotated[str, Parameter(help="What it is.")] = "",
    title_zh: Annotated[str, Parameter(help="What it is, in Chinese.")] = "",
    station: Annotated[list[str] | None, Parameter(help="Where it is used; may be repeated.")] = None,
    unit: Annotated[str, Parameter(help="Unit of its check watch.")] = "s/d",
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Enter an instrument with its calibration.

    Parameters
    ----------
    name
        Its number in the laboratory.
    """
    days = (date_of(calibrated), date_of(valid_until, end_of_day=True))
    made = lab.Instrument(name, title or title_zh or name, title_zh or title or name, certificate, *days)
    with at_desk(data) as folder:
        one = equipment.add_instrument(folder, made, person=who(person), stations=tuple(station or ()), unit=unit)
        return _told([one], json=json)


@instrument_app.command
def calibrate(
    name: str,
    /,
    *,
    certificate: str,
    calibrated: Annotated[str, Parameter(help="Day of the calibration.")],
    valid_until: Annotated[str, Parameter(help="Last day of its validity.")],
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Note a new calibration."""
    days = {"calibrated": date_of(calibrated), "valid_until": date_of(valid_until, end_of_day=True)}
    with at_desk(data) as folder:
        one = equipment.calibrate(folder, name, certificate=certificate, person=who(person), **days)
        return _told([one], json=json)


@instrument_app.command
def withdraw(name: str, /, *, reason: str, person: Person = "", data: Data = None, json: AsJson = False) -> int:
    """Take an instrument out of use; a new calibration brings it back."""
    with at_desk(data) as folder:
        return _told([equipment.withdraw(folder, name, reason=reason, person=who(person))], json=json)


@instrument_app.command(name="list")
def list_instruments(*, data: Data = None, json: AsJson = False) -> int:
    """List the instruments."""
    with at_desk(data) as folder:
        return _told(list(world_of(folder).instruments.values()), json=json, listed=True)


@instrument_app.command
def due(*, days: Annotated[int, Parameter(help="How far to look ahead.")] = 30, data: Data = None, json: AsJson = False) -> int:
    """List the instruments whose calibration has ended or ends soon; leaves with 1 when there are any."""
    with at_desk(data) as folder:
        known = world_of(folder).instruments
    ahead = Duration.of_seconds(86_400.0 * days)
    found = [known[one.id] for one in lab.due((one.instrument for one in known.values()), now=now(), ahead=ahead)]
    _told(found, json=json, listed=True)
    return 1 if found else 0


@check_app.command(name="add")
def add_check(
    name: str,
    value: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    unit: str = "",
    u: Annotated[float | None, Parameter(help="Standard uncertainty of the reading.")] = None,
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Keep a reading of the check watch; leaves with 1 when the chart raises an alarm.

    Parameters
    ----------
    name
        The instrument that read it.
    value
        What it read.
    """
    with at_desk(data) as folder:
        one = equipment.check(folder, name, value, person=who(person), unit=unit, u=u)
    _told([one], json=json)
    return _alarms(one)


@check_app.command
def baseline(
    name: str,
    /,
    *,
    count: Annotated[int | None, Parameter(help="Of how many readings; all since the former baseline when not given.")] = None,
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Fix the control chart from readings of a time when all was well."""
    with at_desk(data) as folder:
        return _told([equipment.fix_baseline(folder, name, person=who(person), count=count)], json=json)


@check_app.command
def chart(name: str, /, *, data: Data = None, json: AsJson = False) -> int:
    """Show the control chart of an instrument; leaves with 1 when an alarm is open."""
    with at_desk(data) as folder:
        one = world_of(folder).instrument(name)
    if json:
        readings = [{"at": row.at, "value": str(row.value), "person": row.person} for row in one.checks]
        print_json({**instrument_json(one, now=now()), "readings": list(readings)})
        return 1 if one.open_alarms else 0
    marks = {alarm.place: "✗" if alarm.place >= one.answered else "·" for alarm in one.alarms}
    print_table((str(place + 1), row.at[:16], str(row.value), marks.get(place, "")) for place, row in enumerate(one.checks))
    if one.chart is not None:
        low, high = one.chart.limits
        print(say(Message("cli.laboratory.chart", centre=f"{one.chart.centre:.3g}", low=f"{low:.3g}", high=f"{high:.3g}")))
    return _alarms(one)


@check_app.command
def answer(name: str, /, *, finding: str, person: Person = "", data: Data = None, json: AsJson = False) -> int:
    """Say what was found after an alarm, and what was done."""
    with at_desk(data) as folder:
        return _told([equipment.answer_alarm(folder, name, finding=finding, person=who(person))], json=json)


@environment_app.command(name="place")
def add_place(
    name: str,
    /,
    *,
    temperature: Annotated[tuple[float, float], Parameter(allow_leading_hyphen=True, help="Lowest and highest allowed, °C.")],
    humidity: Annotated[tuple[float, float], Parameter(help="Lowest and highest allowed, per cent.")] = (0.0, 100.0),
    title: str = "",
    title_zh: str = "",
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Enter a room or a chamber with what is allowed in it.

    Parameters
    ----------
    name
        A short word for it.
    """
    place = lab.Place(name, title or name, title_zh or title or name, temperature, humidity)
    with at_desk(data) as folder:
        made = equipment.add_place(folder, place, person=who(person))
    print_json(place_json(made)) if json else print(made.id)
    return 0


@environment_app.command(name="import")
def import_log(name: str, file: Path, /, *, person: Person = "", data: Data = None, json: AsJson = False) -> int:
    """Import a log of temperature and humidity, whole or not at all.

    Parameters
    ----------
    name
        The room or chamber.
    file
        CSV with the columns time, temperature_c, humidity_percent.
    """
    with at_desk(data) as folder:
        place = equipment.import_log(folder, name, read_named(file), file=file.name, person=who(person))
    print_json(place_json(place)) if json else print(say(Message("cli.laboratory.imported", place=name, file=file.name)))
    return 0


@environment_app.command
def excursions(name: str, /, *, since: Since = None, until: Until = None, data: Data = None, json: AsJson = False) -> int:
    """List when a place was outside what is allowed; leaves with 1 when it ever was."""
    period = {
        "since": None if since is None else date_of(since),
        "until": None if until is None else date_of(until, end_of_day=True),
    }
    with at_desk(data) as folder:
        place = world_of(folder).place(name)
        found = lab.places.episodes(equipment.log_of(folder, place, **period), place)
    if json:
        print_json([episode_json(one) for one in found])
    else:
        rows = ((one.first.at.isoformat()[:16], one.last.at.isoformat()[:16], f"{one.worst:g}", one.quantity) for one in found)
        print_table(rows)
    return 1 if found else 0


def _told(found: list[lab.Apparatus], *, json: bool, listed: bool = False) -> int:
    at, spoken = now(), language()
    if json:
        rows = [instrument_json(one, now=at) for one in found]
        print_json(list(rows) if listed else rows[0])
        return 0
    print_table(
        (
            one.instrument.id,
            one.instrument.name_zh if spoken == "zh" else one.instrument.name_en,
            one.instrument.valid_until.isoformat()[:10],
            say(Message(f"cli.laboratory.state.{state_of(one, now=at)}")),
        )
        for one in found
    )
    return 0


def _alarms(one: lab.Apparatus) -> int:
    for alarm in one.open_alarms:
        note(say(alarm.message))
    return 1 if one.open_alarms else 0
