# SPDX-License-Identifier: Apache-2.0
"""The first page, and the search over everything that has a name."""

from sichen.trace.people import PRIVATE, Access
from sichen.web.chapters import Chapter
from sichen.web.home.routes import router

chapter = Chapter("home", router, access=Access(read=PRIVATE, write=()))
