# SPDX-License-Identifier: Apache-2.0
"""The pages of the industry: every number leads to a source row, own tables are answered or refused, answers are kept."""

import json
import re

import pytest
from tests.web.conftest import Call

from sichen.adapters import DataFolder
from sichen.core import why

PAGES = (
    "/industry",
    "/industry/figures",
    "/industry/figures?of=brands",
    "/industry/structure",
    "/industry/regions",
    "/industry/registers",
    "/industry/measures?clause=III.1.1",
    "/industry/makers",
    "/industry/experts",
    "/industry/experts?sample=true",
    "/industry/fair",
    "/industry/credit?firm=X",
    "/guide/industry",
)
STRUCTURES = "year,high,mid,low,basis\n2014,1,14,85,sales_own_brand\n2020,3.4,22,74.6,sales_own_brand\n"
FIGURES = "year\tarea\tindicator\tvalue\tunit\n2021\tCN\texports\t4.7\tbn USD\n2021\tCN\timports\t5.8\tbn USD\n2021\tCN\texports+imports\t12.1\tbn USD\n"


def sent(text: str, name: str = "own.csv") -> dict[str, tuple[str, bytes, str]]:
    return {"table_file": (name, text.encode(), "text/csv")}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_is_shown_in_both_languages_without_inline_script_or_style(call: Call, path: str, language: str) -> None:
    answer = call("GET", path, headers={"Accept-Language": language})

    assert answer.status_code == 200
    assert " style=" not in answer.text
    assert "<script>" not in answer.text


def test_every_figure_behind_a_bound_leads_to_its_row(call: Call) -> None:
    text = call("GET", "/industry").text
    links = re.findall(r'href="(/industry/figures\?of=(\w+)#row-(\d+))"', text)

    assert len(links) >= 5
    for _, place, row in links:
        assert f'id="row-{row}"' in call("GET", f"/industry/figures?of={place}").text


def test_a_scenario_moves_the_structure(call: Call) -> None:
    assert "2020: 3.00 : 22." in call("GET", "/industry?high=20.1&mid=7.83&low=-2.07&lang=en").text
    refused = call("GET", "/industry?high=900&lang=en")

    assert refused.status_code in {400, 422}
    assert "between -30 and 60" in refused.text


def test_an_own_table_is_answered_kept_and_opened_to_its_source_row(call: Call, folder: DataFolder) -> None:
    answer = call("POST", "/industry?lang=en", files=sent(STRUCTURES), data={"do": "keep"})
    record = next(folder.records.find(kind="industry.target"))
    tree = [node for _, node in why(record.digest, folder.records).walk()]

    assert "the target is met" in answer.text
    assert {node.role for node in tree} >= {"row 1", "row 2", "table"}
    assert any(node.artifact is not None and node.artifact.name == "own.csv" for node in tree)


def test_contradictions_are_shown_with_their_arithmetic(call: Call) -> None:
    text = call("POST", "/industry/figures?lang=en", files=sent(FIGURES, "own.tsv")).text

    assert "4.7 bn USD + 5.8 bn USD = 10.5 bn USD; stated 12.1 bn USD" in text


@pytest.mark.parametrize(
    "path",
    ["/industry", "/industry/figures", "/industry/structure", "/industry/regions", "/industry/experts", "/industry/fair"],
)
def test_a_form_without_a_table_says_what_to_do(call: Call, path: str) -> None:
    answer = call("POST", f"{path}?lang=en", files={"other": ("", b"", "text/plain")})

    assert 400 <= answer.status_code < 500
    assert "no table was chosen" in answer.text


def test_mixed_bases_are_refused_on_the_page(call: Call) -> None:
    mixed = STRUCTURES.replace("14,85,sales_own_brand", "14,85,output_value_all")

    assert "different bases" in call("POST", "/industry?lang=en", files=sent(mixed)).text


def test_experts_are_drawn_and_the_page_says_who_was_left_out(call: Call) -> None:
    people = "id,consent,employer\n" + "".join(f"E{k},yes,firm {k}\n" for k in range(6)) + "E9,no,x\n"
    text = call(
        "POST", "/industry/experts?lang=en", files=sent(people), data={"seed": "s 1", "count": "2", "about": "firm 3"}
    ).text

    assert "must not judge firm 3" in text
    assert "has not agreed" in text


def test_the_report_is_sent_as_files(call: Call) -> None:
    for name in ("index.zh.html", "index.en.html", "report.zh.docx", "figures.csv", "findings.csv"):
        answer = call("GET", f"/industry/report/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].endswith(f'"{name}"')
    assert call("GET", "/industry/report/passwd").status_code == 404


@pytest.mark.parametrize(("question", "text"), [("lint", FIGURES), ("target", STRUCTURES), ("hhi", "a,value\nx,3\ny,1\n"), ("classify", "brand,outlets\nx,400\n"), ("standards-age", "number,year\nA-2001,2001\n")])  # fmt: skip
def test_programs_get_the_answers_of_the_command_line(call: Call, question: str, text: str) -> None:
    answer = call("POST", f"/api/industry/{question}", files={"file": ("own.csv", text.encode(), "text/csv")})

    assert answer.status_code == 200
    assert answer.json()


def test_the_first_page_leads_to_the_industry(call: Call) -> None:
    assert 'href="/industry"' in call("GET", "/").text


def test_an_entry_is_appealed_and_decided_and_every_step_stays(call: Call, folder: DataFolder) -> None:
    entry = {"do": "enter", "firm": "Works 9", "rule": "warranty", "date": "2026-01-05", "reason": "award 7", "source": "court"}

    assert "Works 9: -10 points" in call("POST", "/industry/credit?lang=en", data=entry).text
    step = {"do": "step", "firm": "Works 9", "number": "1", "to": "appealed", "note": "the watch was opened"}
    assert "Works 9: 0 points" in call("POST", "/industry/credit?lang=en", data=step).text
    assert call("POST", "/industry/credit", data={**step, "to": "repaired"}).status_code >= 400
    text = call("POST", "/industry/credit?lang=en", data={**step, "to": "struck", "note": "shown"}).text
    assert text.count('class="digest"') >= 3
    trail = call("GET", "/api/industry/credit/Works 9").json()["lines"][0]
    assert (trail["state"], len(trail["trail"])) == ("struck", 3)
    assert [record.body["state"] for record in folder.records.find(kind="industry.credit")] == [
        "struck",
        "appealed",
        "standing",
    ]


def test_a_measure_is_told_with_evidence_or_not_at_all(call: Call) -> None:
    said = {"clause": "III.4.4", "status": "done", "evidence": "", "owner": "Association", "due": "2021", "note": ""}

    assert call("POST", "/industry/measures?clause=III.4.4", data=said).status_code >= 400
    assert "Association" in call("POST", "/industry/measures?clause=III.4.4", data={**said, "evidence": "GB/T 4028"}).text
    kept = {one["clause"]: one for one in call("GET", "/api/industry/measures").json()}
    assert (kept["III.4.4"]["status"], kept["III.4.5"]["status"]) == ("done", "unknown")
    assert kept["III.4.4"]["record"].startswith("sha256:")


def test_a_published_draw_is_tested_by_anybody(call: Call) -> None:
    people = "id,consent\n" + "".join(f"E{k},yes\n" for k in range(6))
    drawn = call("POST", "/api/industry/draw", files={"file": ("p.csv", people.encode(), "text/csv")}, data={"seed": "s", "count": "2"}).json()  # fmt: skip
    form = {"do": "verify", "published": json.dumps(drawn), "commitment": drawn["commitment"]}

    assert "follows from its seed" in call("POST", "/industry/experts?lang=en", data=form).text
    swapped = {**form, "published": json.dumps({**drawn, "drawn": drawn["drawn"][::-1]})}
    assert "does not follow" in call("POST", "/industry/experts?lang=en", data=swapped).text
    assert "does not follow" in call("POST", "/industry/experts?lang=en", data={**form, "commitment": "0" * 64}).text
    assert call("POST", "/api/industry/verify-draw", json={"published": drawn, "promised": ""}).json()["holds"] is True


def test_own_tables_of_regions_chains_and_transfers_are_answered_by_page_and_program(call: Call) -> None:
    regions = "地区,钟表,全部工业\n福建,10,100\n广东,20,400\n"
    flows = "from,to,value,unit,year,source\nA,X,3,m CNY,2024,s\nB,X,x,m CNY,2024,s\n"

    assert "福建" in call("POST", "/industry/regions?lang=zh", files=sent(regions), data={"ask": "map", "measure": "lq"}).text
    page = call("POST", "/industry/regions?lang=en", files=sent(flows), data={"ask": "chain"}).text
    assert "A → X: 3 m CNY" in page
    assert "&#39;x&#39; is no flow" in page
    answer = call("POST", "/api/industry/chain", files={"file": ("f.csv", flows.encode(), "text/csv")}).json()
    assert [one["row"] for one in answer["refusals"]] == [2]
    assert call("POST", "/api/industry/map", files={"file": ("r.csv", regions.encode(), "text/csv")}, data={"measure": "lq"}).json()["regions"][0]["code"] == "FJ"  # fmt: skip
    assert call("POST", "/industry/regions?lang=en", files=sent("a,b\n1,2\n"), data={"ask": "transfer"}).status_code >= 400


def test_wishes_are_matched_without_a_blocking_pair(call: Call) -> None:
    wishes = {"buyers": {"a": ["X", "Y"], "b": ["X"]}, "exhibitors": {"X": ["b", "a"], "Y": ["a"]}}
    answer = call("POST", "/api/industry/match", json=wishes).json()

    assert (answer["pairs"], answer["blocking"]) == ([{"buyer": "a", "exhibitor": "Y"}, {"buyer": "b", "exhibitor": "X"}], 0)
    sent_wishes = {"wishes_file": ("w.json", json.dumps(wishes).encode(), "application/json")}
    assert call("POST", "/industry/fair", files=sent_wishes, data={"do": "match"}).status_code == 200
    assert (
        call("POST", "/industry/fair", files={"wishes_file": ("w.json", b"[]", "x")}, data={"do": "match"}).status_code >= 400
    )


MAKERS = "企业名称,品牌,品牌战略,品牌价值,币种,年份\n甲厂,甲,是,310,CNY,2025\n乙厂,乙,否,,,\n<b>丙</b>,丙,不详,,,\n"


def test_makers_are_counted_kept_and_led_down_the_chain(call: Call, folder: DataFolder) -> None:
    kept = call("POST", "/industry/makers?lang=en", data={"do": "keep", "evidence": "yes"}, files=sent(MAKERS, "makers.csv"))
    record = next(folder.records.find(kind="industry.makers", limit=1))

    assert kept.status_code == 200
    assert f"/chain?digest={record.digest}" in kept.text
    assert "&lt;b&gt;丙" in kept.text
    assert call("GET", f"/chain?digest={record.digest}").status_code == 200
    assert record.body["strategy_share"]["yes"] == 1  # type: ignore[index, call-overload]


def test_makers_for_programs_are_the_same_answer_as_on_the_command_line(call: Call) -> None:
    answer = call("POST", "/api/industry/makers", files={"file": ("makers.csv", MAKERS.encode(), "text/csv")})

    assert answer.json()["makers"][0]["maker"] == "甲厂"
    assert (answer.json()["target"], answer.json()["record"]) == (0.3, None)


def test_rows_that_were_left_out_of_a_concentration_are_told_on_the_page_and_to_programs(call: Call) -> None:
    table = "企业,产量\n甲,50\n乙,约30\n丙,20\n"
    page = call("POST", "/industry/structure?lang=en", data={"ask": "hhi"}, files=sent(table))
    answer = call("POST", "/api/industry/hhi", files={"file": ("own.csv", table.encode(), "text/csv")})

    assert "约30" in page.text
    assert [one["row"] for one in json.loads(answer.headers["Sichen-Refused-Rows"])] == [2]


def test_a_map_and_a_chain_can_be_taken_along(call: Call) -> None:
    text = call("GET", "/industry/regions").text

    for name in ("map.svg", "map.csv", "supply-chain.svg", "supply-chain.csv"):
        assert f'download="{name}"' in text


def test_the_report_shows_what_is_kept_of_a_measure(call: Call) -> None:
    call("POST", "/industry/measures", data={"clause": "III.4.4", "status": "begun", "evidence": "https://example.org/kept"})

    assert "https://example.org/kept" in call("GET", "/industry/report/index.en.html").text
    assert "https://example.org/kept" in call("GET", "/industry/report/measures.csv").text
