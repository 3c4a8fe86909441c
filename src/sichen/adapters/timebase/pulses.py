# SPDX-License-Identifier: Apache-2.0
"""Pulses per second and radio frames as sources: the kernel's pulse device, or bytes on a line that stand for pulses."""

import errno
import fcntl
import os
import stat
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from sichen.adapters.named_files import shown
from sichen.adapters.timebase.counter import NS
from sichen.adapters.timebase.line import SerialLine
from sichen.adapters.timebase.sources import PATIENCE, Listener
from sichen.core import DataError, Message, SourceError
from sichen.timebase.service import PulsePairing, RadioPairing, read_radio_line

PPS_GETCAP, PPS_FETCH = 0x800870A3, 0xC00870A4
"""RFC 2783 as Linux numbers it on machines of 64 bits."""
FETCHED = struct.Struct("@IIqiIqiIi4xqiI")
"""Counts of both edges, their stamps, the mode; then how long to wait."""
CAN_WAIT = 0x100
LONGEST_LINE = 4096


class PulseDevice(Protocol):
    """Where pulses come from."""

    def fetch(self, patience: float) -> tuple[int, int] | None:
        """Return number and stamp (the system's clock, in ns) of the newest pulse; None when none came within `patience` seconds."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class KernelPulses:
    """A pulse device of the kernel, such as ``/dev/pps0``.

    Parameters
    ----------
    path : Path
    edge : {"assert", "clear"}
        Which edge of the pulse is the second.

    Raises
    ------
    SourceError
        If it cannot be used.
    """

    def __init__(self, path: Path, *, edge: str) -> None:
        self.path, self.edge = path, edge
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            able = bytearray(4)
            fcntl.ioctl(self._handle, PPS_GETCAP, able)
        except OSError as error:
            raise SourceError(Message("adapters.time.line", path=shown(path), problem=str(error))) from error
        self._waits = bool(int.from_bytes(able, "little") & CAN_WAIT)

    def fetch(self, patience: float) -> tuple[int, int] | None:
        """Return number and stamp of the newest pulse."""
        data = bytearray(fetch_request(patience if self._waits else 0.0))
        try:
            fcntl.ioctl(self._handle, PPS_FETCH, data)
        except OSError as error:
            if error.errno in {errno.ETIMEDOUT, errno.EINTR}:
                return None
            raise SourceError(Message("adapters.time.line", path=shown(self.path), problem=str(error))) from error
        if not self._waits:
            time.sleep(patience / 10)
        return read_fetched(bytes(data), edge=self.edge)

    def close(self) -> None:
        """Close the device."""
        os.close(self._handle)


def fetch_request(patience: float) -> bytes:
    """Return what the kernel is asked with: wait so many seconds for the next pulse."""
    seconds, rest = divmod(round(patience * NS), NS)
    return FETCHED.pack(0, 0, 0, 0, 0, 0, 0, 0, 0, seconds, rest, 0)


def read_fetched(data: bytes, *, edge: str) -> tuple[int, int] | None:
    """Return number and stamp of an edge from what the kernel answered; None before the first."""
    asserted, cleared, second, nano, _, clear_second, clear_nano, _, _, _, _, _ = FETCHED.unpack(data)
    number, stamp = (asserted, second * NS + nano) if edge == "assert" else (cleared, clear_second * NS + clear_nano)
    return (number, stamp) if number else None


class BytePulses:
    """A line on which each burst of bytes stands for a pulse: a micro-controller on a serial port, a pipe, a pseudo-terminal."""

    def __init__(self, path: Path, *, baud: int) -> None:
        self._line = SerialLine(path, baud=baud)
        self._number = 0
        self._path = path

    def fetch(self, patience: float) -> tuple[int, int] | None:
        """Return number and stamp of the newest pulse."""
        data = self._line.read(patience)
        stamp = time.time_ns()
        if data is None:
            raise SourceError(Message("adapters.time.line_ended", path=shown(self._path)))
        if not data:
            return None
        self._number += 1
        return self._number, stamp

    def close(self) -> None:
        """Close the line."""
        self._line.close()


def pulse_device(path: Path, *, edge: str, baud: int) -> PulseDevice:
    """Open what is at a path: a pulse device of the kernel, or a line."""
    kernel = path.name.startswith("pps") and path.exists() and stat.S_ISCHR(path.stat().st_mode)
    return KernelPulses(path, edge=edge) if kernel else BytePulses(path, baud=baud)


class PpsSource(Listener):
    """Pulses, named by the messages of a receiver that is another source of the plan."""

    def join(self, others: Mapping[str, Listener]) -> None:
        """Hear what the receiver says."""
        self._pairing = PulsePairing(
            self.name,
            receiver=self.plan.receiver,
            delay=self.plan.delay,
            fraction=lambda: self.engine.clock.epoch.ns % NS / NS,
        )
        others[self.plan.receiver].followers.append(self._pairing.named)

    def listen(self) -> None:
        """Take pulses until the device fails."""
        device = pulse_device(Path(self.plan.path), edge=self.plan.edge, baud=self.plan.baud)
        try:
            self.problem = None
            self.follow(device)
        finally:
            device.close()

    def follow(self, device: PulseDevice) -> None:
        """Take the pulses of a device until stopped."""
        last = None
        while not self._stop.is_set():
            found = device.fetch(PATIENCE)
            if found is None or found[0] == last:
                continue
            last = found[0]
            local, system = self.counter.pair()
            # The kernel stamps by the system's clock, moments ago: the counter is read back by as much.
            sample = self._pairing.pulse(local - (system.ns - found[1]))
            self.detail = {"pulses": last}
            if sample is not None:
                self.problem = sample.reason
                self.give(sample)


class RadioSource(Listener):
    """Frames of a radio time code, as a decoder writes them to a line, a pipe or a pseudo-terminal."""

    def listen(self) -> None:
        """Take frames until the line ends."""
        pairing, rest = RadioPairing(self.name, delay=self.plan.delay, offset=self.engine.offset), b""
        with SerialLine(Path(self.plan.path), baud=self.plan.baud) as line:
            self.problem = None
            while not self._stop.is_set():
                data = line.read(PATIENCE)
                arrived = self.counter.read()
                if data is None:
                    raise SourceError(Message("adapters.time.line_ended", path=self.plan.path))
                *lines, rest = (rest + data).split(b"\n")
                rest = rest[-LONGEST_LINE:]
                for one in filter(None, map(bytes.strip, lines)):
                    self._take(pairing, one, arrived)

    def _take(self, pairing: RadioPairing, line: bytes, arrived: int) -> None:
        try:
            frame = read_radio_line(line, arrived_ns=arrived)
        except DataError as error:
            self.problem = error.message
            return
        sample = pairing.sample(frame)
        self.problem = sample.reason
        self.detail = {"station": frame.station}
        self.give(sample)
