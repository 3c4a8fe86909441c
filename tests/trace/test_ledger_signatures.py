# SPDX-License-Identifier: Apache-2.0
"""Keys, notes, checkpoints, witnesses and policies."""

import json
from pathlib import Path

import pytest

from sichen.core import ConfigError, DataError
from sichen.trace.ledger import (
    AddCheckpoint,
    Algorithm,
    Checkpoint,
    Note,
    Signer,
    VerifierKey,
    consistency_proof,
    decide,
    leaf_hash,
    read_note,
    read_policy,
    root_of,
    sign_checkpoint,
    verify_checkpoint,
)
from sichen.trace.ledger.checkpoints import signed_bytes

ORIGIN = "watches.example/log"
LOG = tuple(Signer.generate(ORIGIN, algorithm) for algorithm in (Algorithm.ED25519, Algorithm.ML_DSA_44))
KEYS = tuple(signer.verifier for signer in LOG)
WITNESS = tuple(
    Signer.generate("institute.example/w", algorithm) for algorithm in (Algorithm.ED25519_COSIGNATURE, Algorithm.ML_DSA_44)
)
LEAVES = [leaf_hash(bytes([number])) for number in range(40)]
NOW = 1_795_000_000

# The eight points of small order in all their encodings, those above the prime included.
SMALL = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


def checkpoint(size: int) -> Checkpoint:
    """Return the checkpoint of the first leaves."""
    return Checkpoint(ORIGIN, size, root_of(LEAVES[:size]))


def subtree(level: int, number: int) -> bytes:
    return root_of(LEAVES[number << level : (number + 1) << level])


@pytest.mark.parametrize("point", SMALL)
def test_a_key_that_proves_nothing_is_refused_at_registration(point: str) -> None:
    with pytest.raises(ConfigError):
        VerifierKey(ORIGIN, Algorithm.ED25519, bytes.fromhex(point))


def test_every_wycheproof_signature_is_judged_as_published(shared: Path) -> None:
    data = json.loads((shared / "trace/wycheproof/testvectors_v1/ed25519_test.json").read_text())
    judged = [
        VerifierKey("x", Algorithm.ED25519, bytes.fromhex(group["publicKey"]["pk"])).verify(
            bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
        )
        is (test["result"] == "valid")
        for group in data["testGroups"]
        for test in group["tests"]
    ]

    assert len(judged) == 151
    assert all(judged)


@pytest.mark.parametrize("key", [*KEYS, *(signer.verifier for signer in WITNESS)])
def test_a_key_line_reads_back_and_a_changed_one_does_not(key: VerifierKey) -> None:
    assert VerifierKey.parse(key.text) == key
    changed = key.text[:-8] + ("AAAA" if key.text[-8:-4] != "AAAA" else "BBBB") + key.text[-4:]
    with pytest.raises(ConfigError):
        VerifierKey.parse(changed)


def test_a_known_note_of_the_go_checksum_database_verifies() -> None:
    """Key, text and signature: the example in the documentation of golang.org/x/mod/sumdb/note."""
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = read_note(
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )

    assert note.lines[0].is_by(key)
    assert key.verify(note.lines[0].signature, note.body.encode())


@pytest.mark.parametrize(
    "text", ["", "a\n", "a\n\n", "a\n\n— b", "a\n\n- b AAAAAAA=\n", "a\r\n\n— b AAAAAAA=\n", "a\n\n— b AAAA\n"]
)
def test_what_is_not_written_as_a_note_is_none(text: str) -> None:
    with pytest.raises((DataError, ConfigError)):
        read_note(text)


def test_a_hybrid_checkpoint_verifies_and_each_of_its_lines_is_checked() -> None:
    note = sign_checkpoint(checkpoint(9), LOG, time=NOW)
    found, signed = verify_checkpoint(note.text, KEYS)

    assert found == checkpoint(9)
    assert [one.key for one in signed] == list(KEYS)
    assert [one.time for one in signed] == [None, NOW]
    for number, line in enumerate(note.lines):
        broken = type(line)(line.name, line.key_id, line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
        with pytest.raises(DataError):
            verify_checkpoint(Note(note.body, (*note.lines[:number], broken, *note.lines[number + 1 :])), KEYS)


def test_strangers_are_not_looked_at_and_alone_they_are_nobody() -> None:
    note = sign_checkpoint(checkpoint(9), [*LOG, *WITNESS], time=NOW)

    assert len(verify_checkpoint(note, KEYS)[1]) == 2
    with pytest.raises(DataError):
        verify_checkpoint(note, [Signer.generate("other.example", Algorithm.ED25519).verifier])


def test_what_ml_dsa_signs_is_laid_out_as_the_standard_says() -> None:
    key = WITNESS[1].verifier
    signed = signed_bytes(checkpoint(9), key, NOW)

    name, origin = b"\x13institute.example/w", b"\x13watches.example/log"
    assert signed == (b"subtree/v1\n\0" + name + NOW.to_bytes(8) + origin + bytes(8) + (9).to_bytes(8) + checkpoint(9).root)


def request(old: int, new: int, *, root: bytes | None = None) -> AddCheckpoint:
    signed = sign_checkpoint(Checkpoint(ORIGIN, new, root or checkpoint(new).root), LOG, time=NOW)
    path = consistency_proof(old, new, subtree) if old <= new else ()
    return AddCheckpoint.parse(AddCheckpoint(old, path, signed).text)


@pytest.mark.parametrize(
    ("asked", "latest", "status"),
    [
        (request(0, 5), None, 200),
        (request(5, 9), 5, 200),
        (request(9, 9), 9, 200),
        (request(0, 9), 5, 409),
        (request(7, 9), 5, 409),
        (request(9, 9, root=bytes(32)), 9, 409),
        (request(5, 9, root=bytes(32)), 5, 422),
        (request(9, 5), 9, 400),
    ],
)
def test_a_witness_signs_only_what_continues_the_log(asked: AddCheckpoint, latest: int | None, status: int) -> None:
    before = None if latest is None else checkpoint(latest)
    decision = decide(asked, logs={ORIGIN: KEYS}, latest=before, signers=WITNESS, time=NOW)

    assert decision.status == status
    assert (decision.keep is not None) is (status == 200)
    if status == 200:
        cosigned = read_note(asked.note.body + "\n" + decision.body)
        assert len(verify_checkpoint(cosigned, [signer.verifier for signer in WITNESS])[1]) == 2


def test_a_witness_does_not_know_other_logs_and_does_not_believe_other_keys() -> None:
    other = Signer.generate(ORIGIN, Algorithm.ED25519).verifier

    assert decide(request(0, 5), logs={}, latest=None, signers=WITNESS, time=NOW).status == 404
    assert decide(request(0, 5), logs={ORIGIN: (other,)}, latest=None, signers=WITNESS, time=NOW).status == 403


def test_two_of_three_witnesses_are_a_quorum() -> None:
    keys = [Signer.generate(f"w{number}.example", Algorithm.ED25519_COSIGNATURE).verifier for number in range(3)]
    lines = [
        f"log {KEYS[0].text}",
        *(f"witness w{n} {key.text}" for n, key in enumerate(keys)),
        "group g 2 w0 w1 w2",
        "quorum g",
    ]
    policy = read_policy("# whom we believe\n\n" + "\n".join(lines) + "\n")

    assert policy.is_met(set(keys[1:]))
    assert not policy.is_met(set(keys[:1]))


@pytest.mark.parametrize("line", ["quorum nobody", "group g 2 none\nquorum g", "log x", "quorum none\nquorum none", "", "what"])
def test_a_policy_that_cannot_be_names_its_line(line: str) -> None:
    with pytest.raises(ConfigError, match="line"):
        read_policy(line)
