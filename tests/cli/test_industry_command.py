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
