# SPDX-License-Identifier: Apache-2.0
"""Signing a certificate: an XML signature inside the document, and a file in which every byte is covered.

The signed file is, byte for byte::

    <?xml version="1.0" encoding="utf-8"?>↵
    canonical form of the certificate, with the signature as the last child of its root

- Reference 1 is the whole document without the signature (enveloped-signature, then C14N 1.1), by SHA-256.
- Reference 2 is the signing time (XAdES SignedProperties, exclusive C14N), by SHA-256.
- The signature is Ed25519 over the exclusive C14N of SignedInfo (algorithm name of RFC 9231); the public key
  travels in KeyInfo as DER (XML Signature 1.1).
- Nothing else is in the file: whoever verifies builds it again from these parts and compares all bytes. So white
  space, order of attributes, comments, another way to write Base64, or bytes before and after are changes too.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from lxml import etree

from sichen.conformity.certificate.content import Certificate
from sichen.conformity.certificate.dcc import write_dcc
from sichen.conformity.certificate.xml import DECLARATION, DS, DSIG11, XADES, exclusive, find
from sichen.core import ConfigError, Instant, Message, digest_of_bytes

ED25519 = "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
C14N_11 = "http://www.w3.org/2006/12/xml-c14n11"
C14N_10 = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
CLOSING = b"</dcc:digitalCalibrationCertificate>"

_SIGNATURE = (
    '<ds:Signature xmlns:ds="{ds}" Id="signature"><ds:SignedInfo>'
    '<ds:CanonicalizationMethod Algorithm="{exclusive}"></ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="{method}"></ds:SignatureMethod>'
    '<ds:Reference Id="document" URI=""><ds:Transforms><ds:Transform Algorithm="{enveloped}"></ds:Transform>'
    '<ds:Transform Algorithm="{c14n}"></ds:Transform></ds:Transforms>'
    '<ds:DigestMethod Algorithm="{sha256}"></ds:DigestMethod><ds:DigestValue>{document_digest}</ds:DigestValue></ds:Reference>'
    '<ds:Reference Type="{properties_type}" URI="#properties"><ds:Transforms>'
    '<ds:Transform Algorithm="{exclusive}"></ds:Transform></ds:Transforms>'
    '<ds:DigestMethod Algorithm="{sha256}"></ds:DigestMethod><ds:DigestValue>{properties_digest}</ds:DigestValue></ds:Reference>'
    "</ds:SignedInfo><ds:SignatureValue>{value}</ds:SignatureValue>"
    '<ds:KeyInfo><dsig11:DEREncodedKeyValue xmlns:dsig11="{dsig11}">{key}</dsig11:DEREncodedKeyValue></ds:KeyInfo>'
    '<ds:Object><xades:QualifyingProperties xmlns:xades="{xades}" Target="#signature">'
    '<xades:SignedProperties Id="properties"><xades:SignedSignatureProperties>'
    "<xades:SigningTime>{time}</xades:SigningTime>"
    "</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object></ds:Signature>"
)


@dataclass(frozen=True)
class Signature:
    """The parts of a signature that vary; all else of it is fixed."""

    time: str
    key: bytes
    value: bytes = b""


def new_key() -> bytes:
    """Make a private Ed25519 key, as PEM without a password."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_key(private: bytes) -> bytes:
    """Return the public key of a private one, as DER (SubjectPublicKeyInfo): what a verifier is given."""
    return (
        private_key(private)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def fingerprint(public: bytes) -> str:
    """Return the digest by which a public key is known."""
    return digest_of_bytes(public)


def sign(certificate: Certificate, *, private: bytes, when: Instant) -> bytes:
    """Write and sign a certificate as a DCC.

    Parameters
    ----------
    certificate : Certificate
    private : bytes
        Ed25519 private key as PEM.
    when : Instant
        The time of signing, to the second; it is signed too.

    Returns
    -------
    bytes
        The signed file. What it covers is said at the head of this module.

    Raises
    ------
    ConfigError
        If the key is none.
    """
    unsigned = write_dcc(certificate)
    parts = Signature(f"{when.isoformat()[:19]}Z", public_key(private))
    info = etree.fromstring(_block(unsigned, parts))[0]
    return assemble(unsigned, Signature(parts.time, parts.key, private_key(private).sign(exclusive(info))))


def assemble(unsigned: bytes, parts: Signature) -> bytes:
    """Build the signed file from the canonical document and the parts of its signature."""
    block = _block(unsigned, parts)
    return DECLARATION + unsigned.removesuffix(CLOSING) + block.encode("utf-8") + CLOSING


def _block(unsigned: bytes, parts: Signature) -> str:
    def fill(properties_digest: str) -> str:
        return _SIGNATURE.format(
            ds=DS,
            dsig11=DSIG11,
            xades=XADES,
            exclusive=EXCLUSIVE,
            enveloped=ENVELOPED,
            c14n=C14N_11,
            sha256=SHA256,
            method=ED25519,
            properties_type=SIGNED_PROPERTIES,
            document_digest=_digest(unsigned),
            properties_digest=properties_digest,
            value=_base64(parts.value),
            key=_base64(parts.key),
            time=parts.time,
        )

    properties = find(etree.fromstring(fill("")), "ds:Object/xades:QualifyingProperties/xades:SignedProperties")
    return fill("" if properties is None else _digest(exclusive(properties)))


def _digest(data: bytes) -> str:
    return _base64(hashlib.sha256(data).digest())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def private_key(pem: bytes) -> Ed25519PrivateKey:
    """Read a private key from PEM.

    Raises
    ------
    ConfigError
        If it is none, or of another kind than Ed25519.
    """
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise ConfigError(Message("conformity.certificate.no_key", why=str(error))) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(Message("conformity.certificate.no_key", why=type(key).__name__))
    return key
