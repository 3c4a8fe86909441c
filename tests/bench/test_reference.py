# SPDX-License-Identifier: Apache-2.0
"""What the sample clock is compared with: pulses of the second, a frame log, somebody's word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.bench import (
    Scene,
    WatchSound,
    frame_log_reference,
    pps_reference,
    reference_from_seconds,
    synthesise,
    typed_reference,
)
from sichen.core import DataError


def test_pulses_on_channel_two_tell_the_clock_to_a_thousandth_of_a_second_a_day() -> None:
    """1 µs of jitter over 60 s: 86400 · 1e-6 · √12 / 60^1.5 = 0.0006 s/d = 0.0075 ppm."""
    scene = Scene(snr_db=20.0, pps=True, clock_ppm=31.0, pps_jitter=1e-6)
    sound, _ = synthesise(WatchSound(28_800), duration=60.0, scene=scene, seed=2)

    reference = pps_reference(sound)

    assert reference.kind == "pps"
    assert reference.ppm == pytest.approx(31.0, abs=0.03)
    assert reference.u_ppm == pytest.approx(0.0075, rel=0.6)


@given(lost=st.sets(st.integers(1, 28), max_size=6), false=st.lists(st.floats(0.2, 28.8), max_size=3))
def test_missing_and_surplus_pulses_do_no_harm(lost: set[int], false: list[float]) -> None:
    true = [k + 0.1 for k in range(30) if k not in lost]
    extra = [time for time in false if abs((time - 0.1 + 0.5) % 1.0 - 0.5) > 0.1]
    frames = np.sort(np.array(true + extra)) * 48_000 * (1 - 12e-6)

    assert reference_from_seconds(frames, sample_rate=48_000.0).ppm == pytest.approx(-12.0, abs=0.01)


def test_a_frame_log_with_bad_rows_gives_the_clock_within_its_uncertainty() -> None:
    generator = np.random.default_rng(4)
    rows = [(1e9 + 60.0 * k + generator.normal(0, 3e-4), 48_000 * 60.0 * k * (1 + 12e-6)) for k in range(21)]
    rows[7] = (rows[7][0] + 0.4, rows[7][1])

    reference = frame_log_reference(rows, sample_rate=48_000.0)

    # 0.3 ms of jitter on 21 rows over 20 min: 0.3e-3 / 1664 s = 0.18 ppm = 0.016 s/d.
    assert reference.ppm == pytest.approx(12.0, abs=0.6)
    assert reference.u_ppm == pytest.approx(0.18, rel=0.6)


def test_what_cannot_be_a_reference_is_refused() -> None:
    sound, _ = synthesise(WatchSound(28_800), duration=3.0, scene=Scene(snr_db=20.0, pps=True))
    with pytest.raises(DataError, match="pulses a second apart"):
        pps_reference(sound)
    with pytest.raises(DataError, match="channel"):
        pps_reference(sound, channel=4)
    with pytest.raises(DataError, match="rows"):
        frame_log_reference([(0.0, 0.0)], sample_rate=48_000.0)
    with pytest.raises(DataError, match="ppm"):
        frame_log_reference([(float(k), 96_000.0 * k) for k in range(9)], sample_rate=48_000.0)
    with pytest.raises(DataError, match="ppm"):
        typed_reference(3.0, u_ppm=0.0)
