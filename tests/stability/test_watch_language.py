# SPDX-License-Identifier: Apache-2.0
"""What a watchmaker asks: seconds a day, positions, beats, inhibition, the certainty of a mean daily rate."""

import numpy as np
import pytest

from sichen.core import DataError
from sichen.stability import (
    PhaseSeries,
    deviations,
    deviations_by_segment,
    dynamic_deviations,
    explain_rates,
    mean_rate,
    rates_by_position,
    remove_drift,
    simulate_noise,
    time_error,
)

DAY = 86400.0


def test_daily_rates_in_and_deviations_in_seconds_a_day_out() -> None:
    """Rates of +4 and +6 s/d in turn: at one day every difference is 2 s/d, an Allan deviation of √2."""
    series = PhaseSeries.from_frequency([4.0, 6.0] * 20, tau0=DAY, unit="s/d")
    found = deviations(series, "oadev", taus=[DAY], alpha=2)

    assert found.rates()[0] == pytest.approx(np.sqrt(2.0))
    assert found.rates("ppm")[0] == pytest.approx(np.sqrt(2.0) / 0.0864)
    with pytest.raises(DataError, match="is a time"):
        deviations(series, "tdev", alpha=2).rates()


def test_positions_are_never_compared_with_each_other() -> None:
    """+10 s/d dial up, −10 s/d crown down, 0.1 s/d unsteady: turning the watch is no instability."""
    rng = np.random.default_rng(2)
    labels = (["CH"] * 40 + ["9H"] * 40) * 3
    rates = np.where(np.array(labels) == "CH", 10.0, -10.0) + 0.1 * rng.standard_normal(240)
    found = deviations_by_segment(rates_by_position(rates, labels, tau0=600.0), "oadev", taus=[600.0, 2400.0], alpha=0)

    for result in (*found.parts.values(), found.pooled):
        np.testing.assert_allclose(result.rates(), [0.1, 0.05], rtol=0.25)
    assert found.pooled.n[0] == found.parts["CH"].n[0] + found.parts["9H"].n[0] == 6 * 39
    assert found.pooled.edf[0] > found.parts["CH"].edf[0]


def test_a_position_that_was_held_too_briefly_is_refused_by_name() -> None:
    series = rates_by_position([1.0, 2.0, 3.0, 2.0, 4.0, 5.0], ["CH"] * 5 + ["6H"], tau0=60.0)
    found = deviations_by_segment(series, "oadev", alpha=0)

    assert list(found.parts) == ["CH"]
    assert "2 samples" in found.refused["6H"].text("en")
    with pytest.raises(DataError, match="5 and 2"):
        rates_by_position([1.0] * 5, ["CH"] * 2, tau0=60.0)


def test_missing_daily_readings_break_the_phase_and_are_not_zero() -> None:
    series = PhaseSeries.from_frequency([5.0, 5.2, np.nan, 4.9, 5.1, 5.3, np.nan], tau0=DAY, unit="s/d")

    assert len(series.segments) == 2
    assert deviations(series, "oadev", taus=[DAY], alpha=0).n[0] == 1 + 2


def test_beats_of_a_watch_that_gains_give_a_phase_that_grows() -> None:
    """+20 s/d at 28 800 beats an hour, two beats missed: the beat count is the time base, a missed beat is a gap."""
    beats = np.arange(8000)
    times = beats * 0.125 / (1.0 + 20.0 / DAY)
    heard = np.delete(times, [100, 5000])
    series = PhaseSeries.from_beats(heard, beat=0.125)

    assert series.missing == 2
    assert series.size == 8000
    assert mean_rate(series, alpha=2).rate.value == pytest.approx(20.0 / (1.0 + 20.0 / DAY), rel=1e-6)
    numbered = PhaseSeries.from_beats(heard, beat=0.125, number=np.delete(beats, [100, 5000]))
    np.testing.assert_array_equal(numbered.phase, series.phase)


def test_a_beat_error_is_not_taken_for_a_missed_beat() -> None:
    """A limp of 20 ms on beats of 125 ms, and a rate of 300 s/d, for an hour: every beat keeps its number."""
    n = 28_800
    times = np.arange(n) * 0.125 * (1 - 300 / DAY) + 0.010 * (np.arange(n) % 2)

    assert PhaseSeries.from_beats(times, beat=0.125).missing == 0


def test_states_read_by_hand_go_on_a_grid_of_days() -> None:
    times = np.array([0.0, 1.02, 1.97, 4.0, 5.05]) * DAY
    series = PhaseSeries.from_events(times, [0.0, 5.0, 10.0, 21.0, 25.0], tau0=DAY)

    assert series.size == 6
    assert series.missing == 1
    with pytest.raises(DataError, match=r"row 3 lies 0\.50"):
        PhaseSeries.from_events([0.0, DAY, 2.5 * DAY], [0.0, 1.0, 2.0], tau0=DAY)


def inhibited_quartz(seconds: int = 36_000, period: int = 60) -> np.ndarray:
    """Fast by 2 s/d for 60 s, then set back by what it gained; white FM of 10⁻⁹ at 1 s."""
    t = np.arange(seconds)
    comb = (t % period) * 2.0 / DAY
    return comb + simulate_noise(seconds, alpha=0, seed=12, deviation=1e-9).phase


def test_at_whole_inhibition_periods_the_quartz_shows_and_between_them_its_comb() -> None:
    series = PhaseSeries.from_phase(inhibited_quartz(), tau0=1.0)
    bare = deviations(series, "oadev", taus=[30.0], alpha=0)
    clean = deviations(series, "oadev", taus="octave", inhibition=60.0, alpha=0)

    assert (clean.factor % 60 == 0).all()
    assert clean.tau[0] == 60.0
    np.testing.assert_allclose(clean.deviation[:4], 1e-9 / np.sqrt(clean.tau[:4]), rtol=0.2)
    assert bare.deviation[0] > 1e3 * 1e-9 / np.sqrt(30.0)
    assert "whole inhibition periods" in clean.advice[0].text("en")


def test_an_averaging_time_inside_the_inhibition_period_is_refused_and_explained() -> None:
    series = PhaseSeries.from_phase(inhibited_quartz(7200), tau0=1.0)
    with pytest.raises(DataError, match="comb of left-out pulses"):
        deviations(series, "oadev", taus=[90.0], inhibition=60.0)
    with pytest.raises(DataError, match="whole number of samples"):
        deviations(PhaseSeries.from_phase(inhibited_quartz(7200), tau0=7.0), "oadev", inhibition=60.0)
    with pytest.raises(DataError, match="too short"):
        deviations(PhaseSeries.from_phase(inhibited_quartz(100), tau0=1.0), "oadev", inhibition=60.0)
    with pytest.raises(DataError) as caught:
        deviations(series, taus=[90.0], inhibition=60.0)
    assert "梳状" in caught.value.message.text("zh")


@pytest.mark.parametrize("alpha", [2, 1, 0])
@pytest.mark.parametrize("known", [True, False])
def test_the_interval_of_a_mean_daily_rate_covers_the_truth(alpha: int, known: bool) -> None:
    """400 records of 30 days read every hour, true rate 3 s/d: 95 % within three binomial deviations, α given.

    With α identified one record in some hundred is taken for flicker FM and then gives no interval at all; of the
    others at least 90 % cover, and 84 % under flicker PM, which decimation makes look half white.
    """
    hits = given = 0
    for seed in range(400):
        noise = simulate_noise(721, alpha=alpha, seed=seed, tau0=3600.0, deviation=1e-6).phase
        series = PhaseSeries.from_phase(noise + 3.0 / DAY * 3600.0 * np.arange(721), tau0=3600.0)
        found = mean_rate(series, alpha=alpha if known else None)
        if found.lower is not None and found.upper is not None:
            given += 1
            hits += found.lower <= 3.0 <= found.upper
    assert given >= (400 if known else 380)
    least = 0.917 if known else 0.84 if alpha == 1 else 0.90
    assert least <= hits / given <= 0.983


@pytest.mark.parametrize("alpha", [0, -1, -2])
def test_the_next_record_falls_where_it_was_foretold(alpha: int) -> None:
    """Of 400 records of twice the length, the second half differs from the first by less than u in 68 % (±7 %)."""
    inside = 0
    for seed in range(400):
        x = simulate_noise(1025, alpha=alpha, seed=5000 + seed, tau0=60.0).phase
        found = mean_rate(PhaseSeries.from_phase(x[:513], tau0=60.0), alpha=alpha)
        following = (x[1024] - x[512]) / (512 * 60.0) * DAY
        assert found.next_rate.u is not None
        assert found.rate.value is not None
        inside += abs(following - found.rate.value) <= found.next_rate.u
    assert inside / 400 == pytest.approx(0.683, abs=0.07)


def test_a_rate_that_wanders_has_no_long_term_mean() -> None:
    found = mean_rate(PhaseSeries.from_phase(simulate_noise(2000, alpha=-2, seed=1).phase, tau0=1.0))

    assert found.rate.u is None
    assert found.lower is None
    assert found.next_rate.u is not None
    assert "wanders" in found.advice[0].text("en")


def test_isochronism_temperature_and_position_are_told_from_noise() -> None:
    """−0.05 s/d per degree of amplitude, 0.3 s/d/K, −0.03 s/d/K², 4 s/d between positions, 0.2 s/d of noise."""
    rng = np.random.default_rng(9)
    n = 400
    amplitude = 300.0 - 80.0 * (np.arange(n) % 100) / 100.0 + rng.normal(0, 2, n)
    temperature = np.resize(np.repeat([8.0, 23.0, 38.0], 20), n)
    position = list(np.resize(np.repeat(["CH", "6H"], 50), n))
    rates = (
        np.where(np.array(position) == "CH", 5.0, 1.0) - 0.05 * (amplitude - amplitude.mean())
        + 0.3 * (temperature - 23.0) - 0.03 * (temperature - 23.0) ** 2 + 0.2 * rng.standard_normal(n)
    )  # fmt: skip
    found = explain_rates(rates, tau0=60.0, amplitude=amplitude, temperature=temperature, position=position)

    truth = {"position CH": 5.0, "position 6H": 1.0, "amplitude": -0.05, "temperature": 0.3, "temperature²": -0.03}
    for term in found.terms:
        assert term.value == pytest.approx(truth[term.name], abs=4 * term.u), term
        assert term.u < 0.1
    assert found.share > 0.95
    assert deviations(found.noise, "oadev", taus=[60.0], alpha=0).rates()[0] == pytest.approx(0.2, rel=0.15)


def test_the_uncertainty_of_a_term_is_its_scatter() -> None:
    """200 watches with an isochronism of 0.02 s/d/°: the pull has a standard deviation of 1 (±0.2)."""
    rng = np.random.default_rng(10)
    pulls = []
    for _ in range(200):
        amplitude = 280.0 + 30.0 * np.sin(np.arange(150) / 10.0)
        rates = 0.02 * (amplitude - amplitude.mean()) + rng.standard_normal(150)
        term = explain_rates(rates, tau0=60.0, amplitude=amplitude).terms[1]
        pulls.append((term.value - 0.02) / term.u)
    assert np.std(pulls) == pytest.approx(1.0, abs=0.2)


def test_terms_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(DataError, match="told apart"):
        explain_rates(np.arange(20.0), tau0=60.0, amplitude=np.full(20, 280.0))
    with pytest.raises(DataError, match="4"):
        explain_rates([1.0, 2.0, 3.0], tau0=60.0, amplitude=[1.0, 2.0, 3.0])


def test_a_drift_is_found_within_its_uncertainty_and_named() -> None:
    """100 crystals ageing by 10⁻¹² a second under white FM: 95 % lie within 2 u, four binomial deviations allowed.

    About one record in a hundred is taken for another noise, and its u is then too small or too large.
    """
    pulls = []
    t = np.arange(1000) * 10.0
    for seed in range(100):
        noise = simulate_noise(1000, alpha=0, seed=seed, tau0=10.0, deviation=1e-9).phase
        removed = remove_drift(PhaseSeries.from_phase(noise + 0.5e-12 * t**2 + 1e-6 * t, tau0=10.0))
        assert removed.drift_u is not None
        pulls.append((removed.drift - 1e-12) / removed.drift_u)
    assert np.mean(np.abs(pulls) <= 2.0) >= 0.87
    assert np.median(np.abs(pulls)) == pytest.approx(0.674, rel=0.3)
    assert "drift" in removed.message.text("en")


def test_time_error_is_a_constant_a_varying_and_a_greatest_part() -> None:
    t = np.arange(4000.0)
    series = PhaseSeries.from_phase(30e-9 + 5e-9 * np.sin(2 * np.pi * t / 1000.0), tau0=1.0)
    found = time_error(series)

    assert found.constant.value == pytest.approx(30e-9, rel=1e-6)
    assert found.peak_to_peak == pytest.approx(10e-9, rel=1e-4)
    assert found.greatest == pytest.approx(35e-9, rel=1e-4)
    assert found.rms == pytest.approx(5e-9 / np.sqrt(2), rel=1e-3)
    np.testing.assert_allclose(found.running, 30e-9, rtol=1e-6)
    assert found.running_time[0] == pytest.approx(499.5)


def test_a_watch_that_became_unsteady_half_way_shows_it_in_the_sliding_window() -> None:
    calm = simulate_noise(2000, alpha=0, seed=1).phase
    shaken = simulate_noise(2000, alpha=0, seed=2, deviation=10.0).phase
    series = PhaseSeries.from_phase(np.concatenate([calm, calm[-1] + shaken]), tau0=1.0)
    found = dynamic_deviations(series, window=400.0, taus=[1.0, 8.0])

    before, after = found.deviation[found.time < 1800, 0], found.deviation[found.time > 2200, 0]
    assert before.max() < 1.3
    assert after.min() > 8.0
    assert found.deviation.shape == (found.time.size, 2)
