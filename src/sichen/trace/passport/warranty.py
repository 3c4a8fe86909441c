# SPDX-License-Identifier: Apache-2.0
"""Warranty rules as dated data, and until when one covers a watch."""

import calendar
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sichen.core import ConfigError, Instant, Language, Message

_MONTHS = 12


@dataclass(frozen=True)
class WarrantyRule:
    """A rule of warranty.

    Parameters
    ----------
    name : str
    en, zh : str
    months : int
        How long it covers, from the sale.
    from_price, below_price : float
        Prices it is for, in `currency`; the upper one does not belong to them.
    currency, since, source : str
    verified : bool
        Whether somebody read the rule itself.
    """

    name: str
    en: str
    zh: str
    months: int
    from_price: float
    below_price: float
    currency: str
    since: str
    source: str
    verified: bool

    def text(self, language: Language) -> str:
        """Return what the rule says."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Warranty:
    """What covers a watch, from when until when; the end does not belong to the time."""

    rule: WarrantyRule
    start: Instant
    end: Instant

    def covers(self, at: Instant) -> bool:
        """Tell whether the watch is covered at a moment."""
        return self.start.ns <= at.ns < self.end.ns


@cache
def warranty_rules() -> Mapping[str, WarrantyRule]:
    """Return the rules of `data/warranty.toml` by name."""
    text = resources.files(__package__).joinpath("data/warranty.toml").read_text(encoding="utf-8")
    return {name: WarrantyRule(name, **table) for name, table in tomllib.loads(text).items()}


def warranty_rule(name: str) -> WarrantyRule:
    """Return a rule by name.

    Raises
    ------
    ConfigError
        If there is none.
    """
    try:
        return warranty_rules()[name]
    except KeyError:
        raise ConfigError(Message("trace.passport.no_rule", name=name, known=", ".join(warranty_rules()))) from None


def rule_for(price: float, *, currency: str, at: Instant) -> WarrantyRule:
    """Choose the rule for a price, so that the price itself need not be kept.

    Examples
    --------
    >>> rule_for(12_000, currency="CNY", at=Instant.parse("2026-11-23T08:00:00Z")).months
    24
    """
    day = at.isoformat()[:10]
    for rule in warranty_rules().values():
        if rule.currency == currency and rule.since <= day and rule.from_price <= price < rule.below_price:
            return rule
    raise ConfigError(Message("trace.passport.no_rule", name=f"{price:g} {currency}", known=", ".join(warranty_rules())))


def warranty_from(rule: WarrantyRule, start: Instant) -> Warranty:
    """Return what a rule covers from a sale on."""
    return Warranty(rule, start, months_later(start, rule.months))


def months_later(start: Instant, months: int) -> Instant:
    """Return the same day and time some months later, or the last day of a shorter month.

    Examples
    --------
    >>> months_later(Instant.parse("2026-08-31T10:00:00Z"), 6).isoformat()[:10]
    '2027-02-28'
    """
    text = start.isoformat()
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    years, place = divmod(month - 1 + months, _MONTHS)
    last = calendar.monthrange(year + years, place + 1)[1]
    return Instant.parse(f"{year + years:04d}-{place + 1:02d}-{min(day, last):02d}{text[10:]}")
