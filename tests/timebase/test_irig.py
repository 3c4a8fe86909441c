# SPDX-License-Identifier: Apache-2.0
"""IRIG-B against the frames of an independent encoder, and heard again after it was made."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, Instant
from sichen.timebase.irig import Form, IrigTime, frame_of, hear, irig_time, mu_law, pulses, read_frame, tone, utc_of
from sichen.timebase.receivers import Witness

NS = 1_000_000_000
VECTORS = {
    "dcls_ieee1344_tz8_q3": (Form.IEEE1344, 10, False),
    "doy365_sbs": (Form.IEEE1344, 5, True),
    "dst_switch_ieee1344": (Form.IEEE1344, 10, True),
    "feb29_b1998": (Form.B1998, 10, True),
    "leap_delete_ieee1344": (Form.IEEE1344, 20, True),
    "leap_insert_ieee1344": (Form.IEEE1344, 25, True),
    "yearend_leapyear_b2002": (Form.B2002, 10, True),
}


def printed(path: Path) -> list[str]:
    """Read the frames of a text vector: printed last bit first, a full stop for a marker, a hyphen for a bit without meaning."""
    rows = [line for line in path.read_text().splitlines() if len(line) == 100 and line[0] == line[-1] == "."]
    return [row[::-1].translate(str.maketrans(".-", "P0")) for row in rows]


@pytest.mark.parametrize(("name", "expected"), VECTORS.items())
def test_every_frame_of_the_independent_encoder_is_heard(shared: Path, name: str, expected: tuple[Form, int, bool]) -> None:
    form, count, modulated = expected
    heard = hear(mu_law((shared / f"irig/{name}.ulaw").read_bytes()), sample_rate=8000, form=form)
    assert (len(heard.frames), heard.modulated, heard.inverted, heard.doubtful) == (count, modulated, not modulated, 0)
    assert all(abs(one.start - 8000 * number) <= 1 for number, one in enumerate(heard.frames))


@pytest.mark.parametrize(("name", "expected"), VECTORS.items())
def test_frames_are_written_bit_by_bit_as_the_independent_encoder_does(
    shared: Path, name: str, expected: tuple[Form, int, bool]
) -> None:
    form, count, _ = expected
    frames = printed(shared / f"irig/{name}.txt")
    assert len(frames) == count
    for symbols in frames:
        time = read_frame(symbols, form=form)
        assert time is not None
        assert frame_of(time, form=form) == symbols


def test_inserted_second_is_sixty(shared: Path) -> None:
    heard = hear(mu_law((shared / "irig/leap_insert_ieee1344.ulaw").read_bytes()), sample_rate=8000, form=Form.IEEE1344)
    leap = heard.frames[9].time
    assert (leap.second, leap.binary_seconds, leap.leap_pending) == (60, 86_400, True)
    assert (heard.frames[10].time.day, heard.frames[10].time.second) == (1, 0)
    before, after = (utc_of(heard.frames[at].time, form=Form.IEEE1344) for at in (8, 10))
    assert after.ns - before.ns == NS
    assert utc_of(leap, form=Form.IEEE1344) == after


def test_deleted_second_is_left_out(shared: Path) -> None:
    heard = hear(mu_law((shared / "irig/leap_delete_ieee1344.ulaw").read_bytes()), sample_rate=8000, form=Form.IEEE1344)
    assert [one.time.second for one in heard.frames][6:10] == [57, 58, 0, 1]


def test_sign_of_the_zone_is_the_one_of_its_standard() -> None:
    noon = Instant.parse("2026-11-23T04:00:00Z")
    for form, sign in ((Form.IEEE1344, -480), (Form.C37_118, 480)):
        time = irig_time(noon, form=form, offset=480)
        assert (time.hour, time.offset) == (12, sign)
        assert utc_of(time, form=form) == noon


def test_code_without_a_year_needs_a_witness() -> None:
    time = IrigTime(day=327, hour=12, minute=0, second=0)
    with pytest.raises(DataError):
        utc_of(time, form=Form.B1998)
    near = Witness(near=Instant.parse("2027-01-05T00:00:00Z"))
    assert utc_of(time, form=Form.B1998, witness=near).isoformat()[:10] == "2026-11-23"


MOMENTS = st.integers(946_684_800, 4_070_908_800).map(lambda second: Instant(second * NS))


@given(MOMENTS, st.sampled_from(Form), st.sampled_from([0, 480, -210, 330, -720, 840]), st.integers(0, 15))
def test_what_is_written_is_read_again(instant: Instant, form: Form, offset: int, quality: int) -> None:
    time = irig_time(instant, form=form, offset=offset, quality=quality if form.has_control else 0)
    assert read_frame(frame_of(time, form=form), form=form) == time
    near = Witness(near=Instant(instant.ns + 80 * 86_400 * NS))
    assert utc_of(time, form=form, offset=offset, witness=near) == instant


@given(st.integers(1, 74))
def test_one_wrong_bit_is_never_taken_for_a_time(place: int) -> None:
    symbols = frame_of(irig_time(Instant.parse("2026-11-23T04:05:06Z"), form=Form.C37_118, offset=480), form=Form.C37_118)
    if symbols[place] == "P":
        return
    wrong = symbols[:place] + ("0" if symbols[place] == "1" else "1") + symbols[place + 1 :]
    assert read_frame(wrong, form=Form.C37_118) is None


@pytest.mark.parametrize("sample_rate", [8000.0, 44_100.0, 48_000.0])
@pytest.mark.parametrize("shape", ["pulses", "inverted", "tone"])
def test_signal_is_heard_from_any_point_of_it_on(sample_rate: float, shape: str) -> None:
    start = Instant.parse("2026-12-31T23:59:56Z")
    times = [irig_time(Instant(start.ns + second * NS), form=Form.C37_118, offset=0) for second in range(6)]
    symbols = "".join(frame_of(time, form=Form.C37_118) for time in times)
    made = tone(symbols, sample_rate=sample_rate) if shape == "tone" else pulses(symbols, sample_rate=sample_rate)
    made = (-made if shape == "inverted" else made)[round(0.3137 * sample_rate) :]
    noise = np.random.default_rng(3).normal(0.0, 0.03, made.size)
    heard = hear(0.4 * made + 0.1 + noise, sample_rate=sample_rate, form=Form.C37_118)
    assert [one.time for one in heard.frames] == times[1:]
    expected = (np.arange(1, 6) - 0.3137) * sample_rate
    assert np.abs([one.start for one in heard.frames] - expected).max() < max(1.0, 40e-6 * sample_rate)


def test_frames_that_do_not_follow_each_other_are_doubted() -> None:
    times = [IrigTime(day=1, hour=0, minute=0, second=second, year=26) for second in (5, 17, 30)]
    symbols = "".join(frame_of(time, form=Form.B2002) for time in times)
    heard = hear(pulses(symbols, sample_rate=8000.0), sample_rate=8000.0, form=Form.B2002)
    assert heard.frames == ()
    assert heard.doubtful == 3


@pytest.mark.parametrize("samples", [[], [0.0] * 8000, [float("inf")] * 8000, [0.0, float("nan")] * 8000])
def test_recording_of_nothing_is_no_time(samples: list[float]) -> None:
    assert hear(samples, sample_rate=8000, form=Form.IEEE1344).frames == ()


@pytest.mark.parametrize("sample_rate", [8000, 11_025, 44_100])
@pytest.mark.parametrize("spoiled", ["faint", "clipped", "hum", "noise"])
def test_carrier_from_a_bad_line_is_heard_within_half_a_sample_and_its_noise(sample_rate: int, spoiled: str) -> None:
    begin = 1_795_000_000
    frames = [frame_of(irig_time(Instant((begin + k) * NS), form=Form.C37_118), form=Form.C37_118) for k in range(5)]
    clean = tone("".join(frames), sample_rate=sample_rate)
    at = np.arange(clean.size) / sample_rate
    sound = {
        "faint": np.round(clean * 20) / 32_768,
        "clipped": np.clip(3 * clean, -1, 1),
        "hum": clean + 0.3 * np.sin(2 * np.pi * 50 * at),
        "noise": clean + np.random.default_rng(1).normal(0, 0.07, clean.size),
    }[spoiled]
    found = hear(sound, sample_rate=sample_rate, form=Form.C37_118).frames
    assert len(found) == 5
    # A level that moves by 0.3 moves an edge by a fraction of the quarter period of the carrier.
    limit = 0.5 / sample_rate + (150e-6 if spoiled == "hum" else 30e-6)
    assert max(abs(one.start / sample_rate - k) for k, one in enumerate(found)) <= limit


def test_noise_is_no_time() -> None:
    heard = hear(np.random.default_rng(1).normal(size=80_000), sample_rate=8000.0, form=Form.B2002)
    assert heard.frames == ()


def test_seconds_of_a_day_follow_each_other(shared: Path) -> None:
    heard = hear(mu_law((shared / "irig/yearend_leapyear_b2002.ulaw").read_bytes()), sample_rate=8000, form=Form.B2002)
    told = [utc_of(one.time, form=Form.B2002).ns for one in heard.frames]
    assert {right - left for left, right in pairwise(told)} == {NS}
