# SPDX-License-Identifier: Apache-2.0
"""A share of firms, such as those with a brand strategy: with its interval, and with those that did not answer."""

import math
from dataclasses import dataclass

from sichen.core import JSON, DataError, Message

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """A share of firms.

    Parameters
    ----------
    share : float or None
        Of those that answered; None when nobody did.
    lower, upper : float
        Wilson's 95 % interval among those that answered.
    least, most : float
        When nothing is assumed of those that did not answer: interval of everybody asked.
    """

    yes: int
    no: int
    unanswered: int
    share: float | None
    lower: float
    upper: float
    least: float
    most: float

    def against(self, target: float) -> str:
        """Tell whether at least this share holds, whatever the silent ones would say: "met", "failed" or "unknown"."""
        return "met" if self.least >= target else "failed" if self.most < target else "unknown"

    def to_json(self) -> dict[str, JSON]:
        """Return the share as plain JSON."""
        return dict(vars(self))


def share_of(*, yes: int, no: int, unanswered: int = 0) -> Share:
    """Return a share with its interval.

    Parameters
    ----------
    yes, no, unanswered : int >= 0

    Returns
    -------
    Share

    Notes
    -----
    Wilson's score interval. For those that did not answer the worst case is taken both ways.

    Examples
    --------
    >>> found = share_of(yes=40, no=60)
    >>> round(found.lower, 3), round(found.upper, 3), found.against(0.3)
    (0.309, 0.498, 'met')
    """
    if min(yes, no, unanswered) < 0 or yes + no + unanswered == 0:
        raise DataError(Message("industry.share.counts"))
    answered, asked = yes + no, yes + no + unanswered
    lower, upper = wilson(yes, answered) if answered else (0.0, 1.0)
    least, most = wilson(yes, asked)[0], wilson(yes + unanswered, asked)[1]
    return Share(yes, no, unanswered, yes / answered if answered else None, lower, upper, least, most)


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a proportion.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(0, 10)]
    [0.0, 0.2775]
    """
    z2 = NORMAL_95**2
    centre = (count + z2 / 2) / (of + z2)
    half = NORMAL_95 * math.sqrt(count * (of - count) / of + z2 / 4) / (of + z2)
    # At the ends the formula is exact only without rounding.
    return 0.0 if count == 0 else centre - half, 1.0 if count == of else centre + half
