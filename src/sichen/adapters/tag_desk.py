# SPDX-License-Identifier: Apache-2.0
"""Keys of tags on disk: read from one file that only its owner may read."""

import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path

from sichen.adapters.named_files import open_named, shown
from sichen.core import ConfigError, Message
from sichen.trace.tag import KeyRing, UrlLayout, read_key_ring, read_layout

OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class TagKeys:
    """What a key file holds: the keys of all epochs, and how the tags write their addresses."""

    ring: KeyRing
    layout: UrlLayout


def read_keys(path: Path) -> TagKeys:
    """Read a key file.

    Parameters
    ----------
    path : Path
        TOML with a table ``[[epoch]]`` for each epoch, and ``[layout]`` where the parameters have names of their own.

    Returns
    -------
    TagKeys

    Raises
    ------
    ConfigError
        If others on this machine may read the file, or it is not in order.
    SourceError
        If it cannot be read.
    """
    with open_named(path) as file:
        if path.stat().st_mode & OTHERS:
            raise ConfigError(Message("adapters.tag_desk.open_to_others", path=shown(path)))
        content = file.read()
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The parser's own message may quote the line, and the line may be a key.
        raise ConfigError(Message("trace.tag.key_file", problem="TOML")) from None
    layout = data.get("layout", {})
    return TagKeys(read_key_ring(data), read_layout(layout if isinstance(layout, dict) else {"layout": None}))
