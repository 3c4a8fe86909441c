# SPDX-License-Identifier: Apache-2.0
"""Records: what stands behind a figure, opened down to the raw data, and proved."""

from sichen.core import Message
from sichen.web.chapters import Chapter, Page, Summary
from sichen.web.folder import DataFolder
from sichen.web.records.routes import router


def _summary(folder: DataFolder) -> Summary:
    count = sum(1 for _ in folder.records.find(limit=1000))
    shown = "1000+" if count == 1000 else str(count)  # noqa: PLR2004 - the bound of the line above
    return Summary(Message("web.home.records" if count else "web.home.no_records", count=shown))


chapter = Chapter("records", router, place="trace", pages=(Page("/records", "web.records.title"),), summary=_summary)
