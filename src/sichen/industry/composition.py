# SPDX-License-Identifier: Apache-2.0
"""The product structure as a composition: what counts are ratios of its parts, so it is measured in their logarithms."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message

Floats = npt.NDArray[np.float64]
PARTS = ("high", "mid", "low")
# Rows: high and mid against low; high against mid. Orthonormal, and orthogonal to (1, 1, 1).
_BASIS = np.array([[1 / math.sqrt(6), 1 / math.sqrt(6), -2 / math.sqrt(6)], [1 / math.sqrt(2), -1 / math.sqrt(2), 0.0]])


def closed(parts: npt.ArrayLike) -> Floats:
    """Scale parts so that they sum to one.

    Parameters
    ----------
    parts : array_like, shape (..., 3), > 0
        High, mid and low, in any common unit.

    Raises
    ------
    DataError
        If there are not three parts, or one is not finite and positive.
    """
    array = np.asarray(parts, dtype=np.float64)
    if array.ndim == 0 or array.shape[-1] != len(PARTS):
        raise DataError(Message("industry.composition.parts", got=array.shape[-1] if array.ndim else 1))
    if not (np.isfinite(array).all() and (array > 0).all()):
        raise DataError(Message("industry.composition.positive"))
    return np.asarray(array / array.sum(axis=-1, keepdims=True))


def ilr(parts: npt.ArrayLike) -> Floats:
    """Return the isometric log-ratio coordinates.

    Parameters
    ----------
    parts : array_like, shape (..., 3), > 0

    Returns
    -------
    ndarray, shape (..., 2)
        ``sqrt(2/3) ln(sqrt(high mid) / low)`` and ``sqrt(1/2) ln(high / mid)`` [1]_.

    References
    ----------
    .. [1] J. J. Egozcue et al., Mathematical Geology 35 (2003), 279-300.

    Examples
    --------
    >>> ilr([1, 14, 85]).round(4).tolist()
    [-2.55, -1.8661]
    """
    return np.asarray(np.log(closed(parts)) @ _BASIS.T)


def inverse_ilr(coordinates: npt.ArrayLike) -> Floats:
    """Return the composition of log-ratio coordinates; the inverse of `ilr`.

    Examples
    --------
    >>> (100 * inverse_ilr([-1.8148, -1.4089])).round(1).tolist()
    [3.0, 22.0, 75.0]
    """
    logs = np.asarray(coordinates, dtype=np.float64) @ _BASIS
    shifted = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def distance(left: npt.ArrayLike, right: npt.ArrayLike) -> float:
    """Return the Aitchison distance of two compositions, dimensionless.

    Examples
    --------
    >>> round(distance([1, 14, 85], [3, 22, 75]), 4)
    0.8658
    """
    return float(np.linalg.norm(ilr(left) - ilr(right)))


def path(start: npt.ArrayLike, end: npt.ArrayLike, *, steps: int) -> Floats:
    """Return the geodesic from one composition to another: every ratio of parts grows at a constant rate.

    Parameters
    ----------
    start, end : array_like, shape (3,), > 0
    steps : int >= 1
        Number of equal steps, such as years.

    Returns
    -------
    ndarray, shape (steps + 1, 3)
        Each row sums to one.

    Examples
    --------
    >>> (100 * path([1, 14, 85], [3, 22, 75], steps=6)[:, 0]).round(2).tolist()
    [1.0, 1.21, 1.45, 1.75, 2.1, 2.51, 3.0]
    """
    if steps < 1:
        raise DataError(Message("industry.composition.steps"))
    along = np.linspace(0.0, 1.0, steps + 1)[:, None]
    return inverse_ilr(ilr(start) * (1 - along) + ilr(end) * along)


def required_growth(start: npt.ArrayLike, end: npt.ArrayLike, *, years: int, total_growth: float = 0.0) -> Floats:
    """Return the yearly growth that each part needs.

    Parameters
    ----------
    start, end : array_like, shape (3,), > 0
    years : int >= 1
    total_growth : float > -1
        Growth of the sum over all years together, 0.2 for a fifth.

    Returns
    -------
    ndarray, shape (3,)
        Growth per year, 0.05 for five per cent.

    Examples
    --------
    >>> (100 * required_growth([1, 14, 85], [3, 22, 75], years=6)).round(1).tolist()
    [20.1, 7.8, -2.1]
    """
    if years < 1 or not total_growth > -1:
        raise DataError(Message("industry.composition.steps"))
    return np.asarray((closed(end) / closed(start) * (1 + total_growth)) ** (1 / years) - 1)


def scenario(start: npt.ArrayLike, *, growth: Sequence[float], years: int) -> Floats:
    """Return the structure year by year when each part grows at its own constant rate.

    Parameters
    ----------
    start : array_like, shape (3,), > 0
    growth : sequence of 3 float > -1
        Per year.
    years : int >= 0

    Returns
    -------
    ndarray, shape (years + 1, 3)

    Examples
    --------
    >>> (100 * scenario([1, 14, 85], growth=[0.201, 0.078, -0.021], years=6)[-1]).round(1).tolist()
    [3.0, 22.0, 75.0]
    """
    rates = np.asarray(growth, dtype=np.float64)
    if years < 0 or rates.shape != (len(PARTS),) or not (np.isfinite(rates) & (rates > -1)).all():
        raise DataError(Message("industry.composition.steps"))
    return closed(closed(start) * (1 + rates) ** np.arange(years + 1)[:, None])


def replace_zeros(parts: npt.ArrayLike, *, smallest: float = 1e-3) -> Floats:
    """Put a small share in place of zeros and shrink the others in proportion, so that their ratios stay.

    Parameters
    ----------
    parts : array_like, shape (..., 3), >= 0
    smallest : float
        The share that stands for a zero, below what the source could have written.

    Notes
    -----
    Multiplicative replacement: J. A. Martín-Fernández et al., Mathematical Geology 35 (2003), 253-278.

    Examples
    --------
    >>> replace_zeros([0, 20, 80], smallest=0.01).round(3).tolist()
    [0.01, 0.198, 0.792]
    """
    array = np.asarray(parts, dtype=np.float64)
    if (array < 0).any() or not np.isfinite(array).all() or (array.sum(axis=-1) <= 0).any():
        raise DataError(Message("industry.composition.positive"))
    shares = array / array.sum(axis=-1, keepdims=True)
    empty = shares == 0
    return np.where(empty, smallest, shares * (1 - smallest * empty.sum(axis=-1, keepdims=True)))
