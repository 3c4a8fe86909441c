# SPDX-License-Identifier: Apache-2.0
"""Whether files have changed since somebody looked, told without opening them."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = tuple[tuple[int, int, int] | None, ...]

_YOUNG = 0.1
"""Seconds; a file system writes down the time of a change no finer than the tick of its kernel, at most 0.01 s."""


class FileStamp:
    """A stamp that is another one whenever one of some files has changed.

    Parameters
    ----------
    paths : Path
        A missing file is one that may appear.
    clock : callable
        Seconds since 1970.

    Examples
    --------
    >>> FileStamp(Path("/nowhere/at all"))()
    (None,)
    """

    def __init__(self, *paths: Path, clock: Callable[[], float] = time.time) -> None:
        self._paths = tuple(map(str, paths))
        self._clock = clock

    def __call__(self) -> Stamp | None:
        """Return the stamp; None while the last change is so young that another could hide in the same tick."""
        now = self._clock()
        found: list[tuple[int, int, int] | None] = []
        for path in self._paths:
            try:
                state = os.stat(path)  # noqa: PTH116 - thousands a second, and a Path takes longer than the question
            except FileNotFoundError:
                found.append(None)
                continue
            if abs(now - state.st_mtime) < _YOUNG:
                return None
            found.append((state.st_ino, state.st_size, state.st_mtime_ns))
        return tuple(found)
