# SPDX-License-Identifier: Apache-2.0
"""Across an inserted and a deleted second every form of output, read by its own rules, tells one and the same instant."""

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import pytest

from sichen.core import Instant, Scale
from sichen.timebase import LeapTable
from sichen.timebase.irig import Form, read_frame, utc_of
from sichen.timebase.leap import Leap, leap_table
from sichen.timebase.ntp import NtpPacket, ServedClock, answer, request, utc_time
from sichen.timebase.outputs import daytime, read_daytime, read_dlt_string, read_time_of_day, read_time_protocol, time_protocol
from sichen.timebase.ptp import Flag, Grandmaster, MasterSettings, PtpMessage, Standing, standing, utc_from
from sichen.timebase.receivers import Witness, decode
from sichen.timebase.service import Engine, OutputPlan, ServicePlan, SourcePlan, Told, irig_symbols, strings_of
from sichen.timebase.source import Sample

NS = 1_000_000_000
MIDNIGHT = Instant.parse("2027-01-01T00:00:00Z")
NEAR = Witness(near=MIDNIGHT)
PLAN = ServicePlan("test", (SourcePlan("GPS", "serial", 1e-6, 1e-7), SourcePlan("BDS", "serial", 1e-6, 1e-7)), tick=1.0)


@dataclass
class Moment:
    """A second as it is told, and TAI when it begins."""

    told: Told
    tai: Instant
    offset: int
    known: bool

    @property
    def name(self) -> str:
        return f"{self.told.second.isoformat()[11:19]}{'+' if self.told.leap_second else ''}"


def table(by: int, *, expired: bool = False) -> LeapTable:
    found = replace(leap_table(), expires=MIDNIGHT.ns // NS + 86_400 * (-300 if expired else 1))
    if expired:
        return found
    return replace(found, since=(*found.since, MIDNIGHT.ns // NS), offsets=(*found.offsets, 37 + by))


@cache
def course(by: int, *, expired: bool = False) -> list[Moment]:
    """Serve two minutes before to a minute after; without a valid table two sources announce the leap second."""
    start = Instant(MIDNIGHT.ns - 120 * NS)
    engine = Engine(PLAN, epoch=start, table=table(by, expired=expired))
    leap_at = 120 if by > 0 else 119
    vote = (Leap.INSERT if by > 0 else Leap.DELETE) if expired else Leap.NONE
    found = []
    for k in range(180):
        utc = Instant(start.ns + k * NS - (by * NS if k >= leap_at else 0))
        leap = vote if k < leap_at else Leap.NONE
        engine.tick(k * NS, {name: Sample(float(k), engine.offset(utc, k * NS), leap=leap) for name in ("GPS", "BDS")})
        second = engine.next_second(k * NS)
        told = None if second is None else engine.told(second)
        if second is None or told is None or k < 50:
            continue
        local = engine.local_of(second)
        served, tai = engine.serve(local), engine.tai(local)
        assert served is not None
        assert tai is not None
        found.append(Moment(told, Instant((tai.ns + NS // 2) // NS * NS, Scale.TAI), *engine.tai_offset(served)))
    return found


@pytest.mark.parametrize("expired", [False, True])
@pytest.mark.parametrize("by", [1, -1])
def test_tai_runs_through_and_utc_names_each_second_once(by: int, expired: bool) -> None:
    moments = course(by, expired=expired)
    steps = {later.tai.ns - one.tai.ns for one, later in pairwise(moments)}
    assert steps == {NS}
    names = [one.name for one in moments]
    at = names.index("23:59:58")
    assert names[at + 1 : at + 4] == (["23:59:59", "23:59:59+", "00:00:00"] if by > 0 else ["00:00:00", "00:00:01", "00:00:02"])
    assert {one.offset for one in moments} == {37, 37 + by}
    assert len(names) == len(set(names))
    # What no table says is not called valid.
    assert {one.known for one in moments} == {not expired}
    for one in moments:
        assert one.tai.ns - one.told.second.ns == (one.offset + one.told.leap_second) * NS


def as_ptp(moment: Moment, before: Standing | None = None) -> tuple[Instant, bool, PtpMessage]:
    told = moment.told
    says = standing(
        usable=told.usable, followed="serial", error=3 * told.u, leap=told.leap, utc_offset=moment.offset,
        offset_known=moment.known, before=before,
    )  # fmt: skip
    master = Grandmaster(MasterSettings(b"sichen!!"))
    announce = PtpMessage.decode(master.announce(says, now=moment.tai).encode())
    follow = PtpMessage.decode(master.follow_up(master.sync(about=moment.tai), left=moment.tai).encode())
    return *utc_from(follow.body.stamp, announce), announce  # type: ignore[union-attr]


def as_ntp(moment: Moment) -> NtpPacket:
    at = moment.told.second
    clock = ServedClock(1, moment.told.leap, -20, 0.0, 1e-6, b"GPS\0", at)
    data = answer(request(77), received=at, sent=at, clock=clock)
    assert data is not None
    return NtpPacket.decode(data)


@pytest.mark.parametrize("by", [1, -1])
def test_every_output_tells_the_same_instant_across_a_leap_second(by: int) -> None:
    leap = Leap.INSERT if by > 0 else Leap.DELETE
    announced = {"ntp": 0, "ptp": 0, "irig": 0, "dlt": 0}
    for moment in course(by):
        told, second = moment.told, moment.told.second
        before = second.ns < MIDNIGHT.ns
        utc, inside, announce = as_ptp(moment)
        packet = as_ntp(moment)
        lines = strings_of(OutputPlan("strings", path="x", sentences=("zda", "rmc", "dlt", "tod"), offset=480), told)
        dlt = read_dlt_string(next(iter(re.findall(rb"#[0-9A-F]{20}\r\n", lines))))
        tod = read_time_of_day(lines[-23:])
        found = {
            utc,
            utc_time(packet.sent, witness=NEAR),
            dlt.utc,
            tod.utc,
            read_time_protocol(time_protocol(second), witness=NEAR),
            read_daytime(daytime(second)),
            *(one.utc for one in decode(lines, witness=NEAR)),
        }
        assert found == {second}, moment.name
        assert inside == told.leap_second
        for form in (Form.C37_118, Form.IEEE1344):
            frame = read_frame(irig_symbols(OutputPlan("irig", path="x", form=form.value, offset=480), told), form=form)  # type: ignore[arg-type]
            assert frame is not None
            # A frame has a number for the inserted second; as an instant that is the second after 59.
            assert utc_of(frame, form=form).ns == second.ns + told.leap_second * NS
            assert (frame.second == 60) == told.leap_second
            assert not frame.leap_pending or frame.leap_delete == (by < 0)
            announced["irig"] += frame.leap_pending
        assert (packet.leap is leap) == before
        assert bool(announce.flags & (Flag.LEAP_61 if by > 0 else Flag.LEAP_59)) == before
        announced["ntp"] += packet.leap is leap
        announced["ptp"] += bool(announce.flags & (Flag.LEAP_61 | Flag.LEAP_59))
        announced["dlt"] += dlt.leap_pending
    # IRIG-B and DL/T announce it in the last minute, of 61 or 59 s; NTP and PTP all day.
    assert announced["irig"] == 2 * announced["dlt"] == 2 * (60 + by)
    assert announced["ntp"] == announced["ptp"] >= 60 + by
