# SPDX-License-Identifier: Apache-2.0
"""What the rate does as the mainspring runs down: two series compared."""

from collections.abc import Mapping
from dataclasses import dataclass

from sichen.bench.series.positions import Series, minus
from sichen.core import JSON, DataError, Figure, Message

_EXCLUDED = "12H"  # NIHS 93-10 as the trade applies it: the position that is never worn
_PER_ISOCHRONISM, _PER_SPREAD, _THERMAL = 0.15, 0.1, 0.6


@dataclass(frozen=True)
class Isochronism:
    """Change of rate between two series.

    Parameters
    ----------
    changes : mapping of str to Figure, s/d
        Later minus earlier, by position.
    largest : Figure, s/d
        Im: the change of largest size, signed, without 12H; `position` says where.
    mean_change : Figure, s/d
        Ie: change of the mean X.
    witschi_n : Figure, s/d
        0.15·|Im| + 0.1·D + 0.6 after Witschi; D is that of the earlier series, 0.6 their thermal default.
    """

    changes: Mapping[str, Figure]
    largest: Figure
    position: str
    mean_change: Figure
    witschi_n: Figure

    def to_json(self) -> dict[str, JSON]:
        """Return the figures by their letters."""
        return {
            "changes": {code: figure.to_json() for code, figure in self.changes.items()},
            "Im": self.largest.to_json(),
            "Im_position": self.position,
            "Ie": self.mean_change.to_json(),
            "N_witschi": self.witschi_n.to_json(),
        }


def compare(earlier: Series, later: Series) -> Isochronism:
    """Compare a series after winding with a later one, usually 24 h on.

    Parameters
    ----------
    earlier, later : Series
        The same watch, with at least one position in common besides 12H.

    Returns
    -------
    Isochronism

    Raises
    ------
    DataError
        If the two series share no position with a rate.

    References
    ----------
    .. [1] Im without 12H: NIHS 93-10; N: Witschi Electronic, X1 G3 manual 11.28D35e.
    """
    shared = [code for code in earlier.readings if code in later.readings]
    changes = {code: minus(later.readings[code].rate, earlier.readings[code].rate) for code in shared}
    sizes = {code: abs(figure.value) for code, figure in changes.items() if figure.value is not None and code != _EXCLUDED}
    if not sizes:
        raise DataError(Message("bench.positions.nothing_shared"))
    where = max(sizes, key=lambda code: sizes[code])
    largest, spread = changes[where], earlier.rate.spread
    if spread.value is None:
        figure_of_merit = Figure.refused("s/d", spread.reason or Message("bench.positions.missing"))
    else:
        value = _PER_ISOCHRONISM * sizes[where] + _PER_SPREAD * spread.value + _THERMAL
        parts = (_PER_ISOCHRONISM * (largest.u or 0.0)) ** 2 + (_PER_SPREAD * (spread.u or 0.0)) ** 2
        figure_of_merit = Figure(value, parts**0.5, "s/d")
    return Isochronism(changes, largest, where, minus(later.rate.mean, earlier.rate.mean), figure_of_merit)
