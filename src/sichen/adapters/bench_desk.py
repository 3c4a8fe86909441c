# SPDX-License-Identifier: Apache-2.0
"""The desk of the bench: a recording is opened, measured, kept, and becomes a record.

The command line, the pages and the demonstration all measure and keep through here, so that the same sound gives
the same record by every way in.
"""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sichen.adapters.audio_writing import write_wav
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.named_files import read_named
from sichen.adapters.standard_time import StandardTime
from sichen.bench import (
    Beats,
    ClockReference,
    Measurement,
    MeasurementFile,
    Recording,
    SampleStream,
    Take,
    check_lift_angle,
    frame_log_reference,
    measure,
    pps_reference,
    pulse_channel,
    read_frame_log,
    read_measurement,
    to_record,
    typed_reference,
    write_measurement,
)
from sichen.bench.nominal import other_nominal
from sichen.bench.quartz import PulseTrain, QuartzMeasurement, measure_quartz
from sichen.bench.series import PositionReading, report
from sichen.core import JSON, Artifact, DataError, Input, Instant, Message, NotFound, Record

METHOD, VERSION = "bench.acoustic", "1"
SLOWEST, FASTEST = 1_800.0, 1_300_000.0
"""Beats an hour that a clock, a watch or a tuning fork can have."""
ONCE_A_SECOND = 3_600.0
"""Beats an hour of a seconds pendulum, and of nearly every quartz watch with hands."""
QUARTZ_KIND, QUARTZ_METHOD = "bench.quartz", ("bench.quartz", "1")
SERIES_KIND, SERIES_METHOD = "bench.series", ("bench.series", "1")
MEASUREMENT_TYPE = "application/vnd.sichen.measurement+json"


@dataclass(frozen=True)
class Wish:
    """How somebody wants a recording to be measured.

    Parameters
    ----------
    lift_angle : float
        Degrees; `lift_angle_source` says by whom.
    beats_per_hour : float, optional
        The nominal; found when not given.
    reference : str
        ``none``, ``pps``, ``pps:CHANNEL``, ``ntp:FILE``, ``ppm:VALUE`` or ``ppm:VALUE:U``; channels count from 1.
    channel : int, optional
        The one with the watch, counted from 1; the best one when not given.
    standard : StandardTime, optional
        The clock of the house that gave the pulses, where that is known.
    """

    lift_angle: float = 52.0
    lift_angle_source: str = "default"
    beats_per_hour: float | None = None
    reference: str = "none"
    channel: int | None = None
    standard: StandardTime | None = None

    def __post_init__(self) -> None:
        check_lift_angle(self.lift_angle)
        if self.beats_per_hour is not None and not SLOWEST <= self.beats_per_hour <= FASTEST:
            raise DataError(Message("adapters.desk.beats_per_hour", found=f"{self.beats_per_hour:g}"))


def measure_sound(sound: SampleStream, wish: Wish, *, progress: Callable[[float], None] | None = None) -> Measurement:
    """Measure a sound as somebody wishes.

    Raises
    ------
    DataError
        If the reference or the channel cannot be what the wish says.
    """
    reference = clock_reference(wish.reference, sound)
    found = measure(
        sound,
        lift_angle=wish.lift_angle,
        lift_angle_source=wish.lift_angle_source,
        beats_per_hour=wish.beats_per_hour,
        reference=reference if wish.standard is None else wish.standard.behind(reference),
        channel=watch_channel(wish.channel, wish.reference, sound),
        progress=progress,
    )
    return as_wished(found, wish)


def as_wished(found: Measurement, wish: Wish) -> Measurement:
    """Hold a measurement against what was expected: another beat rate refuses it, one beat a second may be a quartz watch."""
    interval = found.reading.beat_interval.value
    if interval is None:
        return found
    reason = other_nominal(interval, given=wish.beats_per_hour)
    if reason is not None:
        none = np.empty(0)
        return Measurement(found.reading.withdrawn(reason), Beats(np.empty(0, np.int64), none, none, none), None)
    said = found.reading.advice
    if any(message.key == "bench.acoustic.two_watches" for message in said):
        # What was left out as knocks are the ticks of the other watch: something soft does not help.
        said = tuple(message for message in said if message.key != "bench.acoustic.knocks")
    if found.reading.beats_per_hour == ONCE_A_SECOND:
        said = (Message("bench.acoustic.maybe_quartz"), *said)
    return replace(found, reading=replace(found.reading, advice=said))


def measure_quartz_sound(
    sound: SampleStream,
    wish: Wish,
    *,
    inhibition_period: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> QuartzMeasurement:
    """Measure the motor, crystal or display of a quartz watch as somebody wishes.

    Raises
    ------
    DataError
        If the reference or the channel cannot be what the wish says.
    """
    return measure_quartz(
        sound,
        reference=clock_reference(wish.reference, sound),
        channel=watch_channel(wish.channel, wish.reference, sound),
        inhibition_period=inhibition_period,
        progress=progress,
    )


def clock_reference(text: str, sound: SampleStream) -> ClockReference:
    """Find what the sample clock is to be compared with.

    Parameters
    ----------
    text : str
        As in `Wish.reference`.
    sound : SampleStream
        Where the pulses of the second are, if they are the reference.

    Raises
    ------
    DataError
        If the text is none of these, or the reference cannot be read.
    """
    kind, _, rest = text.partition(":")
    try:
        if kind == "none" and not rest:
            return ClockReference()
        if kind == "pps":
            if sound.channels == 1:
                raise DataError(Message("adapters.desk.no_second_channel"))
            return pps_reference(sound, channel=_channel(int(rest or 2), sound))
        if kind == "ntp" and rest:
            return frame_log_reference(read_frame_log(read_named(Path(rest))), sample_rate=sound.sample_rate)
        if kind == "ppm" and rest:
            value, _, u = rest.partition(":")
            return typed_reference(float(value), u_ppm=float(u or 1.0))
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(Message("adapters.desk.bad_reference", text=text)) from error
    raise DataError(Message("adapters.desk.bad_reference", text=text))


def watch_channel(number: int | None, reference: str, sound: SampleStream) -> int | None:
    """Return which channel carries the watch, counted from 0; None leaves the choice to the bench.

    Where the pulses of the second are on one of two channels, the watch is on the other.

    Raises
    ------
    DataError
        If there is no such channel.
    """
    kind, _, rest = reference.partition(":")
    if number is not None:
        if kind == "pps" and number == int(rest or 2):
            raise DataError(Message("adapters.desk.same_channel", channel=number))
        return _channel(number, sound)
    pulses = _channel(int(rest or 2), sound) if kind == "pps" else pulse_channel(sound)
    return 1 - pulses if pulses is not None and sound.channels == 2 else None  # noqa: PLR2004 - the watch and the pulses


def keep_reading(
    folder: DataFolder,
    found: Measurement,
    *,
    sound: Artifact,
    subject: str,
    instant: Instant,
    position: str | None = None,
    series: str | None = None,
    source: Mapping[str, JSON] | None = None,
    rests_on: tuple[Input, ...] = (),
    standard: StandardTime | None = None,
    method: tuple[str, str] = (METHOD, VERSION),
) -> Record:
    """Keep a measurement: its beats as an open measurement file, its figures as a record that rests on the sound.

    Parameters
    ----------
    folder : DataFolder
    found : Measurement
    sound : Artifact
        The kept recording.
    subject : str
        Whom it is about, e.g. ``watch:0042``.
    instant : Instant
        When it was measured.
    position : str, optional
        Code after ISO 3158.
    series : str, optional
        Readings of one round of positions carry the same word.
    source : mapping of str to JSON, optional
        What else is known of the sound, e.g. its device.
    rests_on : tuple of Input
        What else stands behind it, e.g. the truth of a synthesised watch.
    standard : StandardTime, optional
        The clock that gave the pulses; the reading then rests on its records.

    Returns
    -------
    Record
        Of kind ``bench.reading``; its inputs are the ``audio`` and the ``beats``.
    """
    take = Take(
        found.reading,
        found.beats,
        *method,
        instant=instant,
        position=position,
        series=series,
        audio=sound.digest,
        scope=found.scope,
    )
    text = write_measurement(MeasurementFile(subject, (take,)))
    beats = folder.keep(text.encode(), media_type=MEASUREMENT_TYPE, name=f"{Path(sound.name).stem}.measurement.json")
    made = to_record(take, subject=subject)
    body = {**made.body, "source": dict(source or {})}
    if standard is not None:
        body["standard_time"] = standard.to_json()
        rests_on = (*rests_on, *standard.inputs)
    record = replace(made, body=body, inputs=(*made.inputs, Input("beats", beats.digest), *rests_on))
    folder.records.append(record)
    return record


def keep_quartz(
    folder: DataFolder,
    found: QuartzMeasurement,
    *,
    sound: Artifact,
    subject: str,
    instant: Instant,
    rests_on: tuple[Input, ...] = (),
) -> Record:
    """Keep a quartz measurement as a record of kind ``bench.quartz`` that rests on the sound, and on its pulses if it has any."""
    reading = found.reading
    body: dict[str, JSON] = {**reading.to_json(), "inhibition_seen": reading.inhibition_seen}
    body |= {name: figure.to_json() for name, figure in reading.figures().items()}
    inputs = [Input("audio", sound.digest), *rests_on]
    if found.pulses is not None:
        name = f"{Path(sound.name).stem}.pulses.json"
        text = json.dumps(found.pulses.to_json(), allow_nan=False)
        inputs.append(Input("pulses", folder.keep(text.encode(), media_type="application/json", name=name).digest))
    record = Record(QUARTZ_KIND, subject, body, *QUARTZ_METHOD, instant, inputs=tuple(inputs))
    folder.records.append(record)
    return record


def kept_pulses(folder: DataFolder, record: Record) -> PulseTrain | None:
    """Return the motor pulses behind a kept quartz reading; None when it came from a tone, or they are gone."""
    for entry in record.inputs:
        if entry.role == "pulses" and folder.artifacts.path(entry.digest).exists():
            with folder.artifacts.open(entry.digest) as file:
                return PulseTrain.from_json(json.load(file))
    return None


def keep_series(
    folder: DataFolder, readings: Sequence[Record], *, earlier: Sequence[Record] = (), class_name: str | None = None
) -> Record:
    """Keep what the positions of one watch say together; parameters as for `series_record`."""
    record = series_record(readings, earlier=earlier, class_name=class_name)
    folder.records.append(record)
    return record


def series_record(readings: Sequence[Record], *, earlier: Sequence[Record] = (), class_name: str | None = None) -> Record:
    """Make the record of what the positions of one watch say together.

    Parameters
    ----------
    readings : sequence of Record, at least one
        Kept readings of one watch, one a position.
    earlier : sequence of Record
        Those of a round at another wind, for isochronism; empty when there is none.
    class_name : str, optional
        What to hold it against, a name in ``classes()``.

    Returns
    -------
    Record
        Of kind ``bench.series``, about the same watch, as of its last reading; its inputs are the readings, in the
        roles ``reading`` and ``earlier reading``.

    Raises
    ------
    DataError
        If the readings are none, or of several watches, or no series can be made of them.
    """
    subjects = {record.subject for record in (*readings, *earlier)}
    if len(subjects) != 1:
        raise DataError(Message("adapters.desk.one_watch", found=", ".join(sorted(subjects)) or "—"))
    rows, before = ([PositionReading.from_body(record.body) for record in group] for group in (readings, earlier))
    body = report(rows, earlier=before, class_name=class_name).to_json() | {"round": readings[0].body.get("series")}
    inputs = (
        *(Input("reading", record.digest) for record in readings),
        *(Input("earlier reading", record.digest) for record in earlier),
    )
    latest = max(record.instant for record in readings)
    return Record(SERIES_KIND, subjects.pop(), body, *SERIES_METHOD, latest, inputs=inputs)


def kept_take(folder: DataFolder, record: Record) -> Take:
    """Return the beats and the picture behind a kept reading.

    Raises
    ------
    NotFound
        If the record has no measurement file, or it is gone.
    """
    for entry in record.inputs:
        if entry.role == "beats":
            with folder.artifacts.open(entry.digest) as file:
                return read_measurement(file.read()).takes[0]
    raise NotFound(Message("adapters.desk.no_beats", digest=record.digest))


def keep_live_sound(folder: DataFolder, sound: Recording, *, name: str) -> Artifact:
    """Keep live sound as the samples that were measured, bit for bit."""
    with tempfile.TemporaryDirectory(prefix="sichen-") as place:
        path = Path(place) / name
        write_wav(path, sound, encoding="FLOAT")
        return folder.keep(path, media_type="audio/wav", name=name)


def _channel(number: int, sound: SampleStream) -> int:
    if not 1 <= number <= sound.channels:
        raise DataError(Message("adapters.desk.no_channel", channel=number, channels=sound.channels))
    return number - 1
