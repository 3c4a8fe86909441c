# SPDX-License-Identifier: Apache-2.0
"""Limits of stability over averaging time: those of recommendations, as data, and a reader's own."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sichen.core import JSON, DataError, Language, Message, NotFound
from sichen.stability.results import Deviations, plain

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """A stretch of a mask: limit = constant + slope · τ + factor · τ^power for first <= τ <= last (seconds)."""

    first: float
    last: float
    constant: float = 0.0
    slope: float = 0.0
    factor: float = 0.0
    power: float = 1.0

    def at(self, tau: Array) -> Array:
        """Return the limit in seconds."""
        return self.constant + self.slope * tau + self.factor * tau**self.power


@dataclass(frozen=True)
class Mask:
    """Limits of one statistic over averaging time.

    Parameters
    ----------
    identifier : str
        E.g. ``G.811-MTIE``.
    statistic : str
        What it limits: ``mtie``, ``tdev``, ``adev`` …
    name_en, name_zh : str
    source : str
        Recommendation, edition, clause.
    verified : bool
        Whether the numbers were compared with the recommendation itself.
    pieces : tuple of Piece
        In order of τ.
    """

    identifier: str
    statistic: str
    name_en: str
    name_zh: str
    source: str
    verified: bool
    pieces: tuple[Piece, ...]

    def name(self, language: Language) -> str:
        """Return the name in one language."""
        return self.name_zh if language == "zh" else self.name_en

    def limit(self, tau: npt.ArrayLike) -> Array:
        """Return the limit at averaging times; NaN where the mask says nothing.

        Where two pieces meet the lower limit counts.
        """
        at = np.atleast_1d(np.asarray(tau, dtype=np.float64))
        limits = np.full(at.shape, np.nan)
        for piece in self.pieces:
            inside = (at >= piece.first * (1.0 - 1e-9)) & (at <= piece.last * (1.0 + 1e-9))
            limits[inside] = np.fmin(limits[inside], piece.at(at[inside]))
        return limits

    @classmethod
    def from_points(cls, identifier: str, statistic: str, points: Sequence[tuple[float, float]]) -> "Mask":
        """Make a mask from corner points, straight lines between them in linear scale.

        Raises
        ------
        DataError
            If there are fewer than two points, or they do not rise in τ, or are not positive.
        """
        if len(points) < 2 or any(not (tau > 0 and limit > 0) for tau, limit in points):  # noqa: PLR2004 - a line
            raise DataError(Message("stability.bad_mask", name=identifier))
        pieces = []
        for (t0, y0), (t1, y1) in pairwise(points):
            if t1 <= t0:
                raise DataError(Message("stability.bad_mask", name=identifier))
            slope = (y1 - y0) / (t1 - t0)
            pieces.append(Piece(t0, t1, constant=y0 - slope * t0, slope=slope))
        return cls(identifier, statistic, identifier, identifier, "given", verified=True, pieces=tuple(pieces))


@dataclass(frozen=True)
class Comparison:
    """A result against a mask.

    Parameters
    ----------
    mask : Mask
    limit : ndarray of float64, shape (k,)
        NaN where the mask says nothing.
    margin : ndarray of float64, shape (k,)
        Limit over deviation; above 1 is inside.
    passed : bool or None
        Whether all deviations that the mask limits are inside; None when it limits none of them.
    certain : bool or None
        Whether the upper ends of the intervals are inside too; the deviations themselves where there is no interval.
    worst_tau : float or None
        Averaging time of the smallest margin.
    advice : tuple of Message
    """

    mask: Mask
    limit: Array
    margin: Array
    passed: bool | None
    certain: bool | None
    worst_tau: float | None
    advice: tuple[Message, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the verdict; what the mask does not limit is null."""
        return {
            "mask": self.mask.identifier,
            "passed": self.passed,
            "certain": self.certain,
            "worst_tau_s": self.worst_tau,
            "limit": plain(self.limit),
            "advice": [message.text("en") for message in self.advice],
        }


@cache
def masks() -> Mapping[str, Mask]:
    """Return the masks that come with Sichen, by identifier."""
    text = resources.files("sichen.stability").joinpath("data/masks.toml").read_text(encoding="utf-8")
    return {key: _mask(key, row) for key, row in tomllib.loads(text).items()}


def mask(identifier: str) -> Mask:
    """Return one mask.

    Raises
    ------
    NotFound
        If there is none of that name.

    Examples
    --------
    >>> round(float(mask("G.811-MTIE").limit(1000.0)[0]) * 1e9, 6)   # nanoseconds
    300.0
    """
    try:
        return masks()[identifier]
    except KeyError:
        raise NotFound(Message("stability.unknown_mask", name=identifier, known=" ".join(masks()))) from None


def compare(result: Deviations, against: Mask) -> Comparison:
    """Compare a result with a mask.

    Raises
    ------
    DataError
        If the mask limits another statistic.
    """
    if result.statistic != against.statistic:
        raise DataError(
            Message("stability.other_statistic", mask=against.identifier, wants=against.statistic, got=result.statistic)
        )
    limit = against.limit(result.tau)
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = limit / result.deviation
    known = ~np.isnan(limit)
    advice = () if against.verified else (Message("stability.mask_recalled", mask=against.identifier),)
    if not known.any():
        return Comparison(against, limit, margin, None, None, None, (*advice, Message("stability.mask_elsewhere")))
    upper = np.where(np.isnan(result.upper), result.deviation, result.upper)
    worst = int(np.nanargmin(margin))
    return Comparison(
        against,
        limit,
        margin,
        passed=bool((result.deviation[known] <= limit[known]).all()),
        certain=bool((upper[known] <= limit[known]).all()),
        worst_tau=float(result.tau[worst]),
        advice=advice,
    )


def _mask(key: str, row: Mapping[str, object]) -> Mask:
    name: Mapping[str, str] = row["name"]  # type: ignore[assignment] # the catalogue test checks the shape
    pieces: list[Mapping[str, float]] = row["pieces"]  # type: ignore[assignment]
    unit = 1e-9  # the file is in nanoseconds
    return Mask(
        key,
        str(row["statistic"]),
        name["en"],
        name["zh"],
        str(row["source"]),
        bool(row["verified"]),
        tuple(
            Piece(
                piece["from"],
                piece["to"],
                unit * piece.get("constant", 0.0),
                unit * piece.get("slope", 0.0),
                unit * piece.get("factor", 0.0),
                piece.get("power", 1.0),
            )
            for piece in pieces
        ),
    )
