# SPDX-License-Identifier: Apache-2.0
"""Time tags beside readings: a pause between them is a gap in the series, not a step of it."""

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message

Array = npt.NDArray[np.float64]

TIMES = {"time", "times", "t", "mjd", "jd", "date", "epoch", "seconds", "second", "s", "unix_s", "时间", "时刻", "日期"}
"""Headings that name a time."""
_CLEAN = 0.9  # of the steps must be alike before any other is called a gap: coarse tags tell nothing
_ALIKE = 0.02  # of a step
_WHOLE = 0.1  # of a step, by which a gap may miss a whole number of them
_MOST = 20  # times as many points as were read: a longer gap is two records


def with_gaps(values: Array, tags: Array, *, heading: str = "") -> Array:
    """Put NaN where the time tags leave readings out.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
    tags : ndarray of float64, shape (n,)
        What stands in the first column, in any unit. Unless `heading` names it a time, or its steps are alike, it is
        taken for something else, and the values are returned as they are.
    heading : str

    Returns
    -------
    ndarray of float64, shape (m,), m >= n

    Raises
    ------
    DataError
        If a time named so does not rise, or a gap is no whole number of intervals.

    Examples
    --------
    >>> with_gaps(np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 40.0, 50.0]), heading="time").tolist()
    [1.0, 2.0, nan, 3.0, 4.0]
    """
    steps = np.diff(tags)
    named = heading.strip().casefold() in TIMES
    if values.size < 3 or not np.isfinite(tags).all():  # noqa: PLR2004 - a step to compare with
        return values
    back = np.flatnonzero(steps <= 0)
    step = float(np.median(steps))
    alike = np.abs(steps - step) <= _ALIKE * step
    if back.size:
        if named and (steps < 0).any():
            at = int(np.flatnonzero(steps < 0)[0]) + 1
            raise DataError(Message("stability.tags_back", row=at + 1, found=f"{tags[at]:.10g}"))
        return values
    if alike.all() or (alike.mean() < _CLEAN and not (named and alike.any())):
        return values
    turns = steps / step
    odd = np.flatnonzero(np.abs(turns - np.round(turns)) > _WHOLE)
    place = np.concatenate([[0], np.cumsum(np.maximum(np.round(turns), 1.0))])
    if odd.size or place[-1] > _MOST * values.size:
        at = int(odd[0] if odd.size else np.argmax(turns)) + 1
        raise DataError(Message("stability.tags_uneven", row=at + 1, found=f"{tags[at]:.10g}", steps=f"{turns[at - 1]:.4g}"))
    out = np.full(int(place[-1]) + 1, np.nan)
    out[place.astype(np.int64)] = values
    return out
