# SPDX-License-Identifier: Apache-2.0
"""The statistics by name: which differences they square, what divides them, how far they reach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message
from sichen.stability import moments

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]
Name = Literal[
    "adev", "oadev", "mdev", "tdev", "hdev", "ohdev", "totdev", "mtotdev", "ttotdev", "htotdev",
    "theo1", "theobr", "theoh", "pdev", "mtie", "tierms",
]  # fmt: skip
Noise = Literal["phase", "allan", "modified", "hadamard", "total", "modified_total", "hadamard_total", "theo1", "parabolic"]


@dataclass(frozen=True)
class Statistic:
    """One statistic of the Allan family.

    Parameters
    ----------
    name, title : str
        As asked for, and as printed.
    kind : str
        Which bias, degrees of freedom and filter apply.
    order : int
        2: removes phase and frequency offset; 3: frequency drift too; 1: phase offset only.
    overlapping : bool
        Whether the differences start at every sample.
    moments : callable
        Sums of squares of one piece at given factors.
    scale : callable
        Variance over mean square, from (m, tau0).
    reach : callable
        Largest factor of a piece of n phase points.
    in_time : bool
        Whether the deviation is in seconds rather than dimensionless.
    """

    name: Name
    title: str
    kind: Noise
    order: int
    overlapping: bool
    moments: Callable[[Array, Factors], moments.Moments]
    scale: Callable[[Array, float], Array]
    reach: Callable[[int], int]
    in_time: bool = False

    @property
    def smallest(self) -> int:
        """Smallest averaging factor."""
        return 10 if self.kind == "theo1" else 1

    @property
    def step(self) -> int:
        """Averaging factors are multiples of this."""
        return 2 if self.kind == "theo1" else 1

    @property
    def stride(self) -> float:
        """Averaging time over m · tau0."""
        return 0.75 if self.kind == "theo1" else 1.0


def _allan(m: Array, tau0: float) -> Array:
    return 1.0 / (2.0 * (m * tau0) ** 2)


def _modified(m: Array, tau0: float) -> Array:
    return 1.0 / (2.0 * (m * m * tau0) ** 2)


def _modified_time(m: Array, _tau0: float) -> Array:
    return 1.0 / (6.0 * m**2)


def _hadamard(m: Array, tau0: float) -> Array:
    return 1.0 / (6.0 * (m * tau0) ** 2)


def _total_time(m: Array, _tau0: float) -> Array:
    return np.full(m.shape, 1.0 / 6.0)


def _hadamard_total(m: Array, tau0: float) -> Array:
    # Increments of phase over m·tau0 samples; at m = 1 the plain Hadamard scale, which is the same.
    return np.full(m.shape, 1.0 / (6.0 * tau0**2))


def _theo1(m: Array, tau0: float) -> Array:
    return 1.0 / (0.75 * (m * tau0) ** 2)


def _parabolic(m: Array, tau0: float) -> Array:
    # At m = 1 the parabolic weights vanish and the variance is the Allan variance by definition.
    return 72.0 / (m**4 * (m * tau0) ** 2)


def _unit(m: Array, _tau0: float) -> Array:
    return np.ones(m.shape)


_DIFFERENCES = partial(moments.differences, order=2)

STATISTICS: Mapping[str, Statistic] = MappingProxyType(
    {
        row.name: row
        for row in (
            Statistic("adev", "ADEV", "allan", 2, False, partial(_DIFFERENCES, overlapping=False), _allan, lambda n: (n - 1) // 2),
            Statistic("oadev", "OADEV", "allan", 2, True, partial(_DIFFERENCES, overlapping=True), _allan, lambda n: (n - 1) // 2),
            Statistic("mdev", "MDEV", "modified", 2, True, moments.averaged, _modified, lambda n: n // 3),
            Statistic("tdev", "TDEV", "modified", 2, True, moments.averaged, _modified_time, lambda n: n // 3, in_time=True),
            Statistic("hdev", "HDEV", "hadamard", 3, False, partial(moments.differences, order=3, overlapping=False), _hadamard, lambda n: (n - 1) // 3),
            Statistic("ohdev", "OHDEV", "hadamard", 3, True, partial(moments.differences, order=3, overlapping=True), _hadamard, lambda n: (n - 1) // 3),
            Statistic("totdev", "TOTDEV", "total", 2, True, moments.reflected, _allan, lambda n: n - 1),
            Statistic("mtotdev", "MTOTDEV", "modified_total", 2, True, moments.extended, _allan, lambda n: n // 3),
            Statistic("ttotdev", "TTOTDEV", "modified_total", 2, True, moments.extended, _total_time, lambda n: n // 3, in_time=True),
            Statistic("htotdev", "HTOTDEV", "hadamard_total", 3, True, moments.extended_frequency, _hadamard_total, lambda n: (n - 1) // 3),
            Statistic("theo1", "Theo1", "theo1", 2, True, moments.theoretical, _theo1, lambda n: (n - 1) // 2 * 2),
            Statistic("theobr", "TheoBR", "theo1", 2, True, moments.theoretical, _theo1, lambda n: (n - 1) // 2 * 2),
            Statistic("pdev", "PDEV", "parabolic", 2, True, moments.parabolic, _parabolic, lambda n: (n - 1) // 2),
            Statistic("tierms", "TIE rms", "phase", 1, True, partial(moments.differences, order=1, overlapping=True), _unit, lambda n: n - 1, in_time=True),
        )
    }
)  # fmt: skip


def statistic(name: str) -> Statistic:
    """Return a statistic by name.

    Raises
    ------
    DataError
        If there is none of that name.
    """
    try:
        return STATISTICS[name]
    except KeyError:
        raise DataError(
            Message("stability.unknown_statistic", name=name, known=" ".join([*STATISTICS, "theoh", "mtie"]))
        ) from None
