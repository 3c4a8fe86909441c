# SPDX-License-Identifier: Apache-2.0
"""Compiled callers: blocks live in registers of compiled code, and tests want bytes."""

import numba
import numpy as np
from numpy.typing import NDArray

from sichen.core.ciphers.block.kernels import load, store
from sichen.core.ciphers.kernels import ZERO_TAG, cmac, count_over, with_header, with_text

U8 = NDArray[np.uint8]


@numba.njit(cache=True)
def write_cmac(made: U8, text: U8, out: U8) -> None:
    """Write the CMAC of a text."""
    store(cmac(made, 0, text, 0, text.size), out, 0)


@numba.njit(cache=True)
def write_siv(made: U8, headers: U8, ends: NDArray[np.int64], text: U8, out: U8) -> None:
    """Seal a text under any number of headers."""
    vector = load(made, ZERO_TAG)
    for number in range(ends.size - 1):
        vector = with_header(made, 0, vector, headers, ends[number], ends[number + 1] - ends[number])
    vector = with_text(made, 0, vector, text, 0, text.size)
    store(vector, out, 0)
    count_over(made, 0, vector, text, 0, text.size, out, 16)
