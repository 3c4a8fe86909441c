# SPDX-License-Identifier: Apache-2.0
"""A line of slave clocks: its pulses, and the file that knows the hands even after the lights went out."""

import contextlib
from pathlib import Path

from sichen.adapters.named_files import write_named
from sichen.adapters.timebase.counter import NS
from sichen.adapters.timebase.outputs.giving import Disciplined
from sichen.adapters.timebase.outputs.lines import OnALine
from sichen.core import DataError, Message
from sichen.timebase.service import DialSettings, Hands, OutputPlan, Told, hands_at, pulses_in

LONG_AGO = -86_400 * NS


def hands_file(state: Path, name: str) -> Path:
    """Return where the hands of a line are kept."""
    return state / f"{name}.hands.json"


def said_file(state: Path, name: str) -> Path:
    """Return where an operator's reading of a dial waits for the service."""
    return state / f"{name}.hands.said"


class SlaveClocksOutput(OnALine):
    """Slave clocks that step with pulses of alternating polarity; without knowledge of the hands none is given.

    Parameters
    ----------
    plan : OutputPlan
    clock : Disciplined
    state : Path
        Folder of what survives a restart.
    """

    def __init__(self, plan: OutputPlan, clock: Disciplined, *, state: Path) -> None:
        super().__init__(plan, clock)
        self._state = state
        self._settings = plan.dial_settings
        self._last = LONG_AGO
        self._trouble = Message("timebase.slave.unknown")
        self._hands = self._known()

    def _known(self) -> Hands | None:
        try:
            text = hands_file(self._state, self.plan.called).read_text(encoding="utf-8")
        except FileNotFoundError:
            return hands_at(self.plan.hands, settings=self._settings) if self.plan.hands else None
        except (OSError, ValueError):
            text = ""
        try:
            return Hands.from_text(text, settings=self._settings)
        except DataError as error:
            self._trouble = error.message
            return None

    def tell(self, told: Told) -> None:
        """Give the pulses of a second: none while the clock is unusable or the hands wait."""
        self._listen()
        if self._hands is None:
            raise DataError(self._trouble)
        if not told.usable or told.leap_second:
            return
        begun = self.clock.counter.read()
        local = told.second.ns // NS + self.plan_at(told).offset * 60
        self.remark = remark(self._hands, self._settings, local)
        for at in pulses_in(self._hands, self._settings, local=local, since=(begun - self._last) / NS):
            if self.clock.counter.wait(begun + round(at * NS), self._stop):
                return
            self._step(self._hands)

    def _step(self, hands: Hands) -> None:
        # Written before and after: whoever is killed between the two gives the pulse again, which clocks that have moved ignore.
        begun = hands.next(self._settings)
        self._keep(begun)
        self._last = self.clock.counter.read()
        self.pulse(begun.sign)
        self._keep(begun.done())

    def _keep(self, hands: Hands) -> None:
        write_named(hands_file(self._state, self.plan.called), hands.to_text())
        self._hands = hands

    def _listen(self) -> None:
        """Take over what somebody read off a dial."""
        path = said_file(self._state, self.plan.called)
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            return
        sign = -1 if self._hands is None else self._hands.sign
        with contextlib.suppress(DataError):
            self._keep(hands_at(text, settings=self._settings, sign=sign))
        path.unlink(missing_ok=True)


def remark(hands: Hands, settings: DialSettings, local: int) -> Message | None:
    """Return what an operator should know of hands that are not right; None when they are, or are just about to step."""
    lag = settings.lag(hands.steps, local)
    if lag < 0:
        return Message(
            "timebase.slave.ahead", shown=hands.shown(settings), seconds=-lag * settings.every - local % settings.every
        )
    if lag > 1:
        seconds = lag * settings.catch_up / (1 - settings.catch_up / settings.every)
        return Message("timebase.slave.behind", shown=hands.shown(settings), steps=lag, seconds=f"{seconds:.0f}")
    return None
