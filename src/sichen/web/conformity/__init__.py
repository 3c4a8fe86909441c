# SPDX-License-Identifier: Apache-2.0
"""Conformity in the browser: judging, certificates, verification, plans, standards, comparison tests."""

from fastapi import APIRouter

from sichen.adapters import DataFolder
from sichen.adapters.certificate_desk import CERTIFICATE, REVIEW, dockets
from sichen.adapters.conformity_desk import COMPARISON, PROFICIENCY, VERDICT
from sichen.core import Message
from sichen.trace.people import EVERYBODY, STAFF, Access
from sichen.web.chapters import Chapter, Latest, Page, Summary
from sichen.web.conformity import (
    budgeting,
    certificates,
    contests,
    interface,
    interface_certificates,
    judging,
    library,
    verifying,
)
from sichen.web.language import thousands

SHOWN = 3


def _summary(folder: DataFolder) -> Summary:
    count = folder.records.count(kind=CERTIFICATE)
    latest = tuple(
        Latest(
            f"{one.certificate.number} · {one.certificate.item.serial}",
            (),
            f"/conformity/certificates/{one.certificate.number}",
        )
        for one in dockets(folder, limit=SHOWN)
    )
    return Summary(Message("web.conformity.count" if count else "web.conformity.count_none", count=thousands(count)), latest)


router = APIRouter()
for part in (judging, certificates, verifying, library, budgeting, contests, interface, interface_certificates):
    router.include_router(part.router)

chapter = Chapter(
    "conformity",
    router,
    place="conformity",
    pages=(
        Page("/conformity", "web.conformity.judge"),
        Page("/conformity/certificates", "web.conformity.certificates"),
        Page("/conformity/verify", "web.conformity.verify"),
        Page("/conformity/plans", "web.conformity.plans"),
        Page("/conformity/standards", "web.conformity.standards"),
        Page("/conformity/budgets", "web.conformity.budgets"),
        Page("/conformity/comparison", "web.conformity.comparison"),
        Page("/conformity/proficiency", "web.conformity.proficiency"),
    ),
    summary=_summary,
    access=Access(
        read=STAFF | {"retailer", "insurer", "officer", "auditor"},
        write={"brand_admin", "qc", "lab"},
        # Anybody may verify a certificate: that is what it is for.
        apart={path: Access(EVERYBODY, EVERYBODY) for path in ("/conformity/verify", "/api/conformity/verify")},
        # Certificates are signed with the key of the house.
        outside="look",
    ),
    opens={
        VERDICT: "/conformity/verdicts/",
        CERTIFICATE: "/conformity/certificates/of/",
        REVIEW: "/conformity/certificates/of/",
        COMPARISON: "/conformity/comparisons/",
        PROFICIENCY: "/conformity/rounds/",
    },
)
