# SPDX-License-Identifier: Apache-2.0
"""TheoBR and TheoH: Theo1 without bias, and the Allan deviation that it prolongs.

References
----------
.. [1] T. N. Taylor, D. A. Howe, "TheoH and Allan deviation as power-law noise estimators", IEEE Trans. UFFC 54 (2007).
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sichen.core import TooFewSamples
from sichen.stability.averaging import Taus
from sichen.stability.families import STATISTICS
from sichen.stability.results import Deviations
from sichen.stability.series import PhaseSeries

Array = npt.NDArray[np.float64]

SHARE = 0.2  # of the record: up to here the Allan deviation, beyond TheoBR
WORK = 20_000_000  # ratios that are averaged times points of the record
FEWEST = 16  # ratios, however long the record


def theobr_ratio(pieces: Sequence[Array]) -> float:
    """Return the variance ratio k by which Theo1 is raised to become TheoBR.

    Parameters
    ----------
    pieces : sequence of ndarray of float64
        Phase; the longest piece is used.

    Returns
    -------
    float > 0
        Mean over i = 0 … ⌊N/6⌋ − 3 of OAVAR(9 + 3i) / Theo1²(12 + 4i); of a record beyond 11 000 points over some of
        them, evenly spread.

    Raises
    ------
    TooFewSamples
        If the longest piece has fewer than 19 points.
    """
    piece = max(pieces, key=len)
    count = piece.size // 6 - 2
    if count < 1:
        raise TooFewSamples(got=int(piece.size), need=19)
    i = np.arange(count, dtype=np.int64)
    most = max(FEWEST, WORK // piece.size)
    if count > most:  # the ratio changes slowly; a long record would spend all its time here
        i = np.unique(np.linspace(0, count - 1, most).round().astype(np.int64))
    return float(np.mean(_mean_variance("oadev", piece, 9 + 3 * i) / _mean_variance("theo1", piece, 12 + 4 * i)))


def _mean_variance(name: str, piece: Array, factors: npt.NDArray[np.int64]) -> Array:
    row = STATISTICS[name]
    fits = factors <= row.reach(piece.size)
    moments = row.moments(piece, factors[fits])
    found = np.full(factors.size, np.nan)
    found[fits] = moments.total / moments.terms * row.scale(factors[fits].astype(np.float64), 1.0)
    return found


def theoh(estimate: Callable[..., Deviations], series: PhaseSeries, taus: Taus) -> Deviations:
    """Join the overlapping Allan deviation, up to a fifth of the record, with TheoBR beyond.

    Parameters
    ----------
    estimate : callable
        `deviations` with everything but the name and the averaging times.
    series : PhaseSeries
    taus : averaging times
    """
    longest = max(piece.size for piece in series.pieces())
    limit = SHARE * (longest - 1) * series.tau0
    parts = []
    for name in ("oadev", "theobr"):
        wanted = taus if isinstance(taus, str) else [tau for tau in taus if (tau <= limit) == (name == "oadev")]
        if wanted:
            part = estimate(name, taus=wanted)
            parts.append(_kept(part, part.tau <= limit if name == "oadev" else part.tau > limit))
    return _joined(parts)


def _kept(part: Deviations, keep: npt.NDArray[np.bool_]) -> Deviations:
    changes: dict[str, Any] = {
        item.name: getattr(part, item.name)[keep] for item in fields(part) if isinstance(getattr(part, item.name), np.ndarray)
    }
    sources = tuple(source for source, stays in zip(part.alpha_source, keep.tolist(), strict=True) if stays)
    return replace(part, alpha_source=sources, **changes)


def _joined(parts: list[Deviations]) -> Deviations:
    changes: dict[str, Any] = {
        item.name: np.concatenate([getattr(part, item.name) for part in parts])
        for item in fields(parts[0])
        if isinstance(getattr(parts[0], item.name), np.ndarray)
    }
    sources = tuple(source for part in parts for source in part.alpha_source)
    advice = tuple(dict.fromkeys(message for part in parts for message in part.advice))
    return replace(parts[0], statistic="theoh", title="TheoH", alpha_source=sources, advice=advice, **changes)
