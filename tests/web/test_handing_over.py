# SPDX-License-Identifier: Apache-2.0
"""A watch goes from the shop to its owner and on to the next, on two screens; service sheets; what goes wrong."""

import asyncio
import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from tests.trace.watch_lives import WATCH, birth, day, reading
from tests.web.house_of_watches import PASSWORD, QUICK, SHOP, WORKSHOP, browse, fill, link_of, send

from sichen.adapters import DataFolder
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.people import handing_over
from sichen.adapters.people.bonds import OFFERED
from sichen.adapters.people.desk import People
from sichen.core import Duration, Instant
from sichen.trace.passport import RepairSheet, passed_on, serviced
from sichen.web import create_app

HERE = "/trace/passports/09520123456788/W-1"
TAKE = "/trace/take"


@pytest.fixture
def people(folder: DataFolder) -> Iterator[People]:
    with People(folder, hasher=QUICK) as opened:
        yield fill(opened)


@pytest.fixture
def workbench(folder: DataFolder, people: People) -> Iterator[FastAPI]:
    """W-1 is in the shop, with one reading."""
    with PassportDesk(folder) as desk:
        desk.write([*birth(), passed_on(WATCH, to=link_of(SHOP), kind="retailer", at=day(5))])
        desk.remember(WATCH)
    folder.records.append(reading(4))
    app = create_app(folder, people=people)
    yield app
    app.state.passports.close() if hasattr(app.state, "passports") else None
    app.state.epcis.close() if hasattr(app.state, "epcis") else None


async def code_of(browser: httpx.AsyncClient, **more: str) -> str:
    shown = await send(browser, f"{HERE}/hand-over", **more)
    found = re.search(r"<output>([0-9A-Z-]+)</output>", shown.text)
    assert found is not None, shown.text
    assert shown.headers["cache-control"] == "no-store"
    return found[1]


def test_a_buyer_takes_a_watch_with_a_code_and_hands_it_on(workbench: FastAPI, folder: DataFolder) -> None:
    async def steps(shop: httpx.AsyncClient, lin: httpx.AsyncClient, chen: httpx.AsyncClient) -> None:
        code = await code_of(shop, warranty="cn-sanbao")
        page = await lin.get(TAKE, params={"code": code})
        assert "Haiyan" in page.text
        assert "W-1" in page.text
        for secret in (SHOP, "M-1", "BAL-7"):
            assert secret not in page.text
        taken = await lin.post(TAKE, data={"code": code, "account": "moonphase", "password": PASSWORD})
        assert taken.status_code == 303, taken.text
        assert (
            "Service book" in (await lin.get(f"{HERE}?lang=en")).text or "Timeline" in (await lin.get(f"{HERE}?lang=en")).text
        )
        assert "W-1" in (await lin.get("/trace")).text
        used = await chen.post(TAKE, data={"code": code, "account": "late", "password": PASSWORD})
        assert used.status_code == 404, "a code works once"
        further = await code_of(lin)
        assert (await chen.post(TAKE, data={"code": further, "account": "springbar", "password": PASSWORD})).status_code == 303
        assert "Timeline" in (await chen.get(f"{HERE}?lang=en")).text
        assert "Timeline" not in (await lin.get(f"{HERE}?lang=en")).text, "whoever handed it on sees it no longer"

    browse(workbench, steps, "shop", "", "")
    with PassportDesk(folder) as desk:
        life = desk.life("W-1")
        assert [one.kind for one in life.timeline][-2:] == ["sold", "handed_over"]
        assert life.conflicts == ()
        assert life.sale is not None
        assert life.sale.warranty is not None
        whole = b"".join(path.read_bytes() for path in (folder.path / "ledger").rglob("*") if path.is_file())
        assert b"moonphase" not in whole
        assert b"springbar" not in whole


def test_a_code_ends_with_time_is_taken_back_and_replaced_by_the_next(
    workbench: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(shop: httpx.AsyncClient, lin: httpx.AsyncClient) -> None:
        first = await code_of(shop)
        second = await code_of(shop)
        assert (await lin.get(TAKE, params={"code": first})).status_code == 404
        assert (await lin.get(TAKE, params={"code": second.lower().replace("-", " ")})).status_code == 200
        await send(shop, f"{HERE}/hand-over", do="back")
        assert (await lin.get(TAKE, params={"code": second})).status_code == 404
        third = await code_of(shop)
        later = Instant.parse("2100-01-01T00:00:00Z")
        monkeypatch.setattr(handing_over, "now", lambda: later)
        assert (await lin.get(TAKE, params={"code": third})).status_code == 404

    browse(workbench, steps, "shop", "")
    assert Duration.of_seconds(10 * 60) == OFFERED


def test_only_who_has_the_watch_to_give_gets_a_code(workbench: FastAPI) -> None:
    async def steps(*browsers: httpx.AsyncClient) -> None:
        for browser in browsers:
            assert (await send(browser, f"{HERE}/hand-over", form_on="/account")).status_code == 403

    browse(workbench, steps, "rival", "repair", "stranger", "dong", "line")


def test_a_stolen_watch_goes_to_nobody_and_its_code_dies(workbench: FastAPI, folder: DataFolder) -> None:
    async def steps(shop: httpx.AsyncClient, lin: httpx.AsyncClient, thief: httpx.AsyncClient) -> None:
        code = await code_of(shop)
        assert (await lin.post(TAKE, data={"code": code, "account": "moonphase", "password": PASSWORD})).status_code == 303
        onward = await code_of(lin)
        assert (await send(lin, HERE, form_on="/account", do="stolen", note="report 7")).status_code == 303
        assert "stolen" in (await lin.get("/p/09520123456788/W-1?lang=en")).text
        refused = await thief.post(TAKE, data={"code": onward, "account": "fence", "password": PASSWORD})
        assert refused.status_code == 409
        assert (await send(lin, f"{HERE}/hand-over", form_on="/account")).status_code == 409
        assert (await send(lin, HERE, form_on="/account", do="found")).status_code == 303
        assert (await send(lin, HERE, form_on="/account", do="retired", note="crushed")).status_code == 303

    browse(workbench, steps, "shop", "", "")
    assert not any(one.account == "fence" for one in workbench.state.people.store.people()), "no account without a watch"


def test_nobody_gets_an_account_by_guessing_codes_and_guessing_is_slowed(workbench: FastAPI) -> None:
    async def steps(eve: httpx.AsyncClient) -> None:
        seen = [(await eve.post(TAKE, data={"code": "ABCDEFGH2345", "account": "eve", "password": PASSWORD})).status_code]
        for _ in range(12):
            seen.append((await eve.get(TAKE, params={"code": "ABCDEFGH2345"})).status_code)
            seen.append((await eve.post(TAKE, data={"code": "ABCDEFGH2345"})).status_code)
        assert seen[0] == 404
        assert seen[-1] == 429

    browse(workbench, steps, "")
    assert not any(one.account == "eve" for one in workbench.state.people.store.people())


def test_two_phones_with_one_code_make_one_owner(workbench: FastAPI, folder: DataFolder) -> None:
    async def steps(shop: httpx.AsyncClient, *phones: httpx.AsyncClient) -> None:
        code = await code_of(shop)
        sent = (
            phone.post(TAKE, data={"code": code, "account": f"phone-{place}", "password": PASSWORD})
            for place, phone in enumerate(phones)
        )
        assert sorted(answer.status_code for answer in await asyncio.gather(*sent)) == [303, 404, 404]

    browse(workbench, steps, "shop", "", "", "")
    with PassportDesk(folder) as desk:
        assert [one.kind for one in desk.life("W-1").timeline].count("sold") == 1


def test_erasing_an_owner_leaves_the_watch_and_no_bytes_of_his_key(
    workbench: FastAPI, people: People, folder: DataFolder
) -> None:
    async def steps(shop: httpx.AsyncClient, lin: httpx.AsyncClient) -> None:
        code = await code_of(shop)
        await lin.post(TAKE, data={"code": code, "account": "moonphase", "password": PASSWORD})

    browse(workbench, steps, "shop", "")
    person = people.named("moonphase")
    (owned,) = people.bonds.owned(person.id)
    key = people.bonds.key(person.id, owned.key)
    assert key is not None
    assert people.remove("moonphase")[0] == 0
    whole = b"".join(path.read_bytes() for path in folder.path.rglob("*") if path.is_file())
    assert key.private_bytes_raw() not in whole
    assert b"moonphase" not in whole


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_repair_sheet_has_readings_before_and_after_and_prints(workbench: FastAPI, folder: DataFolder, language: str) -> None:
    before, after = reading(6, rate=31.5), reading(8, rate=2.5)
    folder.records.append(before)
    folder.records.append(after)
    sheet = RepairSheet(
        "R/7",
        fault="loses time",
        work="cleaned, oiled",
        before=(before.digest,),
        after=(after.digest,),
        water_test=3.0,
        technician="T-4711",
        accepted=True,
    )
    with PassportDesk(folder) as desk:
        desk.write([passed_on(WATCH, to=link_of(WORKSHOP), kind="service", at=day(7))])
        desk.write(serviced(WATCH, sheet, at=day(9), by=link_of(WORKSHOP)))

    async def steps(repair: httpx.AsyncClient, rival: httpx.AsyncClient) -> None:
        shown = await repair.get(f"{HERE}/service/R/7?lang={language}")
        assert shown.status_code == 200
        assert shown.text.index("31.5") < shown.text.index("cleaned, oiled") < shown.text.rindex("2.5")
        file = await repair.get(f"{HERE}/service/R/7.pdf")
        assert file.content.startswith(b"%PDF-")
        assert file.headers["cache-control"] == "no-store"
        assert (await rival.get(f"{HERE}/service/R/7")).status_code == 403
        assert (await repair.get(f"{HERE}/service/none")).status_code == 404

    browse(workbench, steps, "repair", "rival")
