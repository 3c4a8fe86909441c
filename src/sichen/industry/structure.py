# SPDX-License-Identifier: Apache-2.0
"""Concentration and specialisation: HHI, CR4, location quotient, revealed comparative advantage, with their traps said."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from sichen.core import JSON, DataError, Message
from sichen.industry.composition import Floats
from sichen.industry.matrices import Matrix
from sichen.industry.tables import unit_in_heading

WHOLE = 100.0
SMALL_TOTAL = 5e-4  # of the world's exports: 0.05 %
SMALL_PRODUCT = 1e-3  # of the world's exports of the product: 0.1 %
ROOM = 0.5  # per cent points: shares rounded to whole numbers may add up to a little more than 100
TWO = 2


@dataclass(frozen=True)
class Concentration:
    """How concentrated a quantity is.

    Parameters
    ----------
    hhi : float
        Herfindahl-Hirschman index, 0 to 10 000.
    cr4 : float
        Share of the four largest, per cent.
    count : int
        How many have any.
    shares : tuple of (str, float, int)
        Name, share in per cent, row; the largest first.
    unlisted : float
        Share of the whole that no name has, per cent. Where there is any, `hhi` and `cr4` are the least they can be.
    """

    hhi: float
    cr4: float
    count: int
    shares: tuple[tuple[str, float, int], ...]
    unlisted: float = 0.0

    @property
    def most(self) -> float:
        """The largest HHI there can be: all that is not listed belongs to one."""
        return self.hhi + self.unlisted**2

    def to_json(self) -> dict[str, JSON]:
        """Return the concentration as plain JSON."""
        shares: list[JSON] = [{"name": name, "share_percent": share, "row": row} for name, share, row in self.shares]
        found: dict[str, JSON] = {"hhi": self.hhi, "cr4_percent": self.cr4, "count": self.count, "shares": shares}
        return {**found, "unlisted_percent": self.unlisted, "hhi_most": self.most}


@dataclass(frozen=True)
class Advantage:
    """Revealed comparative advantage of one exporter in one product.

    Parameters
    ----------
    name : str
    rca : float
        Share of the product in its exports over the share of the product in the world's.
    rsca : float
        ``(rca - 1) / (rca + 1)``, between -1 and 1.
    value, total : float
        Exports of the product, and all exports.
    warnings : tuple of Message
        Why the number may say little.
    row : int
    """

    name: str
    rca: float
    rsca: float
    value: float
    total: float
    warnings: tuple[Message, ...]
    row: int

    def to_json(self) -> dict[str, JSON]:
        """Return the advantage as plain JSON."""
        return {
            "name": self.name,
            "rca": self.rca,
            "rsca": self.rsca,
            "value": self.value,
            "total": self.total,
            "warnings": [one.text("en") for one in self.warnings],
            "row": self.row,
        }


def concentration(
    amounts: npt.ArrayLike, *, names: Sequence[str] = (), rows: Sequence[int] = (), whole: float | None = None
) -> Concentration:
    """Return how concentrated amounts are.

    Parameters
    ----------
    amounts : array_like, shape (n,), >= 0
    names : sequence of str, shape (n,), optional
    rows : sequence of int, shape (n,), optional
    whole : float > 0, optional
        What the amounts are parts of, where they are not all of it: 100 for published shares.

    Raises
    ------
    DataError
        If an amount is negative, there is nothing at all, or the parts are more than the whole.

    Examples
    --------
    >>> round(concentration([50, 30, 20]).hhi), round(concentration([1, 1, 1, 1, 1]).cr4)
    (3800, 80)
    """
    array = np.asarray(amounts, dtype=np.float64)
    if array.size == 0 or not np.isfinite(array).all() or (array < 0).any() or array.sum() <= 0:
        raise DataError(Message("industry.structure.nothing"))
    total = float(array.sum())
    if whole is not None and total > whole * (1 + ROOM / WHOLE):
        raise DataError(Message("industry.structure.beyond", sum=f"{total:g}", whole=f"{whole:g}"))
    shares = WHOLE * array / max(total, whole or 0.0)
    order = np.argsort(-shares, kind="stable")
    called = list(names) or [str(k + 1) for k in range(array.size)]
    numbered = list(rows) or list(range(1, array.size + 1))
    listed = tuple((called[k], float(shares[k]), int(numbered[k])) for k in order if shares[k] > 0)
    rest = float(max(WHOLE - shares.sum(), 0.0))
    rest = 0.0 if rest < 1e-9 else rest  # noqa: PLR2004 - the last digits of a division
    return Concentration(float((shares**2).sum()), float(shares[order[:4]].sum()), len(listed), listed, rest)


def location_quotients(matrix: Matrix) -> Floats:
    """Return the location quotient of each region in each industry.

    Returns
    -------
    ndarray, shape (regions, industries)
        Share of the industry in the region over its share in the whole; not a number where the whole has none.

    Examples
    --------
    >>> grid = Matrix(("a", "b"), ("watches", "rest"), np.array([[10.0, 90.0], [10.0, 290.0]]), None, (1, 2))
    >>> location_quotients(grid)[:, 0].round(2).tolist()
    [2.0, 0.67]
    """
    _comparable(matrix)
    return _ratios(matrix)


def advantages(matrix: Matrix, product: str) -> tuple[Advantage, ...]:
    """Return the revealed comparative advantages in one product, the highest first, with their warnings.

    Parameters
    ----------
    matrix : Matrix
        Exports by reporter and product; with a column of totals where not all products stand in the table.
    product : str
        Its column.

    Notes
    -----
    B. Balassa, The Manchester School 33 (1965), 99-123; RSCA of B. Dalum et al. (1998).
    """
    _comparable(matrix)
    values, totals = matrix.column(product), matrix.sums
    world_product, world = matrix.whole(product), matrix.grand
    if world_product <= 0 or world <= 0:
        raise DataError(Message("industry.structure.nothing"))
    found = [
        _advantage(name, row, (float(value), float(total)), (world_product, world))
        for name, value, total, row in zip(matrix.names, values, totals, matrix.rows, strict=True)
        if total > 0
    ]
    return tuple(sorted(found, key=lambda one: (-one.rca, one.name)))


def _advantage(name: str, row: int, own: tuple[float, float], all_of_them: tuple[float, float]) -> Advantage:
    (value, total), (world_product, world) = own, all_of_them
    rca = (value / total) / (world_product / world)
    warnings = []
    if _plain(name) in {_plain(known) for known in entrepots()["names"]}:
        warnings.append(Message("industry.structure.reexport"))
    if total < SMALL_TOTAL * world:
        warnings.append(Message("industry.structure.small_total", share=f"{100 * total / world:.3f}"))
    if 0 < value < SMALL_PRODUCT * world_product:
        warnings.append(Message("industry.structure.small_product", share=f"{100 * value / world_product:.4f}"))
    return Advantage(name, rca, (rca - 1) / (rca + 1), value, total, tuple(warnings), row)


@cache
def entrepots() -> Mapping[str, Any]:
    """Return the places whose exports are largely re-exports, as the data file has them."""
    text = resources.files("sichen.industry").joinpath("data/entrepots.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _comparable(matrix: Matrix) -> None:
    """Refuse one column without totals, of which every quotient would be one, and columns that do not add up: yuan and people."""
    if matrix.totals is None and len(matrix.columns) < TWO:
        raise DataError(Message("industry.structure.one_column", column=", ".join(matrix.columns)))
    units = sorted({unit for name in matrix.columns if (unit := unit_in_heading(name))})
    if len(units) > 1 and not all(unit.isdigit() for unit in units):
        raise DataError(Message("industry.structure.units", units=", ".join(units)))


def _ratios(matrix: Matrix) -> Floats:
    columns = np.array([matrix.whole(name) for name in matrix.columns])
    with np.errstate(divide="ignore", invalid="ignore"):
        own = matrix.values / matrix.sums[:, None]
        return np.asarray(own / (columns / matrix.grand))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold().replace("china", "").replace("sar", ""))
