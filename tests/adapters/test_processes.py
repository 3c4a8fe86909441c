# SPDX-License-Identifier: Apache-2.0
"""Several processes write at once, and some are killed: what was acknowledged is there, and all of it is whole."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sichen.adapters import DataFolder, RecordStore

APPEND = """
import sys
from sichen.adapters import RecordStore
from sichen.core import Instant, Record

address, writer, count, shared = sys.argv[1], *map(int, sys.argv[2:])
with RecordStore(address) as store:
    for number in range(count):
        owner = 0 if number < shared else writer
        print(store.append(Record("bench.note", f"watch:{owner}", {"n": number}, "m", "1", Instant(number))), flush=True)
"""

KEEP = """
import itertools, sys
from sichen.adapters import DataFolder

with DataFolder.open(sys.argv[1]) as folder:
    for number in itertools.count(int(sys.argv[2])):
        print(folder.keep(number.to_bytes(8, "big") * 60_000, media_type="audio/wav").digest, flush=True)
"""


def start(script: str, *words: object) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", script, *map(str, words)], stdout=subprocess.PIPE, text=True)


def acknowledged(script: str, *words: object, after: float) -> list[str]:
    """Let a process work for a while, kill it, and return what it said was kept."""
    with start(script, *words) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    return [line for line in (first + rest).split("\n") if len(line) == len("sha256:") + 64]


@pytest.mark.slow
def test_processes_that_append_at_once_lose_nothing(address: str) -> None:
    """Three writers, of whose records the first ten are the same for all."""
    writers = [start(APPEND, address, writer, 100, 10) for writer in (1, 2, 3)]
    said = {digest for process in writers for digest in process.communicate(timeout=60)[0].split()}

    assert [process.returncode for process in writers] == [0, 0, 0]
    with RecordStore(address) as store:
        assert store.count() == len(said) == 10 + 3 * 90
        assert {record.digest for record in store.find(limit=1000)} == said
        assert list(store.verify_all()) == []


@pytest.mark.slow
def test_records_survive_the_killing_of_their_writer(address: str) -> None:
    pauses = random.Random(7)
    said: set[str] = set()
    for writer in range(5):
        said.update(acknowledged(APPEND, address, writer, 100_000, 0, after=pauses.uniform(0.0, 0.2)))

    with RecordStore(address) as store:
        kept = {record.digest for record in store.find(limit=1_000_000)}
        assert said <= kept
        assert len(kept) - len(said) <= 5  # each may have died between keeping and saying so
        assert list(store.verify_all()) == []


@pytest.mark.slow
def test_artifacts_survive_the_killing_of_their_writer(tmp_path: Path) -> None:
    pauses = random.Random(8)
    said: set[str] = set()
    for writer in range(5):
        said.update(acknowledged(KEEP, tmp_path, 10_000 * writer, after=pauses.uniform(0.0, 0.2)))

    with DataFolder.open(tmp_path) as folder:
        assert said <= set(folder.artifacts.digests())
        for digest in folder.artifacts.digests():
            folder.artifacts.verify(digest)
        assert list((tmp_path / "artifacts" / "incoming").iterdir()) == []
        assert list(folder.records.verify_all()) == []
