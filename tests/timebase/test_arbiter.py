# SPDX-License-Identifier: Apache-2.0
"""Agreement, verdicts, served time: laws and small situations."""

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import ConfigError, DataError, Instant, Message
from sichen.timebase import (
    Arbiter,
    ArbiterSettings,
    Decision,
    Memory,
    Sample,
    SourceSettings,
    State,
    SteeredClock,
    intersect,
    oscillator,
    recall,
)
from sichen.timebase.arbiter.verdicts import recent_steps

EPOCH = Instant.parse("2026-01-01T00:00:00Z")
intervals = st.lists(
    st.tuples(st.floats(-1e3, 1e3), st.floats(0.0, 1e3)).map(lambda pair: (pair[0], pair[0] + pair[1])), min_size=1, max_size=9
)


@given(intervals)
def test_all_members_of_an_agreement_hold_its_stretch_and_no_point_is_in_more(
    given_intervals: list[tuple[float, float]],
) -> None:
    agreed = intersect(given_intervals)

    assert agreed is not None
    for k in agreed.members:
        assert given_intervals[k][0] <= agreed.low <= agreed.high <= given_intervals[k][1]
    most = max(sum(low <= end <= high for low, high in given_intervals) for end, _ in given_intervals)
    assert len(agreed.members) == most


@given(intervals, st.floats(-100.0, 100.0))
def test_agreement_moves_with_its_intervals(given_intervals: list[tuple[float, float]], by: float) -> None:
    moved = intersect([(low + by, high + by) for low, high in given_intervals])
    agreed = intersect(given_intervals)

    assert agreed is not None
    assert moved is not None
    assert len(moved.members) >= 1


@given(
    st.lists(st.tuples(st.floats(0.1, 100.0), st.floats(-1.0, 1.0), st.floats(-1e-4, 1e-4)), min_size=2, max_size=30),
    st.floats(1e-7, 5e-2),
)
def test_served_time_never_runs_backward_and_never_jumps(course: list[tuple[float, float, float]], slew: float) -> None:
    clock = SteeredClock(EPOCH, slew=slew)
    local, last = 0.0, -math.inf
    for passed, offset, frequency in course:
        before = clock.correction(local) if clock.running else offset
        clock.steer(local, offset=offset, frequency=frequency, u=1e-6)
        assert clock.correction(local) == pytest.approx(before, abs=1e-12)
        assert abs(clock.rate - frequency) <= slew + 1e-15
        shown = local + clock.correction(local)
        assert shown > last
        last, local = shown, local + passed


def test_nanoseconds_survive_a_century() -> None:
    clock = SteeredClock(EPOCH)
    clock.steer(0.0, offset=0.0, frequency=0.0, u=1e-9)
    served = clock.serve(100 * 365 * 86_400 * 10**9 + 1)

    assert served is not None
    assert served.instant.ns == EPOCH.ns + 100 * 365 * 86_400 * 10**9 + 1


def test_a_clock_that_was_never_set_serves_nothing_and_one_too_steep_is_refused() -> None:
    assert SteeredClock(EPOCH).serve(0) is None
    with pytest.raises(ConfigError, match="slew"):
        SteeredClock(EPOCH, slew=0.5)


def run(arbiter: Arbiter, offsets: Mapping[str, float], *, first: int, ticks: int, seed: int = 1) -> Decision:
    """Feed constant offsets with 20 ns of jitter."""
    rng = np.random.default_rng(seed)
    for k in range(first, first + ticks):
        local = 16.0 * k
        found = {name: Sample(local, offset + rng.normal(0.0, 2e-8)) for name, offset in offsets.items()}
        decision = arbiter.decide(local, found)
    return decision


def two(**changes: float) -> ArbiterSettings:
    """Make a table of GPS first and BDS as its backup."""
    rows = (SourceSettings("GPS", 1e-7, 2e-8), SourceSettings("BDS", 1e-7, 2e-8, priority=2))
    return ArbiterSettings(rows, **changes)  # type: ignore[arg-type]


def test_the_first_priority_is_followed_and_the_second_takes_over_without_a_jump() -> None:
    arbiter = Arbiter(two(), interval=16.0)
    before = run(arbiter, {"GPS": 0.25, "BDS": 0.25 + 2e-7}, first=0, ticks=400)
    after = run(arbiter, {"BDS": 0.25 + 2e-7}, first=400, ticks=60, seed=2)

    assert (before.state, before.followed) == (State.LOCKED, ("GPS",))
    assert (after.state, after.followed) == (State.BACKUP, ("BDS",))
    assert after.offset == pytest.approx(before.offset, abs=5e-8)


def test_when_all_is_silent_uncertainty_grows_and_the_state_says_so() -> None:
    arbiter = Arbiter(two(), interval=16.0)
    locked = run(arbiter, {"GPS": 0.0, "BDS": 0.0}, first=0, ticks=400)
    early = run(arbiter, {}, first=400, ticks=100)
    late = run(arbiter, {}, first=500, ticks=2000)

    assert early.state is late.state is State.HOLDOVER
    assert locked.u < early.u < late.u
    assert "silent" in early.text("en")
    assert "无信号" in early.text("zh")


def test_a_time_that_has_become_too_unsure_is_called_unusable() -> None:
    arbiter = Arbiter(two(usable=1e-6), interval=16.0)
    run(arbiter, {"GPS": 0.0, "BDS": 0.0}, first=0, ticks=400)

    assert run(arbiter, {}, first=400, ticks=6000).state is State.UNUSABLE


def test_a_sample_that_is_not_valid_is_not_used_and_its_reason_is_kept() -> None:
    arbiter = Arbiter(two(), interval=16.0)
    run(arbiter, {"GPS": 0.0, "BDS": 0.0}, first=0, ticks=200)
    local = 16.0 * 200
    reason = Message("timebase.source.jammed", source="GPS")
    decision = arbiter.decide(local, {"GPS": Sample(local, 5.0).refused(reason), "BDS": Sample(local, 0.0)})

    assert decision.rejected["GPS"] == reason
    assert abs(decision.offset) < 1e-6


def test_one_jump_is_told_from_a_slope() -> None:
    sigma = np.array([1.0, 1.0])
    rows = np.array([[0.0, 0.0]] * 5 + [[20.0, 0.0]] * 4)
    ramp = np.array([[20.0 * k, 0.0] for k in range(9)])

    found = recent_steps(rows, sigma)
    assert found[0][0] == 20.0
    assert abs(found[1][0]) < 1.0
    assert recent_steps(ramp, sigma) == {}


@pytest.mark.parametrize(
    ("changes", "named"), [({"u": 0.0}, "GPS.u"), ({"jitter": -1.0}, "GPS.jitter"), ({"priority": 0}, "priority")]
)
def test_settings_that_make_no_sense_are_refused_by_name(changes: dict[str, float], named: str) -> None:
    values = {"u": 1e-7, "jitter": 1e-8, "priority": 1} | changes
    with pytest.raises(ConfigError, match=named):
        SourceSettings("GPS", **values)  # type: ignore[arg-type]


def test_two_sources_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="GPS"):
        ArbiterSettings((SourceSettings("GPS", 1e-7, 1e-8), SourceSettings("GPS", 1e-7, 1e-8)))


def test_a_memory_that_was_cut_altered_or_is_of_the_future_or_too_old_is_refused() -> None:
    text = Memory(EPOCH, "OCXO", 1e-9, 1e-15, 1e-11).to_text()
    later = Instant.parse("2026-01-02T00:00:00Z")

    assert recall(text, now=later).frequency == 1e-9
    assert recall(text, now=None).instant == EPOCH
    for spoiled in (
        text[: len(text) // 2],
        text.replace("1e-09", "2e-09"),
        "",
        "[]",
        "null",
        text.replace('"digest"', '"digits"'),
    ):
        with pytest.raises(DataError, match="cut or altered"):
            recall(spoiled, now=later)
    with pytest.raises(DataError, match="later than now"):
        recall(text, now=Instant.parse("1970-01-01T00:00:00Z"))
    with pytest.raises(DataError, match="too old"):
        recall(text, now=Instant.parse("2030-01-01T00:00:00Z"))


def test_a_remembered_frequency_is_doubted_more_the_older_it_is() -> None:
    kept = Memory(EPOCH, "OCXO", 1e-9, 0.0, 1e-11)
    day, month = (kept.aged(Instant.parse(f"2026-{date}T00:00:00Z"), oscillator("OCXO"))[1] for date in ("01-02", "02-01"))

    assert 1e-11 < day < month


def test_what_an_arbiter_remembers_starts_the_next_one() -> None:
    arbiter = Arbiter(two(), interval=16.0)
    run(arbiter, {"GPS": 0.0, "BDS": 0.0}, first=0, ticks=400)
    kept = recall(arbiter.remember(EPOCH).to_text(), now=EPOCH)
    again = Arbiter(two(), interval=16.0, remembered=kept.aged(EPOCH, oscillator("OCXO")))
    decision = run(again, {"GPS": 0.0, "BDS": 0.0}, first=0, ticks=45)

    assert decision.usable
    assert abs(decision.frequency) < 1e-9


def test_a_clock_steered_seldom_does_not_overshoot() -> None:
    """One call in five minutes, a settling time of one minute: each call leaves less error, never the other sign."""
    clock, errors = SteeredClock(EPOCH), []
    clock.steer(0.0, offset=0.0, frequency=0.0, u=1e-6)
    for k in range(1, 12):
        clock.steer(300.0 * k, offset=1e-3, frequency=0.0, u=1e-6)
        errors.append(1e-3 - clock.correction(300.0 * k))

    assert all(after <= before + 1e-15 for before, after in pairwise(errors))
    assert 0.0 <= errors[-1] + 1e-15 < 1e-6
