# SPDX-License-Identifier: Apache-2.0
"""The desk of the industry: files of several kinds, answers that open to their source rows, a report whose links hold."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import Workbook

from sichen.adapters import DataFolder
from sichen.adapters.demonstration_industry import keep_demonstration_industry
from sichen.adapters.industry_desk import Source, keep_answer, lint_of, registry_of, target_of
from sichen.adapters.industry_report import contents_of, report_files, rows_csv, supplied
from sichen.core import DataError, Instant, why

ROWS = [
    ["year", "area", "indicator", "value", "unit", "note"],
    [2020, "CN", "gross industrial output", 48.1, "bn CNY", None],
    [2021, "CN", "gross industrial output", 63.5, "bn CNY", "+12%"],
    [2021, "CN", "large watch groups target", "2-3", "groups", None],
]


def workbook() -> bytes:
    book = Workbook()
    for row in ROWS:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_a_csv_and_a_gb_18030_file_say_the_same() -> None:
    text = "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in ROWS)
    sources = [
        Source(workbook(), "a.xlsx"),
        Source(text.encode(), "a.csv"),
        Source(text.replace("bn CNY", "十亿元").encode("gb18030"), "b.csv"),
    ]
    first, *others = (lint_of(source)[0] for source in sources)

    assert [one.rows for one in first] == [(1, 2)]
    assert others[0] == first
    assert [one.rows for one in others[1]] == [(1, 2)]


@pytest.mark.parametrize("content", [b"PK\x03\x04 no workbook", b"\xff\xfe\x00\x01\x00", b"\x00\x01\x02", b""])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(DataError):
        _ = Source(content, "x").table


def test_a_kept_answer_opens_to_its_rows_and_these_to_the_file(tmp_path: Path) -> None:
    source = Source(b"year,high,mid,low,basis\n2014,1,14,85,sales_own_brand\n2015,1.1,14.5,84.4,sales_own_brand\n", "s.csv")
    found = target_of(source)
    with DataFolder.open(tmp_path) as folder:
        record = keep_answer(
            folder,
            "industry.target",
            subject="target:x",
            body=found.to_json(),
            source=source,
            rows=found.structures.rows,
            at=Instant(0),
        )
        tree = why(record.digest, folder.records)

        assert [below.role for below in tree.rests_on] == ["row 1", "row 2", "table"]
        row = tree.rests_on[0]
        assert row.record is not None
        assert row.record.body["cells"] == {"year": "2014", "high": "1", "mid": "14", "low": "85", "basis": "sales_own_brand"}
        assert row.rests_on[0].artifact is not None
        assert row.rests_on[0].artifact.name == "s.csv"
        assert folder.verify()[1] == ()


def test_the_demonstration_is_kept_once(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        first = keep_demonstration_industry(folder, at=Instant(0))
        count = folder.records.count()

        assert keep_demonstration_industry(folder, at=Instant(0)) == first
        assert folder.records.count() == count


def test_the_supplied_figures_are_read_whole_and_each_names_its_source() -> None:
    for name in ("figures.tsv", "brand-figures.tsv"):
        registry = registry_of(supplied(name))
        assert registry.refusals == ()
        assert all(one.source and one.grade for one in registry.observations)


def test_the_answer_to_3_22_75_rests_on_rows_and_narrows_with_each_assumption() -> None:
    contents = contents_of()

    assert len(contents.rungs) == 3
    assert [rung.bounds is None for rung in contents.rungs] == [True, False, False]
    wide, narrow = (rung.bounds for rung in contents.rungs[1:])
    assert wide is not None
    assert narrow is not None
    assert 0 < wide.shares["mid"][0] < narrow.shares["mid"][0]
    assert {rung.bounds.holds((3, 22, 75)) for rung in contents.rungs if rung.bounds} == {"unknown"}
    assert all(rung.rests_on for rung in contents.rungs[1:])


def test_every_link_of_the_report_leads_somewhere_and_it_runs_no_script() -> None:
    files = report_files()
    for language in ("en", "zh"):
        text = files[f"index.{language}.html"].decode()
        anchors = set(re.findall(r'id="([^"]+)"', text))
        inner = set(re.findall(r'href="#([^"]+)"', text))

        assert inner
        assert inner <= anchors
        assert set(re.findall(r'href="([\w.]+)"', text)) <= files.keys()
        assert "<script" not in text
        assert all(one.startswith(("http://", "https://")) for one in re.findall(r'href="([^"#]*:[^"]*)"', text))


def test_a_word_document_is_well_formed_and_the_same_every_time() -> None:
    files = report_files()
    with zipfile.ZipFile(io.BytesIO(files["report.zh.docx"])) as packed:
        body = etree.fromstring(packed.read("word/document.xml"))

    assert "3:22:75" in "".join(body.itertext())
    assert files == report_files()


def test_a_regional_report_holds_that_region_alone() -> None:
    contents = contents_of(area="CN-Zhangzhou")

    assert {one.area for one in contents.figures} == {"CN-Zhangzhou", "CN-Zhangzhou-Longwen"}
    assert [one.rule for one in contents.findings] == ["cross-source"]


def test_a_cell_that_would_be_a_formula_is_written_as_text() -> None:
    assert rows_csv(["a"], [["=1+1"], ["-7.5%"], ["@x"]]).decode("utf-8-sig") == "a\n'=1+1\n-7.5%\n'@x\n"
