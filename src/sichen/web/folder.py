# SPDX-License-Identifier: Apache-2.0
"""How a request reaches the data folder."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from sichen.adapters import DataFolder
from sichen.core import digest_prefix
from sichen.web.visitor import visitor_of


def whole_folder_of(connection: HTTPConnection) -> DataFolder:
    """Return the data folder with all its records, for pages that ask `Eyes` themselves and tell what is withheld."""
    folder: DataFolder = connection.app.state.folder
    return folder


def folder_of(connection: HTTPConnection) -> DataFolder:
    """Return the data folder that the application was made for, with the records that who asks may know of.

    People of the house and its auditors see all of it that their chapters show; everybody else who signed in sees what
    his relation to each watch lets him see, on every page, without the page having to think of it.
    """
    folder = whole_folder_of(connection)
    signed = visitor_of(connection).signed
    if signed is None or signed.person.role == "auditor":
        return folder
    from sichen.web.records.access import Eyes

    eyes = Eyes(connection)
    return folder if eyes.of_the_house else replace(folder, records=folder.records.seen_by(eyes.sees))


Folder = Annotated[DataFolder, Depends(folder_of)]
WholeFolder = Annotated[DataFolder, Depends(whole_folder_of)]


def resolve(digest: str, folder: DataFolder) -> str:
    """Return the full digest that a person's digits mean; raise `DataError` or `NotFound` with advice."""
    return folder.records.resolve(digest_prefix(digest))
