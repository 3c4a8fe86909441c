# SPDX-License-Identifier: Apache-2.0
"""Selective disclosure for JWT (RFC 9901): the issuer signs digests, the holder shows what belongs to some of them."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union

from sichen.core import JSON, DataError, Message
from sichen.trace.exports.jws import (
    SigningKey,
    VerifyingKey,
    from_base64url,
    jwk_of,
    read_json,
    read_object,
    sign_jws,
    to_base64url,
)

DIGESTS, ALGORITHM, ELEMENT = "_sd", "_sd_alg", "..."
HASH = "sha-256"
TYPE = "dc+sd-jwt"
_SALT_BYTES = 16
MEMBER, ITEM = 3, 2  # lengths of a disclosure of an object member and of an array element
Salts = Callable[[], str]


@dataclass(frozen=True)
class Hidden:
    """A claim or an element of a list that is only signed as a digest.

    Parameters
    ----------
    value : claims
        May itself contain hidden ones.
    """

    value: "Claims"


Claims: TypeAlias = Union[JSON, Hidden, "Mapping[str, Claims]", "Sequence[Claims]"]
Selection: TypeAlias = Union[bool, "Mapping[str, Selection]", "Sequence[Selection]", None]


@dataclass(frozen=True)
class SdJwt:
    """A token and what it discloses.

    Parameters
    ----------
    token : str
        The issuer's signed part.
    disclosures : tuple of str
    binding : str
        The holder's own signature over all before it; empty without.
    """

    token: str
    disclosures: tuple[str, ...] = ()
    binding: str = ""

    def compact(self) -> str:
        """Write it on one line, parts separated by ``~``."""
        return "~".join([self.token, *self.disclosures, self.binding])

    def to_json(self) -> dict[str, JSON]:
        """Write it as flattened JSON."""
        head, payload, signature = self.token.split(".")
        extra: dict[str, JSON] = {"disclosures": list(self.disclosures)}
        if self.binding:
            extra["kb_jwt"] = self.binding
        return {"payload": payload, "protected": head, "signature": signature, "header": extra}


def read_sd_jwt(text: str) -> SdJwt:
    """Read the one-line form.

    Raises
    ------
    DataError
        If there is no ``~``.
    """
    pieces = text.split("~")
    if len(pieces) == 1 or not all(pieces[:-1]):
        raise DataError(Message("trace.exports.jwt_form"))
    return SdJwt(pieces[0], tuple(pieces[1:-1]), pieces[-1])


def read_sd_jwt_json(document: Mapping[str, JSON], *, signature: int = 0) -> SdJwt:
    """Read the JSON form, flattened or general.

    Parameters
    ----------
    document : mapping
    signature : int
        Which of several signatures of the general form; disclosures always stand at the first.

    Raises
    ------
    DataError
    """
    listed = document.get("signatures", [document])
    payload = document.get("payload")
    if not isinstance(listed, list) or not 0 <= signature < len(listed) or not isinstance(payload, str):
        raise DataError(Message("trace.exports.jwt_form"))
    first, chosen = listed[0], listed[signature]
    extra = first.get("header") if isinstance(first, dict) else None
    if not isinstance(chosen, dict) or not isinstance(extra, dict):
        raise DataError(Message("trace.exports.jwt_form"))
    disclosures = extra.get("disclosures", [])
    if not isinstance(disclosures, list) or not all(isinstance(one, str) for one in disclosures):
        raise DataError(Message("trace.exports.jwt_form"))
    token = f"{chosen.get('protected')}.{payload}.{chosen.get('signature')}"
    return SdJwt(token, tuple(str(one) for one in disclosures), str(extra.get("kb_jwt", "")))


def general_json(parts: Sequence[SdJwt]) -> dict[str, JSON]:
    """Write several signatures of one payload as general JSON; disclosures and binding stand at the first."""
    flattened = [part.to_json() for part in parts]
    signatures: list[JSON] = [{"protected": part["protected"], "signature": part["signature"]} for part in flattened]
    signatures[0] = {
        "protected": flattened[0]["protected"],
        "signature": flattened[0]["signature"],
        "header": flattened[0]["header"],
    }
    return {"payload": flattened[0]["payload"], "signatures": signatures}


def issue_sd_jwt(
    claims: Mapping[str, Claims],
    key: SigningKey,
    *,
    holder: VerifyingKey | None = None,
    decoys: int = 0,
    header: Mapping[str, JSON] | None = None,
    salts: Salts = lambda: to_base64url(secrets.token_bytes(_SALT_BYTES)),
) -> SdJwt:
    """Sign claims, some of them hidden.

    Parameters
    ----------
    claims : mapping
        Values in `Hidden` are signed as digests; so are list elements in `Hidden`.
    key : P-256 or Ed25519 private key
    holder : public key, optional
        Who must prove that the token is shown by the right person.
    decoys : int >= 0
        Digests of nothing in every place with hidden members, so that their number says nothing.
    header : mapping, optional
        More of the header, e.g. ``kid``.
    salts : callable
        Returns a fresh salt of at least 128 random bits.

    Returns
    -------
    SdJwt
        With all disclosures: for the holder only.

    Raises
    ------
    DataError
        If a claim has a name that the format needs itself.

    Examples
    --------
    >>> from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    >>> key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    >>> whole = issue_sd_jwt({"model": "Sichen 1", "owner": Hidden("Ms Lin")}, key)
    >>> shown = present_sd_jwt(whole, {})
    >>> from sichen.trace.exports import verify_sd_jwt
    >>> verify_sd_jwt(shown, key.public_key()).claims
    {'model': 'Sichen 1'}
    >>> verify_sd_jwt(whole, key.public_key()).claims["owner"]
    'Ms Lin'
    """
    maker = _Maker(salts, decoys)
    payload = maker.table(claims)
    payload[ALGORITHM] = HASH
    if holder is not None:
        payload["cnf"] = {"jwk": jwk_of(holder)}
    token = sign_jws({"typ": TYPE, **(header or {})}, _dump(payload), key)
    return SdJwt(token, tuple(maker.disclosures))


def present_sd_jwt(
    whole: SdJwt,
    selection: Selection,
    *,
    key: SigningKey | None = None,
    audience: str = "",
    nonce: str = "",
    issued_at: int | None = None,
) -> SdJwt:
    """Show some of what is hidden.

    Parameters
    ----------
    whole : SdJwt
    selection : mapping, sequence or bool
        The shape of the claims: a name that is there shows that claim, with what its own value selects inside;
        True shows everything inside, False nothing. In a list one entry an element.
    key : private key, optional
        The holder's, to prove possession.
    audience, nonce : str
        For whom, and the verifier's own random text.
    issued_at : int, optional
        Seconds since 1970; needed with `key`.

    Returns
    -------
    SdJwt
    """
    table = {digest_of_text(disclosure): disclosure for disclosure in whole.disclosures}
    payload = read_object(from_base64url(whole.token.split(".")[1]))
    chosen = dict.fromkeys(_select(payload, selection, table))
    shown = SdJwt(whole.token, tuple(disclosure for disclosure in whole.disclosures if disclosure in chosen))
    if key is None:
        return shown
    binding: dict[str, JSON] = {"iat": issued_at, "aud": audience, "nonce": nonce, "sd_hash": digest_of_text(shown.compact())}
    return SdJwt(shown.token, shown.disclosures, sign_jws({"typ": "kb+jwt"}, _dump(binding), key))


class _Maker:
    """Replaces hidden values by digests and collects their disclosures."""

    def __init__(self, salts: Salts, decoys: int) -> None:
        self._salts, self._decoys = salts, decoys
        self.disclosures: list[str] = []

    def table(self, claims: Mapping[str, Claims]) -> dict[str, JSON]:
        plain: dict[str, JSON] = {}
        digests: list[str] = []
        for name, value in claims.items():
            if name in (DIGESTS, ELEMENT):
                raise DataError(Message("trace.exports.sd_name", name=name))
            if isinstance(value, Hidden):
                digests.append(self._disclose([self._salts(), name, self._value(value.value)]))
            else:
                plain[name] = self._value(value)
        if digests:
            digests += [digest_of_text(self._salts()) for _ in range(self._decoys)]
            plain[DIGESTS] = sorted(digests)
        return plain

    def _value(self, value: Claims) -> JSON:
        if isinstance(value, Hidden):
            raise DataError(Message("trace.exports.sd_name", name=DIGESTS))
        if isinstance(value, Mapping):
            return self.table(value)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [self._element(item) for item in value]
        return value

    def _element(self, item: Claims) -> JSON:
        if isinstance(item, Hidden):
            return {ELEMENT: self._disclose([self._salts(), self._value(item.value)])}
        return self._value(item)

    def _disclose(self, content: list[JSON]) -> str:
        disclosure = to_base64url(_dump(content))
        self.disclosures.append(disclosure)
        return digest_of_text(disclosure)


def _select(value: JSON, selection: Selection, table: Mapping[str, str]) -> Iterator[str]:
    """Yield the disclosures that a selection asks for, outer ones before inner ones."""
    if isinstance(value, Mapping):
        digests = value.get(DIGESTS, [])
        hidden = [table[str(digest)] for digest in digests if str(digest) in table] if isinstance(digests, list) else []
        for disclosure in hidden:
            name = content_of(disclosure)[1]
            yield from _chosen(disclosure, content_of(disclosure)[2], _inside(selection, str(name)), table)
        for name, inner in value.items():
            if name != DIGESTS:
                _, wish = _inside(selection, name)
                yield from _select(inner, wish, table)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            wish = _at(selection, place)
            if isinstance(item, Mapping) and str(item.get(ELEMENT)) in table:
                disclosure = table[str(item[ELEMENT])]
                yield from _chosen(disclosure, content_of(disclosure)[1], wish, table)
            else:
                yield from _select(item, wish[1], table)


def _chosen(disclosure: str, value: JSON, wish: tuple[bool, Selection], table: Mapping[str, str]) -> Iterator[str]:
    wanted, inner = wish
    if wanted:
        yield disclosure
        yield from _select(value, inner, table)


def _inside(selection: Selection, name: str) -> tuple[bool, Selection]:
    if isinstance(selection, Mapping):
        wish = selection.get(name, False)
        return wish is not False, wish
    return selection is True, selection is True


def _at(selection: Selection, place: int) -> tuple[bool, Selection]:
    if isinstance(selection, Sequence) and not isinstance(selection, str):
        wish = selection[place] if place < len(selection) else False
        return wish is not False, wish
    return selection is True, selection is True


def content_of(disclosure: str) -> list[JSON]:
    """Read a disclosure: salt, name and value, or salt and value for an element of a list.

    Raises
    ------
    DataError
    """
    content = read_json(from_base64url(disclosure))
    if not isinstance(content, list) or len(content) not in (ITEM, MEMBER) or not isinstance(content[0], str):
        raise DataError(Message("trace.exports.jwt_form"))
    return content


def digest_of_text(text: str) -> str:
    """Return SHA-256 of a text as base64url."""
    return to_base64url(hashlib.sha256(text.encode("ascii")).digest())


def _dump(value: JSON) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
