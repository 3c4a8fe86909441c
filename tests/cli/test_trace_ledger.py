# SPDX-License-Identifier: Apache-2.0
"""The ledger from the command line: seal, prove, verify, back up, rotate."""

import json
from pathlib import Path

import pytest

from sichen.adapters import DataFolder
from sichen.cli.__main__ import run
from sichen.core import Instant, Record


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a data folder with three watches, twice measured each."""
    monkeypatch.setenv("SICHEN_LANGUAGE", "en")
    with DataFolder.open(tmp_path / "data") as folder:
        folder.records.append_all(
            [
                Record("bench.note", f"watch:{number % 3:04}", {"n": number}, "manual", "1", Instant(number))
                for number in range(6)
            ]
        )
    return tmp_path / "data"


def sichen(*words: object) -> int:
    return run([str(word) for word in words])


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


@pytest.fixture
def sealed(data: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Give the folder with its records in the log."""
    assert sichen("trace", "seal", "--data", data) == 0
    capsys.readouterr()
    return data


def test_published_cases_are_accepted_or_rejected_by_word_and_exit_code(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = shared / "trace/transparency-merkle/testdata"

    assert sichen("trace", "merkle", "check", cases / "inclusion/1/happy-path.json") == 0
    assert capsys.readouterr().out == "accept\n"
    assert sichen("trace", "merkle", "check", cases / "consistency/1/wrong-root1.json") == 1
    assert capsys.readouterr().out == "reject\n"
    (tmp_path / "none.json").write_text("[]")
    assert sichen("trace", "merkle", "check", tmp_path / "none.json") == 2
    assert sichen("trace", "merkle", "check", tmp_path / "absent.json") == 3


def test_sealing_twice_takes_nothing_twice(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sichen("trace", "seal", "--data", data, "--json") == 0
    assert printed(capsys) == {"sealed": 6, "size": 7}
    assert sichen("trace", "seal", "--data", data, "--json") == 0
    assert printed(capsys) == {"sealed": 0, "size": 7}


def test_the_bundle_of_a_watch_verifies_here_and_with_the_policy_elsewhere(
    sealed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, policy = tmp_path / "watch.json", tmp_path / "policy"
    assert sichen("trace", "bundle", "0001", "--out", file, "--data", sealed) == 0
    assert sichen("trace", "ledger", "keys", "--policy", policy, "--data", sealed) == 0

    assert sichen("verify", file, "--data", sealed, "--json") == 0
    assert printed(capsys)["entries"] == [{"index": 2, "erased": False}, {"index": 5, "erased": False}]
    assert sichen("verify", file, "--data", tmp_path / "elsewhere", "--json") == 1
    assert printed(capsys)["status"] == "unknown_signer"
    assert sichen("verify", file, "--data", tmp_path / "elsewhere", "--trust", policy) == 0
    file.write_bytes(file.read_bytes().replace(b'"n":1', b'"n":2'))
    assert sichen("verify", file, "--trust", policy, "--json") == 1
    assert printed(capsys)["status"] == "tampered"


def test_a_record_is_bundled_by_its_digest_and_verify_says_where_it_stands(
    sealed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with DataFolder.open(sealed) as folder:
        digest = next(folder.records.find(subject="watch:0002")).digest

    assert sichen("trace", "bundle", digest[7:19], "--out", tmp_path / "one.json", "--data", sealed) == 0
    assert sichen("verify", tmp_path / "one.json", "--data", sealed) == 0
    assert sichen("verify", digest[7:19], "--data", sealed, "--json") == 0
    stands = printed(capsys)["sealed"]
    assert isinstance(stands, dict)
    assert (stands["leaf"], stands["size"]) == (6, 7)


def test_what_the_log_does_not_know_is_said(sealed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sichen("trace", "bundle", "9999", "--out", tmp_path / "none.json", "--data", sealed) == 2
    assert "sichen trace seal" in capsys.readouterr().err
    assert not (tmp_path / "none.json").exists()


def test_a_backup_is_restored_and_checked(sealed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sichen("trace", "ledger", "backup", tmp_path / "backup", "--data", sealed) == 0
    keys = ["--keys", sealed / "ledger"]
    assert sichen("trace", "ledger", "restore", tmp_path / "backup", *keys, "--data", tmp_path / "again") == 0
    assert sichen("trace", "ledger", "restore", tmp_path / "backup", *keys, "--data", tmp_path / "again") == 2
    assert "7 leaves checked, 0 problems" in capsys.readouterr().out


def test_keys_change_and_the_log_stays_whole(sealed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sichen("trace", "ledger", "rotate", "--data", sealed) == 0
    assert sichen("trace", "ledger", "witness", tmp_path / "witness", "--data", sealed) == 0
    assert sichen("trace", "ledger", "rotate", "--stolen-since", 8, "--data", sealed) == 0
    assert sichen("trace", "ledger", "publish", "--data", sealed) == 0
    assert sichen("trace", "ledger", "erase", 1, "--reason", "asked", "--data", sealed) == 0
    assert sichen("trace", "ledger", "status", "--data", sealed, "--json") == 0
    # Seven leaves, two changes of keys, an erasure; and sealed by themselves: who changed the keys, and what was erased.
    assert printed(capsys)["size"] == 12
    assert sichen("trace", "ledger", "verify", "--data", sealed, "--json") == 0
    assert printed(capsys) == {"size": 12, "problems": []}
    assert sichen("trace", "ledger", "keys", "--data", sealed) == 0
    assert sichen("trace", "verifier", "--out", tmp_path / "page.html", "--data", sealed) == 0
    assert "<!DOCTYPE html>" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_log_begins_once_under_the_name_it_was_given(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sichen("trace", "ledger", "status", "--data", data) == 0
    assert sichen("trace", "ledger", "begin", "--origin", "watches.example/log", "--data", data) == 0
    assert sichen("trace", "ledger", "begin", "--data", data) == 2
    assert "watches.example/log" in capsys.readouterr().out
    assert sichen("trace", "ledger", "begin", "--origin", "a b", "--data", data) == 2


def test_a_changed_row_is_found_and_told(sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import apsw

    hand = apsw.Connection(str(sealed / "ledger/ledger.sqlite"))
    hand.execute("UPDATE payload SET body = CAST(replace(CAST(body AS TEXT), '\"n\":3', '\"n\":4') AS BLOB) WHERE leaf = 4")
    hand.close()

    assert sichen("trace", "ledger", "verify", "--data", sealed) == 1
    assert "leaf 4" in capsys.readouterr().out
