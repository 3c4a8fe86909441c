# SPDX-License-Identifier: Apache-2.0
"""Workbenches for tests: one that is called directly, one that really listens on a port."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.web.fake_bench import FakeBench

from sichen.adapters import DataFolder
from sichen.web import create_app
from sichen.web.bench.engine import engine_of
from sichen.web.serve import server

Call = Callable[..., httpx.Response]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    """Make an empty data folder."""
    with DataFolder.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def app(folder: DataFolder) -> FastAPI:
    """Make a workbench over the empty folder, with a bench that hears the same watch in every sound."""
    made = create_app(folder, upload_limit=2_000_000)
    made.dependency_overrides[engine_of] = FakeBench
    return made


@pytest.fixture
def call(app: FastAPI) -> Call:
    """Ask the workbench, as ``call("GET", "/records", headers=…)``.

    It runs in a thread of its own: where a browser test has started playwright, this thread already has a loop.
    """

    async def ask(method: str, path: str, **how: object) -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **how)  # type: ignore[arg-type]

    def caller(method: str, path: str, **how: object) -> httpx.Response:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(ask(method, path, **how))).result()

    return caller


def serving(app: FastAPI, *, certificate: Path | None = None, key: Path | None = None) -> Iterator[str]:
    """Serve a workbench on a free port while the test runs; yield its address."""
    running = server(app, port=0, certificate=certificate, key=key)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield running.address
    running.should_exit = running.force_exit = True
    thread.join(5)


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """Serve the workbench really and return its address."""
    yield from serving(app)
