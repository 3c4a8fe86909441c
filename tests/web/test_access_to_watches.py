# SPDX-License-Identifier: Apache-2.0
"""Who sees and writes what of a watch over the interfaces: shops, workshops, owners, the house; and two persons."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.trace.watch_lives import LIN, MOVEMENT_PART, WATCH, birth, day, key_of, reading
from tests.web.house_of_watches import MAKER, OTHER_SHOP, QUICK, SHOP, WORKSHOP, browse, fill, link_of, send

from sichen.adapters import DataFolder
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.people.desk import People, audit_log
from sichen.adapters.people.mandates import give_mandate
from sichen.core import JSON, Record
from sichen.trace.epcis import Document, Table, to_jsonld
from sichen.trace.passport import PREFIXES, RepairSheet, commissioned, installed, marked, passed_on, serviced, sold
from sichen.web import create_app

STEM = "https://id.gs1.org/01/09520123456788"
SECOND, THIRD = f"{STEM}/21/W-2", f"{STEM}/21/W-3"
HERE = "/trace/passports/09520123456788/W-1"
EVENTS = "/api/epcis/events"
MARK = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
"""How a browser marks what a script of our own page asks for."""


@pytest.fixture
def people(folder: DataFolder) -> Iterator[People]:
    with People(folder, hasher=QUICK) as opened:
        yield fill(opened)


@pytest.fixture
def workbench(folder: DataFolder, people: People) -> Iterator[FastAPI]:
    """W-1 was sold by the shop and is in the workshop, W-2 is in the shop, W-3 in the other one."""
    sheet = RepairSheet("R-1", fault="stops", technician="T-4711")
    bought = sold(WATCH, owner=key_of(LIN), at=day(10), warranty="cn-sanbao", retailer=link_of(SHOP))
    named = {**bought, "sichen:price": 26000, "sichen:customer": "Lin Daiyu"}
    with PassportDesk(folder) as desk:
        desk.write([*birth(), passed_on(WATCH, to=link_of(SHOP), kind="retailer", at=day(5)), named])
        desk.write([passed_on(WATCH, to=link_of(WORKSHOP), kind="service", at=day(20))])
        desk.write(serviced(WATCH, sheet, at=day(21), by=link_of(WORKSHOP)))
        for watch, shop in ((SECOND, SHOP), (THIRD, OTHER_SHOP)):
            desk.write([commissioned(watch, at=day(1), product={"brand": "Haiyan"}, maker=MAKER)])
            desk.write([passed_on(watch, to=link_of(shop), kind="retailer", at=day(5))])
        both = {**marked([SECOND, THIRD], "recalled", at=day(30), note="balance staff"), "eventID": "urn:uuid:recall"}
        desk.write([both])
        desk.remember(WATCH)
    folder.records.append(reading(4))
    app = create_app(folder, people=people)
    yield app
    app.state.passports.close() if hasattr(app.state, "passports") else None
    app.state.epcis.close() if hasattr(app.state, "epcis") else None


def body_of(event: Table) -> Any:
    return to_jsonld(Document((event,), PREFIXES, created="2026-03-01T00:00:00.000Z"))


async def told(browser: httpx.AsyncClient, path: str = EVENTS, **query: str) -> list[dict[str, Any]]:
    answer = await browser.get(path, params={"perPage": "100", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


# events


def test_a_shop_sees_what_it_holds_or_sold_and_nothing_of_another_shop(workbench: FastAPI) -> None:
    async def steps(shop: httpx.AsyncClient, rival: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
        seen = await told(shop)
        named = {epc for event in seen for epc in event.get("epcList", [])}
        assert named == {WATCH, SECOND}
        text = str(seen)
        for secret in ("26000", "Lin Daiyu", key_of(LIN), "T-4711", THIRD, link_of(WORKSHOP), link_of(OTHER_SHOP)):
            assert secret not in text
        assert {epc for event in await told(rival) for epc in event.get("epcList", [])} == {THIRD}
        assert await told(stranger) == []

    browse(workbench, steps, "shop", "rival", "stranger")


def test_a_workshop_sees_the_history_while_it_has_the_watch_and_not_afterwards(workbench: FastAPI, folder: DataFolder) -> None:
    async def steps(repair: httpx.AsyncClient) -> None:
        kinds = {event.get("bizStep") for event in await told(repair)}
        assert {"repairing", "installing", "commissioning"} <= kinds
        assert "26000" not in str(await told(repair))
        closing = serviced(WATCH, RepairSheet("R-2", accepted=True), at=day(22), by=link_of(WORKSHOP))
        sent = await repair.post(EVENTS, json=body_of(closing[0]), headers=MARK)
        assert sent.status_code == 201, sent.text
        assert await told(repair) == []
        assert (await repair.get("/api/records")).json() == []

    browse(workbench, steps, "repair")


def test_the_house_sees_all_and_its_line_sees_parts_alone(workbench: FastAPI) -> None:
    async def steps(ada: httpx.AsyncClient, line: httpx.AsyncClient) -> None:
        whole = await told(ada)
        assert "26000" in str(whole)
        assert "sichen:withheld" not in str(whole)
        seen = await told(line)
        assert {event["type"] for event in seen} == {"AssociationEvent", "ObjectEvent", "TransformationEvent"}
        assert {event.get("bizStep") for event in seen} == {"assembling", "commissioning", "installing"}

    browse(workbench, steps, "ada", "line")


def test_an_event_of_many_watches_does_not_tell_that_there_were_others(workbench: FastAPI) -> None:
    async def steps(dong: httpx.AsyncClient, repair: httpx.AsyncClient) -> None:
        (event,) = await told(dong, EQ_persistentDisposition_set="recalled")
        assert event["epcList"] == [SECOND]
        assert event["eventID"] == "urn:uuid:recall"
        assert (await repair.get(f"{EVENTS}/urn:uuid:recall")).status_code == 404

    give_mandate(workbench.state.people, "dong", SECOND, relation="mandate", days=5)
    browse(workbench, steps, "dong", "repair")


@pytest.mark.parametrize(
    "question",
    [
        {"EQ_sichen:price": "26000"},
        {"GE_sichen:price": "1"},
        {"EQ_sichen:customer": "Lin Daiyu"},
        {"EQ_INNER_sichen:owner": key_of(LIN)},
        {"EXISTS_sichen:price": ""},
        {"MATCH_anyEPC": THIRD},
        {"EQ_bizStep": "repairing"},
    ],
)
def test_nobody_finds_a_withheld_value_by_asking_for_it(workbench: FastAPI, question: dict[str, str]) -> None:
    async def steps(shop: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
        extensions = {"GS1-Extensions": "sichen=https://sichen.org/voc/"}
        for browser, some in ((shop, False), (ada, True)):
            answer = await browser.get(EVENTS, params=question, headers=extensions)
            assert answer.status_code == 200, answer.text
            events = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            assert bool(events) == some
            limited = await browser.get(EVENTS, params={**question, "maxEventCount": "1"}, headers=extensions)
            assert some or limited.status_code == 200, "a count of what is hidden would be an answer"

    browse(workbench, steps, "shop", "ada")


def test_pages_and_lists_of_names_know_nothing_of_what_is_hidden(workbench: FastAPI, folder: DataFolder) -> None:
    async def walk(browser: httpx.AsyncClient, path: str) -> tuple[list[Any], list[str]]:
        items: list[Any] = []
        tokens: list[str] = []
        params: dict[str, str] = {"perPage": "1"}
        while True:
            answer = await browser.get(path, params=params)
            body = answer.json()
            items += body.get("member") or body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            following = re.search(r"nextPageToken=([^>&]+)", answer.headers.get("link", ""))
            if following is None:
                return items, tokens
            tokens.append(following[1])
            params = {"perPage": "1", "nextPageToken": following[1]}

    async def steps(rival: httpx.AsyncClient) -> None:
        before, tokens = await walk(rival, EVENTS)
        names = {kind: (await walk(rival, f"/api/epcis/{kind}"))[0] for kind in ("epcs", "bizSteps", "dispositions")}
        assert names["epcs"] == [THIRD]
        assert "repairing" not in names["bizSteps"]
        with PassportDesk(folder) as desk:
            desk.write([marked([WATCH], "stolen", at=day(40)), installed(SECOND, [MOVEMENT_PART], at=day(41))])
        after, again = await walk(rival, EVENTS)
        assert before == after
        assert [len(token) for token in tokens] == [len(token) for token in again]
        assert (await rival.get(f"/api/epcis/epcs/{SECOND}/events")).status_code == 404
        assert (await rival.get("/api/epcis/capture")).json() == []
        assert (await rival.get("/api/epcis/queries")).status_code == 403

    browse(workbench, steps, "rival")


@pytest.mark.parametrize(
    ("account", "event"),
    [
        ("shop", passed_on(THIRD, to=link_of(SHOP), kind="retailer", at=day(50))),
        ("shop", commissioned(f"{STEM}/21/W-9", at=day(50), product={})),
        ("shop", marked([SECOND, THIRD], "recalled", at=day(50))),
        ("shop", sold(WATCH, owner=key_of(LIN), at=day(50))),
        ("repair", passed_on(SECOND, to=link_of(WORKSHOP), kind="service", at=day(50))),
        ("rival", marked([SECOND], "stolen", at=day(50))),
        ("line", sold(SECOND, owner=key_of(LIN), at=day(50))),
        ("qin", passed_on(SECOND, to=link_of(SHOP), kind="retailer", at=day(50))),
    ],
)
def test_nobody_writes_what_he_may_not_do_with_a_watch(workbench: FastAPI, account: str, event: Table) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        one = await browser.post(EVENTS, json=body_of(event), headers=MARK)
        many = await browser.post("/api/epcis/capture", json=body_of(event), headers=MARK)
        assert [one.status_code, many.status_code] == [403, 403]
        assert one.json()["type"] == "epcisException:SecurityException"

    browse(workbench, steps, account)


# two persons


def test_over_the_interface_an_act_of_two_persons_needs_the_number_of_its_approval(
    workbench: FastAPI, folder: DataFolder
) -> None:
    async def steps(ada: httpx.AsyncClient, bo: httpx.AsyncClient) -> None:
        body = body_of(marked([SECOND], "stolen", at=day(50)))
        alone = await ada.post(EVENTS, json=body, headers=MARK)
        assert alone.status_code == 403
        subject = re.search(r"event sha256:[0-9a-f]{64}", alone.json()["detail"])
        assert subject is not None
        wanted = {"act": "status_change", "subject": subject[0], "reason": "report 7"}
        number = (await ada.post("/api/approvals", json=wanted, headers=MARK)).json()["number"]
        with_number = {**MARK, "Sichen-Approval": number}
        assert (await ada.post(EVENTS, json=body, headers=with_number)).status_code == 403, "nobody approved yet"
        assert (await ada.post(f"/api/approvals/{number}/approve", headers=MARK)).status_code == 409, "one's own request"
        assert (await bo.post(f"/api/approvals/{number}/approve", headers=MARK)).status_code == 200
        other = body_of(marked([THIRD], "stolen", at=day(50)))
        assert (await ada.post(EVENTS, json=other, headers=with_number)).status_code == 403, "approved for another watch"
        assert (await bo.post(EVENTS, json=body, headers=with_number)).status_code == 403, "approved for another person"
        assert (await ada.post(EVENTS, json=body, headers=with_number)).status_code == 201
        assert (await ada.post("/api/epcis/capture", json=other, headers=with_number)).status_code == 403, "used up"
        acts = [(line.body["act"], line.body["by"]) for line in audit_log(folder) if line.body.get("number") == number]
        assert [act for act, _ in acts] == ["done", "approved", "asked"]
        assert len({by for _, by in acts}) == 2

    browse(workbench, steps, "ada", "bo")


@pytest.mark.parametrize(("do", "status"), [("stolen", "reported stolen"), ("lost", "reported lost")])
def test_on_a_page_one_asks_another_approves_and_the_first_does_it(workbench: FastAPI, do: str, status: str) -> None:
    async def steps(ada: httpx.AsyncClient, bo: httpx.AsyncClient) -> None:
        sent = await send(ada, HERE, do=do, note="report 7")
        assert sent.status_code == 303
        number = sent.headers["location"].removeprefix("/approvals#")
        assert status not in (await ada.get("/p/09520123456788/W-1?lang=en")).text.lower()
        early = await send(ada, f"/approvals/{number}/do", form_on="/account")
        assert early.status_code == 409
        assert f"{do} {WATCH}" in (await bo.get("/approvals", headers={"accept": "text/html"})).text
        assert (await send(bo, f"/approvals/{number}/approve", form_on="/account")).status_code == 303
        assert (await send(bo, f"/approvals/{number}/do", form_on="/account")).status_code == 409
        assert (await send(ada, f"/approvals/{number}/do", form_on="/account")).status_code == 303
        assert status in (await ada.get("/p/09520123456788/W-1?lang=en")).text.lower()
        assert number in (await ada.get(f"{HERE}?lang=en", headers={"accept": "text/html"})).text
        assert (await send(ada, f"/approvals/{number}/do", form_on="/account")).status_code == 409, "once"

    browse(workbench, steps, "ada", "bo")


def test_a_recall_on_a_page_is_announced_after_a_second_person(workbench: FastAPI) -> None:
    async def steps(ada: httpx.AsyncClient, qin: httpx.AsyncClient) -> None:
        sent = await send(ada, "/trace/recall", form_on="/account", lot="BAL-7", note="staff may break")
        number = sent.headers["location"].removeprefix("/approvals#")
        public = "/p/09520123456788/W-1?lang=en"
        assert "staff may break" not in (await ada.get(public)).text
        assert (await send(qin, f"/approvals/{number}/approve", form_on="/account")).status_code == 303
        assert (await send(ada, f"/approvals/{number}/do", form_on="/account")).status_code == 303
        assert "staff may break" in (await ada.get(public)).text

    browse(workbench, steps, "ada", "qin")


# records


def test_records_of_persons_and_prices_are_shortened_and_say_so(workbench: FastAPI, folder: DataFolder) -> None:
    body: dict[str, JSON] = {"customer": {"name": "Lin Daiyu"}, "work": {"price": 260, "days": 2}, "person": "Chen"}
    kept = Record("bench.note", "watch:W-1", body, "manual", "1", day(3))
    folder.records.append(kept)

    async def steps(
        ada: httpx.AsyncClient, line: httpx.AsyncClient, repair: httpx.AsyncClient, rival: httpx.AsyncClient
    ) -> None:
        path = f"/api/records/{kept.digest}"
        assert (await ada.get(path)).content == kept.canonical
        for browser in (line, repair):
            shown = (await browser.get(path)).json()
            assert shown["withheld"] == ["customer", "person", "work.price"]
            assert shown["body"] == {"work": {"days": 2}}
            assert "Lin Daiyu" not in (await browser.get("/api/records")).text
            assert "Lin Daiyu" not in (await browser.get(f"{path}/why")).text
            assert "Lin Daiyu" not in (await browser.get(f"/records/{kept.digest}", headers={"accept": "text/html"})).text
        assert (await rival.get(path)).status_code in {403, 404}
        assert all(one["kind"] != "people.audit" for one in (await line.get("/api/records?limit=1000")).json())
        assert any(one["kind"] == "people.audit" for one in (await ada.get("/api/records?limit=1000")).json())

    browse(workbench, steps, "ada", "line", "repair", "rival")


def test_a_workshop_finds_the_records_of_its_watch_and_of_no_other(workbench: FastAPI, folder: DataFolder) -> None:
    other = reading(5, watch="W-3")
    folder.records.append(other)

    async def steps(repair: httpx.AsyncClient) -> None:
        assert {one["subject"] for one in (await repair.get("/api/records")).json()} == {"watch:W-1"}
        for path in (f"/api/records/{other.digest}", f"/records/{other.digest}", f"/api/records/{other.digest}/why"):
            assert (await repair.get(path)).status_code == 404

    browse(workbench, steps, "repair")
