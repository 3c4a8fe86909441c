# SPDX-License-Identifier: Apache-2.0
"""Which averaging factors to compute: octaves, decades, all, or a list of times in seconds."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message

Factors = npt.NDArray[np.int64]
Taus = Literal["octave", "decade", "all"] | Sequence[float]


def averaging_factors(taus: Taus, *, tau0: float, largest: int, smallest: int = 1, step: int = 1) -> Factors:
    """Choose averaging factors.

    Parameters
    ----------
    taus : {"octave", "decade", "all"} or sequence of float
        ``octave``: 1, 2, 4 …; ``decade``: 1, 2, 4, 10, 20, 40, 100 …; ``all``: every one; or times in seconds, each
        which must be multiples of `tau0`.
    tau0 : float > 0
        Seconds between samples.
    largest, smallest : int
        Range that the record allows; what lies outside is left out, as far as it is not a list.
    step : int >= 1
        Only multiples of this, as an inhibition period or Theo1 asks for; octaves and decades count from `smallest`.

    Returns
    -------
    ndarray of int64, ascending, without repeats

    Raises
    ------
    DataError
        If a listed time is not positive, is not (to 1 part in a million) a multiple of ``step · tau0``, or is
        longer than the record allows; or if nothing is left.

    Examples
    --------
    >>> averaging_factors("octave", tau0=1.0, largest=20)
    array([ 1,  2,  4,  8, 16])
    """
    if isinstance(taus, str):
        chosen = _named(taus, first=-(-smallest // step) * step, largest=largest, step=step)
    else:
        chosen = _listed(taus, tau0=tau0, largest=largest, smallest=smallest, step=step)
    if chosen.size == 0:
        raise DataError(Message("stability.no_factor", largest=max(largest, 0), smallest=max(smallest, step)))
    return chosen


def _named(taus: str, *, first: int, largest: int, step: int) -> Factors:
    if taus not in {"octave", "decade", "all"}:
        raise DataError(Message("stability.unknown_taus", found=taus))
    if largest < first:
        return np.empty(0, np.int64)
    if taus == "all":
        return np.arange(first, largest + 1, step, dtype=np.int64)
    times = largest // first
    if taus == "octave":
        return np.array([first << k for k in range(times.bit_length())], np.int64)
    decades = np.multiply.outer(10 ** np.arange(len(str(times)), dtype=np.int64), np.array([1, 2, 4])).ravel()
    return np.asarray(first * decades[decades <= times], np.int64)


def _listed(taus: Sequence[float], *, tau0: float, largest: int, smallest: int, step: int) -> Factors:
    try:
        wanted = np.asarray(taus, dtype=np.float64).ravel() / tau0
    except (TypeError, ValueError) as error:
        raise DataError(Message("stability.unknown_taus", found=str(taus))) from error
    if not (np.isfinite(wanted) & (wanted > 0)).all():
        raise DataError(Message("stability.unknown_taus", found=", ".join(f"{tau:g}" for tau in taus)))
    factors = np.rint(wanted).astype(np.int64)
    for ratio, factor in zip(wanted.tolist(), factors.tolist(), strict=True):
        if abs(ratio - factor) > 1e-6 * max(ratio, 1.0) or factor % step:
            raise DataError(Message("stability.not_a_multiple", tau=f"{ratio * tau0:g}", step=f"{step * tau0:g}"))
        if not smallest <= factor <= largest:
            limits = {"shortest": f"{smallest * tau0:g}", "longest": f"{max(largest, 0) * tau0:g}"}
            raise DataError(Message("stability.out_of_range", tau=f"{ratio * tau0:g}", **limits))
    return np.unique(factors)
