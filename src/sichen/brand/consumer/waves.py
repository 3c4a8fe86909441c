# SPDX-License-Identifier: Apache-2.0
"""Waves of a tracker: which moves are real, how many people a move needs, and how many would be seen by chance alone."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sichen.brand.consumer.survey import STEPS, Proportion, Survey, proportion
from sichen.core import JSON


@dataclass(frozen=True)
class Move:
    """The change of one measure of one brand between two waves.

    Parameters
    ----------
    brand, measure, before_wave, after_wave : str
    before, after : Proportion
    change, u : float
        In parts of one.
    p : float
        Probability of a change as large without any real one, two-sided.
    real : bool
        Whether it stands after allowing for all the moves that were looked at (Holm, 5 %).
    """

    brand: str
    measure: str
    before_wave: str
    after_wave: str
    before: Proportion
    after: Proportion
    change: float
    u: float
    p: float
    real: bool = False

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON."""
        return {
            "brand": self.brand, "measure": self.measure, "from": self.before_wave, "to": self.after_wave,
            "before": self.before.value, "after": self.after.value, "change": self.change, "u": self.u, "p": self.p,
            "real": self.real,
        }  # fmt: skip


def moves(survey: Survey, *, level: float = 0.05) -> tuple[Move, ...]:
    """Compare each wave with the one before it, for every brand and measure.

    Parameters
    ----------
    level : float
        Probability that even one of the moves called real is noise.
    """
    found = list(_compared(survey))
    order = sorted(range(len(found)), key=lambda at: found[at].p)
    standing = True
    for rank, at in enumerate(order):
        standing = standing and found[at].p <= level / (len(found) - rank)
        if standing:
            found[at] = Move(**{**vars(found[at]), "real": True})
    return tuple(found)


def move_between(before: Proportion, after: Proportion) -> tuple[float, float, float]:
    """Return change, standard uncertainty and two-sided p of two independent shares.

    The test pools the two shares, which holds its level where shares are small; the uncertainty does not.
    """
    change = after.value - before.value
    pooled = (before.value * before.effective + after.value * after.effective) / (before.effective + after.effective)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / before.effective + 1 / after.effective))
    z = change / spread if spread > 0 else 0.0
    return change, math.hypot(before.u, after.u), math.erfc(abs(z) / math.sqrt(2))


def people_needed(before: float, after: float, *, power: float = 0.8, level: float = 0.05) -> int:
    """Return how many (effective) answers each wave needs to see a move.

    Parameters
    ----------
    before, after : float
        Shares, parts of one.
    power, level : float

    Examples
    --------
    >>> people_needed(0.30, 0.35)
    1377
    """
    from scipy.special import ndtri

    middle = (before + after) / 2
    whole = ndtri(1 - level / 2) * math.sqrt(2 * middle * (1 - middle))
    whole += ndtri(power) * math.sqrt(before * (1 - before) + after * (1 - after))
    return math.ceil((whole / (after - before)) ** 2)


def chance_of_seeing(before: float, after: float, people: float, *, level: float = 0.05) -> float:
    """Return the power of a comparison of two waves with as many (effective) answers each."""
    from scipy.special import ndtr, ndtri

    middle = (before + after) / 2
    null = math.sqrt(2 * middle * (1 - middle) / people)
    alternative = math.sqrt((before * (1 - before) + after * (1 - after)) / people)
    limit = ndtri(1 - level / 2) * null
    gap = after - before
    return float(ndtr((gap - limit) / alternative) + ndtr((-gap - limit) / alternative))


def _compared(survey: Survey) -> Iterable[Move]:
    waves = list(dict.fromkeys(survey.waves))
    for brand in dict.fromkeys(survey.brands):
        for before, after in pairwise(waves):
            left, right = survey.select(wave=before, brand=brand), survey.select(wave=after, brand=brand)
            for measure in (name for name in STEPS if name in survey.answers):
                if not (np.isfinite(left.answers[measure]).any() and np.isfinite(right.answers[measure]).any()):
                    continue
                first, second = (proportion(one.answers[measure], one.weights) for one in (left, right))
                change, u, p = move_between(first, second)
                yield Move(brand, measure, before, after, first, second, change, u, p)
