# SPDX-License-Identifier: Apache-2.0
"""Lists of beat times as people keep them: one column or several, with or without a heading."""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

from sichen.bench.beats.numbering import LONGEST
from sichen.core import DataError, Message

Times = npt.NDArray[np.float64]

LANDMARKS = ("tick", "unlock", "impulse", "drop")
_NAMES = {
    "unlock": {"p1", "unlock", "a", "sound1", "解锁"},
    "impulse": {"p2", "impulse", "b", "sound2", "传冲"},
    "drop": {"p3", "drop", "c", "sound3", "跌落"},
    "tick": {"t", "time", "times", "tick", "ticks", "tick_time", "beat_time", "seconds", "s", "时间"},
}
_MISSING = {"", "?", "nan", "na", "n/a", "null", "none", "-", "—"}
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
_NUMPY = b"\x93NUMPY"
_MOST_COLUMNS = 64
_TELLING = 4  # values that show whether they stay or go on
_MOSTLY = 0.6  # a list in which every beat stands twice is read


@dataclass(frozen=True)
class BeatList:
    """Beat times by sound, one row a beat.

    Parameters
    ----------
    columns : mapping of str to ndarray of float64, shape (n,)
        ``unlock``, ``impulse``, ``drop``, or ``tick`` where nobody says which sound it is. Seconds; NaN where
        a sound was not heard.
    first_row : int
        Row of the file, counted from 1, that holds the first beat; 0 for an array.
    """

    columns: Mapping[str, Times]
    first_row: int = 0

    @property
    def size(self) -> int:
        """Number of rows."""
        return next(iter(self.columns.values())).size


def parse_beat_list(content: bytes | str | Iterable[str]) -> BeatList:
    r"""Read a list of beat times.

    Parameters
    ----------
    content : bytes, str or iterable of str
        What stands in a ``.csv``, ``.txt`` or ``.npy`` file, or its lines. Columns are divided by comma,
        semicolon, tab or space. A heading names them (p1 p2 p3, unlock impulse drop, a b c, time); without
        one, a single column is a tick, two are unlock and drop, three are unlock, impulse and drop, and a
        first column that counts 1, 2, 3 is left out. ``?``, ``nan`` or nothing is a sound not heard. Lines
        that begin with ``#`` are remarks.

    Returns
    -------
    BeatList

    Raises
    ------
    DataError
        If it is no such list; the message names the row and what to do.

    Examples
    --------
    >>> parse_beat_list("p1;p3\n0,10;0,11\n0,22;?").columns["drop"]
    array([0.11,  nan])
    """
    if isinstance(content, bytes):
        if content.startswith(_NUMPY):
            return _from_array(content)
        content = _decode(content)
    lines = content.splitlines() if isinstance(content, str) else content
    rows = _rows(lines)
    first = next(rows, None)
    if first is None:
        raise DataError(Message("bench.events.empty"))
    heading = _heading(first[1])
    if heading is None:
        return _finish(*_without_heading(chain([first], rows)))
    return _finish(*_collect(rows, heading))


def _decode(content: bytes) -> str:
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(Message("bench.events.not_text"))
    for encoding in ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(Message("bench.events.not_text"))


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield row number and cells of every line that holds something."""
    source = ((number, line.strip()) for number, line in enumerate(lines, start=1))
    filled = ((number, line) for number, line in source if line and not line.startswith("#"))
    divider = ""
    for number, line in filled:
        if not divider:
            divider = _divider(line)
        cells = _cells(line, divider, number)
        if len(cells) > _MOST_COLUMNS:
            raise DataError(Message("bench.events.too_many_columns", row=number, found=len(cells)))
        yield number, cells


def _divider(line: str) -> str:
    for mark in ("\t", ";", ","):
        if mark in line and not (mark == "," and _DECIMAL_COMMA.fullmatch(line)):
            return mark
    return " "


def _cells(line: str, divider: str, number: int) -> list[str]:
    if divider == " ":
        return line.split()
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=divider))]
    except csv.Error as error:
        raise DataError(Message("bench.events.not_a_number", row=number, found=line[:30])) from error


def _number(cell: str) -> float | None:
    """Return the number in a cell, NaN where it says that there is none, None where it is something else."""
    if cell.lower() in _MISSING:
        return math.nan
    try:
        return float(cell)
    except ValueError:
        pass
    return float(cell.replace(",", ".")) if _DECIMAL_COMMA.fullmatch(cell) else None


def _heading(cells: list[str]) -> dict[str, int] | None:
    """Return which column holds which sound, or None when the first row holds numbers already."""
    if any(cell and _number(cell) is not None and cell.lower() not in _MISSING for cell in cells):
        return None
    if all(cell.lower() in _MISSING for cell in cells):
        return None
    words = [re.sub(r"[\s\[(_]+(s|sec|seconds)[\])]?$", "", cell.lower()) or cell.lower() for cell in cells]
    found = {name: words.index(word) for name in LANDMARKS for word in words if word in _NAMES[name]}
    if "tick" in found and len(found) > 1:
        del found["tick"]
    if not found:
        raise DataError(Message("bench.events.unknown_heading", found=", ".join(cells)[:80]))
    return found


def _without_heading(rows: Iterator[tuple[int, list[str]]]) -> tuple[int, list[int], dict[str, list[float]]]:
    numbered = [(number, [_must(cell, number) for cell in cells]) for number, cells in rows]
    width = max(len(cells) for _, cells in numbered)
    counter = [cells[0] for _, cells in numbered]
    counted = width > 1 and len(counter) > 1 and all(b - a == 1 for a, b in pairwise(counter))
    names = _by_width(width - counted, counted=counted, row=numbered[0][0])
    columns: dict[str, list[float]] = {}
    for place, name in enumerate(names, start=int(counted)):
        columns[name] = [cells[place] if place < len(cells) else math.nan for _, cells in numbered]
    return numbered[0][0], [number for number, _ in numbered], columns


def _by_width(width: int, *, counted: bool, row: int) -> tuple[str, ...]:
    if width == 1:
        return ("tick",)
    if width == 2:  # noqa: PLR2004 - the two that everybody needs
        return ("unlock", "drop")
    if width == 3 or counted:  # noqa: PLR2004 - the three sounds of a beat
        return ("unlock", "impulse", "drop")
    raise DataError(Message("bench.events.no_heading", row=row, found=width))


def _collect(
    rows: Iterator[tuple[int, list[str]]], heading: Mapping[str, int]
) -> tuple[int, list[int], dict[str, list[float]]]:
    numbers: list[int] = []
    columns: dict[str, list[float]] = {name: [] for name in heading}
    for number, cells in rows:
        numbers.append(number)
        for name, place in heading.items():
            columns[name].append(_must(cells[place], number) if place < len(cells) else math.nan)
    return (numbers[0] if numbers else 0), numbers, columns


def _must(cell: str, row: int) -> float:
    value = _number(cell)
    if value is None or math.isinf(value):
        raise DataError(Message("bench.events.not_a_number", row=row, found=cell[:30]))
    return value


def _from_array(content: bytes) -> BeatList:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OSError, EOFError, MemoryError) as error:
        raise DataError(Message("bench.events.bad_array", found=str(error)[:80])) from error
    if array.dtype.names:
        heading = _heading(list(array.dtype.names)) or {}
        columns = {name: array[array.dtype.names[place]] for name, place in heading.items()}
    elif array.dtype.kind not in "fiu" or array.ndim not in {1, 2} or array.size == 0:
        raise DataError(Message("bench.events.bad_array", found=f"{array.dtype} {array.shape}"))
    else:
        table = array.reshape(array.shape[0], -1)
        names = _by_width(table.shape[1], counted=False, row=0)
        columns = {name: table[:, place] for place, name in enumerate(names)}
    try:
        lists = {name: np.asarray(column, dtype=np.float64).reshape(-1).tolist() for name, column in columns.items()}
    except (ValueError, TypeError) as error:
        raise DataError(Message("bench.events.bad_array", found=str(error)[:80])) from error
    rows = list(range(1, 1 + len(next(iter(lists.values())))))
    for column in lists.values():
        for row, value in zip(rows, column, strict=True):
            if math.isinf(value):
                raise DataError(Message("bench.events.not_a_number", row=row, found=str(value)))
    return _finish(0, rows, lists)


def _finish(first: int, rows: list[int], columns: Mapping[str, list[float]]) -> BeatList:
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    heard = {name: values for name, values in arrays.items() if np.isfinite(values).any()}
    if not heard:
        rowless = Message("bench.events.empty")
        raise DataError(Message("bench.events.all_missing", first=rows[0], last=rows[-1]) if rows else rowless)
    for values in heard.values():
        _must_rise(values, rows)
    _must_follow([heard[name] for name in ("unlock", "impulse", "drop") if name in heard], rows)
    return BeatList(heard, first)


def _must_rise(values: Times, rows: list[int]) -> None:
    """Refuse a column that does not count on as time does."""
    finite = np.flatnonzero(np.isfinite(values))
    times = values[finite]
    steps = np.diff(times)
    back = np.flatnonzero(steps < 0)
    still = np.flatnonzero(steps == 0)
    if not back.size and (times.size < _TELLING or still.size <= _MOSTLY * steps.size):
        return
    at = int((back if back.size else still)[0]) + 1
    typical = float(np.median(times))
    # Times run from a beginning to an end; intervals stay where they are.
    if times.size >= _TELLING and 0 < typical <= LONGEST and float(np.ptp(times)) < typical:
        raise DataError(Message("bench.events.intervals", row=rows[finite[at]], found=f"{typical:.6g}"))
    key = "bench.events.backwards" if back.size else "bench.events.equal"
    raise DataError(Message(key, row=rows[finite[at]], found=f"{times[at]:.6g}"))


def _must_follow(sounds: list[Times], rows: list[int]) -> None:
    """Refuse columns of which a later sound mostly comes before an earlier one."""
    for early, late in pairwise(sounds):
        both = np.flatnonzero(np.isfinite(early) & np.isfinite(late))
        wrong = both[late[both] < early[both]]
        if wrong.size > both.size / 2:
            at = int(wrong[0])
            found = {"first": f"{early[at]:.6f}", "second": f"{late[at]:.6f}"}
            raise DataError(Message("bench.events.exchanged", row=rows[at], **found))
