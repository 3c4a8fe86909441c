# SPDX-License-Identifier: Apache-2.0
"""The chain from the second to the brand: one figure, opened station by station down to recordings and source rows."""

from sichen.trace.people import Access
from sichen.web.chain.routes import router
from sichen.web.chapters import Chapter

# It opens what a brand is worth: whoever may not see that may not begin there.
chapter = Chapter("chain", router, access=Access(read={"brand_admin", "auditor"}, write=(), outside="nothing"))
