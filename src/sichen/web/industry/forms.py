# SPDX-License-Identifier: Apache-2.0
"""What a form of the industry sends: a table as a file, and a few numbers."""

from pathlib import PurePath

from starlette.datastructures import FormData, QueryParams, UploadFile

from sichen.adapters.industry_desk import Source
from sichen.core import DataError, Message

LONGEST = 80


async def source_in(form: FormData) -> Source:
    """Return the table that was sent; of its name only the last part counts.

    Raises
    ------
    DataError
        If no file was chosen.
    """
    found = form.get("table_file")
    if not isinstance(found, UploadFile) or not found.filename:
        raise DataError(Message("web.industry.error.nothing"))
    return Source(await found.read(), PurePath(found.filename).name)


def number_in(query: QueryParams, name: str, *, usual: float, low: float, high: float) -> float:
    """Return a number of an address, within its limits.

    Raises
    ------
    DataError
        If it is none, or outside.
    """
    text = query.get(name, "")
    if not text:
        return usual
    try:
        found = float(text.replace("−", "-"))
    except ValueError:
        found = float("nan")
    if not low <= found <= high:
        raise DataError(Message("web.industry.error.number", found=text[:LONGEST], low=f"{low:g}", high=f"{high:g}"))
    return found
