# SPDX-License-Identifier: Apache-2.0
import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.bench.beats import parse_beat_list
from sichen.core import DataError


@pytest.mark.parametrize(
    "text",
    [
        "0.5\n0.625\n0.75\n",
        "time\n0.5\n0.625\n0.75",
        "time (s)\r\n0.5\r\n0.625\r\n0.75\r\n",
        "# a remark\n\n0,5\n0,625\n0,75\n",
        "1\t0.5\n2\t0.625\n3\t0.75\n",
        "\ufefftick_time\n0.5\n0.625\n0.75\n",
    ],
)
def test_a_single_column_is_a_tick_however_it_is_written(text: str) -> None:
    assert parse_beat_list(text.encode()).columns["tick"].tolist() == [0.5, 0.625, 0.75]


@pytest.mark.parametrize(
    "text",
    [
        "beat,p1,p2,p3,period\n1,0.1,0.12,0.13,?\n2,0.3,?,0.33,0.2\n",
        "unlock;impulse;drop\n0,1;0,12;0,13\n0,3;;0,33\n",
        "0.1 0.12 0.13\n0.3 nan 0.33\n",
        "解锁,传冲,跌落\n0.1,0.12,0.13\n0.3,—,0.33\n",
        "7,0.1,0.12,0.13,99\n8,0.3,,0.33,99\n",
    ],
)
def test_three_sounds_are_read_with_or_without_a_heading(text: str) -> None:
    found = parse_beat_list(text)

    assert found.columns["unlock"].tolist() == [0.1, 0.3]
    assert found.columns["drop"].tolist() == [0.13, 0.33]
    assert np.isnan(found.columns["impulse"]).tolist() == [False, True]


def saved(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_an_array_reads_like_its_text() -> None:
    table = np.array([[0.1, 0.12, 0.13], [0.3, np.nan, 0.33]])

    assert parse_beat_list(saved(table)).columns["drop"].tolist() == [0.13, 0.33]
    assert parse_beat_list(saved(table[:, 0])).columns["tick"].tolist() == [0.1, 0.3]
    assert parse_beat_list(saved(table[:, [0]].astype(np.float32))).size == 2
    named = np.array([(0.1, 0.13), (0.3, 0.33)], dtype=[("p1", "f8"), ("p3", "f8")])
    assert parse_beat_list(saved(named)).columns["drop"].tolist() == [0.13, 0.33]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no beat times"),
        (b"\n\n# nothing\n", "no beat times"),
        (b"p1\n", "no beat times"),
        (b"?\n?\n", "rows 1 to 2"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "not a list of beat times"),
        (b"0.1\n0.2\nhello\n", "row 3"),
        (b"0.1\n0.2\ninf\n", "row 3"),
        (b"0.1\n0.3\n0.2\n", "row 3"),
        (b"colour,shape\n1,2\n", "colour"),
        (b"0.1,0.2,0.3,0.4,0.5\n0.2,0.3,0.4,0.5,0.6\n", "no heading"),
        (("0.1," * 500).encode(), "501 columns"),
        (b"\x93NUMPY\x01\x00garbage", ".npy"),
        (saved(np.zeros((2, 2, 2))), ".npy"),
        (saved(np.array(["a", "b"])), ".npy"),
        (saved(np.array([0.0, np.inf])), "row 2"),
        (saved(np.array([1 + 1j, 2])), ".npy"),
    ],
)
def test_what_is_no_list_is_refused_with_the_row_and_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(DataError, match=r".") as caught:
        parse_beat_list(content)
    assert says in str(caught.value)
    assert caught.value.message.text("zh")


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40, unique=True))
def test_every_time_comes_back_as_it_was_written(times: list[float]) -> None:
    times = sorted(times)

    found = parse_beat_list("time\n" + "\n".join(repr(time) for time in times))

    assert found.columns["tick"].tolist() == times


@given(st.binary(max_size=200))
def test_no_bytes_lead_to_a_traceback(content: bytes) -> None:
    with contextlib.suppress(DataError):
        parse_beat_list(content)
