# SPDX-License-Identifier: Apache-2.0
"""The page that verifies a bundle, opened from a file in Chromium, without a network."""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.trace.test_ledger_bundle import BEGIN, FIRST, ROTATE, SECOND, STOLEN, bundle, public

from sichen.core import catalogue
from sichen.trace.verifier import PARTS, verifier_page

CHROMIUM = Path(os.environ.get("SICHEN_CHROMIUM", "/usr/bin/chromium"))
POLICY = "".join(f"log {key.text}\n" for key in public(FIRST)) + "quorum none\n"
EVERY = 331
"""Of the bundle's bits the browser is given every so many-th one, and a run of all bits in the middle."""

CAMPAIGN = """([text, bits]) => {
  const whole = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return bits.filter((bit) => {
    const changed = whole.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    return verifyBundle(changed, trusted).status === "intact";
  });
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, cut off from any network."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing: apt-get install chromium")
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"])
        yield made
        made.close()


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Open the page as an owner does, from a file."""
    path = tmp_path / "verifier.html"
    path.write_text(verifier_page(policy=POLICY, void=tuple((key.text, 20) for key in public(FIRST))), encoding="utf-8")
    context = browser.new_context(locale="en-GB", offline=True)
    opened = context.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    complaints: list[str] = []
    opened.on("console", lambda line: complaints.append(line.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(path.as_uri())
    yield opened
    assert complaints == []
    assert asked == [path.as_uri()]
    context.close()


def verdict(page: Page, data: bytes) -> str:
    """Give the page a file and read its verdict."""
    page.evaluate("document.getElementById('verdict').className = ''")
    page.set_input_files("#file", {"name": "watch.json", "mimeType": "application/json", "buffer": data})
    page.wait_for_selector("#verdict[class]:not([class=''])")
    return page.locator("#verdict").get_attribute("class") or ""


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_says_of_each_bundle_what_the_program_says(page: Page) -> None:
    assert verdict(page, bundle([(0, BEGIN)], FIRST)) == "intact"
    assert verdict(page, bundle([(0, BEGIN), (7, ROTATE)], SECOND)) == "intact"
    assert verdict(page, bundle([(0, BEGIN), (7, ROTATE)], FIRST)) == "tampered"
    assert verdict(page, bundle([(0, BEGIN)], FIRST[:1])) == "tampered"
    assert verdict(page, bundle([(0, BEGIN)], FIRST, size=30)) == "tampered"
    assert verdict(page, bundle([(0, BEGIN), (7, STOLEN)], SECOND)) == "intact"
    assert "Leaf 5" in page.locator(".care").inner_text()
    assert verdict(page, b"[" * 200_000) == "tampered"


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_speaks_chinese_when_asked(page: Page) -> None:
    verdict(page, bundle([(0, BEGIN)], FIRST))
    page.click("#language")

    assert page.locator("#verdict").inner_text() == catalogue("trace")["verifier.intact"]["zh"]
    assert page.locator("html").get_attribute("lang") == "zh-CN"


@pytest.mark.browser
@pytest.mark.slow
def test_each_changed_bit_is_rejected_in_the_browser(page: Page) -> None:
    whole = bundle([(0, BEGIN)], FIRST)
    middle = len(whole) * 4
    bits = sorted({*range(0, len(whole) * 8, EVERY), *range(400), *range(middle, middle + 200)})

    assert page.evaluate(CAMPAIGN, [base64.b64encode(whole).decode(), bits]) == []
    assert verdict(page, whole) == "intact"


def test_the_page_allows_its_own_script_and_style_and_nothing_else() -> None:
    page = verifier_page(policy="log </script><script>alert(1)</script>\n")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)

    assert policy is not None
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1]
    assert "unsafe" not in policy[1]
    assert "default-src 'none'" in policy[1]
    assert page.count("</script>") == 3
    assert "alert(1)" not in script[1]
    assert json.loads(page.partition('id="trust">')[2].partition("</script>")[0])["policy"].startswith("log <")


def test_every_reason_that_the_scripts_give_has_a_sentence() -> None:
    from importlib import resources

    text = "".join(resources.files("sichen.trace.verifier").joinpath(part).read_text(encoding="utf-8") for part in PARTS)
    reasons = set(re.findall(r'refuseUnless\((?:[^;]*?), "(\w+)"', text)) | set(re.findall(r'new Refusal\("(\w+)"', text))

    assert len(reasons) > 8
    assert {f"verifier.why_{reason}" for reason in reasons} <= catalogue("trace").keys()
