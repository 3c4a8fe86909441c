# SPDX-License-Identifier: Apache-2.0
"""Codes are read back by another program, zxing-cpp, from pictures of their modules."""

import numpy as np
import pytest
import zxingcpp

from sichen.core import DataError
from sichen.trace.identifiers import read_bracketed, read_scan
from sichen.trace.identifiers.symbols import Symbol, datamatrix, datamatrix_of_fields, qr

LINK = "https://id.gs1.org/01/09520123456788/21/00042"


def picture(symbol: Symbol) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    light = np.pad(~np.array(symbol.rows), 4, constant_values=True)
    return np.kron(light, np.ones((4, 4), dtype=np.uint8)).astype(np.uint8) * 255


def read(symbol: Symbol) -> zxingcpp.Barcode:
    found = zxingcpp.read_barcodes(picture(symbol))
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("correction", ["L", "M", "Q", "H"])
def test_a_qr_code_says_its_link(correction: str) -> None:
    assert read(qr(LINK, correction=correction)).text == LINK  # type: ignore[arg-type]


@pytest.mark.parametrize("length", [1, 3, 10, 30, 60, 100, 150, 250, 350, 500, 700, 1000, 1300])
def test_a_data_matrix_of_every_kind_of_size_says_its_text(length: int) -> None:
    """From one region to thirty-six, one block to eight: the letters cannot be paired, so each takes a codeword."""
    text = ("SICHEN-abc/" * 120)[:length]

    assert read(datamatrix(text)).text == text


def test_a_data_matrix_carries_every_byte() -> None:
    text = "".join(map(chr, range(1, 128))) + "é"

    assert read(datamatrix(text)).bytes.decode("latin-1") == text


def test_fields_in_a_gs1_data_matrix_come_back_through_a_scanner() -> None:
    fields = read_bracketed("(01)09520123456788(10)LOT7(21)00042(17)301231")
    found = read(datamatrix_of_fields(fields))

    scan = read_scan(found.symbology_identifier + found.bytes.decode("ascii"))

    assert found.content_type == zxingcpp.ContentType.GS1
    assert scan.fields == fields


def test_a_quarter_of_the_code_may_be_lost_within_its_correction() -> None:
    """A 26 x 26 symbol has 28 check words of 72: it survives 14 wrong ones, about 6 x 6 dark modules."""
    symbol = datamatrix("0952012345678800042" * 3)
    stained = np.array(symbol.rows)
    stained[5:11, 5:11] = True

    assert read(Symbol(tuple(map(tuple, stained)), 1)).text == "0952012345678800042" * 3


def test_too_much_text_is_refused() -> None:
    with pytest.raises(DataError, match="do not fit"):
        datamatrix("a" * 1305)
    with pytest.raises(DataError, match="do not fit"):
        qr("a" * 3000)
    with pytest.raises(DataError, match="percent"):
        datamatrix("表")


def test_the_drawing_has_every_dark_module_once_and_a_quiet_zone() -> None:
    symbol = datamatrix("7")

    assert 'viewBox="0 0 12 12"' in symbol.svg()
    assert symbol.svg().count("h") >= sum(row.count(True) for row in symbol.rows) / symbol.size
    assert len(symbol.text().splitlines()) == 6
