# SPDX-License-Identifier: Apache-2.0
"""Verdicts as a page shows them, fresh ones with their rates drawn, and kept ones from their records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from markupsafe import Markup

from sichen.conformity import Judged, Limits, WatchVerdict, plans
from sichen.core import JSON, Figure, Language, Message, Record, units
from sichen.web.conformity.drawing import rates_svg

STATE = {"accept": "good", "reject": "wrong", "undecided": "care"}
MOST_DRAWN = 24
"""Watches that a page shows one by one; of more it shows a table."""
WORDS: Mapping[object, str] = {True: "accept", False: "reject", None: "undecided"}


@dataclass(frozen=True)
class Row:
    """One criterion of a verdict."""

    name: str
    title: str
    figure: Figure
    limits: str
    verdict: str
    probability: str
    reason: str

    @property
    def state(self) -> str:
        """The mark that stands before it."""
        return STATE[self.verdict]


@dataclass(frozen=True)
class Shown:
    """One watch with its verdict.

    Parameters
    ----------
    watch, verdict, risk : str
    rows : tuple of Row
    flags : tuple of str
        What a report must say.
    svg : Markup
        Its rates; empty where there is no series.
    record : str
        Digest of the kept verdict, or empty.
    """

    watch: str
    verdict: str
    risk: str
    rows: tuple[Row, ...]
    flags: tuple[str, ...]
    svg: Markup = Markup()  # noqa: RUF009 - an empty text
    record: str = ""

    @property
    def state(self) -> str:
        """The mark that stands before it."""
        return STATE[self.verdict]


def fresh(judged: Judged, records: tuple[Record, ...], language: Language) -> Iterator[Shown]:
    """Yield what was just judged, as many as a page shows one by one."""
    places = {} if judged.batch is None else {watch: place for place, watch in enumerate(judged.batch.watches)}
    digests = {record.subject.partition(":")[2]: record.digest for record in records}
    for one in judged.verdicts[:MOST_DRAWN]:
        svg = Markup()
        if judged.batch is not None and one.protocol.plan.length:
            svg = rates_svg(one, judged.batch, places[one.watch], language)
        yield Shown(
            one.watch,
            one.verdict,
            risk(one.verdict, one.risks.consumer, one.risks.producer, language),
            tuple(_row(one, place, language) for place in range(len(one.criteria))),
            tuple(flag.text(language) for flag in one.flags()),
            svg,
            digests.get(one.watch, ""),
        )


def kept(record: Record, language: Language) -> Shown:
    """Return a kept verdict."""
    body = record.body
    protocol = cast("Mapping[str, JSON]", body["protocol"])
    plan = plans().get(str(protocol["plan"]))
    titles = {} if plan is None else {one.id: one.title(language) for one in plan.criteria}
    rows = []
    for name, found in cast("Mapping[str, Mapping[str, JSON]]", body["criteria"]).items():
        unit = str(found["unit"])
        rows.append(
            Row(
                name,
                titles.get(name, name),
                Figure.from_json(found),
                bounds(_number(found["limit_low"]), _number(found["limit_high"]), unit, language),
                WORDS[found["pass"]],
                _share(_number(found["probability"])),
                str(found.get("reason") or ""),
            )
        )
    verdict = str(body["verdict"])
    told = risk(verdict, _number(body["consumer_risk"]), _number(body["producer_risk"]), language)
    flags = tuple(str(flag) for flag in cast("list[JSON]", body["flags"]))
    return Shown(record.subject.partition(":")[2], verdict, told, tuple(rows), flags, record=record.digest)


def bounds(low: float | str | None, high: float | str | None, unit: str, language: Language = "en") -> str:
    """Write the limits of a criterion.

    Examples
    --------
    >>> bounds(-4, 6, "s/d"), bounds(None, 5, "s/d"), bounds(None, None, "1")
    ('−4 … +6 s/d', '≤ 5 s/d', '—')
    """
    known = units()[unit]
    tail = "" if unit == "1" else f" {known.zh if language == 'zh' else known.symbol}"
    if low is not None and high is not None:
        return f"{_written(low)} … {_written(high, sign=True)}{tail}"
    if low is None and high is None:
        return "—"
    return f"≥ {_written(low)}{tail}" if low is not None else f"≤ {_written(high)}{tail}"


def limits_text(limits: Limits, unit: str, language: Language = "en") -> str:
    """Write limits as the plan has them, with all their digits."""
    low, high = (None if end is None else str(end) for end in (limits.low, limits.high))
    return bounds(low, high, unit, language)


def risk(verdict: str, consumer: float | None, producer: float | None, language: Language) -> str:
    """Say how likely it is that the verdict is wrong."""
    share = producer if verdict == "reject" else consumer
    if share is None:
        return ""
    key = "producer_risk" if verdict == "reject" else "consumer_risk"
    percent = "< 0.01 %" if share < 1e-4 else f"{100 * share:.2g} %"  # noqa: PLR2004 - ten thousand draws
    return Message(f"conformity.certificate.page.{key}", risk=percent).text(language)


def _row(one: WatchVerdict, place: int, language: Language) -> Row:
    found = one.criteria[place]
    return Row(
        found.id,
        found.criterion.title(language),
        found.figure(),
        limits_text(found.limits, found.criterion.unit, language),
        found.verdict,
        _share(found.probability),
        "" if found.reason is None else found.reason.text(language),
    )


def _share(probability: float | None) -> str:
    if probability is None:
        return "—"
    percent = 100 * probability
    return "> 99.99 %" if percent > 99.99 else "< 0.01 %" if percent < 0.01 else f"{percent:.4g} %"  # noqa: PLR2004


def _written(value: float | str | None, *, sign: bool = False) -> str:
    text = value if isinstance(value, str) else f"{value:g}"
    plus = "+" if sign and float(text) > 0 else ""
    return plus + text.replace("-", "−")


def _number(value: JSON) -> float | None:
    return float(value) if isinstance(value, int | float) else None
