# SPDX-License-Identifier: Apache-2.0
"""One watch being listened to: sound in, events for the page out. It knows no socket and no clock.

Events come when sound has come: the level five times a second, beats and reading each second, the scope every four.
What needs the listener comes with the same piece of sound, so that it thinks once a second.
Time is counted in samples, so a session behaves the same however fast it is fed.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypedDict

import numpy as np

from sichen.adapters.bench_desk import Wish
from sichen.bench import Recording, Samples, SampleStream
from sichen.bench.reading import Beats, Measurement, Reading, TickScope
from sichen.bench.series.positions import positions
from sichen.core import JSON, DataError, Language, Message
from sichen.web.bench import wire

DIAL_DOWN = {"CB", "FH"}
"""Two names for the same position: the trade's and the standard's. The bench knows one of them."""

POSITIONS = tuple(code for code in positions() if code in {"CH", "3H", "6H", "9H", "12H"} | DIAL_DOWN)
KEPT_SECONDS = 120.0
LONGEST_NAME = 80
REFERENCE = re.compile(r"none|pps(:[1-8])?|ppm:[-+]?[0-9.]{1,12}(:[0-9.]{1,12})?")
"""What a page may name. A log of frames is sent as a file: no page may name a file of this computer."""
SLOWEST, FASTEST = 8_000.0, 384_000.0
MOST_CHANNELS = 8
FLATTEST, STEEPEST = 10.0, 90.0
EVERY = {"level": 0.2, "beats": 1.0, "reading": 1.0, "scope": 4.0}
WIDTHS: dict[str, Literal["<f4", "<i2"]] = {"float32": "<f4", "int16": "<i2"}
FULL_SCALE = 32768.0


class Whom(TypedDict):
    """Whom a reading is about."""

    subject: str
    position: str | None
    series: str | None


class Listening(Protocol):
    """What a session needs of a listener of the bench."""

    def feed(self, samples: Samples) -> None:
        """Hear the next piece of sound."""
        ...

    def reading(self) -> Reading:
        """Return the figures of what was heard so far."""
        ...

    def new_beats(self) -> Beats:
        """Return the beats that were found since the last call."""
        ...

    def scope(self) -> TickScope | None:
        """Return the averaged tick, or None while there is none."""
        ...


class Engine(Protocol):
    """The bench as the workbench uses it."""

    def prepare(self) -> None:
        """Get ready in the background: somebody is about to measure."""
        ...

    def listen(self, sample_rate: float, channels: int, settings: "Settings") -> Listening:
        """Begin to listen."""
        ...

    def measure(self, stream: SampleStream, settings: "Settings") -> Measurement:
        """Measure a whole recording."""
        ...

    def sample(self) -> SampleStream:
        """Return the sound of a watch whose figures are known."""
        ...


@dataclass(frozen=True)
class Settings:
    """What a person says about the watch on the bench.

    Parameters
    ----------
    lift_angle : float
        Degrees, 10 to 90.
    lift_angle_source : {"default", "given"}
    position : str or None
        One of `POSITIONS`, or None when nobody said.
    watch : str
        What the watch is called.
    series : str
        Name of the round of positions that its readings belong to; empty for none.
    reference : str
        What the sample clock is compared with: ``none``, ``pps``, ``pps:CHANNEL``, ``ppm:VALUE`` or
        ``ppm:VALUE:U``.
    """

    lift_angle: float = 52.0
    lift_angle_source: Literal["default", "given"] = "default"
    position: str | None = None
    watch: str = ""
    series: str = ""
    reference: str = "none"

    def __post_init__(self) -> None:
        if not FLATTEST <= self.lift_angle <= STEEPEST:
            raise DataError(Message("web.bench.error.lift_angle", found=f"{self.lift_angle:g}"))
        if self.position is not None and self.position not in POSITIONS:
            raise DataError(Message("web.bench.error.position", found=self.position, known=" ".join(POSITIONS)))
        for name in (self.watch, self.series):
            if len(name) > LONGEST_NAME or not name.isprintable():
                raise DataError(Message("web.bench.error.watch"))

    @property
    def whom(self) -> Whom:
        """Whom a reading is about and in which position it lies."""
        series = self.series.strip() or None
        return {"subject": f"watch:{self.watch.strip() or 'unnamed'}", "position": self.position, "series": series}

    @property
    def wish(self) -> Wish:
        """How the bench is asked to measure."""
        return Wish(lift_angle=self.lift_angle, lift_angle_source=self.lift_angle_source, reference=self.reference)

    def changed(self, **said: object) -> "Settings":
        """Return the settings with what a page said; unknown words and wrong kinds are refused."""
        found: dict[str, object] = {}
        for name, value in said.items():
            if name == "lift_angle" and isinstance(value, int | float) and not isinstance(value, bool):
                found |= {"lift_angle": float(value), "lift_angle_source": "given"}
            elif name == "position" and (value is None or isinstance(value, str)):
                found["position"] = (
                    next(code for code in POSITIONS if code in DIAL_DOWN) if value in DIAL_DOWN else value or None
                )
            elif name in {"watch", "series"} and isinstance(value, str):
                found[name] = value
            elif name == "reference" and isinstance(value, str) and REFERENCE.fullmatch(value):
                found["reference"] = value
            else:
                raise DataError(Message("web.bench.error.setting", name=name))
        return replace(self, **found)  # type: ignore[arg-type] # each value was checked above


@dataclass(frozen=True)
class Source:
    """Where live sound comes from, as the browser reports it.

    Parameters
    ----------
    sample_rate : float
        Of the sound that is sent.
    channels : int
    encoding : {"float32", "int16"}
        Of each binary message, little-endian, channels interleaved.
    device_rate : float or None
        Of the device; another rate than `sample_rate` means that the browser resamples.
    altered : tuple of str
        Processing that the browser would not switch off.
    kind : {"microphone", "sample"}
    """

    sample_rate: float
    channels: int
    encoding: str = "float32"
    device_rate: float | None = None
    altered: tuple[str, ...] = ()
    kind: Literal["microphone", "sample"] = "microphone"

    def __post_init__(self) -> None:
        fits = SLOWEST <= self.sample_rate <= FASTEST and 1 <= self.channels <= MOST_CHANNELS and self.encoding in WIDTHS
        if not fits:
            raise DataError(Message("web.bench.error.source"))

    def samples(self, data: bytes) -> Samples:
        """Read one binary message.

        Raises
        ------
        DataError
            If its length does not fit, or it holds something that is not a number.
        """
        width = np.dtype(WIDTHS[self.encoding])
        if len(data) % (width.itemsize * self.channels):
            raise DataError(Message("web.bench.error.frame"))
        sound = np.frombuffer(data, dtype=width).astype(np.float32).reshape(-1, self.channels)
        if self.encoding == "int16":
            sound /= np.float32(FULL_SCALE)
        if not np.isfinite(sound).all():
            raise DataError(Message("web.bench.error.frame"))
        return sound

    def to_json(self) -> dict[str, JSON]:
        """Return the source as it stands in a record."""
        return {
            "kind": self.kind,
            "sample_rate": self.sample_rate,
            "device_rate": self.device_rate,
            "altered": list(self.altered),
        }


@dataclass
class Session:
    """A live measurement in constant memory: the last two minutes of sound are kept, so that a reading can be."""

    engine: Engine
    source: Source
    settings: Settings
    language: Language = "en"
    heard: float = 0.0
    _listener: Listening = field(init=False)
    _tail: deque[Samples] = field(init=False, default_factory=deque)
    _due: dict[str, float] = field(init=False, default_factory=lambda: dict.fromkeys(EVERY, 0.0))
    _loudest: float = field(init=False, default=0.0)
    _told: int = field(init=False, default=-1)

    def __post_init__(self) -> None:
        self._listener = self._listen()

    def feed(self, samples: Samples) -> list[dict[str, JSON]]:
        """Hear a piece of sound and return what the page should know now."""
        self._listener.feed(samples)
        self._tail.append(samples)
        self._loudest = max(self._loudest, float(np.abs(samples).max(initial=0.0)))
        self.heard += len(samples) / self.source.sample_rate
        while (sum(map(len, self._tail)) - len(self._tail[0])) / self.source.sample_rate > KEPT_SECONDS:
            self._tail.popleft()
        return list(self._events())

    def change(self, **said: object) -> None:
        """Take what a page said: another position begins anew, another lift angle or clock is applied to the kept sound."""
        before, self.settings = self.settings, self.settings.changed(**said)
        if before.position != self.settings.position:
            self.again()
        elif (before.lift_angle, before.reference) != (self.settings.lift_angle, self.settings.reference):
            self._anew()
            for samples in self._tail:
                self._listener.feed(samples)

    def again(self) -> None:
        """Forget what was heard."""
        self._tail.clear()
        self.heard = 0.0
        self._anew()

    def recording(self) -> Recording:
        """Return the kept sound.

        Raises
        ------
        DataError
            If nothing was heard yet.
        """
        if not self._tail:
            raise DataError(Message("web.bench.error.nothing_heard"))
        return Recording(np.concatenate(self._tail), self.source.sample_rate)

    def _anew(self) -> None:
        self._listener = self._listen()
        self._due = dict.fromkeys(EVERY, self.heard)
        self._told = -1

    def _listen(self) -> Listening:
        return self.engine.listen(self.source.sample_rate, self.source.channels, self.settings)

    def _events(self) -> Iterator[dict[str, JSON]]:
        if self._now("level"):
            yield {"type": "level", "peak": round(self._loudest, 2)}
            self._loudest = 0.0
        if self._now("beats"):
            rows = [row for row in wire.beat_rows(self._listener.new_beats()) if row[0] > self._told]
            if rows:
                self._told = rows[-1][0]
                yield {"type": "beats", "rows": rows}
        if self._now("reading"):
            yield {"type": "reading", **wire.reading(self._listener.reading(), self.language)}
        if self._now("scope"):
            scope = self._listener.scope()
            if scope is not None:
                yield {"type": "scope", "scope": wire.scope(scope)}

    def _now(self, name: str) -> bool:
        if self.heard < self._due[name]:
            return False
        self._due[name] = self.heard + EVERY[name] * 0.999
        return True
