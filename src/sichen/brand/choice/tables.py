# SPDX-License-Identifier: Apache-2.0
"""Choice files: long ones with a row an alternative, and wide ones with a row a case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sichen.brand.choice.data import Choices, choices_from_rows
from sichen.brand.sheet import number_of, read_rows
from sichen.core import DataError, Message

YES = {"1", "1.0", "true", "yes", "是"}
NO = {"0", "0.0", "false", "no", "否", ""}
SEPARATORS = ("", ".", "_")


@dataclass(frozen=True)
class Layout:
    """How a choice file is read and which coefficients are asked for.

    Parameters
    ----------
    choice : str
        Long: 1 in the row that was taken. Wide: the alternative that was taken.
    columns : tuple of str
        Attributes with one coefficient; ``a+b`` is the sum of two columns. A column of words has one coefficient a level.
    case, person, alternative, weights : str
        Names of columns, empty where the file has none. A wide file needs no `case`.
    by_alternative : tuple of str
        Columns with one coefficient for each alternative. One that does not differ within a case leaves the base out.
    constants : bool
        One coefficient for each alternative but the base.
    base : mapping of str to str
        Level left out of a column of words, and of the alternatives under the name ``alternative``; else the first in order.
    wide : tuple of str
        Names of the alternatives of a wide file, as they end its columns; empty for a long file.
    where : mapping of str to str
        Only rows in which a column says this.
    only : tuple of str
        Only these alternatives, and cases in which one of them was taken.
    """

    choice: str
    columns: tuple[str, ...] = ()
    case: str = ""
    person: str = ""
    alternative: str = ""
    weights: str = ""
    by_alternative: tuple[str, ...] = ()
    constants: bool = False
    base: Mapping[str, str] = field(default_factory=dict)
    wide: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()


def read_choices(text: str, layout: Layout, *, name: str = "choices") -> Choices:
    """Read choices from CSV.

    Raises
    ------
    DataError
        If a column is missing, a cell is no number where one is needed, or the choices are not well marked; it names row and column.
    """
    rows = _long(_rows(text, layout, name), layout) if layout.wide else _rows(text, layout, name)
    if layout.only:
        rows = _only(rows, layout)
    if not rows:
        raise DataError(Message("brand.survey.empty", file=name))
    names, columns = [], []
    for label, values in _columns(rows, layout):
        names.append(label)
        columns.append(values)
    if not names:
        raise DataError(Message("brand.choice.no_columns"))
    return choices_from_rows(
        np.array(columns, np.float64).T,
        names,
        case=[row[layout.case or CASE] for row in rows],
        chosen=[_taken(row, layout, at) for at, row in enumerate(rows)],
        person=[row[layout.person] for row in rows] if layout.person else None,
        weights=[_number(row, layout.weights) for row in rows] if layout.weights else None,
    )


CASE, ALTERNATIVE, ROW = "\0case", "\0alternative", "\0row"
Row = Mapping[str, str]


def _rows(text: str, layout: Layout, name: str) -> list[Row]:
    wanted = [layout.choice, layout.person, layout.weights, *layout.where]
    if not layout.wide:
        wanted += [layout.case, layout.alternative]
        wanted += [part for one in (*layout.columns, *layout.by_alternative) for part in one.split("+")]
        if not layout.case:
            raise DataError(Message("brand.choice.case_needed"))
        if (layout.constants or layout.by_alternative or layout.only) and not layout.alternative:
            raise DataError(Message("brand.choice.alternative_needed"))
    sheet = read_rows(text, needed=[column for column in wanted if column], name=name)
    found: list[Row] = []
    for at, cells in zip(sheet.lines, sheet.rows, strict=True):
        if all(_same(cells[column], value) for column, value in layout.where.items()):
            found.append({**cells, ROW: str(at), ALTERNATIVE: cells.get(layout.alternative, "")})
    return found


def _long(rows: Sequence[Row], layout: Layout) -> list[Row]:
    """Turn rows with a case each into rows with an alternative each."""
    found: list[Row] = []
    for row in rows:
        for number, alternative in enumerate(layout.wide, 1):
            taken = _same(row[layout.choice], alternative) or _same(row[layout.choice], str(number))
            cells = {
                **row,
                CASE: row.get(layout.case) or row[ROW],
                ALTERNATIVE: alternative,
                layout.choice: "1" if taken else "0",
            }
            for column in (part for one in (*layout.columns, *layout.by_alternative) for part in one.split("+")):
                cells[column] = _wide_cell(row, column, alternative)
            found.append(cells)
    return found


def _wide_cell(row: Row, column: str, alternative: str) -> str:
    for separator in SEPARATORS:
        if f"{column}{separator}{alternative}" in row:
            return row[f"{column}{separator}{alternative}"]
    if column in row:
        return row[column]
    raise DataError(Message("brand.survey.no_column", file=f"row {row[ROW]}", column=f"{column}.{alternative}"))


def _only(rows: Sequence[Row], layout: Layout) -> list[Row]:
    kept = [row for row in rows if row[ALTERNATIVE] in layout.only]
    taken = {row[layout.case or CASE] for row in kept if row[layout.choice].lower() in YES}
    return [row for row in kept if row[layout.case or CASE] in taken]


def _columns(rows: Sequence[Row], layout: Layout) -> Iterable[tuple[str, list[float]]]:
    alternatives = list(layout.wide or dict.fromkeys(row[ALTERNATIVE] for row in rows))
    base = layout.base.get("alternative", alternatives[0])
    if base not in alternatives:
        raise DataError(Message("brand.choice.unknown_column", name=base, known=", ".join(alternatives)))
    if layout.constants:
        for one in alternatives:
            if one != base:
                yield f"constant:{one}", [float(row[ALTERNATIVE] == one) for row in rows]
    for column in layout.columns:
        yield from _generic(rows, column, layout)
    for column in layout.by_alternative:
        values = [_number(row, column) for row in rows]
        shared = _same_within_cases(rows, values, layout)
        for one in alternatives:
            if shared and one == base:
                continue
            yield f"{column}:{one}", [value * (row[ALTERNATIVE] == one) for row, value in zip(rows, values, strict=True)]


def _generic(rows: Sequence[Row], column: str, layout: Layout) -> Iterable[tuple[str, list[float]]]:
    if "+" in column or all(_is_number(row[column]) for row in rows):
        yield column, [_number(row, column) for row in rows]
        return
    levels = sorted({row[column] for row in rows})
    if any(_is_number(level) for level in levels):
        wrong = next(row for row in rows if not _is_number(row[column]))
        raise DataError(Message("brand.choice.not_finite", row=int(wrong[ROW]), column=column))
    base = layout.base.get(column, levels[0])
    if base not in levels:
        raise DataError(Message("brand.choice.unknown_column", name=base, known=", ".join(levels)))
    for level in levels:
        if level != base:
            yield f"{column}={level}", [float(row[column] == level) for row in rows]


def _same_within_cases(rows: Sequence[Row], values: Sequence[float], layout: Layout) -> bool:
    seen: dict[str, float] = {}
    return all(seen.setdefault(row[layout.case or CASE], value) == value for row, value in zip(rows, values, strict=True))


def _taken(row: Row, layout: Layout, _at: int) -> bool:
    word = row[layout.choice].lower()
    if word not in YES | NO:
        raise DataError(Message("brand.survey.yes_or_no", row=int(row[ROW]), column=layout.choice, found=row[layout.choice]))
    return word in YES


def _number(row: Row, column: str) -> float:
    total = 0.0
    for part in column.split("+"):
        if not _is_number(row[part]):
            raise DataError(Message("brand.choice.not_finite", row=int(row[ROW]), column=part))
        total += float(row[part])
    return total


def _is_number(text: str) -> bool:
    return number_of(text) is not None


def _same(left: str, right: str) -> bool:
    """Tell whether two cells say the same; 4.0 is 4."""
    if left == right:
        return True
    return _is_number(left) and _is_number(right) and float(left) == float(right)
