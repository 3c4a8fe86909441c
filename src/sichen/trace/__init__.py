# SPDX-License-Identifier: Apache-2.0
"""Trace: a passport for each watch, and a ledger nobody can rewrite.

Identifiers, tags and exports have faces of their own: ``sichen.trace.identifiers``, ``sichen.trace.tag`` and
``sichen.trace.exports``. The names load when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sichen.trace.genealogy import (
        FOREVER,
        Link,
        LinkIndex,
        LinkRow,
        MemoryIndex,
        Passage,
        Recall,
        RecallRow,
        backward,
        forward,
        recall,
    )

__all__ = [
    "FOREVER",
    "Link",
    "LinkIndex",
    "LinkRow",
    "MemoryIndex",
    "Passage",
    "Recall",
    "RecallRow",
    "backward",
    "forward",
    "recall",
]

_HOMES = {
    "genealogy": [
        "FOREVER",
        "Link",
        "LinkIndex",
        "LinkRow",
        "MemoryIndex",
        "Passage",
        "Recall",
        "RecallRow",
        "backward",
        "forward",
        "recall",
    ],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # a type checker knows the names above, and should know no others

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
