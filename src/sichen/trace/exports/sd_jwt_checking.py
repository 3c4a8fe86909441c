# SPDX-License-Identifier: Apache-2.0
"""Checking tokens of selective disclosure (RFC 9901, section 7): every disclosure in its place, or no token at all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sichen.core import JSON, DataError, Message
from sichen.trace.exports.jws import VerifyingKey, key_from_jwk, open_jws, read_object
from sichen.trace.exports.sd_jwt import ALGORITHM, DIGESTS, ELEMENT, HASH, ITEM, MEMBER, SdJwt, content_of, digest_of_text


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


class _Reader:
    """Puts disclosed values into the places of their digests; each is used exactly once."""

    def __init__(self, disclosures: Sequence[str]) -> None:
        self._waiting = {digest_of_text(disclosure): content_of(disclosure) for disclosure in disclosures}
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
            content = self._take(digest, MEMBER)
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
            content = self._take(item[ELEMENT], ITEM)
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
    if fitting != ("kb+jwt", expected.audience, expected.nonce, digest_of_text(whole)):
        raise DataError(Message("trace.exports.other_binding"))
    issued = said.get("iat")
    if not isinstance(issued, int) or abs(expected.at - issued) > expected.longest:
        raise DataError(Message("trace.exports.old_binding"))
