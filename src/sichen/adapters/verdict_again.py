# SPDX-License-Identifier: Apache-2.0
"""A kept verdict told again: what must be said of it in the reader's language, and the rates that it was given on."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from sichen.adapters.conformity_desk import Source, in_order, kept_rates
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.laboratory_book import book_of
from sichen.conformity import Batch, Protocol, WatchVerdict, batch_of_figures, batch_of_rates, judge, read_days
from sichen.conformity.batch import Kind
from sichen.core import JSON, Figure, Message, Record, SichenError

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOSE = 1e-6


@dataclass(frozen=True)
class Again:
    """The series behind a kept verdict, judged again.

    Parameters
    ----------
    verdict : WatchVerdict
    batch : Batch
        Of this watch alone.
    spreads : bool
        Whether its uncertainties are those that were kept: what the chamber added then is not in the table.
    """

    verdict: WatchVerdict
    batch: Batch
    spreads: bool


def protocol_of(folder: DataFolder, record: Record) -> Protocol:
    """Return the plan and the choices that a verdict was given by, as they were.

    Raises
    ------
    DataError
        If the plan is neither built in nor kept.
    """
    said = cast("Mapping[str, JSON]", record.body["protocol"])
    plan = book_of(folder).plan_of(str(said["digest"]))
    return Protocol(plan, str(said["category"]), str(said["decision"]), cast("Mapping[str, str]", said["parameters"]))


def sentences_of(folder: DataFolder, record: Record) -> tuple[Message | str, ...]:
    """Return what a report on a verdict must say: sentences in every language where they are known, else as kept."""
    kept = [str(flag) for flag in cast("list[JSON]", record.body["flags"])]
    try:
        protocol = protocol_of(folder, record)
    except SichenError:
        return tuple(kept)
    measurand = protocol.plan.measurand
    known = [
        Message("conformity.flag.measurand", wanted=measurand.kind, got=str(record.body["measurand"])),
        Message("conformity.flag.usual_u", u=str(measurand.reading_u)),
        Message("conformity.flag.strictest", category=protocol.category),
        *protocol.flags(),
    ]
    by_text = {one.text("en"): one for one in known}
    return tuple(by_text.get(text, text) for text in kept)


def judged_again(folder: DataFolder, record: Record) -> Again | None:
    """Return the series behind a verdict, judged again; None where it has none, or its table cannot be read any more."""
    try:
        protocol = protocol_of(folder, record)
        batch = _series(folder, record, protocol) if protocol.plan.length else None
        if batch is None or len(batch) != 1:
            return None
        [verdict] = judge(batch, protocol)
    except SichenError:
        return None
    return Again(verdict, batch, _same_spreads(verdict, record))


def _same_spreads(verdict: WatchVerdict, record: Record) -> bool:
    kept = cast("Mapping[str, Mapping[str, float | None]]", record.body["criteria"])
    pairs = [(one.u, kept[one.id]["u"]) for one in verdict.criteria if one.u is not None and one.id in kept]
    return all(then is not None and math.isclose(again, then, rel_tol=CLOSE) for again, then in pairs)


def _series(folder: DataFolder, record: Record, protocol: Protocol) -> Batch | None:
    watch = record.subject.partition(":")[2]
    kind = cast("Kind", record.body["measurand"])
    by_role: dict[str, list[str]] = {}
    for link in record.inputs:
        by_role.setdefault(link.role, []).append(link.digest)
    if "table" in by_role:
        with folder.artifacts.open(by_role["table"][0]) as file:
            text = Source(file.read(), "table.csv").text
        found = read_days(text, protocol, now=record.instant, kind=kind).batch
        return _only(found, watch)
    if "reading" in by_role:
        rates = in_order(kept_rates(folder, by_role["reading"]), protocol)
        return batch_of_figures({watch: [one.rate for one in rates]}) if rates else None
    days = [folder.records.read(digest) for digest in by_role.get("result", ())]
    rows = {str(one.body["quantity"]): one for one in days}
    numbers = [rows.get(f"day {day}") for day in range(1, protocol.plan.length + 1)]
    if any(one is None for one in numbers):
        return None
    return _of_results([one for one in numbers if one is not None], protocol, kind, watch)


def _of_results(days: list[Record], protocol: Protocol, kind: Kind, watch: str) -> Batch:
    """Return the series of a case of the laboratory, each result with the plan's usual uncertainty or its own."""
    spreads = [Figure.from_json(cast("Mapping[str, JSON]", one.body["result"])).u for one in days]
    known = [u for u in spreads if u]
    values = [Decimal(str(one.body["value"])) for one in days]
    decimals = max(0, *(-int(value.normalize().as_tuple().exponent) for value in values))
    u = math.hypot(float(protocol.plan.measurand.reading_u), 10.0**-decimals / math.sqrt(12))
    if known:
        mean = math.sqrt(sum(one * one for one in known) / len(known))
        u = mean / math.sqrt(2) if kind == "daily_rate" else mean
    return batch_of_rates([values], u=u, kind=kind, watches=[watch])


def _only(batch: Batch, watch: str) -> Batch | None:
    if watch not in batch.watches:
        return None
    place = batch.watches.index(watch)
    u = batch.u[place : place + 1] if len(batch.u) > 1 else batch.u
    return Batch((watch,), batch.rates[place : place + 1], batch.decimals, batch.kind, u)
