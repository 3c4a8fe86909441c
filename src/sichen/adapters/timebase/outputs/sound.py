# SPDX-License-Identifier: Apache-2.0
"""Outputs as sound: IRIG-B and audible pulses, to a WAV file or to the sound card."""

import os
import struct
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from sichen.adapters.named_files import shown
from sichen.adapters.timebase.outputs.giving import Disciplined, SecondOutput, summer_time
from sichen.core import ConfigError, Message, SourceError
from sichen.timebase.irig import frame_of, pulses, tone
from sichen.timebase.service import OutputPlan, Told, pulse_due
from sichen.timebase.service.told import irig_told

F64 = NDArray[np.float64]
HEADER = 44
AN_HOUR = 3600
FULL = 32_767
LEVEL = 0.8
PITCH = 1000.0


class Sink(Protocol):
    """Where sound goes."""

    def write(self, sound: F64) -> None:
        """Take one second of it."""
        ...

    def close(self) -> None:
        """Take no more."""
        ...


class WavFile:
    """A WAV file that is whole after each second; after an hour it begins anew, for a disk is not endless.

    Parameters
    ----------
    path : Path
    sample_rate : int
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        self.path, self.sample_rate = path, sample_rate
        self._file: BinaryIO = self._open()
        self._seconds = 0

    def _open(self) -> BinaryIO:
        try:
            # The descriptor keeps writing while readers hold the file of the hour before.
            self.path.unlink(missing_ok=True)
            return self.path.open("xb+")
        except OSError as error:
            raise SourceError(Message("adapters.time.line", path=shown(self.path), problem=str(error))) from error

    def write(self, sound: F64) -> None:
        """Append one second."""
        if self._seconds >= AN_HOUR:
            self._file.close()
            self._file, self._seconds = self._open(), 0
        self._seconds += 1
        if self._file.tell() == 0:
            self._file.write(bytes(HEADER))
        self._file.write(np.round(np.clip(sound, -1, 1) * FULL).astype("<i2").tobytes())
        size = self._file.tell() - HEADER
        self._file.seek(0)
        self._file.write(_header(self.sample_rate, size))
        self._file.seek(0, os.SEEK_END)
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _header(sample_rate: int, size: int) -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, sample_rate, 2 * sample_rate, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)


class SoundCard:
    """The sound card: each second follows the one before it without a gap, so its own clock sets the pace.

    Parameters
    ----------
    device : str
        Part of its name; ``default`` for the system's choice.
    sample_rate : int
    """

    def __init__(self, device: str, sample_rate: int) -> None:
        portaudio = _portaudio()
        try:
            self._stream = portaudio.OutputStream(
                device=None if device == "default" else device, samplerate=sample_rate, channels=1, dtype="float32"
            )
            self._stream.start()
        except (portaudio.PortAudioError, ValueError) as error:
            raise SourceError(Message("adapters.live.failed", problem=str(error))) from error

    def write(self, sound: F64) -> None:
        """Play one second, as much of it as there is room for."""
        room = self._stream.write_available
        self._stream.write(sound.astype(np.float32)[: max(room, 1)])

    def close(self) -> None:
        """Stop."""
        self._stream.close()


def _portaudio() -> ModuleType:
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise ConfigError(Message("adapters.live.no_sounddevice")) from error
    module: ModuleType = sounddevice
    return module


class SoundOutput(SecondOutput):
    """An output that gives one second of sound a second."""

    _sink: Sink | None = None

    def __init__(self, plan: OutputPlan, clock: Disciplined) -> None:
        super().__init__(plan, clock)
        self.code = irig_sound if plan.kind == "irig" else pip_sound

    def tell(self, told: Told) -> None:
        """Give the second."""
        if self._sink is None:
            path = Path(self.plan.path)
            file = path.suffix.lower() == ".wav"
            self._sink = WavFile(path, self.plan.sample_rate) if file else SoundCard(self.plan.path, self.plan.sample_rate)
        self._sink.write(self.code(self.plan_at(told), told))

    def close(self) -> None:
        """Close file or card."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None


def irig_sound(plan: OutputPlan, told: Told) -> F64:
    """Return the IRIG-B frame of a second as sound."""
    time = irig_told(plan, told)
    if plan.zone:
        pending, summer = summer_time(plan.zone, told.second)
        time = replace(time, dst_pending=pending, dst=summer)
    symbols = frame_of(time, form=plan.irig_form)
    if plan.carrier:
        return LEVEL * tone(symbols, sample_rate=plan.sample_rate)
    return LEVEL * (2.0 * pulses(symbols, sample_rate=plan.sample_rate) - 1.0)


def pip_sound(plan: OutputPlan, told: Told) -> F64:
    """Return a second that begins with a pip of 1 kHz when one is due, and is silent when not; unusable clocks are silent."""
    at = np.arange(plan.sample_rate) / plan.sample_rate
    due = told.usable and pulse_due(told.second, every=plan.every, offset=plan.offset)
    return np.where(at < plan.length, LEVEL * np.sin(2 * np.pi * PITCH * at), 0.0) * float(due)
