# SPDX-License-Identifier: Apache-2.0
"""What accounts of organisations outside the house see and do: a shop, a workshop, a laboratory, an owner, an insurer."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.trace.watch_lives import LIN, WATCH, birth, day, key_of, reading
from tests.web.fake_bench import beats, scope
from tests.web.fake_bench import reading as heard_in
from tests.web.house_of_watches import PASSWORD, QUICK, SHOP, WORKSHOP, browse, fill, link_of, send

from sichen.adapters import DataFolder
from sichen.adapters.bench_desk import keep_reading
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.people.desk import People
from sichen.adapters.people.mandates import give_mandate
from sichen.bench.reading import Measurement
from sichen.cli.trace_bundle import bundle
from sichen.core import Instant, Record
from sichen.trace import verify_bundle
from sichen.trace.passport import marked, passed_on, sold
from sichen.web import create_app
from sichen.web.bench.session import Settings

OTHERS = "Secret-7"
"""A watch of the house that nobody outside has anything to do with."""
THIRD = WATCH.replace("W-1", "W-3")
HERE = "/trace/passports/09520123456788/W-1"
LABORATORY = "9520123450052"


@pytest.fixture
def people(folder: DataFolder) -> Iterator[People]:
    with People(folder, hasher=QUICK) as opened:
        fill(opened)
        for account, role, party in (
            ("xlab", "lab", LABORATORY),
            ("xadmin", "brand_admin", LABORATORY),
            ("insurer", "insurer", ""),
        ):
            opened.add(account, role, password=PASSWORD)
            if party:
                opened.set_party(account, party)
        yield opened


@pytest.fixture
def workbench(folder: DataFolder, people: People) -> Iterator[FastAPI]:
    """W-1 is in the workshop; the house has measured it, and another watch, and valued its brand."""
    with PassportDesk(folder) as desk:
        desk.write([*birth(), passed_on(WATCH, to=link_of(WORKSHOP), kind="service", at=day(5))])
        desk.remember(WATCH)
    for watch in ("W-1", OTHERS):
        measured(folder, watch)
    folder.records.append(Record("brand.value", "brand:Haiyan", {"value": 4711}, "test", "1", Instant(2)))
    app = create_app(folder, people=people)
    yield app
    for opened in ("passports", "epcis"):
        if hasattr(app.state, opened):
            getattr(app.state, opened).close()


def measured(folder: DataFolder, watch: str) -> None:
    """Keep a reading of a watch at the bench of the house."""
    sound = folder.keep(f"sound of {watch}".encode(), media_type="audio/wav", name="a.wav")
    heard = Measurement(heard_in(10.0, Settings()), beats(0.0, 2.0), scope())
    keep_reading(folder, heard, sound=sound, subject=f"watch:{watch}", instant=day(4))


def asked(app: FastAPI, account: str, *paths: str) -> list[httpx.Response]:
    """Ask for some pages as somebody."""

    async def steps(browser: httpx.AsyncClient) -> list[httpx.Response]:
        return [await browser.get(path, headers={"accept": "text/html"}) for path in paths]

    found: list[httpx.Response] = browse(app, steps, account)
    return found


@pytest.mark.parametrize("account", ["shop", "repair", "stranger", "insurer", "xlab", "dong"])
def test_the_first_page_and_the_search_tell_nobody_outside_which_watches_the_house_has(
    workbench: FastAPI, account: str
) -> None:
    home, found, all_of_them = asked(workbench, account, "/", f"/search?q={OTHERS}", "/search?q=watch")
    assert [page.status_code for page in (home, found, all_of_them)] == [200, 200, 200]
    if account != "dong":
        assert OTHERS not in home.text, "counts and names of the house"
    assert "subject=watch" not in found.text + all_of_them.text.replace("subject=watch:W-1", "")


def test_people_of_the_house_find_its_watches(workbench: FastAPI) -> None:
    home, found = asked(workbench, "ada", "/", f"/search?q={OTHERS}")
    assert OTHERS in home.text
    assert f"subject=watch:{OTHERS}" in found.text


def test_a_workshop_finds_at_the_bench_the_watch_that_it_has_and_no_other(workbench: FastAPI, folder: DataFolder) -> None:
    (hidden,) = [one.digest for one in folder.records.find(kind="bench.reading", subject=f"watch:{OTHERS}")]
    watches, readings, single, view, watch = asked(
        workbench,
        "repair",
        "/bench/watches",
        "/api/bench/readings",
        f"/bench/readings/{hidden}",
        f"/bench/readings/{hidden}/view",
        f"/bench/watches/{OTHERS}",
    )
    assert watches.status_code == readings.status_code == 200
    assert "W-1" in watches.text
    assert "W-1" in readings.text
    assert OTHERS not in watches.text + readings.text
    assert single.status_code == view.status_code == 404
    assert hidden not in watch.text


def test_a_workshop_that_gave_the_watch_back_finds_nothing_at_the_bench(workbench: FastAPI, folder: DataFolder) -> None:
    with PassportDesk(folder) as desk:
        desk.write([passed_on(WATCH, to=link_of(SHOP), kind="retailer", at=day(6))])
    watches, readings = asked(workbench, "repair", "/bench/watches", "/api/bench/readings")
    assert "W-1" not in watches.text
    assert readings.json() == []


@pytest.mark.parametrize("account", ["repair", "xlab", "xadmin", "line", "qin"])
def test_the_chain_down_from_what_a_brand_is_worth_is_for_those_who_may_know_it(workbench: FastAPI, account: str) -> None:
    assert [page.status_code for page in asked(workbench, account, "/chain", "/api/chain")] == [403, 403]


def test_a_laboratory_that_was_sent_a_watch_neither_works_in_ours_nor_signs_in_our_name(workbench: FastAPI) -> None:
    give_mandate(workbench.state.people, "xlab", WATCH, relation="tester", days=5)

    async def steps(xlab: httpx.AsyncClient, qin: httpx.AsyncClient) -> None:
        assert (await xlab.get("/laboratory")).status_code == 403
        assert (await xlab.get("/api/laboratory/cases")).status_code == 403
        assert (await xlab.get("/conformity/certificates")).status_code == 200
        assert OTHERS not in (await xlab.get("/bench/watches")).text
        assert "W-1" in (await xlab.get("/bench/watches")).text
        for browser, status in ((xlab, 403), (qin, 404)):
            signed = await send(browser, "/conformity/certificates/S-1", form_on="/account", do="released", person="Mallory")
            assert signed.status_code == status, "who belongs to the house is told that there is no such certificate"

    browse(workbench, steps, "xlab", "qin")


def test_who_manages_another_house_manages_nobody_here(workbench: FastAPI, people: People) -> None:
    async def steps(xadmin: httpx.AsyncClient) -> None:
        assert (await xadmin.get("/people")).status_code == 403
        assert (await send(xadmin, "/people/ada/reset", form_on="/account")).status_code == 403
        assert (await xadmin.get("/account")).status_code == 200
        assert (await xadmin.get("/brand")).status_code == 403

    browse(workbench, steps, "xadmin")
    assert people.sign_in("ada", PASSWORD)


def test_requests_of_the_house_are_read_and_approved_by_the_house_alone(workbench: FastAPI, people: People) -> None:
    mine = people.ask(people.named("repair"), "status_change", f"lost {WATCH}", "left in a train")
    people.ask(people.named("ada"), "recall", "recall BAL-7", "staff breaks")

    async def steps(repair: httpx.AsyncClient, xadmin: httpx.AsyncClient, qin: httpx.AsyncClient) -> None:
        for browser, seen in ((repair, 1), (xadmin, 0), (qin, 2)):
            assert len((await browser.get("/api/approvals")).json()) == seen
            text = (await browser.get("/approvals", headers={"accept": "text/html"})).text
            assert ("BAL-7" in text) is (seen == 2)
        assert (await send(xadmin, f"/approvals/{mine.number}/approve", form_on="/account")).status_code == 403
        assert people.request(mine.number).stage == "asked"

    browse(workbench, steps, "repair", "xadmin", "qin")


def test_an_extract_and_an_error_are_asked_for_on_the_page_and_done_by_two(workbench: FastAPI, people: People) -> None:
    async def steps(ada: httpx.AsyncClient, bo: httpx.AsyncClient, line: httpx.AsyncClient, repair: httpx.AsyncClient) -> None:
        text = (await ada.get(HERE, headers={"accept": "text/html"})).text
        assert 'value="extract"' in text
        event = re.findall(r'<option value="(ni:[^"]+)"', text)[0]
        told = await send(ada, HERE, do="extract", note="request 12")
        assert told.status_code == 303
        number = told.headers["location"].partition("#")[2]
        assert (await send(bo, f"/approvals/{number}/approve", form_on="/approvals")).status_code == 303
        handed = await send(ada, f"/approvals/{number}/do", form_on="/approvals")
        assert handed.status_code == 200
        assert "attachment" in handed.headers["content-disposition"]
        assert "W-1" in handed.text
        assert 'value="extract"' not in (await line.get(HERE, headers={"accept": "text/html"})).text
        assert (await send(line, HERE, do="extract", note="x")).status_code == 403
        assert (await send(repair, HERE, do="error", event=event, note="x")).status_code == 404
        assert (await send(ada, HERE, do="error", event="ni:///sha-256;0?ver=CBV2.0", note="x")).status_code == 404
        # Not sold yet, so one person is enough.
        assert (await send(ada, HERE, do="error", event=event, note="typed wrongly")).headers["location"] == HERE
        assert event not in (await ada.get(HERE, headers={"accept": "text/html"})).text

    browse(workbench, steps, "ada", "bo", "line", "repair")


def test_whoever_finds_a_screen_open_makes_himself_no_key_and_takes_none_away(workbench: FastAPI) -> None:
    async def steps(ada: httpx.AsyncClient) -> None:
        for address in ("/account/passkeys/begin", "/account/passkeys/remove", "/account/sessions"):
            told = await send(ada, address, form_on="/account", credential="00", current="a guess that is wrong")
            assert told.status_code == 401, address
        made = await send(ada, "/account/passkeys/begin", form_on="/account", current=PASSWORD)
        assert made.status_code == 422, "a bare address gets no passkey, but the password was right"
        ended = await send(ada, "/account/sessions", form_on="/account", current=PASSWORD)
        assert ended.status_code == 303
        assert (await ada.get("/account")).status_code in {303, 401}

    browse(workbench, steps, "ada")


def test_the_proof_that_a_workshop_takes_along_tells_no_more_than_its_pages(workbench: FastAPI, folder: DataFolder) -> None:
    with PassportDesk(folder) as desk:
        bought = {
            **sold(WATCH, owner=key_of(LIN), at=day(3), warranty="cn-sanbao", retailer=link_of(SHOP)),
            "sichen:price": 26000,
        }
        desk.write([bought, marked([WATCH, THIRD], "recalled", at=day(7), note="balance staff")])
    (whole,), (shortened,) = (asked(workbench, name, f"{HERE}/bundle") for name in ("ada", "repair"))
    for secret in ("26000", key_of(LIN), link_of(SHOP), THIRD):
        assert secret in whole.text
        assert secret not in shortened.text
    for sent in (whole, shortened):
        found = verify_bundle(sent.content)
        assert found.status == "unknown_signer", "nothing was changed"
    entries = json.loads(shortened.content)["entries"]
    assert len(entries) == len(json.loads(whole.content)["entries"]), "that something stands there is proved"
    assert any("payload" in one for one in entries)


def test_a_watch_that_only_the_bench_knows_is_no_news_for_strangers(workbench: FastAPI) -> None:
    path = f"/trace/passports/09520123456788/{OTHERS}"
    for account, status in (("", 404), ("shop", 404), ("ada", 200)):
        assert asked(workbench, account, path)[0].status_code == status


def test_a_serial_number_alone_brings_the_whole_proof_of_a_watch(folder: DataFolder, tmp_path: Path) -> None:
    with PassportDesk(folder) as desk:
        desk.write(birth())
        desk.remember(WATCH)
    folder.records.append(reading(4))
    for name in ("W-1", WATCH):
        assert bundle(name, out=tmp_path / f"{len(name)}.sichen", data=folder.path) == 0
    short, long = (json.loads((tmp_path / f"{len(name)}.sichen").read_bytes()) for name in ("W-1", WATCH))
    assert short["entries"] == long["entries"]
    assert "commissioning" in str(short), "events, and not the readings of the bench alone"


def test_a_store_seen_by_somebody_answers_as_if_the_rest_were_not_there(folder: DataFolder) -> None:
    seen = reading(4)
    shown = Record(seen.kind, "watch:mine", seen.body, seen.method, seen.version, Instant(1))
    hidden = Record(seen.kind, "watch:yours", seen.body, seen.method, seen.version, Instant(2))
    folder.records.append_all([shown, hidden])
    view = folder.records.seen_by(lambda record: record.subject == "watch:mine")
    assert [one.subject for one in view.find()] == ["watch:mine"]
    assert [one.subject for _, one in view.since(0)] == ["watch:mine"]
    assert view.trail(seen.kind, "watch:yours") == ()
    assert (view.count(), view.count(kind=seen.kind)) == (1, 1)
    assert next(view.find(limit=1)).subject == "watch:mine", "the hidden one is newer and takes no place"
    with pytest.raises(LookupError):
        view.read(hidden.digest)
    view.append(Record(seen.kind, "watch:theirs", seen.body, seen.method, seen.version, Instant(3)))
    assert folder.records.count() == 3
