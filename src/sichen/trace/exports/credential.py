# SPDX-License-Identifier: Apache-2.0
"""Whether a document is a verifiable credential in order (W3C VC Data Model 2.0), valid now, and signed by its issuer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sichen.core import JSON, DataError, Instant, Message
from sichen.trace.exports.data_integrity import KeyFinder, ProofCheck, check_proofs
from sichen.trace.exports.multibase import key_of_did

CONTEXT = "https://www.w3.org/ns/credentials/v2"
KIND = "VerifiableCredential"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


@dataclass(frozen=True)
class CredentialCheck:
    """A credential after its check.

    Parameters
    ----------
    valid : bool
        No fault, and every proof right.
    faults : tuple of Message
        What is not in order, or not valid at the moment.
    proofs : tuple of ProofCheck
    by_issuer : bool
        Whether a right proof names a method that begins with the issuer's own identifier.
    """

    valid: bool
    faults: tuple[Message, ...]
    proofs: tuple[ProofCheck, ...]
    by_issuer: bool


def check_credential(credential: Mapping[str, JSON], *, at: Instant, find_key: KeyFinder = key_of_did) -> CredentialCheck:
    """Check form, time and proofs of a credential.

    Parameters
    ----------
    credential : mapping
    at : Instant
    find_key : callable, default by ``did:key``
        Returns the key of a verification method.

    Returns
    -------
    CredentialCheck

    Examples
    --------
    >>> found = check_credential({"@context": [CONTEXT], "type": [KIND]}, at=Instant(0))
    >>> found.valid, len(found.faults)
    (False, 3)
    """
    faults = find_credential_faults(credential, at=at)
    try:
        proofs = tuple(check_proofs(credential, at=at, find_key=find_key))
    except DataError as error:
        faults, proofs = [*faults, error.message], ()
    if not proofs:
        faults.append(Message("trace.exports.unsigned"))
    issuer = _identifier(credential.get("issuer"))
    by_issuer = any(proof.valid and proof.verification_method.partition("#")[0] == issuer for proof in proofs)
    return CredentialCheck(not faults and all(proof.valid for proof in proofs), tuple(faults), proofs, by_issuer)


def find_credential_faults(credential: Mapping[str, JSON], *, at: Instant) -> list[Message]:
    """Return what is not in order in a credential, its proofs apart.

    Parameters
    ----------
    credential : mapping
    at : Instant
        When, against which ``validFrom`` and ``validUntil`` are held.
    """
    wrong: list[str] = []
    contexts = credential.get("@context")
    if not isinstance(contexts, list) or not contexts or contexts[0] != CONTEXT:
        wrong.append("@context")
    if KIND not in _listed(credential.get("type")):
        wrong.append("type")
    if _ADDRESS.fullmatch(_identifier(credential.get("issuer"))) is None:
        wrong.append("issuer")
    if "id" in credential and _ADDRESS.fullmatch(str(credential["id"])) is None:
        wrong.append("id")
    subjects = _listed(credential.get("credentialSubject"))
    if not subjects or not all(isinstance(subject, Mapping) and subject for subject in subjects):
        wrong.append("credentialSubject")
    return [Message("trace.exports.credential_form", name=name) for name in wrong] + _find_time_faults(credential, at)


def _find_time_faults(credential: Mapping[str, JSON], at: Instant) -> list[Message]:
    found: list[Message] = []
    moments: dict[str, int] = {}
    for name in ("validFrom", "validUntil"):
        value = credential.get(name)
        if value is None:
            continue
        try:
            moments[name] = Instant.parse(str(value)).ns
        except DataError:
            found.append(Message("trace.exports.credential_form", name=name))
    if moments.get("validFrom", at.ns) > at.ns:
        found.append(Message("trace.exports.not_yet", at=str(credential["validFrom"])))
    if moments.get("validUntil", at.ns + 1) <= at.ns:
        found.append(Message("trace.exports.expired", at=str(credential["validUntil"])))
    return found


def _identifier(value: JSON) -> str:
    found = value.get("id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else ""


def _listed(value: JSON) -> list[JSON]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
