# SPDX-License-Identifier: Apache-2.0
"""Passports in the browser: what the public sees, what the house sees, the resolver, the register, the tag, the log."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from tests.trace.watch_lives import BALANCES, CHEN, LIN, MOVEMENT, WATCH, birth, day, key_of, reading, sale
from tests.web.conftest import Call

from sichen.adapters import DataFolder, now
from sichen.adapters.ledger.witnessing import Witness
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.tap_register import TapRegister
from sichen.core import Duration
from sichen.trace.ledger import read_checkpoint, read_note
from sichen.trace.passport import handed_over, owner_key, register_hash, sign_hand_over
from sichen.trace.standing import Standing
from sichen.trace.tag import make_message
from sichen.web.passport.viewer import HOUSE, PUBLIC

HERE = "/trace/passports/09520123456788/W-1"
PUBLIC_PAGE = "/p/09520123456788/W-1"
LINK = "/01/09520123456788/21/W-1"
UID = bytes.fromhex("04DE5F1EACC040")
KEY = b"a master key 16b"


@pytest.fixture
def watch(folder: DataFolder, app: FastAPI) -> Iterator[FastAPI]:
    """Make a sold watch with one reading; the visitor is the house."""
    with PassportDesk(folder) as desk:
        desk.write([*birth(), *sale()])
        desk.remember(WATCH)
    folder.records.append(reading(4))
    app.state.viewer = lambda _: HOUSE
    yield app
    app.state.passports.close() if hasattr(app.state, "passports") else None


def seen_by(app: FastAPI, viewer: Standing) -> None:
    app.state.viewer = lambda _: viewer


def test_the_public_page_is_one_small_answer_without_script_or_anything_to_fetch(watch: FastAPI, call: Call) -> None:
    seen_by(watch, PUBLIC)
    answer = call("GET", PUBLIC_PAGE)
    assert answer.status_code == 200
    assert len(answer.content) < 6000
    assert not re.search(r"<(script|img|link rel=.stylesheet|iframe)", answer.text)
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "Haiyan" in answer.text


@pytest.mark.parametrize("path", [PUBLIC_PAGE, HERE, "/api/trace/passports/09520123456788/W-1"])
def test_the_public_learns_neither_owner_nor_movement_nor_lot_nor_shop(watch: FastAPI, call: Call, path: str) -> None:
    seen_by(watch, PUBLIC)
    text = call("GET", path).text
    for secret in (key_of(LIN)[:16], MOVEMENT, BALANCES, "417/952012345001", "2026-01-11"):
        assert secret not in text


def test_the_house_sees_movement_lot_timeline_and_evidence(watch: FastAPI, call: Call) -> None:
    text = call("GET", HERE).text
    for shown in ("M-1", "BAL-7", "Timeline", "figure-seal", "/api/epcis/events/"):
        assert shown in text
    assert call("GET", f"{HERE}?lang=zh").text.count("经历") == 1
    assert watch is not None


def test_without_signing_in_a_visitor_of_a_served_house_is_the_public(watch: FastAPI, call: Call) -> None:
    watch.state.viewer = None
    assert "Timeline" in call("GET", HERE).text  # a workshop of one
    people = watch.state.people
    people.add("lead", "brand_admin")
    assert "Timeline" not in call("GET", HERE).text
    assert call("GET", PUBLIC_PAGE).status_code == 200
    assert call("POST", HERE, data={"do": "stolen"}).status_code in {401, 403}


def test_a_shop_answers_for_the_warranty_of_what_it_sold_until_the_owner_hands_it_on(watch: FastAPI, call: Call) -> None:
    seen_by(watch, Standing("retailer", "https://id.gs1.org/417/952012345001"))
    assert call("GET", f"{HERE}/files/epcis").status_code == 422
    shown = call("GET", HERE).text
    assert "Warranty until" in shown
    assert 'id="read-h"' not in shown, "it has the watch no longer"
    seen_by(watch, Standing("owner", keys=frozenset({key_of(LIN)})))
    assert "Warranty until" in call("GET", HERE).text
    with PassportDesk(watch.state.folder) as desk:
        over = sign_hand_over(owner_key(LIN, WATCH), watch=WATCH, taker=key_of(CHEN), at=day(30))
        desk.write([handed_over(over)])
    for gone in (Standing("retailer", "https://id.gs1.org/417/952012345001"), Standing("owner", keys=frozenset({key_of(LIN)}))):
        seen_by(watch, gone)
        assert "Warranty until" not in call("GET", HERE).text


def test_a_digital_link_leads_to_the_page_in_the_readers_language(watch: FastAPI, call: Call) -> None:
    answer = call("GET", LINK, headers={"accept-language": "zh-CN,zh;q=0.9", "accept": "text/html"})
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{PUBLIC_PAGE}?lang=zh"
    assert 'rel="linkset"' in answer.headers["link"]
    english = call("GET", LINK, headers={"accept-language": "en", "accept": "text/html"})
    assert english.headers["location"].endswith("?lang=en")
    assert watch is not None


def test_a_program_gets_the_list_of_pages_about_a_watch(watch: FastAPI, call: Call) -> None:
    answer = call("GET", f"{LINK}?linkType=linkset")
    assert answer.headers["content-type"].startswith("application/linkset+json")
    (told,) = answer.json()["linkset"]
    assert {kind.rpartition("/")[2] for kind in told} >= {"pip", "epcis", "certificationInfo"}
    assert call("GET", "/.well-known/gs1resolver").json()["supportedPrimaryKeys"] == ["01"]
    assert watch is not None


def test_a_number_that_nobody_made_is_said_to_be_unknown(watch: FastAPI, call: Call) -> None:
    assert call("GET", "/01/09520123456788/21/W-99", headers={"accept": "text/html"}).status_code == 404
    assert "knows no watch" in call("GET", "/p/09520123456788/W-99").text
    assert watch is not None


def test_a_stolen_watch_says_so_to_everybody_and_stands_in_the_register(watch: FastAPI, call: Call) -> None:
    assert call("POST", HERE, data={"do": "stolen", "note": "report 7"}).status_code == 303
    assert "Reported stolen" in call("GET", PUBLIC_PAGE).text
    whole = register_hash("W-1")
    seen_by(watch, PUBLIC)
    found = call("GET", f"/api/trace/missing?prefix={whole[:3]}").json()
    assert [entry["hash"] for entry in found["entries"]] == [whole]
    assert call("GET", f"/api/trace/missing?prefix={whole[:4]}").status_code == 422
    assert "W-1" not in call("GET", "/trace/missing").text


def test_every_question_to_the_register_is_kept(watch: FastAPI, call: Call, folder: DataFolder) -> None:
    call("GET", "/api/trace/missing?prefix=abc")
    (kept,) = folder.records.find(kind="trace.register_query")
    assert kept.body == {"prefix": "abc", "answered": 0, "who": "brand_admin"}
    assert watch is not None


@pytest.mark.parametrize("act", ["lost", "stolen", "found", "remedied", "retired"])
def test_the_public_reports_nothing(watch: FastAPI, call: Call, act: str) -> None:
    seen_by(watch, PUBLIC)
    assert call("POST", HERE, data={"do": act}).status_code == 403


def test_a_service_entry_is_written_with_the_readings_chosen(watch: FastAPI, call: Call, folder: DataFolder) -> None:
    before = next(folder.records.find(kind="bench.reading"))
    assert before.digest in call("GET", f"{HERE}/service").text
    form = {"sheet": "R-7", "fault": "slow", "before": before.digest, "part0": "mainspring", "old0": "", "new0": "MS-2"}
    assert call("POST", f"{HERE}/service", data=form).status_code == 303
    text = call("GET", HERE).text
    assert "R-7" in text
    assert "mainspring" in text
    assert call("POST", f"{HERE}/service", data={"sheet": ""}).status_code == 422
    assert call("POST", f"{HERE}/service", data={"sheet": "R-8", "months": "many"}).status_code in {404, 422}
    seen_by(watch, PUBLIC)
    assert call("POST", f"{HERE}/service", data=form).status_code == 403


def test_a_lot_leads_to_the_watch_and_the_announcement_to_its_page(watch: FastAPI, call: Call) -> None:
    assert "W-1" in call("GET", "/trace/recall?lot=BAL-7").text
    assert call("POST", "/trace/recall", data={"lot": "BAL-7", "note": "balance staff"}).status_code == 303
    assert "balance staff" in call("GET", PUBLIC_PAGE).text
    seen_by(watch, PUBLIC)
    assert call("GET", "/trace/recall?lot=BAL-7").status_code == 403
    assert call("POST", "/trace/recall", data={"lot": "BAL-7"}).status_code == 403


@pytest.fixture
def tagged(watch: FastAPI, folder: DataFolder) -> None:
    """Put a tag into the watch."""
    path = folder.path / "tag-keys.toml"
    path.write_text(f'[[epoch]]\nnumber = 1\nscheme = "plain"\nmeta = "{KEY.hex()}"\nfile = "{KEY.hex()}"\n')
    path.chmod(0o600)
    with TapRegister(folder.path) as register:
        register.bind(UID, WATCH)
        register.tap("earlier", UID, 8, now() - Duration.of_seconds(86_400))
    assert watch is not None


def tapped(counter: int) -> str:
    message = make_message(UID, counter, meta_key=KEY, file_key=KEY)
    return f"/t?picc_data={message.picc.hex().upper()}&cmac={message.mac.hex().upper()}"


@pytest.mark.usefixtures("tagged")
def test_a_tag_is_believed_after_fresh_taps_and_not_before(call: Call) -> None:
    first = call("GET", tapped(10))
    cookie = {"cookie": first.headers["set-cookie"].partition(";")[0]}
    texts = [first.text, *(call("GET", tapped(count), headers=cookie).text for count in (11, 12, 13, 14))]
    assert all("Tap the watch again" in text for text in texts[:2])
    assert "The tag is here now" not in texts[2]  # each step weighs 0.27 of a power of ten: two fresh taps are 0.5
    assert "Another tap tells more" in texts[2]
    assert "The tag is here now" in texts[4]
    assert PUBLIC_PAGE in texts[4]


@pytest.mark.usefixtures("tagged")
def test_an_address_that_is_played_again_is_not_believed(call: Call) -> None:
    first = call("GET", tapped(10))
    cookie = {"cookie": first.headers["set-cookie"].partition(";")[0]}
    texts = [call("GET", tapped(10), headers=cookie).text for _ in range(4)]
    assert "Does not fit" in texts[-1]
    assert not any("The tag is here now" in text for text in texts)


@pytest.mark.usefixtures("tagged")
def test_a_wrong_mac_does_not_fit_and_guessing_is_slowed(call: Call) -> None:
    wrong = tapped(10)[:-2] + "00"
    assert "Does not fit" in call("GET", wrong).text
    assert [call("GET", wrong).status_code for _ in range(12)][-1] == 429


def test_the_log_is_served_as_static_files_and_its_root_is_the_signed_one(watch: FastAPI, call: Call) -> None:
    checkpoint = read_checkpoint(read_note(call("GET", "/trace/log/checkpoint").text))
    tile = call("GET", f"/trace/log/tile/0/000.p/{checkpoint.size}")
    assert len(tile.content) == 32 * checkpoint.size
    assert "immutable" in tile.headers["cache-control"]
    assert call("GET", "/trace/log/tile/0/999").status_code == 404
    assert call("GET", "/trace/log/tile/nonsense").status_code == 422
    assert str(checkpoint.size) in call("GET", "/trace/ledger").text
    assert "log " in call("GET", "/trace/log/policy").text
    assert "attachment" in call("GET", "/trace/log/verifier.html").headers["content-disposition"]
    assert call("GET", f"{HERE}/bundle").status_code == 200
    assert watch is not None


def test_the_house_is_a_witness_only_where_it_chose_to_be(watch: FastAPI, call: Call, folder: DataFolder) -> None:
    body = call("GET", "/trace/log/checkpoint").text
    request = f"old 0\n\n{body}".encode()
    assert call("POST", "/trace/witness/add-checkpoint", content=request).status_code == 404
    Witness(folder.path / "witness", name="w.example/witness").watch(
        PassportDesk(folder).events.store.ledger.key_log().periods[-1].keys
    )
    answer = call("POST", "/trace/witness/add-checkpoint", content=request)
    assert answer.status_code == 200
    assert "w.example/witness" in answer.text
    assert call("POST", "/trace/witness/add-checkpoint", content=b"nonsense").status_code == 400
    assert call("POST", "/trace/witness/add-checkpoint", content=b"x" * 70_000).status_code == 413
    assert watch is not None


@pytest.mark.parametrize("form", ["epcis", "vc", "sd-jwt", "dpp", "pdf"])
def test_a_passport_is_taken_along_in_every_form(watch: FastAPI, call: Call, form: str) -> None:
    assert call("GET", f"{HERE}/files/{form}").status_code == 200
    assert watch is not None


def test_the_register_is_empty_and_the_pages_teach_in_a_new_folder(call: Call) -> None:
    for path in ("/trace", "/trace/recall", "/trace/missing", "/trace/ledger", "/t"):
        assert call("GET", path).status_code == 200
        assert call("GET", f"{path}?lang=zh").status_code == 200
