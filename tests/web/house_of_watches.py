# SPDX-License-Identifier: Apache-2.0
"""A house with people of every kind, outside and in, and browsers that sign in as them."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from sichen.adapters.people.desk import People

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "four blue hands wound"
SHOP, OTHER_SHOP, WORKSHOP = "9520123450014", "9520123450021", "9520123450038"
MAKER = "urn:maker"
STAFF = (
    ("ada", "brand_admin", ""),
    ("bo", "brand_admin", ""),
    ("qin", "qc", ""),
    ("line", "factory_line", ""),
    ("shop", "retailer", SHOP),
    ("rival", "retailer", OTHER_SHOP),
    ("repair", "service_centre", WORKSHOP),
    ("dong", "auditor", ""),
    ("stranger", "owner", ""),
)


def fill(people: People) -> People:
    """Give everybody of the house and around it an account."""
    for account, role, party in STAFF:
        people.add(account, role, password=PASSWORD)
        if party:
            people.set_party(account, party)
    return people


def link_of(party: str) -> str:
    """Return a party as events name it."""
    return f"https://id.gs1.org/417/{party}"


def browse(app: FastAPI, steps: Callable[..., Any], *accounts: str) -> Any:
    """Let browsers take steps, one for each account; an empty name has not signed in."""

    async def run() -> Any:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("192.0.2.7", 4711))
        browsers = [httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") for _ in accounts]
        try:
            for browser, account in zip(browsers, accounts, strict=True):
                if account:
                    entered = await browser.post("/sign-in", data={"account": account, "password": PASSWORD, "to": "/"})
                    assert entered.status_code == 303, entered.text
            return await steps(*browsers)
        finally:
            for browser in browsers:
                await browser.aclose()

    return asyncio.run(run())


async def send(browser: httpx.AsyncClient, path: str, *, form_on: str = "", **data: str) -> httpx.Response:
    """Send a form of ours, with the mark of its session where there is one."""
    found = re.search(
        r'name="csrf" value="([^"]+)"', (await browser.get(form_on or path, headers={"accept": "text/html"})).text
    )
    return await browser.post(path, data={**({"csrf": found[1]} if found else {}), **data}, headers={"accept": "text/html"})
