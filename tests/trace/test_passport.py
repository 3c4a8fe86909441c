# SPDX-License-Identifier: Apache-2.0
"""Passports of watches in situations: a swap, a theft, a false seller, two movements, a repair."""

import random
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.trace.watch_lives import (
    BALANCES,
    CHEN,
    LIN,
    MOVEMENT,
    MOVEMENT_PART,
    OTHER_MOVEMENT,
    OTHER_WATCH,
    SHOP,
    WATCH,
    WORKSHOP,
    birth,
    day,
    key_of,
    reading,
    repair,
    sale,
)

from sichen.core import JSON, Instant
from sichen.trace.epcis import Clock, Document, faults_of_events, read_document, to_jsonld, write_json
from sichen.trace.epcis.event import Table
from sichen.trace.exports import from_claims, from_credential, from_dpp, to_claims, to_credential, to_dpp
from sichen.trace.genealogy import MemoryIndex, backward, recall
from sichen.trace.passport import (
    PREFIXES,
    HandOver,
    Life,
    Part,
    RegisterEntry,
    RepairSheet,
    Replacement,
    commissioned,
    declared_error,
    fold,
    handed_over,
    installed,
    links_of,
    marked,
    matching,
    owner_key,
    prefix_length,
    register_hash,
    removed,
    retired,
    rule_for,
    sign_hand_over,
    sold,
    to_passport,
    view,
)
from sichen.trace.roles import WHATS, Bond, allowed, relations

LATE = day(300)
ALL = frozenset(WHATS)


def told(life: Life) -> list[str]:
    """Return which conflicts a passport tells."""
    return [one.message.key.rpartition(".")[2] for one in life.conflicts]


def handing(at: int, *, giver: bytes = LIN, taker: bytes = CHEN) -> Table:
    return handed_over(sign_hand_over(owner_key(giver, WATCH), watch=WATCH, taker=key_of(taker), at=day(at)))


def test_a_watch_has_its_movement_its_lots_its_sale_and_its_warranty() -> None:
    life = fold(WATCH, [*birth(), *sale()], [reading(4)], at=LATE)
    assert life.status == "sold"
    assert life.movement is not None
    assert life.movement.part.link == MOVEMENT
    assert [one.part.link for one in life.lots] == [BALANCES]
    assert life.sale is not None
    assert life.sale.warranty is not None
    assert life.sale.warranty.end.isoformat()[:10] == "2027-01-11"
    assert not told(life)


def test_a_passport_as_of_a_day_knows_nothing_of_what_came_later() -> None:
    life = fold(WATCH, [*birth(), *sale()], [reading(4), reading(20)], at=day(6))
    assert life.status == "made"
    assert len(life.readings) == 1


@given(st.integers(0, 10**6))
@settings(max_examples=40)
def test_the_order_in_which_events_arrive_does_not_matter(seed: int) -> None:
    events = [*birth(), *sale(), handing(30), marked([WATCH], "stolen", at=day(40))]
    shuffled = list(events)
    random.Random(seed).shuffle(shuffled)
    assert fold(WATCH, shuffled, at=LATE) == fold(WATCH, events, at=LATE)


def test_two_movements_at_once_are_a_conflict_and_a_swap_is_none() -> None:
    second = installed(WATCH, [Part(OTHER_MOVEMENT, "movement")], at=day(20))
    assert told(fold(WATCH, [*birth(), second], at=LATE)) == ["two_at_once"]
    swapped = [*birth(), removed(WATCH, [MOVEMENT_PART], at=day(20)), second]
    life = fold(WATCH, swapped, at=LATE)
    assert not told(life)
    assert [(one.part.link, one.end) for one in life.fittings] == [(MOVEMENT, day(20)), (OTHER_MOVEMENT, None)]


def test_one_movement_in_two_watches_is_a_conflict_in_both() -> None:
    events = [*birth(), installed(OTHER_WATCH, [MOVEMENT_PART], at=day(9))]
    assert told(fold(WATCH, events, at=LATE)) == ["in_two_watches"]
    other = [commissioned(OTHER_WATCH, at=day(1), product={}), *events]
    assert "in_two_watches" in told(fold(OTHER_WATCH, other, at=LATE))


def test_a_sale_before_the_watch_was_commissioned_is_a_conflict() -> None:
    assert told(fold(WATCH, [*birth(), sold(WATCH, owner=key_of(LIN), at=day(1))], at=LATE)) == ["before_commissioning"]


def test_a_signed_hand_over_moves_the_watch_and_a_false_one_does_not() -> None:
    life = fold(WATCH, [*birth(), *sale(), handing(30)], at=LATE)
    assert life.owner == key_of(CHEN)
    assert not told(life)
    false = handed_over(HandOver(WATCH, key_of(LIN), key_of(CHEN), day(30), "00" * 64))
    assert told(fold(WATCH, [*birth(), *sale(), false], at=LATE)) == ["unsigned_hand_over"]
    stranger = handing(30, giver=CHEN, taker=CHEN)
    assert told(fold(WATCH, [*birth(), *sale(), stranger], at=LATE)) == ["not_the_owner"]


def test_a_signature_for_one_watch_is_worth_nothing_for_another() -> None:
    over = sign_hand_over(owner_key(LIN, OTHER_WATCH), watch=OTHER_WATCH, taker=key_of(CHEN), at=day(30))
    assert over.is_valid()
    assert not HandOver(WATCH, over.giver, over.taker, over.at, over.signature).is_valid()


def test_a_stolen_watch_that_is_sold_on_is_a_conflict_until_it_is_found() -> None:
    stolen = [*birth(), *sale(), marked([WATCH], "stolen", at=day(20))]
    assert fold(WATCH, stolen, at=LATE).status == "stolen"
    assert told(fold(WATCH, [*stolen, handing(30)], at=LATE)) == ["while_missing"]
    found = [*stolen, marked([WATCH], "stolen", at=day(25), lifted=True), handing(30)]
    life = fold(WATCH, found, at=LATE)
    assert life.status == "sold"
    assert not told(life)


def test_after_the_end_of_a_watch_nothing_happens_to_it() -> None:
    life = fold(WATCH, [*birth(), retired(WATCH, at=day(50)), *sale(at=60)[1:]], at=LATE)
    assert life.status == "retired"
    assert told(life) == ["after_end"]


def test_an_event_that_was_declared_an_error_did_not_happen() -> None:
    wrong = {**marked([WATCH], "stolen", at=day(20)), "eventID": "urn:uuid:1"}
    life = fold(WATCH, [*birth(), *sale(), wrong, declared_error(wrong, at=day(21))], at=LATE)
    assert life.status == "sold"


def test_a_repair_stands_with_its_readings_before_and_after_and_its_own_warranty() -> None:
    before, after = reading(41, rate=-38.0), reading(42, rate=3.0)
    parts = (Replacement("movement", MOVEMENT, OTHER_MOVEMENT),)
    sheet = RepairSheet("R-7", fault="slow", before=(before.digest,), after=(after.digest,), parts=parts, warranty_months=12)
    events = [*birth(), *sale(), *repair(sheet, at=40)]
    life = fold(WATCH, events, [before, after], at=LATE)
    assert life.status == "in_service"
    assert life.services[0].sheet == sheet
    assert (life.services[0].before, life.services[0].after) == ((before,), (after,))
    assert life.movement is not None
    assert life.movement.part.link == OTHER_MOVEMENT
    assert not told(life)
    assert told(fold(WATCH, events, at=LATE)) == ["reading_missing"]


def test_the_shop_and_the_workshop_are_related_to_the_watch_only_while_they_have_it() -> None:
    sheet = RepairSheet("R-7", accepted=True)
    bonds = fold(WATCH, [*birth(), *sale(), *repair(sheet, at=40), handing(60)], at=LATE).bonds
    when = {
        at: [name for name, party in _parties() if relations(bonds, party, at=day(at)) & {"holder", "owner"}]
        for at in (6, 20, 41, 70)
    }
    assert when == {6: ["shop"], 20: ["lin"], 41: ["lin", "workshop"], 70: ["chen"]}


def _parties() -> list[tuple[str, str]]:
    return [("shop", SHOP), ("lin", key_of(LIN)), ("workshop", WORKSHOP), ("chen", key_of(CHEN))]


def test_the_public_sees_neither_owner_nor_parts_nor_repairs() -> None:
    sheet = RepairSheet("R-7", fault="slow")
    life = fold(WATCH, [*birth(), *sale(), *repair(sheet, at=40)], [reading(4)], at=LATE)
    seen = view(life, allowed("public", {"none"}))
    assert set(seen) == {"product", "status"}
    assert key_of(LIN) not in str(seen)
    assert set(view(life, allowed("brand_admin", {"none", "maker"}))) > {"custody", "parts", "service", "timeline"}


def test_the_links_of_genealogy_end_with_the_casing_and_lead_from_lot_to_owner() -> None:
    events = [*birth(), *sale(), removed(WATCH, [MOVEMENT_PART], at=day(50))]
    links = [link for thing in (BALANCES, MOVEMENT, WATCH) for link in links_of(thing, events)]
    index = MemoryIndex(links)
    assert {one.item for one in backward(index, WATCH, at=day(20).ns)} == {MOVEMENT, BALANCES}
    assert not backward(index, WATCH, at=day(60).ns)
    rows = {row.item: row for row in recall(index, BALANCES, at=day(20)).rows}
    assert rows[WATCH].contains
    assert rows[WATCH].holder == f"owner:{key_of(LIN)[:16]}"
    assert rows[WATCH].holder_kind == "owner"


def test_every_event_of_a_life_is_valid_epcis_and_comes_back_the_same_from_a_document() -> None:
    sheet = RepairSheet("R-7", fault="slow", parts=(Replacement("movement", MOVEMENT, OTHER_MOVEMENT),), water_test=3.5)
    events = [*birth(), *sale(), *repair(sheet, at=40), handing(60), retired(WATCH, at=day(80))]
    document = Document(tuple(events), PREFIXES, created="2026-11-23T08:00:00Z")
    assert not list(faults_of_events(document, clock=Clock(LATE.ns // 1000)))
    again = read_document(write_json(to_jsonld(document)))
    assert fold(WATCH, again.events, at=LATE) == fold(WATCH, events, at=LATE)


def test_a_passport_goes_through_every_form_without_loss() -> None:
    before = reading(41)
    sheet = RepairSheet("R-7", fault="走慢", before=(before.digest,))
    life = fold(WATCH, [*birth(), *sale(), *repair(sheet, at=40)], [before], at=LATE)
    passport = to_passport(life, issuer="https://maker.example", may_see=ALL)
    assert from_credential(to_credential(passport)) == passport
    assert from_dpp(to_dpp(passport)) == passport
    assert from_claims(cast("dict[str, JSON]", to_claims(passport))) == passport  # nothing was hidden


def test_an_event_that_names_things_in_the_old_way_is_about_the_same_watch() -> None:
    old = {
        **installed(WATCH, [], at=day(3)),
        "parentID": "urn:epc:id:sgtin:9520123.045678.W-1",
        "childEPCs": ["urn:epc:id:sgtin:9520123.045678.M-1"],
        "sichen:parts": [{"sichen:part": MOVEMENT, "sichen:role": "movement"}],
    }
    life = fold(WATCH, [*birth()[:2], old], at=LATE)
    assert life.movement is not None
    assert life.movement.part.link == MOVEMENT
    assert [one.part.link for one in life.lots] == [BALANCES]


@pytest.mark.parametrize(
    "broken",
    [
        {"sichen:repair": {"sichen:sheet": "R", "sichen:waterTest": "deep"}},
        {"sichen:repair": {"sichen:sheet": "R", "sichen:warrantyMonths": 10**9}},
        {"sichen:repair": "R"},
        {"sichen:repair": {"sichen:sheet": "R", "sichen:before": ["no digest"]}},
    ],
)
def test_a_sheet_that_others_wrote_wrongly_is_told_and_stops_nothing(broken: Table) -> None:
    event = {**marked([WATCH], "stolen", at=day(20)), "bizStep": "repairing", **broken}
    life = fold(WATCH, [*birth(), {k: v for k, v in event.items() if k != "persistentDisposition"}], at=LATE)
    assert told(life) == ["no_sheet"]
    assert life.status == "made"


def test_the_price_chooses_the_rule_and_is_not_kept() -> None:
    at = Instant.parse("2026-11-23T08:00:00Z")
    months = [rule_for(price, currency="CNY", at=at).months for price in (80.0, 2600.0, 28_000.0)]
    assert months == [6, 12, 24]


@given(st.integers(1, 10**9))
def test_a_prefix_of_the_register_never_names_fewer_than_a_thousand_watches(population: int) -> None:
    length = prefix_length(population)
    assert length == 0 or population / 16**length >= 1000


def test_the_register_answers_all_entries_of_a_prefix_and_no_other() -> None:
    entries = [RegisterEntry(register_hash(f"W-{n}"), "stolen", "2026-01-01") for n in range(400)]
    wanted = register_hash("w 17")
    found = matching(entries, wanted[:1])
    assert wanted in {one.hash for one in found}
    assert all(one.hash.startswith(wanted[0]) for one in found)
    assert 5 < len(found) < 60  # 400 hashes over 16 prefixes: 25, five standard deviations either side


def test_who_had_the_watch_before_is_not_its_owner_any_more() -> None:
    bond = Bond("lin", "owner", day(1), day(9))
    assert not allowed("owner", relations([bond], "lin", at=day(9))) - {"public"}
