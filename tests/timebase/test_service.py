# SPDX-License-Identifier: Apache-2.0
"""The service on virtual time: leap seconds, restarts, evidence, pulses, plans."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import ConfigError, DataError, Instant, Message, NotFound, Record
from sichen.timebase import LeapTable, Memory
from sichen.timebase.arbiter import State
from sichen.timebase.feeds import SHM_SIZE, read_shm_block, read_sock_packet, shm_block, sock_packet
from sichen.timebase.irig import Form, read_frame, utc_of
from sichen.timebase.leap import Leap, leap_table
from sichen.timebase.outputs import read_dlt_string
from sichen.timebase.service import (
    Engine,
    Minute,
    OutputPlan,
    Pairing,
    ServicePlan,
    SourcePlan,
    Status,
    Told,
    behind,
    broken_links,
    irig_symbols,
    polarity,
    read_plan,
    ready_plans,
    recall_or_say,
    rings,
    status_of,
    strings_of,
)
from sichen.timebase.source import Sample

NS = 1_000_000_000
START = Instant.parse("2026-11-23T07:58:00Z")
SECONDS = st.integers(946_684_800, 4_102_444_800).map(lambda second: Instant(second * NS))
PLAN = ServicePlan("test", (SourcePlan("GPS", "system", 1e-6, 1e-7), SourcePlan("BDS", "system", 1e-6, 1e-7, 2)), tick=1.0)


def run(
    engine: Engine, seconds: range, *, true: Instant, leap_at: int | None = None, by: int = 0, minute: Minute | None = None
) -> None:
    """Let sources without noise tell UTC; after `leap_at` seconds UTC is `by` seconds behind the count."""
    for k in seconds:
        utc = Instant(true.ns + k * NS - (by * NS if leap_at is not None and k >= leap_at else 0))
        offset = engine.offset(utc, k * NS)
        engine.tick(k * NS, {name: Sample(float(k), offset, leap=Leap.NONE) for name in ("GPS", "BDS")})
        told = engine.told(engine.next_second(k * NS) or 0) if minute is not None else None
        if told is not None and minute is not None:
            minute.add(told, engine=engine, system_offset=0.25)


def test_clock_begins_where_its_sources_are_even_on_a_machine_that_thinks_it_is_1970() -> None:
    engine = Engine(PLAN, epoch=Instant(0), table=leap_table())
    run(engine, range(80), true=START)
    served = engine.serve(80 * NS)
    assert served is not None
    # A thousandth of the precision of its sources is what whole nanoseconds and doubles leave.
    assert abs(served.instant.ns - START.ns - 80 * NS) <= 2
    assert engine.decision is not None
    assert engine.decision.state is State.LOCKED


@pytest.mark.parametrize(("by", "leap"), [(1, Leap.INSERT), (-1, Leap.DELETE)])
def test_leap_second_is_served_and_the_clock_never_slews_for_it(by: int, leap: Leap) -> None:
    midnight = Instant.parse("2027-01-01T00:00:00Z")
    table = replace(leap_table(), since=(*leap_table().since, midnight.ns // NS), offsets=(*leap_table().offsets, 37 + by))
    table = replace(table, expires=midnight.ns // NS + 86_400)
    start = Instant(midnight.ns - 120 * NS)
    engine = Engine(PLAN, epoch=start, table=table)
    # An inserted second begins at the old midnight, a deleted one was to begin a second before it.
    leap_at = 120 if by > 0 else 119
    run(engine, range(119), true=start, leap_at=leap_at, by=by)
    assert engine.leap.leap is leap
    course = [engine.told(start.ns // NS + k) for k in range(116, 124)]
    names = [f"{one.second.isoformat()[11:19]}{'+' if one.leap_second else ''}" for one in course if one is not None]
    if by > 0:
        assert names[2:6] == ["23:59:58", "23:59:59", "23:59:59+", "00:00:00"]
    else:
        assert names[1:4] == ["23:59:57", "23:59:58", "00:00:00"]
    run(engine, range(119, 240), true=start, leap_at=leap_at, by=by)
    served = engine.serve(240 * NS)
    assert served is not None
    assert abs(served.instant.ns - (start.ns + (240 - by) * NS)) <= 2
    assert engine.decision is not None
    assert engine.decision.rejected == {}


def test_inserted_second_is_coded_as_60_and_announced() -> None:
    told = Told(Instant.parse("2016-12-31T23:59:59Z"), 1e-7, State.LOCKED, Leap.INSERT, 17, leap_second=True)
    plan = OutputPlan("irig", path="x", form="IEEE 1344")
    time = read_frame(irig_symbols(plan, told), form=Form.IEEE1344)
    assert time is not None
    assert (time.second, time.leap_pending, time.binary_seconds) == (60, True, 86_400)


@given(SECONDS, st.floats(1e-9, 1.0), st.sampled_from([0, 480, -210]))
def test_every_string_and_code_of_a_second_decodes_to_it(second: Instant, u: float, offset: int) -> None:
    told = Told(second, u, State.HOLDOVER)
    plan = OutputPlan("strings", path="x", sentences=("dlt",), offset=offset)
    found = read_dlt_string(strings_of(plan, told))
    assert found.utc == second
    frame = read_frame(irig_symbols(replace(plan, kind="irig", form="C37.118"), told), form=Form.C37_118)
    assert frame is not None
    if second.ns < Instant.parse("2099-12-31T00:00:00Z").ns:
        assert utc_of(frame, form=Form.C37_118) == second
    # The quality says no less than three standard uncertainties.
    assert frame.quality == found.quality
    assert frame.quality == 15 or 10.0 ** (frame.quality - 10) >= 3 * u * (1 - 1e-6)


def test_unusable_clock_says_so_in_every_form() -> None:
    told = Told(START, math.inf, State.UNUSABLE)
    assert told.quality == 15
    assert strings_of(OutputPlan("strings", path="x", sentences=("zda",)), told) == b""
    assert b",V," in strings_of(OutputPlan("strings", path="x", sentences=("rmc",)), told)


def test_restart_knows_the_oscillator_and_a_damaged_memory_is_an_honest_start() -> None:
    engine = Engine(PLAN, epoch=START, table=leap_table())
    run(engine, range(200), true=START)
    memory = engine.remember(200 * NS)
    assert memory is not None
    text = memory.to_text()
    later = Instant(START.ns + 3600 * NS)
    assert recall_or_say(text, now=later) == (memory, None)
    for bad, now in ((text[:40], later), (text.replace("TCXO", "OCXO"), later), (text, Instant(0)), ("", None)):
        found, said = recall_or_say(bad, now=now)
        assert found is None
        assert said is not None
    assert recall_or_say(None, now=None) == (None, None)
    again = Engine(PLAN, epoch=later, table=leap_table(), memory=memory)
    run(again, range(60), true=later)
    assert again.decision is not None
    assert again.decision.usable


def test_memory_of_another_oscillator_is_not_used() -> None:
    memory = Memory(START, "Rb", 1e-6, 0.0, 1e-12)
    engine = Engine(PLAN, epoch=START, table=leap_table(), memory=memory)
    run(engine, range(60), true=START)
    assert engine.decision is not None
    assert abs(engine.decision.frequency) < 1e-7


def test_computer_that_slept_begins_anew_and_says_why() -> None:
    engine = Engine(PLAN, epoch=START, table=leap_table())
    run(engine, range(60), true=START)
    note = Message("timebase.service.counter_jumped", seconds="600")
    true = Instant(START.ns + 600 * NS)
    engine.restart(true, note)
    assert engine.serve(60 * NS) is None
    run(engine, range(60, 140), true=true)
    served = engine.serve(140 * NS)
    assert served is not None
    assert abs(served.instant.ns - true.ns - 140 * NS) <= 2
    status = status_of(engine, 140 * NS, system=START)
    assert "600" in status.reasons[-1]["en"]


def test_budget_is_where_the_stated_uncertainty_meets_the_limit() -> None:
    engine = Engine(PLAN, epoch=START, table=leap_table())
    assert engine.budget() is None
    run(engine, range(300), true=START)
    budget = engine.budget()
    assert budget is not None
    assert engine.ahead(budget) == pytest.approx(PLAN.arbiter.usable, rel=0.01)
    status = status_of(engine, 300 * NS, system=START)
    assert Status.from_json(status.to_json()) == status
    assert [one.state for one in status.sources] == ["followed", "good"]
    with pytest.raises(DataError):
        Status.from_json({"name": "x"})


def test_evidence_of_each_second_is_found_and_a_missing_record_breaks_the_chain() -> None:
    engine = Engine(PLAN, epoch=START, table=leap_table())
    run(engine, range(60), true=START)
    minute = Minute("test")
    records: list[Record] = []
    for begin in (60, 120, 180):
        run(engine, range(begin, begin + 60), true=START, minute=minute)
        records.append(minute.close(records[-1].digest if records else None))
    assert broken_links(records) == []
    assert broken_links([records[0], records[2]]) == [records[2].digest]
    found = behind(records, Instant(START.ns + 130 * NS + 7))
    assert found is not None
    assert found.second == Instant(START.ns + 130 * NS)
    assert found.state["followed"] == ["GPS"]
    assert set(found.readings) == {"GPS", "BDS"}
    assert behind(records, Instant(START.ns - 3600 * NS)) is None
    with pytest.raises(DataError):
        minute.close(None)


def test_pulse_of_the_same_minute_has_the_same_sign_after_a_restart() -> None:
    minute = [polarity(Instant(START.ns + k * 60 * NS), every=60.0, offset=480) for k in range(4)]
    assert minute in ([1, -1, 1, -1], [-1, 1, -1, 1])


def test_bells_ring_on_their_weekdays_only() -> None:
    bells = OutputPlan("bell", path="x", at=("08:00 mon-fri 5", "10:00 sat,sun")).bells
    monday = Instant.parse("2026-11-23T08:00:00+08:00")
    rung = rings(bells, monday, offset=480)
    assert rung is not None
    assert rung.length == 5.0
    assert rings(bells, Instant.parse("2026-11-22T08:00:00+08:00"), offset=480) is None
    assert rings(bells, Instant.parse("2026-11-22T10:00:00+08:00"), offset=480) is not None
    assert rings(bells, Instant(monday.ns + NS), offset=480) is None


@given(SECONDS, st.floats(-1e6, 1e6), st.sampled_from([Leap.NONE, Leap.INSERT, Leap.DELETE]))
def test_feeds_of_chronyd_read_back(system: Instant, offset: float, leap: Leap) -> None:
    assert read_sock_packet(sock_packet(system, offset=offset, leap=leap)) == (system, offset, leap)
    block = shm_block(Instant(system.ns + 250_000_001), system, count=4, leap=leap)
    assert len(block) == SHM_SIZE == 96
    assert read_shm_block(block) == (Instant(system.ns + 250_000_001), system, leap)
    with pytest.raises(DataError):
        read_sock_packet(bytes(40))
    with pytest.raises(DataError):
        read_shm_block(bytes(96))


def test_late_sentences_of_one_second_are_one_reading() -> None:
    from sichen.timebase.receivers import Sky
    from sichen.timebase.receivers.framer import Protocol
    from sichen.timebase.receivers.reported import Reported

    pairing = Pairing("GPS", delay=0.1, offset=lambda utc, local: (utc.ns - local) / NS)
    times = [Reported(Protocol.NMEA, name, START, valid=True) for name in ("RMC", "ZDA", "GGA")]
    found = pairing.samples(times, arrived_ns=5 * NS, sky=Sky())
    assert len(found) == 1
    assert found[0].local == pytest.approx(4.9)
    even = Sky(signals=tuple(np.full(8, 41.0)))
    later = [Reported(Protocol.NMEA, "RMC", Instant(START.ns + NS), valid=True)]
    assert not pairing.samples(later, arrived_ns=6 * NS, sky=even)[0].valid


@pytest.mark.parametrize("name", sorted(ready_plans()))
def test_ready_configurations_pass_and_listen_above_1024(name: str) -> None:
    plan = read_plan(ready_plans()[name])
    assert plan.name == name
    assert all(output.listens == 0 or output.listens > 1024 for output in plan.output)


GOOD = 'name = "a"\n[[source]]\nname = "S"\nkind = "system"\nu = 1e-3\njitter = 1e-3\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "sauce = 1", "source.sauce"),
        (GOOD + '[[output]]\nkind = "ntp"\nprot = 1', "output.prot"),
        (GOOD + '[[output]]\nkind = "telegraph"', "telegraph"),
        (GOOD + '[[output]]\nkind = "strings"', "path"),
        (GOOD + '[[output]]\nkind = "ntp"\n[[output]]\nkind = "ntp"', "two outputs"),
        (GOOD + '[[output]]\nkind = "bell"\npath = "x"\nat = ["25:00"]', "25:00"),
        (GOOD + '[[output]]\nkind = "ntp"\nport = 70000', "70000"),
        ("tick = 0.01\n" + GOOD, "tick"),
        ('oscillator = "moon"\n' + GOOD, "moon"),
        (GOOD.replace('"a"', '"../etc"'), "cannot name"),
        (GOOD.replace('"system"', '"serial"'), "path"),
        (GOOD.replace('"system"', '"ntp"') + "poll = 64.0", "poll"),
        ('name = "a"', "source"),
        ("=", "TOML"),
    ],
)
def test_configuration_with_a_mistake_is_an_error_that_names_it(text: str, said: str) -> None:
    with pytest.raises((ConfigError, NotFound), match=said):
        read_plan(text)


def test_table_that_has_expired_is_told() -> None:
    table = LeapTable(leap_table().since, leap_table().offsets, START.ns // NS - 1, "old")
    engine = Engine(PLAN, epoch=START, table=table)
    run(engine, range(60), true=START)
    assert [one.key for one in engine.leap.reasons] == ["timebase.leap.expired"]


@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize("phase", [0, 1, 3, 33, 62, 63])
def test_a_tick_of_a_minute_and_more_misses_no_leap_second(by: int, phase: int) -> None:
    """Decided each 64 s, heard each second: whatever the phase of the ticks the leap is armed in time and served."""
    midnight = Instant.parse("2027-01-01T00:00:00Z")
    table = replace(leap_table(), since=(*leap_table().since, midnight.ns // NS), offsets=(*leap_table().offsets, 37 + by))
    table = replace(table, expires=midnight.ns // NS + 86_400)
    leap_at = 1024 + phase + min(by, 0)
    start = Instant(midnight.ns - (1024 + phase) * NS)
    engine = Engine(replace(PLAN, tick=64.0), epoch=start, table=table)
    for k in range(0, 1408, 64):
        run(engine, range(k, k + 1), true=start, leap_at=leap_at, by=by)
        for later in range(k, k + 64):
            served = engine.serve(later * NS)
            if served is not None:
                late = later >= leap_at
                assert abs(served.instant.ns - start.ns - (later - late * by) * NS) <= 2
                assert served.leap_second == (by > 0 and later == leap_at)
    assert engine.decision is not None
    assert engine.decision.rejected == {}
