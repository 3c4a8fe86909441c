# SPDX-License-Identifier: Apache-2.0
"""Tables of names and amounts as offices send them: totals, shares, years, units and long forms told apart."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sichen.core import DataError, Message
from sichen.industry.amounts import half_step, is_percent, read_amount
from sichen.industry.composition import Floats
from sichen.industry.tables import Refusal, Row, Table

NAMES = ("name", "region", "area", "province", "country", "reporter", "exporter", "firm", "company", "maker", "brand", "supplier", "地区", "省份", "省市", "企业", "企业名称", "公司", "品牌", "国家", "国家或地区", "名称", "供应商")  # fmt: skip
KEYS = {"year": "year", "period": "year", "date": "year", "年份": "year", "年度": "year", "时间": "year", "unit": "unit", "units": "unit", "单位": "unit", "计量单位": "unit", "currency": "currency", "币种": "currency"}  # fmt: skip
REMARKS = {"rank", "no", "no.", "#", "序号", "排名", "source", "source_url", "来源", "数据来源", "note", "notes", "remark", "备注", "grade", "code", "iso", "iso3", "代码"}  # fmt: skip
WHOLES = {"total", "grand total", "sum", "all", "world", "national", "nation", "whole country", "all countries", "合计", "总计", "总和", "共计", "全国", "全国合计", "全球", "世界", "全世界"}  # fmt: skip
OTHERS = {"other", "others", "rest", "all others", "other firms", "other companies", "remaining", "其他", "其它", "其余", "其他企业", "其他地区", "其他国家", "其他品牌"}  # fmt: skip
PARTIAL = {"subtotal", "sub-total", "小计", "其中"}
_TOTAL_COLUMN = re.compile(r"(total|all|overall|whole)(?![a-z])|.*(合计|总计|总额)|全部|全行业|所有")
_SHARE_COLUMN = re.compile(r"share|per ?cent|%|％|占比|份额|比重|比例")
_BREAK = re.compile(r"[_ (（)）]")
WHOLE = 100.0
TWO = 2


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
    wholes : mapping of str to float
        Of a column, where a row of totals or the nature of shares says more than the listed names add up to.
    whole_total : float or None
        The row of totals in the column of totals.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats
    totals: Floats | None
    rows: tuple[int, ...]
    refusals: tuple[Refusal, ...] = ()
    wholes: tuple[tuple[str, float], ...] = ()
    whole_total: float | None = None

    def place(self, name: str) -> int:
        """Return the place of a column; a number may be part of its heading, as 8851 of ``sitc_8851_watches``.

        Raises
        ------
        DataError
            If no column, or more than one, has that name.
        """
        found = [k for k, column in enumerate(self.columns) if column == name.casefold()]
        found = found or [k for k, column in enumerate(self.columns) if name.casefold() in _BREAK.split(column)]
        if len(found) != 1:
            raise DataError(Message("industry.structure.column", name=name, known=", ".join(self.columns[:12])))
        return found[0]

    def column(self, name: str) -> Floats:
        """Return one column, found as `place` finds it."""
        return np.asarray(self.values[:, self.place(name)])

    def whole(self, name: str) -> float:
        """Return what the shares of a column are shares of."""
        place = self.place(name)
        return dict(self.wholes).get(self.columns[place], float(self.values[:, place].sum()))

    @property
    def sums(self) -> Floats:
        """The total of each name: its own column of totals, else the sum of its columns."""
        return np.asarray(self.values.sum(axis=1)) if self.totals is None else self.totals

    @property
    def grand(self) -> float:
        """The total of everything."""
        if self.totals is None:
            return math.fsum(self.whole(name) for name in self.columns)
        return float(self.totals.sum()) if self.whole_total is None else self.whole_total


def read_matrix(table: Table) -> Matrix:
    """Read a table of a column of names and columns of amounts.

    Parameters
    ----------
    table : Table
        Wide, one column an industry or product; or long: names, industries and one column of amounts. Columns of years,
        units and currencies are no amounts: rows unlike most of them are refused.

    Returns
    -------
    Matrix
        An empty cell is zero. A row with text in a number, a negative amount or a name that came before is refused. A row of
        totals is left out; where it is larger than what is listed it stands as the whole, where it is smaller it is refused.

    Raises
    ------
    DataError
        If there are no names or no amounts.
    """
    head, columns = _columns(table)
    refusals = list(table.refusals)
    like = list(_alike(table, refusals))
    table = Table(table.columns, tuple(like), table.refusals)
    head, columns, rows = _widened(table, head, columns)
    names: dict[str, tuple[list[float], Row]] = {}
    wholes: list[Row] = []
    percents = {column: _usually_percent(rows, column) for column in columns}
    for row in rows:
        problem = _problem(row, head, columns, names) or _unlike(row, percents)
        if _plain(row.text(head)) in WHOLES and (problem is None or problem[0] == head):
            wholes.append(row)
        elif problem is not None:
            refusals.append(Refusal(row.number, problem[0], problem[1], tuple(row.cells.values())))
        elif _plain(row.text(head)) not in PARTIAL:
            names[row.text(head)] = ([read_amount(row.text(column)) or 0.0 for column in columns], row)
    values = np.array([amounts for amounts, _ in names.values()], dtype=np.float64).reshape(-1, len(columns))
    total = next((k for k, column in enumerate(columns) if _TOTAL_COLUMN.match(column)), None) if len(columns) > 1 else None
    kept = [k for k in range(len(columns)) if k != total]
    complete = not refusals
    known = dict(_wholes(wholes, columns, values, [row for _, row in names.values()], refusals, complete=complete))
    return Matrix(
        tuple(names),
        tuple(columns[k] for k in kept),
        values[:, kept],
        None if total is None else values[:, total],
        tuple(row.number for _, row in names.values()),
        tuple(sorted(refusals, key=lambda one: one.row)),
        tuple((columns[k], known[columns[k]]) for k in kept if columns[k] in known),
        None if total is None else known.get(columns[total]),
    )


def is_many(name: str) -> bool:
    """Tell whether a name stands for many that nobody listed, as others do."""
    return _plain(name) in OTHERS


def is_share(matrix_column: str) -> bool:
    """Tell whether a heading says that a column holds shares."""
    return _SHARE_COLUMN.search(matrix_column) is not None


def _columns(table: Table) -> tuple[str, list[str]]:
    """Return the column of names and those of amounts."""
    others = [name for name in table.columns if name not in KEYS and name not in REMARKS]
    if not others:
        raise DataError(Message("industry.structure.columns"))
    head = next((name for name in others if name in NAMES), others[0])
    others.remove(head)
    columns = [name for name in others if any(read_amount(row.text(name)) is not None for row in table.rows)]
    if not columns:
        _complain(table, others)
    return head, columns


def _complain(table: Table, others: Sequence[str]) -> None:
    """Name the first cell that should be an amount, else what the table lacks."""
    for row in table.rows:
        for name in others:
            if row.text(name):
                raise DataError(Message("industry.structure.no_amounts", row=row.number, column=name, text=row.text(name)))
    raise DataError(Message("industry.structure.columns"))


def _alike(table: Table, refusals: list[Refusal]) -> Iterator[Row]:
    """Yield the rows of the usual year, unit and currency; refuse the others, and leave out rows without a cell."""
    keys = [name for name in table.columns if name in KEYS]
    filled = [row for row in table.rows if any(row.cells.values())]
    usual = {name: Counter(row.text(name) for row in filled if row.text(name)).most_common(1) for name in keys}
    for row in filled:
        bad = next((name for name, most in usual.items() if most and row.text(name) not in {"", most[0][0]}), None)
        if bad is None:
            yield row
        else:
            why = Message("industry.table.unlike", column=bad, got=row.text(bad), usual=usual[bad][0][0])
            refusals.append(Refusal(row.number, bad, why, tuple(row.cells.values())))


def _widened(table: Table, head: str, columns: list[str]) -> tuple[str, list[str], Sequence[Row]]:
    """Turn a long table into a wide one: names that repeat, each time with another word beside the one amount."""
    names = Counter(row.text(head) for row in table.rows)
    words = [name for name in table.columns if name not in {head, *columns, *KEYS, *REMARKS}]
    product = [name for name in ("product", "industry", "code", "hs", "cmd", "sector", "产品", "行业", "商品编码") if name in table.columns and name != head]  # fmt: skip
    if max(names.values(), default=0) < TWO or not (words or product):
        return head, columns, table.rows
    key = (product or words)[0]
    amounts = [name for name in columns if name != key]
    pairs = Counter((row.text(head), row.text(key)) for row in table.rows)
    if len(amounts) != 1 or max(pairs.values()) > 1:
        return head, columns, table.rows
    wide: dict[str, tuple[int, dict[str, str]]] = {}
    for row in table.rows:
        place = wide.setdefault(row.text(head), (row.number, {head: row.text(head)}))
        place[1][row.text(key).casefold()] = row.text(amounts[0])
    new = list(dict.fromkeys(row.text(key).casefold() for row in table.rows))
    return head, new, [Row(number, cells) for number, cells in wide.values()]


def _problem(row: Row, head: str, columns: Sequence[str], names: Mapping[str, object]) -> tuple[str, Message] | None:
    bad = next((column for column in columns if not _fits(row.text(column))), None)
    if bad is not None:
        return bad, Message("industry.structure.cell", text=row.text(bad))
    if not row.text(head):
        return head, Message("industry.registry.empty", column=head)
    return (head, Message("industry.structure.twice", name=row.text(head))) if row.text(head) in names else None


def _usually_percent(rows: Sequence[Row], column: str) -> bool:
    signs = [is_percent(row.text(column)) for row in rows if row.text(column)]
    return 2 * sum(signs) > len(signs)


def _unlike(row: Row, percents: Mapping[str, bool]) -> tuple[str, Message] | None:
    """Find a cell with a per cent sign among amounts, or without one among shares."""
    for column, usual in percents.items():
        if row.text(column) and is_percent(row.text(column)) != usual:
            return column, Message("industry.structure.percent", text=row.text(column))
    return None


def _wholes(
    totals: Sequence[Row],
    columns: Sequence[str],
    values: Floats,
    rows: Sequence[Row],
    refusals: list[Refusal],
    *,
    complete: bool,
) -> Iterator[tuple[str, float]]:
    """Yield what columns are parts of, where that is more than what is listed."""
    for k, column in enumerate(columns):
        listed = float(values[:, k].sum())
        slack = sum(half_step(row.text(column)) for row in rows) + 1e-9 * abs(listed)
        shares = is_share(column) or (bool(rows) and all(is_percent(row.text(column)) for row in rows))
        if shares:
            yield column, _whole_of_shares(values[:, k])
            continue
        for row in totals:
            stated = read_amount(row.text(column))
            if stated is None:
                continue
            if complete and stated < listed - slack - half_step(row.text(column)):
                why = Message("industry.structure.total", sum=f"{listed:.6g}", total=row.text(column))
                refusals.append(Refusal(row.number, column, why, tuple(row.cells.values())))
            elif stated > listed + slack + half_step(row.text(column)):
                yield column, stated


def _whole_of_shares(shares: Floats) -> float:
    """Return 100, or 1 where shares are written as fractions."""
    return 1.0 if shares.size > 0 and float(shares.max()) <= 1 else WHOLE


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", name).replace(" ", "" if not name.isascii() else " ").strip(" :：").casefold()


def _fits(text: str) -> bool:
    found = read_amount(text) if text else 0.0
    return found is not None and found >= 0
