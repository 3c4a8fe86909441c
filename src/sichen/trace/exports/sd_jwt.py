# SPDX-License-Identifier: Apache-2.0
"""Selective disclosure for JWT (RFC 9901): the issuer signs digests, the holder shows what belongs to some of them."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, Union

from sichen.core import JSON, DataError, Message
from sichen.trace.exports.jws import (
    SigningKey,
    VerifyingKey,
    from_base64url,
    jwk_of,
    key_from_jwk,
    open_jws,
    read_json,
    read_object,
    sign_jws,
    to_base64url,
)

DIGESTS, ALGORITHM, ELEMENT = "_sd", "_sd_alg", "..."
HASH = "sha-256"
TYPE = "dc+sd-jwt"
_SALT_BYTES = 16
_MEMBER, _ITEM = 3, 2  # lengths of a disclosure of an object member and of an array element
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
    table = {_digest(disclosure): disclosure for disclosure in whole.disclosures}
    payload = read_object(from_base64url(whole.token.split(".")[1]))
    chosen = dict.fromkeys(_select(payload, selection, table))
    shown = SdJwt(whole.token, tuple(disclosure for disclosure in whole.disclosures if disclosure in chosen))
    if key is None:
        return shown
    binding: dict[str, JSON] = {"iat": issued_at, "aud": audience, "nonce": nonce, "sd_hash": _digest(shown.compact())}
    return SdJwt(shown.token, shown.disclosures, sign_jws({"typ": "kb+jwt"}, _dump(binding), key))


@dataclass(frozen=True)
class Binding:
    """What the verifier expects of the holder's signature.

    Parameters
    ----------
    audience, nonce : str
    at : int
        Now, seconds since 1970.
    longest : int
        Seconds that the signature may be old, or ahead of our clock.
    """

    audience: str
    nonce: str
    at: int
    longest: int = 300


@dataclass(frozen=True)
class Verified:
    """What a token says after its check.

    Parameters
    ----------
    claims : dict
        Disclosed ones in their place, everything of the format taken out.
    header : dict
    bound : bool
        Whether the holder has proved possession.
    """

    claims: dict[str, JSON]
    header: dict[str, JSON] = field(repr=False)
    bound: bool


def verify_sd_jwt(shown: SdJwt, issuer: VerifyingKey, *, at: int | None = None, binding: Binding | None = None) -> Verified:
    """Check a token and put what is disclosed into its place.

    Parameters
    ----------
    shown : SdJwt
    issuer : public key
    at : int, optional
        Seconds since 1970, against which ``exp`` and ``nbf`` are held.
    binding : Binding, optional
        Demand the holder's signature.

    Returns
    -------
    Verified

    Raises
    ------
    DataError
        If a signature is wrong, a disclosure belongs nowhere or twice, a name is forbidden or there already, the token
        has expired, or the holder's signature is missing or for somebody else.
    """
    header, body = open_jws(shown.token, issuer)
    payload = read_object(body)
    if payload.get(ALGORITHM, HASH) != HASH:
        raise DataError(Message("trace.exports.sd_hash"))
    reader = _Reader(shown.disclosures)
    claims = reader.table({name: value for name, value in payload.items() if name != ALGORITHM})
    reader.finish()
    _check_times(claims, at)
    if binding is not None:
        _check_binding(shown, payload, binding)
    return Verified(claims, header, bound=binding is not None)


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
            digests += [_digest(self._salts()) for _ in range(self._decoys)]
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
        return _digest(disclosure)


class _Reader:
    """Puts disclosed values into the places of their digests; each is used exactly once."""

    def __init__(self, disclosures: Sequence[str]) -> None:
        self._waiting = {_digest(disclosure): _content(disclosure) for disclosure in disclosures}
        self._seen: set[str] = set()
        if len(self._waiting) != len(disclosures):
            raise DataError(Message("trace.exports.sd_twice"))

    def table(self, table: Mapping[str, JSON]) -> dict[str, JSON]:
        claims = {name: self._value(value) for name, value in table.items() if name != DIGESTS}
        if ELEMENT in claims:
            raise DataError(Message("trace.exports.sd_name", name=ELEMENT))
        digests = table.get(DIGESTS, [])
        if not isinstance(digests, list):
            raise DataError(Message("trace.exports.jwt_form"))
        for digest in digests:
            content = self._take(digest, _MEMBER)
            if content is None:
                continue
            name = content[1]
            if not isinstance(name, str) or name in (DIGESTS, ELEMENT) or name in claims:
                raise DataError(Message("trace.exports.sd_name", name=str(name)))
            claims[name] = self._value(content[2])
        return claims

    def finish(self) -> None:
        if self._waiting:
            raise DataError(Message("trace.exports.sd_nowhere", count=len(self._waiting)))

    def _value(self, value: JSON) -> JSON:
        if isinstance(value, Mapping):
            return self.table(value)
        if isinstance(value, list):
            return [inner for item in value for inner in self._element(item)]
        return value

    def _element(self, item: JSON) -> Iterator[JSON]:
        if isinstance(item, Mapping) and set(item) == {ELEMENT}:
            content = self._take(item[ELEMENT], _ITEM)
            if content is not None:
                yield self._value(content[1])
        else:
            yield self._value(item)

    def _take(self, digest: JSON, length: int) -> list[JSON] | None:
        if not isinstance(digest, str) or digest in self._seen:
            raise DataError(Message("trace.exports.sd_twice"))
        self._seen.add(digest)
        content = self._waiting.pop(digest, None)
        if content is not None and len(content) != length:
            raise DataError(Message("trace.exports.jwt_form"))
        return content


def _select(value: JSON, selection: Selection, table: Mapping[str, str]) -> Iterator[str]:
    """Yield the disclosures that a selection asks for, outer ones before inner ones."""
    if isinstance(value, Mapping):
        digests = value.get(DIGESTS, [])
        hidden = [table[str(digest)] for digest in digests if str(digest) in table] if isinstance(digests, list) else []
        for disclosure in hidden:
            name = _content(disclosure)[1]
            yield from _chosen(disclosure, _content(disclosure)[2], _inside(selection, str(name)), table)
        for name, inner in value.items():
            if name != DIGESTS:
                _, wish = _inside(selection, name)
                yield from _select(inner, wish, table)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            wish = _at(selection, place)
            if isinstance(item, Mapping) and str(item.get(ELEMENT)) in table:
                disclosure = table[str(item[ELEMENT])]
                yield from _chosen(disclosure, _content(disclosure)[1], wish, table)
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


def _content(disclosure: str) -> list[JSON]:
    content = read_json(from_base64url(disclosure))
    if not isinstance(content, list) or len(content) not in (_ITEM, _MEMBER) or not isinstance(content[0], str):
        raise DataError(Message("trace.exports.jwt_form"))
    return content


def _check_times(claims: Mapping[str, JSON], at: int | None) -> None:
    if at is None:
        return
    expires, begins = claims.get("exp"), claims.get("nbf")
    if isinstance(expires, int | float) and expires <= at:
        raise DataError(Message("trace.exports.expired", at=str(expires)))
    if isinstance(begins, int | float) and begins > at:
        raise DataError(Message("trace.exports.not_yet", at=str(begins)))


def _check_binding(shown: SdJwt, payload: Mapping[str, JSON], expected: Binding) -> None:
    confirmation = payload.get("cnf")
    jwk = confirmation.get("jwk") if isinstance(confirmation, Mapping) else None
    if not shown.binding or not isinstance(jwk, Mapping):
        raise DataError(Message("trace.exports.no_binding"))
    header, body = open_jws(shown.binding, key_from_jwk(jwk))
    said = read_object(body)
    whole = SdJwt(shown.token, shown.disclosures).compact()
    fitting = (header.get("typ"), said.get("aud"), said.get("nonce"), said.get("sd_hash"))
    if fitting != ("kb+jwt", expected.audience, expected.nonce, _digest(whole)):
        raise DataError(Message("trace.exports.other_binding"))
    issued = said.get("iat")
    if not isinstance(issued, int) or abs(expected.at - issued) > expected.longest:
        raise DataError(Message("trace.exports.old_binding"))


def _digest(text: str) -> str:
    return to_base64url(hashlib.sha256(text.encode("ascii")).digest())


def _dump(value: JSON) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
