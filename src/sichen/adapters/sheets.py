# SPDX-License-Identifier: Apache-2.0
"""Tables from files: text in UTF-8, UTF-16 or GB 18030, and the first sheet with a table of an Excel workbook."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from sichen.core import DataError, Message
from sichen.industry import Table, read_table, table_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.cell_range import CellRange

WORKBOOK = b"PK\x03\x04"
LARGEST = 200_000_000  # bytes of an unpacked workbook: a bomb is refused before it is opened
MERGED = 20_000_000  # bytes of an unpacked workbook whose merged cells are looked at


def read_sheet(content: bytes, name: str) -> Table:
    """Read a table from the bytes of a CSV, TSV or XLSX file.

    Parameters
    ----------
    content : bytes
    name : str
        What the file is called, for the message.

    Raises
    ------
    DataError
        If it is neither text nor a workbook, or has no heading.
    """
    if content.startswith(WORKBOOK):
        return table_of(_cells(content, name))
    return read_table(sheet_text(content, name))


def sheet_text(content: bytes, name: str) -> str:
    """Return a table as text with commas, whether it came as text in UTF-8, UTF-16 or GB 18030 or as a workbook.

    Raises
    ------
    DataError
        If it is neither text nor a workbook.
    """
    if content.startswith(WORKBOOK):
        out, rows = io.StringIO(), _cells(content, name)
        width = max(map(len, rows), default=0)
        csv.writer(out, lineterminator="\n").writerows([*row, *[""] * (width - len(row))] for row in rows)
        return out.getvalue()
    unicode_text = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ()
    for encoding in (*unicode_text, "utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DataError(Message("industry.table.not_text", name=name))


def _cells(content: bytes, name: str) -> list[list[str]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
            formulas = any(b"<f" in packed.read(entry) for entry in packed.infolist() if _is_sheet(entry.filename))
        if size > LARGEST:
            raise DataError(Message("industry.table.not_text", name=name))
        book = load_workbook(io.BytesIO(content), read_only=size > MERGED, data_only=True)
        place, rows = _sheet(book)
        if formulas:
            written = load_workbook(io.BytesIO(content), read_only=True).worksheets[place].iter_rows(values_only=True)
            _show_uncomputed(rows, written)
        if size <= MERGED:
            _fill_merged(rows, book.worksheets[place].merged_cells.ranges)
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError, TypeError, SyntaxError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(Message("industry.table.not_text", name=name)) from error
    return [_trimmed(row) for row in rows]


def _is_sheet(entry: str) -> bool:
    return entry.startswith("xl/worksheets/") and entry.endswith(".xml")


def _sheet(book: "Workbook") -> tuple[int, list[list[str]]]:
    """Return the first sheet with a row of several cells: covers and contents stand before it."""
    first: list[list[str]] | None = None
    for place, sheet in enumerate(book.worksheets):
        rows = [[_text(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]
        if any(sum(map(bool, row)) > 1 for row in rows):
            return place, rows
        first = rows if first is None else first
    if first is None:
        raise IndexError
    return 0, first


def _show_uncomputed(rows: list[list[str]], written: Iterable[Sequence[object]]) -> None:
    """Show a formula whose value the program that wrote the file never computed: an empty cell would count as nothing."""
    for row, cells in zip(rows, written, strict=False):
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and cell.startswith("=") and place < len(row) and not row[place]:
                row[place] = cell


def _fill_merged(rows: list[list[str]], ranges: Iterable["CellRange"]) -> None:
    """Give each row the cell that was merged over several rows; one that is merged over columns alone is a title."""
    for one in ranges:
        first, last, column = one.min_row - 1, one.max_row, one.min_col - 1
        if one.min_col == one.max_col and first < len(rows) and column < len(rows[first]):
            for row in rows[first + 1 : last]:
                row[column] = row[column] or rows[first][column]


def _text(cell: object, form: str = "") -> str:
    """Write a cell as somebody would have typed it; a sheet keeps 30 % as 0.3."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float) and form.rstrip().endswith("%"):
        return f"{100 * cell:.12g}%"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _trimmed(row: list[str]) -> list[str]:
    """Take the empty cells off the end that formatting leaves there; an empty row keeps one, so that it has its number."""
    while len(row) > 1 and not row[-1]:
        row.pop()
    return row
