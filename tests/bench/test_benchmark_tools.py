# SPDX-License-Identifier: Apache-2.0
"""The benchmark judges by its limits, never by luck: what is missing counts as missed."""

import numpy as np
import pytest
from benchmarks.bench import false_alarms, main
from benchmarks.bench.real import _packet_and_floor, with_noise
from benchmarks.bench.reference import plain_reading
from benchmarks.bench.table import Table
from benchmarks.bench.trial import given, greatest, rms

from sichen.bench import Scene, WatchSound, rate_bound, synthesise

NAN = float("nan")


def test_a_refused_value_misses_its_limit() -> None:
    table = Table("a table")
    table.limit("refused", NAN, 1.0)
    table.limit("good", 0.5, 1.0)
    table.limit("bad", 1.5, 1.0)
    table.note("only told", "7")

    assert table.missed == 2
    assert [line.split()[-1] for line in table.text().splitlines()[3:6]] == ["MISSED", "ok", "MISSED"]


def test_one_missing_value_among_many_is_not_lost_in_their_summary() -> None:
    assert np.isnan(greatest([0.1, NAN, 0.2]))
    assert np.isnan(greatest([0.1, 0.2, NAN]))
    assert np.isnan(rms([0.1, NAN]))
    assert greatest([-0.3, 0.2]) == 0.3
    assert given([NAN, 0.1]) == [0.1]


def test_a_share_and_a_never_count_their_cases() -> None:
    table = Table("a table")
    table.share("99 of 100", 99, 100, 0.99)
    table.share("98 of 100", 98, 100, 0.99)
    table.none("one case", ["seed 4"], 50)

    assert [row.ok for row in table.rows] == [True, False, False]
    assert "seed 4" in table.text()


def test_an_unknown_option_is_a_miss(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only=colour"]) == 1
    assert "false-alarms" in capsys.readouterr().err


def test_noise_added_to_a_recording_reaches_the_ratio_asked_for() -> None:
    """The measured noise is that of quiet frames, so its level is known to some 0.2 dB."""
    clean, _ = synthesise(WatchSound(21_600), duration=20.0, sample_rate=44_100, scene=Scene(snr_db=20.0), seed=1)
    noisy = with_noise(clean, 4.0, seed=2)
    pure, mixed = (recording.samples[:, 0].astype(np.float64) for recording in (clean, noisy))
    pure *= np.dot(mixed, pure) / np.dot(pure, pure)
    packet, floor = _packet_and_floor(pure, 44_100)
    added = np.mean((mixed - pure) ** 2) * (20_000 - 3_000) / 22_050

    assert 10.0 * np.log10(packet / (floor + added)) == pytest.approx(4.0, abs=0.3)


def test_the_plain_peer_reads_a_clean_watch_as_its_kind_can() -> None:
    """Within five times the bound: it is there to be compared with, so it must not be a straw man."""
    watch = WatchSound(28_800, rate=7.3, beat_error=0.6, amplitude=255.0)
    recording, truth = synthesise(watch, duration=32.0, scene=Scene(snr_db=20.0), seed=4)

    reading = plain_reading(recording)

    assert reading is not None
    assert reading.rate == pytest.approx(7.3, abs=5 * rate_bound(watch, duration=32.0, snr_db=20.0))
    assert reading.beat_error == pytest.approx(truth.beat_error_drop, abs=0.01)


def test_sounds_without_a_watch_are_of_every_kind_and_the_same_each_time() -> None:
    for case in range(len(false_alarms.KINDS)):
        first, again = (false_alarms.sound_without_watch(case).samples for _ in range(2))

        assert np.array_equal(first, again)
        assert np.all(np.isfinite(first))
        assert np.abs(first).max(initial=0.0) <= 1.0
