# SPDX-License-Identifier: Apache-2.0
"""Credentials and tokens: published vectors, every change found, and a passport that comes back whole."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import JSON, DataError, Instant, canonical
from sichen.trace.exports import (
    Passport,
    ProofOptions,
    add_proof,
    check_credential,
    check_proofs,
    did_key,
    find_credential_faults,
    from_claims,
    from_credential,
    from_dpp,
    hash_data,
    issue_sd_jwt,
    key_of_did,
    multibase,
    present_sd_jwt,
    public_key,
    read_multibase,
    read_multikey,
    to_claims,
    to_credential,
    to_dpp,
    verify_sd_jwt,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NOON = Instant.parse("2026-11-23T12:00:00Z")
DOCUMENT: dict[str, JSON] = {"@context": ["https://www.w3.org/ns/credentials/v2"], "id": "urn:watch:1", "rate": 4.7}
PRIME = 2**255 - 19

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
WORDS = st.text("abcdefghij_", min_size=1, max_size=8)
FACTS = st.dictionaries(
    st.sampled_from(["product", "origin", "movement", "readings", "service", "status"]) | WORDS,
    st.dictionaries(st.sampled_from(["name", "brand", "maker", "date", "mass"]) | WORDS, VALUES, max_size=4),
    max_size=4,
)
PASSPORTS = st.builds(
    Passport,
    st.just("https://id.gs1.org/01/09520123456788/21/00042"),
    st.sampled_from(["https://maker.example", "did:key:z6Mk"]),
    st.integers(0, 2**61).map(Instant),
    FACTS,
)


def vectors(shared: Path) -> Path:
    return shared / "trace/w3c-vc-di-eddsa/TestVectors"


def test_the_published_credential_is_signed_bit_for_bit_with_its_intermediates(shared: Path) -> None:
    folder = vectors(shared)
    keys = json.loads((folder / "keyPair.json").read_text(encoding="utf-8"))
    unsigned = json.loads((folder / "unsigned.json").read_text(encoding="utf-8"))
    files = {file.stem: file.read_text(encoding="utf-8") for file in (folder / "eddsa-jcs-2022").iterdir()}
    key = Ed25519PrivateKey.from_private_bytes(read_multibase(keys["privateKeyMultibase"])[2:])
    config = json.loads(files["proofConfigJCS"])
    created = Instant.parse(config["created"])

    signed = add_proof(unsigned, key, options=ProofOptions(created=created))

    assert canonical(unsigned).decode() == files["canonDocJCS"]
    assert canonical(config).decode() == files["proofCanonJCS"]
    assert hash_data(unsigned, config).hex() == files["combinedHashJCS"] == files["proofHashJCS"] + files["docHashJCS"]
    assert signed["proof"]["proofValue"] == files["sigBTC58JCS"]  # type: ignore[index,call-overload]
    assert read_multibase(files["sigBTC58JCS"]).hex() == files["sigHexJCS"]
    assert signed == json.loads(files["signedJCS"])
    assert did_key(key.public_key()) == config["verificationMethod"]
    assert [check.valid for check in check_proofs(json.loads(files["signedJCS"]), at=NOON)] == [True]


@given(VALUES, VALUES)
def test_any_other_value_spoils_the_proof_and_order_does_not(value: JSON, other: JSON) -> None:
    signed = add_proof({**DOCUMENT, "note": value}, KEY)
    turned = dict(reversed(signed.items()))
    changed = {**signed, "note": other}

    assert check_proofs(turned, at=NOON)[0].valid
    assert check_proofs(changed, at=NOON)[0].valid is (canonical(value) == canonical(other))


@given(st.integers(0, 511))
def test_any_bit_of_the_signature_spoils_the_proof(bit: int) -> None:
    signed = add_proof(DOCUMENT, KEY)
    proof = dict(signed["proof"])  # type: ignore[arg-type]
    value = int.from_bytes(read_multibase(str(proof["proofValue"])), "big") ^ 1 << bit
    proof["proofValue"] = multibase(value.to_bytes(64, "big"))

    assert not check_proofs({**signed, "proof": proof}, at=NOON)[0].valid


def test_a_proof_for_another_use_or_time_is_refused_with_the_reason() -> None:
    options = ProofOptions(created=NOON, expires=Instant(NOON.ns + 10**9), domain="shop.example", challenge="7")
    signed = add_proof(DOCUMENT, KEY, options=options)

    assert check_proofs(signed, at=NOON, domain="shop.example", challenge="7")[0].valid
    for check in (
        check_proofs(signed, at=Instant(NOON.ns + 2 * 10**9))[0],
        check_proofs(signed, at=NOON, domain="other.example")[0],
        check_proofs(signed, at=NOON, challenge="8")[0],
        check_proofs(signed, at=NOON, purpose="authentication")[0],
    ):
        assert not check.valid
        assert "wrong" not in check.reason.text()


def test_two_signatures_stand_side_by_side_and_a_chained_one_holds_the_first() -> None:
    first = add_proof(DOCUMENT, KEY, options=ProofOptions(identifier="urn:proof:1"))
    both = add_proof(first, OTHER, options=ProofOptions(identifier="urn:proof:2", previous="urn:proof:1"))
    without = {**both, "proof": both["proof"][1]}  # type: ignore[index]
    changed = json.loads(json.dumps(both))
    changed["proof"][0]["created"] = "2026-01-01T00:00:00Z"

    assert [check.valid for check in check_proofs(both, at=NOON)] == [True, True]
    assert [check.valid for check in check_proofs(without, at=NOON)] == [False]
    assert [check.valid for check in check_proofs(changed, at=NOON)] == [False, False]
    with pytest.raises(DataError, match="another that is not there"):
        add_proof(DOCUMENT, KEY, options=ProofOptions(previous="urn:proof:9"))


def test_contexts_may_be_appended_but_not_put_before() -> None:
    signed = add_proof(DOCUMENT, KEY)
    own = "https://holder.example/context"
    contexts = list(signed["@context"])  # type: ignore[arg-type]

    assert check_proofs({**signed, "@context": [*contexts, own]}, at=NOON)[0].valid
    assert not check_proofs({**signed, "@context": [own, *contexts]}, at=NOON)[0].valid


@pytest.mark.parametrize(
    "proof",
    [
        {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"},
        {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"},
        {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofValue": "z0", "verificationMethod": "did:key:z"},
        {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofValue": "z1", "verificationMethod": "did:web:a"},
    ],
)
def test_a_proof_that_is_not_in_order_is_refused_and_breaks_nothing(proof: dict[str, JSON]) -> None:
    assert [check.valid for check in check_proofs({**DOCUMENT, "proof": proof}, at=NOON)] == [False]


def test_signatures_of_the_library_are_judged_as_published(shared: Path) -> None:
    """Wycheproof, Ed25519: our proofs stand on it."""
    document = json.loads((shared / "trace/wycheproof/testvectors_v1/ed25519_test.json").read_text(encoding="utf-8"))
    judged = 0
    for group in document["testGroups"]:
        key = public_key(bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            try:
                key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
                good = True
            except InvalidSignature:
                good = False
            assert good is (case["result"] == "valid"), case["tcId"]
            judged += 1

    assert judged == 151


def eightfold(y: int) -> tuple[int, int]:
    """Return eight times the point of this height on edwards25519, by the textbook addition law."""
    d = -121665 * pow(121666, -1, PRIME) % PRIME
    square = (y * y - 1) * pow(d * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    assert (x * x - square) % PRIME == 0
    for _ in range(3):
        product = d * x * x * y * y % PRIME
        over, under = pow(1 + product, -1, PRIME), pow(1 - product, -1, PRIME)
        x, y = 2 * x * y * over % PRIME, (y * y + x * x) * under % PRIME
    return x, y


def test_keys_of_small_order_or_not_reduced_are_refused() -> None:
    from sichen.trace.exports.multibase import _SMALL_ORDER

    for y in _SMALL_ORDER:
        assert eightfold(y) == (0, 1)
        for sign in (0, 1 << 255):
            with pytest.raises(DataError):
                public_key((y | sign).to_bytes(32, "little"))
    with pytest.raises(DataError):
        public_key((PRIME + 3).to_bytes(32, "little"))


@given(st.binary(max_size=80))
def test_bytes_come_back_from_their_text(data: bytes) -> None:
    assert read_multibase(multibase(data)) == data


def test_a_key_comes_back_from_its_name_and_a_changed_name_is_refused() -> None:
    name = did_key(KEY.public_key())

    assert key_of_did(name).public_bytes_raw() == KEY.public_key().public_bytes_raw()
    assert isinstance(read_multikey(name.partition("#")[2]), Ed25519PublicKey)
    with pytest.raises(DataError):
        key_of_did(name[:-1])
    with pytest.raises(DataError):
        key_of_did("did:web:maker.example")


@given(PASSPORTS)
def test_a_passport_comes_back_whole_from_every_form(passport: Passport) -> None:
    through_text = json.loads(json.dumps(to_dpp(passport)))
    claims = json.loads(json.dumps(to_claims(passport)))
    credential = json.loads(json.dumps(add_proof(to_credential(passport), KEY)))

    assert from_dpp(through_text) == passport
    assert from_claims(claims) == passport
    assert from_credential(credential) == passport


def test_the_owner_keeps_what_he_hides_and_the_rest_is_still_signed() -> None:
    facts: dict[str, dict[str, JSON]] = {"product": {"name": "Sichen 1", "mass": 71.5}, "owner": {"name": "Ms Lin"}}
    passport = Passport("https://id.gs1.org/01/09520123456788/21/00042", "https://maker.example", NOON, facts)
    whole = issue_sd_jwt(to_claims(passport, hidden=["owner", "product.mass"]), KEY)

    shown = present_sd_jwt(whole, {"facts": {"product": {"mass": True}}})
    found = from_claims(verify_sd_jwt(shown, KEY.public_key()).claims)

    assert found.facts == {"product": {"name": "Sichen 1", "mass": 71.5}}
    assert "Lin" not in str(shown)
    assert from_claims(verify_sd_jwt(whole, KEY.public_key()).claims) == passport
    with pytest.raises(DataError, match="called owner"):
        to_claims(passport, hidden=["owner.age"])


@pytest.mark.parametrize("facts", [{"a.b": {"c": 1}}, {"": {}}, {"a": 7}, {"a": {"b": float("nan")}}])
def test_facts_that_no_form_could_give_back_are_refused(facts: Any) -> None:
    with pytest.raises(DataError):
        Passport("https://id.gs1.org/01/09520123456788", "https://maker.example", NOON, facts)


def test_other_documents_are_no_passport() -> None:
    for read in (from_dpp, from_claims, from_credential):
        with pytest.raises(DataError, match="passport"):
            read({"id": "urn:watch:1"})


def test_published_credentials_are_in_order_and_one_signed_by_another_is_not_the_issuers(shared: Path) -> None:
    folder = vectors(shared)
    signed = json.loads((folder / "eddsa-jcs-2022/signedJCS.json").read_text(encoding="utf-8"))
    permit = json.loads((folder / "employmentAuth.json").read_text(encoding="utf-8"))
    own = add_proof({**permit, "issuer": did_key(KEY.public_key()).partition("#")[0]}, KEY)

    assert find_credential_faults(permit, at=NOON) == []
    assert (check_credential(signed, at=NOON).valid, check_credential(signed, at=NOON).by_issuer) == (True, False)
    assert check_credential(own, at=NOON).by_issuer
    assert not check_credential(permit, at=NOON).valid


@pytest.mark.parametrize(
    "change",
    [
        {"@context": ["https://www.w3.org/2018/credentials/v1"]},
        {"@context": "https://www.w3.org/ns/credentials/v2"},
        {"type": ["WatchPassport"]},
        {"issuer": "nobody"},
        {"issuer": {"name": "nobody"}},
        {"id": "no address"},
        {"credentialSubject": []},
        {"credentialSubject": {}},
        {"validFrom": "yesterday"},
        {"validFrom": "2030-01-01T00:00:00Z"},
        {"validUntil": "2026-11-23T12:00:00Z"},
        {"proof": 7},
    ],
)
def test_a_credential_out_of_order_or_time_is_refused_with_what_is_wrong(change: dict[str, JSON]) -> None:
    facts: dict[str, dict[str, JSON]] = {"product": {"name": "Sichen 1"}}
    passport = Passport("https://id.gs1.org/01/09520123456788/21/00042", "https://maker.example", NOON, facts)
    good = to_credential(passport)
    changed = {**good, **change} if "proof" in change else add_proof({**good, **change}, KEY)

    assert check_credential(add_proof(good, KEY), at=NOON).valid
    assert len(check_credential(changed, at=NOON).faults) >= 1
