# SPDX-License-Identifier: Apache-2.0
"""``sichen trace link``, ``sun``, ``code`` and ``recall`` as promised: output, exit codes, both languages."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sichen.cli.__main__ import run
from sichen.trace.tag import make_message

URI = "https://id.gs1.org/01/09520123456788/21/00042?17=301231"
UID = bytes.fromhex("04DE5F1EACC040")
MASTER = b"a master key 16b"
Ask = Callable[..., tuple[int, Any]]


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep everything in this test's own folder, in English."""
    monkeypatch.setenv("SICHEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SICHEN_LANGUAGE", "en")


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def call(*words: str) -> tuple[int, Any]:
        code = run(["trace", *words])
        out = capsys.readouterr().out
        return code, json.loads(out) if "--json" in words and out else out

    return call


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Write a key file that only its owner may read."""
    path = tmp_path / "keys.toml"
    path.write_text(f'[[epoch]]\nnumber = 1\nscheme = "plain"\nmeta = "{MASTER.hex()}"\nfile = "{MASTER.hex()}"\n')
    path.chmod(0o600)
    return path


def tapped(counter: int) -> str:
    message = make_message(UID, counter, meta_key=MASTER, file_key=MASTER)
    return f"https://w.example/t?picc_data={message.picc.hex().upper()}&cmac={message.mac.hex().upper()}"


def test_a_link_is_taken_apart_and_shown_in_every_form(ask: Ask) -> None:
    code, found = ask("link", "parse", URI, "--prefix-length", "7", "--json")

    assert code == 0
    assert [(field["ai"], field["value"]) for field in found["fields"]] == [
        ("01", "09520123456788"),
        ("21", "00042"),
        ("17", "301231"),
    ]
    assert found["epc"] == "urn:epc:id:sgtin:9520123.045678.00042"
    assert ask("link", "parse", found["compressed"], "--json")[1]["canonical"] == found["canonical"] == URI
    assert "SERIAL" in ask("link", "parse", URI)[1]


def test_what_the_standard_no_longer_writes_is_read_on_request(ask: Ask) -> None:
    old = "https://a.example/gtin/9520123456788/ser/7?89=X"

    assert ask("link", "parse", old)[0] == 2
    assert (
        ask("link", "parse", old, "--names", "--short-gtin", "--unknown", "--json")[1]["element_string"]
        == "^0109520123456788217^89X"
    )


@pytest.mark.parametrize(
    "fields",
    [
        "(01)09520123456788(21)00042(17)301231",
        "^01095201234567882100042^17301231",
        "]d201095201234567882100042\x1d17301231",
        "https://maker.example/w/01/09520123456788/21/00042?17=301231&lang=zh",
    ],
)
def test_every_form_becomes_the_same_link(ask: Ask, fields: str) -> None:
    assert ask("link", "build", fields) == (0, URI + "\n")


def test_an_epc_name_becomes_a_link(ask: Ask) -> None:
    name = "urn:epc:id:sgtin:9520123.045678.00042"

    assert ask("link", "build", name, "--stem", "https://maker.example") == (
        0,
        "https://maker.example/01/09520123456788/21/00042\n",
    )
    assert ask("link", "build", name, "--prefix-length", "7", "--json")[1]["epc"] == name


def test_a_link_is_compressed_and_comes_back(ask: Ask) -> None:
    short = ask("link", "compress", URI, "--json")[1]["uri"]

    assert len(short) < len(URI)
    assert ask("link", "decompress", short) == (0, URI + "\n")


@pytest.mark.parametrize(
    "words",
    [("link", "parse", "https://a/b"), ("link", "build", "(01)1"), ("link", "compress", "no"), ("link", "decompress", "~")],
)
def test_what_is_no_link_is_refused_with_a_sentence(ask: Ask, words: tuple[str, ...]) -> None:
    assert ask(*words)[0] == 2


def test_a_tap_is_checked_and_fresh_taps_are_weighed(ask: Ask, keys: Path) -> None:
    code, found = ask("sun", "verify", tapped(12), "--keys", str(keys), "--fresh", tapped(13), "--fresh", tapped(14), "--json")
    alone = ask("sun", "verify", tapped(12), "--keys", str(keys))

    assert code == 0
    assert (found["valid"], found["uid"], found["counter"], found["taps"]) == (True, UID.hex(), 14, "consistent")
    assert alone[0] == 0
    assert "does not decide" in alone[1]
    assert "genuine" not in alone[1]


def test_a_damaged_or_replayed_tap_or_another_tag_is_answered_with_no(ask: Ask, keys: Path) -> None:
    wrong = tapped(12)[:-1] + ("0" if tapped(12)[-1] != "0" else "1")
    again = [word for _ in range(3) for word in ("--fresh", tapped(12))]

    assert ask("sun", "verify", wrong, "--keys", str(keys), "--json")[0] == 1
    assert ask("sun", "verify", tapped(12), "--keys", str(keys), *again, "--json")[1]["taps"] == "stored"
    assert ask("sun", "verify", tapped(12), "--keys", str(keys), *again)[0] == 1
    assert ask("sun", "verify", tapped(12), "--keys", str(keys), "--uid", "04000000000000")[0] == 1


def test_tags_may_have_names_of_their_own_for_their_parameters(ask: Ask, keys: Path) -> None:
    keys.write_text(keys.read_text() + '[layout]\npicc = "p"\nmac = "c"\n')
    query = tapped(12).partition("?")[2].replace("picc_data=", "p=").replace("cmac=", "c=")

    assert ask("sun", "verify", query, "--keys", str(keys), "--json")[1]["valid"] is True
    keys.write_text(keys.read_text() + 'colour = "red"\n')
    assert ask("sun", "verify", query, "--keys", str(keys))[0] == 2


def test_keys_that_others_may_read_or_that_are_missing_stop_the_check(ask: Ask, keys: Path, tmp_path: Path) -> None:
    assert ask("sun", "verify", tapped(12), "--keys", str(tmp_path / "none.toml"))[0] == 3
    keys.chmod(0o644)
    assert ask("sun", "verify", tapped(12), "--keys", str(keys))[0] == 2
    keys.chmod(0o600)
    assert ask("sun", "verify", tapped(12), "--keys", str(keys), "--uid", "xyz")[0] == 2
    keys.write_text("not toml")
    assert ask("sun", "verify", tapped(12), "--keys", str(keys))[0] == 2


def test_codes_are_drawn_into_a_file_or_the_terminal(ask: Ask, tmp_path: Path) -> None:
    assert ask("code", "qr", URI, "--out", str(tmp_path / "qr.svg"))[0] == 0
    assert ask("code", "datamatrix", "(01)09520123456788(21)00042", "--out", str(tmp_path / "dm.svg"))[0] == 0
    assert (tmp_path / "qr.svg").read_text().startswith("<svg")
    assert (tmp_path / "dm.svg").read_text().startswith("<svg")
    assert "█" in ask("code", "datamatrix", URI)[1]


LINKS = """child,parent,start,end,kind
lot A,movement 1,2026-01-01T00:00:00Z,,part
movement 1,watch W,2026-02-01T00:00:00Z,2026-06-01T00:00:00Z,casing
movement 1,watch V,2026-07-01T00:00:00Z,,casing
watch W,Ms Lin,2026-03-01T00:00:00Z,,owner
watch V,shop,2026-08-01T00:00:00Z,,retailer
"""


def test_a_recall_lists_watches_with_who_has_them(ask: Ask, tmp_path: Path) -> None:
    table = tmp_path / "links.csv"
    table.write_text(LINKS)
    code, found = ask("recall", "lot A", "--links", str(table), "--at", "2026-09-01T00:00:00Z", "--json")

    rows = {row["item"]: (row["contains"], row["holder"], row["holder_kind"]) for row in found["items"]}
    assert code == 0
    assert rows == {"watch W": (False, "Ms Lin", "owner"), "watch V": (True, "shop", "retailer")}
    assert "Ms Lin" in ask("recall", "lot A")[1]


def test_an_unknown_lot_and_a_table_that_is_wrong_are_refused(ask: Ask, tmp_path: Path) -> None:
    table = tmp_path / "links.csv"
    for content in ("a,b\n1,2\n", LINKS + "x,x,2026-01-01T00:00:00Z,,part\n", LINKS + "x,y,yesterday,,part\n"):
        table.write_text(content)
        assert ask("recall", "lot A", "--links", str(table))[0] == 2
    assert ask("recall", "lot Z")[0] == 2
