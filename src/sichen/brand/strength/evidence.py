# SPDX-License-Identifier: Apache-2.0
"""Indicators from records: what verdicts, readings, passports, repairs and surveys say, by rules that stand in a table."""

import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

import numpy as np

from sichen.brand.consumer.survey import proportion
from sichen.brand.strength.observed import Observed
from sichen.core import JSON, Message, Record

NS_PER_YEAR = 365.25 * 86400e9
PAIR = 2
MEDIAN_FACTOR = 1.2533141373155  # √(π/2): the standard error of a median over that of a mean, for normal scatter


@dataclass(frozen=True)
class EvidenceRule:
    """How one indicator is computed; the words are explained at the top of ``data/evidence.toml``."""

    indicator: str
    kind: str
    rule: str
    path: str = ""
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    among: tuple[str, ...] = ()
    group: str = ""
    fewest: int = 1
    factor: float = 1.0


@dataclass(frozen=True)
class Gathered:
    """What the records said of one indicator: a value that rests on them, or why there is none."""

    indicator: str
    observed: Observed | None
    reason: Message | None = None


@cache
def evidence_rules() -> Mapping[str, EvidenceRule]:
    """Return the rules by indicator."""
    table = tomllib.loads(resources.files("sichen.brand").joinpath("data/evidence.toml").read_text(encoding="utf-8"))
    found = {}
    for name, row in table.items():
        where = tuple((path, tuple(words)) for path, words in row.pop("where", {}).items())
        good, bad, among = (tuple(row.pop(key, ())) for key in ("good", "bad", "among"))
        found[name] = EvidenceRule(name, where=where, good=good, bad=bad, among=among, **row)
    return found


def evidence_kinds() -> tuple[str, ...]:
    """Return every kind of record that a rule looks at."""
    rules = evidence_rules().values()
    return tuple(dict.fromkeys(kind for rule in rules for kind in (rule.kind, *rule.among)))


def belongs(subject: str, *, brand: str, watches: Sequence[str]) -> bool:
    """Tell whether a subject is the brand itself or one of its watches.

    Parameters
    ----------
    subject : str
        As records have it, e.g. ``watch:Sinan-0001``.
    brand : str
    watches : sequence of str
        Names with ``*`` for anything, as ``Sinan-*``.

    Examples
    --------
    >>> belongs("watch:Sinan-0001", brand="Sinan", watches=["Sinan-*"])
    True
    """
    kind, _, name = subject.partition(":")
    return (kind == "brand" and name == brand) or (kind == "watch" and any(fnmatchcase(name, one) for one in watches))


def gather(records: Iterable[Record], *, brand: str, watches: Sequence[str]) -> tuple[Gathered, ...]:
    """Compute every indicator that the records can tell.

    Parameters
    ----------
    records : iterable of Record
        In any order.
    brand : str
    watches : sequence of str
        Which watches are the brand's, see `belongs`.

    Returns
    -------
    tuple of Gathered
        One an indicator with a rule; where the records are too few its reason says so.
    """
    mine = sorted((one for one in records if belongs(one.subject, brand=brand, watches=watches)), key=_when)
    by_kind: dict[str, list[Record]] = {}
    for one in mine:
        by_kind.setdefault(one.kind, []).append(one)
    return tuple(_gathered(rule, by_kind) for rule in evidence_rules().values())


def _gathered(rule: EvidenceRule, by_kind: Mapping[str, Sequence[Record]]) -> Gathered:
    fitting = [one for one in by_kind.get(rule.kind, ()) if all(_text(one, path) in words for path, words in rule.where)]
    observed = _RULES[rule.rule](rule, fitting, by_kind)
    if isinstance(observed, int):
        few = Message("brand.evidence.too_few", kind=rule.kind, found=observed, need=rule.fewest)
        return Gathered(rule.indicator, None, few)
    return Gathered(rule.indicator, observed)


def _share(rule: EvidenceRule, records: Sequence[Record], _all: Mapping[str, Sequence[Record]]) -> Observed | int:
    told = _latest(one for one in records if _text(one, rule.path) in (*rule.good, *rule.bad))
    good = [_text(one, rule.path) in rule.good for one in told]
    return _percent(rule, good, told)


def _entries(rule: EvidenceRule, records: Sequence[Record], _all: Mapping[str, Sequence[Record]]) -> Observed | int:
    told = [one for one in records if _text(one, rule.path) in (*rule.good, *rule.bad)]
    return _percent(rule, [_text(one, rule.path) in rule.good for one in told], told)


def _covered(rule: EvidenceRule, records: Sequence[Record], by_kind: Mapping[str, Sequence[Record]]) -> Observed | int:
    known = {one.subject: one for one in records}
    asked = {one.subject: one for kind in rule.among for one in by_kind.get(kind, ())}
    rests_on = [known.get(subject, one) for subject, one in asked.items()]
    # Where nobody gives passports at all there is nothing to say: an office that keeps none is not a brand without any.
    return 0 if not records else _percent(rule, [subject in known for subject in asked], rests_on)


def _yearly(rule: EvidenceRule, records: Sequence[Record], by_kind: Mapping[str, Sequence[Record]]) -> Observed | int:
    made = {one.subject: one for kind in rule.among for one in by_kind.get(kind, ())}
    if len(made) < rule.fewest:
        return len(made)
    returned = [one for one in records if _text(one, rule.path) in rule.good]
    latest = max(_when(one) for one in (*made.values(), *records))
    years = sum(max(latest - _when(one), 0) for one in made.values()) / NS_PER_YEAR
    if years <= 0:
        return 0
    count = len(returned)
    return _observed(rule, 100 * count / years, 100 * math.sqrt(max(count, 1)) / years, [*returned, *made.values()])


def _spread(rule: EvidenceRule, records: Sequence[Record], _all: Mapping[str, Sequence[Record]]) -> Observed | int:
    groups: dict[str, list[Record]] = {}
    for one in records:
        if _figure(one, rule.path) is not None:
            groups.setdefault(_text(one, rule.group) if rule.group else "", []).append(one)
    largest = max(groups.values(), key=lambda rows: len({one.subject for one in rows}), default=[])
    watches: dict[str, list[tuple[float, float]]] = {}
    for one in largest:
        pair = _figure(one, rule.path)
        if pair is not None:
            watches.setdefault(one.subject, []).append(pair)
    if len(watches) < max(rule.fewest, PAIR):
        return len(watches)
    means = np.array([np.mean([value for value, _ in rows]) for rows in watches.values()])
    own = np.mean([sum(u**2 for _, u in rows) / len(rows) ** 2 for rows in watches.values()])
    spread = math.sqrt(max(float(np.var(means, ddof=1)) - float(own), 0.0))
    return _observed(rule, spread, float(np.std(means, ddof=1)) / math.sqrt(2 * (len(watches) - 1)), largest)


def _median(rule: EvidenceRule, records: Sequence[Record], _all: Mapping[str, Sequence[Record]]) -> Observed | int:
    told = [(one, number) for one in records if (number := _number(one, rule.path)) is not None]
    if len(told) < max(rule.fewest, PAIR):
        return len(told)
    numbers = np.array([number for _, number in told])
    u = MEDIAN_FACTOR * float(np.std(numbers, ddof=1)) / math.sqrt(numbers.size)
    return _observed(rule, float(np.median(numbers)), u, [one for one, _ in told])


def _latest_figure(rule: EvidenceRule, records: Sequence[Record], _all: Mapping[str, Sequence[Record]]) -> Observed | int:
    for one in reversed(records):
        pair = _figure(one, rule.path)
        if pair is not None:
            return _observed(rule, rule.factor * pair[0], rule.factor * pair[1], [one])
    return 0


_Rule = Callable[[EvidenceRule, Sequence[Record], Mapping[str, Sequence[Record]]], Observed | int]
_RULES: Mapping[str, _Rule] = {
    "share": _share, "entries": _entries, "covered": _covered, "yearly": _yearly, "spread": _spread, "median": _median, "figure": _latest_figure,
}  # fmt: skip


def _percent(rule: EvidenceRule, good: Sequence[bool], records: Sequence[Record]) -> Observed | int:
    if len(good) < rule.fewest:
        return len(good)
    share = proportion(np.array(good, np.float64), np.ones(len(good)))
    return _observed(rule, 100 * share.value, 100 * share.u, records)


def _observed(rule: EvidenceRule, value: float, u: float, records: Iterable[Record]) -> Observed:
    return Observed(value, u, f"{rule.kind}, {rule.rule}", "A", tuple(dict.fromkeys(one.digest for one in records)))


def _latest(records: Iterable[Record]) -> list[Record]:
    """Return the last record of each subject; they come in order of time."""
    return list({one.subject: one for one in records}.values())


def _when(record: Record) -> int:
    return record.instant.ns


def _at(record: Record, path: str) -> JSON:
    found: JSON = dict(record.body)
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _text(record: Record, path: str) -> str:
    found = _at(record, path)
    if isinstance(found, bool):
        return "yes" if found else "no"
    return "" if found is None else str(found)


def _number(record: Record, path: str) -> float | None:
    found = _at(record, path)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _figure(record: Record, path: str) -> tuple[float, float] | None:
    found = _at(record, path)
    if not isinstance(found, Mapping):
        return None
    value, u = found.get("value"), found.get("u")
    if not isinstance(value, int | float) or not isinstance(u, int | float):
        return None
    return float(value), float(u)
