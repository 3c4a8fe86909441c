# SPDX-License-Identifier: Apache-2.0
"""Power failures, killed processes and single changed bits; `./run bench-suite trace --long` does it ten thousand times."""

from pathlib import Path

import pytest
from benchmarks.trace.bit_damage import stored_bits
from benchmarks.trace.crashes import killed_processes, power_failures
from benchmarks.trace.server_crashes import crashed_servers


@pytest.mark.slow
def test_power_failures_lose_nothing_that_was_acknowledged_and_fork_nothing() -> None:
    tally = power_failures(60, seed=11)

    assert tally.acknowledged > 100
    assert (tally.lost, tally.forks, tally.damaged) == (0, 0, 0)


@pytest.mark.slow
def test_the_campaign_itself_would_notice_a_ledger_that_does_not_sync() -> None:
    tally = power_failures(25, seed=3, synchronous="OFF")

    assert tally.lost + tally.forks + tally.damaged > 0


@pytest.mark.slow
def test_killed_processes_lose_nothing_that_was_acknowledged() -> None:
    tally = killed_processes(2, seed=5)

    assert tally.acknowledged > 0
    assert (tally.lost, tally.forks, tally.damaged) == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.usefixtures("postgres")
def test_a_crashed_server_loses_nothing_that_was_acknowledged() -> None:
    tally = crashed_servers(2, seed=2)

    assert tally.acknowledged > 0
    assert (tally.lost, tally.forks, tally.damaged) == (0, 0, 0)


@pytest.mark.slow
def test_changed_bits_in_tables_and_published_files_are_found(tmp_path: Path) -> None:
    tally = stored_bits(tmp_path / "bits", every=1511, short=13, records=1)

    assert tally.bits > 300
    assert tally.found == tally.bits
