# SPDX-License-Identifier: Apache-2.0
import csv
from pathlib import Path

import pytest

from sichen.conformity import overlaps, read_register, search, standard, standards, superseding
from sichen.core import ConfigError, NotFound


def test_the_register_holds_every_standard_of_the_handbook(shared: Path) -> None:
    with (shared / "conformity/standards.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))

    assert len(standards()) == len(rows) >= 80
    kept = {(row.title_en, row.edition) for row in standards()}
    for row in rows:
        title = row["title_en"].replace("brief: ", "said to be ")
        assert ("" if title == "-" else title, "" if row["year"] == "-" else row["year"]) in kept, row["number"]


def test_no_number_stands_without_source_and_grade() -> None:
    for row in standards():
        assert row.source.strip(), row.number
        assert row.grade in {"A", "B", "C", "none"}, row.number
        assert row.verified <= (row.grade == "A"), row.number
        assert row.flagged is not row.verified


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("ISO 3159", "ISO 3159:2009"),
        ("iso3159:2009", "ISO 3159:2009"),
        ("GB/T4032－2013", "GB/T 4032-2013"),
        ("gbt 4032", "GB/T 4032-2013"),
        ("国标4032", "GB/T 4032-2013"),
        ("QB/T1249", "QB/T 1249-2013"),
        ("iso 17025", "ISO/IEC 17025:2017"),
        ("GB/T 2828.1", "GB/T 2828.1-2012"),
        ("ISO 2859-1", "GB/T 2828.1-2012"),
        ("JCGM 101", "JCGM 100:2008"),
    ],
)
def test_a_number_is_found_however_it_is_written(written: str, number: str) -> None:
    assert standard(written).number == number


def test_words_of_both_languages_find_the_same_standard() -> None:
    assert "ISO 6425:2018" in [row.number for row in search("潜水表")]
    assert "ISO 6425:2018" in [row.number for row in search("DIVERS watches")]
    assert [row.number for row in search("3159")] == ["ISO 3159:2009"] or search("iso 3159")[0].number == "ISO 3159:2009"
    assert search("no such words at all") == ()
    assert all(row.status == "withdrawn" for row in search("watches", status="withdrawn"))


def test_an_unknown_number_says_so() -> None:
    with pytest.raises(NotFound, match="ISO 99999"):
        standard("ISO 99999")


def test_the_age_of_an_edition_counts_from_its_year() -> None:
    assert standard("ISO 3159").age(year=2026) == 17
    assert standard("ISO 3764").age(year=2026) is None


def test_an_old_chinese_standard_leads_to_the_one_in_force() -> None:
    assert superseding("QB/T 1903-1993") == ("QB/T 1249-2004", "QB/T 1249-2013")
    assert superseding("ISO 2281:1990") == ("ISO 22810:2010",)
    assert superseding("QB/T 1899-1993") == ("GB/T 26716-2023",)
    assert superseding("ISO 3159:2009") == ()


def test_equivalent_standards_overlap_once() -> None:
    pairs = [{one.left, one.right} for one in overlaps()]
    assert {"ISO 3159:2009", "GB/T 4032-2013"} in pairs
    assert all(pairs.count(pair) == 1 for pair in pairs)


ROW = """[[standard]]
number = "X 1"
title_en = ""
title_zh = ""
edition = ""
status = "in force"
status_note = ""
scope = ""
criteria = ""
grade = "A"
graded = ""
verified = true
"""


def test_a_row_without_source_is_refused() -> None:
    with pytest.raises(ConfigError, match="X 1"):
        read_register(ROW)
    with pytest.raises(ConfigError, match="X 1"):
        read_register(ROW + 'source = " "\n')


def test_a_row_with_an_unknown_key_or_a_number_that_stands_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="colour"):
        read_register(ROW + 'source = "s"\ncolour = "red"\n')
    with pytest.raises(ConfigError, match="twice"):
        read_register((ROW + 'source = "s"\n') * 2)
