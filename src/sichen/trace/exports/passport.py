# SPDX-License-Identifier: Apache-2.0
"""A passport as others read it: verifiable credential, token of selective disclosure, product passport in JSON-LD.

Each form goes both ways: what comes back equals what went out.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeAlias

from sichen.core import JSON, DataError, Instant, Message, canonical
from sichen.trace.exports.sd_jwt import Claims, Hidden
from sichen.trace.identifiers import parse_link

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
VOCABULARY = "https://sichen.example/voc/"
VERSION = 1
# A context of our own, written out: nobody needs the network to read a passport.
CONTEXT: Mapping[str, JSON] = {"sichen": VOCABULARY, "WatchPassport": "sichen:WatchPassport", "facts": "sichen:facts"}
PREFIXES: Mapping[str, JSON] = {
    "gs1": "https://gs1.org/voc/",
    "schema": "https://schema.org/",
    "sichen": VOCABULARY,
    "id": "@id",
    "type": "@type",
}
CREDENTIAL_TYPE, TOKEN_TYPE, DPP_TYPE = "WatchPassport", "urn:sichen:passport:1", "gs1:Product"
_SECTION = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_OWN = "sichen:"
_SECONDS = 1_000_000_000
Facts: TypeAlias = Mapping[str, Mapping[str, JSON]]


@dataclass(frozen=True)
class Passport:
    """What a passport says, free of any form.

    Parameters
    ----------
    link : str
        Digital Link of the watch, with its serial number.
    issuer : str
        Who says so: an address or a DID.
    issued : Instant
    facts : mapping of mapping
        Sections such as ``product``, ``origin``, ``movement``, ``readings``, ``service``, and in each its facts.

    Raises
    ------
    DataError
        If the link is none, a section is called otherwise than by letters, digits, ``_`` and ``-``, or a fact cannot be
        carried by JSON exactly.

    Examples
    --------
    >>> passport = Passport(
    ...     "https://id.gs1.org/01/09520123456788/21/00042",
    ...     "https://maker.example",
    ...     Instant.parse("2026-11-23T08:00:00Z"),
    ...     {"product": {"name": "Sichen 1"}, "movement": {"calibre": "2892"}},
    ... )
    >>> from_credential(to_credential(passport)) == passport
    True
    >>> to_dpp(passport)["gs1:productName"]
    'Sichen 1'
    """

    link: str
    issuer: str
    issued: Instant
    facts: Facts

    def __post_init__(self) -> None:
        parse_link(self.link)
        canonical(dict(self.facts))
        # A section is the first half of a name such as product.brand, so it can hold no point itself.
        for section, facts in self.facts.items():
            if not isinstance(facts, Mapping) or _SECTION.fullmatch(section) is None:
                raise DataError(Message("trace.exports.section", name=section))


def to_credential(passport: Passport, *, expires: Instant | None = None) -> dict[str, JSON]:
    """Write a verifiable credential (W3C VC Data Model 2.0), still unsigned.

    Parameters
    ----------
    passport : Passport
    expires : Instant, optional

    Returns
    -------
    dict
        For `sichen.trace.exports.add_proof`.
    """
    credential: dict[str, JSON] = {
        "@context": [CREDENTIALS, dict(CONTEXT)],
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": passport.issuer,
        "validFrom": passport.issued.isoformat(),
        "credentialSubject": {"id": passport.link, "facts": _copied(passport.facts)},
    }
    return credential if expires is None else {**credential, "validUntil": expires.isoformat()}


def from_credential(credential: Mapping[str, JSON]) -> Passport:
    """Read a passport from a credential, signed or not; proofs are checked elsewhere.

    Raises
    ------
    DataError
        If it is no passport.
    """
    subject, kinds = credential.get("credentialSubject"), credential.get("type")
    issuer = credential.get("issuer")
    if isinstance(issuer, Mapping):
        issuer = issuer.get("id")
    if not isinstance(kinds, list) or CREDENTIAL_TYPE not in kinds or not isinstance(subject, Mapping):
        raise DataError(Message("trace.exports.passport_form", form="VC 2.0"))
    return _passport(subject.get("id"), issuer, credential.get("validFrom"), subject.get("facts"), "VC 2.0")


def to_claims(passport: Passport, *, hidden: Iterable[str] = ()) -> dict[str, Claims]:
    """Write claims for a token of selective disclosure.

    Parameters
    ----------
    passport : Passport
    hidden : iterable of str
        ``section`` or ``section.fact``: what the holder may keep to himself.

    Raises
    ------
    DataError
        If nothing has such a name.
    """
    names = set(hidden)
    known = {f"{section}.{fact}" for section, facts in passport.facts.items() for fact in facts} | set(passport.facts)
    if names - known:
        raise DataError(Message("trace.exports.no_fact", name=", ".join(sorted(names - known))))
    sections: dict[str, Claims] = {}
    for section, facts in passport.facts.items():
        inner: dict[str, Claims] = {
            fact: Hidden(value) if f"{section}.{fact}" in names else value for fact, value in facts.items()
        }
        sections[section] = Hidden(inner) if section in names else inner
    standard: dict[str, Claims] = {
        "iss": passport.issuer,
        "sub": passport.link,
        "iat": passport.issued.ns // _SECONDS,
        "vct": TOKEN_TYPE,
        "issued": passport.issued.isoformat(),
    }
    return {**standard, "facts": sections}


def from_claims(claims: Mapping[str, JSON]) -> Passport:
    """Read a passport from the claims of a checked token: with what was disclosed.

    Raises
    ------
    DataError
        If it is no passport.
    """
    if claims.get("vct") != TOKEN_TYPE:
        raise DataError(Message("trace.exports.passport_form", form="SD-JWT"))
    return _passport(claims.get("sub"), claims.get("iss"), claims.get("issued"), claims.get("facts"), "SD-JWT")


def to_dpp(passport: Passport) -> dict[str, JSON]:
    """Write a product passport as JSON-LD, in the style of EN 18223 and the GS1 Web Vocabulary.

    Returns
    -------
    dict
        GTIN and serial number stand there a second time, for readers that cannot take a link apart.
    """
    fields = parse_link(passport.link).fields
    document: dict[str, JSON] = {
        "@context": dict(PREFIXES),
        "type": DPP_TYPE,
        "id": passport.link,
        "sichen:version": VERSION,
        "sichen:issuer": passport.issuer,
        "sichen:issued": passport.issued.isoformat(),
    }
    repeated = {"01": "gs1:gtin", "21": "gs1:hasSerialNumber", "10": "gs1:hasBatchLotNumber"}
    document.update({repeated[element.ai]: element.value for element in fields if element.ai in repeated})
    for section, facts in passport.facts.items():
        # An empty section says something too: that it was looked at.
        if not facts:
            document[f"{_OWN}fact/{section}"] = {}
        for fact, value in facts.items():
            document[terms().get(f"{section}.{fact}", f"{_OWN}fact/{section}.{fact}")] = value
    return document


def from_dpp(document: Mapping[str, JSON]) -> Passport:
    """Read a passport from JSON-LD that `to_dpp` wrote.

    Raises
    ------
    DataError
        If it is no passport.
    """
    names = {term: name for name, term in terms().items()}
    facts: dict[str, dict[str, JSON]] = {}
    for term, value in document.items():
        name = names.get(term) or (term.removeprefix(f"{_OWN}fact/") if term.startswith(f"{_OWN}fact/") else "")
        if name:
            section, point, fact = name.partition(".")
            facts.setdefault(section, {}).update({fact: value} if point else {})
    if document.get("type") != DPP_TYPE or document.get("sichen:version") != VERSION:
        raise DataError(Message("trace.exports.passport_form", form="JSON-LD"))
    issuer, issued = document.get("sichen:issuer"), document.get("sichen:issued")
    return _passport(document.get("id"), issuer, issued, facts, "JSON-LD")


@cache
def terms() -> Mapping[str, str]:
    """Return the terms of `data/dpp_terms.toml` by fact."""
    text = resources.files(__package__).joinpath("data/dpp_terms.toml").read_text(encoding="utf-8")
    return {str(name): str(term) for name, term in tomllib.loads(text)["terms"].items()}


def _copied(facts: Facts) -> dict[str, JSON]:
    return {section: dict(inner) for section, inner in facts.items()}


def _passport(link: JSON, issuer: JSON, issued: JSON, facts: object, form: str) -> Passport:
    if (
        not isinstance(link, str)
        or not isinstance(issuer, str)
        or not isinstance(issued, str)
        or not isinstance(facts, Mapping)
    ):
        raise DataError(Message("trace.exports.passport_form", form=form))
    return Passport(link, issuer, Instant.parse(issued), facts)
