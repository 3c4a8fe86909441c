# SPDX-License-Identifier: Apache-2.0
"""Files as people have them, read from their content; a bad line is named."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError
from sichen.stability import read_column


def test_one_column_with_comments_and_a_title() -> None:
    found = read_column("# TIC against maser\nphase\n1e-9\n\n 2.5E-9 \n-3\n")

    assert found.values.tolist() == [1e-9, 2.5e-9, -3.0]
    assert found.form in {"column", "csv"}


def test_missing_readings_stay_missing() -> None:
    assert np.isnan(read_column("1\nnan\n-\n2\n").values).tolist() == [False, True, True, False]


def test_the_last_of_several_columns_is_the_reading_unless_another_is_asked_for() -> None:
    text = "File: A.DAT  Stable32\n51234.0001  1.5\n51234.0002  2.5\n"

    assert read_column(text).values.tolist() == [1.5, 2.5]
    assert read_column(text).form == "stable32"
    assert read_column(text, column=1).values[0] == 51234.0001


@pytest.mark.parametrize("text", ["time,phase\n0,1.5\n1,2.5\n", "time;phase\n0;1,5\n1;2,5\n", "time\tphase\n0\t1.5\n1\t2.5\n"])
def test_csv_with_a_header_in_three_fashions(text: str) -> None:
    assert read_column(text, column="Phase").values.tolist() == [1.5, 2.5]
    assert read_column(text).name == "phase"
    assert read_column(text, column=1).values.tolist() == [0.0, 1.0]


def test_a_quoted_csv_field_may_hold_its_delimiter() -> None:
    assert read_column('"day, local",rate\n"1, Mon",4.5\n"2, Tue",4.7\n', column="rate").values.tolist() == [4.5, 4.7]


def test_a_timelab_file_has_a_header_of_keywords() -> None:
    found = read_column('TIM 1.50\nDRI "TICC"\nTAU 0.5\nFRQ 10000000\n1e-10\n2e-10\n3e-10\nEND\n')

    assert found.form == "timelab"
    assert found.tau0 == 0.5
    assert found.header["FRQ"] == "10000000"
    assert found.values.tolist() == [1e-10, 2e-10, 3e-10]


@pytest.mark.parametrize(("line", "tau0"), [("# tau0: 2.5", 2.5), ("# sample interval = 10 s", 10.0), ("# rate 4 Hz", 0.25)])
def test_a_file_that_says_its_interval_is_believed(line: str, tau0: float) -> None:
    column = read_column(f"{line}\n1\n2\n4\n")

    assert column.tau0 == tau0
    assert column.series("phase").tau0 == tau0
    assert column.series("frequency", tau0=7.0, unit="s/d").tau0 == 7.0


def test_neither_interval_nor_kind_is_guessed() -> None:
    column = read_column("1\n2\n4\n")
    with pytest.raises(DataError, match="give tau0"):
        column.series("phase")
    with pytest.raises(DataError, match="phase \\(time error\\) or frequency"):
        column.series("offset", tau0=1.0)  # type: ignore[arg-type]


def test_compressed_content_is_the_same_content() -> None:
    plain = b"# x\n1.5\n2.5\n"

    assert read_column(gzip.compress(plain)).values.tolist() == read_column(plain).values.tolist()
    with pytest.raises(DataError, match="damaged"):
        read_column(gzip.compress(plain * 100)[:30])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1\n2\nthree\n4\n", "line 3 is not a reading: 'three'"),
        ("# c\n\n1 2\n3\n", "line 4"),
        ("t,x\n1,2\n1\n", "line 3"),
        ("t,x\n1,2\n1,y\n", "line 3"),
        ("1\n1e999\n", "line 2"),
        ("", "no number"),
        ("# nothing\n", "no number"),
        ("TIM 1\nTAU 1\n1\nxx\n", "line 4"),
    ],
)
def test_an_error_names_the_line(text: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        read_column(text)


def test_a_column_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(DataError, match="there are: t, x"):
        read_column("t,x\n1,2\n", column="y")
    with pytest.raises(DataError, match="1 … 2"):
        read_column("1 2\n3 4\n", column=3)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30), st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_read(values: list[float], end: str) -> None:
    assert read_column(end.join(map(repr, values)).encode()).values.tolist() == values


@given(st.binary(max_size=200))
def test_any_bytes_are_a_column_or_a_clear_error(content: bytes) -> None:
    try:
        assert read_column(content).values.ndim == 1
    except DataError as error:
        assert error.message.text("zh")  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("Cs5071A/5071A_phase.txt.gz", 556_990), ("gps/gps_1pps_phase_data.txt.gz", 241_218), ("phasedat/PHASE.DAT", 1001),
        ("ocxo/ocxo_frequency.txt", 19_982), ("Keysight53230A_ti_noise_floor/tic_phase.txt", 55_688),
    ],
)  # fmt: skip
def test_real_files_have_all_their_points(shared: Path, name: str, count: int) -> None:
    assert read_column((shared / "stability" / name).read_bytes()).values.size == count
