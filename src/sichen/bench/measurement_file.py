# SPDX-License-Identifier: Apache-2.0
"""The open measurement file: readings with their beats as JSON with a published schema, and as records."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from sichen.bench.measurement_json import Node, bad, figure_json, numbers_json, sentence_json, times_json
from sichen.bench.reading import Beats, ClockReference, Reading, TickScope
from sichen.bench.series.positions import PositionReading, Series, position, summarise
from sichen.core import JSON, DataError, Instant, Message, Record, is_digest
from sichen.core.record import Input

Origin = Literal["given", "listed", "rounded", "measured"]
Clock = Literal["none", "pps", "ntp-log", "typed"]

FORM = "sichen.measurement/1"
KIND = "bench.reading"
_FIGURES = (
    ("beat_interval", "s"),
    ("rate", "s/d"),
    ("amplitude", "°"),
    ("amplitude_linear", "°"),
    ("amplitude_third", "°"),
    ("beat_error", "ms"),
    ("beat_error_unlock", "ms"),
    ("instability", "s/d"),
)


@dataclass(frozen=True)
class Take:
    """One measurement of a watch in one position.

    Parameters
    ----------
    reading : Reading
    beats : Beats
    method, version : str
        How it was found, e.g. ``bench.events`` and ``1``.
    segment : ndarray of int64, shape (n,), optional
        Stretch of unbroken phase of each beat; one stretch when absent.
    instant : Instant, optional
        When the first sample was taken.
    position : str, optional
        Code after ISO 3158.
    series : str, optional
        Takes of one round of positions carry the same word, e.g. ``0 h``.
    audio : str, optional
        Digest of the raw recording.
    scope : TickScope, optional
        The averaged tick.
    """

    reading: Reading
    beats: Beats
    method: str
    version: str
    segment: npt.NDArray[np.int64] | None = None
    instant: Instant | None = None
    position: str | None = None
    series: str | None = None
    audio: str | None = None
    scope: TickScope | None = None

    def __post_init__(self) -> None:
        if self.position is not None:
            position(self.position)
        if self.audio is not None and not is_digest(self.audio):
            raise DataError(Message("core.bad_digest", text=self.audio))

    @property
    def stretches(self) -> npt.NDArray[np.int64]:
        """The segment of each beat."""
        return np.zeros(self.beats.number.size, dtype=np.int64) if self.segment is None else self.segment


@dataclass(frozen=True)
class MeasurementFile:
    """What was measured on one watch.

    Parameters
    ----------
    subject : str
        Whom it is about, e.g. ``watch:0042``.
    takes : tuple of Take
    """

    subject: str
    takes: tuple[Take, ...]

    def series(self, name: str | None = None) -> Series:
        """Sum up the takes of one round of positions.

        Raises
        ------
        DataError
            If the round has no take with a position, or two in the same.
        """
        chosen = [take for take in self.takes if take.series == name and take.position is not None]
        return summarise(PositionReading.of(cast("str", take.position), take.reading) for take in chosen)


def measurement_schema() -> Mapping[str, JSON]:
    """Return the published JSON Schema of the file."""
    text = resources.files("sichen.bench").joinpath("data/measurement.schema.json").read_text(encoding="utf-8")
    return cast("Mapping[str, JSON]", json.loads(text))


def write_measurement(file: MeasurementFile) -> str:
    """Write a measurement file as JSON text; reading it back gives an equal one, to the last digit."""
    data: dict[str, JSON] = {"form": FORM, "subject": file.subject, "takes": [_take_json(take) for take in file.takes]}
    return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"


def read_measurement(text: str | bytes) -> MeasurementFile:
    """Read a measurement file.

    Parameters
    ----------
    text : str or bytes
        JSON in UTF-8.

    Returns
    -------
    MeasurementFile

    Raises
    ------
    DataError
        If it is no measurement file, of another version, or damaged; the message names the place.
    """
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise DataError(Message("bench.file.not_json", found=str(error)[:80])) from error
    root = Node(data, "$")
    form = root.maybe("form")
    if form is None:
        raise DataError(Message("bench.file.no_form"))
    if form.text() != FORM:
        raise DataError(Message("bench.file.version", found=form.text()[:40], known=FORM))
    return MeasurementFile(root["subject"].text(), tuple(_take(node) for node in root["takes"].items()))


def to_record(take: Take, *, subject: str, instant: Instant | None = None) -> Record:
    """Turn a take into a record of kind ``bench.reading``.

    Parameters
    ----------
    take : Take
    subject : str
        Whom it is about.
    instant : Instant, optional
        When it was measured; the take's own when absent.

    Returns
    -------
    Record
        Its input is the raw recording, in the role ``audio``, when the take names it. The beats stay in the
        measurement file: a record is read often, beats seldom.

    Raises
    ------
    DataError
        If nobody says when it was measured.
    """
    when = instant or take.instant
    if when is None:
        raise DataError(Message("bench.file.no_instant"))
    body = dict(take.reading.to_json())
    for name, _ in _FIGURES:
        body[name] = getattr(take.reading, name).to_json()
    body |= {"position": take.position, "series": take.series}
    inputs = () if take.audio is None else (Input("audio", take.audio),)
    return Record(KIND, subject, body, take.method, take.version, when, inputs=inputs)


def _no_constant(found: str) -> float:
    raise ValueError(found)


def _take_json(take: Take) -> dict[str, JSON]:
    return {
        "method": {"id": take.method, "version": take.version},
        "instant": None if take.instant is None else take.instant.isoformat(),
        "position": take.position,
        "series": take.series,
        "audio": take.audio,
        "reading": _reading_json(take.reading),
        "events": _events_json(take),
        "scope": None if take.scope is None else _scope_json(take.scope),
    }


def _scope_json(scope: TickScope) -> dict[str, JSON]:
    return {
        "step": scope.step,
        "start": scope.start,
        "tick": times_json(scope.tick),
        "tock": times_json(scope.tock),
        "marks": {name: list(pair) for name, pair in scope.marks.items()},
    }


def _events_json(take: Take) -> dict[str, JSON]:
    beats = take.beats
    return {
        "number": numbers_json(beats.number),
        "segment": numbers_json(take.stretches),
        "unlock": times_json(beats.unlock),
        "impulse": times_json(beats.impulse),
        "drop": times_json(beats.drop),
    }


def _reading_json(reading: Reading) -> dict[str, JSON]:
    return {
        "duration": reading.duration,
        "status": reading.status,
        "reason": sentence_json(reading.reason),
        "beats_per_hour": reading.beats_per_hour,
        "nominal": reading.nominal,
        "figures": {name: figure_json(getattr(reading, name)) for name, _ in _FIGURES},
        "amplitude_sides": [figure_json(figure) for figure in reading.amplitude_sides],
        "instability_tau": reading.instability_tau,
        "lift_angle": reading.lift_angle,
        "lift_angle_source": reading.lift_angle_source,
        "landmark": reading.landmark,
        "snr_db": reading.snr_db,
        "false_alarm_probability": reading.false_alarm_probability,
        "beats": reading.beats,
        "missed": reading.missed,
        "reference": reading.reference.to_json(),
        "advice": [sentence_json(message) for message in reading.advice],
    }


def _take(node: Node) -> Take:
    beats, segment = _events(node["events"])
    instant, place, series, audio, scope = (node.maybe(name) for name in ("instant", "position", "series", "audio", "scope"))
    return Take(
        reading=_reading(node["reading"]),
        beats=beats,
        method=node["method"]["id"].text(),
        version=node["method"]["version"].text(),
        segment=segment,
        instant=None if instant is None else Instant.parse(instant.text()),
        position=None if place is None else place.text(),
        series=None if series is None else series.text(),
        audio=None if audio is None else audio.text(),
        scope=None if scope is None else _scope(scope),
    )


def _scope(node: Node) -> TickScope:
    tick, tock = node["tick"].times(), node["tock"].times()
    if tick.size != tock.size:
        raise bad(f"{node.path}.tock", f"{tick.size} values, as many as the tick")
    marks = {name: node["marks"][name].pair() for name in node["marks"].keys()}  # noqa: SIM118 - a node is no mapping
    return TickScope(node["step"].number(), node["start"].number(), tick, tock, marks)


def _events(node: Node) -> tuple[Beats, npt.NDArray[np.int64]]:
    number, segment = node["number"].whole_numbers(), node["segment"].whole_numbers()
    sounds = [node[name].times() for name in ("unlock", "impulse", "drop")]
    for name, values in zip(("segment", "unlock", "impulse", "drop"), (segment, *sounds), strict=True):
        if values.size != number.size:
            raise bad(f"{node.path}.{name}", f"{number.size} values, as many as beats")
    return Beats(number, *sounds), segment


def _reading(node: Node) -> Reading:
    reference, figures = node["reference"], node["figures"]
    kind = cast("Clock", reference["kind"].choice("none", "pps", "ntp-log", "typed"))
    reason, nominal = node.maybe("reason"), node.maybe("nominal")
    sides, advice = node.maybe("amplitude_sides"), node.maybe("advice")
    return Reading(
        duration=node["duration"].number(),
        reason=None if reason is None else reason.sentence(),
        beats_per_hour=node.number_or_none("beats_per_hour"),
        nominal=None if nominal is None else cast("Origin", nominal.choice("given", "listed", "rounded", "measured")),
        **{name: figures[name].figure(unit) for name, unit in _FIGURES},
        amplitude_sides=tuple(side.figure("°") for side in sides.items()) if sides else (),
        instability_tau=node.number_or_none("instability_tau"),
        lift_angle=node["lift_angle"].number(),
        lift_angle_source=node["lift_angle_source"].text(),
        landmark=node["landmark"].text(),
        snr_db=node.number_or_none("snr_db"),
        false_alarm_probability=node["false_alarm_probability"].number(),
        beats=int(node["beats"].number()),
        missed=int(node["missed"].number()),
        reference=ClockReference(kind, reference["ppm"].number(), reference["u_ppm"].number()),
        advice=tuple(one.sentence() for one in advice.items()) if advice else (),
    )
