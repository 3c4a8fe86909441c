# SPDX-License-Identifier: Apache-2.0
"""The stamp of a certificate: the few signed words that its QR code carries, so that a scan alone can be verified offline.

A stamp is ``BODY.SIGNATURE``, both in Base64 for addresses: the body is a JSON list of form, fingerprint of the key,
number, serial, verdict, instant of issue and digest of the content; the signature is Ed25519 over the body's bytes.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sichen.conformity.certificate.content import Certificate
from sichen.conformity.certificate.signing import fingerprint, private_key, public_key
from sichen.conformity.certificate.verify import Signer, Trust
from sichen.core import JSON, DataError, Instant, Message

FORM = "sichen.stamp/1"
SHORT = 16
"""Hexadecimal digits of the key's digest that say which key to try: the signature decides, not they."""
PREFIX = "sichen:"
"""What a stamp begins with where no address of a verifying page is known."""

Found = Literal["intact", "tampered", "unknown_signer", "expired", "revoked"]


@dataclass(frozen=True)
class Stamp:
    """What a scanned code says, and whether it may be relied on.

    Parameters
    ----------
    status : {"intact", "tampered", "unknown_signer", "expired", "revoked"}
    number, serial, verdict, issued, digest : str
        Of the certificate; empty where the stamp cannot be read. Only an intact stamp vouches for them.
    signer : str
    reason : str
        Why it was revoked.
    """

    status: Found
    number: str = ""
    serial: str = ""
    verdict: str = ""
    issued: str = ""
    digest: str = ""
    signer: str = ""
    reason: str = ""

    @property
    def intact(self) -> bool:
        """Whether the stamp may be relied on."""
        return self.status == "intact"

    def to_json(self) -> dict[str, JSON]:
        """Return the finding as plain JSON."""
        return {
            "status": self.status,
            "number": self.number,
            "serial": self.serial,
            "verdict": self.verdict,
            "issued": self.issued,
            "content_digest": self.digest,
            "signer": self.signer,
            "reason": self.reason,
        }


def stamp(certificate: Certificate, *, private: bytes) -> str:
    """Make the stamp of a released certificate.

    Parameters
    ----------
    certificate : Certificate
    private : bytes
        Ed25519 private key as PEM: the one that signs the file.
    """
    known = fingerprint(public_key(private)).removeprefix("sha256:")[:SHORT]
    digest = certificate.digest.removeprefix("sha256:")
    fields = [FORM, known, certificate.number, certificate.item.serial, certificate.verdict, certificate.issued, digest]
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return f"{_packed(body)}.{_packed(private_key(private).sign(body))}"


def scan_text(stamp: str, *, verify_at: str = "") -> str:
    """Return what the QR code holds: the address of a verifying page with the stamp, or the stamp by itself."""
    return f"{verify_at.rstrip('/')}/conformity/verify?s={stamp}" if verify_at else PREFIX + stamp


def read_stamp(text: str, *, trust: Trust, now: Instant) -> Stamp:
    """Verify a scanned stamp without any network.

    Parameters
    ----------
    text : str
        A stamp, alone or in the address that the code held.
    trust : Trust
    now : Instant
        No certificate may be issued later.

    Returns
    -------
    Stamp
        Never raises: what cannot be read counts as tampered.
    """
    bare = text.strip().rpartition("?s=")[2].removeprefix(PREFIX)
    try:
        packed, _, signature = bare.partition(".")
        body, value = _unpacked(packed), _unpacked(signature)
        form, known, number, serial, verdict, issued, digest = (str(one) for one in json.loads(body))
        at = Instant.parse(issued)
    except (ValueError, TypeError, binascii.Error, DataError, RecursionError):
        return Stamp("tampered")
    if form != FORM or _packed(body) != packed or _packed(value) != signature:
        return Stamp("tampered")
    signer = next((one for one in trust.signers if fingerprint(one.key).removeprefix("sha256:")[:SHORT] == known), None)
    facts = (number, serial, verdict, issued, f"sha256:{digest}")
    if signer is None:
        return Stamp("unknown_signer", *facts)
    if not _holds(signer.key, value, body):
        return Stamp("tampered", *facts)
    return Stamp(_standing(signer, number, at, trust, now), *facts, signer.name, trust.revoked.get(number, ""))


def _standing(signer: Signer, number: str, at: Instant, trust: Trust, now: Instant) -> Found:
    revoked = signer.revoked
    if number in trust.revoked or (revoked is not None and revoked <= at):
        return "revoked"
    return "intact" if signer.valid_from <= at <= signer.valid_until and at <= now else "expired"


def _holds(key: bytes, value: bytes, body: bytes) -> bool:
    public = serialization.load_der_public_key(key)
    if not isinstance(public, Ed25519PublicKey):
        return False
    try:
        public.verify(value, body)
    except InvalidSignature:
        return False
    return True


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _unpacked(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def stamp_error(found: Stamp) -> Message:
    """Return the sentence that says how a scanned stamp stands."""
    return Message(f"conformity.stamp.{found.status}", number=found.number or "—", signer=found.signer or "—")
