# SPDX-License-Identifier: Apache-2.0
"""How a request reaches the data folder."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from sichen.adapters import DataFolder
from sichen.core import digest_prefix


def folder_of(connection: HTTPConnection) -> DataFolder:
    """Return the data folder that the application was made for."""
    folder: DataFolder = connection.app.state.folder
    return folder


Folder = Annotated[DataFolder, Depends(folder_of)]


def resolve(digest: str, folder: DataFolder) -> str:
    """Return the full digest that a person's digits mean; raise `DataError` or `NotFound` with advice."""
    return folder.records.resolve(digest_prefix(digest))
