# SPDX-License-Identifier: Apache-2.0
"""Averaging times for a quartz watch that leaves out pulses: whole inhibition periods, and nothing between.

Inhibition makes the rate a comb: fast for most of the period, corrected at once. Averaged over whole periods the
comb cancels; over anything else the deviation shows the comb and not the quartz.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message
from sichen.stability.averaging import Taus, averaging_factors
from sichen.stability.families import Statistic

Factors = npt.NDArray[np.int64]


def period_factor(tau0: float, inhibition: float) -> int:
    """Return the inhibition period in samples.

    Raises
    ------
    DataError
        If it is not a whole number of them: then no averaging time is free of the comb.

    Examples
    --------
    >>> period_factor(2.0, 60.0)
    30
    """
    ratio = inhibition / tau0
    factor = round(ratio) if ratio > 0 else 0
    if factor < 1 or abs(ratio - factor) > 1e-6 * ratio:
        raise DataError(Message("stability.inhibition_not_whole", period=f"{inhibition:g}", tau0=f"{tau0:g}"))
    return factor


def inhibited_factors(
    choose: Callable[[], Factors], row: Statistic, *, tau0: float, inhibition: float, largest: int, taus: Taus
) -> Factors:
    """Choose averaging factors that are whole inhibition periods, and explain when a listed one is not."""
    period = period_factor(tau0, inhibition)
    if not isinstance(taus, str):
        factors = choose()
        wrong = factors[factors % period != 0]
        if wrong.size:
            raise DataError(
                Message("stability.inhibition_comb", tau=f"{wrong[0] * row.stride * tau0:g}", period=f"{inhibition:g}")
            )
        return factors
    step = int(np.lcm(period, row.step)) if row.stride == 1.0 else int(np.lcm(4 * period, row.step))
    if largest < step:
        raise DataError(Message("stability.inhibition_too_short", period=f"{inhibition:g}"))
    return averaging_factors(taus, tau0=tau0 * row.stride, largest=largest, smallest=max(row.smallest, step), step=step)
