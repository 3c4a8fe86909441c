# SPDX-License-Identifier: Apache-2.0
"""Everything in a data folder held against what proves it: sums of files, digests of records and artifacts, the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sichen.adapters import sums
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.data_path import make_folder
from sichen.adapters.verification import Problem
from sichen.adapters.write_ahead_log import damaged_logs
from sichen.core import Message, NotFound, SichenError


@dataclass(frozen=True)
class Checked:
    """What a check of a whole data folder found.

    Parameters
    ----------
    count : int
        How many records, artifacts and other files were looked at.
    problems : tuple of Problem
    open : tuple of str
        Files that had no sum: being written now, or when the power failed.
    """

    count: int
    problems: tuple[Problem, ...]
    open: tuple[str, ...]


def verify_folder(path: Path | None = None) -> Checked:
    """Check all that a data folder holds; files go first, for a damaged one may keep the others from being read.

    Parameters
    ----------
    path : Path, optional
        By default what the configuration says.

    Raises
    ------
    ConfigError, SourceError
        If there is no way to read the folder at all.
    """
    place = make_folder(path)
    compared = sums.compare(place)
    problems = [Problem("", message) for _, message in compared.changed]
    # Before the databases are opened: whoever writes next takes the damaged end of a log away.
    logs = [str(one.relative_to(place)) for one in damaged_logs(place)]
    problems += [Problem("", Message("adapters.verify.log_damaged", name=name)) for name in logs]
    count = compared.whole + len(compared.changed) + len(logs)
    try:
        with DataFolder.open(path) as folder:
            checked, found = folder.verify()
            count += checked
            problems += [*found, *_strays(folder), *_ledger(folder)]
    except SichenError as error:
        if not problems:
            raise
        problems.append(Problem("", error.message))
    return Checked(count, tuple(problems), compared.open)


def accept(name: str, path: Path | None = None) -> None:
    """Take a file of the data folder as right that somebody changed by hand.

    Parameters
    ----------
    name : str
        As `verify_folder` calls it.

    Raises
    ------
    NotFound
        If there is no such file in the folder.
    """
    place = make_folder(path)
    file = place / name
    if not file.resolve().is_relative_to(place.resolve()) or not file.is_file():
        raise NotFound(Message("adapters.verify.no_file", name=name))
    sums.note(file)


def _strays(folder: DataFolder) -> Iterator[Problem]:
    """Check the artifacts that nobody registered: a crash leaves them, and they prove themselves by their names."""
    for digest in folder.artifacts.digests():
        try:
            folder.records.artifact(digest)
        except NotFound:
            try:
                folder.artifacts.verify(digest)
            except SichenError as error:
                yield Problem(digest, error.message)


def _ledger(folder: DataFolder) -> Iterator[Problem]:
    from sichen.adapters.ledger import desk

    if not desk.has_ledger(folder):
        return
    with desk.open_ledger(folder) as ledger:
        for damage in desk.verify_ledger(ledger):
            yield Problem("", damage.message)
