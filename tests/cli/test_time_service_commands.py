# SPDX-License-Identifier: Apache-2.0
"""The commands of the time service: run and ended by SIGTERM, status, why, configurations."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sichen.adapters import DataFolder
from sichen.adapters.demonstration_time import keep_demonstration_time
from sichen.cli.__main__ import run
from sichen.timebase.service import ready_plans

PLAN = """
name = "hall"
tick = 0.25
[[source]]
name = "SYS"
kind = "system"
u = 1e-4
jitter = 1e-4
[[output]]
kind = "strings"
path = "{folder}/out.txt"
sentences = ["rmc"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "hall.toml"
    path.write_text(PLAN.format(folder=tmp_path), encoding="utf-8")
    return path


@pytest.mark.slow
def test_service_serves_is_seen_and_ends_cleanly_on_sigterm(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    state = data / "time/hall"
    state.mkdir(parents=True)
    (state / "memory.json").write_text('{"form": "cut', encoding="utf-8")
    words = ["time", "run", "--config", str(config), "--data", str(data)]
    environment = {**os.environ, "SICHEN_LANGUAGE": "en"}
    service = subprocess.Popen([sys.executable, "-m", "sichen.cli", *words], stderr=subprocess.PIPE, text=True, env=environment)
    found = 3
    deadline = time.monotonic() + 60
    status: dict[str, Any] = {}
    # The service has begun when it answers, and has found its source when that is followed: a busy machine takes its time.
    while not (found == 0 and status["sources"][0]["state"] in {"followed", "good"}) and time.monotonic() < deadline:
        time.sleep(0.5)
        found = run(["time", "status", "--json", "--data", str(data)])
        told = capsys.readouterr().out
        status = json.loads(told) if found == 0 else {}
    assert found == 0
    assert status["sources"][0]["state"] in {"followed", "good"}
    # A memory that was cut is told, and not used.
    assert any("damaged" in one["en"] or "altered" in one["en"] or "cut" in one["en"] for one in status["reasons"])
    assert run(["time", "status", "--data", str(data)]) == 0
    assert "hall" in capsys.readouterr().out
    time.sleep(3.0)
    service.send_signal(signal.SIGTERM)
    _, errors = service.communicate(timeout=30)
    assert service.returncode == 0, errors
    assert "ended" in errors
    assert service.stderr is not None
    service.stderr.close()
    assert json.loads((state / "memory.json").read_text(encoding="utf-8"))["oscillator"] == "TCXO"
    assert run(["time", "status", "--data", str(data)]) == 3
    with DataFolder.open(data) as folder:
        record = next(folder.records.find(kind="timebase.served"))
    assert run(["time", "why", "--data", str(data), str(record.body["from"])]) == 0
    assert b"RMC" in (tmp_path / "out.txt").read_bytes()


@pytest.mark.slow
def test_second_of_a_kept_day_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with DataFolder.open(tmp_path) as folder:
        records = keep_demonstration_time(folder)
    second = str(records[8].body["from"])
    assert run(["time", "why", "--json", "--data", str(tmp_path), second]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["record"] == records[8].digest
    assert told["previous"] == records[7].digest
    assert run(["time", "why", "--data", str(tmp_path), second]) == 0
    assert records[8].digest in capsys.readouterr().out
    assert run(["time", "why", "--data", str(tmp_path), "2020-01-01T00:00:00Z"]) == 1


@pytest.mark.parametrize("name", sorted(ready_plans()))
def test_ready_configurations_pass_their_check(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["time", "config", "check", name]) == 0
    assert run(["time", "run", "--check", "--config", name]) == 0
    assert run(["time", "config", "show", name]) == 0
    assert run(["time", "config", "show", "--text", name]) == 0
    assert f'name = "{name}"' in capsys.readouterr().out


def test_lists_unit_and_mistakes(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["time", "config", "list"]) == 0
    assert run(["time", "unit", str(config)]) == 0
    assert f"time run --config {config}" in capsys.readouterr().out
    config.write_text(config.read_text(encoding="utf-8") + "\nsauce = 1", encoding="utf-8")
    assert run(["time", "config", "check", str(config)]) == 2
    assert "output.sauce" in capsys.readouterr().err
    assert run(["time", "config", "check", "no-such-file.toml"]) == 3
