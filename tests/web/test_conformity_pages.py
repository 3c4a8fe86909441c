# SPDX-License-Identifier: Apache-2.0
"""The chapter of conformity: pages and REST interface over the same desk as the command line."""

import html
import json
import re
from collections.abc import Mapping

import httpx
import pytest
from tests.web.conftest import Call

from sichen.adapters import DataFolder, now
from sichen.adapters.certificate_desk import dockets
from sichen.adapters.demonstration_conformity import keep_demonstration_conformity
from sichen.adapters.issuing_house import House, own_trust, set_house
from sichen.conformity import plans, standards
from sichen.conformity.certificate import Party, verify
from sichen.core import Language, digest_of_bytes
from sichen.web.conformity.judging import sample_table

ENGLISH = {"accept-language": "en"}
TABLE = sample_table()
GOOD = "\n".join(line for line in TABLE.splitlines() if not line.startswith("example-2")) + "\n"
ISO = {"plan": "iso3159", "category": "1"}


def send(
    call: Call, path: str, text: str = TABLE, *, files: Mapping[str, str] | None = None, fields: Mapping[str, str] | None = None
) -> httpx.Response:
    beside = {name: (f"{name}.csv", content.encode()) for name, content in (files or {}).items()}
    sent = {"file": ("days.csv", text.encode()), **beside}
    return call("POST", path, files=sent, data=dict(fields or {}), headers=ENGLISH)


def kept(folder: DataFolder) -> tuple[int, int]:
    return folder.records.count(), folder.records.count_artifacts()


@pytest.fixture
def number(folder: DataFolder, call: Call) -> str:
    """Release one certificate through the interface."""
    set_house(folder.path, House(Party("Laboratory", "检测中心"), "http://127.0.0.1"))
    drafts = send(call, "/api/conformity/certificates", GOOD, fields={**ISO, "tested_by": "Li", "brand": "海鸥"})
    assert drafts.status_code == 201
    made = drafts.json()[0]["number"]
    for step, person in (("review", "Wang"), ("release", "Zhao")):
        answer = call("POST", f"/api/conformity/certificates/{made}/{step}", data={"person": person})
        assert answer.status_code == 200, answer.text
    return str(made)


def test_judging_answers_with_the_objects_of_the_command_line_and_keeps_them_when_asked(call: Call, folder: DataFolder) -> None:
    answer = send(call, "/api/conformity/judge", fields=ISO)
    assert [one["verdict"] for one in answer.json()] == ["accept", "reject", "accept"]
    assert kept(folder) == (0, 0)
    saved = send(call, "/api/conformity/judge?save=true", fields=ISO)
    assert saved.status_code == 201
    digest = saved.json()[1]["digest"]
    page = call("GET", f"/conformity/verdicts/{digest}", headers=ENGLISH).text
    assert "does not conform" in page
    assert f'href="/records/{digest}#criteria.mean_daily_rate"' in page


BAD = [
    (TABLE.replace("example-1,7,4.1,FH\n", ""), {}, {}, "lacks day 7"),
    (TABLE.replace("example-1,3,1.0,3H", "example-1,3,1.0,9H"), {}, {}, "row 4"),
    (TABLE + "example-1,3,1.0,3H\n", {}, {}, "row 47"),
    (TABLE.replace("rate_s_per_d", "rate_ppm"), {}, {}, "rate_ppm"),
    (TABLE.replace("position", "date").replace(",3,1.0,3H", ",3,1.0,2126-01-01"), {}, {}, "row 4"),
    (TABLE, {"limits": "criterion,low,high\nmean_daily_rate,6,-4\n"}, {}, "row 2"),
    (TABLE, {"instruments": "id,name,valid_until\nT-1,timer,2025-01-01\n"}, {}, "row 2"),
    (TABLE, {}, {"category": "3"}, "1, 2"),
    (TABLE, {}, {"category": ""}, "choose one of 1, 2"),
]


@pytest.mark.parametrize("path", ["/api/conformity/judge?save=true", "/api/conformity/certificates"])
@pytest.mark.parametrize("fault", BAD)
def test_bad_input_is_a_problem_that_names_the_row_and_keeps_nothing(
    call: Call, folder: DataFolder, path: str, fault: tuple[str, dict[str, str], dict[str, str], str]
) -> None:
    text, files, fields, complaint = fault
    answer = send(call, path, text, files=files, fields={**ISO, **fields})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    told = " ".join([problem["detail"], *(one["detail"] for one in problem.get("refusals", []))])
    assert complaint in told
    assert kept(folder) == (0, 0)


def test_a_released_certificate_is_fetched_verified_and_shown(call: Call, folder: DataFolder, number: str) -> None:
    told = call("GET", f"/api/conformity/certificates/{number}").json()
    assert (told["stage"], told["reviewed_by"], told["released_by"]) == ("released", "Wang", "Zhao")
    files = {ending: call("GET", f"/api/conformity/certificates/{number}/file.{ending}") for ending in ("xml", "pdf", "html")}
    assert files["pdf"].headers["content-type"] == "application/pdf"
    assert number in files["pdf"].headers["content-disposition"]
    assert verify(files["xml"].content, trust=own_trust(folder.path), now=now()).intact

    found = call("POST", "/api/conformity/verify", files={"file": ("c.xml", files["xml"].content)}).json()
    assert (found["status"], found["number"]) == ("intact", number)
    changed = files["xml"].content.replace(b"example-1", b"example-9", 1)
    assert call("POST", "/api/conformity/verify", files={"file": ("c.xml", changed)}).json()["status"] == "tampered"

    page = call("GET", f"/conformity/certificates/{number}", headers=ENGLISH).text
    assert "海鸥" in page
    assert told["content_digest"] in page
    assert "style=" not in page
    record = call("GET", f"/conformity/certificates/of/{told['record']}")
    assert record.headers["location"] == f"/conformity/certificates/{number}"


def test_the_address_in_the_code_leads_to_a_page_that_verifies_it(call: Call, number: str) -> None:
    """The kept page holds the code; what it says is read from its address here and scanned from paper elsewhere."""
    import io

    import pypdfium2
    import zxingcpp

    document = pypdfium2.PdfDocument(io.BytesIO(call("GET", f"/api/conformity/certificates/{number}/file.pdf").content))
    pictures = [document[place].render(scale=3).to_pil() for place in range(len(document))]
    [code] = [one.text for picture in pictures for one in zxingcpp.read_barcodes(picture)]
    assert code.startswith("http://127.0.0.1/conformity/verify?s=")

    path = code.removeprefix("http://127.0.0.1")
    page = call("GET", path, headers=ENGLISH).text
    assert "was issued by Laboratory" in page
    assert f'href="/conformity/certificates/{number}"' in page
    assert call("GET", path.replace("/conformity/verify", "/api/conformity/stamp")).json()["status"] == "intact"
    assert "do not rely on it" in call("GET", path[:-3], headers=ENGLISH).text
    call("POST", f"/api/conformity/certificates/{number}/revoke", data={"person": "Zhao", "note": "mix-up"})
    assert "was revoked" in call("GET", path, headers=ENGLISH).text


def test_the_page_verifies_a_dropped_file_and_shows_what_it_says(call: Call, number: str) -> None:
    file = call("GET", f"/conformity/certificates/{number}/file.xml").content
    page = call("POST", "/conformity/verify", files={"file": ("c.xml", file)}, headers=ENGLISH).text
    assert "intact, signer known" in page
    assert '<article class="certificate"' in page
    stranger = json.dumps({"signers": [], "revoked": {}}).encode()
    other = {"file": ("c.xml", file), "trust": ("trust.json", stranger)}
    unknown = call("POST", "/conformity/verify", files=other, headers=ENGLISH).text
    assert "signer not known here" in unknown
    assert '<article class="certificate"' not in unknown  # anybody can write one
    nothing = call("POST", "/conformity/verify", data={"stamp": ""}, headers={**ENGLISH, "accept": "text/html"})
    assert nothing.status_code == 404


def test_steps_out_of_turn_and_two_roles_are_refused_on_the_page_too(call: Call, folder: DataFolder) -> None:
    made = send(call, "/api/conformity/certificates", GOOD, fields={**ISO, "tested_by": "Li"}).json()[0]["number"]
    path = f"/conformity/certificates/{made}"
    before = kept(folder)
    for do, person, complaint in (
        ("released", "Zhao", "cannot become"),
        ("reviewed", "Li", "two roles"),
        ("burnt", "Li", "no step"),
    ):
        answer = call("POST", path, data={"do": do, "person": person}, headers=ENGLISH)
        assert answer.status_code in {404, 422}
        assert complaint in answer.text
    assert kept(folder) == before
    assert call("POST", path, data={"do": "reviewed", "person": "Wang"}).status_code == 303
    assert "which laboratory" in call("POST", path, data={"do": "released", "person": "Zhao"}, headers=ENGLISH).text
    house = call("POST", "/conformity/house", data={"name_en": "Lab", "name_zh": "室", "country": "CN"})
    assert house.status_code == 303
    assert call("POST", path, data={"do": "released", "person": "Zhao"}).status_code == 303


def test_the_form_judges_keeps_and_drafts_and_carries_the_table_back(call: Call, folder: DataFolder) -> None:
    fields = {"plan": "iso3159/1", "table": GOOD, "name": "days.csv"}
    judged = call("POST", "/conformity", data={**fields, "do": "judge"}, headers=ENGLISH)
    assert judged.text.count('class="plot sketch"') == 2
    assert "example-3,15," in judged.text
    assert kept(folder) == (0, 0)
    call("POST", "/conformity", data={**fields, "do": "keep"})
    assert kept(folder) == (2, 2)
    drafted = call("POST", "/conformity", data={**fields, "do": "certify", "tested_by": "Li", "brand": "Sinan"})
    assert drafted.headers["location"] == "/conformity/certificates"
    assert len(list(dockets(folder))) == 2
    bad = call("POST", "/conformity", data={**fields, "table": TABLE.replace("example-1,7,4.1,FH\n", "")}, headers=ENGLISH)
    assert bad.status_code == 422
    assert "lacks day 7" in bad.text
    assert 'class="plot sketch"' in bad.text  # the other watches are judged all the same


def test_what_a_table_says_cannot_become_markup(call: Call) -> None:
    table = GOOD.replace("example-1", "<script>alert(1)</script>")
    page = call("POST", "/conformity", data={"plan": "iso3159/1", "table": table}).text
    assert "<script>alert" not in page
    brands = "brand,watch,value,u,price\n<b>,1,1,.1,5\n<b>,2,2,.1,5\nB,3,4,.1,9\nB,4,5,.1,9\n"
    page = call("POST", "/conformity/comparison", data={"table": brands}).text
    assert "<b>" not in re.sub(r"<b>[^<]*</b>", "", page)
    assert "&lt;b&gt;" in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_plan_has_its_page_in_both_languages(call: Call, language: Language) -> None:
    for name, plan in plans().items():
        page = html.unescape(call("GET", f"/conformity/plans/{name}?lang={language}").text)
        assert plan.title(language).lower() in page.lower()
        assert plan.digest in page
    assert call("GET", "/conformity/plans/none").status_code == 404


def test_the_register_is_searched_by_number_word_and_status(call: Call) -> None:
    assert call("GET", "/conformity/standards").text.count('<article class="standard"') == len(standards()) >= 80
    assert "GB/T 4032-2013" in call("GET", "/conformity/standards?q=3159").text
    assert call("GET", "/api/conformity/standards?q=防水").json()
    withdrawn = call("GET", "/conformity/standards?status=withdrawn").text
    assert 0 < withdrawn.count('<article class="standard"') < len(standards())
    assert call("GET", "/api/conformity/overlaps").json()
    assert call("GET", "/api/conformity/plans/iso3159").json()["digest"] == plans()["iso3159"].digest
    assert {one["name"] for one in call("GET", "/api/conformity/budgets").json()} >= {"daily_rate", "temperature"}
    assert call("GET", "/api/conformity/budgets/daily_rate").json()["u"] > 0


def test_comparison_and_proficiency_are_kept_and_opened_again(call: Call, folder: DataFolder) -> None:
    brands = "brand,watch,value,u,price\nA,1,0.1,.1,5\nA,2,0.2,.1,5\nB,3,4,.1,9\nB,4,5,.1,9\n"
    ranked = send(call, "/api/conformity/compare?save=true", brands).json()
    assert [one["name"] for one in ranked["ranking"]] == ["A", "B"]
    page = call("GET", f"/conformity/comparisons/{ranked['digest']}", headers=ENGLISH).text
    assert page.count('class="chances"') == 2
    laboratories = "laboratory,value,u\n" + "".join(f"L{place},{5 + place / 10},0.1\n" for place in range(6))
    scored = send(call, "/api/conformity/proficiency?save=true", laboratories).json()
    assert "L5" in call("GET", f"/conformity/rounds/{scored['digest']}").text
    for path, text in (("comparison", brands), ("proficiency", laboratories)):
        assert call("POST", f"/conformity/{path}", data={"table": text, "do": "keep"}).status_code == 200
        assert call("POST", f"/conformity/{path}", data={"table": "x"}, headers=ENGLISH).status_code == 422
        assert call("POST", f"/conformity/{path}", data={}).status_code == 422
    assert folder.records.count(kind="conformity.comparison") == 2
    assert send(call, "/api/conformity/proficiency", "laboratory,value,u\nL1,5,fast\n").status_code == 422


def test_the_demonstration_stands_on_its_pages(call: Call, folder: DataFolder) -> None:
    keep_demonstration_conformity(folder)
    page = call("GET", "/conformity/certificates", headers=ENGLISH).text
    for word in ("conforms", "does not conform", "not decided", "released", "reviewed", "Demonstration laboratory"):
        assert word in page
    assert "2 certificates issued" in call("GET", "/", headers=ENGLISH).text
    assert call("GET", "/api/conformity/trust").json()["signers"]


def test_a_kept_verdict_says_its_remarks_in_the_reader_s_language_and_draws_its_rates(call: Call) -> None:
    digest = send(call, "/api/conformity/judge?save=true", fields=ISO).json()[0]["digest"]
    english = call("GET", f"/conformity/verdicts/{digest}", headers=ENGLISH).text
    chinese = call("GET", f"/conformity/verdicts/{digest}", headers={"accept-language": "zh"}).text
    assert english.count('class="point"') == chinese.count('class="point"') == 15
    assert "brought no uncertainty" in english
    assert "brought no uncertainty" not in chinese
    assert "± 0.0" in english  # the spread of one daily rate


def test_a_verdict_kept_with_a_chamber_draws_its_rates_without_spreads_that_nobody_kept(call: Call) -> None:
    digest = send(call, "/api/conformity/judge?save=true", fields={**ISO, "chamber_u": "0.5"}).json()[0]["digest"]
    page = call("GET", f"/conformity/verdicts/{digest}", headers=ENGLISH).text
    titles = re.findall(r"<title>(\d+ · [^<]*)</title>", page)
    assert len(titles) == 15
    assert not [one for one in titles if "±" in one]


def test_a_returned_certificate_is_put_right_on_its_page(call: Call, folder: DataFolder) -> None:
    made = send(call, "/api/conformity/certificates", GOOD, fields={**ISO, "tested_by": "Li", "calibre": "ST-1"}).json()[0][
        "number"
    ]
    home = f"/conformity/certificates/{made}"
    assert 'value="draft"' not in call("GET", home, headers=ENGLISH).text
    call("POST", home, data={"do": "returned", "person": "Wang", "note": "calibre is wrong"})
    assert 'value="draft"' in call("GET", home, headers=ENGLISH).text
    call(
        "POST",
        home,
        data={"do": "draft", "person": "Li", "calibre": "ST-2", "brand": "", "begun": "2026-11-01", "ended": "2026-11-02"},
    )
    answer = call("GET", f"/api{home}").json()
    assert (answer["stage"], answer["content"]["item"]["calibre"]) == ("draft", "ST-2")
    again = call("POST", f"/api{home}/redraft", data={"person": "Li"})
    assert again.status_code == 422
    assert "cannot become draft" in again.text


def test_a_budget_has_a_page_and_takes_one_s_own_numbers(call: Call) -> None:
    usual = call("GET", "/conformity/budgets", headers=ENGLISH)
    assert usual.status_code == 200
    wider = call("GET", "/conformity/budgets/daily_rate?u_temperature=5", headers=ENGLISH).text
    assert "entered" in wider
    assert [re.search(r"u = ([\d.]+)", text).group(1) for text in (usual.text, wider)] == sorted(  # type: ignore[union-attr]
        {re.search(r"u = ([\d.]+)", text).group(1) for text in (usual.text, wider)},  # type: ignore[union-attr]
        key=float,
    )
    for wrong in ("nan", "-1", "<script>"):
        bad = call("GET", "/conformity/budgets/daily_rate", params={"u_temperature": wrong}, headers=ENGLISH)
        assert bad.status_code == 422
        assert "<script>" not in bad.text.partition("<main")[2]
    assert call("GET", "/conformity/budgets/none", headers=ENGLISH).status_code == 404


def test_what_is_kept_is_the_file_as_it_came(call: Call, folder: DataFolder) -> None:
    """A file of Chinese Excel keeps its bytes, and so the digest that its owner can compute."""
    sent = GOOD.replace("example-1", "海鸥一号").replace("\n", "\r\n").encode("gbk")
    answer = call("POST", "/conformity", data={"plan": "iso3159/1", "do": "keep"}, files={"table_file": ("days.csv", sent)})
    assert answer.status_code == 200
    with folder.artifacts.open(digest_of_bytes(sent)) as file:
        assert file.read() == sent
    assert "海鸥一号" in answer.text
