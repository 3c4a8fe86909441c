# SPDX-License-Identifier: Apache-2.0
"""A whole question to a file: how its numbers are to be read, what is taken away first, what is asked of the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from sichen.core import JSON, DataError, Message
from sichen.stability.averaging import Taus
from sichen.stability.bias import Bias
from sichen.stability.drift import What, remove_drift
from sichen.stability.estimate import deviations
from sichen.stability.freedom import Model
from sichen.stability.readers import Kind, read_column
from sichen.stability.results import Deviations
from sichen.stability.series import PhaseSeries


@dataclass(frozen=True)
class Question:
    r"""How a file is read and what is asked of it.

    Parameters
    ----------
    input : {"phase", "frequency"}
        What the numbers are.
    tau0 : float, optional
        Seconds between two of them; by default what the file says.
    unit : str, optional
        Of the numbers; ``s`` for phase and ``s/s`` for frequency by default.
    column : str or int, optional
        Heading or number of the column.
    taus, confidence, alpha, edf, bias, inhibition
        As `deviations`.
    remove : {"offset", "drift"}, optional
        What is taken away first, by least squares.

    Examples
    --------
    >>> asked = Question(input="frequency", taus=[2.0], alpha=0)
    >>> series = asked.series(b"# tau: 1\n892\n809\n823\n798\n671\n644\n883\n903\n677\n")
    >>> round(float(asked.answer(series, "oadev").deviation[0]), 5)
    85.95287
    """

    input: Kind = "phase"
    tau0: float | None = None
    unit: str | None = None
    column: str | int | None = None
    taus: Taus = "octave"
    confidence: float = 0.683
    alpha: int | None = None
    edf: Model = "greenhall"
    bias: Bias = "stable32"
    inhibition: float | None = None
    remove: What | None = None

    def series(self, content: bytes | str) -> PhaseSeries:
        """Read the content of a file."""
        return read_column(content, column=self.column).series(self.input, tau0=self.tau0, unit=self.unit)

    def answer(self, series: PhaseSeries, name: str) -> Deviations:
        """Compute one statistic; what was taken away first is the first advice of the result."""
        removed = None if self.remove is None else remove_drift(series, self.remove)
        found = deviations(
            series if removed is None else removed.series,
            name,
            taus=self.taus,
            confidence=self.confidence,
            alpha=self.alpha,
            edf=self.edf,
            bias=self.bias,
            inhibition=self.inhibition,
        )
        return found if removed is None else replace(found, advice=(removed.message, *found.advice))

    def to_json(self) -> Mapping[str, JSON]:
        """Return how the file was read, for a record: the result itself tells the conventions."""
        taus: JSON = self.taus if isinstance(self.taus, str) else list(self.taus)
        read: dict[str, JSON] = {"input": self.input, "unit": self.unit, "column": self.column, "remove": self.remove}
        return {**read, "taus": taus, "alpha_given": self.alpha, "inhibition_s": self.inhibition}


def read_taus(text: str) -> Taus:
    """Read a choice of averaging times as people write it.

    Raises
    ------
    DataError
        If it is neither a named choice nor a list of numbers.

    Examples
    --------
    >>> read_taus("octave"), read_taus("1, 10 100")
    ('octave', [1.0, 10.0, 100.0])
    """
    if text in {"octave", "decade", "all"}:
        return cast('Literal["octave", "decade", "all"]', text)
    try:
        found = [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        found = []
    if not found:
        raise DataError(Message("stability.unknown_taus", found=text))
    return found
