# SPDX-License-Identifier: Apache-2.0
"""Signing in, one's own account, people for the admin, and acts that two persons do together."""

from fastapi import APIRouter

from sichen.trace.people import ACTS, EVERYBODY, PRIVATE, Access
from sichen.web.chapters import Chapter
from sichen.web.people import approvals, managing, own, signing

router = APIRouter()
for part in (signing, own, managing, approvals):
    router.include_router(part.router)

_PARTIES = frozenset(role for act in ACTS.values() for role in (*act.asks, *act.approves))
_OWN = Access(PRIVATE, PRIVATE)
_OPEN = Access(EVERYBODY, EVERYBODY)

chapter = Chapter(
    "people",
    router,
    access=Access(
        read={"brand_admin", "auditor"},
        write={"brand_admin"},
        apart={
            "/sign-in": _OPEN,
            "/phone": _OPEN,
            "/sign-out": _OWN,
            "/account": _OWN,
            "/approvals": Access(_PARTIES, _PARTIES),
            "/api/approvals": Access(_PARTIES, _PARTIES),
        },
        # Who manages the accounts of another house manages none of ours.
        outside="nothing",
    ),
)
