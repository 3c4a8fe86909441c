# SPDX-License-Identifier: Apache-2.0
"""Instruments and the validity of their calibration; check watches on control charts between calibrations."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sichen.conformity.certificate.content import Equipment
from sichen.core import DataError, Duration, Instant, Message, TooFewSamples

D2 = 2 / math.sqrt(math.pi)
"""Mean range of two normal readings, in standard deviations: exact."""

FEWEST = 10
RUN = 9


@dataclass(frozen=True)
class Instrument:
    """One instrument.

    Parameters
    ----------
    id, name_en, name_zh : str
    certificate : str
        Number of the calibration certificate.
    calibrated, valid_until : Instant
    withdrawn : bool
        Taken out of use, whatever its calibration says.
    """

    id: str
    name_en: str
    name_zh: str
    certificate: str
    calibrated: Instant
    valid_until: Instant
    withdrawn: bool = False

    def check(self, at: Instant) -> None:
        """Check that the instrument may be used.

        Raises
        ------
        DataError
            If it is withdrawn, or its calibration is not valid at that time.
        """
        if self.withdrawn:
            raise DataError(Message("conformity.laboratory.withdrawn", name=self.id))
        if at < self.calibrated or self.valid_until < at:
            until = self.valid_until.isoformat()[:10]
            raise DataError(Message("conformity.laboratory.not_calibrated", name=self.id, until=until))

    def equipment(self) -> Equipment:
        """Return the instrument as a certificate states it."""
        return Equipment(self.id, self.name_en, self.name_zh, self.valid_until.isoformat()[:10], self.certificate)


def validities(instruments: Iterable[Instrument]) -> Mapping[str, Instant]:
    """Return until when each instrument may be used, as `read_days` takes it; withdrawn ones since ever."""
    return {one.id: Instant(0) if one.withdrawn else one.valid_until for one in instruments}


def due(instruments: Iterable[Instrument], *, now: Instant, ahead: Duration) -> tuple[Instrument, ...]:
    """Return the instruments whose calibration ends within a time ahead, or has ended; the most urgent first."""
    found = [one for one in instruments if not one.withdrawn and one.valid_until < now + ahead]
    return tuple(sorted(found, key=lambda one: one.valid_until.ns))


@dataclass(frozen=True)
class CheckChart:
    """A control chart of a check watch: individual readings against limits fixed from a baseline.

    Parameters
    ----------
    centre, sigma : float
        Mean of the baseline, and its standard deviation from moving ranges.
    count : int
        Readings in the baseline.
    """

    centre: float
    sigma: float
    count: int

    @property
    def limits(self) -> tuple[float, float]:
        """Lower and upper limit, three standard deviations from the centre."""
        return self.centre - 3 * self.sigma, self.centre + 3 * self.sigma


@dataclass(frozen=True)
class Signal:
    """What a chart says about one reading: ``beyond`` three standard deviations, or the end of a ``run`` on one side."""

    place: int
    rule: str
    message: Message


def check_chart(baseline: Sequence[float]) -> CheckChart:
    """Fix a control chart from readings of a time when all was well.

    Parameters
    ----------
    baseline : sequence of float, length >= 10

    Raises
    ------
    TooFewSamples
        If there are fewer than ten.
    DataError
        If they do not scatter at all.

    Examples
    --------
    >>> chart = check_chart([4.1, 4.3, 4.0, 4.2, 4.1, 4.4, 4.2, 4.0, 4.1, 4.2])
    >>> round(chart.centre, 2), round(chart.sigma, 3)
    (4.16, 0.167)
    """
    x = np.asarray(baseline, dtype=np.float64)
    if x.size < FEWEST:
        raise TooFewSamples(got=x.size, need=FEWEST)
    sigma = float(np.abs(np.diff(x)).mean() / D2)
    if not sigma > 0:
        raise DataError(Message("conformity.laboratory.no_scatter"))
    return CheckChart(float(x.mean()), sigma, x.size)


def signals(chart: CheckChart, readings: Sequence[float]) -> tuple[Signal, ...]:
    """Return where later readings say that the instrument has changed.

    Rules: a reading beyond three standard deviations; the ninth of nine in a row on one side (Nelson 1 and 2).
    """
    found: list[Signal] = []
    run, side = 0, 0
    for place, reading in enumerate(readings):
        distance = (reading - chart.centre) / chart.sigma
        here = (distance > 0) - (distance < 0)
        run, side = (run + 1, side) if here == side != 0 else (abs(here), here)
        if abs(distance) > 3:  # noqa: PLR2004 - three standard deviations
            found.append(
                Signal(place, "beyond", Message("conformity.laboratory.beyond", place=place + 1, sigmas=f"{distance:+.1f}"))
            )
        elif run == RUN:
            found.append(Signal(place, "run", Message("conformity.laboratory.run", place=place + 1, count=RUN)))
    return tuple(found)
