# SPDX-License-Identifier: Apache-2.0
"""Codes of an output whose plan names a zone: summer time is announced and told, by IRIG-B and by DL/T 1100.1."""

from dataclasses import replace
from pathlib import Path

import pytest

from sichen.adapters.timebase.outputs.giving import summer_time, zone_offset
from sichen.adapters.timebase.outputs.lines import summer_strings
from sichen.adapters.timebase.outputs.sound import irig_sound
from sichen.core import Instant
from sichen.timebase.arbiter import State
from sichen.timebase.irig import Form, IrigTime, hear, mu_law
from sichen.timebase.outputs import read_dlt_string
from sichen.timebase.service import OutputPlan, Told

NS = 1_000_000_000
RATE = 8000


def heard(zone: str, seconds: range, form: str = "C37.118") -> list[IrigTime]:
    """Return what a receiver of the code reads over some seconds."""
    import numpy as np

    sound = []
    for second in seconds:
        told = Told(Instant(second * NS), 1e-6, State.LOCKED, followed=("GPS",))
        plan = OutputPlan("irig", path="x.wav", zone=zone, form=form, carrier=True, sample_rate=RATE)  # type: ignore[arg-type]
        sound.append(irig_sound(replace(plan, offset=zone_offset(zone, told.second)), told))
    return [one.time for one in hear(np.concatenate(sound), sample_rate=RATE, form=Form(form)).frames]


def told_of(time: IrigTime) -> tuple[int, int, int, int, bool, bool, int]:
    return time.day, time.hour, time.minute, time.second, time.dst_pending, time.dst, time.offset


def test_spring_is_told_as_the_independent_encoder_tells_it(shared: Path) -> None:
    """2026-03-29 in London, whose vector is in the test data: pending for a minute, then in force and an hour ahead."""
    vector = (shared / "irig/dst_switch_ieee1344.ulaw").read_bytes()
    theirs = hear(mu_law(vector), sample_rate=8000, form=Form.C37_118)
    begin = Instant.parse("2026-03-29T00:59:56Z").ns // NS
    ours = heard("Europe/London", range(begin, begin + 10))
    assert [told_of(one) for one in ours] == [told_of(one.time) for one in theirs.frames]


@pytest.mark.parametrize("form", ["IEEE 1344", "C37.118"])
def test_autumn_is_announced_while_summer_time_is_still_in_force(form: str) -> None:
    begin = Instant.parse("2026-10-25T00:59:57Z").ns // NS
    ours = heard("Europe/Berlin", range(begin, begin + 6), form)
    assert [(one.hour, one.dst_pending, one.dst) for one in ours] == [(2, True, True)] * 3 + [(2, False, False)] * 3


def test_zone_without_summer_time_tells_none() -> None:
    begin = Instant.parse("2026-07-01T00:00:00Z").ns // NS
    assert {(one.dst_pending, one.dst) for one in heard("Asia/Shanghai", range(begin, begin + 3))} == {(False, False)}


@pytest.mark.parametrize(
    ("zone", "instant", "told"),
    [
        ("Europe/Dublin", "2026-07-01T00:00:00Z", (False, True)),
        ("Australia/Sydney", "2026-01-01T00:00:00Z", (False, True)),
        ("Australia/Sydney", "2026-07-01T00:00:00Z", (False, False)),
        ("Asia/Kolkata", "2026-07-01T00:00:00Z", (False, False)),
        ("Europe/Berlin", "2026-03-29T00:59:00Z", (False, False)),
        ("Europe/Berlin", "2026-03-29T00:59:01Z", (True, False)),
    ],
)
def test_summer_time_is_the_greater_offset_of_its_year(zone: str, instant: str, told: tuple[bool, bool]) -> None:
    assert summer_time(zone, Instant.parse(instant)) == told


def test_string_of_a_substation_tells_summer_time_and_the_same_second() -> None:
    second = Instant.parse("2026-07-01T00:00:00Z")
    told = Told(second, 1e-6, State.LOCKED, followed=("GPS",))
    plan = OutputPlan("strings", path="x", sentences=("dlt", "zda"), zone="Europe/Berlin", offset=120)
    data = summer_strings(plan, told)
    read = read_dlt_string(data[:23])
    assert (read.utc, read.offset, read.dst, read.dst_pending) == (second, 120, True, False)
    assert data[23:].startswith(b"$GNZDA,000000.00,01,07,2026,02,00")
