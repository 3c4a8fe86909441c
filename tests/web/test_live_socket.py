# SPDX-License-Identifier: Apache-2.0
"""The live connection over a real socket."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from websockets import Origin
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from sichen.adapters import DataFolder

START = {"do": "start", "sample_rate": 48000, "channels": 1, "device_rate": 44100, "altered": ["autoGainControl"]}
SECOND = np.zeros(48_000, dtype="<f4").tobytes()


@pytest.fixture
def socket(address: str) -> Iterator[ClientConnection]:
    """Connect as a page does."""
    with connect(address.replace("http", "ws") + "/bench/live", origin=Origin(address)) as opened:
        yield opened


def tell(socket: ClientConnection, **command: object) -> None:
    """Send a command."""
    socket.send(json.dumps(command))


def hear(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next event of a kind."""
    while True:
        event: dict[str, Any] = json.loads(socket.recv(timeout=5))
        if event["type"] == kind:
            return event


def test_sound_in_figures_out_and_the_sound_can_be_kept(socket: ClientConnection, folder: DataFolder) -> None:
    tell(socket, do="set", watch="Nine", position="FH")
    tell(socket, **START)
    for _ in range(4):
        socket.send(SECOND)

    reading = hear(socket, "reading")
    while not reading["ok"]:
        reading = hear(socket, "reading")
    tell(socket, do="save")
    saved = hear(socket, "saved")

    assert reading["figures"]["rate"]["value"].startswith("+")
    record = folder.records.read(saved["digest"])
    assert record.subject == "watch:Nine"
    assert record.body["source"] == {
        "kind": "microphone",
        "sample_rate": 48000.0,
        "device_rate": 44100.0,
        "altered": ["autoGainControl"],
    }
    sound = folder.artifacts.path(record.inputs[0].digest).read_bytes()
    assert sound.endswith(SECOND * 4)


def test_the_sample_watch_is_heard_without_a_microphone(socket: ClientConnection) -> None:
    tell(socket, do="sample")

    assert hear(socket, "reading")
    tell(socket, do="stop")
    assert hear(socket, "ended")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"do": "dance"}', '{"do": "start"}', '{"do":"set","lift_angle":5}', "x" * 20_000]
)
def test_a_wrong_command_is_answered_and_the_connection_lives(socket: ClientConnection, text: str) -> None:
    socket.send(text)

    assert hear(socket, "problem")["text"]
    tell(socket, **START)
    assert hear(socket, "ready")


def test_a_damaged_piece_of_sound_is_told(socket: ClientConnection) -> None:
    tell(socket, **START)
    socket.send(b"abc")

    assert hear(socket, "problem")["key"] == "web.bench.error.frame"


def test_nothing_can_be_kept_before_something_was_heard(socket: ClientConnection, folder: DataFolder) -> None:
    tell(socket, do="save")

    assert hear(socket, "problem")["key"] == "web.bench.error.nothing_heard"
    assert not folder.records.count()


def test_a_foreign_page_cannot_listen(address: str) -> None:
    with (
        pytest.raises(InvalidStatus),
        connect(address.replace("http", "ws") + "/bench/live", origin=Origin("http://evil.example")),
    ):
        pass
