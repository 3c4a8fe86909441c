# SPDX-License-Identifier: Apache-2.0
"""What the workbench needs of a data folder, and how a request reaches it."""

from pathlib import Path
from typing import Annotated, BinaryIO, Protocol

from fastapi import Depends
from starlette.requests import HTTPConnection

from sichen.core import Artifact, Ledger, digest_prefix


class Records(Ledger, Protocol):
    """A ledger that also counts, and knows shortened digests."""

    def resolve(self, text: str) -> str:
        """Return the full digest that begins so; raise `NotFound` or `DataError` when none or several do."""
        ...

    def count(self, *, kind: str | None = None) -> int:
        """Return how many records there are, of all kinds or of one."""
        ...


class Artifacts(Protocol):
    """The bytes of the raw evidence."""

    def open(self, digest: str) -> BinaryIO:
        """Open the raw data for reading; raise `NotFound` when it is not kept."""
        ...


class DataFolder(Protocol):
    """Records and artifacts of one workshop."""

    @property
    def records(self) -> Records:
        """The ledger."""
        ...

    @property
    def artifacts(self) -> Artifacts:
        """The raw evidence."""
        ...

    def keep(self, source: bytes | Path, *, media_type: str, name: str = "") -> Artifact:
        """Keep raw data and return what is known of it; keeping it twice keeps it once."""
        ...


def folder_of(connection: HTTPConnection) -> DataFolder:
    """Return the data folder that the application was made for."""
    folder: DataFolder = connection.app.state.folder
    return folder


Folder = Annotated[DataFolder, Depends(folder_of)]


def resolve(digest: str, folder: DataFolder) -> str:
    """Return the full digest that a person's digits mean; raise `DataError` or `NotFound` with advice."""
    return folder.records.resolve(digest_prefix(digest))
