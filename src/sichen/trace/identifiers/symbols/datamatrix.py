# SPDX-License-Identifier: Apache-2.0
"""Data Matrix ECC 200 (ISO/IEC 16022), square, in the ASCII encodation that identifiers need."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from sichen.core import DataError, Message
from sichen.trace.identifiers.elements import ElementString
from sichen.trace.identifiers.symbols.symbol import Symbol

_FNC1, _PAD, _UPPER, _DIGIT_PAIR = 232, 129, 235, 130
_POLYNOMIAL = 301  # x8 + x5 + x3 + x2 + 1, ISO/IEC 16022 section 5.7.1


@dataclass(frozen=True)
class _Size:
    """Side of the symbol, data and check codewords, blocks they are shared among, regions along one side."""

    side: int
    data: int
    check: int
    blocks: int
    regions: int

    @property
    def inner(self) -> int:
        return self.side - 2 * self.regions


# ISO/IEC 16022, table 7. The largest, 144, shares its codewords unevenly and no identifier needs it.
_SIZES = tuple(
    _Size(*row)
    for row in (
        (10, 3, 5, 1, 1), (12, 5, 7, 1, 1), (14, 8, 10, 1, 1), (16, 12, 12, 1, 1), (18, 18, 14, 1, 1), (20, 22, 18, 1, 1),
        (22, 30, 20, 1, 1), (24, 36, 24, 1, 1), (26, 44, 28, 1, 1), (32, 62, 36, 1, 2), (36, 86, 42, 1, 2),
        (40, 114, 48, 1, 2), (44, 144, 56, 1, 2), (48, 174, 68, 1, 2), (52, 204, 84, 2, 2), (64, 280, 112, 2, 4),
        (72, 368, 144, 4, 4), (80, 456, 192, 4, 4), (88, 576, 224, 4, 4), (96, 696, 272, 4, 4), (104, 816, 336, 6, 4),
        (120, 1050, 408, 6, 6), (132, 1304, 496, 8, 6),
    )
)  # fmt: skip


def datamatrix(text: str) -> Symbol:
    """Make a Data Matrix of plain text, such as a Digital Link.

    Parameters
    ----------
    text : str
        Characters up to U+00FF.

    Raises
    ------
    DataError
        If it is longer than a symbol holds or has other characters.

    Examples
    --------
    >>> datamatrix("https://id.gs1.org/01/09520123456788/21/00042").size
    24
    """
    return _symbol(list(_codewords(text)), text)


def datamatrix_of_fields(fields: ElementString) -> Symbol:
    """Make a GS1 Data Matrix of fields: FNC1 first, and as separator.

    Examples
    --------
    >>> from sichen.trace.identifiers import read_bracketed
    >>> datamatrix_of_fields(read_bracketed("(01)09520123456788(21)00042")).size
    18
    """
    pieces = fields.unbracketed().split("^")[1:]
    words = [word for piece in pieces for word in (_FNC1, *_codewords(piece))]
    return _symbol(words, fields.bracketed())


def _codewords(text: str) -> Iterable[int]:
    place = 0
    while place < len(text):
        pair = text[place : place + 2]
        if len(pair) == 2 and pair.isascii() and pair.isdigit():  # noqa: PLR2004 - a pair
            yield _DIGIT_PAIR + int(pair)
            place += 2
            continue
        code = ord(text[place])
        if code > 255:  # noqa: PLR2004 - one byte
            raise DataError(Message("trace.identifiers.not_for_code", character=text[place]))
        if code > 127:  # noqa: PLR2004 - seven bits
            yield _UPPER
        yield code % 128 + 1
        place += 1


def _symbol(words: list[int], text: str) -> Symbol:
    size = next((size for size in _SIZES if size.data >= len(words)), None)
    if size is None:
        raise DataError(Message("trace.identifiers.too_long_for_code", length=len(text)))
    bits = _placed(_with_check(_padded(words, size.data), size), size.inner)
    return Symbol(tuple(_framed_row(bits, size, line) for line in range(size.side)), quiet=1)


def _padded(words: list[int], length: int) -> list[int]:
    """Fill up: one pad word, then pad words in a pseudo-random sequence (the 253-state algorithm)."""
    padded = list(words)
    for place in range(len(words) + 1, length + 1):
        if place == len(words) + 1:
            padded.append(_PAD)
        else:
            scattered = _PAD + (149 * place) % 253 + 1
            padded.append(scattered if scattered <= 254 else scattered - 254)  # noqa: PLR2004 - the annex's own number
    return padded


def _with_check(data: Sequence[int], size: _Size) -> list[int]:
    """Append the check words of each block, interleaved as the data are."""
    each = size.check // size.blocks
    check = [0] * size.check
    for block in range(size.blocks):
        check[block :: size.blocks] = _remainder(data[block :: size.blocks], each)
    return [*data, *check]


def _remainder(data: Sequence[int], count: int) -> list[int]:
    powers, logarithms = _field()
    factors = _generator(count)
    register = [0] * count
    for word in data:
        lead = register[0] ^ word
        register = [*register[1:], 0]
        if lead:
            register = [
                value ^ powers[(logarithms[lead] + logarithms[factor]) % 255] if factor else value
                for value, factor in zip(register, factors, strict=True)
            ]
    return register


@cache
def _field() -> tuple[list[int], list[int]]:
    powers, logarithms = [1] * 255, [0] * 256
    for exponent in range(1, 255):
        doubled = powers[exponent - 1] * 2
        powers[exponent] = doubled ^ _POLYNOMIAL if doubled > 255 else doubled  # noqa: PLR2004 - one byte
        logarithms[powers[exponent]] = exponent
    return powers, logarithms


@cache
def _generator(count: int) -> list[int]:
    """Return the coefficients below the leading one of the product of (x - 2^k), k = 1 … count, highest first."""
    powers, logarithms = _field()
    polynomial = [1]
    for root in range(1, count + 1):
        scaled = [powers[(logarithms[value] + root) % 255] if value else 0 for value in polynomial]
        polynomial = [a ^ b for a, b in zip([*polynomial, 0], [0, *scaled], strict=True)]
    return polynomial[1:]


def _placed(words: Sequence[int], side: int) -> list[list[bool]]:
    """Lay the words on the grid along diagonals, eight modules each (annex F)."""
    grid: list[list[bool | None]] = [[None] * side for _ in range(side)]
    places = _walk(side, grid)
    for word, shape in zip(words, places, strict=False):
        for bit, (line, column) in enumerate(shape):
            grid[line][column] = bool(word >> (7 - bit) & 1)
    # One corner remains free where the side is no multiple of eight: it is dark on its diagonal.
    for line, column, dark in ((-1, -1, True), (-1, -2, False), (-2, -1, False), (-2, -2, True)):
        if grid[line][column] is None:
            grid[line][column] = dark
    return [[bool(value) for value in row] for row in grid]


def _walk(side: int, grid: list[list[bool | None]]) -> Iterable[list[tuple[int, int]]]:
    line, column = 4, 0
    while line < side or column < side:
        yield from _corner(side, line, column)
        while line >= 0 and column < side:
            if line < side and column >= 0 and grid[line][column] is None:
                yield _utah(line, column, side)
            line, column = line - 2, column + 2
        line, column = line + 1, column + 3
        while line < side and column >= 0:
            if line >= 0 and column < side and grid[line][column] is None:
                yield _utah(line, column, side)
            line, column = line + 2, column - 2
        line, column = line + 3, column + 1


def _utah(line: int, column: int, side: int) -> list[tuple[int, int]]:
    """Return the eight places of a word whose last bit lies at (line, column), wrapped at the edges."""
    offsets = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
    return [_wrapped(line + down, column + right, side) for down, right in offsets]


def _wrapped(line: int, column: int, side: int) -> tuple[int, int]:
    if line < 0:
        line, column = line + side, column + 4 - (side + 4) % 8
    if column < 0:
        line, column = line + 4 - (side + 4) % 8, column + side
    return line, column


def _corner(side: int, line: int, column: int) -> Iterable[list[tuple[int, int]]]:
    end = side - 1
    if line == side and column == 0:
        yield [(end, 0), (end, 1), (end, 2), (0, end - 1), (0, end), (1, end), (2, end), (3, end)]
    if line == side - 2 and column == 0 and side % 4:
        yield [(end - 2, 0), (end - 1, 0), (end, 0), (0, end - 3), (0, end - 2), (0, end - 1), (0, end), (1, end)]
    if line == side - 2 and column == 0 and side % 8 == 4:  # noqa: PLR2004 - the annex's own case
        yield [(end - 2, 0), (end - 1, 0), (end, 0), (0, end - 1), (0, end), (1, end), (2, end), (3, end)]
    if line == side + 4 and column == 2 and side % 8 == 0:  # noqa: PLR2004 - the annex's own case
        yield [(end, 0), (end, end), (0, end - 2), (0, end - 1), (0, end), (1, end - 2), (1, end - 1), (1, end)]


def _framed_row(bits: list[list[bool]], size: _Size, line: int) -> tuple[bool, ...]:
    """Put the frame of every region around its modules: dark left and below, alternating above and right."""
    span = size.side // size.regions
    row = []
    for column in range(size.side):
        down, across = line % span, column % span
        if across == 0 or down == span - 1:
            dark = True
        elif down == 0:
            dark = across % 2 == 0
        elif across == span - 1:
            dark = down % 2 == 1
        else:
            dark = bits[line - 2 * (line // span) - 1][column - 2 * (column // span) - 1]
        row.append(dark)
    return tuple(row)
