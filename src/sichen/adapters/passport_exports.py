# SPDX-License-Identifier: Apache-2.0
"""Passports in the forms of others, signed with a key of the house."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from sichen.adapters.epcis.desk import answer_document
from sichen.adapters.epcis.store import Page
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.passport_lineage import family
from sichen.adapters.whole_files import unfinished
from sichen.core import ConfigError, Message
from sichen.trace.epcis import to_jsonld, write_json
from sichen.trace.exports import ProofOptions, add_proof, did_key, issue_sd_jwt, to_claims, to_credential, to_dpp
from sichen.trace.passport import Life, to_passport, view
from sichen.trace.passport.paper import to_pdf
from sichen.trace.roles import What

KEY = "passport.pem"
_OTHERS = 0o077


EXTRACTED: frozenset[What] = frozenset({"public", "parts", "certificates"})
"""What an extract of the archives tells: what the watch was when it was made; neither owners nor repairs."""


@dataclass(frozen=True)
class Form:
    """A form of export: the ending of its file, its media type."""

    ending: str
    media_type: str


FORMS: Mapping[str, Form] = {
    "epcis": Form("jsonld", "application/ld+json"),
    "vc": Form("vc.json", "application/vc+ld+json"),
    "sd-jwt": Form("sd-jwt", "application/dc+sd-jwt"),
    "dpp": Form("dpp.jsonld", "application/ld+json"),
    "pdf": Form("pdf", "application/pdf"),
}


def export(desk: PassportDesk, life: Life, form: str, *, may_see: Iterable[What]) -> bytes:
    """Write what somebody may see of a passport in a form of others.

    Parameters
    ----------
    desk : PassportDesk
    life : Life
    form : {"epcis", "vc", "sd-jwt", "dpp", "pdf"}
        EPCIS is the events themselves: only for who may see the timeline and who had the watch.
    may_see : iterable of What

    Raises
    ------
    ConfigError
        If there is no such form, or it would tell more than may be seen.
    """
    if form not in FORMS:
        raise ConfigError(Message("adapters.passport.no_form", form=form, known=", ".join(FORMS)))
    return _WRITERS[form](desk, life, frozenset(may_see))


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """Return the key that signs exports; it is made at its first use.

    Raises
    ------
    ConfigError
        If others on this computer may read it.
    """
    path = folder / "keys" / KEY
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Ed25519PrivateKey.generate()
        with unfinished(path.parent) as part:
            part.file.write(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            part.finish(path)
        path.chmod(0o600)
    if path.stat().st_mode & _OTHERS:
        raise ConfigError(Message("adapters.house.open_key", path=str(path)))
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(Message("adapters.house.open_key", path=str(path)))
    return key


def _epcis(desk: PassportDesk, life: Life, may_see: frozenset[What]) -> bytes:
    if not {"timeline", "parts", "custody"} <= may_see:
        raise ConfigError(Message("adapters.passport.too_much", form="epcis"))
    events = tuple(family(desk.events.store, life.link))
    return write_json(to_jsonld(answer_document(Page(events))))


def _vc(desk: PassportDesk, life: Life, may_see: frozenset[What]) -> bytes:
    key = signing_key(desk.folder.path)
    passport = to_passport(life, issuer=_issuer(key), may_see=may_see)
    return _json(add_proof(to_credential(passport), key, options=ProofOptions(created=life.at)))


def _sd_jwt(desk: PassportDesk, life: Life, may_see: frozenset[What]) -> bytes:
    key = signing_key(desk.folder.path)
    passport = to_passport(life, issuer=_issuer(key), may_see=may_see)
    hidden = [section for section in passport.facts if section not in {"product", "status"}]
    return issue_sd_jwt(to_claims(passport, hidden=hidden), key).compact().encode()


def _dpp(desk: PassportDesk, life: Life, may_see: frozenset[What]) -> bytes:
    key = signing_key(desk.folder.path)
    return _json(to_dpp(to_passport(life, issuer=_issuer(key), may_see=may_see)))


def _pdf(_desk: PassportDesk, life: Life, may_see: frozenset[What]) -> bytes:
    return to_pdf(life.link, view(life, may_see))


def _issuer(key: Ed25519PrivateKey) -> str:
    """Return who signs, without the name of the key within."""
    return did_key(key.public_key()).partition("#")[0]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"


_WRITERS: Mapping[str, Callable[[PassportDesk, Life, frozenset[What]], bytes]] = {
    "epcis": _epcis,
    "vc": _vc,
    "sd-jwt": _sd_jwt,
    "dpp": _dpp,
    "pdf": _pdf,
}
