# SPDX-License-Identifier: Apache-2.0
"""The EPCIS 2.0 interface under ``/api/epcis``: capture, events, queries, subscriptions. It has no page of its own."""

from sichen.trace.people import STAFF, Access
from sichen.web.chapters import Chapter
from sichen.web.epcis.routes import router

ACCESS = Access(
    read=STAFF | {"retailer", "owner", "insurer", "officer", "auditor"},
    write=STAFF | {"retailer"},
)
chapter = Chapter("epcis", router, access=ACCESS)
