# SPDX-License-Identifier: Apache-2.0
"""Every row of the older Stable32 reports: caesium, GPS, quartz, counter noise floor, flicker noise, PHASE.DAT.

Conventions differ between versions and are named here file by file:

* `phase_dat_mtotdev`, `phase_dat_ttotdev_all` are corrected for the bias of the modified total (0.73 at α = 0, 0.83
  at α = 1); the other MTOT and TTOT files are raw.
* `phase_dat_htotdev_octave` is corrected (0.995), the `nobias` file raw.
* `phase_dat_theo1` is TheoBR, the `alpha0` files are raw Theo1.
* `pink_frequency/totdev_alpha0` is raw; the all-τ files there have tau0 = 42 s, which only TDEV shows.
* MTIE of the "fast" kind has windows of 2^k points: AF = 2^k − 1.
All 8 576 rows: 8 486 to the five printed digits, and 90 of

* `ocxo/*_octave`, which came from a copy whose maximum reads 1.000: frequencies were rounded: 2·10⁻³, TOTDEV's last 1.2·10⁻².
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tests.stability.stable32 import expected, last_places, load, older_rows

from sichen.stability import PhaseSeries
from sichen.stability.bias import Bias
from sichen.stability.theoh import theobr_ratio

CORRECTED = {"phase_dat_mtotdev.txt", "phase_dat_ttotdev_all.txt"}
RAW = {"phase_dat_htotdev_octave_nobias.txt", "totdev_alpha0.txt"}
WORDS = (
    "mtotdev", "ttotdev", "htotdev", "totdev", "theo1", "tierms", "mtie", "oadev", "ohdev", "adev", "mdev", "tdev", "hdev",
)  # fmt: skip


def name_of(path: Path) -> str:
    return next(word for word in WORDS if word in path.stem.lower())


@cache
def record_of(folder: Path) -> PhaseSeries:
    if folder.name == "Cs5071A":
        return PhaseSeries.from_phase(load(folder / "5071A_phase.txt.gz"), tau0=1.0)
    if folder.name == "gps":
        return PhaseSeries.from_phase(load(folder / "gps_1pps_phase_data.txt.gz"), tau0=1.0)
    if folder.name == "ocxo":
        return PhaseSeries.from_frequency(load(folder / "ocxo_frequency.txt") / 1e7 - 1.0, tau0=1.0)
    if folder.name == "pink_frequency":
        return PhaseSeries.from_frequency(load(folder / "pink_frequency.txt"), tau0=1.0)
    if folder.name.startswith("Keysight"):
        return PhaseSeries.from_phase(load(folder / "tic_phase.txt"), tau0=1.0)
    return PhaseSeries.from_phase(load(folder / "PHASE.DAT"), tau0=1.0)


def convention_of(path: Path) -> Bias:
    if path.name in CORRECTED:
        return "sp1065"
    return "raw" if path.name in RAW or "theo1" in path.name else "stable32"


def check(path: Path) -> int:
    """Hold all rows of a report against ours and return how many there are."""
    name = name_of(path)
    series = record_of(path.parent)
    rows = older_rows(path)
    if not rows:
        return 0
    if path.name == "phase_dat_htotdev_octave_nobias.txt":  # the SP 1065 suite read as frequency: PHASE.DAT differenced
        assert name == "htotdev"
    ours = expected(name, series, rows, convention_of(path))
    if path.name == "phase_dat_theo1.txt":
        ours = ours * np.sqrt(theobr_ratio((series.phase,)))
    if path.parent.name == "pink_frequency" and name == "tdev":
        ours = ours * 42.0
    printed = np.array([row.sigma for row in rows])
    if path.parent.name == "ocxo" and "octave" in path.name:
        tolerance = np.full(len(rows), 2e-3)
        if name == "totdev":
            tolerance[-1] = 1.2e-2
        assert (np.abs(ours / printed - 1.0) <= tolerance).all(), path.name
    else:
        apart = last_places(ours, printed, 5)
        assert (apart <= 0.51).all(), (
            path.name,
            [(row, places) for row, places in zip(rows, apart, strict=True) if places > 0.51],
        )
    return len(rows)


def reports(folder: Path) -> list[Path]:
    data = {"ocxo_frequency.txt", "pink_frequency.txt", "tic_phase.txt"}
    return sorted(path for path in folder.glob("*.txt") if path.name not in data)


@pytest.mark.parametrize(
    ("folder", "count"),
    [("phasedat", 1942), ("gps", 112), ("ocxo", 2014), ("pink_frequency", 1445), ("Keysight53230A_ti_noise_floor", 359)],
)
def test_every_row_of_a_folder_agrees_to_the_five_printed_digits(shared: Path, folder: str, count: int) -> None:
    assert sum(check(path) for path in reports(shared / "stability" / folder)) == count


@pytest.mark.slow
def test_every_row_of_half_a_million_seconds_of_caesium_agrees_to_the_five_printed_digits(shared: Path) -> None:
    assert sum(check(path) for path in reports(shared / "stability/Cs5071A")) == 2704
