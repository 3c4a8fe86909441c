# SPDX-License-Identifier: Apache-2.0
"""Keys that change, and bundles that prove one watch without a network."""

import json
import random
from collections.abc import Iterator
from typing import cast

import pytest

from sichen.core import JSON, DataError, Instant, canonical
from sichen.trace.ledger import (
    Algorithm,
    Checkpoint,
    Entry,
    Policy,
    ProvedEntry,
    Signer,
    Statement,
    Trust,
    inclusion_proof,
    leaf_hash,
    read_key_log,
    root_of,
    sign_checkpoint,
    verify_bundle,
    write_bundle,
)

ORIGIN = "watches.example/log"
HYBRID = (Algorithm.ED25519, Algorithm.ML_DSA_44)


def keys(name: str = ORIGIN, algorithms: tuple[Algorithm, ...] = HYBRID) -> list[Signer]:
    return [Signer.generate(name, algorithm) for algorithm in algorithms]


def public(signers: list[Signer]) -> tuple:  # type: ignore[type-arg] # of VerifierKey
    return tuple(signer.verifier for signer in signers)


FIRST, SECOND, RESCUE = keys(), keys(), keys(f"{ORIGIN}/recovery", (Algorithm.ED25519,))
BEGIN = Statement("begin", ORIGIN, public(FIRST), public(RESCUE), Instant(0)).signed(FIRST)
ROTATE = Statement("rotate", ORIGIN, public(SECOND), public(RESCUE), Instant(1)).signed([*FIRST, *SECOND])
STOLEN = Statement("compromise", ORIGIN, public(SECOND), public(RESCUE), Instant(2), since=4).signed([*RESCUE, *SECOND])


def bundle(
    statements: list[tuple[int, Statement]], signers: list[Signer], *, size: int = 12, about: tuple[int, ...] = (2, 5)
) -> bytes:
    """Make a log of watches with statements at some leaves, and the bundle of two of them."""
    entries = [Entry.of_json("note", {"subject": "watch:0042", "n": number, "rate": 4.7}) for number in range(size)]
    for index, statement in statements:
        entries[index] = Entry.of_json("key", statement.to_json())
    leaves = [leaf_hash(entry.commitment) for entry in entries]
    note = sign_checkpoint(Checkpoint(ORIGIN, size, root_of(leaves)), signers, time=1_795_000_000)

    def proved(index: int) -> ProvedEntry:
        path = inclusion_proof(index, size, lambda level, number: root_of(leaves[number << level : (number + 1) << level]))
        return ProvedEntry(index, path, entries[index].body, entries[index].salt, entries[index].commitment)

    return write_bundle(note, [proved(one) for one in about], keys=[proved(index) for index, _ in statements])


TRUST = Trust(Policy(logs=public(FIRST)))


def test_the_bundle_of_a_watch_is_believed_by_who_knows_the_first_key() -> None:
    found = verify_bundle(bundle([(0, BEGIN)], FIRST), trust=TRUST)

    assert found.status == "intact"
    assert [entry.index for entry in found.entries] == [2, 5]


def test_an_unharmed_bundle_of_an_unknown_log_is_said_to_be_that() -> None:
    assert verify_bundle(bundle([(0, BEGIN)], FIRST)).status == "unknown_signer"


def test_after_a_rotation_who_knows_the_first_key_believes_the_second() -> None:
    statements = [(0, BEGIN), (7, ROTATE)]

    assert verify_bundle(bundle(statements, SECOND), trust=TRUST).status == "intact"
    assert verify_bundle(bundle(statements, FIRST), trust=TRUST).status == "tampered"


def test_the_stronger_half_of_a_hybrid_signature_cannot_be_left_out() -> None:
    assert verify_bundle(bundle([(0, BEGIN)], FIRST[:1]), trust=TRUST).status == "tampered"


def test_after_a_theft_earlier_proofs_hold_and_later_ones_under_the_old_key_do_not() -> None:
    early, late = bundle([(0, BEGIN)], FIRST, size=4, about=(2,)), bundle([(0, BEGIN)], FIRST, size=6, about=(2,))
    warned = Trust(TRUST.policy, tuple((key.text, 4) for key in public(FIRST)))

    assert verify_bundle(early, trust=warned).status == "intact"
    assert verify_bundle(late, trust=warned).status == "tampered"


def test_a_bundle_issued_again_after_a_theft_marks_what_was_added_meanwhile() -> None:
    found = verify_bundle(bundle([(0, BEGIN), (7, STOLEN)], SECOND), trust=TRUST)

    assert found.status == "intact"
    assert [reason.key for reason in found.reasons] == ["trace.ledger.doubtful"]
    assert dict(found.reasons[0].values) == {"index": 5}


@pytest.mark.parametrize(
    "forged",
    [
        Statement("rotate", ORIGIN, public(SECOND), public(RESCUE), Instant(1)).signed(SECOND),
        Statement("rotate", ORIGIN, public(SECOND), public(SECOND), Instant(1)).signed([*FIRST, *SECOND]),
        Statement("rotate", ORIGIN, public(SECOND), public(RESCUE), Instant(1)).signed(FIRST),
        Statement("compromise", ORIGIN, public(SECOND), public(RESCUE), Instant(1), since=1).signed([*FIRST, *SECOND]),
        Statement("compromise", ORIGIN, public(SECOND), public(RESCUE), Instant(1), since=9).signed([*RESCUE, *SECOND]),
        Statement("begin", ORIGIN, public(SECOND), public(RESCUE), Instant(1)).signed([*FIRST, *SECOND]),
    ],
)
def test_a_statement_by_those_who_may_not_make_it_is_refused(forged: Statement) -> None:
    with pytest.raises(DataError):
        read_key_log([(0, BEGIN), (7, forged)])


def test_a_statement_reads_back() -> None:
    assert Statement.from_json(STOLEN.to_json()) == STOLEN


@pytest.mark.slow
def test_any_changed_bit_of_a_bundle_is_found() -> None:
    whole = bundle([(0, BEGIN), (7, ROTATE)], SECOND)
    lot = random.Random(1)
    for bit in [*range(0, 4000, 11), *(lot.randrange(len(whole) * 8) for _ in range(500))]:
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        assert verify_bundle(bytes(changed), trust=TRUST).status != "intact", bit


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"null", b"[" * 100_000, b'{"form":"sichen.bundle/1"}', b"\xff"])
def test_nonsense_is_tampered_and_never_an_accident(data: bytes) -> None:
    assert verify_bundle(data, trust=TRUST).status == "tampered"


def places(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Yield the way to every value in a JSON tree."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def replaced(value: object, path: tuple[object, ...], other: object) -> object:
    """Return a JSON tree with another value at one place."""
    if not path:
        return other
    copy = dict(value) if isinstance(value, dict) else list(cast("list[object]", value))
    copy[path[0]] = replaced(copy[path[0]], path[1:], other)  # type: ignore[call-overload] # a key or an index
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("other", [None, True, -1, 1e300, "", "\n\n", [], [[]], {}, {"key": []}], ids=repr)
def test_anything_else_anywhere_in_a_bundle_is_tampered_and_never_an_accident(other: object) -> None:
    whole = json.loads(bundle([(0, BEGIN)], FIRST))

    for path in places(whole):
        changed = replaced(whole, path, other)
        if changed != whole:
            assert verify_bundle(canonical(cast("JSON", changed)), trust=TRUST).status == "tampered", path


def test_a_proof_at_a_thousand_million_leaves_fits_the_promised_size() -> None:
    size = 10**9
    for signers, limit in ((FIRST[:1], 2000), (FIRST, 6000)):
        note = sign_checkpoint(Checkpoint(ORIGIN, size, bytes(32)), signers, time=1_795_000_000)
        proof = ProvedEntry(size - 1, (bytes(32),) * 30, b"{}", bytes(16), bytes(32)).proof + "\n" + note.text
        assert len(proof.encode()) <= limit
