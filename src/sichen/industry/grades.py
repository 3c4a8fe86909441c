# SPDX-License-Identifier: Apache-2.0
"""Price grades: high, mid and low by retail unit price, with both edges decided in the open."""

from dataclasses import dataclass
from typing import Literal

from sichen.core import DataError, Message

Grade = Literal["high", "mid", "low"]
GRADES: tuple[Grade, ...] = ("high", "mid", "low")


@dataclass(frozen=True)
class Bands:
    """The edges of the grades, in yuan of retail price a piece.

    Parameters
    ----------
    mid, high : float
        Where the mid and the high grade begin.
    mid_inclusive, high_inclusive : bool
        Whether a price exactly on the edge belongs to the higher grade: the reading note of 2015 does not say.
    edition, source : str
    """

    mid: float = 2000.0
    high: float = 10_000.0
    mid_inclusive: bool = True
    high_inclusive: bool = False
    edition: str = "MIIT reading note, August 2015; the edges themselves are our choice"
    source: str = "hkcd.com/content/2015-08/05/content_949331.html"

    def __post_init__(self) -> None:
        if not 0 < self.mid < self.high:
            raise DataError(Message("industry.grade.edges", mid=f"{self.mid:g}", high=f"{self.high:g}"))

    def grade(self, price: float) -> Grade:
        """Return the grade of a retail price in yuan.

        Raises
        ------
        DataError
            If the price is not positive.

        Examples
        --------
        >>> [Bands().grade(price) for price in (1999.99, 2000, 10_000, 10_000.01)]
        ['low', 'mid', 'mid', 'high']
        >>> Bands(mid_inclusive=False, high_inclusive=True).grade(2000), Bands(high_inclusive=True).grade(10_000)
        ('low', 'high')
        """
        if not price > 0:
            raise DataError(Message("industry.grade.price", price=f"{price:g}"))
        if price > self.high or (self.high_inclusive and price == self.high):
            return "high"
        return "mid" if price > self.mid or (self.mid_inclusive and price == self.mid) else "low"

    def grades_of(self, lowest: float, highest: float) -> tuple[Grade, ...]:
        """Return every grade that a range of prices touches, the highest first.

        Examples
        --------
        >>> Bands().grades_of(2000, 4000)
        ('mid',)
        """
        top, bottom = GRADES.index(self.grade(highest)), GRADES.index(self.grade(lowest))
        return GRADES[top : bottom + 1]
