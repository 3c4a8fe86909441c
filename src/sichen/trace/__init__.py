# SPDX-License-Identifier: Apache-2.0
"""A passport for each watch, and a ledger nobody can rewrite.

Identifiers, tags and exports have faces of their own: ``sichen.trace.identifiers``, ``sichen.trace.tag`` and
``sichen.trace.exports``. The names load when they are first used, so that a command which needs one of them does not wait for all.
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
    from sichen.trace.ledger import (
        Algorithm,
        BundleFinding,
        Checkpoint,
        Entry,
        KeyLog,
        Policy,
        Signer,
        Trust,
        VerifierKey,
        check_case,
        read_policy,
        verify_bundle,
    )

__all__ = [
    "FOREVER",
    "Algorithm",
    "BundleFinding",
    "Checkpoint",
    "Entry",
    "KeyLog",
    "Link",
    "LinkIndex",
    "LinkRow",
    "MemoryIndex",
    "Passage",
    "Policy",
    "Recall",
    "RecallRow",
    "Signer",
    "Trust",
    "VerifierKey",
    "backward",
    "check_case",
    "forward",
    "read_policy",
    "recall",
    "verify_bundle",
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
    "ledger": [
        "Algorithm",
        "BundleFinding",
        "Checkpoint",
        "Entry",
        "KeyLog",
        "Policy",
        "Signer",
        "Trust",
        "VerifierKey",
        "check_case",
        "read_policy",
        "verify_bundle",
    ],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # a type checker knows the names above, and should know no others

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
