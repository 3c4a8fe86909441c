# SPDX-License-Identifier: Apache-2.0
"""What stands below the main result, each for the reader who opens it: rate, time error, power laws, hat, course."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sichen.core import DataError, Language, Message
from sichen.stability import (
    NOISES,
    DynamicDeviations,
    Hat,
    MeanRate,
    TimeError,
    cornered_hat,
    differences_of_clocks,
    dynamic_deviations,
    fit_power_laws,
    mean_rate,
    time_error,
)
from sichen.web.stability.computing import Answer, Clock

T = TypeVar("T")
WINDOWS = 8
HAT = 3


@dataclass(frozen=True)
class Law:
    """One power law of a clock: its name, h of the spectrum S_y = Σ h f^α, its relative uncertainty in per cent."""

    alpha: int
    noise: str
    level: float
    percent: float | None


@dataclass(frozen=True)
class Told(Generic[T]):
    """What a clock gave, or why it gave nothing."""

    clock: Clock
    value: T | None
    problem: Message | None = None


@dataclass(frozen=True)
class Further:
    """The sections below the main result; an empty one is not shown."""

    rates: tuple[Told[MeanRate], ...]
    errors: tuple[Told[TimeError], ...]
    laws: tuple[Told[tuple[Law, ...]], ...]
    hat: Told[Hat] | None
    course: Told[DynamicDeviations] | None


def further(found: Answer, language: Language) -> Further:
    """Compute the sections for every clock; a watch's reading states its own rate, so its beats do not."""
    clocks = found.clocks
    named = [clock for clock in clocks if clock.reading is None]
    return Further(
        rates=tuple(_told(clock, lambda clock: mean_rate(clock.series)) for clock in named),
        errors=tuple(_told(clock, lambda clock: time_error(clock.series, window=_window(clock))) for clock in named),
        laws=tuple(_told(clock, lambda clock: _laws(clock, found)) for clock in clocks),
        hat=_told(clocks[0], lambda _clock: _separated(clocks, language)) if len(clocks) >= HAT else None,
        course=_told(clocks[0], _course),
    )


def _told(clock: Clock, ask: Callable[[Clock], T]) -> Told[T]:
    try:
        return Told(clock, ask(clock))
    except DataError as error:
        return Told(clock, None, error.message)


def _window(clock: Clock) -> float:
    """Return a thousand seconds, as a cTE is usually taken over, or one interval where that is longer."""
    return max(1000.0, clock.series.tau0)


def _laws(clock: Clock, found: Answer) -> tuple[Law, ...]:
    fitted = fit_power_laws(found.question.answer(clock.series, "oadev"))
    return tuple(
        Law(alpha, NOISES[alpha], level, 100.0 * fitted.u[alpha] / fitted.q[alpha])
        for alpha, level in fitted.coefficients().items()
        if level > 0
    )


def _separated(clocks: Sequence[Clock], language: Language) -> Hat:
    """Tell the clocks apart; two of one name get a figure in front."""
    names = [clock.label(language) for clock in clocks]
    if len(set(names)) < len(names):
        names = [f"{k} {name}" for k, name in enumerate(names, start=1)]
    return cornered_hat(differences_of_clocks({name: clock.series for name, clock in zip(names, clocks, strict=True)}))


def _course(clock: Clock) -> DynamicDeviations:
    series = clock.series
    window = max(series.duration / WINDOWS, 16.0 * series.tau0)
    return dynamic_deviations(series, "oadev", window=window, step=max(window / 4.0, series.tau0))
