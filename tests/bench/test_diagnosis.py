# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from tests.bench.beat_lists import StruckWatch

from sichen.bench.beats import BeatList, measure_events
from sichen.bench.series import Train, diagnose, features_of
from sichen.bench.series.diagnosis import signatures


@pytest.mark.parametrize("signature", signatures(), ids=lambda one: one.name)
def test_a_fault_is_only_ever_suspected(signature: object) -> None:
    one = next(entry for entry in signatures() if entry == signature)

    assert " may " in one.en
    assert "可能" in one.zh
    assert one.source
    assert one.validated is False


def suspected(times: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[str]:
    found = measure_events(BeatList({"tick": times}), train=Train(20))
    return [one.signature.name for one in diagnose(features_of(found.beats, found.residual, periodicities=found.periodicities))]


def test_a_healthy_watch_raises_no_suspicion() -> None:
    assert [suspected(StruckWatch(seed=seed).strike(600)) for seed in range(20)] == [[]] * 20


def test_an_escape_wheel_out_of_round_is_suspected() -> None:
    k = np.arange(4000)

    assert suspected(StruckWatch().strike(4000) + 150e-6 * np.sin(2 * np.pi * k / 40)) == ["escape_wheel_round"]


def test_a_beat_error_that_drifts_suspects_the_hairspring() -> None:
    k = np.arange(1000)

    assert suspected(StruckWatch().strike(1000) + 0.3e-3 * (-1.0) ** k * k / 1000) == ["hairspring_touch"]


def test_beats_that_only_come_late_suspect_a_pallet() -> None:
    late = np.random.default_rng(1).exponential(150e-6, 1000)

    assert "gummed_pallet" in suspected(StruckWatch(jitter=20e-6).strike(1000) + late)


def test_what_was_not_measured_raises_nothing() -> None:
    assert diagnose({}) == ()
    assert diagnose({"impulse_place": 0.1}) == ()
    assert [one.signature.name for one in diagnose({"impulse_place": 0.1, "unlock_level": 0.1})] == ["shallow_lock"]
