# SPDX-License-Identifier: Apache-2.0
"""Pulses without a name and messages without an edge: which second is which, and when nobody may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, Instant
from sichen.timebase.leap import Leap
from sichen.timebase.service import PulsePairing, RadioFrame, RadioPairing, read_radio_line
from sichen.timebase.source import Sample

NS = 1_000_000_000


def heard(
    pairing: PulsePairing, seconds: range, *, late: float = 0.0, ahead: float = 0.25, drift: float = 0.0, pulse: float = 0.0
) -> list[Sample]:
    """Let true time be `ahead` of the counter; each message comes `late` by more than the receiver's delay allows for."""
    found = []
    for k in seconds:
        local = k - ahead - drift * k
        sample = pairing.pulse(round((local + pulse) * NS))
        if sample is not None:
            found.append(sample)
        pairing.named(Sample(local + 0.3 + late, ahead + drift * k - late, leap=Leap.NONE))
    return found


@given(st.floats(-0.24, 0.24), st.floats(0.0, 1.0), st.floats(-1e-4, 1e-4))
def test_pulse_takes_the_second_of_the_message_and_the_edge_of_its_own(late: float, ahead: float, drift: float) -> None:
    found = heard(PulsePairing("PPS", receiver="GPS"), range(1, 20), late=late, ahead=ahead, drift=drift)
    assert [one.valid for one in found] == [False] * 3 + [True] * 16
    for k, one in enumerate(found[3:], 4):
        assert one.offset == pytest.approx(ahead + drift * k, abs=2e-9)
        assert one.leap is Leap.NONE


@given(st.floats(0.0, 0.999))
def test_counter_that_began_between_two_seconds_is_no_hindrance(part: float) -> None:
    """Offsets are counted from an epoch that is no whole second: the system's clock when the service began."""
    found = heard(PulsePairing("PPS", receiver="GPS", fraction=lambda: part), range(1, 8), ahead=0.25 - part, pulse=-part)
    assert found[-1].valid
    assert found[-1].offset + found[-1].local + part == pytest.approx(7.0, abs=2e-9)


@given(st.floats(0.0, 1e-6))
def test_cable_is_taken_off(cable: float) -> None:
    found = heard(PulsePairing("PPS", receiver="GPS", delay=cable), range(1, 6), pulse=cable)
    assert found[-1].offset == pytest.approx(0.25, abs=2e-9)


@pytest.mark.parametrize("late", [0.3, 0.5, -0.4, 0.7])
def test_message_between_two_seconds_names_neither(late: float) -> None:
    found = heard(PulsePairing("PPS", receiver="GPS"), range(1, 10), late=late)
    assert not any(one.valid for one in found)
    reason = found[-1].reason
    assert reason is not None
    assert reason.key == "timebase.pps.ambiguous"


def test_message_that_becomes_late_by_a_second_is_not_believed_at_once() -> None:
    pairing = PulsePairing("PPS", receiver="GPS")
    assert heard(pairing, range(1, 10))[-1].valid
    late = heard(pairing, range(10, 15), late=1.0)
    # The message heard last before it still named the first pulse rightly.
    assert [one.valid for one in late] == [True] + [False] * 4
    assert late[-1].reason is not None
    assert late[-1].reason.key == "timebase.pps.contradicts"
    again = heard(pairing, range(15, 20))
    assert [one.valid for one in again] == [False] + [True] * 4
    assert again[-1].offset == pytest.approx(0.25, abs=1e-9)


def test_receiver_that_corrected_itself_is_believed_in_the_end() -> None:
    pairing = PulsePairing("PPS", receiver="GPS")
    heard(pairing, range(1, 10), late=1.0)
    found = heard(pairing, range(10, 30))
    assert found[-1].valid
    assert found[-1].offset == pytest.approx(0.25, abs=1e-9)


def test_silent_or_invalid_receiver_leaves_pulses_without_a_name() -> None:
    pairing = PulsePairing("PPS", receiver="GPS")
    first = pairing.pulse(0)
    assert first is not None
    assert not first.valid
    heard(pairing, range(1, 10))
    alone = [pairing.pulse(round((k - 0.25) * NS)) for k in range(10, 20)]
    assert [one is not None and one.valid for one in alone] == [True] * 5 + [False] * 5
    pairing.named(Sample(19.9, 0.25, valid=False))
    refused = pairing.pulse(round(20.75 * NS))
    assert refused is not None
    assert not refused.valid


def test_missing_pulses_cost_nothing_and_double_ones_are_passed_over() -> None:
    pairing = PulsePairing("PPS", receiver="GPS")
    heard(pairing, range(1, 10))
    heard(pairing, range(12, 14))
    echo = round((13 - 0.25 + 0.4) * NS)
    assert pairing.pulse(echo) is None
    assert heard(pairing, range(14, 16))[-1].offset == pytest.approx(0.25, abs=1e-9)


NOON = Instant.parse("2026-11-23T12:00:00Z")


def radio() -> RadioPairing:
    return RadioPairing("BPC", delay=0.003, offset=lambda utc, local: (utc.ns - NOON.ns - local) / NS)


def test_radio_frame_counts_when_the_next_agrees_and_the_way_of_the_wave_is_taken_off() -> None:
    pairing = radio()
    found = [pairing.sample(RadioFrame("BPC", Instant(NOON.ns + k * 60 * NS), k * 60 * NS + 3_000_000, 4e-3)) for k in range(4)]
    assert [one.valid for one in found] == [False, True, True, True]
    assert found[-1].offset == pytest.approx(0.0, abs=1e-9)
    assert found[-1].u == 4e-3


def test_misread_minute_is_refused_and_so_is_the_next_that_stands_beside_it() -> None:
    pairing = radio()
    minutes = [0, 1, 2, 43, 4, 5]
    found = [
        pairing.sample(RadioFrame("BPC", Instant(NOON.ns + m * 60 * NS), k * 60 * NS, 4e-3)) for k, m in enumerate(minutes)
    ]
    assert [one.valid for one in found] == [False, True, True, False, False, True]
    doubtful = pairing.sample(RadioFrame("BPC", Instant(NOON.ns + 360 * NS), 360 * NS, 4e-3, valid=False))
    assert not doubtful.valid


@pytest.mark.parametrize(
    "line",
    [b"", b"[]", b"{}", b"BPC", b'{"station":"B","utc":"noon","age_s":0,"u_s":1}', b'{"station":"B","utc":"2026-11-23T12:00:00Z","age_s":-1,"u_s":1}',
     b'{"station":"B","utc":"2026-11-23T12:00:00Z","age_s":1,"u_s":1,"leap":"maybe"}', b"\xff", b'{"station":"B","utc":"2026-11-23T12:00:00Z","age_s":1e999,"u_s":1}'],
)  # fmt: skip
def test_line_that_is_no_radio_frame_is_refused(line: bytes) -> None:
    with pytest.raises(DataError):
        read_radio_line(line, arrived_ns=0)
