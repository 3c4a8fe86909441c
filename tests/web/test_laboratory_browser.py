# SPDX-License-Identifier: Apache-2.0
"""The laboratory on a tablet in Chromium: gloves, keys, charts, both lights, axe, nothing that the door forbids."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from tests.web.conftest import serving
from tests.web.test_browser import CHROMIUM, NARROW, axe, fits

from sichen.adapters import DataFolder
from sichen.adapters.demonstration_laboratory import keep_demonstration_laboratory
from sichen.web import create_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TABLET: ViewportSize = {"width": 1024, "height": 768}
GLOVE = 56
"""The least height of what a gloved finger touches, in pixels."""
TOUCHED = (
    "main form.entry button, main form.entry select, main form.entry .readout, main .tiles a, main a.touch, main summary.touch"
)
PAGES = [
    "/laboratory",
    "/laboratory/cases/2026-001",
    "/laboratory/cases/2026-003",
    "/laboratory/stations/magnetic",
    "/laboratory/instruments/T-1",
    "/laboratory/environment",
    "/laboratory/nonconforming?instrument=T-1&since=2026-01-01",
    "/laboratory/trail",
]


@pytest.fixture(scope="module")
def quiet_chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing: apt-get install chromium")
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the demonstration's laboratory."""
    with DataFolder.open(tmp_path_factory.mktemp("laboratory")) as folder:
        keep_demonstration_laboratory(folder)
        yield from serving(create_app(folder))


@pytest.fixture
def tablet(quiet_chromium: Browser, laboratory: str) -> Iterator[Page]:
    """Open a page on a tablet, as Li; the test fails when the console complains."""
    complaints: list[str] = []
    context = quiet_chromium.new_context(locale="en-GB", viewport=TABLET, has_touch=True)
    context.add_cookies([{"name": "sichen-person", "value": "Li", "url": laboratory}])
    page = context.new_page()
    page.set_default_timeout(5000)
    page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [text for text in complaints if "status of 422" not in text] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_in_both_lights_and_fits_a_phone(tablet: Page, laboratory: str, path: str) -> None:
    mark = "&" if "?" in path else "?"
    tablet.goto(f"{laboratory}{path}{mark}theme=light&lang=en")
    axe(tablet)
    small = tablet.locator(TOUCHED).evaluate_all(
        "(all) => all.filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect().height)"
    )
    assert min(small, default=GLOVE) >= GLOVE

    tablet.set_viewport_size(NARROW)
    tablet.goto(f"{laboratory}{path}{mark}theme=dark&lang=zh")
    axe(tablet)
    assert fits(tablet)


def test_a_result_is_tapped_in_with_the_large_keys_and_the_next_task_follows(tablet: Page, laboratory: str) -> None:
    tablet.goto(f"{laboratory}/laboratory/stations/magnetic?lang=en")
    assert tablet.locator("#value").get_attribute("inputmode") == "none"
    keys = tablet.locator("number-pad")
    for key in ("9", "0"):
        keys.get_by_role("button", name=key, exact=True).tap()
    keys.get_by_role("button", name="delete the last digit").tap()
    expect(tablet.locator("#value")).to_have_value("9")
    expect(keys.get_by_role("button", name="change the sign")).to_be_disabled()
    keys.get_by_role("button", name="delete the last digit").tap()
    keys.get_by_role("button", name="0", exact=True).tap()
    tablet.get_by_role("button", name="Keep").tap()

    expect(tablet.get_by_role("status")).to_contain_text("Kept: XH-311 · 0")
    expect(tablet.get_by_role("heading", name="Rate after", exact=True)).to_be_visible()
    axe(tablet)


def test_what_a_station_refuses_stays_on_the_page_with_what_was_typed(tablet: Page, laboratory: str) -> None:
    asked = "case=2026-002&serial=XH-312&plan=iso764&quantity=stops"
    tablet.goto(f"{laboratory}/laboratory/stations/magnetic?lang=en&{asked}")
    tablet.keyboard.press("Tab")
    tablet.locator("#value").fill("900")
    tablet.locator("#value").press("Enter")

    expect(tablet.get_by_role("alert")).to_contain_text("plausible")
    expect(tablet.locator("#value")).to_have_value("900")
    axe(tablet)


def test_a_chart_is_drawn_with_its_limits_and_an_alarm_is_answered_by_keyboard(tablet: Page, laboratory: str) -> None:
    tablet.goto(f"{laboratory}/laboratory/instruments/T-1?lang=en")
    expect(tablet.locator("live-plot path.limit")).to_have_count(3)
    tablet.get_by_label("What was found").fill("microphone loose")
    tablet.keyboard.press("Enter")

    expect(tablet.get_by_text("Answer the alarm")).to_have_count(0)
    expect(tablet.locator("live-plot path.limit")).to_have_count(3)


def test_the_seal_of_a_result_opens_its_evidence(tablet: Page, laboratory: str) -> None:
    tablet.goto(f"{laboratory}/laboratory/cases/2026-001?lang=en")
    tablet.locator(".grid a.seal").first.press("Enter")

    expect(tablet.get_by_role("dialog")).to_contain_text("calibration of the instrument")
