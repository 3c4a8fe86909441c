# SPDX-License-Identifier: Apache-2.0
"""The bias of the total statistics: ratios of variances, by the convention that is named.

``stable32``: as Stable32 1.62 prints (TOTDEV, HTOTDEV and Theo1 corrected, the modified total raw).
``sp1065``: as the tables of NIST SP 1065 (the modified total corrected too). ``raw``: nothing corrected.
"""

import math
from typing import Literal

from sichen.core import DataError, Message

Bias = Literal["stable32", "sp1065", "raw"]
CONVENTIONS: tuple[Bias, ...] = ("stable32", "sp1065", "raw")

_TOTAL = {0: 0.0, -1: 1.0 / (3.0 * math.log(2.0)), -2: 0.75}
_MODIFIED = {2: 0.94, 1: 0.83, 0: 0.73, -1: 0.70, -2: 0.69}
_HADAMARD = {0: 0.995, -1: 0.851, -2: 0.771}


def check_bias(bias: str) -> None:
    """Refuse a convention that does not exist."""
    if bias not in CONVENTIONS:
        raise DataError(Message("stability.unknown_convention", what="bias", found=bias, known=" ".join(CONVENTIONS)))


def bias_ratio(kind: str, *, alpha: float, m: int, points: int, convention: Bias) -> float:
    """Return what the raw variance must be divided by; 1 where no bias is known or corrected.

    Parameters
    ----------
    kind : str
        Kind of statistic.
    alpha : float
        Exponent of the noise; NaN leaves the variance as it is.
    m : int
    points : int
        Phase points of the record.
    convention : {"stable32", "sp1065", "raw"}

    Examples
    --------
    >>> bias_ratio("modified_total", alpha=0, m=10, points=1001, convention="sp1065")
    0.73
    """
    if convention == "raw" or math.isnan(alpha):
        return 1.0
    nearest = round(alpha)
    if kind == "total":
        return 1.0 - _TOTAL.get(max(nearest, -2), 0.0) * m / (points - 1)
    if kind == "modified_total" and convention == "sp1065":
        return _MODIFIED[min(max(nearest, -2), 2)]
    if kind == "hadamard_total" and m > 1:
        return _HADAMARD.get(max(nearest, -2), 1.0)
    return 1.0
