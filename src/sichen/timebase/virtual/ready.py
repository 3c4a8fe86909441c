# SPDX-License-Identifier: Apache-2.0
"""Situations that come with Sichen: to see how the time base behaves before one builds it."""

from functools import cache
from importlib import resources


@cache
def ready_situations() -> dict[str, str]:
    """Return their texts by name.

    Examples
    --------
    >>> "holdover" in ready_situations()
    True
    """
    folder = resources.files("sichen.timebase").joinpath("data/situations")
    return {
        entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }
