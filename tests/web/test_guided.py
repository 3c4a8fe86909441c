# SPDX-License-Identifier: Apache-2.0
"""The guided sequence: what is due when, and a whole round over a real socket."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.test_live_socket import START, hear, socket, tell
from websockets.sync.client import ClientConnection

from sichen.adapters import DataFolder
from sichen.bench.series import Plan
from sichen.core import JSON, DataError
from sichen.web.bench.guided import Guided, Turn, plan_of

__all__ = ["socket"]
PLAN: dict[str, JSON] = {"positions": ["CH", "6H"], "rest": 2, "listen": 40}
DUE = [
    Turn("listen", "CH"),
    Turn("keep", "CH"),
    Turn("rest", "6H"),
    Turn("listen", "6H"),
    Turn("keep", "6H"),
    Turn("done"),
]


@given(st.lists(st.floats(0.05, 30.0), min_size=1, max_size=40))
def test_however_the_sound_is_cut_everything_comes_due_once_and_in_order(pieces: list[float]) -> None:
    guided = Guided(Plan(("CH", "6H"), 2.0, 40.0), "full")

    found = [turn for seconds in itertools.chain(pieces, [100.0]) for turn in guided.hear(seconds)]

    assert [guided.begin(), *found] == [Turn("rest", "CH"), *DUE]


def test_a_rest_may_end_early_and_listening_may_not() -> None:
    guided = plan_of(PLAN, series="full")

    assert list(guided.skip()) == [Turn("listen", "CH")]
    assert not list(guided.skip())
    assert guided.step.remaining == pytest.approx(40.0, abs=1e-6)


@pytest.mark.parametrize(
    "said",
    [{}, {"positions": []}, {"positions": ["2H"]}, {"positions": ["CH", "CH"]}, PLAN | {"listen": 10}, PLAN | {"listen": 1e6}],
)
def test_a_plan_that_cannot_be_followed_is_refused(said: dict[str, JSON]) -> None:
    with pytest.raises(DataError):
        plan_of(said, series="")


def test_a_round_says_what_to_do_keeps_each_position_and_ends_at_the_watch(
    socket: ClientConnection, folder: DataFolder
) -> None:
    tell(socket, do="set", watch="Nine", series="full wind")
    tell(socket, **(START | {"sample_rate": 8000}))
    tell(socket, do="plan", **PLAN)

    first = hear(socket, "step")
    piece = np.zeros(8_000, dtype="<f4").tobytes()
    for _ in range(85):
        socket.send(piece)
    path = hear(socket, "finished")["path"]

    assert first["say"] == "Turn the watch to dial up and let it rest."
    assert first["of"] == ["CH", "6H"]
    assert path == "/bench/watches/Nine?series=full+wind"
    kept = list(folder.records.find(kind="bench.reading"))
    assert [record.body["position"] for record in kept] == ["6H", "CH"]
    assert {record.body["series"] for record in kept} == {"full wind"}
    assert {record.body["duration_s"] for record in kept} == {40.0}


def test_a_sequence_can_be_left(socket: ClientConnection, folder: DataFolder) -> None:
    tell(socket, **(START | {"sample_rate": 8000}))
    tell(socket, do="plan", **PLAN)
    assert hear(socket, "step")["phase"] == "stabilise"
    tell(socket, do="skip")
    assert hear(socket, "step")["phase"] == "measure"
    tell(socket, do="halt")
    for _ in range(45):
        socket.send(np.zeros(8_000, dtype="<f4").tobytes())
    tell(socket, do="stop")

    assert hear(socket, "ended")
    assert not folder.records.count()
