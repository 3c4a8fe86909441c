# SPDX-License-Identifier: Apache-2.0
"""Records: what stands behind a figure, opened down to the raw data, and proved."""

from sichen.adapters import DataFolder
from sichen.core import Message
from sichen.trace.people import STAFF, Access
from sichen.web.chapters import Chapter, Page, Summary
from sichen.web.language import thousands
from sichen.web.records.routes import router


def _summary(folder: DataFolder) -> Summary:
    count = folder.records.count()
    return Summary(Message("web.home.records" if count else "web.home.no_records", count=thousands(count)))


chapter = Chapter(
    "records",
    router,
    place="trace",
    pages=(Page("/records", "web.records.title"),),
    summary=_summary,
    access=Access(read=STAFF | {"auditor"}, write=()),
)
