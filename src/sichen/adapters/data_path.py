# SPDX-License-Identifier: Apache-2.0
"""Where the data folder is. On its own, so that a command which needs one file of it does not wait for the database."""

import os
from pathlib import Path

from sichen.adapters.configuration import read_configuration
from sichen.adapters.named_files import shown
from sichen.core import Message, SourceError


def make_folder(path: str | os.PathLike[str] | None = None) -> Path:
    """Return the data folder, made when it is missing, without opening what is kept in it.

    Parameters
    ----------
    path : path, optional
        By default what the configuration says.

    Raises
    ------
    ConfigError
        If the configuration is wrong.
    SourceError
        If the folder cannot be made.
    """
    folder = Path(read_configuration().data if path is None else path).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        problem = error.strerror or str(error)
        raise SourceError(Message("adapters.artifact.not_kept", path=shown(folder), problem=problem)) from error
    return folder
