# SPDX-License-Identifier: Apache-2.0
"""Verifying a certificate offline: every digest first, then the signature, then who signed and when, then revocation."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from sichen.conformity.certificate import signing
from sichen.conformity.certificate.content import Certificate
from sichen.conformity.certificate.dcc_reader import embedded
from sichen.conformity.certificate.xml import canonical_document, exclusive, find, find_all, parse, take_out, text_at
from sichen.core import JSON, DataError, Instant, Message

Status = Literal["intact", "tampered", "unsigned", "unknown_signer", "expired", "revoked"]


@dataclass(frozen=True)
class Signer:
    """Somebody whose signature counts.

    Parameters
    ----------
    name : str
    key : bytes
        Public key as DER (SubjectPublicKeyInfo).
    valid_from, valid_until : Instant
        When the key may sign. A certificate stays good after that: what counts is the time of signing.
    revoked : Instant or None
        From when on its signatures no longer count.
    """

    name: str
    key: bytes
    valid_from: Instant
    valid_until: Instant
    revoked: Instant | None = None


@dataclass(frozen=True)
class Trust:
    """Whom a verifier trusts, and which certificates were revoked: number → reason."""

    signers: tuple[Signer, ...] = ()
    revoked: Mapping[str, str] = field(default_factory=dict)

    def signer(self, key: bytes) -> Signer | None:
        """Return the signer that owns a key."""
        return next((one for one in self.signers if one.key == key), None)

    def to_json(self) -> dict[str, JSON]:
        """Return the list as plain JSON, as `trust_from_json` reads it."""
        return {
            "signers": [
                {
                    "name": one.name,
                    "key": base64.b64encode(one.key).decode("ascii"),
                    "valid_from": one.valid_from.isoformat(),
                    "valid_until": one.valid_until.isoformat(),
                    "revoked": None if one.revoked is None else one.revoked.isoformat(),
                }
                for one in self.signers
            ],
            "revoked": dict(self.revoked),
        }


def trust_from_json(data: Mapping[str, JSON]) -> Trust:
    """Read whom to trust from plain JSON: what a laboratory publishes and a verifier keeps.

    Parameters
    ----------
    data : mapping
        ``signers``: a list of ``name``, ``key`` (Base64 of the DER), ``valid_from``, ``valid_until`` and ``revoked``
        (instant or null); ``revoked``: number → reason.

    Raises
    ------
    DataError
        If it is no such list.
    """
    try:
        rows = cast("list[dict[str, str | None]]", data["signers"])
        signers = tuple(
            Signer(
                str(row["name"]),
                base64.b64decode(str(row["key"]), validate=True),
                Instant.parse(str(row["valid_from"])),
                Instant.parse(str(row["valid_until"])),
                Instant.parse(row["revoked"]) if row["revoked"] else None,
            )
            for row in rows
        )
        return Trust(signers, dict(cast("dict[str, str]", data["revoked"])))
    except (KeyError, TypeError, binascii.Error) as error:
        raise DataError(Message("conformity.verify.no_trust", why=str(error))) from error


@dataclass(frozen=True)
class VerificationResult:
    """What a verifier found.

    Parameters
    ----------
    status : {"intact", "tampered", "unsigned", "unknown_signer", "expired", "revoked"}
        The first that applies of: unsigned, tampered, unknown_signer, expired, revoked; else intact.
    reasons : tuple of Message
    number : str
        Of the certificate, as the file says.
    digests : tuple of tuple of str and bool
        Each reference of the signature and whether its digest holds.
    signature : bool
        Whether the signature over the references holds: it may, in a forged document whose digest does not.
    coverage : {"bytes", "canonical", "none"}
        Every byte is covered, or the canonical form of the document, as others sign.
    signer : str
    signed_at : str
    certificate : Certificate or None
        What the file says, when our writer wrote it, every digest holds and the signer is known.
    """

    status: Status
    reasons: tuple[Message, ...]
    number: str = ""
    digests: tuple[tuple[str, bool], ...] = ()
    signature: bool = False
    coverage: Literal["bytes", "canonical", "none"] = "none"
    signer: str = ""
    signed_at: str = ""
    certificate: Certificate | None = None

    @property
    def intact(self) -> bool:
        """Whether the certificate may be relied on."""
        return self.status == "intact"

    def to_json(self) -> dict[str, JSON]:
        """Return the finding as plain JSON."""
        return {
            "status": self.status,
            "reasons": [reason.text("en") for reason in self.reasons],
            "number": self.number,
            "digests": [{"reference": name, "holds": holds} for name, holds in self.digests],
            "signature": self.signature,
            "coverage": self.coverage,
            "signer": self.signer,
            "signed_at": self.signed_at,
            "content_digest": None if self.certificate is None else self.certificate.digest,
            "plan_digest": None if self.certificate is None else self.certificate.plan_digest,
        }


def verify(data: bytes, *, trust: Trust, now: Instant) -> VerificationResult:
    """Verify a signed certificate, ours or a DCC that others signed, without any network.

    Parameters
    ----------
    data : bytes
        The file as it is.
    trust : Trust
    now : Instant
        No signature may come from later.

    Returns
    -------
    VerificationResult
        Never raises: what cannot be read is told as tampered or unsigned.
    """
    try:
        root = parse(data)
        signature = find(root, "ds:Signature")
        if signature is None:
            return VerificationResult("unsigned", (Message("conformity.verify.unsigned"),), _number(root))
        return _verify(data, root, signature, trust, now)
    except (DataError, ValueError, UnsupportedAlgorithm, RecursionError, etree.LxmlError) as error:
        reason = error.message if isinstance(error, DataError) else Message("conformity.verify.damaged", why=str(error))
        return VerificationResult("tampered", (reason,))


def _verify(data: bytes, root: etree._Element, signature: etree._Element, trust: Trust, now: Instant) -> VerificationResult:
    method = _algorithm(signature, "ds:SignedInfo/ds:SignatureMethod")
    time, key, value = _time(signature), _key(signature), _bytes(text_at(signature, "ds:SignatureValue"))
    digests = tuple(_references(root, signature))
    info = find(signature, "ds:SignedInfo")
    signed = info is not None and _signed(method, key, value, exclusive(info))
    found = VerificationResult("tampered", (), _number(root), digests, signed, "canonical", "", time)
    reasons = [Message("conformity.verify.digest", reference=name) for name, holds in digests if not holds]
    if not any(name == "document" for name, _ in digests):
        reasons.append(Message("conformity.verify.uncovered"))
    if not signed:
        reasons.append(Message("conformity.verify.signature"))
    certificate = embedded(root)
    if method == signing.ED25519:
        reasons += _rebuilt(data, root, signature, signing.Signature(time, key, value))
        found = replace(found, coverage="bytes")
    if certificate is not None and certificate.digest not in _identifications(root):
        reasons.append(Message("conformity.verify.content"))
    if reasons:
        return replace(found, reasons=tuple(reasons))
    judged = _judge_signer(found, key, signature, trust, now)
    # What a stranger signed is not shown as a certificate: anybody can write one.
    return judged if judged.status == "unknown_signer" else replace(judged, certificate=certificate)


def _judge_signer(
    found: VerificationResult, key: bytes, signature: etree._Element, trust: Trust, now: Instant
) -> VerificationResult:
    signer = trust.signer(key)
    name = signer.name if signer is not None else _subject(signature)
    found = replace(found, signer=name)
    at = Instant.parse(found.signed_at)
    if signer is None:
        fingerprint = signing.fingerprint(key)
        return replace(found, status="unknown_signer", reasons=(Message("conformity.verify.unknown", digits=fingerprint),))
    outside = at < signer.valid_from or signer.valid_until < at or now < at or not _in_validity(signature, at)
    if outside:
        return replace(found, status="expired", reasons=(Message("conformity.verify.expired", at=found.signed_at, name=name),))
    if signer.revoked is not None and not at < signer.revoked:
        return replace(found, status="revoked", reasons=(Message("conformity.verify.signer_revoked", name=name),))
    if found.number in trust.revoked:
        why = trust.revoked[found.number]
        return replace(found, status="revoked", reasons=(Message("conformity.verify.revoked", number=found.number, why=why),))
    return replace(found, status="intact", reasons=(Message("conformity.verify.intact", name=name, at=found.signed_at),))


def _rebuilt(data: bytes, root: etree._Element, signature: etree._Element, parts: signing.Signature) -> list[Message]:
    """Build the file again from its parts: whatever differs was changed, be it white space."""
    copy = parse(data)
    inner = find(copy, "ds:Signature")
    if inner is not None:
        take_out(inner)
    same = len(find_all(root, "ds:Signature")) == 1 and signature.getnext() is None
    same = same and signing.assemble(canonical_document(copy), parts) == data
    return [] if same else [Message("conformity.verify.bytes")]


def _references(root: etree._Element, signature: etree._Element) -> list[tuple[str, bool]]:
    found = []
    for reference in find_all(signature, "ds:SignedInfo/ds:Reference"):
        uri = reference.get("URI")
        name = "document" if uri == "" else str(uri)
        transforms = [one.get("Algorithm") for one in find_all(reference, "ds:Transforms/ds:Transform")]
        covered = _covered(root, signature, uri, transforms)
        known = _algorithm(reference, "ds:DigestMethod") == signing.SHA256
        wanted = _bytes(text_at(reference, "ds:DigestValue"))
        found.append((name, known and covered is not None and hashlib.sha256(covered).digest() == wanted))
    return found


def _covered(root: etree._Element, signature: etree._Element, uri: str | None, transforms: list[str | None]) -> bytes | None:
    """Return the bytes that a reference covers; None when it does so in a way that we do not follow."""
    if uri == "" and transforms[:1] == [signing.ENVELOPED] and transforms[1:] in ([signing.C14N_11], [signing.C14N_10]):
        copy = parse(etree.tostring(root.getroottree()))
        inner = find(copy, "ds:Signature")
        if inner is not None:
            take_out(inner)
        return canonical_document(copy)
    if uri and uri.startswith("#") and transforms == [signing.EXCLUSIVE]:
        targets = [one for one in signature.iter() if one.get("Id") == uri[1:]]
        return exclusive(targets[0]) if len(targets) == 1 else None
    return None


def _signed(method: str, key: bytes, value: bytes, info: bytes) -> bool:
    try:
        public = serialization.load_der_public_key(key)
        if method == signing.ED25519 and isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(value, info)
            return True
        if method == signing.ECDSA_SHA256 and isinstance(public, ec.EllipticCurvePublicKey):
            half = len(value) // 2
            numbers = (int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
            public.verify(encode_dss_signature(*numbers), info, ec.ECDSA(hashes.SHA256()))
            return True
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return False


def _key(signature: etree._Element) -> bytes:
    """Return the public key that travels with the signature, as DER."""
    der = text_at(signature, "ds:KeyInfo/dsig11:DEREncodedKeyValue")
    if der:
        return _bytes(der)
    certificate = _x509(signature)
    if certificate is None:
        return b""
    return certificate.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _x509(signature: etree._Element) -> x509.Certificate | None:
    text = text_at(signature, "ds:KeyInfo/ds:X509Data/ds:X509Certificate")
    return x509.load_der_x509_certificate(_bytes(text)) if text else None


def _subject(signature: etree._Element) -> str:
    certificate = _x509(signature)
    return "" if certificate is None else certificate.subject.rfc4514_string()


def _in_validity(signature: etree._Element, at: Instant) -> bool:
    """Tell whether an X.509 certificate, where there is one, was valid at the time of signing."""
    certificate = _x509(signature)
    if certificate is None:
        return True
    seconds = at.ns / 1e9
    return certificate.not_valid_before_utc.timestamp() <= seconds <= certificate.not_valid_after_utc.timestamp()


def _time(signature: etree._Element) -> str:
    return text_at(signature, ".//xades:SignedSignatureProperties/xades:SigningTime")


def _algorithm(element: etree._Element, path: str) -> str:
    found = find(element, path)
    return "" if found is None else str(found.get("Algorithm", ""))


def _number(root: etree._Element) -> str:
    return text_at(root, "dcc:administrativeData/dcc:coreData/dcc:uniqueIdentifier")


def _identifications(root: etree._Element) -> list[str]:
    path = "dcc:administrativeData/dcc:coreData/dcc:identifications/dcc:identification/dcc:value"
    return [one.text or "" for one in find_all(root, path)]


def _bytes(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)
