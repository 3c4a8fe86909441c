# SPDX-License-Identifier: Apache-2.0
"""What was learned of the oscillator outlives the service, however it ends."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sichen.adapters.timebase import TimeService
from sichen.core import DataError, Instant
from sichen.timebase import Memory, NoiseModel
from sichen.timebase.memory import recall
from sichen.timebase.service import read_plan

LEARNED = NoiseModel(1e-21, 3e-24, 0.5, 0.4, 90_000.0)
PLAN = 'name = "kept"\ntick = 0.25\noscillator = "OCXO"\n[[source]]\nname = "S"\nkind = "system"\nu = 1e-3\njitter = 1e-3\n'
SERVICE = """
import sys, threading
from pathlib import Path
from sichen.adapters.timebase import TimeService, service
from sichen.timebase.service import read_plan
service.KEPT_EVERY = 0
TimeService(read_plan(sys.argv[1]), state=Path(sys.argv[2])).run(threading.Event())
"""


def kept(state: Path) -> Memory:
    return recall((state / "memory.json").read_text(encoding="utf-8"), now=None)


@pytest.mark.slow
def test_the_noise_learned_survives_a_service_that_is_killed(tmp_path: Path) -> None:
    """The service keeps its memory at every tick here; killed at any moment, the next run begins with what it had learned."""
    begun = Memory(Instant.parse("2026-01-02T00:00:00Z"), "OCXO", 1e-9, 0.0, 1e-8, LEARNED)
    (tmp_path / "memory.json").write_text(begun.to_text(), encoding="utf-8")
    for patience in (0.0, 0.37):
        before = kept(tmp_path)
        service = subprocess.Popen([sys.executable, "-c", SERVICE, PLAN, str(tmp_path)])
        deadline = time.monotonic() + 90
        while kept(tmp_path) == before and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(patience)
        service.send_signal(signal.SIGKILL)
        service.wait()
        after = kept(tmp_path)
        assert after.instant.ns > before.instant.ns
        assert after.learned is not None
        assert after.learned.seconds >= LEARNED.seconds
        assert 0.1 < after.learned.q2 / LEARNED.q2 < 10.0

    again, stop = TimeService(read_plan(PLAN), state=tmp_path), threading.Event()
    learned = again.engine.arbiter.learned()
    stop.set()
    again.run(stop)
    assert learned is not None
    assert learned.seconds >= LEARNED.seconds


def test_a_memory_without_noise_is_still_read_and_one_with_damaged_noise_is_refused() -> None:
    plain = Memory(Instant(0), "OCXO", 1e-9, 0.0, 1e-10)
    full = Memory(Instant(0), "OCXO", 1e-9, 0.0, 1e-10, LEARNED)

    assert "learned" not in json.loads(plain.to_text())
    assert recall(plain.to_text(), now=None) == plain
    assert recall(full.to_text(), now=None) == full
    with pytest.raises(DataError):
        recall(full.to_text().replace("3e-24", "4e-24"), now=None)
