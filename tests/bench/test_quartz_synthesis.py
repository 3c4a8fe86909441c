# SPDX-License-Identifier: Apache-2.0
"""The synthesised watch obeys the arithmetic of its divider, and its recording shows what the truth says."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sichen.bench.quartz import Pickup, QuartzWatch, drive_edges, quartz_facts, simulate_steps, synthesise_quartz
from sichen.core import DataError

CYCLE = 1 / 32768


@pytest.mark.parametrize(("period", "rate"), [(10, 0.2637), (60, 0.0439), (480, 0.00549), (960, 0.00275)])
def test_one_cycle_each_period_is_worth_what_the_handbook_computes(period: float, rate: float) -> None:
    assert QuartzWatch(inhibition_period=period, inhibition_cycles=1).inhibition_rate == pytest.approx(rate, rel=2e-3)


@given(
    rate=st.floats(-5, 10),
    period=st.sampled_from([10.0, 30.0, 60.0, 77.0]),
    cycles=st.integers(1, 400),
    phase=st.floats(0, 0.999),
)
def test_over_whole_periods_the_hands_move_at_the_net_rate(rate: float, period: float, cycles: int, phase: float) -> None:
    watch = QuartzWatch(crystal_rate=rate, inhibition_period=period, inhibition_cycles=cycles, inhibition_phase=phase)
    truth = simulate_steps(watch, duration=3 * period + 5)
    span = truth.times[int(2 * period)] - truth.times[0]

    # Double precision: the true times are rounded at 1e-13 s, the rate at 1e-13 / 20 s.
    assert 86400 * (2 * period / span - 1) == pytest.approx(truth.net_rate, abs=1e-6)


def test_between_two_inhibitions_the_hands_move_with_the_crystal() -> None:
    times = simulate_steps(QuartzWatch(crystal_rate=6.0, inhibition_phase=0.0), duration=50).times

    assert 86400 * (40 / (times[40] - times[0]) - 1) == pytest.approx(6.0, abs=1e-6)


def test_ten_kelvin_off_the_turnover_lose_the_parabola() -> None:
    """−0.034 ppm/K² × 100 K² = −0.29 s/d (handbook of the bench, section 3.9)."""
    cold = QuartzWatch(temperature=15.0, inhibition_period=0.0, crystal_rate=0.0)

    assert cold.net_rate == pytest.approx(-0.294, abs=0.001)
    assert cold.net_rate == pytest.approx(QuartzWatch(temperature=35.0, inhibition_period=0.0, crystal_rate=0.0).net_rate)


def test_a_fast_sampling_clock_counts_more() -> None:
    truth = simulate_steps(QuartzWatch(), duration=100, clock_ppm=40.0)

    assert np.allclose(truth.clock_times, truth.times * (1 + 40e-6), rtol=1e-15)


def test_a_missed_step_is_absent_and_a_double_turns_the_polarity_once_more() -> None:
    truth = simulate_steps(QuartzWatch(missed=(3,), doubled=(6,)), duration=10)

    assert truth.numbers.tolist() == [0, 1, 2, 4, 5, 6, 6, 7, 8, 9]
    assert truth.polarity.tolist() == [1, -1, 1, 1, -1, 1, -1, 1, -1, 1]
    assert truth.missed_times.size == 1


def test_an_adaptive_drive_tries_less_fails_once_and_takes_its_power_back() -> None:
    truth = simulate_steps(QuartzWatch(duty=0.75, needed_duty=0.68, lowering_period=60.0), duration=200)
    weak = [index for index, duty in enumerate(truth.duties) if duty == 0.625]

    assert [truth.roles[index + 1] for index in weak] == ["correction"] * len(weak)
    assert len(weak) == truth.of("correction").size == 2
    assert all(truth.polarity[index] == truth.polarity[index + 1] for index in weak)


def test_a_chopped_pulse_has_an_edge_pair_each_period_of_the_chopping() -> None:
    when, height, owner = drive_edges(simulate_steps(QuartzWatch(pulse_width=8 / 1024, duty=0.75), duration=1))

    assert height.tolist() == [1.0, -1.0] * 8
    assert np.allclose(np.diff(when)[::2], 0.75 / 1024)
    assert owner.tolist() == [0] * 16


@settings(max_examples=8)
@given(st.integers(0, 2**16))
def test_equal_seeds_make_equal_recordings(seed: int) -> None:
    first, second = (
        synthesise_quartz(QuartzWatch(jitter=1e-5), duration=0.5, sample_rate=8000.0, seed=seed)[0] for _ in range(2)
    )

    assert np.array_equal(first.samples, second.samples)


@pytest.mark.parametrize("signal", ["coil", "sound", "lcd"])
@pytest.mark.parametrize("snr", [0.0, 20.0])
def test_the_noise_is_as_strong_as_asked(signal: str, snr: float) -> None:
    def make(level: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        pickup = Pickup(signal=signal, snr_db=level, amplitude=0.05)  # type: ignore[arg-type]
        return synthesise_quartz(QuartzWatch(), duration=4.0, sample_rate=16000.0, pickup=pickup)[0].samples

    clean, noisy = make(np.inf), make(snr)
    inside = np.zeros(clean.shape[0], dtype=bool)
    for second in range(4):
        inside[int((second + 0.25) * 16000) : int((second + 0.25 + 7.8125e-3) * 16000)] = True
    power = np.mean(clean[inside if signal != "lcd" else slice(None)] ** 2)

    # 64 000 samples of noise: its power is known to 0.6 %; the pulse is cut at whole samples: a few per cent more.
    assert power / np.var(noisy - clean) == pytest.approx(10 ** (snr / 10), rel=0.05)


def test_the_crystal_needs_a_sample_rate_that_can_carry_it() -> None:
    with pytest.raises(DataError, match="96 000"):
        synthesise_quartz(QuartzWatch(), duration=1.0, sample_rate=22050.0, pickup=Pickup(signal="crystal"))


def test_the_truth_is_written_beside_the_sound() -> None:
    truth = simulate_steps(QuartzWatch(missed=(2,), needed_duty=0.6), duration=5)
    fields = json.loads(json.dumps(truth.to_json(), allow_nan=False))

    assert fields["clock_s"] == truth.clock_times.tolist()
    assert fields["missed_s"] == truth.missed_times.tolist()
    assert fields["rate_s_per_d"] == truth.net_rate


def test_every_fact_names_its_source_and_a_verified_one_names_a_document() -> None:
    for name, fact in quartz_facts().items():
        assert fact.source, name
        assert not (fact.verified and "handbook" in fact.source), name
