# SPDX-License-Identifier: Apache-2.0
"""The sound card is heard through the real PortAudio and ALSA, of which a file plays the microphone."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sichen.core import catalogue

ALSA = """
pcm.!default {{
  type file
  slave.pcm null
  file /dev/null
  infile {feed}
  format raw
}}
pcm.null {{ type null }}
"""

LISTEN = """
import json
from itertools import islice
from sichen.adapters import input_devices, live_input

(device,) = input_devices()
with live_input(sample_rate=44_100, channels=2) as sound:
    pieces = list(islice(sound.chunks(), 3))
    answer = {
        "device": device.name == sound.device.name == "default",
        "rate": sound.sample_rate,
        "channels": sound.channels,
        "frames": sound.frames,
        "heard": sound.heard,
        "overflows": sound.overflows,
        "kind": str(pieces[0].dtype),
        "shapes": [piece.shape for piece in pieces],
        "start": pieces[0][:4].tolist(),
    }
    endless = sound.chunks()
answer["after"] = len(list(endless))
print(json.dumps(answer))
"""

REFUSE = """
import sys
from sichen.adapters import live_input
from sichen.core import SichenError

try:
    live_input(device={device!r}, channels={channels})
except SichenError as error:
    print(type(error).__name__, error.message.key, error, sep="|")
"""

WITHOUT = (
    """
import sys
sys.modules["sounddevice"] = None
"""
    + REFUSE
)

# PortAudio aborts where ALSA knows no device at all by configuration, so a computer without inputs is played here.
DEAF = (
    """
import sys, types
sys.modules["sounddevice"] = types.SimpleNamespace(query_devices=lambda: [{"max_input_channels": 0}])
"""
    + REFUSE
)

BROKEN = (
    """
import sys, types

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "sounddevice":
            raise OSError("PortAudio library not found")

sys.meta_path.insert(0, Finder())
"""
    + REFUSE
)


def portaudio_is_here() -> bool:
    if importlib.util.find_spec("sounddevice") is None or not Path("/usr/share/alsa").is_dir():
        return False
    done = subprocess.run([sys.executable, "-c", "import sounddevice"], check=False, capture_output=True)
    return done.returncode == 0


with_alsa = pytest.mark.skipif(
    not portaudio_is_here(), reason="needs sounddevice, apt-get install libportaudio2 and the ALSA library"
)


def run(script: str, tmp_path: Path, *, configuration: str) -> str:
    (tmp_path / "asound.conf").write_text(configuration)
    environment = os.environ | {"ALSA_CONFIG_PATH": str(tmp_path / "asound.conf")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout


@with_alsa
def test_a_sound_input_delivers_what_the_microphone_hears(tmp_path: Path) -> None:
    fed = np.random.default_rng(3).uniform(-1, 1, (44_100, 2)).astype(np.float32)
    fed.tofile(tmp_path / "feed.raw")

    answer = json.loads(run(LISTEN, tmp_path, configuration=ALSA.format(feed=tmp_path / "feed.raw")))

    start = np.array(answer.pop("start"), np.float32)
    assert any(np.array_equal(start, fed[at : at + 4]) for at in range(len(fed) - 4))
    assert answer == {
        "device": True,
        "rate": 44_100.0,
        "channels": 2,
        "frames": None,
        "heard": 3 * 4410,
        "overflows": 0,
        "kind": "float32",
        "shapes": [[4410, 2]] * 3,
        "after": 0,
    }


@with_alsa
@pytest.mark.parametrize(
    ("device", "channels", "configuration", "expected"),
    [
        ("pickup", 1, ALSA, "ConfigError|adapters.live.unknown_device|no sound input is called 'pickup'; there are: 0 default"),
        (None, 100_000, ALSA, "SourceError|adapters.live.failed|"),
    ],
)
def test_an_input_that_is_not_there_is_named(
    tmp_path: Path, device: str | None, channels: int, configuration: str, expected: str
) -> None:
    (tmp_path / "feed.raw").write_bytes(bytes(1000))
    script = REFUSE.format(device=device, channels=channels)

    assert run(script, tmp_path, configuration=configuration.format(feed=tmp_path / "feed.raw")).startswith(expected)


@pytest.mark.parametrize(("script", "key"), [(WITHOUT, "live.no_sounddevice"), (BROKEN, "live.no_portaudio")])
def test_a_missing_part_is_named_with_the_command_that_brings_it(tmp_path: Path, script: str, key: str) -> None:
    answer = run(script.replace("{device!r}", "None").replace("{channels}", "1"), tmp_path, configuration="")

    assert answer.startswith(f"ConfigError|adapters.{key}|")
    assert "install" in catalogue("adapters")[key]["zh"] + answer


def test_a_computer_without_inputs_says_so(tmp_path: Path) -> None:
    answer = run(DEAF.replace("{device!r}", "None").replace("{channels}", "1"), tmp_path, configuration="")

    assert answer.startswith("SourceError|adapters.live.no_device|this computer has no sound input")
