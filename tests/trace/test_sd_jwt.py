# SPDX-License-Identifier: Apache-2.0
"""Selective disclosure: the fifteen published examples, and everything a holder or a thief may try."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import JSON, DataError
from sichen.trace.exports import (
    Binding,
    Hidden,
    SdJwt,
    general_json,
    issue_sd_jwt,
    jwk_of,
    key_from_jwk,
    present_sd_jwt,
    read_sd_jwt,
    read_sd_jwt_json,
    verify_sd_jwt,
)
from sichen.trace.exports.jws import from_base64url, read_json, sign_jws, to_base64url
from sichen.trace.exports.sd_jwt import Claims, Selection

EXAMPLES = [
    "address_only_flat", "address_only_recursive", "address_only_structured", "address_only_structured_one_open",
    "complex_eidas", "complex_eidas_proposal", "complex_ekyc", "json_serialization_flattened", "json_serialization_general",
    "jsonld", "simple", "simple_array", "simple_structured", "w3c-vc", "w3c-vc_for_slide_deck",
]  # fmt: skip
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOW = 1_683_000_000


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads specifications, where ``!sd`` marks a name or an element of a list."""


def _construct(loader: Loader, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return Hidden(loader.construct_mapping(node, deep=True))
    if isinstance(node, yaml.SequenceNode):
        return Hidden(loader.construct_sequence(node, deep=True))
    tag = loader.resolve(yaml.ScalarNode, node.value, (node.style is None, node.style is not None))
    return Hidden(loader.construct_object(yaml.ScalarNode(tag, node.value, style=node.style)))


Loader.add_constructor("!sd", _construct)


def marked(value: object) -> Any:
    """Move marks from names to their values."""
    if isinstance(value, Hidden):
        return Hidden(marked(value.value))
    if isinstance(value, dict):
        names = {name: name.value if isinstance(name, Hidden) else name for name in value}
        return {
            str(names[name]): Hidden(marked(inner)) if isinstance(name, Hidden) else marked(inner)
            for name, inner in value.items()
        }
    return [marked(item) for item in value] if isinstance(value, list) else value


def plain(value: Claims) -> JSON:
    """Take all marks away."""
    if isinstance(value, Hidden):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def visible(value: Claims, selection: Selection) -> JSON:
    """Return what the selection should show, straight from the definition."""
    if isinstance(value, Hidden):
        return visible(value.value, selection)
    if isinstance(value, Mapping):
        shown: dict[str, JSON] = {}
        for name, inner in value.items():
            wish = selection.get(name, False) if isinstance(selection, Mapping) else selection is True
            if wish is not False or not isinstance(inner, Hidden):
                shown[name] = visible(inner, wish)
        return shown
    if isinstance(value, Sequence) and not isinstance(value, str):
        listed = isinstance(selection, Sequence) and not isinstance(selection, str)
        wishes = [
            (selection[place] if place < len(selection) else False) if listed else selection is True  # type: ignore[index,arg-type]
            for place in range(len(value))
        ]
        pairs = zip(value, wishes, strict=True)
        return [visible(item, wish) for item, wish in pairs if wish is not False or not isinstance(item, Hidden)]
    return value


def private_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_base64url(jwk["d"]), "big"), ec.SECP256R1())


def example(shared: Path, name: str) -> tuple[dict[str, Claims], Any, Any]:
    folder = shared / "trace/sd-jwt/examples"
    specification = yaml.load((folder / name / "specification.yml").read_text(encoding="utf-8"), Loader=Loader)
    settings = yaml.safe_load((folder / "settings.yml").read_text(encoding="utf-8"))
    settings["key_settings"].update(specification.get("settings_override", {}).get("key_settings", {}))
    claims = marked(specification["user_claims"])
    if "non_sd_claims" in specification:
        claims = hide_all_but(claims, specification["non_sd_claims"])
    return claims, specification, settings


def hide_all_but(claims: Mapping[str, Any], open_ones: Any) -> dict[str, Any]:
    """Hide every member that a specification does not name as open."""
    hidden: dict[str, Any] = {}
    for name, value in claims.items():
        wish = open_ones.get(name) if isinstance(open_ones, dict) else None
        if wish is None:
            hidden[name] = Hidden(value)
        else:
            hidden[name] = hide_all_but(value, wish) if isinstance(value, dict) else value
    return hidden


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_published_example_is_issued_shown_and_checked(shared: Path, name: str) -> None:
    claims, specification, settings = example(shared, name)
    issuers = [private_key(jwk) for jwk in settings["key_settings"]["issuer_keys"]]
    holder_key = private_key(settings["key_settings"]["holder_key"])
    bound = bool(specification.get("key_binding"))
    whole = issue_sd_jwt(
        claims,
        issuers[0],
        holder=holder_key.public_key() if bound else None,
        decoys=2 if specification.get("add_decoy_claims") else 0,
    )
    selection = specification["holder_disclosed_claims"]
    nonce, audience = settings["key_binding_nonce"], settings["identifiers"]["verifier"]
    shown = present_sd_jwt(
        whole, selection, key=holder_key if bound else None, audience=audience, nonce=nonce, issued_at=settings["iat"]
    )

    sent = read_sd_jwt(shown.compact())
    binding = Binding(audience, nonce, settings["iat"]) if bound else None
    found = verify_sd_jwt(sent, issuers[0].public_key(), at=settings["iat"], binding=binding)
    everything = verify_sd_jwt(whole, issuers[0].public_key()).claims

    found.claims.pop("cnf", None) if bound else None
    everything.pop("cnf", None) if bound else None
    assert found.claims == visible(claims, selection)
    assert everything == plain(claims)
    assert read_sd_jwt_json(json.loads(json.dumps(shown.to_json()))) == shown


def test_two_issuers_sign_one_payload_in_the_general_form(shared: Path) -> None:
    claims, _, settings = example(shared, "json_serialization_general")
    jwks = settings["key_settings"]["issuer_keys"]
    keys = [private_key(jwk) for jwk in jwks]
    first = issue_sd_jwt(claims, keys[0], header={"kid": jwks[0]["kid"]})
    body = from_base64url(first.token.split(".")[1])
    second = SdJwt(sign_jws({"typ": "dc+sd-jwt", "kid": jwks[1]["kid"]}, body, keys[1]), first.disclosures)

    document = json.loads(json.dumps(general_json([first, second])))

    for place, key in enumerate(keys):
        found = verify_sd_jwt(read_sd_jwt_json(document, signature=place), key.public_key())
        assert found.claims == plain(claims)
        assert found.header["kid"] == jwks[place]["kid"]
    with pytest.raises(DataError):
        verify_sd_jwt(read_sd_jwt_json(document, signature=1), keys[0].public_key())


WATCH: dict[str, Claims] = {
    "model": "Sichen 1",
    "owner": Hidden({"name": "Ms Lin", "city": Hidden("深圳")}),
    "repairs": [Hidden({"year": 2024}), "sealed", Hidden("polished")],
    "price": Hidden(9800),
}


def whole() -> SdJwt:
    return issue_sd_jwt(WATCH, KEY)


@given(st.recursive(st.booleans(), lambda inner: st.dictionaries(st.sampled_from(["owner", "name", "city", "price"]), inner)))
def test_what_is_shown_is_what_was_chosen_and_nothing_else(selection: Selection) -> None:
    shown = present_sd_jwt(whole(), selection)

    assert verify_sd_jwt(shown, KEY.public_key()).claims == visible(WATCH, selection)


def test_a_hidden_fact_leaves_no_trace_and_decoys_hide_the_number() -> None:
    token = issue_sd_jwt(WATCH, KEY, decoys=5)
    payload = from_base64url(token.token.split(".")[1]).decode()

    assert "9800" not in payload
    assert "Lin" not in payload
    assert len(json.loads(payload)["_sd"]) == 7
    assert json.loads(payload)["_sd"] == sorted(json.loads(payload)["_sd"])


def test_a_foreign_repeated_or_left_over_disclosure_is_refused() -> None:
    token = whole()
    foreign = to_base64url(json.dumps(["salt", "genuine", True]).encode())
    inner = present_sd_jwt(token, {"owner": {"city": True}})
    city = next(one for one in inner.disclosures if b"city" in from_base64url(one))

    for disclosures in ((foreign,), (token.disclosures[0],) * 2, (city,)):
        with pytest.raises(DataError):
            verify_sd_jwt(SdJwt(token.token, disclosures), KEY.public_key())


@pytest.mark.parametrize(
    "payload",
    [
        {"_sd": ["a", "a"]},
        {"_sd": "a"},
        {"_sd": [7]},
        {"_sd": [], "_sd_alg": "md5"},
        {"...": "a"},
        {"list": [{"...": "a"}], "_sd": ["a"]},
    ],
)
def test_a_payload_against_the_rules_is_refused_though_it_is_signed(payload: dict[str, JSON]) -> None:
    token = sign_jws({"typ": "dc+sd-jwt"}, json.dumps(payload).encode(), KEY)

    with pytest.raises(DataError):
        verify_sd_jwt(SdJwt(token), KEY.public_key())


@pytest.mark.parametrize("name", ["_sd", "...", "model"])
def test_a_disclosure_cannot_bring_a_forbidden_name_or_one_that_is_there(name: str) -> None:
    import hashlib

    disclosure = to_base64url(json.dumps(["salt", name, "other"]).encode())
    digest = to_base64url(hashlib.sha256(disclosure.encode()).digest())
    token = sign_jws({"typ": "dc+sd-jwt"}, json.dumps({"model": "Sichen 1", "_sd": [digest]}).encode(), KEY)

    with pytest.raises(DataError, match="forbidden"):
        verify_sd_jwt(SdJwt(token, (disclosure,)), KEY.public_key())


def test_no_algorithm_and_a_foreign_algorithm_are_refused() -> None:
    head, payload, signature = whole().token.split(".")
    for alg in ("none", "HS256", "ES256"):
        other = to_base64url(json.dumps({"alg": alg}).encode())
        with pytest.raises(DataError, match="algorithm"):
            verify_sd_jwt(SdJwt(f"{other}.{payload}.{signature}"), KEY.public_key())
    with pytest.raises(DataError):
        verify_sd_jwt(SdJwt(f"{head}.{payload}.{signature[:-2]}AA"), KEY.public_key())


def test_the_holder_signs_for_one_verifier_one_nonce_one_choice_and_a_short_time() -> None:
    holder = ec.derive_private_key(7, ec.SECP256R1())
    token = issue_sd_jwt(WATCH, KEY, holder=holder.public_key())
    shown = present_sd_jwt(token, {"price": True}, key=holder, audience="https://shop.example", nonce="n", issued_at=NOW)
    more = SdJwt(shown.token, token.disclosures, shown.binding)
    stranger = present_sd_jwt(token, {}, key=KEY, audience="https://shop.example", nonce="n", issued_at=NOW)
    right = Binding("https://shop.example", "n", NOW)

    assert verify_sd_jwt(shown, KEY.public_key(), binding=right).bound
    for one, binding in (
        (shown, Binding("https://other.example", "n", NOW)),
        (shown, Binding("https://shop.example", "m", NOW)),
        (shown, Binding("https://shop.example", "n", NOW + 301)),
        (more, right),
        (stranger, right),
        (present_sd_jwt(token, {}), right),
        (present_sd_jwt(whole(), {}), right),
    ):
        with pytest.raises(DataError):
            verify_sd_jwt(one, KEY.public_key(), binding=binding)


def test_a_token_has_its_time() -> None:
    token = issue_sd_jwt({"nbf": NOW, "exp": NOW + 10}, KEY)

    assert verify_sd_jwt(token, KEY.public_key(), at=NOW + 5).claims
    for at in (NOW - 1, NOW + 10):
        with pytest.raises(DataError, match="valid"):
            verify_sd_jwt(token, KEY.public_key(), at=at)


def test_issuing_refuses_names_of_the_format() -> None:
    for name in ("_sd", "..."):
        with pytest.raises(DataError, match="forbidden"):
            issue_sd_jwt({name: 1}, KEY)


@pytest.mark.parametrize("text", ["", "a", "~", "a.b.c", "a~~b", "e30.e30.e30~"])
def test_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        verify_sd_jwt(read_sd_jwt(text), KEY.public_key())


@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', b"[" * 40 + b"]" * 40, b"NaN", b"\xff", b"{"])
def test_ambiguous_or_deep_json_is_refused(data: bytes) -> None:
    with pytest.raises(DataError):
        read_json(data)


def test_base64_has_one_text_for_one_value() -> None:
    assert from_base64url("AA") == b"\0"
    for text in ("AB", "A", "AA==", "A+", "A A"):
        with pytest.raises(DataError):
            from_base64url(text)


def test_keys_come_back_from_their_tables_and_foreign_ones_are_refused() -> None:
    curve = ec.derive_private_key(7, ec.SECP256R1()).public_key()
    for key in (curve, KEY.public_key()):
        assert jwk_of(key_from_jwk(jwk_of(key))) == jwk_of(key)
    for jwk in ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, {**jwk_of(curve), "y": jwk_of(curve)["x"]}, {}):
        with pytest.raises(DataError):
            key_from_jwk(jwk)


def test_curve_signatures_of_the_library_are_judged_as_published(shared: Path) -> None:
    """Wycheproof, P-256 with SHA-256, DER signatures: ours are converted from and to this form."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.hashes import SHA256

    document = json.loads(
        (shared / "trace/wycheproof/testvectors_v1/ecdsa_secp256r1_sha256_test.json").read_text(encoding="utf-8")
    )
    judged = 0
    for group in document["testGroups"]:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(group["publicKey"]["uncompressed"]))
        for case in group["tests"]:
            try:
                key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]), ec.ECDSA(SHA256()))
                good = True
            except InvalidSignature:
                good = False
            assert good is (case["result"] == "valid") or case["result"] == "acceptable", case["tcId"]
            judged += 1

    assert judged == 484
