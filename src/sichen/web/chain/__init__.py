# SPDX-License-Identifier: Apache-2.0
"""The chain from the second to the brand: one figure, opened station by station down to recordings and source rows."""

from sichen.trace.people import STAFF, Access
from sichen.web.chain.routes import router
from sichen.web.chapters import Chapter

chapter = Chapter("chain", router, access=Access(read=STAFF | {"auditor"}, write=()))
