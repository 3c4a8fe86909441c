# SPDX-License-Identifier: Apache-2.0
"""A printed code as rows of dark and light, and the QR code."""

from dataclasses import dataclass
from typing import Literal

from sichen.core import DataError, Message

Correction = Literal["L", "M", "Q", "H"]


@dataclass(frozen=True)
class Symbol:
    """Rows of modules, dark is True, without the quiet zone.

    Parameters
    ----------
    rows : tuple of tuple of bool
        Square.
    quiet : int
        Light modules that belong around it: 4 for QR, 1 for Data Matrix.
    """

    rows: tuple[tuple[bool, ...], ...]
    quiet: int

    @property
    def size(self) -> int:
        """Modules along one side."""
        return len(self.rows)

    def svg(self, *, module: float = 0.4) -> str:
        """Draw it, with its quiet zone.

        Parameters
        ----------
        module : float > 0, default 0.4
            Side of one module in millimetres.

        Returns
        -------
        str
            SVG text with sizes in millimetres.
        """
        across = self.size + 2 * self.quiet
        runs = "".join(
            f"M{column + self.quiet} {line + self.quiet}h{length}v1h-{length}z"
            for line, row in enumerate(self.rows)
            for column, length in _dark_runs(row)
        )
        side = f"{across * module:g}mm"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 {across} {across}">'
            f'<rect width="{across}" height="{across}" fill="#fff"/><path d="{runs}"/></svg>\n'
        )

    def text(self) -> str:
        """Draw it with block characters, two rows of modules a line, light on dark terminals and dark on light ones."""
        light = (False,) * self.quiet
        blank = ((False,) * (self.size + 2 * self.quiet),) * self.quiet
        rows = [*blank, *(light + row + light for row in self.rows), *blank]
        if len(rows) % 2:
            rows.append(blank[0])
        blocks = {(False, False): "█", (True, False): "▄", (False, True): "▀", (True, True): " "}
        pairs = zip(rows[::2], rows[1::2], strict=True)
        return "\n".join("".join(blocks[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs)


def qr(text: str, *, correction: Correction = "M") -> Symbol:
    """Make a QR code.

    Parameters
    ----------
    text : str
        A Digital Link; GS1 asks for plain QR with the address in it.
    correction : {"L", "M", "Q", "H"}
        How much damage it survives: about 7, 15, 25 or 30 %.

    Returns
    -------
    Symbol

    Raises
    ------
    DataError
        If the text is longer than a QR code holds.

    Examples
    --------
    >>> qr("https://id.gs1.org/01/09520123456788/21/00042").size
    33
    """
    import segno

    try:
        made = segno.make(text, error=correction, micro=False, boost_error=False)
    except ValueError as error:  # segno's DataOverflowError
        raise DataError(Message("trace.identifiers.too_long_for_code", length=len(text))) from error
    return Symbol(tuple(tuple(bool(module) for module in row) for row in made.matrix), quiet=4)


def _dark_runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    start = None
    for column, dark in enumerate((*row, False)):
        if dark and start is None:
            start = column
        elif not dark and start is not None:
            runs.append((start, column - start))
            start = None
    return runs
