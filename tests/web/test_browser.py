# SPDX-License-Identifier: Apache-2.0
"""The workbench in Chromium: languages, light, narrow screens, the keyboard, a microphone, nothing foreign, axe."""

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import soundfile
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright
from tests.web.conftest import serving
from tests.web.test_door import PAGES

from sichen.adapters import DataFolder
from sichen.bench import Scene, WatchSound, synthesise
from sichen.stability import simulate_noise
from sichen.web import create_app
from sichen.web.statics import statics

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHROMIUM = Path(os.environ.get("SICHEN_CHROMIUM", "/usr/bin/chromium"))
NARROW: ViewportSize = {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def watch_sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record a watch that gains 6 s/d, as the file that Chromium plays into its microphone, over and over."""
    path = tmp_path_factory.mktemp("sound") / "watch.wav"
    recording, _ = synthesise(
        WatchSound(rate=6.0, amplitude=270.0, first_beat=0.05), duration=20.0, scene=Scene(snr_db=25.0), seed=3
    )
    soundfile.write(path, recording.samples, 48_000, subtype="PCM_16")
    return path


@pytest.fixture(scope="session")
def chromium(watch_sound: Path) -> Iterator[Browser]:
    """Debian's Chromium, silent, with a watch for a microphone."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing: apt-get install chromium")
        pytest.skip("needs chromium: apt-get install chromium")
    quiet = ["--disable-background-networking", "--disable-quic", "--no-first-run", "--disable-component-update"]
    sound = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={watch_sound}",
        "--autoplay-policy=no-user-gesture-required",
    ]
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *quiet, *sound])


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve one workbench for all browser tests, with the real bench over a real data folder."""
    with DataFolder.open(tmp_path_factory.mktemp("data")) as folder:
        yield from serving(create_app(folder))


@pytest.fixture
def page(chromium: Browser, home: str) -> Iterator[Page]:
    """Open a fresh page; the test fails when it asks a foreign host or complains on its console."""
    foreign: list[str] = []
    complaints: list[str] = []
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(5000)
    page.on("request", lambda request: foreign.append(request.url) if _foreign(request.url, home) else None)
    page.on("console", lambda message: complaints.append(message.text) if _complains(message) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not foreign
    assert not complaints


def _complains(message: ConsoleMessage) -> bool:
    """Tell a complaint from the note that Chromium makes of a refused upload, which the page told already."""
    return message.type in {"error", "warning"} and "status of 422" not in message.text


def _foreign(address: str, home: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != urlsplit(home).netloc


def axe(page: Page) -> None:
    """Fail with axe's own words when it finds something."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def fits(page: Page) -> bool:
    """Tell whether the page needs no sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_in_both_lights_and_fits_a_phone(page: Page, home: str, path: str) -> None:
    mark = "&" if "?" in path else "?"
    page.goto(f"{home}{path}{mark}theme=light&lang=en")
    axe(page)

    page.set_viewport_size(NARROW)
    page.goto(f"{home}{path}{mark}theme=dark&lang=zh")
    axe(page)
    assert fits(page)


def test_at_twice_the_size_nothing_is_lost(page: Page, home: str) -> None:
    """A page at 200 % on a screen of 1280 is a page on a screen of 640."""
    page.set_viewport_size({"width": 640, "height": 400})
    page.goto(f"{home}/bench")

    assert fits(page)
    expect(page.get_by_role("button", name="Microphone")).to_be_visible()


def test_the_language_is_changed_by_one_click_and_stays(page: Page, home: str) -> None:
    page.goto(f"{home}/glossary?lang=en")
    page.get_by_role("link", name="中文").click()
    page.get_by_role("navigation").get_by_role("link", name="测量").click()

    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_role("button", name="麦克风")).to_be_visible()


def test_dark_follows_the_screen_until_it_is_chosen(page: Page, home: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{home}/")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.get_by_role("link", name=re.compile("change to light")).click()

    assert dark == "rgb(20, 22, 26)"
    assert page.evaluate(paper) == "rgb(250, 248, 243)"


def test_the_keyboard_alone_reaches_the_content_the_search_and_the_phone_s_menu(page: Page, home: str) -> None:
    page.goto(f"{home}/?lang=en")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("beat error")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("^beat error ·"))).to_be_visible()

    page.set_viewport_size(NARROW)
    more = page.get_by_role("button", name="More")
    more.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Glossary")).to_be_visible()
    page.keyboard.press("Escape")
    expect(more).to_have_attribute("aria-expanded", "false")


def test_the_first_page_needs_few_requests_and_few_bytes(page: Page, home: str) -> None:
    with page.expect_response(f"{home}/"):
        sizes: list[int] = []
        page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
        page.goto(f"{home}/")
    page.wait_for_load_state("networkidle")

    assert len(sizes) <= 6
    assert sum(sizes) <= 120_000


def test_a_watch_at_the_microphone_becomes_figures_a_trace_and_a_record(page: Page, home: str) -> None:
    page.goto(f"{home}/bench?lang=en")
    page.get_by_text("CH", exact=True).click()
    page.get_by_label("Watch", exact=True).fill("Nine")
    page.get_by_role("button", name="Microphone").click()

    rate = page.locator("[data-figure=rate] .figure")
    expect(rate).to_contain_text("±", timeout=15_000)
    expect(page.locator("[data-figure=rate] .value")).to_have_text(re.compile(r"^\+(5|6)\."), timeout=10_000)
    expect(page.locator("trace-strip path.tick").first).to_have_attribute("d", re.compile("M.+M"))
    expect(page.locator("tick-scope .label").first).to_be_visible(timeout=8_000)
    strip = page.locator("trace-strip svg")
    strip.focus()
    page.keyboard.press("End")
    expect(page.locator("trace-strip output")).to_contain_text(" ms")
    page.locator("[data-figure=rate] .seal").click()
    expect(page.get_by_role("dialog")).to_contain_text("straight line")
    page.keyboard.press("Escape")
    axe(page)

    page.get_by_role("button", name="Keep reading").click()
    page.get_by_role("link", name="Kept. Open the reading").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nine")
    expect(page.locator("trace-strip path.tock").first).to_have_attribute("d", re.compile("M.+M"))
    axe(page)
    page.locator("a.seal").first.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("microphone.wav")
    page.get_by_role("link", name="Open the whole tree").click()
    page.get_by_role("link", name="Verify").click()
    expect(page.get_by_role("status")).to_contain_text("hold")
    axe(page)


def test_the_browser_s_sound_processing_is_off(page: Page, home: str) -> None:
    page.goto(f"{home}/bench")
    begun = page.evaluate(
        """() => new Promise((resolve) => {
          document.querySelector("mic-capture").addEventListener("begin", (event) => resolve(event.detail));
          document.querySelector("[data-do=microphone]").click();
        })"""
    )

    assert set(begun["settings"].values()) == {False}
    assert begun["altered"] == []
    assert begun["sampleRate"] == 48_000
    assert begun["deviceRate"]
    page.locator("[data-do=stop]").click()


def test_a_chosen_recording_is_measured_and_can_be_kept(page: Page, home: str, watch_sound: Path) -> None:
    page.goto(f"{home}/bench?lang=en")
    page.locator("file-drop input[type=file]").set_input_files(watch_sound)

    expect(page.locator("[data-figure=rate] .figure")).to_contain_text("±")
    expect(page.locator("file-drop li")).to_contain_text("watch.wav")
    page.get_by_role("button", name="Keep reading").click()
    expect(page.get_by_role("link", name="Kept. Open the reading")).to_be_visible()


def test_what_is_no_recording_is_refused_in_words_and_the_page_goes_on(page: Page, home: str) -> None:
    page.goto(f"{home}/bench?lang=zh")
    page.locator("file-drop input[type=file]").set_input_files({"name": "猫.wav", "mimeType": "audio/wav", "buffer": b"meow"})

    expect(page.locator("file-drop li.wrong [role=status]")).to_contain_text(re.compile("[一-龥]"))


STRIP = """() => {
  const strip = document.querySelector("trace-strip");
  strip.begin(0.125);
  const rows = [];
  for (let number = 0; number < 400; number += 1) rows.push([number, number * 0.125 * (1 - 86.4 / 86400)]);
  strip.add(rows);
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const paths = [...strip.querySelectorAll("path.tick, path.tock")].map((path) => path.getAttribute("d"));
    resolve({ paths, rows: strip.rows().length, low: strip.at.inner.top, high: strip.at.inner.bottom });
  })));
}"""


def test_a_fast_watch_climbs_and_comes_back_in_at_the_bottom_of_the_strip(page: Page, home: str) -> None:
    """1 ms a second: in half a minute it crosses a strip of ±2 ms many times, and no beat is drawn outside."""
    page.goto(f"{home}/bench")

    drawn = page.evaluate(STRIP)

    heights = [float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)h", drawn["paths"][1] + drawn["paths"][0])]
    assert drawn["rows"] == 400
    assert len(heights) > 100
    assert drawn["low"] <= min(heights) <= max(heights) <= drawn["high"]
    rises = [before > after for before, after in itertools.pairwise(heights)]
    assert rises.count(True) > 0.9 * len(rises)


def test_a_plot_gives_its_table_its_csv_and_its_picture(page: Page, home: str) -> None:
    page.goto(f"{home}/bench?lang=en")
    page.evaluate(STRIP)
    strip = page.locator("trace-strip")

    with page.expect_download() as rows:
        strip.get_by_role("button", name="CSV").click()
    with page.expect_download() as picture:
        strip.get_by_role("button", name="SVG").click()
    strip.get_by_role("button", name="Table").click()

    lines = Path(rows.value.path()).read_text(encoding="utf-8").splitlines()
    drawing = Path(picture.value.path()).read_text(encoding="utf-8")
    assert lines[0] == "beat,side,time_s,early_ms"
    assert len(lines) == 401
    assert lines[2].startswith("1,tock,0.124875,0.125")
    assert drawing.startswith("<svg")
    assert "class=" not in drawing
    assert strip.locator("tbody tr").count() == 400


def test_axes_are_cut_at_round_values(page: Page, home: str) -> None:
    page.goto(home)
    module = statics()[0]

    found = page.evaluate(f"""async () => {{
      const axes = await import("/static/{module}/components/axes.js");
      return [axes.ticks(0, 1, 5), axes.ticks(-7, 13, 4), axes.written(-0.25, 0.05, true), axes.written(0, 1), axes.csv(["a"], [['"x", y']])];
    }}""")

    assert found[0] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert found[1] == [-5, 0, 5, 10]
    assert found[2:] == ["−0.25", "0", 'a\r\n"""x"", y"\r\n']


def test_a_file_that_waits_can_be_stopped(page: Page, home: str, watch_sound: Path) -> None:
    page.goto(f"{home}/bench?lang=en")
    page.locator("file-drop input[type=file]").set_input_files([watch_sound, watch_sound])
    page.locator("file-drop li").first.get_by_role("button", name=re.compile("^Stop")).click()

    expect(page.locator("file-drop li").first).to_contain_text("stopped")
    expect(page.locator("file-drop li").nth(1)).to_contain_text("s/d", timeout=10_000)


def test_a_file_on_the_stability_page_is_drawn_read_zoomed_and_kept(page: Page, home: str) -> None:
    numbers = "\n".join(map(str, simulate_noise(301, alpha=0, seed=3, deviation=2e-9).phase))
    page.goto(f"{home}/stability?lang=en")
    axe(page)
    page.get_by_label("Interval τ₀").fill("1")
    page.locator("input[type=file]").set_input_files(
        {"name": "maser.txt", "mimeType": "text/plain", "buffer": numbers.encode()}
    )
    plot = page.locator("loglog-plot svg.plot")
    expect(plot).to_be_visible(timeout=30_000)
    page.get_by_text("MDEV", exact=True).click()
    expect(page.locator("loglog-plot .name")).to_have_count(2, timeout=15_000)

    plot.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("loglog-plot output")).to_contain_text("OADEV, τ = 1 s: 2.06·10⁻⁹")
    before = page.locator("loglog-plot .series-0 circle").first.get_attribute("cx")
    page.keyboard.press("+")
    expect(page.locator("loglog-plot .series-0 circle").first).not_to_have_attribute("cx", before or "")
    page.keyboard.press("0")
    expect(page.locator("loglog-plot .series-0 circle").first).to_have_attribute("cx", before or "")
    with page.expect_download() as drawn:
        page.get_by_role("button", name="SVG").click()
    assert "<svg" in Path(drawn.value.path()).read_text(encoding="utf-8")
    axe(page)
    page.get_by_role("button", name="Keep as record").click()
    page.locator(".kept a").first.click()
    expect(page.locator("main")).to_contain_text("maser.txt")

    page.set_viewport_size(NARROW)
    page.goto(f"{home}/stability?sample=three&lang=zh&theme=dark")
    expect(plot).to_be_visible()
    axe(page)
    assert fits(page)


def in_both_lights(page: Page, address: str) -> None:
    """Fail when a page with content is not accessible in either light, or does not fit a phone."""
    mark = "&" if "?" in address else "?"
    page.goto(f"{address}{mark}theme=dark&lang=en")
    axe(page)
    page.set_viewport_size(NARROW)
    page.goto(f"{address}{mark}theme=light&lang=zh")
    axe(page)
    assert fits(page)


def test_recordings_in_three_positions_become_a_watch_whose_summary_is_kept(page: Page, home: str, watch_sound: Path) -> None:
    page.goto(f"{home}/bench?lang=en&watch=Eleven")
    page.locator("#save-files").check()
    page.get_by_label("Round", exact=True).fill("full wind")
    for code in ("CH", "6H", "9H"):
        page.get_by_text(code, exact=True).last.click()
        page.locator("file-drop input[type=file]").set_input_files(watch_sound)
        expect(page.get_by_role("link", name="Kept. Open the reading")).to_have_attribute(
            "href", re.compile("."), timeout=10_000
        )
        page.evaluate("document.querySelector('[data-notice]').replaceChildren()")
    page.goto(f"{home}/bench/watches/Eleven?against=gents&lang=en")

    expect(page.locator("h1")).to_contain_text("full wind")
    expect(page.locator(".positions-table tbody tr")).to_have_count(3)
    expect(page.locator("live-plot path.tick").first).to_have_attribute("d", re.compile("M.+M.+M"))
    page.locator(".letters button.seal").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("worked out from the readings")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keep this summary").click()
    expect(page.get_by_text("This summary is kept.")).to_be_visible()
    page.locator(".letters a.seal").first.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("rate · mean X")
    in_both_lights(page, f"{home}/bench/watches/Eleven?series=full+wind&against=gents")


def test_the_guided_sequence_is_led_and_left_by_the_keyboard(page: Page, home: str) -> None:
    page.goto(f"{home}/bench?lang=en")
    page.get_by_role("button", name="Guided positions").press("Enter")
    expect(page.locator("#guided input").first).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_label("Rest").press("Enter")

    expect(page.locator("[data-say]")).to_have_text("Turn the watch to dial down and let it rest.")
    expect(page.locator("[data-say]")).to_be_focused()
    expect(page.locator("[data-steps] [aria-current]")).to_have_text("FH")
    page.get_by_role("button", name="Measure now").press("Enter")
    expect(page.locator("[data-say]")).to_contain_text("Do not touch the watch")
    axe(page)
    page.get_by_role("button", name="Stop the sequence").press("Space")
    expect(page.get_by_role("button", name="Begin the sequence")).to_be_visible()
    page.locator("[data-do=stop]").click()


def test_a_sample_coil_is_drawn_kept_and_found_again(page: Page, home: str) -> None:
    page.goto(f"{home}/bench/quartz?lang=en")
    page.get_by_label("Watch", exact=True).fill("Q7")
    page.get_by_label("keep the readings").check()
    page.get_by_role("button", name="Sample quartz watch").click()

    expect(page.locator("[data-result] .tile").first).to_contain_text("± ", timeout=15_000)
    expect(page.locator("path.fit")).to_have_attribute("d", re.compile("M.+L"))
    page.get_by_role("link", name="Kept. Open the reading").click()
    expect(page.locator("path.fit")).to_have_attribute("d", re.compile("M.+L"))
    in_both_lights(page, page.url)


def test_the_sample_list_names_its_wheels(page: Page, home: str) -> None:
    page.set_viewport_size(NARROW)
    page.goto(f"{home}/bench/beats?lang=en&theme=dark")
    page.get_by_role("button", name="Sample list").click()

    expect(page.locator("[data-result] tbody")).to_contain_text("Fourth wheel", timeout=15_000)
    expect(page.locator("[data-plot=tick] path.column")).to_have_attribute("d", re.compile("M.+V"))
    axe(page)
    assert fits(page)


def test_the_teaching_watch_is_heard_and_seen_beside_its_truth(page: Page, home: str) -> None:
    page.goto(f"{home}/bench/synthesis?lang=en")
    page.get_by_role("button", name="Make, hear and measure").click()

    expect(page.locator("[data-result] tbody tr")).to_have_count(3, timeout=15_000)
    expect(page.locator("audio")).to_have_js_property("readyState", 4)
    axe(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_verdicts_are_accessible_and_fit_a_phone(page: Page, home: str, theme: str) -> None:
    page.set_default_timeout(60_000)  # the first verdict loads what judges
    page.goto(f"{home}/conformity?sample=1&theme={theme}&lang=en")
    expect(page.locator(".one")).to_have_count(3)
    axe(page)
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
