# SPDX-License-Identifier: Apache-2.0
"""Passports over a real ledger: genealogy in step with it, whatever order events came in, and after a crash between."""

import random
from pathlib import Path

import pytest
from tests.trace.watch_lives import BALANCES, MOVEMENT, MOVEMENT_PART, WATCH, birth, day, sale

from sichen.adapters import DataFolder
from sichen.adapters.demonstration_passports import keep_demonstration_passports
from sichen.adapters.genealogy_desk import FILE
from sichen.adapters.ledger.desk import bundle
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.passport_lineage import events_about
from sichen.cli.trace_life import service
from sichen.core import DataError, Record
from sichen.trace import verify_bundle
from sichen.trace.passport import RepairSheet, Replacement, declared_error, installed, marked, removed, serviced


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Make an empty data folder."""
    return DataFolder.open(tmp_path / "data")


def inside(desk: PassportDesk, number: int) -> bool:
    """Tell whether the recall finds the lot in the watch on a day."""
    return any(row.contains for row in desk.recall("BAL-7", at=day(number)).rows if row.item == WATCH)


@pytest.mark.parametrize("seed", range(3))
def test_events_in_any_order_and_in_any_parts_give_the_same_genealogy(folder: DataFolder, seed: int) -> None:
    events = [*birth(), *sale(), removed(WATCH, [MOVEMENT_PART], at=day(50))]
    random.Random(seed).shuffle(events)
    with PassportDesk(folder) as desk:
        for event in events:
            desk.write([event])
        assert [inside(desk, number) for number in (20, 60)] == [True, False]
        assert {one.item for one in desk.genealogy.backward(WATCH, at=day(20))} == {MOVEMENT, BALANCES}


@pytest.mark.parametrize("seed", range(3))
def test_a_lot_that_was_replaced_in_the_movement_is_called_back_no_more_and_the_new_one_is(
    folder: DataFolder, seed: int
) -> None:
    fresh = BALANCES.replace("BAL-7", "BAL-9")
    sheet = RepairSheet("R-1", parts=(Replacement("balance", BALANCES, fresh),))
    with PassportDesk(folder) as desk:
        desk.write(birth())
        places = desk.life(WATCH, at=day(30)).places
    assert places[BALANCES] == MOVEMENT
    events = [*birth(), *serviced(WATCH, sheet, at=day(40), within=places)]
    random.Random(seed).shuffle(events)
    with DataFolder.open(folder.path.parent / "other") as other, PassportDesk(other) as desk:
        for event in events:
            desk.write([event])
        assert [inside(desk, number) for number in (30, 50)] == [True, False]
        assert [any(row.contains for row in desk.recall("BAL-9", at=day(number)).rows) for number in (30, 50)] == [False, True]
        life = desk.life(WATCH, at=day(60))
        assert life.conflicts == ()
        assert (life.lot_inside("BAL-7"), life.lot_inside("BAL-9")) == ("", fresh)
        assert desk.life(MOVEMENT, at=day(60)).conflicts == ()


def test_a_lot_named_by_its_number_alone_is_replaced_where_it_is(folder: DataFolder) -> None:
    with PassportDesk(folder) as desk:
        desk.write(birth())
        desk.remember(WATCH)
    assert service("W-1", sheet="R-1", part=["balance=lot:BAL-7>lot:BAL-9"], data=folder.path) == 0
    with PassportDesk(folder) as desk:
        assert desk.life(WATCH).conflicts == ()
        assert [row.item for row in desk.recall("BAL-9").rows if row.contains and row.item == WATCH] == [WATCH]
        assert not [row.item for row in desk.recall("BAL-7").rows if row.contains]


def test_links_that_a_crash_lost_are_made_again_from_the_ledger(folder: DataFolder) -> None:
    with PassportDesk(folder) as desk:
        desk.write(birth())
    for path in folder.path.glob(f"{FILE}*"):
        path.unlink()
    with PassportDesk(folder) as desk:
        assert inside(desk, 20)


def test_a_casing_that_was_declared_an_error_was_none(folder: DataFolder) -> None:
    with PassportDesk(folder) as desk:
        desk.write(birth())
        casing = next(e for e in events_about(desk.events.store, [MOVEMENT]) if e["type"] == "AssociationEvent")
        desk.write([declared_error(casing, at=day(30))])
        assert not inside(desk, 20)
        assert desk.life(WATCH).movement is None


def test_an_event_that_is_wrong_is_refused_and_nothing_of_the_rest_is_kept(folder: DataFolder) -> None:
    with PassportDesk(folder) as desk:
        bad = {**installed(WATCH, [MOVEMENT_PART], at=day(3)), "action": "PERHAPS"}
        with pytest.raises(DataError):
            desk.write([*birth(), bad])
        assert not desk.is_known(WATCH)


def test_the_register_forgets_a_watch_that_was_found(folder: DataFolder) -> None:
    with PassportDesk(folder) as desk:
        desk.write([*birth(), marked([WATCH], "lost", at=day(20))])
        assert [link for link, _ in desk.missing()] == [WATCH]
        desk.write([marked([WATCH], "lost", at=day(30), lifted=True)])
        assert not desk.missing()


def test_the_lives_of_the_demonstration_are_written_once_and_can_be_proved(folder: DataFolder) -> None:
    names = ("Sinan-0001", "Sinan-0002", "Hi-Beat-36000", "Diver-0405", "Field-0317", "Thirsty-0208")
    for name in names:
        folder.records.append(Record("bench.reading", f"watch:{name}", {"position": "CH"}, "bench.acoustic", "1", day(40)))
    assert keep_demonstration_passports(folder, after=None) > 30
    assert keep_demonstration_passports(folder, after=None) == 0
    with PassportDesk(folder) as desk:
        states = {name: desk.life(name).status for name in names}
        assert states == dict(zip(names, ("sold", "recalled", "recalled", "stolen", "sold", "sold"), strict=True))
        assert not [conflict for name in names for conflict in desk.life(name).conflicts]
        assert len(desk.watches()) == len(names)
        found = verify_bundle(bundle(folder, desk.events.store.ledger, desk.link("Diver-0405")))
        assert len(found.entries) > 4
