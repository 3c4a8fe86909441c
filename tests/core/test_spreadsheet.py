# SPDX-License-Identifier: Apache-2.0
import csv

import pytest

from sichen.core import DataError, csv_source


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_end_of_a_line_may_be_of_any_system(end: str) -> None:
    assert list(csv.DictReader(csv_source(end.join(["\ufeffbrand,price", "A,1", "B,2"])))) == [
        {"brand": "A", "price": "1"},
        {"brand": "B", "price": "2"},
    ]


def test_a_cell_larger_than_a_table_has_is_refused_with_its_line() -> None:
    with pytest.raises(DataError, match="line 2"):
        csv_source("brand\n" + "x" * 200_000)
