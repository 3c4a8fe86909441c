# SPDX-License-Identifier: Apache-2.0
"""Sources of a running service: each listens in a thread of its own and hands over samples."""

import contextlib
import json
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from sichen.adapters.named_files import read_named
from sichen.adapters.timebase.counter import NS, Counter
from sichen.adapters.timebase.line import SerialLine
from sichen.core import JSON, DataError, Instant, Message, SichenError, SourceError
from sichen.timebase.leap import Leap
from sichen.timebase.receivers import Receiver, Reported, Sky, Witness, decode
from sichen.timebase.receivers.framer import Protocol
from sichen.timebase.service import Engine, Pairing, SourcePlan
from sichen.timebase.source import Sample

PAUSE = NS // 20
"""Silence after which the next byte begins a new burst: there the second began."""
AT_ONCE = NS // 1000
"""What a read takes at the most that finds its bytes waiting."""
AGAIN = 2.0
PATIENCE = 0.2
GPSD_PORT = 2947
LONGEST_LINE = 1 << 20


class Listener(ABC):
    """A source that listens in a thread.

    Parameters
    ----------
    plan : SourcePlan
    engine : Engine
        Tells offsets from instants.
    counter : Counter
    witness : Witness
        For the turns of short counters.
    """

    def __init__(self, plan: SourcePlan, engine: Engine, counter: Counter, witness: Witness) -> None:
        self.plan, self.engine, self.counter, self.witness = plan, engine, counter, witness
        self.detail: dict[str, JSON] = {}
        self.problem: Message | None = None
        self.followers: list[Callable[[Sample], None]] = []
        """Who else hears each sample: pulses that need a name."""
        self._samples: list[Sample] = []
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"source-{plan.name}", daemon=True)

    @property
    def name(self) -> str:
        """Its name."""
        return self.plan.name

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()
        self._thread.join(timeout=5.0)

    def take(self) -> list[Sample]:
        """Return the samples since the last call."""
        with self._guard:
            taken, self._samples = self._samples, []
        return taken

    def give(self, sample: Sample) -> None:
        """Hand a sample over; about a leap second nobody is heard, however long the tick that gathers samples."""
        if self.engine.deaf(round(sample.local * NS)):
            return
        with self._guard:
            self._samples.append(sample)
        for follower in self.followers:
            follower(sample)

    def join(self, others: "Mapping[str, Listener]") -> None:  # noqa: B027 - most sources need no other
        """Get to know the other sources; only pulses need one."""

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.listen()
            except SichenError as error:
                self.problem = error.message
            if self._stop.wait(AGAIN):
                return

    @abstractmethod
    def listen(self) -> None:
        """Listen until stopped; a `SichenError` is told, and it is tried again after two seconds."""

    def pairing(self) -> Pairing:
        """Return what pairs the times of a stream with the counter."""
        return Pairing(self.name, delay=self.plan.delay, offset=self.engine.offset)


class StreamSource(Listener):
    """A receiver on a serial line or a pseudo-terminal."""

    def listen(self) -> None:
        """Read the line until it ends."""
        receiver, pairing = Receiver(self.witness), self.pairing()
        list(receiver.feed(b"\n"))  # compiled code is loaded now, for seconds perhaps, and not while the line is heard
        burst = last = -NS
        timely = False
        with SerialLine(Path(self.plan.path), baud=self.plan.baud) as line:
            self.problem = None
            while not self._stop.is_set():
                asked = self.counter.read()
                data = line.read(PATIENCE)
                now = self.counter.read()
                if data is None:
                    raise SourceError(Message("adapters.time.line_ended", path=self.plan.path))
                if not data:
                    continue
                if now - last > PAUSE:
                    # Only a burst that was waited for began when it was read. Nobody saw the first one begin: it may have waited at the
                    # far end for a reader; and what is there at once after a while of other work is of all that while.
                    timely = last > 0 and (now - asked > AT_ONCE or asked - last < PAUSE)
                    burst = now
                last = now
                for sample in pairing.samples(receiver.feed(data), arrived_ns=burst, sky=receiver.sky):
                    if timely:
                        self.give(sample)
                self.detail = _sky(receiver.sky)


class ReplaySource(Listener):
    """A log that a receiver once wrote, replayed at the pace of its own times."""

    def listen(self) -> None:
        """Replay the log once, then stay silent."""
        times = decode(read_named(Path(self.plan.path)), witness=self.witness)
        begun, first, last = self.counter.read(), None, None
        for one in times:
            if not one.valid or (last is not None and one.utc.ns <= last):
                continue
            first, last = first if first is not None else one.utc.ns, one.utc.ns
            local_ns = begun + one.utc.ns - first
            if self.counter.wait(local_ns, self._stop):
                return
            self.give(Sample(local_ns / NS, self.engine.offset(one.utc, local_ns) + self.plan.delay, one.u))
        self._stop.wait()


class GpsdSource(Listener):
    """The gpsd of this or another computer, by its JSON."""

    def listen(self) -> None:
        """Watch until gpsd goes away."""
        where = (self.plan.host, self.plan.port or GPSD_PORT)
        try:
            with socket.create_connection(where, timeout=5.0) as connection:
                connection.sendall(b'?WATCH={"enable":true,"json":true};\n')
                connection.settimeout(PATIENCE)
                self.problem = None
                self._watch(connection, self.pairing())
        except OSError as error:
            raise SourceError(Message("adapters.time.gpsd", host=where[0], port=where[1], problem=str(error))) from error

    def _watch(self, connection: socket.socket, pairing: Pairing) -> None:
        rest = b""
        while not self._stop.is_set():
            try:
                data = connection.recv(65_536)
            except TimeoutError:
                continue
            arrived = self.counter.read()
            if not data or len(rest) > LONGEST_LINE:
                raise SourceError(Message("adapters.time.gpsd_left", host=self.plan.host))
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                told = read_gpsd(line)
                if isinstance(told, Reported):
                    for sample in pairing.samples([told], arrived_ns=arrived, sky=Sky()):
                        self.give(sample)
                elif told:
                    self.detail = {**self.detail, **told}


def read_gpsd(line: bytes) -> Reported | dict[str, JSON]:
    """Read one line of gpsd: a report of time, or what it says of the sky; empty for anything else.

    Examples
    --------
    >>> read_gpsd(b'{"class":"TPV","mode":3,"time":"2026-11-23T08:00:00.000Z","ept":0.005}').utc.isoformat()
    '2026-11-23T08:00:00.000000000Z'
    """
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    if not isinstance(said, dict):
        return {}
    if said.get("class") == "SKY":
        return {key: said[name] for key, name in (("satellites", "uSat"), ("seen", "nSat")) if isinstance(said.get(name), int)}
    if said.get("class") != "TPV" or not isinstance(said.get("time"), str):
        return {}
    try:
        utc = Instant.parse(said["time"])
    except DataError:
        return {}
    mode, ept = said.get("mode", 0), said.get("ept")
    u = float(ept) / 2 if isinstance(ept, int | float) else None
    valid = isinstance(mode, int) and mode >= 2  # noqa: PLR2004 - a fix in two dimensions
    return Reported(Protocol.NMEA, "TPV", utc, valid, u=u)


class SystemSource(Listener):
    """The clock of this computer's system, where somebody else keeps it right."""

    def listen(self) -> None:
        """Compare it with the counter once a second, or oftener where decisions are made oftener."""
        while not self._stop.wait(min(1.0, self.engine.plan.tick)):
            local_ns, system = self.counter.pair()
            self.give(Sample(local_ns / NS, self.engine.offset(system, local_ns) + self.plan.delay, leap=Leap.UNKNOWN))


class IrigSource(Listener):
    """IRIG-B from a recording or from a sound card."""

    def listen(self) -> None:
        """Hear the recording once, at its own pace; or the card until it fails."""
        if Path(self.plan.path).suffix.lower() in {".wav", ".flac"}:
            self._recording()
        else:
            self._card()

    def _recording(self) -> None:
        import numpy as np

        from sichen.adapters.audio_files import open_recording

        recording = open_recording(Path(self.plan.path))
        sound = np.concatenate([piece[:, 0] for piece in recording.chunks()])
        begun = self.counter.read()
        for sample in self._heard(sound, recording.sample_rate, begun):
            if self.counter.wait(round(sample.local * NS), self._stop):
                return
            self.give(sample)
        self._stop.wait()

    def _card(self) -> None:
        import numpy as np

        from sichen.adapters.live_audio import live_input

        device = None if self.plan.path == "default" else self.plan.path
        with live_input(device=device) as card:
            self.problem = None
            kept = np.zeros(0, np.float32)
            last = 0.0
            for piece in card.chunks():
                now = self.counter.read()
                if self._stop.is_set():
                    return
                kept = np.concatenate([kept, piece[:, 0]])[-round(4.2 * card.sample_rate) :]
                begun = now - round(kept.size / card.sample_rate * NS)
                if now / NS - last < 1.0:
                    continue
                for sample in self._heard(kept, card.sample_rate, begun):
                    if sample.local > last + 0.5:
                        last = sample.local
                        self.give(sample)

    def _heard(self, sound: object, sample_rate: float, begun: int) -> list[Sample]:
        from sichen.timebase.irig import Form, hear, utc_of

        form = Form(self.plan.form)
        heard = hear(cast("list[float]", sound), sample_rate=sample_rate, form=form)
        self.detail = {"frames": len(heard.frames), "doubtful": heard.doubtful}
        found = []
        for frame in heard.frames:
            local_ns = begun + round(frame.start / sample_rate * NS)
            with contextlib.suppress(DataError):
                utc = utc_of(frame.time, form=form, offset=self.plan.offset, witness=self.witness)
                good = form.has_control is False or frame.time.quality < 15  # noqa: PLR2004 - failed
                leap = (Leap.DELETE if frame.time.leap_delete else Leap.INSERT) if frame.time.leap_pending else Leap.UNKNOWN
                offset = self.engine.offset(utc, local_ns) + self.plan.delay
                found.append(Sample(local_ns / NS, offset, valid=good, leap=leap))
        return found


def _sky(sky: Sky) -> dict[str, JSON]:
    told: dict[str, JSON] = {}
    if sky.used is not None:
        told["satellites"] = sky.used
    if sky.signals:
        told["signals"] = [round(one, 1) for one in sky.signals]
    if sky.jamming is not None:
        told["jamming"] = sky.jamming
    return told


Make = Callable[[SourcePlan, Engine, Counter, Witness], Listener]


def source_of(plan: SourcePlan, engine: Engine, counter: Counter, witness: Witness) -> Listener:
    """Make the source of a plan; it does not listen yet."""
    from sichen.adapters.timebase.ntp_source import NtpSource, NtsSource
    from sichen.adapters.timebase.ptp_source import PtpSource
    from sichen.adapters.timebase.pulses import PpsSource, RadioSource

    kinds: dict[str, Make] = {
        "serial": StreamSource,
        "replay": ReplaySource,
        "gpsd": GpsdSource,
        "system": SystemSource,
        "irig": IrigSource,
        "ntp": NtpSource,
        "nts": NtsSource,
        "ptp": PtpSource,
        "pps": PpsSource,
        "radio": RadioSource,
    }
    return kinds[plan.kind](plan, engine, counter, witness)
