# SPDX-License-Identifier: Apache-2.0
"""Everything that touches the world: files, sound cards, databases, settings, the clock.

The names load when they are first used, so that a command which only reads settings does not wait for numpy
or SQLAlchemy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sichen.adapters.artifacts import ArtifactStore
    from sichen.adapters.audio_files import AudioFile, open_recording
    from sichen.adapters.audio_writing import write_wav
    from sichen.adapters.clock import now
    from sichen.adapters.configuration import Configuration, Setting, check_file, read_configuration
    from sichen.adapters.data_folder import DataFolder
    from sichen.adapters.live_audio import InputDevice, LiveInput, input_devices, live_input
    from sichen.adapters.record_store import RecordStore
    from sichen.adapters.verification import Problem

__all__ = [
    "ArtifactStore",
    "AudioFile",
    "Configuration",
    "DataFolder",
    "InputDevice",
    "LiveInput",
    "Problem",
    "RecordStore",
    "Setting",
    "check_file",
    "input_devices",
    "live_input",
    "now",
    "open_recording",
    "read_configuration",
    "write_wav",
]

_HOMES = {
    "artifacts": ["ArtifactStore"],
    "audio_files": ["AudioFile", "open_recording"],
    "audio_writing": ["write_wav"],
    "clock": ["now"],
    "configuration": ["Configuration", "Setting", "check_file", "read_configuration"],
    "data_folder": ["DataFolder"],
    "live_audio": ["InputDevice", "LiveInput", "input_devices", "live_input"],
    "record_store": ["RecordStore"],
    "verification": ["Problem"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # a type checker knows the names above, and should know no others

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
