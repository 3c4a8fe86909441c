# SPDX-License-Identifier: Apache-2.0
"""Instruments, check watches, rooms and their logs, as the laboratory keeps them."""

from collections.abc import Callable, Sequence

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.laboratory_book import World, world_of
from sichen.adapters.laboratory_steps import RowsRefused, Steps, actor, keep_steps, text_of
from sichen.conformity import laboratory as lab
from sichen.conformity.laboratory import apparatus, places
from sichen.conformity.table import instant
from sichen.core import DataError, Duration, Instant, Message, digest_of_bytes

SOON = Duration.of_seconds(30 * 86_400.0)
"""How long ahead a calibration that ends is told."""


def date_of(text: str, *, end_of_day: bool = False) -> Instant:
    """Read a date, or a full instant; raise `DataError` when it is neither."""
    found = instant(text.strip(), end_of_day=end_of_day)
    if found is None:
        raise DataError(Message("conformity.laboratory.no_date", found=text or "—"))
    return found


def add_instrument(
    folder: DataFolder, instrument: lab.Instrument, *, person: str, stations: Sequence[str] = (), unit: str = "s/d"
) -> lab.Apparatus:
    """Enter an instrument with its calibration; parameters as `sichen.conformity.laboratory.apparatus.enrol`."""

    def decide(world: World) -> Steps:
        known = instrument.id in world.instruments or f"instrument:{instrument.id}" in world.broken
        made = apparatus.enrol(instrument, actor=actor(person), stations=tuple(stations), unit=unit, known=known)
        return Steps((made.record,))

    return keep_steps(folder, decide).instrument(instrument.id)


def calibrate(
    folder: DataFolder, name: str, *, certificate: str, calibrated: Instant, valid_until: Instant, person: str
) -> lab.Apparatus:
    """Note a new calibration of an instrument."""
    return _served(
        folder,
        name,
        lambda one: apparatus.recalibrate(
            one, certificate=certificate, calibrated=calibrated, valid_until=valid_until, actor=actor(person)
        ),
    )


def withdraw(folder: DataFolder, name: str, *, reason: str, person: str) -> lab.Apparatus:
    """Take an instrument out of use."""
    return _served(folder, name, lambda one: apparatus.withdraw(one, reason=reason, actor=actor(person)))


def check(folder: DataFolder, name: str, text: str, *, person: str, unit: str = "", u: float | None = None) -> lab.Apparatus:
    """Keep a reading of the check watch of an instrument."""
    return _served(folder, name, lambda one: apparatus.check(one, text, actor=actor(person), unit=unit, u=u))


def fix_baseline(folder: DataFolder, name: str, *, person: str, count: int | None = None) -> lab.Apparatus:
    """Fix the control chart of an instrument."""
    return _served(folder, name, lambda one: apparatus.fix_baseline(one, actor=actor(person), count=count))


def answer_alarm(folder: DataFolder, name: str, *, finding: str, person: str) -> lab.Apparatus:
    """Say what was found after an alarm."""
    return _served(folder, name, lambda one: apparatus.answer(one, finding=finding, actor=actor(person)))


def add_place(folder: DataFolder, place: lab.Place, *, person: str) -> lab.Place:
    """Enter a room or a chamber."""

    def decide(world: World) -> Steps:
        known = place.id in world.places or f"place:{place.id}" in world.broken
        return Steps((places.settle(place, actor=actor(person), known=known).record,))

    return keep_steps(folder, decide).place(place.id)


def import_log(folder: DataFolder, name: str, content: bytes, *, file: str, person: str) -> lab.Place:
    """Import a log of temperature and humidity; the whole file or nothing.

    Raises
    ------
    RowsRefused
        If rows are refused, or contradict what was imported before.
    """
    text, artifact = text_of(content, file), digest_of_bytes(content)

    def decide(world: World) -> Steps:
        who = actor(person)
        read = places.read_log(text, now=who.at)
        if read.refusals:
            raise RowsRefused(read.refusals)
        place = world.place(name)
        for log in place.logs:
            if read.readings and log.first <= read.readings[-1].at and read.readings[0].at <= log.last and log.file != artifact:
                period = {"first": log.first.isoformat()[:16], "last": log.last.isoformat()[:16]}
                raise DataError(Message("conformity.laboratory.log_overlap", **period))
        return Steps((places.note_log(place, read.readings, file=artifact, actor=who).record,))

    decide(world_of(folder))
    folder.keep(content, media_type="text/csv", name=file, expected=artifact)
    return keep_steps(folder, decide).place(name)


def log_of(
    folder: DataFolder, place: lab.Place, *, since: Instant | None = None, until: Instant | None = None
) -> tuple[lab.Surroundings, ...]:
    """Return what the logs of a place say of a period, in order of time; all of it by default."""
    found: list[lab.Surroundings] = []
    for log in place.logs:
        if (since is not None and log.last < since) or (until is not None and until < log.first):
            continue
        with folder.artifacts.open(log.file) as file:
            found += places.read_log(text_of(file.read(), log.file), now=log.last).readings
    inside = (one for one in found if (since is None or since <= one.at) and (until is None or one.at <= until))
    return tuple(sorted(inside, key=lambda one: one.at.ns))


def excursions_of(folder: DataFolder, world: World, case: lab.Case) -> tuple[lab.Excursion, ...]:
    """Return where a place that was logged left what a step of a case allows, on the days before its results."""
    found: dict[tuple[int, str], lab.Excursion] = {}
    logs = {name: log_of(folder, place) for name, place in world.places.items()}
    for protocol in case.protocols:
        for one in case.captures:
            if one.plan != protocol.plan.id or not one.quantity.startswith("day "):
                continue
            step, end = protocol.plan.step_of(int(one.quantity.removeprefix("day "))), Instant.parse(one.at)
            place = _place_for(world, step)
            if place is None:
                continue
            start = Instant(end.ns - 86_400 * 10**9)
            for excursion in lab.excursions(logs[place.id], step, start=start, end=end):
                found[excursion.reading.at.ns, place.id] = excursion
    return tuple(found[key] for key in sorted(found))


def _place_for(world: World, step: object) -> lab.Place | None:
    """Return the place whose allowed temperatures hold that of a step; the narrowest where there are several."""
    wanted = getattr(step, "temperature", None)
    if wanted is None:
        return None
    fitting = [one for one in world.places.values() if one.temperature[0] <= wanted <= one.temperature[1]]
    return min(fitting, key=lambda one: one.temperature[1] - one.temperature[0], default=None)


def _served(folder: DataFolder, name: str, serve: Callable[[lab.Apparatus], apparatus.Served]) -> lab.Apparatus:
    return keep_steps(folder, lambda world: Steps((serve(world.instrument(name)).record,))).instrument(name)
