# SPDX-License-Identifier: Apache-2.0
"""From a case to a value: which methods apply, what they say, how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sichen.brand.valuation.inputs import Case
from sichen.brand.valuation.interval import DRAWS, Interval, Share, Swing, central, drawn, interval_of, shares_of, swings_of
from sichen.brand.valuation.methods import GROWTH, Method, method, methods
from sichen.core import JSON, ConfigError, Message

LACKING = "brand.refused.missing"


@dataclass(frozen=True)
class Valuation:
    """What one method says about a brand.

    Parameters
    ----------
    case : Case
    method : Method
    reason : Message or None
        Why the method does not apply.
    value : float or None
        From the best single numbers, in the case's scale.
    interval : Interval or None
    shares : tuple of Share
    swings : tuple of Swing
    """

    case: Case
    method: Method
    reason: Message | None = None
    value: float | None = None
    interval: Interval | None = None
    shares: tuple[Share, ...] = ()
    swings: tuple[Swing, ...] = ()

    @property
    def applicable(self) -> bool:
        """Whether the method gives a value."""
        return self.value is not None

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line and the records say it; money is in the case's scale."""
        split = {share.name: share for share in self.shares}
        sensitivity: list[JSON] = [
            {
                "input": swing.name,
                "at_low": swing.at_low,
                "at_high": swing.at_high,
                "value_low": _finite(swing.value_low),
                "value_high": _finite(swing.value_high),
                "share_first": split[swing.name].first if swing.name in split else None,
                "share_total": split[swing.name].total if swing.name in split else None,
            }
            for swing in self.swings
        ]
        between = self.interval
        return {
            "method": self.method.id,
            "applicable": self.applicable,
            "reason": None if self.reason is None else self.reason.text("en"),
            "value": self.value,
            "low": None if between is None else between.low,
            "high": None if between is None else between.high,
            "level": None if between is None else between.level,
            "undefined_share": None if between is None else between.undefined,
            "currency": self.case.currency,
            "scale": self.case.scale,
            "year": self.case.year,
            "edition": self.case.edition if self.method.id == "excess-earnings" else None,
            "sensitivity": sensitivity,
        }


@dataclass(frozen=True)
class Valuations:
    """What every method says; `best` is the first of the given order that applies."""

    case: Case
    all: tuple[Valuation, ...]

    @property
    def best(self) -> Valuation | None:
        """The method to report first; None when none applies."""
        return next((one for one in self.all if one.applicable), None)


def value(case: Case, *, level: float = 0.9, draws: int = DRAWS, seed: int = 1) -> Valuations:
    """Value a brand by every method that its inputs allow."""
    found = (value_by(case, name, level=level, draws=draws, seed=seed) for name in methods())
    return Valuations(case, tuple(found))


def value_by(case: Case, name: str, *, level: float = 0.9, draws: int = DRAWS, seed: int = 1) -> Valuation:
    """Value a brand by one method, or say why it does not apply.

    Parameters
    ----------
    name : str
        See `methods`.
    level : float
        Probability inside the interval.
    draws : int
        Power of two.
    seed : int

    Raises
    ------
    ConfigError
        If there is no such method, or the level is no probability.
    """
    if not 0 < level < 1:
        raise ConfigError(Message("brand.case.bounds", where="level", found=f"{level:g}", low="0", high="1"))
    chosen = method(name)
    reason = _refusal(case, chosen) or _doubt(case, chosen, level=level, draws=draws, seed=seed)
    if reason is not None:
        return Valuation(case, chosen, reason)
    single = float(chosen.formula(central(case, chosen), case)[0])
    return Valuation(
        case,
        chosen,
        None,
        single,
        interval_of(case, chosen, level=level, draws=draws, seed=seed),
        shares_of(case, chosen, draws=draws, seed=seed),
        swings_of(case, chosen),
    )


def foremost(found: Sequence[Valuation]) -> Valuation:
    """Return the first that applies; where none does, the first that was refused for what its inputs say, not for lacking some."""
    ranked = sorted(found, key=lambda one: (not one.applicable, one.reason is not None and one.reason.key == LACKING))
    return ranked[0]


def _refusal(case: Case, chosen: Method) -> Message | None:
    missing = chosen.missing(case)
    if missing:
        return Message(LACKING, names=", ".join(missing))
    numbers = central(case, chosen)
    return next((Message(key) for refuses, key in chosen.checks if refuses(numbers).any()), None)


def _doubt(case: Case, chosen: Method, *, level: float, draws: int, seed: int) -> Message | None:
    """Refuse a method whose own condition fails so often that the end of its interval would be a value it refuses."""
    numbers = drawn(case, chosen, draws=draws, seed=seed)
    for refuses, key in chosen.checks:
        share = float(np.mean(refuses(numbers)))
        if key != GROWTH and share > (1 - level) / 2:
            return Message("brand.refused.in_draws", percent=f"{100 * share:.0f}", reason=Message(key))
    return None


def _finite(number: float) -> float | None:
    return number if abs(number) < float("inf") else None
