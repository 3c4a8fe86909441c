# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from tests.conformity.certificates import NOW, certificate, trust

from sichen.conformity import batch_of_figures, judge, plan
from sichen.conformity.certificate import (
    Certificate,
    Item,
    Party,
    certificate_of,
    new_key,
    read_stamp,
    scan_text,
    sign,
    stamp,
    stamp_error,
    to_document,
    to_pdf,
    verify,
)
from sichen.conformity.uncertainty import budget
from sichen.core import Figure, Instant

KEY = new_key()
TRUST = trust(KEY)
STAMP = stamp(certificate(), private=KEY)
SCAN = scan_text(STAMP, verify_at="https://lab.example/")
PDF = to_pdf(certificate(), scan=SCAN)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(document[place].get_textpage().get_text_range() for place in range(len(document)))


def codes_of(pdf: bytes) -> list[str]:
    """Scan every page at 216 dots an inch, as a telephone sees it."""
    document = pypdfium2.PdfDocument(pdf)
    pictures = [document[place].render(scale=3).to_pil() for place in range(len(document))]
    return [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]


def small() -> Certificate:
    """Make the shortest certificate: one quantity of one watch."""
    batch = batch_of_figures({"A": [Figure(value, 0.2, "s/d") for value in (2.14, -3.3, 7.81)]})
    [verdict] = judge(batch, plan("qbt1903-1993").choose(category="I-excellent"))
    one = certificate_of(
        verdict,
        number="S-1",
        issued=Instant.parse("2026-11-23T08:00:00Z"),
        begun="2026-11-23",
        ended="2026-11-23",
        laboratory=Party("L", "室"),
        customer=Party("", ""),
        item=Item("A", ""),
        tested_by="Li",
    )
    return replace(one, lines=one.lines[:1], remarks=())


def test_the_same_certificate_gives_the_same_paper() -> None:
    assert to_pdf(certificate(), scan=SCAN) == PDF
    assert PDF.startswith(b"%PDF-")


def test_chinese_and_english_can_be_searched_on_the_paper() -> None:
    text = text_of(PDF)
    for words in (
        "符合性检测证书",
        "Certificate of conformity test",
        "钟表检测中心",
        "S-2026-0001",
        "mean daily rate",
        "1 / 2",
    ):
        assert words in text
    assert certificate().digest in text


def test_the_chinese_is_drawn_and_not_left_blank() -> None:
    """A reader without the type would leave white paper: the title's characters must blacken their place."""
    page = pypdfium2.PdfDocument(PDF)[0]
    picture = np.asarray(page.render(scale=2).to_pil().convert("L"))
    title = picture[(2 * 85) : (2 * 112), (2 * 54) : (2 * 180)]
    assert 0.05 < (title < 128).mean() < 0.5


def test_poppler_shows_the_chinese_too(tmp_path: Path) -> None:
    tool = shutil.which("pdftotext")
    if tool is None:
        if os.environ.get("CI") == "true":
            pytest.fail("pdftotext is missing: apt-get install poppler-utils poppler-data")
        pytest.skip("needs poppler-utils")
    (tmp_path / "a.pdf").write_bytes(PDF)
    done = subprocess.run([tool, str(tmp_path / "a.pdf"), "-"], capture_output=True, check=True)
    assert "符合性检测证书" in done.stdout.decode("utf-8")


def test_a_scan_of_the_paper_verifies_without_a_network() -> None:
    [scanned] = codes_of(PDF)
    found = read_stamp(scanned, trust=TRUST, now=NOW)

    assert scanned == SCAN
    assert found.intact
    assert (found.number, found.serial, found.verdict) == ("S-2026-0001", "A-1001 <测>", "accept")
    assert found.digest == certificate().digest
    assert "Watch Laboratory" in stamp_error(found).text("en")


def test_a_draft_says_so_on_every_page_and_its_code_proves_nothing() -> None:
    pdf = to_pdf(certificate(), draft=True)
    assert text_of(pdf).count("DRAFT") == len(pypdfium2.PdfDocument(pdf))
    [scanned] = codes_of(pdf)
    assert not read_stamp(scanned, trust=TRUST, now=NOW).intact


def test_every_changed_character_of_a_stamp_is_detected() -> None:
    for place in range(len(STAMP)):
        other = "A" if STAMP[place] != "A" else "B"
        changed = STAMP[:place] + other + STAMP[place + 1 :]
        assert not read_stamp(changed, trust=TRUST, now=NOW).intact, place


def test_a_stamp_stands_as_its_signer_and_its_number_stand() -> None:
    issued = Instant.parse("2026-11-20T00:00:00Z")
    assert read_stamp(STAMP, trust=trust(new_key()), now=NOW).status == "unknown_signer"
    assert read_stamp(STAMP, trust=trust(KEY, withdrawn={"S-2026-0001": "mix-up"}), now=NOW).reason == "mix-up"
    assert read_stamp(STAMP, trust=trust(KEY, revoked=issued), now=NOW).status == "revoked"
    assert read_stamp(STAMP, trust=TRUST, now=issued).status == "expired"
    for text in ("", "sichen:", "a.b", "https://lab.example/?s=%%", STAMP + "AA", "W10.AA"):
        assert read_stamp(text, trust=TRUST, now=NOW).status == "tampered"


def test_a_page_that_stands_alone_asks_for_nothing_else() -> None:
    page = to_document(certificate(), verify_at=SCAN)
    assert page.startswith("<!doctype html>")
    for asking in ("<script", "http-equiv", 'src="', "url(", "@import"):
        assert asking not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_a_plan_with_many_rows_runs_over_pages_with_budgets() -> None:
    many = replace(certificate(), budgets=(budget("daily_rate").to_json(), budget("temperature").to_json()))
    assert "3" in text_of(to_pdf(many, scan=SCAN)).split(" / ")[-1]


@pytest.mark.slow
def test_one_changed_byte_of_a_small_certificate_is_detected_wherever_it_is() -> None:
    known = new_key()
    file = sign(small(), private=known, when=Instant.parse("2026-11-23T08:00:00Z"))
    whom = trust(known)
    assert verify(file, trust=whom, now=NOW).intact
    missed = [
        place
        for place in range(len(file))
        if verify(file[:place] + bytes([file[place] ^ (1 + place % 255)]) + file[place + 1 :], trust=whom, now=NOW).intact
    ]
    assert not missed
