# SPDX-License-Identifier: Apache-2.0
"""Folding events and records into a passport. Nothing is thrown away that contradicts: it is told."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sichen.core import Instant, Message, Record, SichenError
from sichen.trace.epcis.event import Table, text_of
from sichen.trace.passport.happening import Happening, happenings
from sichen.trace.passport.life import Conflict, Custody, Fitting, Life, Sale, Service
from sichen.trace.passport.ownership import HandOver
from sichen.trace.passport.repair import RepairSheet
from sichen.trace.passport.warranty import months_later, warranty_from, warranty_rules
from sichen.trace.passport.writing import Mark

READING, CERTIFICATE = "bench.reading", "conformity.certificate"
KNOWN_ROLES = ("movement", "case", "dial", "hands", "crystal", "crown", "strap", "mainspring", "part", "lot")
_UNIQUE = frozenset({"movement", "case"})
"""Parts of which a watch has one at a time."""
_OWNERS = frozenset({"sold", "handed_over", "serviced", "shipped"})
"""What nobody honest does with a stolen watch."""
_GUESTS = frozenset({"service", "shipment"})


@dataclass
class _Fold:
    """A passport while it grows."""

    link: str
    records: Mapping[str, Record]
    product: dict[str, str] = field(default_factory=dict)
    maker: str = ""
    commissioned: Happening | None = None
    fittings: list[Fitting] = field(default_factory=list)
    elsewhere: dict[str, Happening] = field(default_factory=dict)
    made: list[Happening] = field(default_factory=list)
    swaps: list[Happening] = field(default_factory=list)
    sale: Sale | None = None
    owner: str = ""
    custody: list[Custody] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    marks: dict[Mark, Happening] = field(default_factory=dict)
    retired: Happening | None = None
    timeline: list[Happening] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    def conflict(self, one: Happening, name: str, *others: str, **blanks: str | Message) -> None:
        message = Message(f"trace.passport.conflict.{name}", **blanks)
        self.conflicts.append(Conflict(one.at, message, (one.event, *(other for other in others if other))))


def fold(link: str, events: Iterable[Table], records: Iterable[Record] = (), *, at: Instant) -> Life:
    """Fold what was told about a watch into its passport.

    Parameters
    ----------
    link : str
        Digital Link of the watch.
    events : iterable of mapping
        Events that name the watch, and those that name its parts: where a movement stands in two watches at once, only
        the events of the movement tell.
    records : iterable of Record
        Records about the watch: readings, certificates and others.
    at : Instant
        The passport as of this moment: what happened later is left out.

    Returns
    -------
    Life

    Examples
    --------
    >>> from sichen.trace.passport.writing import commissioned
    >>> link, day = "https://id.gs1.org/01/09520123456788/21/42", Instant.parse("2026-11-23T08:00:00Z")
    >>> life = fold(link, [commissioned(link, at=day, product={"brand": "Haiyan"})], at=day)
    >>> life.serial, life.status, life.product["brand"]
    ('42', 'made', 'Haiyan')
    """
    about = sorted((record for record in records if record.instant.ns <= at.ns), key=lambda record: record.instant.ns)
    state = _Fold(link, {record.digest: record for record in about})
    for one in happenings(events):
        if one.at.ns > at.ns:
            continue
        if link in one.watches:
            state.timeline.append(one)
            _check_order(state, one)
            _STEPS.get(one.kind, _nothing)(state, one)
        elif one.kind in {"installed", "removed"}:
            _part_elsewhere(state, one)
            state.swaps.append(one)
        elif one.kind == "assembled":
            state.made.append(one)
    return _life(state, at, about)


def _life(state: _Fold, at: Instant, about: list[Record]) -> Life:
    serial = state.link.rpartition("/21/")[2]
    inside = {state.link, *(fitting.part.link for fitting in state.fittings)}
    made = [one for one in state.made if inside & set(one.watches)]
    return Life(
        state.link,
        serial,
        at,
        state.product,
        state.maker,
        None if state.commissioned is None else state.commissioned.at,
        tuple(state.fittings),
        _lots(made, (one for one in state.swaps if inside & set(one.watches))),
        tuple(record for record in about if record.kind == READING),
        tuple(record for record in about if record.kind == CERTIFICATE),
        tuple(record for record in about if record.kind not in {READING, CERTIFICATE}),
        state.sale,
        state.owner,
        tuple(state.custody),
        tuple(state.services),
        state.marks,
        state.retired,
        tuple(state.timeline),
        tuple(sorted(state.conflicts, key=lambda conflict: conflict.at.ns)),
    )


def _lots(made: Iterable[Happening], swaps: Iterable[Happening]) -> tuple[Fitting, ...]:
    """Return which lots went into the watch's parts when they were made, and which replaced them there."""
    found = [Fitting(part, one.at, None, one.event, within) for one in made for within in one.watches for part in one.parts]
    for one in swaps:
        for part in (part for part in one.parts if part.lot):
            within = one.watches[0]
            place = next((i for i, f in enumerate(found) if (f.end, f.part.link, f.within) == (None, part.link, within)), None)
            if one.kind == "installed" and place is None:
                found.append(Fitting(part, one.at, None, one.event, within))
            elif one.kind == "removed" and place is not None:
                found[place] = replace(found[place], end=one.at)
    return tuple(found)


def _check_order(state: _Fold, one: Happening) -> None:
    if state.commissioned is None and one.kind not in {"commissioned", "assembled", "installed", "removed"}:
        state.conflict(one, "before_commissioning", what=Message(f"trace.passport.kind.{one.kind}"))
    if state.retired is not None:
        state.conflict(one, "after_end", state.retired.event, what=Message(f"trace.passport.kind.{one.kind}"))
    for mark in ("stolen", "lost"):
        if mark in state.marks and one.kind in _OWNERS:
            state.conflict(one, "while_missing", state.marks[mark].event, what=Message(f"trace.passport.kind.{one.kind}"))


def _commissioned(state: _Fold, one: Happening) -> None:
    if state.commissioned is not None:
        state.conflict(one, "twice_commissioned", state.commissioned.event)
        return
    state.commissioned = one
    said = {name.removeprefix("sichen:"): str(value) for name, value in one.said.items() if isinstance(value, str) and value}
    state.maker = said.pop("maker", "")
    state.product = said


def _assembled(state: _Fold, one: Happening) -> None:
    state.made.append(one)


def _installed(state: _Fold, one: Happening) -> None:
    for part in one.parts:
        other = next((f for f in state.fittings if f.end is None and f.part.role == part.role and part.role in _UNIQUE), None)
        if other is not None:
            state.conflict(one, "two_at_once", other.event, role=role_word(part.role), part=part.link, other=other.part.link)
        if part.link in state.elsewhere and not part.lot:
            held = state.elsewhere[part.link]
            state.conflict(one, "in_two_watches", held.event, part=part.link, watch=held.watches[0])
        state.fittings.append(Fitting(part, one.at, None, one.event))


def role_word(role: str) -> Message:
    """Return what a part is called; a word of the house's own stands as it is."""
    return Message(f"trace.passport.role.{role}") if role in KNOWN_ROLES else Message.plain(role)


def _removed(state: _Fold, one: Happening) -> None:
    for part in one.parts:
        place = next((i for i, f in enumerate(state.fittings) if f.end is None and f.part.link == part.link), None)
        if place is None and any(
            part.link == lot.link for made in state.made for lot in made.parts if state.link in made.watches
        ):
            state.swaps.append(replace(one, parts=(part,)))
        elif place is None:
            state.conflict(one, "not_inside", part=part.link)
        else:
            state.fittings[place] = replace(state.fittings[place], end=one.at)


def _part_elsewhere(state: _Fold, one: Happening) -> None:
    for part in one.parts:
        if part.lot:
            continue
        if one.kind == "removed":
            state.elsewhere.pop(part.link, None)
            continue
        state.elsewhere[part.link] = one
        mine = next((f for f in state.fittings if f.end is None and f.part.link == part.link), None)
        if mine is not None:
            state.conflict(one, "in_two_watches", mine.event, part=part.link, watch=one.watches[0])


def _passed_on(state: _Fold, one: Happening) -> None:
    party, kind = text_of(one.said, "sichen:party"), text_of(one.said, "sichen:kind")
    if party:
        _hold(state, party, kind or "shipment", one)


def _sold(state: _Fold, one: Happening) -> None:
    if state.sale is not None:
        state.conflict(one, "twice_sold", state.sale.event)
        return
    rule = warranty_rules().get(text_of(one.said, "sichen:warranty"))
    warranty = None if rule is None else warranty_from(rule, one.at)
    state.sale = Sale(one.at, text_of(one.said, "sichen:retailer"), warranty, one.event)
    state.owner = text_of(one.said, "sichen:owner")
    _hold(state, state.owner, "owner", one)


def _handed_over(state: _Fold, one: Happening) -> None:
    said = one.said
    try:
        signed_at = Instant.parse(text_of(said, "sichen:at"))
    except SichenError:
        signed_at = one.at
    giver, taker = text_of(said, "sichen:from"), text_of(said, "sichen:to")
    over = HandOver(state.link, giver, taker, signed_at, text_of(said, "sichen:signature"))
    if not over.is_valid():
        state.conflict(one, "unsigned_hand_over")
    elif giver != state.owner:
        state.conflict(one, "not_the_owner", state.sale.event if state.sale else "")
    else:
        state.owner = taker
        _hold(state, taker, "owner", one)


def _serviced(state: _Fold, one: Happening) -> None:
    try:
        sheet = RepairSheet.from_event(one.said)
    except (SichenError, TypeError, ValueError):
        state.conflict(one, "no_sheet")
        return
    missing = [digest for digest in (*sheet.before, *sheet.after) if digest not in state.records]
    if missing:
        state.conflict(one, "reading_missing", count=str(len(missing)), sheet=sheet.number)
    before, after = (
        tuple(state.records[digest] for digest in digests if digest in state.records) for digests in (sheet.before, sheet.after)
    )
    until = months_later(one.at, sheet.warranty_months) if sheet.warranty_months else None
    state.services.append(Service(one.at, text_of(one.said, "sichen:by"), sheet, before, after, until, one.event))
    # The watch goes back to whoever owns it with the entry that closes the sheet.
    if state.custody and state.custody[-1].kind == "service" and sheet.accepted and state.owner:
        _hold(state, state.owner, "owner", one)


def _marked(state: _Fold, one: Happening) -> None:
    if one.kind in {"stolen", "lost", "recalled"}:
        state.marks.setdefault(one.kind, one)


def _found(state: _Fold, one: Happening) -> None:
    if not {"stolen", "lost"} & state.marks.keys():
        state.conflict(one, "not_missing")
    state.marks.pop("stolen", None)
    state.marks.pop("lost", None)


def _remedied(state: _Fold, one: Happening) -> None:
    if state.marks.pop("recalled", None) is None:
        state.conflict(one, "not_recalled")


def _retired(state: _Fold, one: Happening) -> None:
    state.retired = state.retired or one
    if state.custody and state.custody[-1].end is None:
        state.custody[-1] = replace(state.custody[-1], end=one.at)


def _nothing(_state: _Fold, _one: Happening) -> None:
    """Events without a meaning of their own only stand on the timeline."""


def _hold(state: _Fold, party: str, kind: str, one: Happening) -> None:
    """Pass the watch on; an owner stays the owner while a service centre or a carrier has the watch."""
    for place, held in enumerate(state.custody):
        waits = held.kind == "owner" and kind in _GUESTS
        if held.end is None and not waits and (held.party, held.kind) != (party, kind):
            state.custody[place] = replace(held, end=one.at)
    if not any(held.end is None and (held.party, held.kind) == (party, kind) for held in state.custody):
        state.custody.append(Custody(party, kind, one.at, None, one.event))


_STEPS: Mapping[str, Callable[[_Fold, Happening], None]] = {
    "commissioned": _commissioned,
    "assembled": _assembled,
    "installed": _installed,
    "removed": _removed,
    "shipped": _passed_on,
    "received": _passed_on,
    "sold": _sold,
    "handed_over": _handed_over,
    "serviced": _serviced,
    "stolen": _marked,
    "lost": _marked,
    "recalled": _marked,
    "found": _found,
    "remedied": _remedied,
    "retired": _retired,
}
