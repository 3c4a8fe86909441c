# SPDX-License-Identifier: Apache-2.0
"""What the exponents of clock noise are called. Alpha is the slope of the spectrum of fractional frequency."""

from collections.abc import Mapping
from types import MappingProxyType

NOISES: Mapping[int, str] = MappingProxyType(
    {
        2: "white PM",
        1: "flicker PM",
        0: "white FM",
        -1: "flicker FM",
        -2: "random walk FM",
        -3: "flicker walk FM",
        -4: "random run FM",
    }
)
UNKNOWN = "unknown"


def noise_name(alpha: float) -> str:
    """Name the noise of an exponent, rounded; ``unknown`` for NaN.

    Examples
    --------
    >>> noise_name(0.2)
    'white FM'
    """
    return UNKNOWN if alpha != alpha else NOISES[min(max(round(alpha), -4), 2)]  # noqa: PLR0124 - NaN is unlike itself
