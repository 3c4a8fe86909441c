# SPDX-License-Identifier: Apache-2.0
import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from lxml import etree
from tests.web.conftest import Call

from sichen.adapters import DataFolder
from sichen.adapters.epcis.desk import EventDesk
from sichen.adapters.epcis.webhooks import Webhooks
from sichen.trace.epcis import faults_of_events, read_jsonld, read_xml
from sichen.web.epcis.routes import PREFIX

CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"example": "https://ns.example.com/epcis/"}]
WATCH = "urn:epc:id:sgtin:4012345.011111.W1"
LINK = "https%3A%2F%2Fid.gs1.org%2F01%2F04012345111118%2F21%2FW1"
LD = {"Content-Type": "application/ld+json"}


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "eventTime": f"2026-03-01T08:{number % 60:02d}:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "inspecting",
        "epcList": [WATCH],
        **more,
    }


def document(*events: dict[str, Any], **more: Any) -> str:
    body = {"eventList": list(events)}
    head = {"@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-01T09:00:00Z"}
    return json.dumps({**head, "epcisBody": body, **more})


@pytest.fixture
def served(app: FastAPI) -> Iterator[FastAPI]:
    yield app
    desk: EventDesk | None = getattr(app.state, "epcis", None)
    if desk is not None:
        desk.close()


def send(call: Call, *events: dict[str, Any], **headers: str) -> Any:
    answer = call("POST", f"{PREFIX}/capture", content=document(*events), headers={**LD, **headers})
    assert answer.status_code == 202, answer.text
    return call("GET", answer.headers["Location"]).json()


def listed(answer: Any) -> list[Any]:
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


@pytest.mark.usefixtures("served")
def test_every_operation_of_the_standard_answers(call: Call, shared: Path) -> None:
    send(call, event(bizStep="shipping", disposition="in_transit", readPoint={"id": "urn:a:1"}, bizLocation={"id": "urn:a:2"}))
    call("POST", f"{PREFIX}/queries", json={"name": "q", "query": {"EQ_bizStep": ["shipping"]}})
    names = {"epc": LINK, "bizStep": "shipping", "bizLocation": "urn:a:2", "readPoint": "urn:a:1", "disposition": "in_transit"}
    names |= {"eventType": "ObjectEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001", "queryName": "q"}
    described = json.loads((shared / "trace" / "gs1-epcis" / "REST Bindings" / "openapi.json").read_text())
    asked = 0
    for path, operations in described["paths"].items():
        for method in operations.keys() & {"get", "post", "options", "delete"}:
            place = path.format(**{"captureID": "none", "subscriptionID": "none", "token": "none", **names})
            if method == "delete" and place == "/queries/q":
                place = "/queries/other"
            answer = call(method.upper(), PREFIX + place, headers=LD)
            # An empty body is a bad request, wherever the standard's list forgets to say so.
            known = {*operations[method]["responses"], *(["400"] if method == "post" else [])}
            assert str(answer.status_code) in known, (method, path, answer.text)
            assert answer.status_code != 404 or "none" in place or place.endswith("other"), place
            asked += 1
    assert asked == 63


@pytest.mark.usefixtures("served")
def test_a_captured_event_is_found_by_every_name_of_its_watch(call: Call) -> None:
    job = send(call, event())
    assert (job["running"], job["success"], job["eventsCaptured"]) == (False, True, 1)
    for place in (f"/events?MATCH_epc={WATCH}", f"/epcs/{WATCH}/events", f"/epcs/{LINK}/events", "/bizSteps/inspecting/events"):
        (found,) = listed(call("GET", PREFIX + place))
        assert found["eventID"] == event()["eventID"]
        assert found["recordTime"].endswith("Z")
    assert call("GET", f"{PREFIX}/bizSteps").json()["member"] == ["inspecting"]
    assert call("GET", f"{PREFIX}/epcs/urn:epc:id:sgtin:4012345.011111.W2").status_code == 404


@pytest.mark.usefixtures("served")
def test_one_event_is_created_read_and_not_created_otherwise(call: Call) -> None:
    body = {"@context": CONTEXT, **event(eventID=None)}
    del body["eventID"]
    made = call("POST", f"{PREFIX}/events", json=body)
    assert made.status_code == 201
    assert made.json()["eventID"].startswith("ni:///sha-256;")
    (found,) = listed(call("GET", made.headers["Location"], headers={"GS1-EPC-Format": "Never_Translates"}))
    assert found["epcList"] == [WATCH]
    again = call("POST", f"{PREFIX}/events", json=body)
    assert again.status_code == 201
    other = call("POST", f"{PREFIX}/events", json={**body, "eventID": made.json()["eventID"], "bizStep": "packing"})
    assert other.status_code == 409
    assert other.json()["type"] == "epcisException:ResourceAlreadyExistsException"


@pytest.mark.usefixtures("served")
def test_one_wrong_event_keeps_the_others_out_unless_asked_to_proceed(call: Call) -> None:
    wrong = event(2, action="UPDATE")
    job = send(call, event(1), wrong)
    assert (job["success"], job["eventsCaptured"]) == (False, 0)
    assert [error["field"] for error in job["errors"]] == ["eventList[1].action"]
    job = send(call, event(1), wrong, event(1, bizStep="packing"), event(3), **{"GS1-Capture-Error-Behaviour": "proceed"})
    assert (job["success"], job["eventsCaptured"]) == (False, 2)
    assert {error["event"] for error in job["errors"]} == {1, 2}
    other = send(call, event(1, bizStep="packing"), event(4), **{"GS1-Capture-Error-Behaviour": "proceed"})
    assert other["eventsCaptured"] == 1
    assert other["errors"][0]["field"] == "eventList[0].eventID"
    assert len(listed(call("GET", f"{PREFIX}/events"))) == 3


@pytest.mark.usefixtures("served")
def test_the_same_event_twice_is_kept_once_and_an_error_declaration_beside_it(call: Call) -> None:
    send(call, event())
    assert send(call, event())["eventsKnown"] == 1
    declaration = event(errorDeclaration={"declarationTime": "2026-03-02T00:00:00Z", "reason": "incorrect_data"})
    assert send(call, declaration)["eventsCaptured"] == 1
    found = listed(call("GET", f"{PREFIX}/events?EXISTS_errorDeclaration=true&EQ_errorReason=incorrect_data"))
    assert len(found) == 1
    (first,) = listed(call("GET", f"{PREFIX}/events/{event()['eventID']}"))
    assert "errorDeclaration" not in first


@pytest.mark.usefixtures("served")
def test_pages_hold_still_while_events_arrive(call: Call) -> None:
    send(call, *(event(number) for number in range(1, 8)))
    seen: list[str] = []
    place = f"{PREFIX}/events?perPage=3&orderBy=eventTime&orderDirection=ASC"
    for _ in range(10):
        answer = call("GET", place)
        seen += [one["eventID"] for one in listed(answer)]
        if "Link" not in answer.headers:
            break
        assert answer.headers["GS1-Next-Page-Token-Expires"]
        place = answer.headers["Link"].partition("<")[2].partition(">")[0]
        send(call, event(20 + len(seen)))
    assert seen == [event(number)["eventID"] for number in range(1, 8)]


@pytest.mark.usefixtures("served")
def test_a_page_token_serves_its_own_question_until_it_is_revoked(call: Call) -> None:
    send(call, *(event(number) for number in range(1, 5)))
    link = call("GET", f"{PREFIX}/events?perPage=2").headers["Link"]
    token = link.partition("nextPageToken=")[2].partition(">")[0]
    assert call("GET", f"{PREFIX}/events?EQ_action=ADD&nextPageToken={token}").status_code == 400
    assert call("GET", f"{PREFIX}/events?nextPageToken={token[:-2]}").status_code == 400
    assert len(listed(call("GET", f"{PREFIX}/events?perPage=2&nextPageToken={token}"))) == 2
    assert call("DELETE", f"{PREFIX}/nextPageToken/{token}").status_code == 204
    assert call("GET", f"{PREFIX}/events?perPage=2&nextPageToken={token}").status_code == 400


@pytest.mark.usefixtures("served")
def test_xml_goes_in_and_comes_out(call: Call, shared: Path) -> None:
    sent = (
        shared / "trace" / "gs1-epcis" / "XML" / "WithFullCombinationOfFields" / "object_event_all_possible_fields.xml"
    ).read_bytes()
    answer = call("POST", f"{PREFIX}/capture", content=sent, headers={"Content-Type": "application/xml"})
    job = call("GET", answer.headers["Location"])
    assert job.json()["success"], job.text
    told = call("GET", answer.headers["Location"], headers={"Accept": "application/xml"})
    assert etree.fromstring(told.content).get("success") == "true"
    got = call("GET", f"{PREFIX}/events", headers={"Accept": "application/xml"})
    xsd = etree.XMLSchema(etree.parse(shared / "trace" / "gs1-epcis" / "XSD" / "EPCglobal-epcis-query-2_0.xsd"))
    assert xsd.validate(etree.fromstring(got.content))
    assert not faults_of_events(read_xml(got.content))
    in_json = read_jsonld(call("GET", f"{PREFIX}/events").content)
    assert not faults_of_events(in_json)


BAD = {
    "no media type": ("POST", "/capture", {"content": "x"}, 415, "UnsupportedMediaTypeException"),
    "a picture": (
        "POST",
        "/events",
        {"content": "x", "headers": {"Content-Type": "image/png"}},
        415,
        "UnsupportedMediaTypeException",
    ),
    "no JSON": ("POST", "/capture", {"content": "{", "headers": LD}, 400, "ValidationException"),
    "entities": (
        *("POST", "/capture", {"content": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "headers": {"Content-Type": "text/xml"}}),
        *(400, "ValidationException"),
    ),
    "deep": ("POST", "/capture", {"content": "[" * 100_000, "headers": LD}, 400, "ValidationException"),
    "unknown format": ("GET", "/events", {"headers": {"Accept": "image/png"}}, 406, "NotAcceptableException"),
    "an edition to come": ("GET", "/events", {"headers": {"GS1-EPCIS-Min": "3.0"}}, 406, "NotAcceptableException"),
    "unknown parameter": ("GET", "/events?colour=blue", {}, 400, "QueryParameterException"),
    "no time": ("GET", "/events?GE_eventTime=yesterday", {}, 400, "QueryParameterException"),
    "no number": ("GET", "/events?perPage=many", {}, 400, "QueryParameterException"),
    "no such event": ("GET", "/events/urn:a:none", {}, 404, "NoSuchResourceException"),
    "no such query": ("GET", "/queries/none/events", {}, 404, "NoSuchResourceException"),
    "a long address": ("GET", f"/events?EQ_eventID={'x' * 9000}", {}, 414, "URITooLongException"),
    "too many": ("GET", "/events?maxEventCount=1", {}, 413, "QueryTooLargeException"),
}


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_request_gets_the_problem_of_the_standard_and_nothing_is_lost(
    call: Call, bad: tuple[str, str, dict[str, Any], int, str]
) -> None:
    method, path, how, status, kind = bad
    send(call, event(1), event(2))
    answer = call(method, PREFIX + path, **how)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == f"epcisException:{kind}"
    assert answer.json()["detail"]
    assert len(listed(call("GET", f"{PREFIX}/events"))) == 2


@pytest.mark.usefixtures("served")
def test_a_fault_in_an_event_from_the_future_names_its_field(call: Call) -> None:
    body = {"@context": CONTEXT, **event(eventTime="2096-01-01T00:00:00Z")}
    answer = call("POST", f"{PREFIX}/events", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "eventTime"


@pytest.mark.usefixtures("served")
def test_places_are_searched_with_what_is_inside_them(call: Call) -> None:
    element = {"id": "urn:a:house", "children": ["urn:a:room"], "attributes": [{"id": "urn:a:town", "attribute": "Tianjin"}]}
    master = {"vocabularyList": [{"type": "urn:epcglobal:epcis:vtype:BusinessLocation", "vocabularyElementList": [element]}]}
    sent = document(event(bizLocation={"id": "urn:a:room"}), epcisHeader={"epcisMasterData": master})
    assert call("POST", f"{PREFIX}/capture", content=sent, headers=LD).status_code == 202
    assert len(listed(call("GET", f"{PREFIX}/events?WD_bizLocation=urn:a:house"))) == 1
    assert len(listed(call("GET", f"{PREFIX}/events?EQ_bizLocation=urn:a:house"))) == 0
    assert len(listed(call("GET", f"{PREFIX}/events?EQATTR_bizLocation_urn:a:town=Tianjin"))) == 0


@pytest.fixture
def subscriber() -> Iterator[tuple[str, list[dict[str, Any]], threading.Event]]:
    """Listen for answers on a port of this machine."""
    heard: list[dict[str, Any]] = []
    arrived = threading.Event()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append({"signature": self.headers["GS1-Signature"], **json.loads(body)})
            self.send_response(200)
            self.end_headers()
            arrived.set()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/epcis", heard, arrived
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_subscriber_whom_the_operator_allowed_hears_of_new_events(
    call: Call, served: FastAPI, folder: DataFolder, subscriber: tuple[str, list[dict[str, Any]], threading.Event]
) -> None:
    address, heard, arrived = subscriber
    served.state.epcis = EventDesk(folder, webhooks=Webhooks((address,)))
    send(call, event(1))
    call("POST", f"{PREFIX}/queries", json={"name": "q", "query": {"EQ_bizStep": ["inspecting"]}})
    body = {"dest": address, "signatureToken": "s", "stream": True}
    refused = call("POST", f"{PREFIX}/queries/q/subscriptions", json={**body, "dest": "http://169.254.169.254/latest"})
    assert refused.json()["type"] == "epcisException:SubscriptionControlsException"
    made = call("POST", f"{PREFIX}/queries/q/subscriptions", json=body)
    assert made.status_code == 201
    assert "signatureToken" not in made.json()
    send(call, event(2), event(3, bizStep="packing"))
    assert arrived.wait(10)
    events = heard[0]["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert [one["eventID"] for one in events] == [event(2)["eventID"]]
    assert heard[0]["signature"].startswith("sha256=")
    assert call("DELETE", made.headers["Location"]).status_code == 204
    assert call("GET", f"{PREFIX}/queries/q/subscriptions").json() == []


def test_a_websocket_carries_new_events_as_they_are_captured(call: Call, served: FastAPI) -> None:
    call("POST", f"{PREFIX}/queries", json={"name": "q", "query": {}})
    told: list[dict[str, Any]] = []

    async def listen() -> None:
        gone = asyncio.Event()
        first = True

        async def receive() -> dict[str, Any]:
            nonlocal first
            if first:
                first = False
                return {"type": "websocket.connect"}
            await gone.wait()
            return {"type": "websocket.disconnect", "code": 1000}

        async def reply(message: Any) -> None:
            told.append(dict(message))
            if message["type"] == "websocket.accept":
                body = {"@context": CONTEXT, **event(5)}
                raw = read_jsonld(json.dumps(body).encode())
                await asyncio.to_thread(lambda: desk_of_app.capture_one(raw.events[0], prefixes=raw.prefixes))
            if message["type"] == "websocket.send":
                gone.set()

        scope: dict[str, Any] = {
            "type": "websocket",
            "path": f"{PREFIX}/queries/q/events",
            "query_string": b"stream=true",
            "headers": [(b"host", b"127.0.0.1")],
            "raw_path": b"",
            "root_path": "",
            "scheme": "ws",
            "subprotocols": [],
            "client": None,
            "server": None,
            "state": {},
        }
        await asyncio.wait_for(served(scope, receive, reply), 10)

    desk_of_app = served.state.epcis
    asyncio.run(listen())
    sent = json.loads(next(message["text"] for message in told if message["type"] == "websocket.send"))
    assert sent["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0]["eventID"] == event(5)["eventID"]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://erp.example/epcis", True),
        ("https://erp.example/epcis/in?x=1", True),
        ("https://erp.example:443/epcis", True),
        ("https://erp.example/epcisx", False),
        ("https://erp.example/epcis/../admin", False),
        ("http://erp.example/epcis", False),
        ("https://erp.example:8443/epcis", False),
        ("https://user@erp.example/epcis", False),
        ("https://erp.example.evil/epcis", False),
        ("https://erp.example@evil/epcis", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_answers_go_to_allowed_addresses_only(address: str, allowed: bool) -> None:
    hooks = Webhooks(("https://erp.example/epcis",))
    if allowed:
        hooks.check(address)
    else:
        with pytest.raises(ValueError, match="SICHEN_WEBHOOKS"):
            hooks.check(address)


def test_keys_come_as_digital_links_where_the_client_asks_for_them(call: Call) -> None:
    event = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "epcList": ["urn:epc:id:sgtin:4012345.011111.987"],
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    }
    made = call("POST", "/api/epcis/events", json=event, headers={"GS1-EPC-Format": "Always_GS1_Digital_Link"})
    assert made.json()["epcList"] == ["https://id.gs1.org/01/04012345111118/21/987"]

    def asked(form: str) -> tuple[list[str], str]:
        (one,) = call("GET", "/api/epcis/events", headers={"GS1-EPC-Format": form}).json()["epcisBody"]["queryResults"][
            "resultsBody"
        ]["eventList"]
        return one["epcList"], one["readPoint"]["id"]

    assert asked("Never_Translates") == (event["epcList"], "urn:epc:id:sgln:4012345.00005.0")
    assert asked("No_Preference") == asked("Never_Translates")
    assert asked("Always_GS1_Digital_Link")[1] == "https://id.gs1.org/414/4012345000054"
    assert listed(call("GET", "/api/epcis/events"))[0]["epcList"] == ["https://id.gs1.org/01/04012345111118/21/987"]
    assert call("GET", "/api/epcis/events", headers={"GS1-EPC-Format": "Always_EPC_URN"}).status_code == 406
