# SPDX-License-Identifier: Apache-2.0
"""Data Integrity proofs with eddsa-jcs-2022: a signature inside a JSON document, whatever its order and spacing.

W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3, and Verifiable Credential Data Integrity 1.0.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sichen.core import JSON, DataError, Instant, Message, canonical
from sichen.trace.exports.multibase import did_key, key_of_did, multibase, read_multibase

TYPE = "DataIntegrityProof"
SUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"
SIGNATURE_BYTES = 64
Document = Mapping[str, JSON]
KeyFinder = Callable[[str], Ed25519PublicKey]


@dataclass(frozen=True)
class ProofOptions:
    """What a proof says of itself.

    Parameters
    ----------
    created : Instant or None
    expires : Instant or None
    verification_method : str
        Empty: the ``did:key`` of the signing key.
    purpose : str
    domain, challenge, nonce : str
        Against use in another place; empty where not wanted.
    identifier, previous : str
        For chains: a proof's own name, and the name of the proof it signs too.
    """

    created: Instant | None = None
    expires: Instant | None = None
    verification_method: str = ""
    purpose: str = PURPOSE
    domain: str = ""
    challenge: str = ""
    nonce: str = ""
    identifier: str = ""
    previous: str = ""


@dataclass(frozen=True)
class ProofCheck:
    """One proof after its check.

    Parameters
    ----------
    valid : bool
    verification_method : str
    created : str
    reason : Message
    """

    valid: bool
    verification_method: str
    created: str
    reason: Message


def add_proof(document: Document, key: Ed25519PrivateKey, *, options: ProofOptions | None = None) -> dict[str, JSON]:
    """Sign a document.

    Parameters
    ----------
    document : mapping
        May have proofs already: the new one stands beside them, or with `options.previous` signs that one too.
    key : Ed25519PrivateKey
    options : ProofOptions, optional

    Returns
    -------
    dict
        The document with the proof.

    Raises
    ------
    DataError
        If the document holds something JSON cannot carry exactly, or the previous proof is not there.
    """
    config = _configuration(options or ProofOptions(), key, document)
    proofs = _proofs(document)
    bare = {name: value for name, value in document.items() if name != "proof"}
    signature = key.sign(hash_data(_with_previous(bare, config, proofs), config))
    proof: dict[str, JSON] = {**config, "proofValue": multibase(signature)}
    return {**bare, "proof": [*proofs, proof] if proofs else proof}


def hash_data(document: Document, config: Mapping[str, JSON]) -> bytes:
    """Return what is signed: SHA-256 of the canonical proof options, then of the canonical document; 64 bytes."""
    return hashlib.sha256(canonical(dict(config))).digest() + hashlib.sha256(canonical(dict(document))).digest()


def check_proofs(
    document: Document,
    *,
    at: Instant,
    find_key: KeyFinder = key_of_did,
    purpose: str = PURPOSE,
    domain: str = "",
    challenge: str = "",
) -> list[ProofCheck]:
    """Check all proofs of a document.

    Parameters
    ----------
    document : mapping
    at : Instant
        When, against which ``expires`` is held.
    find_key : callable, default by ``did:key``
        Returns the key of a verification method. Whether that method may speak for the issuer is the caller's question.
    purpose, domain, challenge : str
        What the proof must say; an empty domain or challenge is not compared.

    Returns
    -------
    list of ProofCheck
        One for each proof, in order; empty if there is none.

    Examples
    --------
    >>> key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    >>> signed = add_proof({"id": "urn:watch:1"}, key)
    >>> [check.valid for check in check_proofs(signed, at=Instant(0))]
    [True]
    >>> [check.valid for check in check_proofs({**signed, "id": "urn:watch:2"}, at=Instant(0))]
    [False]
    """
    proofs = _proofs(document)
    bare = {name: value for name, value in document.items() if name != "proof"}
    found = []
    for proof in proofs:
        try:
            _check(bare, proof, proofs, find_key)
            _check_options(proof, at, {"proofPurpose": purpose, "domain": domain, "challenge": challenge})
            reason, valid = Message("trace.exports.proof_right"), True
        except DataError as error:
            reason, valid = error.message, False
        found.append(ProofCheck(valid, str(proof.get("verificationMethod", "")), str(proof.get("created", "")), reason))
    return found


def _configuration(options: ProofOptions, key: Ed25519PrivateKey, document: Document) -> dict[str, JSON]:
    method = options.verification_method or did_key(key.public_key())
    config: dict[str, JSON] = {"type": TYPE, "cryptosuite": SUITE}
    optional: dict[str, str] = {
        "id": options.identifier,
        "created": _second(options.created),
        "expires": _second(options.expires),
        "verificationMethod": method,
        "proofPurpose": options.purpose,
        "domain": options.domain,
        "challenge": options.challenge,
        "nonce": options.nonce,
        "previousProof": options.previous,
    }
    config.update({name: value for name, value in optional.items() if value})
    if "@context" in document:
        config["@context"] = document["@context"]
    return config


def _second(instant: Instant | None) -> str:
    return "" if instant is None else instant.isoformat()[:19] + "Z"


def _proofs(document: Document) -> list[Mapping[str, JSON]]:
    proof = document.get("proof")
    listed = [] if proof is None else list(proof) if isinstance(proof, Sequence) and not isinstance(proof, str) else [proof]
    found: list[Mapping[str, JSON]] = []
    for one in listed:
        if not isinstance(one, Mapping):
            raise DataError(Message("trace.exports.proof_form"))
        found.append(one)
    return found


def _with_previous(bare: Document, config: Mapping[str, JSON], proofs: Sequence[Mapping[str, JSON]]) -> Document:
    """Put the proofs that a chained proof signs too into the document."""
    previous = config.get("previousProof")
    if previous is None:
        return bare
    names = [previous] if isinstance(previous, str) else list(previous) if isinstance(previous, Sequence) else []
    matching: list[JSON] = [proof for name in names for proof in proofs if proof.get("id") == name]
    if not names or len(matching) != len(names):
        raise DataError(Message("trace.exports.previous_missing"))
    return {**bare, "proof": matching}


def _check(bare: Document, proof: Mapping[str, JSON], proofs: Sequence[Mapping[str, JSON]], find_key: KeyFinder) -> None:
    if proof.get("type") != TYPE or proof.get("cryptosuite") != SUITE:
        raise DataError(Message("trace.exports.other_suite"))
    value, method = proof.get("proofValue"), proof.get("verificationMethod")
    if not isinstance(value, str) or not isinstance(method, str):
        raise DataError(Message("trace.exports.proof_form"))
    signature = read_multibase(value)
    if len(signature) != SIGNATURE_BYTES:
        raise DataError(Message("trace.exports.proof_form"))
    config = {name: part for name, part in proof.items() if name != "proofValue"}
    document = dict(bare)
    if "@context" in config:
        # The proof fixes the first contexts; later holders may have appended others of their own.
        if not _begins(bare.get("@context"), config["@context"]):
            raise DataError(Message("trace.exports.contexts_differ"))
        document["@context"] = config["@context"]
    try:
        find_key(method).verify(signature, hash_data(_with_previous(document, config, proofs), config))
    except InvalidSignature:
        raise DataError(Message("trace.exports.proof_wrong")) from None


def _check_options(proof: Mapping[str, JSON], at: Instant, wanted: Mapping[str, str]) -> None:
    for name in ("created", "expires"):
        value = proof.get(name)
        if value is not None and not isinstance(value, str):
            raise DataError(Message("trace.exports.proof_form"))
    expires = proof.get("expires")
    if isinstance(expires, str) and Instant.parse(expires).ns <= at.ns:
        raise DataError(Message("trace.exports.expired", at=expires))
    if isinstance(created := proof.get("created"), str):
        Instant.parse(created)
    for name, value in wanted.items():
        if value and not _says(proof.get(name), value):
            raise DataError(Message("trace.exports.other_use", name=name))


def _says(found: JSON, wanted: str) -> bool:
    return found == wanted or (isinstance(found, Sequence) and not isinstance(found, str) and wanted in found)


def _begins(whole: JSON, start: JSON) -> bool:
    first, all_of_it = _listed(start), _listed(whole)
    return all_of_it[: len(first)] == first


def _listed(value: JSON) -> list[JSON]:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
