# SPDX-License-Identifier: Apache-2.0
"""The EPCIS 2.0 interface under ``/api/epcis``: capture, events, queries, subscriptions. It has no page of its own."""

from sichen.web.chapters import Chapter
from sichen.web.epcis.routes import router

chapter = Chapter("epcis", router)
