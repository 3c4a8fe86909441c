# SPDX-License-Identifier: Apache-2.0
"""Tables from files: text in UTF-8, UTF-16 or GB 18030, and the first sheet of an Excel workbook."""

import csv
import io
import zipfile
from datetime import date, datetime

from sichen.core import DataError, Message
from sichen.industry import Table, read_table, table_of

WORKBOOK = b"PK\x03\x04"
LARGEST = 200_000_000  # bytes of an unpacked workbook: a bomb is refused before it is opened


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
            if sum(entry.file_size for entry in packed.infolist()) > LARGEST:
                raise DataError(Message("industry.table.not_text", name=name))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = [[_text(cell.value, cell.number_format) for cell in row] for row in book.worksheets[0].iter_rows()]
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(Message("industry.table.not_text", name=name)) from error
    return [_trimmed(row) for row in rows]


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
