# SPDX-License-Identifier: Apache-2.0
"""Text that people save from a spreadsheet, before the csv module reads it."""

import csv
import io

from sichen.core.errors import DataError
from sichen.core.message import Message


def csv_source(text: str) -> io.StringIO:
    r"""Return a table for the csv module, which was seen to be able to read all of it.

    Parameters
    ----------
    text : str
        With whatever ends of lines; a byte order mark before it is taken off.

    Raises
    ------
    DataError
        If a cell is larger than that module takes, or it stumbles over something else; the message names the line.

    Examples
    --------
    >>> list(csv.reader(csv_source("brand,price\r\"A\",1\r\n")))
    [['brand', 'price'], ['A', '1']]
    """
    source = io.StringIO(text.lstrip("\ufeff"), newline="")
    reader = csv.reader(source)
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        raise DataError(Message("core.bad_table", line=reader.line_num, why=str(error))) from error
    source.seek(0)
    return source
