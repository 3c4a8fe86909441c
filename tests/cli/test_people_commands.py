# SPDX-License-Identifier: Apache-2.0
"""Accounts from the command line: made, listed, reset, erased, backed up; keys that two persons replace."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sichen.adapters import DataFolder
from sichen.adapters.people.desk import People
from sichen.cli.__main__ import run

PASSWORD = "four blue hands wound"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SICHEN_LANGUAGE", "en")
    return tmp_path / "data"


@pytest.fixture
def sichen(data: Path) -> Callable[..., int]:
    return lambda *words: run([*(str(word) for word in words), "--data", str(data)])


def test_an_account_is_made_with_a_password_that_is_shown_once(
    sichen: Callable[..., int], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sichen("people", "list", "--json") == 0
    assert capsys.readouterr().out == "[]\n"
    assert sichen("people", "add", "chen", "--role", "factory_line") == 2
    assert "first account" in capsys.readouterr().err
    assert sichen("people", "add", "Ada", "--role", "brand-admin", "--name", "Ada Lovelace") == 0
    password = capsys.readouterr().out.strip()
    assert sichen("people", "add", "x y", "--role", "qc") == 2
    assert sichen("people", "add", "bo", "--role", "king") == 2
    assert "brand_admin" in capsys.readouterr().err
    with DataFolder.open(data) as folder, People(folder) as people:
        assert people.visitor(people.sign_in("ada", password)) is not None
    assert sichen("people", "list") == 0
    assert capsys.readouterr().out == "ada  brand_admin  Ada Lovelace\n"


def test_a_password_is_read_from_standard_input(
    sichen: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for typed, code in (("short\n", 2), ("passwordpassword\n", 2), (f"{PASSWORD}\n", 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert sichen("people", "add", "ada", "--role", "brand_admin", "--ask") == code
    assert PASSWORD not in capsys.readouterr().out


def test_roles_resets_tokens_and_erasures_are_in_the_audit_log(
    sichen: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        ("people", "add", "ada", "--role", "brand_admin"),
        ("people", "add", "bo", "--role", "qc"),
        ("people", "role", "bo", "lab"),
        ("people", "reset", "bo"),
        ("people", "token", "bo", "--label", "line 1"),
        ("people", "remove", "bo"),
    ):
        assert sichen(*words) == 0
    assert "traces left in the files: 0" in capsys.readouterr().out
    assert sichen("people", "role", "bo", "qc") == 2
    assert sichen("audit", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["body"]["act"] for line in lines] == ["erased", "token", "reset", "role", "added", "added"]
    assert sichen("audit", "--last", "2") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_people_are_backed_up_and_restored(
    sichen: Callable[..., int], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sichen("people", "backup", tmp_path / "people.backup") == 2
    sichen("people", "add", "ada", "--role", "brand_admin")
    assert sichen("people", "backup", tmp_path / "people.backup") == 0
    assert b"ada" not in (tmp_path / "people.backup").read_bytes()
    restore = ["people", "restore", str(tmp_path / "people.backup")]
    assert run([*restore, "--keys", str(data / "people"), "--data", str(tmp_path / "other")]) == 0
    assert run([*restore, "--keys", str(data / "people"), "--data", str(data)]) == 2, "nothing is overwritten"
    capsys.readouterr()
    run(["people", "list", "--data", str(tmp_path / "other")])
    assert capsys.readouterr().out == "ada  brand_admin  ada\n"


def test_keys_are_replaced_by_two_persons_once_there_are_two(
    sichen: Callable[..., int], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sichen("trace", "ledger", "begin", "--origin", "watches.example/log") == 0
    assert sichen("trace", "ledger", "rotate") == 0
    sichen("people", "add", "ada", "--role", "brand_admin")
    assert sichen("trace", "ledger", "rotate") == 0, "one person alone cannot be two"
    sichen("people", "add", "bo", "--role", "auditor")
    capsys.readouterr()
    assert sichen("trace", "ledger", "rotate") == 1
    assert "--approval" in capsys.readouterr().err
    with DataFolder.open(data) as folder, People(folder) as people:
        ada, bo = people.named("ada"), people.named("bo")
        number = people.ask(ada, "key_ceremony", "log:watches.example/log", "new year").number
        assert sichen("trace", "ledger", "rotate", "--approval", number) == 1
        people.approve(bo, number)
    assert sichen("trace", "ledger", "rotate", "--approval", number) == 0
    assert sichen("trace", "ledger", "rotate", "--approval", number) == 1, "an approval is used once"
    assert sichen("trace", "ledger", "rotate", "--approval", "00000000") == 2
