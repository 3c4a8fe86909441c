# SPDX-License-Identifier: Apache-2.0
"""The evidence of a time service that is killed, meets a full disk, or is started twice."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.time_service_desk import state_folder
from sichen.adapters.timebase import TimeService
from sichen.adapters.timebase.evidence import OPEN, find_behind, is_open, open_minutes
from sichen.core import Instant, Message, Record, SourceError
from sichen.timebase.service import KIND, broken_links, read_plan

NS = 1_000_000_000
PLAN = """
name = "house"
tick = 0.25
[[source]]
name = "SYS"
kind = "system"
u = 1e-4
jitter = 1e-4
"""


def wait_for(ready: Callable[[], object], seconds: float = 120.0) -> bool:
    deadline = time.monotonic() + seconds
    while not ready() and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(ready())


def test_second_service_on_the_same_clock_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    first = TimeService(read_plan(PLAN), state=tmp_path)
    with pytest.raises(SourceError, match="house"):
        TimeService(read_plan(PLAN), state=tmp_path)
    stop = threading.Event()
    stop.set()
    first.run(stop)
    TimeService(read_plan(PLAN), state=tmp_path).run(stop)


@pytest.mark.slow
def test_seconds_before_a_kill_are_in_the_chain_after_the_next_start(tmp_path: Path) -> None:
    config, data = tmp_path / "house.toml", tmp_path / "data"
    config.write_text(PLAN)
    words = [sys.executable, "-m", "sichen.cli", "time", "run", "--config", str(config), "--data", str(data)]
    seen: list[Record] = []
    for _ in range(2):
        service = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        with DataFolder.open(data) as folder:
            place = state_folder(folder, "house") / OPEN
            assert wait_for(lambda: any(len(one.body["seconds"]) > 3 for one in open_minutes(folder)), 120.0), place  # type: ignore[arg-type]
            service.send_signal(signal.SIGKILL)
            service.wait(timeout=10)
            left = next(iter(open_minutes(folder)))
            second = Instant(Instant.parse(str(left.body["from"])).ns + 2 * NS)
            found = find_behind(folder, second, name="house")
            assert found is not None
            assert found.state["followed"] == ["SYS"]
            seen.append(left)
    stop = threading.Event()
    stop.set()
    with DataFolder.open(data) as folder:
        TimeService(read_plan(PLAN), state=state_folder(folder, "house"), folder=folder).run(stop)
        kept = list(folder.records.find(kind=KIND))[::-1]
        assert {one.digest for one in seen} <= {one.digest for one in kept}
        assert not broken_links(kept)
        assert not list(open_minutes(folder))
        assert (found := find_behind(folder, second)) is not None
        assert not is_open(folder, found)


@pytest.mark.slow
def test_full_disk_stops_neither_the_clock_nor_loses_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with DataFolder.open(tmp_path / "data") as folder:
        service = TimeService(read_plan(PLAN), state=state_folder(folder, "house"), folder=folder)
        whole, full = folder.records.append, threading.Event()
        full.set()

        def append(record: Record) -> str:
            if full.is_set():
                raise SourceError(
                    Message("adapters.file.not_written", path="records.sqlite", problem="No space left on device")
                )
            return whole(record)

        monkeypatch.setattr(folder.records, "append", append)
        stop = threading.Event()
        thread = threading.Thread(target=service.run, args=(stop,))
        thread.start()
        try:
            assert wait_for(lambda: "No space left" in str([dict(one) for one in service.status().reasons]), 150.0)
            full.clear()
            assert wait_for(lambda: list(folder.records.find(kind=KIND)), 30.0)
            assert wait_for(lambda: "No space left" not in str([dict(one) for one in service.status().reasons]), 30.0)
        finally:
            stop.set()
            thread.join()
        seconds = {
            Instant.parse(str(one.body["from"])).ns // NS + at
            for one in folder.records.find(kind=KIND)
            for at in cast("list[int]", one.body["seconds"])
        }
        assert len(seconds) == max(seconds) - min(seconds) + 1
