# SPDX-License-Identifier: Apache-2.0
"""Leap seconds: the table is that of tzdata, a damaged file is found out, a lonely announcement is not believed."""

from pathlib import Path

import pytest

from sichen.core import DataError, Instant
from sichen.timebase import Leap, judge_leap, leap_table, read_leap_file

TZDATA = Path("/usr/share/zoneinfo/leap-seconds.list")
NEW_YEAR_EVE = Instant.parse("2016-12-31T12:00:00Z")
AFTER_EXPIRY = Instant.parse("2035-12-31T12:00:00Z")
SMALL = "#$ 10\n#@ 20\n1 10 # first\n2 11\n#h {hash}\n"


@pytest.fixture
def tzdata() -> str:
    """Read the file of this machine, or skip."""
    if not TZDATA.is_file():
        pytest.skip("tzdata ships no leap-seconds.list here")
    return TZDATA.read_text(encoding="ascii")


def test_our_table_is_that_of_tzdata(tzdata: str) -> None:
    theirs = read_leap_file(tzdata, source="tzdata")

    assert theirs.since[: len(leap_table().since)] == leap_table().since
    assert theirs.offsets[: len(leap_table().offsets)] == leap_table().offsets


def test_one_changed_digit_is_found_out(tzdata: str) -> None:
    with pytest.raises(DataError, match="hash"):
        read_leap_file(tzdata.replace("3692217600", "3692217601"), source="tzdata")


@pytest.mark.parametrize("text", ["", "#h 1 2 3 4 5\n", "1 2 3\n", "a b\n", SMALL.format(hash="0 0 0 0 0")])
def test_what_is_no_leap_file_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        read_leap_file(text, source="nowhere")


def test_tai_runs_37_seconds_ahead_since_2017_and_36_before() -> None:
    assert leap_table().offset(Instant.parse("2016-12-31T23:59:59Z")).seconds == 36
    assert leap_table().offset(Instant.parse("2017-01-01T00:00:00Z")).seconds == 37
    with pytest.raises(DataError, match="1972"):
        leap_table().offset(Instant.parse("1971-12-31T00:00:00Z"))


def test_the_table_announces_its_leap_seconds_on_their_day_only() -> None:
    assert leap_table().coming(NEW_YEAR_EVE) is Leap.INSERT
    assert leap_table().coming(Instant.parse("2016-12-30T12:00:00Z")) is Leap.NONE
    assert leap_table().coming(AFTER_EXPIRY) is Leap.UNKNOWN


def test_a_table_warns_before_and_after_it_expires() -> None:
    assert leap_table().advice(NEW_YEAR_EVE) is None
    soon, late = (leap_table().advice(Instant.parse(day)) for day in ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"))
    assert soon is not None
    assert late is not None
    assert "expires on 2026-06-28" in soon.text("en")
    assert "过期" in late.text("zh")


def test_the_table_overrules_a_source_by_name() -> None:
    verdict = judge_leap(NEW_YEAR_EVE, {"GPS": Leap.INSERT, "NTP": Leap.NONE}, table=leap_table())

    assert verdict.leap is Leap.INSERT
    assert [reason.text("en") for reason in verdict.reasons] == ["NTP is overruled by the leap-second table"]


@pytest.mark.parametrize(
    ("votes", "found"),
    [
        ({"A": Leap.DELETE, "B": Leap.DELETE, "C": Leap.NONE}, Leap.DELETE),
        ({"A": Leap.INSERT, "B": Leap.NONE, "C": Leap.NONE}, Leap.NONE),
        ({"A": Leap.INSERT}, Leap.NONE),
        ({"A": Leap.INSERT, "B": Leap.DELETE}, Leap.NONE),
        ({"A": Leap.INSERT, "B": Leap.INSERT, "C": Leap.UNKNOWN}, Leap.INSERT),
        ({}, Leap.NONE),
    ],
)
def test_without_a_valid_table_two_and_a_majority_are_needed(votes: dict[str, Leap], found: Leap) -> None:
    assert judge_leap(AFTER_EXPIRY, votes, table=leap_table()).leap is found
    assert judge_leap(AFTER_EXPIRY, votes, table=None).leap is found
