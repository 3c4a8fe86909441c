# SPDX-License-Identifier: Apache-2.0
"""Every situation of the fault list holds its limits; a situation that is written wrongly says where."""

from pathlib import Path

import numpy as np
import pytest

from sichen.core import ConfigError
from sichen.timebase import read_situation, simulate

SITUATIONS = sorted((Path(__file__).parents[1] / "situations").glob("*.toml"))
PLAIN = """
title = "x"
hours = 1
[[source]]
name = "GPS"
u = 1e-7
jitter = 2e-8
"""


@pytest.mark.slow
@pytest.mark.parametrize("path", SITUATIONS, ids=lambda path: path.stem)
def test_a_situation_holds_its_limits(path: Path) -> None:
    outcome = simulate(read_situation(path.read_text(encoding="utf-8")))

    assert outcome.limits
    assert [limit for limit in outcome.limits if not limit.ok] == []


def test_the_same_seed_gives_the_same_run_and_another_seed_another() -> None:
    first, again = (simulate(read_situation(PLAIN)) for _ in range(2))
    other = simulate(read_situation("seed = 2" + PLAIN))

    assert np.array_equal(first.trace.error, again.trace.error, equal_nan=True)
    assert not np.array_equal(first.trace.error, other.trace.error, equal_nan=True)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sauce = 1\n" + PLAIN, "sauce"),
        (PLAIN + "colour = 1\n", "source.colour"),
        (PLAIN + '[[source.event]]\nfault = "hiccup"\n', "source.event.fault"),
        (PLAIN + '[[source.event]]\nfault = "lost"\nfrom = 2\n', "source.event.from"),
        (PLAIN + "[[limit]]\nvalue = 1.0\n", "limit.measure"),
        (PLAIN + '[[limit]]\nmeasure = "detection"\nvalue = 1.0\nsource = "BDS"\n', "limit.source"),
        ('title = "x"\n[source]\n', "source"),
        ('title = 7\n[[source]]\nname = "A"\nu = 1e-7\njitter = 1e-8\n', "title"),
        ("tick = 0\n" + PLAIN, "tick"),
        ("leap = 2\n" + PLAIN, "leap"),
        (PLAIN + "[oscillator\n", "TOML"),
        ("[[source]]\nname = 'A'\nu = 1e-7\njitter = 1e-8\n", "title"),
    ],
)
def test_a_wrong_key_is_named(text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        read_situation(text)


def test_a_limit_that_fails_is_told_with_what_was_found() -> None:
    outcome = simulate(read_situation(PLAIN + '[[limit]]\nmeasure = "error"\nvalue = 1e-12\nbegin = 0.5\n'))

    assert not outcome.ok
    assert outcome.limits[0].name == "error 0.5h-"
    assert outcome.limits[0].value is not None
    assert 1e-12 < outcome.limits[0].value < 1e-6


def test_a_limit_with_nothing_to_judge_does_not_hold() -> None:
    outcome = simulate(read_situation(PLAIN + '[[limit]]\nmeasure = "error"\nvalue = 1.0\nbegin = 5\n'))

    assert outcome.limits[0].value is None
    assert not outcome.ok


@pytest.mark.slow
@pytest.mark.parametrize("leap", [1, -1])
def test_a_leap_second_that_nobody_announced_shows_as_a_second_of_error(leap: int) -> None:
    """What the limit on UTC is there to find: the clock goes on as if nothing had been."""
    text = f'start = "2026-12-31T22:00:00Z"\nleap = {leap}\n' + PLAIN.replace("hours = 1", "hours = 2.5")
    text += '[arbiter]\nleap_table = false\n[[limit]]\nmeasure = "utc"\nvalue = 1e-3\n'
    limit = simulate(read_situation(text)).limits[0]

    assert not limit.ok
    assert limit.value == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("seed = -1\n" + PLAIN, "seed"),
        ("tick = 1e-9\n" + PLAIN, "tick"),
        ('start = "9999-12-31T23:59:59Z"\n' + PLAIN, "start"),
        (PLAIN + "[oscillator]\nageing = nan\n", "oscillator.ageing"),
        (PLAIN + "[oscillator]\nswing = -1.0\n", "oscillator.swing"),
        (PLAIN + "[[oscillator.disturbance]]\nat = 0.1\nstep = nan\n", "oscillator.disturbance.step"),
        (PLAIN + '[[source]]\nname = "B"\nu = inf\njitter = 1e-8\n', "source.u"),
        (PLAIN + "offset = nan\n", "source.offset"),
        (PLAIN + '[[source.event]]\nfault = "every"\nvalue = 0\n', "source.event.value"),
        (PLAIN + '[[source.event]]\nfault = "leap"\nvalue = 7\n', "source.event.value"),
        (PLAIN + '[[source.event]]\nfault = "lost"\nbegin = 5\nend = 1\n', "source.event.end"),
        (PLAIN + '[[limit]]\nmeasure = "error"\nvalue = nan\n', "limit.value"),
        (PLAIN + '[[limit]]\nmeasure = "error"\nvalue = 1.0\nbegin = 0.4\nend = 0.3\n', "limit.end"),
        (PLAIN + '[[limit]]\nmeasure = "error"\nvalue = 1.0\nsource = "Nobody"\n', "Nobody"),
        (PLAIN + '[[limit]]\nmeasure = "state"\nvalue = 1.0\nis = "lokced"\n', "limit.is"),
        *(
            (PLAIN + f"[arbiter]\n{key} = {value}\n", f"arbiter.{key}")
            for key in ("usable", "slew", "settle", "threshold")
            for value in ("0.0", "nan", "-1.0")
        ),
    ],
)
def test_number_that_cannot_be_meant_is_refused_with_its_key(text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        read_situation(text)
