# SPDX-License-Identifier: Apache-2.0
"""Events that come one at a time and thousands a second: what is answered is kept, once, and nobody gets in on memory alone."""

import asyncio
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from sichen.adapters import DataFolder
from sichen.adapters.epcis.arrivals import LetterBox
from sichen.adapters.epcis.store import Salts
from sichen.adapters.file_stamp import FileStamp
from sichen.adapters.ledger.opening import HouseLedger
from sichen.adapters.ledger.writer import Receipt
from sichen.adapters.people.desk import People
from sichen.web import create_app
from sichen.web.one_write import Joined

CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
EVENTS = "/api/epcis/events"


def event(number: int, **more: Any) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "epcList": [f"urn:epc:id:sgtin:4012345.011111.{number}"],
        **more,
    }


@pytest.fixture
def served(app: FastAPI) -> Iterator[FastAPI]:
    yield app
    if hasattr(app.state, "epcis"):
        app.state.epcis.close()


def post(app: FastAPI, *bodies: dict[str, Any], **headers: str) -> list[httpx.Response]:
    """Post events side by side."""

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await asyncio.gather(*(client.post(EVENTS, json=body, headers=headers) for body in bodies))

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(run())).result()


def test_events_posted_side_by_side_are_each_kept_once_as_they_are_answered(served: FastAPI) -> None:
    answers = post(served, *(event(number % 30) for number in range(60)))

    told = [answer.json() for answer in answers]
    assert {answer.status_code for answer in answers} == {201}
    assert len({one["eventID"] for one in told}) == 30
    assert told[:30] == told[30:]
    store = served.state.epcis.store
    kept = store.ask({"perPage": "100"}).events
    assert len(kept) == 30
    assert {json.dumps({**one, "@context": CONTEXT}, sort_keys=True) for one in kept} == {
        json.dumps(one, sort_keys=True) for one in told
    }


def test_a_large_event_and_a_small_one_are_answered_alike(served: FastAPI) -> None:
    long = event(1, epcList=[f"urn:epc:id:sgtin:4012345.011111.{number}" for number in range(1000)])

    small, large = post(served, event(2), long)

    assert (small.status_code, large.status_code) == (201, 201)
    assert set(small.headers) == set(large.headers) - {"content-encoding", "vary"}
    assert small.json().keys() == large.json().keys()


def test_another_event_under_a_given_name_is_refused(served: FastAPI) -> None:
    name = "urn:uuid:00000000-0000-4000-8000-000000000001"
    first, second = post(served, event(1, eventID=name))[0], post(served, event(2, eventID=name))[0]

    assert (first.status_code, second.status_code) == (201, 409)


def test_what_is_wrong_is_told_on_the_straight_way_too(served: FastAPI) -> None:
    (wrong,) = post(served, event(1, action="LOOK"))
    (foreign,) = post(served, event(1), origin="https://elsewhere.example")

    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "action")
    assert foreign.status_code == 403


def test_a_session_that_was_ended_elsewhere_is_not_let_in_from_memory(folder: DataFolder) -> None:
    with People(folder, hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)) as people:
        people.add("ada", "brand_admin", password="four blue hands wound")
        token = people.token_for("ada", label="line")
        app = create_app(folder)
        for file in (folder.path / "people").glob("people.sqlite*"):
            os.utime(file, (1.0, 1.0))  # nothing has changed for long, so that who it is may be remembered
        allowed = post(app, event(1), event(2), authorization=f"Bearer {token}")
        people.store.end_session(token=token)
        refused = post(app, event(3), authorization=f"Bearer {token}")
    app.state.epcis.close()
    app.state.people.store.close()

    assert [answer.status_code for answer in (*allowed, *refused)] == [201, 201, 401]


def test_a_file_that_has_just_changed_has_no_stamp_and_a_changed_one_another(tmp_path: Path) -> None:
    file = tmp_path / "people.sqlite"
    file.write_bytes(b"1")
    young = FileStamp(file)()
    os.utime(file, (1.0, 1.0))
    old = FileStamp(file)()
    os.utime(file, (2.0, 2.0))

    assert young is None
    assert old is not None
    assert FileStamp(file)() != old


def test_two_who_write_first_begin_one_log(tmp_path: Path) -> None:
    with HouseLedger(tmp_path) as ledger, ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: id(ledger.writer), range(8)))

    assert len(found) == 1


def test_no_salt_is_given_twice() -> None:
    salts = Salts()
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: salts.take(), range(2000)))

    assert len(set(taken)) == 2000
    assert {len(one) for one in taken} == {16}


def test_an_answer_for_a_loop_that_has_ended_harms_nobody() -> None:
    loop = asyncio.new_event_loop()
    box = LetterBox(loop)
    answer = box.expect()
    loop.close()

    answer.set_result(Receipt((0,), (True,), 1, bytes(32), ""))

    assert not answer.future.done()


def test_head_and_body_of_an_answer_leave_together_and_a_head_alone_leaves_too() -> None:
    written: list[bytes] = []

    class Line:
        def write(self, data: bytes) -> None:
            written.append(data)

    async def run() -> None:
        joined = Joined(Line(), asyncio.get_running_loop())  # type: ignore[arg-type] # all that is asked of it
        joined.write(b"HTTP/1.1 200 OK\r\n\r\n")
        joined.write(b"whole")
        joined.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.sleep(0)
        joined.write(b"later")

    asyncio.run(run())

    assert written == [b"HTTP/1.1 200 OK\r\n\r\nwhole", b"HTTP/1.1 200 OK\r\n\r\n", b"later"]
