# SPDX-License-Identifier: Apache-2.0
"""``sichen bench live``: a watch at the sound card, read while it ticks."""

import sys
from typing import Annotated

import numpy as np
from cyclopts import Parameter

from sichen.adapters import DataFolder, LiveInput, input_devices, live_input, now
from sichen.adapters.bench_desk import as_wished, keep_live_sound, keep_reading
from sichen.bench import Listener, Measurement, Reading, Recording, Samples
from sichen.cli.bench_options import (
    REFUSED,
    AsJson,
    BeatsPerHour,
    Data,
    LiftAngle,
    Position,
    Save,
    Subject,
    print_reading,
    wish,
)
from sichen.cli.output import language, note, print_json, print_kept, print_table, say
from sichen.core import ConfigError, Message, SourceError, term

REFRESH = 0.5
LONGEST = 86_400.0
"""Seconds that one may listen."""


def live(
    *,
    seconds: float = 60.0,
    device: Annotated[str | None, Parameter(help="Number or name of the input; the system's own when not given.")] = None,
    devices: Annotated[bool, Parameter(negative=(), help="List the inputs and end.")] = False,
    sample_rate: float = 48_000.0,
    json: AsJson = False,
    lift_angle: LiftAngle = None,
    beats_per_hour: BeatsPerHour = None,
    save: Save = False,
    subject: Subject = "",
    position: Position = None,
    data: Data = None,
) -> int:
    """Listen to a watch at the sound card; Ctrl-C ends it early and keeps what was measured.

    Parameters
    ----------
    seconds
        How long to listen.
    sample_rate
        Frames a second to ask the device for.
    """
    if devices:
        return _list_devices()
    if not 0 < seconds <= LONGEST:
        raise ConfigError(Message("cli.live.seconds", found=f"{seconds:g}".replace("-", "−"), most=f"{LONGEST:g}"))
    wanted = wish(lift_angle, beats_per_hour, "none", None)
    with live_input(device=int(device) if device and device.isdecimal() else device, sample_rate=sample_rate) as source:
        listener = Listener(
            source.sample_rate,
            source.channels,
            lift_angle=wanted.lift_angle,
            lift_angle_source=wanted.lift_angle_source,
            beats_per_hour=wanted.beats_per_hour,
        )
        sound = _listen(source, listener, seconds)
        rate, lost = source.sample_rate, source.overflows
    found = as_wished(listener.measurement(final=True), wanted)
    if lost:
        note(say(Message("cli.live.lost", count=lost)))
    _tell(found.reading, as_json=json)
    if save and found.reading.status == "ok":
        _keep(found, Recording(np.concatenate(sound), rate), subject, position, data)
    return 0 if found.reading.status == "ok" else REFUSED


def _list_devices() -> int:
    found = input_devices()
    if not found:
        raise SourceError(Message("adapters.live.no_device"))
    print_table((str(entry.number), entry.name, f"{entry.sample_rate:g} Hz") for entry in found)
    return 0


def _listen(source: LiveInput, listener: Listener, seconds: float) -> list[Samples]:
    heard: list[Samples] = []
    told = 0.0
    try:
        for samples in source.chunks():
            listener.feed(samples)
            heard.append(samples)
            now_at = source.heard / source.sample_rate
            if sys.stderr.isatty() and now_at - told >= REFRESH:
                told = now_at
                _show(now_at, listener.reading())
            if now_at >= seconds:
                break
    except KeyboardInterrupt:
        pass
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    return heard


def _show(at: float, reading: Reading) -> None:
    spoken = language()
    if reading.reason is not None:
        line = say(reading.reason)
    else:
        figures = {"rate": reading.rate, "amplitude": reading.amplitude, "beat_error": reading.beat_error}
        line = "  ".join(
            f"{term(name).text(spoken)} {figure.text(spoken, signed=name != 'amplitude')}" for name, figure in figures.items()
        )
    sys.stderr.write(f"\r\x1b[K{at:6.1f} s  {line}")
    sys.stderr.flush()


def _tell(reading: Reading, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": "live", **reading.to_json()})
    else:
        print_reading("live", reading)


def _keep(found: Measurement, sound: Recording, subject: str, position: str | None, data: Data) -> None:
    with DataFolder.open(data) as folder:
        kept = keep_live_sound(folder, sound, name="live.wav")
        name = f"watch:{subject or 'live'}"
        record = keep_reading(
            folder, found, sound=kept, subject=name, instant=now(), position=position, source={"kind": "live"}
        )
    print_kept("live.wav", record)
