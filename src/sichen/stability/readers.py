# SPDX-License-Identifier: Apache-2.0
"""The files that people have: one column, Stable32, TimeLab, CSV with a header, any of them compressed.

These functions take what a file holds; opening it is the business of the adapters. What the numbers are, phase or
frequency, no file says reliably: the reader of the result must.
"""

import csv
import gzip
import math
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message
from sichen.stability.series import PhaseSeries
from sichen.stability.tags import with_gaps

Array = npt.NDArray[np.float64]
Kind = Literal["phase", "frequency"]

LARGEST = 1 << 30  # bytes that a compressed file may grow to
COMMENT = ("#", "%", ";", "//", "!")
_INTERVAL = re.compile(r"^\s*[#%;!/]*\s*(?:tau0?|interval|sample interval|meas(?:urement)? interval)\s*[:=\s]\s*([-+0-9.eE]+)\s*(?:s|sec|seconds)?\s*$", re.IGNORECASE)  # fmt: skip
_RATE = re.compile(r"^\s*[#%;!/]*\s*(?:rate|sample rate)\s*[:=\s]\s*([-+0-9.eE]+)\s*(?:hz)?\s*$", re.IGNORECASE)
_HEADER = re.compile(r"^\s*([A-Z][A-Z0-9_]{2,})\b[ \t:=]*(.*)$")


@dataclass(frozen=True)
class Column:
    """Numbers read from a file.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        NaN where the file says that a reading is missing.
    form : {"column", "stable32", "timelab", "csv"}
        What the file looked like.
    tau0 : float or None
        Seconds between readings, if the file says so.
    name : str
        Heading of the column, if it has one.
    header : mapping of str to str
        What else the file says.
    """

    values: Array
    form: Literal["column", "stable32", "timelab", "csv"]
    tau0: float | None = None
    name: str = ""
    header: Mapping[str, str] = field(default_factory=dict)

    def series(self, kind: Kind, *, tau0: float | None = None, unit: str | None = None, scale: float = 1.0) -> PhaseSeries:
        """Make a phase series.

        Parameters
        ----------
        kind : {"phase", "frequency"}
        tau0 : float, optional
            Seconds; overrides what the file says.
        unit : str, optional
            Default ``s`` for phase and ``s/s`` for frequency; ``s/d`` for the rate of a watch.
        scale : float
            Factor on every value.

        Raises
        ------
        DataError
            If neither the file nor the caller knows `tau0`, or the kind is neither of the two.
        """
        interval = tau0 if tau0 is not None else self.tau0
        if interval is None:
            raise DataError(Message("stability.no_interval"))
        if kind == "phase":
            return PhaseSeries.from_phase(self.values * scale, tau0=interval, unit=unit or "s")
        if kind == "frequency":
            return PhaseSeries.from_frequency(self.values * scale, tau0=interval, unit=unit or "s/s")
        raise DataError(Message("stability.unknown_kind", found=str(kind)))


def read_column(content: bytes | str, *, column: str | int | None = None) -> Column:
    r"""Read one column of numbers from a file's content.

    Parameters
    ----------
    content : bytes or str
        The file, gzip compressed or not; text in UTF-8 or, failing that, Latin-1.
    column : str or int, optional
        Heading, or number counted from 1. Default: the only column; of several, the last, which is where Stable32
        and counters write the reading after its time tag.

    Returns
    -------
    Column

    Raises
    ------
    DataError
        If a line is no number; the message names the line.

    Examples
    --------
    >>> read_column("# tau: 2\n1.5\n2.5\n").tau0
    2.0
    """
    lines = _text(content).splitlines()
    if _is_timelab(lines):
        return _timelab(lines)
    if _is_csv(lines):
        return _csv(lines, column)
    return _plain(lines, column)


def _text(content: bytes | str) -> str:
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    if content[:2] == b"\x1f\x8b":
        content = _unpacked(content)
    if b"\0" in content[:4096]:
        raise DataError(Message("stability.not_text"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _unpacked(content: bytes) -> bytes:
    try:
        stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        data = stream.decompress(content, LARGEST)
        if stream.unconsumed_tail:
            raise DataError(Message("stability.too_large", largest=f"{LARGEST >> 20}"))
        if not stream.eof:
            raise DataError(Message("stability.bad_gzip"))
        return data if not stream.unused_data else gzip.decompress(content)
    except (zlib.error, OSError, EOFError) as error:
        raise DataError(Message("stability.bad_gzip")) from error


def _data_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith(COMMENT):
            yield number, stripped


def _interval(lines: Sequence[str]) -> float | None:
    """Find the interval in the comments, which stand first."""
    for line in lines[:100]:
        found = _INTERVAL.match(line)
        if found and (value := _number(found.group(1))) is not None and value > 0:
            return value
        found = _RATE.match(line)
        if found and (value := _number(found.group(1))) is not None and value > 0:
            return 1.0 / value
    return None


def _number(text: str) -> float | None:
    """Read a number; None when it is none. An empty field, NaN, and a lone dash or star are missing readings."""
    word = text.strip().strip('"')
    if word.lower() in {"", "nan", "-", "*", "na", "n/a", "null"}:
        return math.nan
    try:
        value = float(word.replace("D", "E").replace("d", "e") if "D" in word or "d" in word else word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _plain(lines: Sequence[str], column: str | int | None) -> Column:
    rows: list[float] = []
    tags: list[float | None] = []
    form: Literal["column", "stable32"] = "column"
    width = 0
    for number, line in _data_lines(lines):
        words = line.replace(",", " ").replace("\t", " ").split()
        if not rows and width == 0 and all(_number(word) is None for word in words):
            continue  # a title without a comment mark
        width = width or len(words)
        value = _number(words[_place(column, len(words), number)])
        if value is None or len(words) != width:
            raise DataError(Message("stability.bad_line", line=number, found=line[:40]))
        rows.append(value)
        tags.append(_number(words[0]) if width > 1 and column in {None, width} else None)
    if any("stable32" in line.lower() for line in lines[:20]) or width > 1:
        form = "stable32"
    if not rows:
        raise DataError(Message("stability.all_missing"))
    return Column(with_gaps(np.array(rows), np.array(tags, dtype=np.float64)), form, _interval(lines))


def _place(column: str | int | None, width: int, line: int) -> int:
    if column is None:
        return width - 1
    if isinstance(column, int) and 1 <= column <= width:
        return column - 1
    raise DataError(Message("stability.no_column", column=column, line=line, known=f"1 … {width}"))


def _is_csv(lines: Sequence[str]) -> bool:
    """Tell whether the first line that counts is a heading of several names, or of one that is no number."""
    for _, line in _data_lines(lines):
        delimiter = _delimiter(line)
        if delimiter is None:
            return bool(re.fullmatch(r"[^\d\s+.\-][^\s]*", line)) and _number(line) is None and _HEADER.match(line) is None
        words = line.split(delimiter)
        return all(_number(word) is None for word in words if word.strip())
    return False


def _delimiter(line: str) -> str | None:
    return next((mark for mark in (",", ";", "\t") if mark in line), None)


def _cells(line: str, delimiter: str, number: int) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error as error:
        raise DataError(Message("stability.bad_line", line=number, found=line[:40])) from error


def _csv(lines: Sequence[str], column: str | int | None) -> Column:
    numbered = list(_data_lines(lines))
    delimiter = _delimiter(numbered[0][1]) or ","
    names = [name.strip() for name in _cells(numbered[0][1], delimiter, numbered[0][0])]
    place = _named(names, column, numbered[0][0])
    rows: list[float] = []
    tags: list[float | None] = []
    for number, line in numbered[1:]:
        words = _cells(line, delimiter, number)
        if len(words) != len(names):
            raise DataError(Message("stability.bad_line", line=number, found=line[:40]))
        text = words[place].replace(",", ".") if delimiter != "," else words[place]  # a decimal comma
        value = _number(text)
        if value is None:
            raise DataError(Message("stability.bad_line", line=number, found=line[:40]))
        rows.append(value)
        tags.append(_number(words[0]) if place else None)
    if not rows:
        raise DataError(Message("stability.all_missing"))
    values = with_gaps(np.array(rows), np.array(tags, dtype=np.float64), heading=names[0])
    return Column(values, "csv", _interval(lines), names[place])


def _named(names: Sequence[str], column: str | int | None, line: int) -> int:
    if isinstance(column, str):
        folded = [name.casefold() for name in names]
        if column.strip().casefold() in folded:
            return folded.index(column.strip().casefold())
        raise DataError(Message("stability.no_column", column=column, line=line, known=", ".join(names)))
    return _place(column, len(names), line)


def _is_timelab(lines: Sequence[str]) -> bool:
    """Tell a TimeLab file by its first line: it begins with TIM, TI4 or the like."""
    return bool(lines) and re.match(r"^\s*TI[M0-9]", lines[0]) is not None


def _timelab(lines: Sequence[str]) -> Column:
    """Read header lines of a keyword and a text, then one reading a line.

    No specification of the format is public: what the keywords mean is left to the reader of `header`, and the
    interval is believed only where a line says TAU, INTERVAL or RATE.
    """
    header: dict[str, str] = {}
    rows: list[float] = []
    for number, line in _data_lines(lines):
        words = line.split()
        value = _number(words[-1]) if all(_number(word) is not None for word in words) else None
        found = _HEADER.match(line)
        if value is not None:
            rows.append(value)
        elif found and not rows:
            header[found.group(1)] = found.group(2).strip().strip('"')
        elif found is None or line.split()[0].upper() != "END":
            raise DataError(Message("stability.bad_line", line=number, found=line[:40]))
    if not rows:
        raise DataError(Message("stability.all_missing"))
    return Column(np.array(rows), "timelab", _interval(lines), "", header)
