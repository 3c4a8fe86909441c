# SPDX-License-Identifier: Apache-2.0
"""``sichen bench measure``: recordings become readings."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder, now, open_recording
from sichen.adapters.bench_desk import METHOD, VERSION, Wish, keep_reading, measure_sound
from sichen.adapters.named_files import write_named
from sichen.adapters.standard_time import StandardTime, standard_time
from sichen.bench import Measurement, MeasurementFile, Reading, Take, position_in_name, write_measurement
from sichen.bench import position as known_position
from sichen.cli.bench_options import (
    REFUSED,
    AsJson,
    BeatsPerHour,
    Channel,
    Data,
    LiftAngle,
    Position,
    Reference,
    Save,
    Subject,
    complain_no_files,
    print_reading,
    progress,
    wish,
)
from sichen.cli.output import note, print_json, print_kept, say
from sichen.core import ConfigError, Instant, Message, SichenError


def measure(
    *files: Path,
    json: AsJson = False,
    lift_angle: LiftAngle = None,
    beats_per_hour: BeatsPerHour = None,
    reference: Reference = "none",
    channel: Channel = None,
    save: Save = False,
    subject: Subject = "",
    position: Position = None,
    clock: Annotated[str | None, Parameter(help="Clock of the data folder's time service that gave the pulses.")] = None,
    at: Annotated[str | None, Parameter(help="When the recording began, e.g. 2026-11-02T09:00:00+08:00.")] = None,
    out: Annotated[Path | None, Parameter(help="Write an open measurement file.")] = None,
    data: Data = None,
) -> int:
    """Measure recordings of ticking watches and clocks.

    Prints rate, amplitude and beat error, each with its standard uncertainty, and says why a figure cannot be
    measured. Leaves with 0 when every file gave a reading, 2 when one did not, 3 when one could not be read.

    Parameters
    ----------
    files
        Recordings: WAV, FLAC, Ogg, MP3, AIFF; any rate, any channels.
    """
    if not files:
        return complain_no_files()
    if position is not None:
        known_position(position)
    if out is not None and any(path.exists() and out.exists() and out.samefile(path) for path in files):
        raise ConfigError(Message("cli.bench.out_is_in", file=str(out)))
    if clock is not None and at is None:
        raise ConfigError(Message("cli.bench.clock_when", clock=clock))
    began = None if at is None else Instant.parse(at)
    desk = _Desk(wish(lift_angle, beats_per_hour, reference, channel), json, position, began=began, clock=clock, data=data)
    for path in files:
        desk.measure(path)
    if save:
        desk.save(subject)
    if out is not None:
        write_named(out, write_measurement(desk.file(subject)))
    return desk.code


class _Desk:
    """Measures file after file, prints each at once, and remembers the worst outcome."""

    def __init__(
        self,
        wanted: Wish,
        as_json: bool,
        position: str | None,
        *,
        began: Instant | None,
        clock: str | None,
        data: Path | None,
    ) -> None:
        self.wanted, self.as_json, self.position = wanted, as_json, position
        self.began, self.clock, self.data = began, clock, data
        self.code = 0
        self.found: list[tuple[Path, Measurement, StandardTime | None]] = []

    def measure(self, path: Path) -> None:
        try:
            sound = open_recording(path)
            total = None if sound.frames is None else sound.frames / sound.sample_rate
            with progress(path.name, total) as report:
                wanted = replace(self.wanted, standard=self._standard(total))
                found = measure_sound(sound, wanted, progress=report)
            remarks = sound.remarks
        except SichenError as error:
            self._fail(path, error)
            return
        if found.reading.status == "ok":
            self.found.append((path, found, wanted.standard))
        else:
            self.code = max(self.code, REFUSED)
        self._print(path, found.reading, remarks)

    def _standard(self, seconds: float | None) -> StandardTime | None:
        """Find what stood behind the pulses, if a clock of the house gave them."""
        if self.clock is None or self.began is None or seconds is None:
            return None
        with DataFolder.open(self.data) as folder:
            return standard_time(folder, self.clock, begin=self.began, seconds=seconds)

    def _fail(self, path: Path, error: SichenError) -> None:
        self.code = max(self.code, error.exit_code)
        self._print(path, Reading(0.0, error.message), ())

    def _print(self, path: Path, reading: Reading, remarks: tuple[Message, ...]) -> None:
        if self.as_json:
            print_json({"file": str(path), **reading.to_json(), "remarks": [remark.text("en") for remark in remarks]})
        else:
            print_reading(str(path), reading)
            told = {message.key for message in reading.advice}
            for remark in remarks:
                # The bench says it too, with what it did about it.
                if not (remark.key == "adapters.audio.not_finite" and "bench.acoustic.some_broken" in told):
                    note(f"  {say(remark)}")

    def file(self, subject: str) -> MeasurementFile:
        """Return the readings as an open measurement file."""
        takes = tuple(
            Take(
                found.reading,
                found.beats,
                METHOD,
                VERSION,
                position=self._where(path),
                audio=open_recording(path).digest,
                scope=found.scope,
            )
            for path, found, _ in self.found
        )
        return MeasurementFile(f"watch:{subject}", takes)

    def save(self, subject: str) -> None:
        """Keep the recordings and readings; a refused one is not kept."""
        with DataFolder.open(self.data) as folder:
            for path, found, standard in self.found:
                sound = open_recording(path)
                kept = folder.keep(path, media_type=sound.media_type, name=path.name)
                name = f"watch:{subject or path.stem}"
                record = keep_reading(
                    folder,
                    found,
                    sound=kept,
                    subject=name,
                    instant=self.began or now(),
                    position=self._where(path),
                    standard=standard,
                )
                print_kept(path.name, record)

    def _where(self, path: Path) -> str | None:
        return self.position or position_in_name(path.stem)
