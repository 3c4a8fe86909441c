# SPDX-License-Identifier: Apache-2.0
"""The credit record (诚信记录): published rules, points with reason, source and expiry, appeal and repair; no hidden score."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day  # noqa: N812 - the word is taken by a parameter
from functools import cache
from importlib import resources
from typing import Any, Literal

from sichen.core import JSON, DataError, Language, Message, NotFound

State = Literal["standing", "appealed", "upheld", "struck", "repaired"]
COUNTS = ("standing", "upheld")
"""States in which an entry counts: while an appeal is open it does not."""


@dataclass(frozen=True)
class Entry:
    """One entry of a firm's record.

    Parameters
    ----------
    rule : str
        Of the published rules.
    date : str
        ``2026-03-01``: when it happened.
    reason, source : str
        In words, and where it can be checked.
    state : {"standing", "appealed", "upheld", "struck", "repaired"}
    note : str
        Of the appeal or the repair.
    """

    rule: str
    date: str
    reason: str
    source: str
    state: State = "standing"
    note: str = ""


@dataclass(frozen=True)
class Line:
    """An entry with its points on a day, and why it does or does not count."""

    entry: Entry
    points: int
    expires: str
    counts: bool
    why: Message


@dataclass(frozen=True)
class CreditRecord:
    """A firm's record on a day: every point can be read off its lines."""

    firm: str
    date: str
    points: int
    lines: tuple[Line, ...]
    edition: str

    def to_json(self) -> dict[str, JSON]:
        """Return the record as plain JSON."""
        lines: list[JSON] = [
            {
                **vars(one.entry),
                "points": one.points,
                "expires": one.expires,
                "counts": one.counts,
                "why": one.why.text("en"),
            }
            for one in self.lines
        ]
        return {"firm": self.firm, "date": self.date, "points": self.points, "edition": self.edition, "lines": lines}


@cache
def credit_rules() -> Mapping[str, Any]:
    """Return the published rules, as the data file has them."""
    text = resources.files("sichen.industry").joinpath("data/credit_rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def rule_name(rule: str, language: Language) -> str:
    """Return what a rule is called."""
    return str(_rule(rule)[language])


def credit_record(firm: str, entries: Sequence[Entry], *, date: str) -> CreditRecord:
    """Add up a firm's record on a day.

    Parameters
    ----------
    firm : str
    entries : sequence of Entry
    date : str
        ``2026-03-01``.

    Raises
    ------
    NotFound
        If an entry names a rule that was not published.
    DataError
        If an entry has no reason or source, or happened after the day asked about.

    Examples
    --------
    >>> bad = Entry("counterfeit", "2024-05-01", "ruling 17", "court register")
    >>> [credit_record("X", [bad], date=day).points for day in ("2024-06-01", "2029-06-01")]
    [-50, 0]
    """
    lines = tuple(_line(one, date) for one in sorted(entries, key=lambda one: (one.date, one.rule)))
    points = sum(one.points for one in lines if one.counts)
    return CreditRecord(firm, date, points, lines, str(credit_rules()["edition"]))


def appealed(entry: Entry, *, note: str) -> Entry:
    """Open an appeal: the entry does not count until it is decided."""
    return _changed(entry, "appealed", note, ("standing",))


def decided(entry: Entry, *, upheld: bool, note: str) -> Entry:
    """Decide an appeal."""
    return _changed(entry, "upheld" if upheld else "struck", note, ("appealed",))


def repaired(entry: Entry, *, note: str) -> Entry:
    """Note that a firm made good what it did, where the rule allows it.

    Raises
    ------
    DataError
        If the rule allows no repair.
    """
    if not _rule(entry.rule)["repair"]:
        raise DataError(Message("industry.credit.no_repair", rule=entry.rule))
    return _changed(entry, "repaired", note, COUNTS)


def _changed(entry: Entry, state: State, note: str, allowed: Sequence[str]) -> Entry:
    if entry.state not in allowed or not note.strip():
        raise DataError(Message("industry.credit.state", state=entry.state, wanted=state))
    return Entry(entry.rule, entry.date, entry.reason, entry.source, state, note)


def _line(entry: Entry, date: str) -> Line:
    rule = _rule(entry.rule)
    if not entry.reason.strip() or not entry.source.strip():
        raise DataError(Message("industry.credit.unsourced", rule=entry.rule, date=entry.date))
    try:
        Day.fromisoformat(entry.date)
    except ValueError as error:
        raise DataError(Message("industry.credit.date", date=entry.date)) from error
    if entry.date > date:
        raise DataError(Message("industry.credit.later", date=entry.date))
    expires = _after(entry.date, int(rule["months"]))
    if entry.state not in COUNTS:
        return Line(entry, int(rule["points"]), expires, counts=False, why=Message(f"industry.credit.{entry.state}"))
    over = date >= expires
    why = Message("industry.credit.expired" if over else "industry.credit.counts", date=expires)
    return Line(entry, int(rule["points"]), expires, counts=not over, why=why)


def _rule(name: str) -> Mapping[str, Any]:
    rules: Mapping[str, Mapping[str, Any]] = credit_rules()["rule"]
    if name not in rules:
        raise NotFound(Message("industry.credit.rule", rule=name, known=", ".join(rules)))
    return rules[name]


def _after(date: str, months: int) -> str:
    """Return the day so many months later; the 31st of a short month is its last day as text sorts."""
    year, month, day = (int(part) for part in date.split("-"))
    place = year * 12 + month - 1 + months
    return f"{place // 12:04d}-{place % 12 + 1:02d}-{day:02d}"
