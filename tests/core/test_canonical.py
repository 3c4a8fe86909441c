# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON: equal values give equal bytes, and the published vectors come out to the byte."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, canonical, digest_of, digest_of_bytes, digest_of_chunks, digest_prefix

NAMES = ["arrays", "french", "structures", "unicode", "values", "weird"]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("name", NAMES)
def test_a_published_vector_comes_out_to_the_byte(shared: Path, name: str) -> None:
    folder = shared / "trace/jcs/testdata"
    value = json.loads((folder / f"input/{name}.json").read_text(encoding="utf-8"))
    wanted = bytes.fromhex((folder / f"outhex/{name}.txt").read_text(encoding="ascii"))

    assert canonical(value) == wanted


# IEEE-754 bits and their text: appendix B of RFC 8785.
NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(("bits", "text"), NUMBERS)
def test_a_double_is_printed_as_ecmascript_prints_it(bits: str, text: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))

    assert canonical(value).decode() == text


@given(values)
def test_reading_back_and_writing_again_changes_nothing(value: object) -> None:
    written = canonical(value)  # type: ignore[arg-type] # hypothesis does not know that these are JSON

    assert canonical(json.loads(written)) == written


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9), min_size=2))
def test_the_order_of_keys_does_not_matter(table: dict[str, int]) -> None:
    assert digest_of(table) == digest_of(dict(reversed(table.items())))


def test_keys_sort_by_utf16_units_not_by_code_points() -> None:
    assert canonical({"\U0001f600": 1, "\ufb33": 2}).decode() == '{"\U0001f600":1,"\ufb33":2}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1, {"a": [b"x"]}, "\ud800", {1: 2}])
def test_what_json_cannot_carry_exactly_is_refused(value: object) -> None:
    with pytest.raises(DataError):
        canonical(value)  # type: ignore[arg-type] # wrong on purpose


def test_the_refusal_says_where() -> None:
    with pytest.raises(DataError, match=r"\$\.rates\[1\] is a number that is not finite"):
        canonical({"rates": [1.0, float("nan")]})


@given(st.binary(), st.integers(1, 9))
def test_a_digest_does_not_depend_on_the_pieces(data: bytes, size: int) -> None:
    assert digest_of_chunks(data[i : i + size] for i in range(0, len(data), size)) == digest_of_bytes(data)


def test_a_person_may_type_a_shortened_digest() -> None:
    assert digest_prefix(" SHA256:E3B0C442 ") == "sha256:e3b0c442"
    with pytest.raises(DataError, match="at least the first 8"):
        digest_prefix("e3b0")


def test_a_numpy_double_is_a_number_like_any_other() -> None:
    assert canonical([np.float64(4.7), np.float64(1e21)]) == b"[4.7,1e+21]"
