# SPDX-License-Identifier: Apache-2.0
"""Slave clocks on virtual time: power failures, both changes of summer time, a computer that is killed between two pulses."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError
from sichen.timebase.service import DialSettings, Hands, hands_at, pulses_in

HOUR, DAY = 3600, 86_400
MINUTES = DialSettings()
KINDS = st.sampled_from(
    [MINUTES, DialSettings(every=30, catch_up=1.0), DialSettings(every=1, catch_up=0.25), DialSettings(dial=24 * HOUR)]
)


@dataclass
class Dial:
    """A clock on the wall: it moves only when the polarity changes."""

    steps: int
    sign: int
    size: int
    moved: int = 0

    def pulse(self, sign: int) -> None:
        if sign != self.sign:
            self.sign = sign
            self.steps = (self.steps + 1) % self.size
            self.moved += 1


@dataclass
class Line:
    """The line as the service drives it, second by second."""

    settings: DialSettings
    hands: Hands
    dial: Dial
    last: float = -1e9
    times: list[float] = field(default_factory=list)

    @classmethod
    def set_right(cls, settings: DialSettings, local: int) -> "Line":
        hands = Hands(local // settings.every % settings.size)
        return cls(settings, hands, Dial(hands.steps, hands.sign, settings.size))

    def second(self, now: int, local: int) -> None:
        for at in pulses_in(self.hands, self.settings, local=local, since=now - self.last):
            self.hands = self.hands.next(self.settings)
            self.dial.pulse(self.hands.sign)
            self.hands = self.hands.done()
            self.last = now + at
            self.times.append(self.last)

    def shows(self, local: int) -> bool:
        return self.dial.steps == self.hands.steps == local // self.settings.every % self.settings.size


@given(KINDS, st.integers(0, DAY))
def test_clocks_that_are_right_step_on_their_seconds_only(settings: DialSettings, begin: int) -> None:
    line = Line.set_right(settings, begin)
    line.last = float(begin - settings.every)
    for now in range(begin + 1, begin + 300):
        line.second(now, now)
        assert line.shows(now)
    assert all(at % settings.every == 0 for at in line.times)


@given(KINDS, st.integers(1, 9 * HOUR))
def test_after_a_power_failure_the_hands_catch_up_at_the_stated_rate(settings: DialSettings, dark: int) -> None:
    line = Line.set_right(settings, 8 * HOUR)
    begin = 8 * HOUR + dark
    behind = begin // settings.every - 8 * HOUR // settings.every
    # While they catch up, time goes on: n steps at c s each, of which c/every are new ones.
    needed = behind * settings.catch_up / (1 - settings.catch_up / settings.every) + settings.every + 2
    for now in range(begin, begin + round(needed) + 1):
        line.second(now, now)
    assert line.shows(begin + round(needed))
    apart = [later - one for one, later in zip(line.times, line.times[1:], strict=False)]
    assert min(apart, default=settings.catch_up) >= settings.catch_up - 1e-6


def test_spring_forward_is_caught_up_in_two_minutes() -> None:
    """62 steps, two of them falling due meanwhile, at 2 s each."""
    line = Line.set_right(MINUTES, 2 * HOUR - 60)
    line.last = -60.0
    for now in range(1, 60 + 300):
        local = 2 * HOUR - 60 + now + (HOUR if now >= 60 else 0)
        line.second(now, local)
        assert line.shows(local) or 60 <= now < 60 + 124
    assert len([at for at in line.times if 60 <= at < 60 + 124]) == 62


def test_autumn_back_is_waited_for_and_nothing_runs_backward() -> None:
    line = Line.set_right(MINUTES, 3 * HOUR)
    for now in range(HOUR + 180):
        line.second(now, 2 * HOUR + now)
    assert line.times == [HOUR + 60, HOUR + 120]
    assert line.shows(3 * HOUR + 179)


def test_hands_that_are_far_ahead_go_round_rather_than_wait_half_a_day() -> None:
    assert MINUTES.lag(hands=10 * 60, local=9 * HOUR) == -60
    assert MINUTES.lag(hands=10 * 60, local=5 * HOUR) == 7 * 60
    # Half a day later a twelve-hour dial is right again; one of 24 hours is not.
    assert MINUTES.lag(hands=8 * 60, local=20 * HOUR) == 0
    assert DialSettings(dial=DAY).lag(hands=8 * 60, local=20 * HOUR) == 12 * 60


@given(st.integers(1, 40), st.booleans(), st.integers(0, 200))
def test_killed_between_any_two_acts_the_hands_are_still_known(pulse: int, given_out: bool, dark: int) -> None:
    """The state is written before the pulse and after it; the computer dies between the two, before the coil moved or after."""
    line = Line.set_right(MINUTES, 0)
    now = 0
    while len(line.times) < pulse:
        now += 1
        line.second(now, now)
    line.hands = line.hands.next(MINUTES)
    if given_out:
        line.dial.pulse(line.hands.sign)
    line.hands = Hands.from_text(line.hands.to_text(), settings=MINUTES)
    for later in range(now + dark, now + dark + 400):
        line.second(later, later)
    assert line.shows(now + dark + 399)


@given(KINDS, st.integers(0, 10**6), st.sampled_from([1, -1]), st.booleans())
def test_state_survives_the_disk_and_a_cut_one_is_refused(settings: DialSettings, steps: int, sign: int, pending: bool) -> None:
    hands = Hands(steps % settings.size, sign, pending)
    text = hands.to_text()
    assert Hands.from_text(text, settings=settings) == hands
    for bad in (text[:-2], text.replace("hands/1", "hands/9"), "[]", "", text.replace(str(hands.steps), "99999999")):
        with pytest.raises(DataError):
            Hands.from_text(bad, settings=settings)


def test_what_a_dial_shows_is_understood() -> None:
    assert hands_at("08:15", settings=MINUTES) == Hands(495)
    assert hands_at("20:15", settings=MINUTES) == Hands(495)
    assert hands_at("20:15:30", settings=DialSettings(every=30)).shown(DialSettings(every=30)) == "08:15:30"
    for bad in ("", "8", "25:00", "08:61", "08:15:30:1", "noon"):
        with pytest.raises(DataError):
            hands_at(bad, settings=MINUTES)
