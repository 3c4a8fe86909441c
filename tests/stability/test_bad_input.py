# SPDX-License-Identifier: Apache-2.0
"""Bad input gives an error that says what was found and what to do, in both languages."""

from typing import Any

import numpy as np
import pytest

from sichen.core import DataError, TooFewSamples
from sichen.stability import PhaseSeries, Segment, cornered_hat, deviations, gcodev, label_segments
from sichen.stability.averaging import averaging_factors

GOOD = np.random.default_rng(0).standard_normal(50)


def run(values: Any, *, tau0: float = 1.0, name: str = "oadev", **options: Any) -> None:
    deviations(PhaseSeries.from_phase(values, tau0=tau0), name, **options)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([], "no number"),
        ([np.nan] * 9, "no number"),
        ([3.0] * 40, "constant has no instability"),
        ([1.0, 2.0], "got 2 samples, need 3"),
        ([1.0, np.nan, 2.0, np.nan], "got 2 samples, need 3"),
        (["four", "five"], "not all numbers"),
        ([[1.0, 2.0], [3.0, 4.0]], "one column"),
        ([[1.0], [2.0, 3.0]], "not all numbers"),
        ([1.0, 2.0, np.inf, 4.0], "value 3 is infinite"),
        (5.0, "one column"),
    ],
)
def test_a_record_that_cannot_answer_is_refused(values: Any, says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        run(values)
    assert caught.value.message.text("zh")


@pytest.mark.parametrize("tau0", [0.0, -1.0, np.nan, np.inf])
def test_an_interval_that_is_none_is_refused(tau0: float) -> None:
    with pytest.raises(DataError, match="tau0 is"):
        run(GOOD, tau0=tau0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"taus": "weekly"}, "'weekly' is not a choice"),
        ({"taus": [-1.0]}, "positive times"),
        ({"taus": [1.5]}, "not a multiple"),
        ({"taus": [1000.0]}, "answers from 1 s to 24 s"),
        ({"taus": ["x"]}, "not a choice"),
        ({"name": "variance"}, "known: adev oadev"),
        ({"alpha": 7}, "no exponent"),
        ({"alpha": -3}, "no exponent"),
        ({"confidence": 95.0}, "between 0 and 1"),
        ({"edf": "guess"}, "known: greenhall exact"),
        ({"bias": "guess"}, "known: stable32 sp1065 raw"),
        ({"name": "theo1", "taus": [8.25]}, "not a multiple"),
    ],
)
def test_an_option_that_is_none_is_refused_with_those_that_are(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        run(GOOD, **options)
    assert caught.value.message.text("zh")


def test_a_record_too_short_for_a_statistic_says_what_it_needs() -> None:
    with pytest.raises(DataError, match="needs at least 10"):
        run(GOOD[:8], name="theo1")
    with pytest.raises(TooFewSamples):
        run(GOOD[:15], name="theobr")
    with pytest.raises(DataError, match="free of gaps"):
        run(np.where(np.arange(50) % 2 == 0, GOOD, np.nan), name="mdev", taus=[4.0])


def test_random_loss_leaves_the_averaging_times_that_still_have_terms() -> None:
    holed = np.random.default_rng(1).standard_normal(400)
    holed[::10] = np.nan
    found = deviations(PhaseSeries.from_phase(holed, tau0=1.0), "mdev", alpha=2)

    assert found.tau.tolist() == [1.0, 2.0]
    assert "40 of 400" in " ".join(message.text("en") for message in found.advice) or found.n.size == 2


def test_series_that_do_not_belong_together_are_refused() -> None:
    one = PhaseSeries.from_phase(GOOD, tau0=1.0)
    with pytest.raises(DataError, match="50 and 40"):
        gcodev(one, PhaseSeries.from_phase(GOOD[:40], tau0=1.0))
    with pytest.raises(DataError, match="1 s and 2 s"):
        gcodev(one, PhaseSeries.from_phase(GOOD, tau0=2.0))
    with pytest.raises(DataError, match="do not separate"):
        cornered_hat({("A", "B"): one, ("C", "D"): one})
    with pytest.raises(DataError, match="one reading"):
        PhaseSeries.from_events([1.0, 2.0], [1.0], tau0=1.0)
    with pytest.raises(DataError, match="rise"):
        PhaseSeries.from_beats([0.0, 2.0, 1.0], beat=1.0)


def test_segments_lie_inside_and_in_order() -> None:
    for segments in ([Segment(0, 60)], [Segment(10, 20), Segment(15, 30)], [Segment(5, 5)]):
        with pytest.raises(DataError, match="segment"):
            PhaseSeries.from_phase(GOOD, tau0=1.0, segments=segments)
    assert label_segments([]) == ()


def test_octaves_and_decades_keep_to_their_range() -> None:
    assert averaging_factors("decade", tau0=1.0, largest=250).tolist() == [1, 2, 4, 10, 20, 40, 100, 200]
    assert averaging_factors("octave", tau0=1.0, largest=1).tolist() == [1]
    assert averaging_factors("all", tau0=1.0, largest=9, smallest=4, step=2).tolist() == [4, 6, 8]
    assert averaging_factors([3.0, 1.0, 3.0], tau0=0.5, largest=9).tolist() == [2, 6]
