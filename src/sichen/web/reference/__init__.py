# SPDX-License-Identifier: Apache-2.0
"""What is looked up: the REST interface and the terms of the trade."""

from sichen.trace.people import EVERYBODY, Access
from sichen.web.chapters import Chapter
from sichen.web.reference.routes import router

chapter = Chapter("reference", router, access=Access(read=EVERYBODY, write=()))
