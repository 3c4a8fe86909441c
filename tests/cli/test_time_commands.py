# SPDX-License-Identifier: Apache-2.0
"""``sichen time``: exit codes, the promised JSON, refusals that name what is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest

from sichen.adapters.timebase_desk import machine_leap_table
from sichen.cli.__main__ import run
from sichen.core import Instant
from sichen.timebase import oscillator, simulate_phase

SITUATION = """
title = "x"
hours = 1
[[source]]
name = "GPS"
u = 1e-7
jitter = 2e-8
[[limit]]
measure = "error"
value = {limit}
begin = 0.5
"""


def written(folder: Path, text: str) -> str:
    """Write a situation and return its path."""
    path = folder / "situation.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("limit", "code"), [("1e-6", 0), ("1e-12", 1)])
def test_simulate_prints_its_limits_and_leaves_with_the_answer(
    limit: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["time", "simulate", "--json", written(tmp_path, SITUATION.format(limit=limit))]) == code
    answer = json.loads(capsys.readouterr().out)

    assert set(answer["limits"][0]) == {"name", "value", "limit", "ok"}
    assert answer["limits"][0]["ok"] is (code == 0)


def test_simulate_tells_the_course_of_states_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["time", "simulate", written(tmp_path, SITUATION.format(limit="1e-6"))]) == 0

    assert "locked" in capsys.readouterr().out


def test_an_unknown_key_is_named_and_is_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["time", "simulate", written(tmp_path, "sauce = 1" + SITUATION.format(limit="1"))]) == 2

    assert "sauce" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_a_source_that_failed(tmp_path: Path) -> None:
    assert run(["time", "simulate", str(tmp_path / "nothing.toml")]) == 3


def test_holdover_predicts_with_an_uncertainty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "clock.txt"
    np.savetxt(path, simulate_phase(oscillator("OCXO"), count=1500, interval=60.0, seed=1, reading=3e-9))
    assert run(["time", "holdover", "--tau0", "60", "--after", "1h,1d", "--json", str(path)]) == 0
    hour, day = json.loads(capsys.readouterr().out)["predictions"]

    assert (hour["after_s"], day["after_s"]) == (3600.0, 86400.0)
    assert 0 < hour["u_s"] < day["u_s"] < 1e-4
    assert run(["time", "holdover", "--tau0", "60", "--after", "soon", str(path)]) == 2


def test_the_machine_table_is_never_worse_than_ours() -> None:
    table, advice = machine_leap_table(Instant.parse("2026-01-01T00:00:00Z"))

    assert table.offsets[-1] >= 37
    assert advice is None
