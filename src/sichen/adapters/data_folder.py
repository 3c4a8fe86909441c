# SPDX-License-Identifier: Apache-2.0
"""The data folder: records and artifacts of one house, together."""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sichen.adapters import sums
from sichen.adapters.artifacts import ArtifactStore
from sichen.adapters.configuration import read_configuration
from sichen.adapters.data_path import make_folder
from sichen.adapters.record_store import RecordStore
from sichen.adapters.verification import Problem
from sichen.core import Artifact


@dataclass(frozen=True)
class DataFolder:
    """Where everything is kept; use it in a ``with`` block.

    Parameters
    ----------
    path : Path
    records : RecordStore
    artifacts : ArtifactStore
    database : str, optional
        URL of the database when it is not the SQLite file of the folder.
    """

    path: Path
    records: RecordStore
    artifacts: ArtifactStore
    database: str | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None = None, *, database: str | None = None) -> Self:
        """Open a data folder, made when it is missing and then closed to other users of the computer.

        Parameters
        ----------
        path : path, optional
            By default what the configuration says: ``$SICHEN_DATA``, else ``$XDG_DATA_HOME/sichen``.
        database : str, optional
            URL of the database. By default SQLite in the folder; where `path` is left out too, what the
            configuration says (``$SICHEN_DATABASE``).

        Raises
        ------
        ConfigError
            If the configuration is wrong or the database is not ours.
        SourceError
            If the folder cannot be made or used.
        """
        if path is None:
            database = database or read_configuration().database
        folder = make_folder(path)
        with contextlib.suppress(OSError):  # a folder that may only be read keeps the sums it has
            sums.begin(folder)
        artifacts = ArtifactStore(folder / "artifacts")
        return cls(folder, RecordStore(database or folder / "records.sqlite", artifacts=artifacts), artifacts, database)

    def keep(
        self, source: bytes | str | os.PathLike[str], *, media_type: str, name: str = "", expected: str | None = None
    ) -> Artifact:
        """Keep an artifact and note it among the records; the parameters are those of `ArtifactStore.keep`.

        The bytes are on the disk before they are noted. A crash in between leaves bytes that nobody refers to,
        and keeping them again finishes the work.
        """
        artifact = self.artifacts.keep(source, media_type=media_type, name=name, expected=expected)
        self.records.register(artifact)
        return artifact

    def verify(self, digests: Iterable[str] | None = None) -> tuple[int, tuple[Problem, ...]]:
        """Compare what is kept with its digests.

        Parameters
        ----------
        digests : iterable of str, optional
            Full digests of the records and artifacts to check; everything by default.

        Returns
        -------
        checked : int
            How many records and artifacts were looked at.
        problems : tuple of Problem
            Empty when all of them are what they were.
        """
        if digests is None:
            return self.records.count() + self.records.count_artifacts(), tuple(self.records.verify_all())
        wanted = tuple(dict.fromkeys(digests))
        return len(wanted), tuple(self.records.verify(wanted))

    def close(self) -> None:
        """Take what was kept into the ledger, where there is one, and let go of the database."""
        if self.records.grown:
            from sichen.adapters.ledger.desk import seal_what_waits

            seal_what_waits(self)
        self.records.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
