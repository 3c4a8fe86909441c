# SPDX-License-Identifier: Apache-2.0
"""Tables as a brand manager sends them: read whatever saved them, or refused by row and column; nothing shifts in silence."""

import io

import pytest
from openpyxl import Workbook

from sichen.adapters.brand_desk import Sent, map_of, survey_of
from sichen.adapters.brand_market_desk import design_of, mentions_of, segments_of
from sichen.adapters.sample_brands import sample_file
from sichen.brand import Layout, read_choices, read_listings, read_survey
from sichen.core import ConfigError, DataError

CHINESE = "受访者,品牌,波次,提示后知名度,美誉度\n1,司南,2025,是,70\n2,司南,2025,否,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_a_chinese_survey_reads_alike_however_a_spreadsheet_saved_it(encoding: str, sign: str) -> None:
    found = survey_of(Sent(CHINESE.replace(",", sign).encode(encoding), "问卷.csv"))
    assert found.brands == ("司南", "司南")
    assert found.answers["aided"].tolist() == [1.0, 0.0]


def test_a_workbook_answers_like_its_text() -> None:
    book, out = Workbook(), io.BytesIO()
    for line in CHINESE.splitlines():
        book.active.append(line.split(","))
    book.save(out)
    assert survey_of(Sent(out.getvalue(), "问卷.xlsx")).answers["reputation"][0] == 70.0


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ("1,A,1,1,1\n1,B,1,1,1", ["row 3", "top_of_mind"]),
        ("1,A,0,1,0", ["row 2", "aided"]),
        ("1,A,1,0,1", ["row 2", "unaided"]),
        ("1,A,0,1", ["row 2", "4 cells"]),
        ("1,A,0,1,1,9", ["row 2", "6 cells"]),
    ],
)
def test_answers_that_contradict_each_other_or_have_shifted_are_refused_by_row(rows: str, names: list[str]) -> None:
    with pytest.raises(DataError) as refused:
        read_survey(f"respondent,brand,top_of_mind,unaided,aided\n{rows}\n")
    assert all(name in refused.value.message.text("en") for name in names)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("respondent,brand,wave,aided\n1,A,2024,1\n2,A,,1\n", "row 3"),
        ("respondent,brand,weight,aided\n1,A,1,1\n1,B,3,1\n", "row 3"),
        ("respondent,brand,reputation\n\n1,A,8_5\n", "row 3"),
    ],
)
def test_a_wave_left_out_a_person_of_two_weights_and_a_number_of_a_programmer_are_refused(text: str, row: str) -> None:
    with pytest.raises(DataError, match=row):
        read_survey(text)


def test_a_column_that_stands_twice_is_refused_by_every_table() -> None:
    with pytest.raises(DataError, match="aided"):
        read_survey("respondent,brand,aided,aided\n1,A,1,0\n")
    with pytest.raises(DataError, match="price"):
        read_listings("brand,price,price\nA,5,6\n")
    with pytest.raises(DataError, match="price"):
        read_choices("task,choice,price,price\n1,1,5,6\n1,0,5,7\n", Layout("choice", ("price",), case="task"))
    with pytest.raises(DataError, match="modern"):
        map_of(Sent(b"brand,modern,modern,c\nA,1,2,3\nB,1,2,3\nC,4,2,3\n", "map.csv"))


def test_one_cell_with_a_unit_does_not_make_a_number_a_word() -> None:
    with pytest.raises(DataError, match="row 3, column water_bar"):
        read_listings("brand,price,water_bar\nA,900,5\nB,1200,50米\n")


@pytest.mark.parametrize(
    ("days", "wrong"),
    [
        ("2025-03-01,5\n2025-01-01,6", "2025-01-01"),
        ("2025-03-01,5\n2025-03-03,6", "2025-03-02"),
        ("monday,5", "monday"),
    ],
)
def test_a_series_of_mentions_with_days_out_of_order_is_not_watched(days: str, wrong: str) -> None:
    with pytest.raises(DataError, match=wrong):
        mentions_of(Sent(f"day,mentions\n{days}\n".encode(), "mentions.csv"))


def test_a_chinese_series_of_days_is_watched() -> None:
    rows = "\n".join(f"2025年1月{day}日,{10 + day % 3}" for day in range(1, 31))
    assert len(mentions_of(Sent(f"日期,提及量\n{rows}\n".encode("gb18030"), "声量.csv"))) == 30


def test_a_map_takes_counts_of_brands_that_stand_once() -> None:
    for text, wrong in (("A,0.5,2,3\nB,3,4,5\nC,2,2,2", "0.5"), ("A,1,2,3\nA,3,4,5\nC,2,2,2", "row 3")):
        with pytest.raises(DataError, match=wrong):
            map_of(Sent(f"brand,a,b,c\n{text}\n".encode(), "map.csv"))


@pytest.mark.parametrize(
    "changed",
    [
        "tasks = 100000",
        "tasks = true",
        'tasks = 10\nalternatives = "x"',
        "tasks = 10\nprior = 3",
        "tasks = 10\nalternatives = -3",
    ],
)
def test_a_questionnaire_that_nobody_could_answer_is_refused_at_once(changed: str) -> None:
    text = f'{changed}\n[attributes]\nbrand = ["A", "B"]\nprice = [1.0, 2.0]\n'
    with pytest.raises((DataError, ConfigError)):
        design_of(Sent(text.encode(), "design.toml"))


def test_no_classes_are_no_number_of_classes() -> None:
    with pytest.raises(ConfigError, match="most"):
        segments_of(Sent(sample_file("segments.csv"), "segments.csv"), most=0)


def test_a_watch_listed_twice_alike_does_not_make_an_interval_narrower() -> None:
    rows = "A,a1,900,5\nB,b1,1200,5\nA,a1,900,5"
    with pytest.raises(DataError, match="row 4: a1"):
        read_listings(f"brand,watch,price,water_bar\n{rows}\n")
    assert len(read_listings(f"brand,watch,price,water_bar\n{rows[:-1]}9\n").brands) == 3
