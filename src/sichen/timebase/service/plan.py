# SPDX-License-Identifier: Apache-2.0
"""The plan of a time service: its sources, its oscillator, its outputs; a TOML file in which every key is known."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal

from sichen.core import ConfigError, DataError, Message
from sichen.timebase.arbiter import ArbiterSettings, SourceSettings
from sichen.timebase.irig import Form
from sichen.timebase.service.pulses import Bell, parse_bell
from sichen.timebase.service.slave_clocks import DialSettings, hands_at
from sichen.timebase.tables import read_table

SourceKind = Literal["serial", "replay", "gpsd", "ntp", "nts", "irig", "ptp", "pps", "radio", "system"]
OutputKind = Literal[
    "ntp", "nts", "ntp_broadcast", "ptp", "ptp4l", "strings", "irig", "daytime", "time", "http", "chrony_sock", "chrony_shm",
    "pulse", "slave_clocks", "bell",
]  # fmt: skip
Sentence = Literal["zda", "rmc", "dlt", "tod"]
IrigForm = Literal["B-1998", "B-2002", "IEEE 1344", "C37.118"]
PRIVILEGED = 1024
ON_REQUEST = {"ntp", "nts", "daytime", "time", "http"}
NETWORK = {"ntp", "nts", "ntp_broadcast", "daytime", "time", "http"}
PATHS = {"strings", "chrony_sock", "pulse", "bell", "irig", "ptp", "ptp4l", "slave_clocks"}
USUAL_PORT = {"ntp": 11123, "nts": 11460, "ntp_broadcast": 11123, "daytime": 11013, "time": 11037, "http": 11180}


@dataclass(frozen=True)
class SourcePlan:
    """A source of time.

    Parameters
    ----------
    name, kind : str
    u, jitter : float
        As `SourceSettings` takes them, in s.
    priority : int
    group : str
    delay : float
        By how much what it says comes late, in s: cable, receiver, message.
    path : str
        Device, file or recording.
    baud : int
    host : str
    port : int
        0 is the usual one.
    poll : float
        Seconds between two questions to a server.
    form : str
        Of IRIG-B.
    offset : int
        Minutes that an IRIG-B code without control bits is ahead of UTC.
    ke_port : int
        Where an NTS server agrees on keys.
    trust : str
        File of certificates that an NTS server is checked against; the system's when empty.
    receiver : str
        Name of the source whose messages say which second a pulse is.
    edge : {"assert", "clear"}
        Edge of the pulse that is the second.
    """

    name: str
    kind: SourceKind
    u: float
    jitter: float
    priority: int = 1
    group: str = ""
    delay: float = 0.0
    path: str = ""
    baud: int = 9600
    host: str = "127.0.0.1"
    port: int = 0
    poll: float = 8.0
    form: IrigForm = "IEEE 1344"
    offset: int = 0
    ke_port: int = 4460
    trust: str = ""
    receiver: str = ""
    edge: Literal["assert", "clear"] = "assert"

    @property
    def settings(self) -> SourceSettings:
        """What the arbiter needs of it."""
        return SourceSettings(self.name, self.u, self.jitter, self.priority, self.group)


@dataclass(frozen=True)
class OutputPlan:
    """A way in which time leaves.

    Parameters
    ----------
    kind : str
    name : str
        By default its kind.
    delay : float
        By how much the far end gets it late, in s: it is sent so much earlier.
    host, port
        Where a server listens, or a broadcast goes.
    path : str
        Device, file, socket.
    baud : int
    sentences : tuple of str
        What ``strings`` writes each second, in this order.
    talker : str
        Of the NMEA sentences.
    offset : int
        Minutes that a printed or coded local time is ahead of UTC.
    form : str
        Of IRIG-B.
    carrier : bool
        IRIG-B on 1 kHz instead of bare pulses.
    sample_rate : int
    every : float
        Seconds between two broadcasts or pulses.
    length : float
        Of a pulse, in s.
    alternate : bool
        Pulses change their polarity, as slave clocks want it.
    catch_up : float
        Seconds from pulse to pulse while slave clocks are behind.
    waits : float
        Greatest lead of slave clocks in s that is waited for.
    dial : {12, 24}
        Hours of a turn of their hour hand.
    hands : str
        What they show before anything is known of them, such as ``08:15``.
    zone : str
        Name of a time zone, such as ``Europe/Berlin``, whose summer time counts; `offset` does not then.
    line : {"RTS", "DTR", "byte", "sound"}
        What a pulse moves: a line of the serial port, a byte on it, or a sound in a WAV file.
    at : tuple of str
        When a bell rings, local: ``08:00 mon-fri 5`` is five seconds on weekdays.
    unit : int
        Number of chrony's shared memory.
    allowed, denied : tuple of str
        Networks that may ask.
    interval, burst
        Seconds in which a client earns one answer, and how many it may have at once.
    ke_port : int
        Where NTS keys are agreed on.
    certificate, key : str
        Of the NTS server, PEM; empty makes one that this house signs itself.
    domain, priority1, priority2 : int
        Of a PTP grandmaster.
    transport : {"udp", "ethernet"}
        How its messages travel.
    log_announce, log_sync, log_delay : int
        Intervals of its messages as powers of two, in s: −3 is eight a second.
    """

    kind: OutputKind
    name: str = ""
    delay: float = 0.0
    host: str = "127.0.0.1"
    port: int = 0
    path: str = ""
    baud: int = 9600
    sentences: tuple[Sentence, ...] = ("zda",)
    talker: str = "GN"
    offset: int = 0
    form: IrigForm = "IEEE 1344"
    carrier: bool = False
    sample_rate: int = 8000
    every: float = 1.0
    length: float = 0.1
    alternate: bool = False
    catch_up: float = 2.0
    waits: float = 7200.0
    dial: Literal[12, 24] = 12
    hands: str = ""
    zone: str = ""
    line: Literal["RTS", "DTR", "byte", "sound"] = "byte"
    at: tuple[str, ...] = ()
    unit: int = 2
    allowed: tuple[str, ...] = ("0.0.0.0/0", "::/0")
    denied: tuple[str, ...] = ()
    interval: float = 1.0
    burst: int = 16
    ke_port: int = 11460
    certificate: str = ""
    key: str = ""
    domain: int = 0
    priority1: int = 128
    priority2: int = 128
    transport: Literal["udp", "ethernet"] = "udp"
    log_announce: int = 1
    log_sync: int = 0
    log_delay: int = 0

    @property
    def called(self) -> str:
        """Its name, or its kind where it has none."""
        return self.name or self.kind

    @property
    def listens(self) -> int:
        """Its port, or the usual one above 1024."""
        return self.port or USUAL_PORT.get(self.kind, 0)

    @property
    def irig_form(self) -> Form:
        """The form of its IRIG-B code."""
        return Form(self.form)

    @property
    def dial_settings(self) -> DialSettings:
        """The clocks of its line."""
        return DialSettings(round(self.every), self.catch_up, round(self.waits), self.dial * 3600)

    @property
    def bells(self) -> tuple[Bell, ...]:
        """When it rings."""
        return tuple(parse_bell(entry) for entry in self.at)


@dataclass(frozen=True)
class ArbiterTuning:
    """What of the arbiter an operator may change; see `ArbiterSettings`."""

    usable: float = 1e-3
    room: float = 0.0
    jump: float | None = None
    threshold: float = 6.6
    probation: float = 1800.0
    back_after: float = 300.0
    waiting: float = 11.4
    slew: float = 5e-4
    settle: float = 64.0


@dataclass(frozen=True)
class ServicePlan:
    """A time service.

    Parameters
    ----------
    name : str
        Of the clock, for its records.
    source : tuple of SourcePlan
    output : tuple of OutputPlan
    oscillator : str
        Class of this machine's own.
    tick : float
        Seconds between two decisions, a quarter to 64.
    evidence : bool
        Whether each served second is recorded.
    arbiter : ArbiterTuning
    title : str
        For people.
    """

    name: str
    source: tuple[SourcePlan, ...]
    output: tuple[OutputPlan, ...] = ()
    oscillator: str = "TCXO"
    tick: float = 4.0
    evidence: bool = True
    arbiter: ArbiterTuning = field(default_factory=ArbiterTuning)
    title: str = ""

    @property
    def settings(self) -> ArbiterSettings:
        """What the arbiter needs."""
        tuning = self.arbiter
        return ArbiterSettings(
            tuple(plan.settings for plan in self.source),
            oscillator=self.oscillator,
            room=tuning.room,
            usable=tuning.usable,
            jump=tuning.jump,
            threshold=tuning.threshold,
            probation=tuning.probation,
            back_after=tuning.back_after,
            waiting=tuning.waiting,
        )


def read_plan(text: str) -> ServicePlan:
    r"""Read a plan.

    Parameters
    ----------
    text : str
        TOML; the keys are the fields of `ServicePlan`, with ``[[source]]``, ``[[output]]`` and ``[arbiter]``.

    Raises
    ------
    ConfigError
        If it is no TOML, or a key is unknown, missing, of the wrong kind or contradicts another; the message names it.

    Examples
    --------
    >>> plan = read_plan('''
    ... name = "school"
    ... [[source]]
    ... name = "GPS"
    ... kind = "serial"
    ... path = "/dev/ttyS0"
    ... u = 1e-3
    ... jitter = 1e-3
    ... [[output]]
    ... kind = "ntp"
    ... ''')
    >>> plan.output[0].listens
    11123
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("timebase.situation.no_toml", problem=str(error))) from error
    plan = read_table(ServicePlan, table)
    plan.settings.kind()
    _check_name(plan)
    _check_range("tick", plan.tick, 0.25, 64.0)
    receivers = {source.name for source in plan.source if source.kind != "pps"}
    for source in plan.source:
        _check_source(source, plan.tick)
        if source.kind == "pps" and source.receiver not in receivers:
            raise ConfigError(Message("timebase.pps.no_receiver", where=f"source.{source.name}", found=source.receiver))
    called = [output.called for output in plan.output]
    for output in plan.output:
        _check_output(output, called)
    return plan


def _check_name(plan: ServicePlan) -> None:
    if not plan.name or not plan.name.replace("-", "").isalnum():
        raise ConfigError(Message("timebase.service.bad_name", found=plan.name))


def _check_source(plan: SourcePlan, tick: float) -> None:
    where = f"source.{plan.name}"
    if plan.kind in {"serial", "replay", "irig", "ptp", "pps", "radio"} and not plan.path:
        raise ConfigError(Message("timebase.service.needs", where=where, needed="path"))
    if plan.kind in {"ntp", "nts"}:
        _check_range(f"{where}.poll", plan.poll, 0.25, 3 * tick)
    _check_range(f"{where}.port", plan.port, 0, 65_535)


def _check_output(plan: OutputPlan, called: list[str]) -> None:
    where = f"output.{plan.called}"
    if called.count(plan.called) > 1:
        raise ConfigError(Message("timebase.service.twice", name=plan.called))
    if plan.kind in PATHS and not plan.path:
        raise ConfigError(Message("timebase.service.needs", where=where, needed="path"))
    if plan.kind == "bell" and not plan.bells:
        raise ConfigError(Message("timebase.service.needs", where=where, needed="at"))
    if plan.kind == "slave_clocks":
        _check_dial(plan, where)
    _check_range(f"{where}.delay", plan.delay, -1.0, 1.0)
    _check_range(f"{where}.port", plan.port, 0, 65_535)
    _check_range(f"{where}.every", plan.every, 1.0, 3600.0)
    _check_range(f"{where}.length", plan.length, 0.001, 60.0)
    _check_range(f"{where}.sample_rate", plan.sample_rate, 4000, 192_000)
    for key in ("domain", "priority1", "priority2"):
        _check_range(f"{where}.{key}", getattr(plan, key), 0, 255)
    for key in ("log_announce", "log_sync", "log_delay"):
        _check_range(f"{where}.{key}", getattr(plan, key), -4, 4)


def _check_dial(plan: OutputPlan, where: str) -> None:
    if plan.every not in {1.0, 30.0, 60.0}:
        raise ConfigError(Message("timebase.situation.choice", name=f"{where}.every", found=f"{plan.every:g}", known="1 30 60"))
    if not 2 * plan.length <= plan.catch_up < plan.every:
        length, catch_up = f"{plan.length:g}", f"{plan.catch_up:g}"
        raise ConfigError(Message("timebase.slave.too_fast", where=where, length=length, catch_up=catch_up))
    _check_range(f"{where}.waits", plan.waits, 0.0, plan.dial * 1800.0)
    if plan.hands:
        try:
            hands_at(plan.hands, settings=plan.dial_settings)
        except DataError as error:
            raise ConfigError(error.message) from error


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(Message("timebase.service.range", name=name, found=f"{value:g}", low=f"{low:g}", high=f"{high:g}"))


@cache
def ready_plans() -> dict[str, str]:
    """Return the text of the configurations that come with Sichen, by name."""
    folder = resources.files("sichen.timebase").joinpath("data/configurations")
    return {
        entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }
