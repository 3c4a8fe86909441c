# SPDX-License-Identifier: Apache-2.0
"""The wheels of a watch, in beats: exact on its own clock, whatever its rate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from sichen.core import DataError, Message

SLOWER = ("fourth_wheel", "third_wheel", "centre_wheel", "barrel")


@dataclass(frozen=True)
class Mesh:
    """A wheel and the pinion that it drives on the next faster arbor.

    Parameters
    ----------
    wheel : str
        Name of the slower arbor, e.g. ``fourth_wheel``.
    teeth, leaves : int
        Teeth of its wheel and leaves of the pinion.
    """

    wheel: str
    teeth: int
    leaves: int


@dataclass(frozen=True)
class Train:
    """Tooth counts from the escape wheel back to the barrel.

    Parameters
    ----------
    escape_teeth : int
        One turn takes twice as many beats.
    meshes : tuple of Mesh
        From the fourth wheel, which drives the escape pinion, to the slowest that is known.

    Examples
    --------
    >>> Train(20, (Mesh("fourth_wheel", 84, 7),)).periods
    {'escape_wheel': Fraction(40, 1), 'fourth_wheel': Fraction(480, 1)}
    """

    escape_teeth: int
    meshes: tuple[Mesh, ...] = ()

    def __post_init__(self) -> None:
        counts = (self.escape_teeth, *(mesh.teeth for mesh in self.meshes), *(mesh.leaves for mesh in self.meshes))
        if min(counts) < 2:  # noqa: PLR2004 - nothing meshes with one tooth
            raise DataError(Message("bench.train.few_teeth", found=str(min(counts))))

    @classmethod
    def of_counts(cls, escape_teeth: int, counts: tuple[tuple[int, int], ...]) -> "Train":
        """Make a train from (wheel teeth, pinion leaves), from the fourth wheel to the barrel.

        Raises
        ------
        DataError
            If there are more pairs than wheels, or a count is below 2.
        """
        if len(counts) > len(SLOWER):
            raise DataError(Message("bench.train.many_wheels", got=len(counts), most=len(SLOWER)))
        return cls(escape_teeth, tuple(Mesh(name, *pair) for name, pair in zip(SLOWER, counts, strict=False)))

    @classmethod
    def parse(cls, escape_teeth: int | None, wheels: Iterable[str] = ()) -> "Train | None":
        """Read a train as people type it.

        Parameters
        ----------
        escape_teeth : int or None
            None when nobody knows: then there is no train.
        wheels : iterable of str
            TEETH/LEAVES from the fourth wheel to the barrel, e.g. ``84/7``.

        Raises
        ------
        DataError
            If a pair is not of that form, wheels come without the escape wheel, or as `of_counts` does.

        Examples
        --------
        >>> Train.parse(20, ["84/7"]).periods["fourth_wheel"]
        Fraction(480, 1)
        """
        if escape_teeth is None:
            if tuple(wheels):
                raise DataError(Message("bench.train.no_escape"))
            return None
        pairs = []
        for text in wheels:
            teeth, _, leaves = text.partition("/")
            if not (teeth.strip().isdecimal() and leaves.strip().isdecimal()):
                raise DataError(Message("bench.train.bad_pair", found=text))
            pairs.append((int(teeth), int(leaves)))
        return cls.of_counts(escape_teeth, tuple(pairs))

    @classmethod
    def with_seconds(cls, escape_teeth: int, *, beats_per_hour: int) -> "Train":
        """Make the short train of a watch whose fourth wheel carries the seconds hand.

        Examples
        --------
        >>> Train.with_seconds(20, beats_per_hour=28800).periods["fourth_wheel"]
        Fraction(480, 1)
        """
        ratio = Fraction(beats_per_hour, 60) / (2 * escape_teeth)
        # The smallest counts of that ratio: only the ratio enters the period.
        scale = 2 if min(ratio.numerator, ratio.denominator) < 2 else 1  # noqa: PLR2004
        return cls(escape_teeth, (Mesh("fourth_wheel", ratio.numerator * scale, ratio.denominator * scale),))

    @cached_property
    def periods(self) -> Mapping[str, Fraction]:
        """Beats of one turn of each arbor, fastest first."""
        turn = Fraction(2 * self.escape_teeth)
        found = {"escape_wheel": turn}
        for mesh in self.meshes:
            turn = turn * mesh.teeth / mesh.leaves
            found[mesh.wheel] = turn
        return found

    def name(self, period: float, tolerance: float) -> tuple[str, int] | None:
        """Return the wheel that comes round in this many beats, and as which harmonic.

        Parameters
        ----------
        period : float > 0
            Beats.
        tolerance : float > 0
            Beats by which `period` may be wrong.

        Returns
        -------
        tuple of str and int, or None
            The fastest wheel whose turn holds the period a whole number of times, at most as often as it has
            teeth: one turn itself comes before a fraction of a slower one.
        """
        limits = {"escape_wheel": self.escape_teeth, **{mesh.wheel: mesh.teeth for mesh in self.meshes}}
        for wheel, turn in self.periods.items():
            harmonic = round(float(turn) / period)
            if 1 <= harmonic <= limits[wheel] and abs(float(turn) / harmonic - period) <= tolerance:
                return wheel, harmonic
        return None
