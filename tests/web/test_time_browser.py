# SPDX-License-Identifier: Apache-2.0
"""Standard time in Chromium: the live part moves, a kept day and a situation are accessible in both lights and fit a phone."""

import os
import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.web.conftest import serving
from tests.web.test_browser import CHROMIUM, NARROW, axe, fits

from sichen.adapters import DataFolder
from sichen.adapters.demonstration_time import keep_demonstration_time
from sichen.adapters.time_service_desk import state_folder
from sichen.adapters.timebase import TimeService
from sichen.timebase.service import read_plan
from sichen.web import create_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLAN = """
name = "hall"
title = "station hall"
tick = 0.25
evidence = false
[[source]]
name = "SYS"
kind = "system"
u = 1e-4
jitter = 1e-4
[[source]]
name = "GPS"
kind = "serial"
path = "/dev/no-such-line"
u = 1e-4
jitter = 1e-4
"""


@pytest.fixture(scope="module")
def still_chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing: apt-get install chromium")
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a workbench beside a running service and a kept day."""
    with DataFolder.open(tmp_path_factory.mktemp("hall")) as folder:
        keep_demonstration_time(folder)
        service = TimeService(read_plan(PLAN), state=state_folder(folder, "hall"))
        stop = threading.Event()
        thread = threading.Thread(target=service.run, args=(stop,))
        thread.start()
        yield from serving(create_app(folder))
        stop.set()
        thread.join()


@pytest.fixture
def screen(still_chromium: Browser) -> Iterator[Page]:
    """Open a page; the test fails when the console complains."""
    complaints: list[str] = []
    context = still_chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def test_state_becomes_locked_before_the_eyes_of_the_operator(screen: Page, hall: str) -> None:
    screen.goto(f"{hall}/time?lang=en&clock=demonstration")
    expect(screen.locator("#now .big-state")).to_contain_text(re.compile("locked|holdover"), timeout=40_000)
    before = screen.locator(".utc time").inner_text()
    expect(screen.locator(".utc time")).not_to_have_text(before)
    expect(screen.locator("#now")).to_contain_text("GPS")
    expect(screen.locator("live-plot svg.plot").first).to_be_visible()


@pytest.mark.parametrize("path", ["/time?clock=demonstration&source=BDS", "/time/situations?name=a-day"])
def test_page_with_data_is_accessible_in_both_lights_and_fits_a_phone(screen: Page, hall: str, path: str) -> None:
    for look, size in (("theme=light&lang=en", {"width": 1280, "height": 900}), ("theme=dark&lang=zh", NARROW)):
        screen.set_viewport_size(size)  # type: ignore[arg-type]
        screen.goto(f"{hall}{path}&{look}")
        if "situations" in path:
            screen.locator("main button.strong").click()
            expect(screen.locator("#trace path.line")).to_be_visible()
        axe(screen)
        assert fits(screen)
