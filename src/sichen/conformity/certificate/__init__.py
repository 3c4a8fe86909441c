# SPDX-License-Identifier: Apache-2.0
"""Certificates: their content, their page, their digital form, signature, review and verification."""

from sichen.conformity.certificate.content import (
    Certificate,
    Condition,
    Equipment,
    Item,
    Line,
    Party,
    Remark,
    certificate_of,
)
from sichen.conformity.certificate.dcc import write_dcc
from sichen.conformity.certificate.dcc_reader import Dcc, DccQuantity, read_dcc
from sichen.conformity.certificate.html import qr_svg, sheet, to_document, to_html
from sichen.conformity.certificate.printed import to_pdf
from sichen.conformity.certificate.review import Dossier, draft, give_back, redraft, release, review, revoke
from sichen.conformity.certificate.review import Step as ReviewStep
from sichen.conformity.certificate.signing import fingerprint, new_key, public_key, sign
from sichen.conformity.certificate.stamp import Stamp, read_stamp, scan_text, stamp, stamp_error
from sichen.conformity.certificate.verify import Signer, Trust, VerificationResult, trust_from_json, verify

__all__ = [
    "Certificate",
    "Condition",
    "Dcc",
    "DccQuantity",
    "Dossier",
    "Equipment",
    "Item",
    "Line",
    "Party",
    "Remark",
    "ReviewStep",
    "Signer",
    "Stamp",
    "Trust",
    "VerificationResult",
    "certificate_of",
    "draft",
    "fingerprint",
    "give_back",
    "new_key",
    "public_key",
    "qr_svg",
    "read_dcc",
    "read_stamp",
    "redraft",
    "release",
    "review",
    "revoke",
    "scan_text",
    "sheet",
    "sign",
    "stamp",
    "stamp_error",
    "to_document",
    "to_html",
    "to_pdf",
    "trust_from_json",
    "verify",
    "write_dcc",
]
