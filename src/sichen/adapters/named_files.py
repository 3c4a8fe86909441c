# SPDX-License-Identifier: Apache-2.0
"""Files that a person names: opened for reading, or refused with what to do."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from sichen.adapters.whole_files import write_whole
from sichen.core import Message, SourceError


def open_named(path: Path) -> BinaryIO:
    """Open an ordinary file for reading.

    Raises
    ------
    SourceError
        If there is none of that name, it may not be read, or it is a folder, a pipe or a device.
    """
    try:
        _refuse_what_is_no_file(path)
        return path.open("rb")
    except SourceError:
        raise
    except FileNotFoundError as error:
        raise SourceError(Message("adapters.file.missing", path=shown(path))) from error
    except PermissionError as error:
        raise SourceError(Message("adapters.file.no_permission", path=shown(path))) from error
    except (OSError, ValueError) as error:
        raise SourceError(Message("adapters.file.unreadable", path=shown(path), problem=str(error))) from error


def read_named(path: Path) -> bytes:
    """Return the bytes of an ordinary file; raises as `open_named` does."""
    with open_named(path) as file:
        return file.read()


def is_file(text: str) -> bool:
    """Tell whether somebody typed the name of a file that exists."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def write_named(path: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8, that takes its name only when it is whole.

    Raises
    ------
    SourceError
        If the folder is missing or full, or may not be written.
    """
    try:
        with write_whole(path) as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
    except OSError as error:
        problem = error.strerror or str(error)
        raise SourceError(Message("adapters.file.not_written", path=shown(path), problem=problem)) from error


def make_folder(path: Path) -> None:
    """Make a folder that a person named, where it is missing.

    Raises
    ------
    SourceError
        If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = error.strerror or str(error)
        raise SourceError(Message("adapters.file.not_written", path=shown(path), problem=problem)) from error


def shown(path: str | os.PathLike[str]) -> str:
    """Return a path as text that every terminal and page can show, even where its bytes are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def _refuse_what_is_no_file(path: Path) -> None:
    """Ask before opening: to open a pipe is to wait for its writer."""
    kind = path.stat().st_mode
    if stat.S_ISDIR(kind):
        raise SourceError(Message("adapters.file.folder", path=shown(path)))
    if not stat.S_ISREG(kind):
        raise SourceError(Message("adapters.file.not_ordinary", path=shown(path)))
