# SPDX-License-Identifier: Apache-2.0
"""The tables of NIST SP 1065 (W. J. Riley, 2008), section 12, and PDEV by SigmaTheta for the same record."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sichen.stability import PhaseSeries, deviations

Tables = dict[str, Any]
NINE = [892.0, 809.0, 823.0, 798.0, 671.0, 644.0, 883.0, 903.0, 677.0]
NAMES = ("adev", "oadev", "mdev", "tdev", "hdev", "ohdev", "totdev", "htotdev")


def suite() -> PhaseSeries:
    """Generate the 1000 frequencies of the suite."""
    n = [1234567890]
    while len(n) < 1000:
        n.append(16807 * n[-1] % 2147483647)
    assert n[1:4] == [395529916, 1209410747, 633705974]
    return PhaseSeries.from_frequency(np.array(n) / 2147483647, tau0=1.0)


@pytest.fixture(scope="module")
def tables(shared: Path) -> Tables:
    return json.loads((shared / "stability/expected_sp1065.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", [*NAMES, "mtotdev", "ttotdev"])
def test_the_nine_points_of_table_30(tables: Tables, name: str) -> None:
    series = PhaseSeries.from_frequency(NINE, tau0=1.0)
    printed = tables["table30_AF_1_2"][name if name in NAMES else f"{name}_bias_corrected"]

    found = deviations(series, name, taus=[1.0, 2.0], alpha=0, bias="sp1065")

    np.testing.assert_allclose(found.deviation, printed, rtol=5e-7)


@pytest.mark.parametrize("name", [*NAMES, "mtotdev", "ttotdev"])
def test_the_thousand_points_of_table_31(tables: Tables, name: str) -> None:
    printed = tables["table31_AF_1_10_100"][name if name in NAMES else f"{name}_bias_corrected"]

    found = deviations(suite(), name, taus=[1.0, 10.0, 100.0], alpha=0, bias="sp1065")

    np.testing.assert_allclose(found.deviation, printed, rtol=5e-7)


def test_raw_modified_total_and_theo1_as_stable32_prints_them(tables: Tables) -> None:
    raw = deviations(suite(), "mtotdev", taus=[1.0, 10.0, 100.0], alpha=0)
    theo1 = deviations(suite(), "theo1", taus=[7.5, 75.0, 750.0], alpha=0, bias="raw")

    np.testing.assert_allclose(raw.deviation, tables["table31_AF_1_10_100"]["mtotdev_raw_stable32_1.60"], rtol=3e-5)
    np.testing.assert_allclose(theo1.deviation, tables["theo1_tau_10_100_1000_stable32_raw"], rtol=5e-5)


def test_parabolic_deviations_of_the_suite_to_two_parts_in_a_million_million(tables: Tables) -> None:
    found = deviations(suite(), "pdev", alpha=0)

    np.testing.assert_allclose(found.deviation, tables["pdev_AF_1_2_4_8_16_32_64_128_256"], rtol=2e-12)
