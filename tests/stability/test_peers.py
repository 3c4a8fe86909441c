# SPDX-License-Identifier: Apache-2.0
"""Against allantools and ntpstats on a record of our own, and against allantools' frozen answers to full precision."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.stability.stable32 import load

from sichen.stability import PhaseSeries, cornered_hat, deviations, differences_of_clocks, gcodev, simulate_noise

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import allantools
    import ntpstats.stability
    from ntpstats.edf import edf as ntpstats_edf


def record(n: int = 801) -> np.ndarray:
    rng = np.random.default_rng(21)
    return rng.standard_normal(n).cumsum() * 1e-9 + 5e-9 * rng.standard_normal(n) + 3e-6


@pytest.mark.parametrize(
    "name",
    ["adev", "oadev", "mdev", "tdev", "hdev", "ohdev", "totdev", "mtotdev", "ttotdev", "htotdev", "pdev", "mtie", "tierms"],
)
def test_allantools_says_the_same(name: str) -> None:
    taus = [4.0, 8.0, 64.0]
    peer = getattr(allantools, name)(record(), rate=0.25, data_type="phase", taus=taus)
    ours = deviations(PhaseSeries.from_phase(record(), tau0=4.0), name, taus=taus, bias="raw")

    np.testing.assert_allclose(ours.deviation, peer[1], rtol=1e-9)


@pytest.mark.parametrize("name", ["adev", "oadev", "mdev", "tdev", "ohdev"])
def test_the_frozen_answers_of_allantools_hold_to_twelve_digits(shared: Path, name: str) -> None:
    folder = shared / "stability/ntpstats_ref"
    frozen = json.loads((folder / "reference_deviations.json").read_text(encoding="utf-8"))["results"]
    frozen = frozen["hdev" if name == "ohdev" else name]  # what is called hdev there starts at every sample
    ours = deviations(
        PhaseSeries.from_phase(load(folder / "reference_phase.txt"), tau0=4.0), name, taus=frozen["taus"], bias="raw"
    )

    np.testing.assert_allclose(ours.deviation, frozen["dev"], rtol=1e-12)


@pytest.mark.parametrize("name", ["theo1", "theobr"])
def test_ntpstats_without_its_work_limit_says_the_same_of_theo1(name: str) -> None:
    """Its default samples the longest averages; max_work=0 asks for all."""
    ours = deviations(PhaseSeries.from_phase(record(401), tau0=1.0), name, bias="raw", taus=[7.5, 30.0, 150.0])
    function: Any = {"theo1": ntpstats.stability._theo1, "theobr": ntpstats.stability._theobr}[name]
    peer = [function(record(401), m, 1.0, {"max_work": 0})[0] for m in (10, 40, 200)]

    np.testing.assert_allclose(ours.deviation, peer, rtol=1e-10)


@pytest.mark.parametrize("alpha", [2, 1, 0, -1, -2])
@pytest.mark.parametrize(("name", "kind"), [("oadev", "oadev"), ("mdev", "mdev"), ("ohdev", "hdev")])
def test_the_exact_degrees_of_freedom_are_those_of_ntpstats(alpha: int, name: str, kind: str) -> None:
    ours = deviations(PhaseSeries.from_phase(record(), tau0=1.0), name, taus=[1.0, 4.0, 32.0], alpha=alpha, edf="exact")
    peer = [ntpstats_edf(kind, alpha, m, int(n)) for m, n in zip((1, 4, 32), ours.n, strict=True)]

    np.testing.assert_allclose(ours.edf, peer, rtol=5e-3)


def test_groslambert_codeviation_is_that_of_allantools() -> None:
    clocks = {name: simulate_noise(2001, alpha=0, seed=k).phase for k, name in enumerate("ABC")}
    one = PhaseSeries.from_phase(clocks["A"] - clocks["B"], tau0=1.0)
    other = PhaseSeries.from_phase(clocks["C"] - clocks["B"], tau0=1.0)
    taus = [1.0, 4.0, 16.0]
    ours = gcodev(one, other, taus=taus)
    peer = allantools.gcodev(one.phase, other.phase, rate=1.0, data_type="phase", taus=taus)

    np.testing.assert_allclose(np.abs(ours.deviation), np.abs(peer[1]), rtol=1e-9)


def test_a_hat_of_five_clocks_finds_each() -> None:
    """White FM, 20 001 points: the variance of a clock comes out within five standard deviations of the truth."""
    truth = {"A": 1.0, "B": 1.5, "C": 2.0, "D": 2.5, "E": 1.2}
    readings = {
        name: PhaseSeries.from_phase(simulate_noise(20_001, alpha=0, seed=40 + k, deviation=d).phase, tau0=1.0)
        for k, (name, d) in enumerate(truth.items())
    }
    found = cornered_hat(differences_of_clocks(readings), taus=[1.0, 10.0])

    for name, row in zip(found.clocks, found.variance, strict=True):
        assert row[0] == pytest.approx(truth[name] ** 2, abs=5 * 6.0 * np.sqrt(3.0 / 20_000))
    assert not found.advice


def test_a_clock_far_better_than_its_peers_is_refused_and_not_clipped() -> None:
    readings = {
        name: PhaseSeries.from_phase(simulate_noise(301, alpha=0, seed=70 + k, deviation=d).phase, tau0=1.0)
        for k, (name, d) in enumerate({"A": 1e-3, "B": 1.0, "C": 1.0}.items())
    }
    found = cornered_hat(differences_of_clocks(readings))

    assert (found.variance[0] < 0).any()
    assert np.isnan(found.deviation[0][found.variance[0] < 0]).all()
    assert "A" in found.advice[0].text("en")
