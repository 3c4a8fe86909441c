# SPDX-License-Identifier: Apache-2.0
"""Nominals: what is listed is found within its tolerance, what is not is never forced."""

import pytest

from sichen.bench import nominal_for
from sichen.bench.nominal import DAY, nominals


@pytest.mark.parametrize("nominal", nominals().beats_per_hour)
@pytest.mark.parametrize("part", [-0.9, 0.0, 0.9])
def test_a_watch_within_its_tolerance_belongs_to_its_nominal(nominal: float, part: float) -> None:
    known = nominals()
    reach = known.fast / DAY if nominal >= known.fast_from else known.slow

    assert nominal_for(nominal * (1 + part * reach)).beats_per_hour == nominal


@pytest.mark.parametrize("measured", [5_950.0, 6_915.0, 7_903.0, 9_160.0])
def test_a_room_clock_near_no_nominal_is_only_measured(measured: float) -> None:
    assert nominal_for(measured).origin == "measured"


def test_what_the_user_says_wins() -> None:
    assert nominal_for(28_800.0, given=21_600.0).beats_per_hour == 21_600.0
    assert nominal_for(23_401.5).origin == "rounded"
