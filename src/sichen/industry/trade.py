# SPDX-License-Identifier: Apache-2.0
"""Trade flows from Comtrade, ITC and customs files: nothing counted twice, no mean price without a quantity."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sichen.core import JSON, DataError, Message
from sichen.industry.amounts import read_amount
from sichen.industry.tables import Refusal, Row, Table

Layout = Literal["comtrade", "itc", "customs"]
_VALUE_IN = re.compile(r"(imported|exported)? ?value in ((?:19|20)\d\d)(?:,? ?usd thousand)?")
PIECES = {"number of items", "u", "no", "件", "只", "个", "台", "number", "pcs", "items"}
ALIASES: Mapping[str, str] = {
    # Comtrade, old and new
    "period": "year",
    "refyear": "year",
    "trade flow": "flow",
    "flowdesc": "flow",
    "reporterdesc": "reporter",
    "partnerdesc": "partner",
    "cmdcode": "cmd",
    "commodity code": "cmd",
    "commodity": "cmd_desc",
    "tradeflow": "flow",
    "qty unit": "qty_unit",
    "tradevalueus": "value_usd",
    "trade value": "value_usd",
    "netweightkg": "netweight_kg",
    "netweight (kg)": "netweight_kg",
    "cmddesc": "cmd_desc",
    "qtyunitabbr": "qty_unit",
    "trade value (us$)": "value_usd",
    "primaryvalue": "value_usd",
    "netwgt": "netweight_kg",
    # ITC
    "product code": "hs6",
    "product label": "label",
    # Chinese customs
    "数据年月": "year",
    "商品编码": "cmd",
    "商品名称": "cmd_desc",
    "贸易伙伴名称": "partner",
    "贸易方式名称": "regime",
    "第一数量": "qty",
    "第一计量单位": "qty_unit",
    "美元": "value_usd",
}


@dataclass(frozen=True)
class Flow:
    """One line of trade.

    Parameters
    ----------
    year : int
    flow : str
        ``import``, ``export`` or ``re-export``.
    reporter, partner, code : str
        `code` is of the Harmonized System: two, four or six digits and more.
    value : float
        US dollars.
    pieces : float or None
        None where no quantity in pieces was reported.
    rows : tuple of int
        Every row that said the same.
    """

    year: int
    flow: str
    reporter: str
    partner: str
    code: str
    value: float
    pieces: float | None
    rows: tuple[int, ...]
    unit: str = ""

    @property
    def key(self) -> tuple[int, str, str, str, str]:
        """What makes a line the same line."""
        return self.year, self.flow, self.reporter, self.partner, self.code

    def unit_value(self) -> tuple[float | None, Message | None]:
        """Return the mean value of a piece in US dollars, or the reason why there is none.

        Examples
        --------
        >>> Flow(2010, "export", "CH", "World", "91", 15500e6, 26.1e6, (1,)).unit_value()[0].__round__()
        594
        """
        if self.pieces:
            return self.value / self.pieces, None
        return None, Message("industry.trade.no_pieces", unit=self.unit or "—")

    def to_json(self) -> dict[str, JSON]:
        """Return the line as plain JSON."""
        mean, reason = self.unit_value()
        return {
            "year": self.year,
            "flow": self.flow,
            "reporter": self.reporter,
            "partner": self.partner,
            "code": self.code,
            "value_usd": self.value,
            "pieces": self.pieces,
            "unit_value_usd": mean,
            "unit_value_refused": None if reason is None else reason.text("en"),
            "rows": list(self.rows),
        }


@dataclass(frozen=True)
class Trade:
    """The lines of a file, what was refused, and what to know of it."""

    flows: tuple[Flow, ...]
    layout: Layout
    refusals: tuple[Refusal, ...]
    advice: tuple[Message, ...]

    def select(
        self, *, year: int | None = None, flow: str | None = None, reporter: str | None = None, partner: str | None = None
    ) -> tuple[Flow, ...]:
        """Return the lines of a year, direction, reporter and partner."""
        wanted = {"year": year, "flow": flow, "reporter": reporter, "partner": partner}
        return tuple(one for one in self.flows if all(value in {None, getattr(one, name)} for name, value in wanted.items()))


def layout_of(table: Table) -> Layout:
    """Return which kind of file a table is.

    Raises
    ------
    DataError
        If it is none that Sichen knows.
    """
    columns = set(table.columns)
    if "hs6" in columns and any(re.fullmatch(r"(19|20)\d\d", name) for name in columns):
        return "itc"
    if {"year", "cmd", "value_usd", "flow", "reporter", "partner"} <= columns:
        return "comtrade"
    if {"year", "cmd", "value_usd", "partner"} <= columns:
        return "customs"
    raise DataError(Message("industry.trade.layout", got=", ".join(table.columns[:12])))


def read_trade(table: Table, *, reporter: str = "China", flow: str = "import", unit: float | None = None) -> Trade:
    """Read a file of trade.

    Parameters
    ----------
    table : Table
        Read with `ALIASES`.
    reporter, flow : str
        Whose trade and which direction it is, for layouts that do not say.
    unit : float, optional
        US dollars that a written 1 stands for; by default 1000 in ITC files and 1 in the others.

    Returns
    -------
    Trade
        A line that comes twice with one value is kept once, one that comes with two values is refused both times; a row
        of all products is left out; codes are kept at every level, and `total` never adds a parent to its children.
    """
    table, flow = _one_name_each(table, flow)
    layout = layout_of(table)
    scale = unit or (1000.0 if layout == "itc" else 1.0)
    refusals = list(table.refusals)
    lines: list[tuple[Flow, Row]] = []
    left_out = 0
    for row in table.rows:
        code = row.text("hs6" if layout == "itc" else "cmd").lstrip("'").strip()
        if code.casefold() in {"total", "合计", "总计"}:
            left_out += 1
        elif not re.fullmatch(r"\d{2,10}", code):
            refusals.append(_refused(row, "cmd", Message("industry.trade.code", text=code)))
        else:
            lines += _lines(row, code, layout, (reporter, flow, scale), refusals)
    flows, doubled = _once(lines, refusals)
    advice = [Message("industry.trade.total_row", count=left_out)] if left_out else []
    if doubled:
        advice.append(Message("industry.trade.doubled", count=doubled))
    if len({len(one.code) for one in flows}) > 1:
        advice.append(Message("industry.trade.levels"))
    return Trade(flows, layout, tuple(sorted(refusals, key=lambda one: one.row)), tuple(advice))


def _one_name_each(table: Table, flow: str) -> tuple[Table, str]:
    """Settle what layouts say twice or in words: the year beside the period, codes where names are empty, values by year."""
    names = {name: name for name in table.columns}
    if "refyear" in names and "year" not in names:
        names["refyear"] = "year"
    for code, name in (("flowcode", "flow"), ("reporteriso", "reporter"), ("partneriso", "partner")):
        if code in names and not any(row.text(name) for row in table.rows):
            names.update({code: name, name: f"{name} (empty)"} if name in names else {code: name})
    for name in table.columns:
        match = _VALUE_IN.fullmatch(name)
        if match is not None:
            names[name] = match.group(2)
            flow = {"imported": "import", "exported": "export"}.get(match.group(1) or "", flow)
    rows = tuple(Row(row.number, {names[name]: cell for name, cell in row.cells.items()}) for row in table.rows)
    return Table(tuple(names[name] for name in table.columns), rows, table.refusals), flow


def total(flows: Sequence[Flow], code: str) -> Flow:
    """Return the trade of a code: its own line where there is one, else the sum of its next children; never both.

    Parameters
    ----------
    flows : sequence of Flow
        Of one year, direction, reporter and partner.
    code : str

    Raises
    ------
    DataError
        If several years, directions, reporters or partners are mixed, or nothing has this code.
    """
    if len({one.key[:4] for one in flows}) > 1:
        raise DataError(Message("industry.trade.mixed"))
    own = [one for one in flows if one.code == code]
    if own:
        return own[0]
    below = [one for one in flows if one.code.startswith(code)]
    # A line counts unless a shorter code that is also there holds it already.
    leaves = [one for one in below if not any(other is not one and one.code.startswith(other.code) for other in below)]
    if not leaves:
        raise DataError(Message("industry.trade.nothing", code=code))
    pieces = [one.pieces for one in leaves]
    counted = None if any(count is None for count in pieces) else sum(count for count in pieces if count is not None)
    rows = tuple(row for one in leaves for row in one.rows)
    return replace(leaves[0], code=code, value=sum(one.value for one in leaves), pieces=counted, rows=rows, unit="")


def _lines(
    row: Row, code: str, layout: Layout, given: tuple[str, str, float], refusals: list[Refusal]
) -> list[tuple[Flow, Row]]:
    reporter, flow, scale = given
    found: list[tuple[Flow, Row]] = []
    if layout == "itc":
        for name, text in row.cells.items():
            if re.fullmatch(r"(19|20)\d\d", name):
                if _is_amount(text):
                    found.append(
                        (Flow(int(name), flow, reporter, "World", code, _number(text) * scale, None, (row.number,)), row)
                    )
                elif text:
                    refusals.append(_refused(row, name, Message("industry.structure.cell", text=text)))
        return found
    year, value = row.text("year")[:4], row.text("value_usd")
    if not year.isdecimal() or not _is_amount(value):
        column, text = ("value_usd", value) if year.isdecimal() else ("year", row.text("year"))
        refusals.append(_refused(row, column, Message("industry.structure.cell", text=text)))
        return found
    unit = row.text("qty_unit")
    quantity = row.text("qty")
    pieces = _number(quantity) if unit.casefold() in PIECES and _is_amount(quantity) and _number(quantity) > 0 else None
    direction = _direction(row.text("flow") or flow)
    line = Flow(
        int(year),
        direction,
        row.text("reporter") or reporter,
        row.text("partner"),
        code,
        _number(value) * scale,
        pieces,
        (row.number,),
        unit,
    )
    return [(line, row)]


def _once(lines: list[tuple[Flow, Row]], refusals: list[Refusal]) -> tuple[tuple[Flow, ...], int]:
    groups: dict[tuple[int, str, str, str, str], list[tuple[Flow, Row]]] = {}
    for line, row in lines:
        groups.setdefault(line.key, []).append((line, row))
    flows: list[Flow] = []
    doubled = 0
    for group in groups.values():
        lines_here = [line for line, _ in group]
        if len({line.value for line in lines_here}) == 1:
            rows = tuple(row for line in lines_here for row in line.rows)
            flows.append(replace(lines_here[0], rows=rows))
            doubled += len(group) - 1
        elif all(row.text("regime") for _, row in group):
            flows.append(_added(lines_here))  # customs list one code once a regime: they are parts
        else:
            why = Message("industry.trade.two_values", code=group[0][0].code)
            refusals += [_refused(row, "value_usd", why) for _, row in group]
    return tuple(flows), doubled


def _added(lines: list[Flow]) -> Flow:
    pieces = [line.pieces for line in lines]
    counted = None if any(count is None for count in pieces) else sum(count for count in pieces if count is not None)
    rows = tuple(row for line in lines for row in line.rows)
    return replace(lines[0], value=sum(line.value for line in lines), pieces=counted, rows=rows)


def _direction(text: str) -> str:
    plain = text.casefold().replace("_", "-")
    if plain.startswith(("re-export", "rx")):
        return "re-export"
    return "export" if plain.startswith(("export", "x", "出口")) else "import"


def _is_amount(text: str) -> bool:
    found = read_amount(text)
    return found is not None and found >= 0


def _number(text: str) -> float:
    return read_amount(text) or 0.0


def _refused(row: Row, column: str, message: Message) -> Refusal:
    return Refusal(row.number, column, message, tuple(row.cells.values()))
