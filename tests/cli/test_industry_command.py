# SPDX-License-Identifier: Apache-2.0
"""``sichen industry`` keeps its contract: JSON, exit codes, refusals by row and column, answers that `why` opens."""

import json
from pathlib import Path

import pytest

from sichen.adapters.industry_report import supplied
from sichen.cli.__main__ import run

FIGURES = "year\tarea\tindicator\tvalue\tunit\n2021\tCN\texports\t4.7\tbn USD\n2021\tCN\timports\t5.8\tbn USD\n2021\tCN\texports+imports\t12.1\tbn USD\n"


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_findings_are_a_list_of_rows_rule_and_arithmetic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["industry", "lint", "--json", written(tmp_path, "f.tsv", FIGURES)])
    found = json.loads(capsys.readouterr().out)

    assert code == 1
    assert found == [
        {"rows": [1, 2, 3], "rule": "sum", "arithmetic": "4.7 bn USD + 5.8 bn USD = 10.5 bn USD; stated 12.1 bn USD"}
    ]


def test_a_clean_table_leaves_with_nought_and_an_empty_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["industry", "lint", "--json", written(tmp_path, "f.tsv", FIGURES.replace("12.1", "10.5"))]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_bad_row_is_named_and_the_others_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = FIGURES + "2022\tCN\texports\tmany\tbn USD\n"

    assert run(["industry", "lint", "--json", written(tmp_path, "f.tsv", bad)]) == 2
    out = capsys.readouterr()
    assert [one["rows"] for one in json.loads(out.out)] == [[1, 2, 3]]
    assert "row 4, column value" in out.err


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("2020,3.1,22,74.9,sales_own_brand\n", 0),
        ("2020,2.1,22,75.9,sales_own_brand\n", 1),
        ("2018,2.1,22,75.9,sales_own_brand\n", 0),
        ("2014,1,14,85,output_value_all\n2020,3,22,75,sales_own_brand\n", 2),
        ("2020,3,22,95,sales_own_brand\n2019,3,22,75,sales_own_brand\n2018,3,22,75,sales_own_brand\n", 2),
    ],
)
def test_a_target_is_met_missed_unknown_or_refused(
    tmp_path: Path, rows: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["industry", "target", "--json", written(tmp_path, "s.csv", f"year,high,mid,low,basis\n{rows}")]) == code
    out = capsys.readouterr().out
    assert not out or json.loads(out)["target"] == [3, 22, 75]


def test_a_kept_answer_is_opened_to_its_source_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]
    run(["industry", "lint", "--save", *data, written(tmp_path, "f.tsv", FIGURES)])
    capsys.readouterr()
    run(["records", "--kind", "industry.lint", "--json", *data])
    listed = json.loads(capsys.readouterr().out.splitlines()[0])
    record = listed[0] if isinstance(listed, list) else listed

    assert run(["why", record["digest"], *data]) == 0
    assert "f.tsv" in capsys.readouterr().out
    assert run(["verify", "--all", *data]) == 0


@pytest.mark.parametrize(
    ("words", "name", "text"),
    [
        (["rca", "--product", "b"], "x.csv", "who,a,b\nx,1,2\ny,3,4\n"),
        (["hhi"], "x.csv", "who,value\nx,1\ny,3\n"),
        (["lq"], "x.csv", "who,a,b\nx,1,2\ny,3,4\n"),
        (["classify"], "x.csv", "brand,outlets\nx,301\n"),
        (["standards-age", "--year", "2026"], "x.csv", "number,year,replaces\nGB/T 1-2020,2020,GB/T 1-2009\n"),
        (["patents", "--scheme", "cpc"], "x.csv", "family,applicant,cpc\n1,ETA SA,G04B 1/00\n"),
        (["measures"], "x.csv", "clause,status,evidence\nIII.4.5,begun,contract\n"),
        (["draw", "--seed", "s", "--count", "1"], "x.csv", "id,consent\nE1,yes\nE2,no\n"),
        (["match"], "x.json", '{"buyers": {"a": ["X"]}, "exhibitors": {"X": ["a"]}}'),
        (["trade"], "x.csv", "year,flow,reporter,partner,cmd,value_usd\n2018,Import,China,World,91,5\n"),
    ],
)
def test_every_command_answers_in_words_and_as_json(
    tmp_path: Path, words: list[str], name: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, name, text)

    assert run(["industry", words[0], file, *words[1:]]) == 0
    assert capsys.readouterr().out.strip()
    assert run(["industry", words[0], file, *words[1:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_a_missing_file_leaves_with_three_and_a_broken_one_with_two(tmp_path: Path) -> None:
    assert run(["industry", "lint", str(tmp_path / "none.tsv")]) == 3
    assert run(["industry", "lint", written(tmp_path, "x.tsv", "")]) == 2
    assert run(["industry", "match", written(tmp_path, "x.json", "[1]")]) == 2


def test_the_report_is_written_as_files(tmp_path: Path) -> None:
    assert run(["industry", "report", str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "index.en.html",
        "index.zh.html",
        "report.zh.docx",
        "figures.csv",
    }


def test_figures_of_industry_and_brands_give_bounds_that_narrow_with_each_assumption(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [written(tmp_path, name, supplied(name).content.decode()) for name in ("figures.tsv", "brand-figures.tsv")]

    assert run(["industry", "target", "--json", files[0], "--brands", files[1]]) == 0
    rungs = json.loads(capsys.readouterr().out)["evidence"]
    lower = [0.0 if one["bounds"] is None else one["bounds"]["shares_percent"]["mid"][0] for one in rungs]
    assert lower == sorted(lower)
    assert lower[-1] > 2


def test_a_map_and_a_chain_are_printed_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.csv").write_text("地区,钟表,全部工业\n福建,10,100\nNowhere,1,50\n全国,60,1000\n", encoding="utf-8")
    (tmp_path / "f.csv").write_text("from,to,value,unit,year,source\nA,X,3,m CNY,2024,s\n", encoding="utf-8")

    assert run(["industry", "map", str(tmp_path / "r.csv"), "--measure", "lq", "--json", "--out", str(tmp_path / "m.svg")]) == 2
    out = capsys.readouterr()
    assert json.loads(out.out)["regions"][0]["code"] == "FJ"
    assert "row 2" in out.err
    assert (tmp_path / "m.svg").read_text(encoding="utf-8").startswith("<svg")
    assert run(["industry", "chain", str(tmp_path / "f.csv"), "--json", "--out", str(tmp_path / "c.svg")]) == 0
    assert json.loads(capsys.readouterr().out)["dependence"][0]["single_source"] is True


def test_the_parts_of_a_transfer_printed_as_json_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_bytes(supplied("sample-transfer.csv").content)

    assert run(["industry", "transfer", str(tmp_path / "t.csv"), "--json"]) == 0
    for one in json.loads(capsys.readouterr().out)["shifts"]:
        assert one["national"] + one["mix"] + one["regional"] == pytest.approx(one["change"])


def test_a_credit_entry_is_entered_appealed_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]
    entry = ["--rule", "warranty", "--date", "2026-01-05", "--reason", "award 7", "--source", "court"]

    assert run(["industry", "credit-enter", "Works 9", *entry, *data]) == 0
    assert run(["industry", "credit-step", "Works 9", "1", "--to", "appealed", "--note", "opened", *data]) == 0
    assert run(["industry", "credit-step", "Works 9", "2", "--to", "appealed", "--note", "opened", *data]) == 2
    assert run(["industry", "credit-enter", "Works 9", *[*entry[:3], "5 Jan", *entry[4:]], *data]) == 2
    capsys.readouterr()
    assert run(["industry", "credit", "Works 9", "--json", *data]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["points"], found["lines"][0]["state"], len(found["lines"][0]["trail"])) == (0, "appealed", 2)


def test_a_measure_told_with_evidence_is_listed_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]

    assert run(["industry", "measure", "III.4.4", "--status", "done", *data]) == 2
    assert run(["industry", "measure", "III.4.4", "--status", "done", "--evidence", "GB/T 4028", *data]) == 0
    capsys.readouterr()
    assert run(["industry", "measures", "--json", *data]) == 0
    assert {one["clause"]: one["status"] for one in json.loads(capsys.readouterr().out)}["III.4.4"] == "done"


def test_a_draw_is_committed_to_published_and_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "e.csv").write_bytes(supplied("sample-experts.csv").content)

    assert run(["industry", "commit", "--seed", "s"]) == 0
    digest = capsys.readouterr().out.strip()
    assert run(["industry", "draw", str(tmp_path / "e.csv"), "--seed", "s", "--count", "2", "--json"]) == 0
    (tmp_path / "d.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert run(["industry", "verify-draw", str(tmp_path / "d.json"), "--commitment", digest]) == 0
    assert run(["industry", "verify-draw", str(tmp_path / "d.json"), "--commitment", "0" * 64]) == 1
    assert run(["industry", "verify-draw", str(tmp_path / "e.csv")]) == 2
    (tmp_path / "b.csv").write_bytes(supplied("sample-bodies.csv").content)
    assert run(["industry", "bodies", str(tmp_path / "b.csv"), "--json"]) == 0
