# SPDX-License-Identifier: Apache-2.0
"""The life of a watch on the command line: born, cased, sold, repaired, stolen, found, recalled, ended."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sichen.cli.__main__ import run
from sichen.core import Instant
from sichen.trace.epcis import read_document
from sichen.trace.exports import check_credential, from_credential, from_dpp

Ask = Callable[..., tuple[int, Any]]
GTIN = "09520123456788"


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
def sold(ask: Ask, tmp_path: Path) -> Path:
    """Make a watch, W-1 with movement M-1, and sell it; return the file of its owner's secret."""
    secret = tmp_path / "lin.secret"
    for words in (
        ("commission", "M-1", "--gtin", GTIN, "--calibre", "HY-3", "--at", "2026-01-01T08:00:00Z"),
        ("assemble", "M-1", "BAL-7", "--at", "2026-01-01T09:00:00Z"),
        ("commission", "W-1", "--brand", "Haiyan", "--maker", "urn:maker", "--at", "2026-01-02T08:00:00Z"),
        ("case", "W-1", "movement=M-1", "hands=lot:H-9", "--at", "2026-01-03T08:00:00Z"),
        ("ship", "W-1", "--to", "urn:shop", "--at", "2026-01-04T08:00:00Z"),
    ):
        assert ask(*words)[0] == 0, words
    code, key = ask("owner-key", "W-1", "--secret", str(secret))
    assert code == 0
    assert ask("sell", "W-1", "--owner", key.strip(), "--price", "2600", "--at", "2026-01-05T08:00:00Z")[0] == 0
    return secret


def test_a_sold_watch_shows_its_movement_its_lots_and_the_end_of_its_warranty(ask: Ask, sold: Path) -> None:
    assert sold.stat().st_mode & 0o077 == 0
    code, passport = ask("passport", "W-1", "--json")
    assert code == 0
    assert passport["status"]["is"] == "sold"
    assert passport["parts"]["movement"].endswith("/21/M-1")
    assert {lot["link"].rpartition("/")[2] for lot in passport["parts"]["lots"]} == {"BAL-7"}
    assert passport["warranty"]["until"] == "2027-01-05"
    assert passport["warranty"]["verified"] is False


def test_the_public_sees_what_the_watch_is_and_not_whose(ask: Ask, sold: Path) -> None:
    _, passport = ask("passport", "W-1", "--as", "public", "--json")
    assert set(passport) == {"link", "at", "as", "product", "status", "conflicts"}


def test_only_the_owner_hands_a_watch_over(ask: Ask, sold: Path, tmp_path: Path) -> None:
    other = tmp_path / "chen.secret"
    _, key = ask("owner-key", "W-1", "--secret", str(other))
    assert ask("hand-over", "W-1", "--to", key.strip(), "--secret", str(other))[0] == 2
    assert ask("hand-over", "W-1", "--to", key.strip(), "--secret", str(sold))[0] == 0
    assert ask("passport", "W-1", "--json")[1]["custody"]["owner"] == key.strip()
    assert ask("hand-over", "W-1", "--to", key.strip(), "--secret", str(sold))[0] == 2


def test_a_repair_stands_in_the_service_book(ask: Ask, sold: Path) -> None:
    words = ("--sheet", "R-7", "--fault", "slow", "--part", "mainspring=>lot:MS-2", "--warranty-months", "12", "--accepted")
    assert ask("service", "W-1", *words, "--at", "2026-03-01T08:00:00Z")[0] == 0
    entry = ask("passport", "W-1", "--json")[1]["service"]["R-7"]
    assert entry["warranty_until"] == "2027-03-01"
    assert entry["parts"][0]["new"].endswith("/10/MS-2")


def test_a_stolen_watch_that_is_serviced_makes_the_passport_say_no(ask: Ask, sold: Path) -> None:
    assert ask("lose", "W-1", "--stolen", "--at", "2026-04-01T08:00:00Z")[0] == 0
    assert ask("passport", "W-1", "--json")[1]["status"]["is"] == "stolen"
    assert ask("service", "W-1", "--sheet", "R-8", "--at", "2026-04-02T08:00:00Z")[0] == 0
    code, passport = ask("passport", "W-1", "--json")
    assert code == 1
    assert len(passport["conflicts"]) == 1
    assert ask("find", "W-1", "--at", "2026-04-03T08:00:00Z")[0] == 0
    assert ask("passport", "W-1", "--json")[1]["status"]["is"] == "sold"


def test_a_bad_lot_leads_to_the_watch_and_its_owner_and_marks_it(ask: Ask, sold: Path) -> None:
    code, found = ask("recall", "BAL-7", "--json")
    assert code == 0
    (row,) = found["items"]
    assert row["item"].endswith("/21/W-1")
    assert row["contains"]
    assert row["holder_kind"] == "owner"
    assert ask("recall", "BAL-7", "--announce", "balance staff")[0] == 0
    assert ask("passport", "W-1", "--as", "public", "--json")[1]["status"] == {
        "is": "recalled",
        "made": "2026-01-02",
        "recall": "balance staff",
    }
    assert ask("remedy", "W-1")[0] == 0
    assert ask("passport", "W-1", "--json")[1]["status"]["is"] == "sold"


def test_a_swapped_movement_takes_its_lot_out_of_the_recall(ask: Ask, sold: Path) -> None:
    assert ask("case", "W-1", "movement=M-1", "--out", "--at", "2026-02-01T08:00:00Z")[0] == 0
    rows = {row["item"].rpartition("/")[2]: row["contains"] for row in ask("recall", "BAL-7", "--json")[1]["items"]}
    assert rows == {"W-1": False}


def test_every_form_of_export_reads_back(ask: Ask, sold: Path, tmp_path: Path) -> None:
    made = {}
    for form in ("epcis", "vc", "sd-jwt", "dpp", "pdf"):
        out = tmp_path / f"passport.{form}"
        assert ask("passport", "W-1", "--export", form, "--out", str(out))[0] == 0
        made[form] = out.read_bytes()
    credential = json.loads(made["vc"])
    assert check_credential(credential, at=Instant.parse("2100-01-01T00:00:00Z")).by_issuer
    assert from_credential(credential).facts == from_dpp(json.loads(made["dpp"])).facts
    assert len(read_document(made["epcis"]).events) == 6
    assert made["pdf"].startswith(b"%PDF")
    assert made["sd-jwt"].count(b"~") > 3
    assert ask("passport", "W-1", "--as", "public", "--export", "epcis")[0] == 2


def test_the_end_of_a_watch_is_its_end(ask: Ask, sold: Path) -> None:
    assert ask("retire", "W-1", "--reason", "crushed")[0] == 0
    assert ask("passport", "W-1", "--json")[1]["status"]["is"] == "retired"


def test_without_a_gtin_a_serial_number_is_asked_for_more(ask: Ask) -> None:
    assert ask("passport", "W-1")[0] == 2
    assert ask("commission", "W-1", "--gtin", "09520123456789")[0] == 2
    assert ask("passport", "https://id.gs1.org/01/09520123456788/21/W-1")[0] == 2
