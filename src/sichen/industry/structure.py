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
from sichen.industry.tables import Refusal, Table
from sichen.industry.values import NUMBER, number

WHOLE = 100.0
SMALL_TOTAL = 5e-4  # of the world's exports: 0.05 %
SMALL_PRODUCT = 1e-3  # of the world's exports of the product: 0.1 %
TOTALS = {"total", "total_all_products", "all", "合计", "总计", "all products"}


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
    """

    hhi: float
    cr4: float
    count: int
    shares: tuple[tuple[str, float, int], ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the concentration as plain JSON."""
        shares: list[JSON] = [{"name": name, "share_percent": share, "row": row} for name, share, row in self.shares]
        return {"hhi": self.hhi, "cr4_percent": self.cr4, "count": self.count, "shares": shares}


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


@dataclass(frozen=True)
class Matrix:
    """Amounts by name and column, with the row each name came from.

    Parameters
    ----------
    names, columns : tuple of str
    values : ndarray, shape (names, columns), >= 0
    totals : ndarray, shape (names,) or None
        Where the table has a column of totals.
    rows : tuple of int
    refusals : tuple of Refusal
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats
    totals: Floats | None
    rows: tuple[int, ...]
    refusals: tuple[Refusal, ...] = ()

    def column(self, name: str) -> Floats:
        """Return one column; a number may be part of its heading, as 8851 of ``sitc_8851_watches``.

        Raises
        ------
        DataError
            If no column, or more than one, has that name.
        """
        found = [k for k, column in enumerate(self.columns) if column == name.casefold()]
        found = found or [k for k, column in enumerate(self.columns) if name.casefold() in re.split(r"[_ ]", column)]
        if len(found) != 1:
            raise DataError(Message("industry.structure.column", name=name, known=", ".join(self.columns[:12])))
        return np.asarray(self.values[:, found[0]])

    @property
    def sums(self) -> Floats:
        """The total of each name: its own column of totals, else the sum of its columns."""
        return np.asarray(self.values.sum(axis=1)) if self.totals is None else self.totals


def read_matrix(table: Table) -> Matrix:
    """Read a table whose first column names and whose other columns hold amounts.

    Notes
    -----
    Columns that hold text only are left out; an empty cell is zero. A row with text in a number, a negative amount or a
    name that came before is refused; a row called total is left out.
    """
    if len(table.columns) < 2:  # noqa: PLR2004 - a name and an amount
        raise DataError(Message("industry.structure.columns"))
    head, *others = table.columns
    columns = [name for name in others if any(_is_number(row.text(name)) for row in table.rows)]
    if not columns:
        raise DataError(Message("industry.structure.columns"))
    refusals = list(table.refusals)
    names: dict[str, tuple[list[float], int]] = {}
    for row in table.rows:
        name = row.text(head)
        bad = next((column for column in columns if not _fits(row.text(column))), None)
        problem = None if bad is None else Message("industry.structure.cell", text=row.text(bad))
        if name in names:
            bad, problem = head, Message("industry.structure.twice", name=name)
        if problem is not None:
            refusals.append(Refusal(row.number, str(bad), problem, tuple(row.cells.values())))
        elif name.casefold() not in TOTALS:
            names[name] = ([number(row.text(column)) if row.text(column) else 0.0 for column in columns], row.number)
    values = np.array([amounts for amounts, _ in names.values()], dtype=np.float64).reshape(-1, len(columns))
    total = [k for k, column in enumerate(columns) if column in TOTALS]
    kept = [k for k in range(len(columns)) if k not in total]
    return Matrix(
        tuple(names),
        tuple(columns[k] for k in kept),
        values[:, kept],
        values[:, total[0]] if total else None,
        tuple(row for _, row in names.values()),
        tuple(refusals),
    )


def concentration(amounts: npt.ArrayLike, *, names: Sequence[str] = (), rows: Sequence[int] = ()) -> Concentration:
    """Return how concentrated amounts are.

    Parameters
    ----------
    amounts : array_like, shape (n,), >= 0
    names : sequence of str, shape (n,), optional
    rows : sequence of int, shape (n,), optional

    Raises
    ------
    DataError
        If an amount is negative or there is nothing at all.

    Examples
    --------
    >>> round(concentration([50, 30, 20]).hhi), round(concentration([1, 1, 1, 1, 1]).cr4)
    (3800, 80)
    """
    array = np.asarray(amounts, dtype=np.float64)
    if array.size == 0 or not np.isfinite(array).all() or (array < 0).any() or array.sum() <= 0:
        raise DataError(Message("industry.structure.nothing"))
    shares = WHOLE * array / array.sum()
    order = np.argsort(-shares, kind="stable")
    called = list(names) or [str(k + 1) for k in range(array.size)]
    numbered = list(rows) or list(range(1, array.size + 1))
    listed = tuple((called[k], float(shares[k]), int(numbered[k])) for k in order if shares[k] > 0)
    return Concentration(float((shares**2).sum()), float(shares[order[:4]].sum()), len(listed), listed)


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
    values, totals = matrix.column(product), matrix.sums
    world_product, world = float(values.sum()), float(totals.sum())
    if world_product <= 0 or world <= 0:
        raise DataError(Message("industry.structure.nothing"))
    found = [
        _advantage(name, float(value), float(total), world_product, world, row)
        for name, value, total, row in zip(matrix.names, values, totals, matrix.rows, strict=True)
        if total > 0
    ]
    return tuple(sorted(found, key=lambda one: (-one.rca, one.name)))


def _advantage(name: str, value: float, total: float, world_product: float, world: float, row: int) -> Advantage:
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


def _ratios(matrix: Matrix) -> Floats:
    totals, columns = matrix.sums, matrix.values.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = matrix.values / totals[:, None]
        return np.asarray(own / (columns / totals.sum()))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold().replace("china", "").replace("sar", ""))


def _is_number(text: str) -> bool:
    return re.fullmatch(NUMBER, text) is not None


def _fits(text: str) -> bool:
    return not text or (_is_number(text) and number(text) >= 0)
