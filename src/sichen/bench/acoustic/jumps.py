# SPDX-License-Identifier: Apache-2.0
"""Where a recording jumps: a splice, or samples that were lost. All beats after it come early or late by as much."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.blocks import Block
from sichen.bench.acoustic.line import design

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

NEAR = 16
"""Beats before and after a jump that are compared: over a few seconds no watch wanders far."""
FEWEST = 6
"""Beats on either side without which there is no telling."""
PLAIN = 4.0
"""A jump is so many times as large as one beat is unsteady ..."""
CLEAR = 9.0
"""... and so many times as large as the difference of the means is."""
LEAST = 30e-6
"""Seconds below which nothing is called a jump."""
MOST = 8
"""Jumps that are looked for in one segment: a watch with more is unsteady."""


def split_at_jumps(blocks: list[Block]) -> tuple[list[Block], int]:
    """Begin a new segment wherever the recording jumps.

    Parameters
    ----------
    blocks : list of Block
        Of any segments, in their order.

    Returns
    -------
    list of Block
    int
        How many jumps were found.
    """
    found: list[Block] = []
    count = 0
    for name in sorted({block.segment for block in blocks}):
        mine = [block for block in blocks if block.segment == name]
        places = jumps_of(mine) if all(block.single for block in mine) else []
        for block in mine:
            inside = [place for place in places if block.numbers[0] < place <= block.numbers[-1]]
            edges = [0, *(int(np.searchsorted(block.numbers, place)) for place in inside), block.numbers.size]
            for start, stop in pairwise(edges):
                after = sum(place <= block.numbers[start] for place in places)
                found.append(replace(block.until(stop).since(start), segment=name + count + after))
        count += len(places)
    return found, count


def jumps_of(blocks: list[Block]) -> list[int]:
    """Return the number of the first beat after each jump in the blocks of one segment."""
    numbers = np.concatenate([block.numbers for block in blocks])
    times = np.concatenate([block.times for block in blocks])
    heard = np.isfinite(times)
    numbers, times = numbers[heard], times[heard]
    if numbers.size < 4 * FEWEST:
        return []
    columns = design(numbers, float(numbers.mean()))
    late = times - columns @ np.linalg.lstsq(columns, times, rcond=None)[0]
    places: list[int] = []
    edges = [0, numbers.size]
    while len(places) < MOST:
        parts = [(start, stop) for start, stop in pairwise(edges) if stop - start >= 2 * FEWEST]
        steps = [(*_greatest(numbers[start:stop], late[start:stop]), start) for start, stop in parts]
        if not steps or max(steps)[0] <= 1.0:
            return sorted(places)
        _, at, start = max(steps)
        places.append(int(numbers[start + at]))
        edges = sorted([*edges, start + at])
    return []


def _greatest(numbers: I64, late: F64) -> tuple[float, int]:
    """Return how far the greatest step between neighbours exceeds what is called a jump, and where it is."""
    side = 1.0 - 2.0 * (numbers % 2)
    late = late - side * np.median(late * side)
    changes = np.diff(late)
    beat = max(1.4826 * float(np.median(np.abs(changes - np.median(changes)))) / np.sqrt(2.0), 1e-9)
    best, found = 0.0, 0
    for at in np.argsort(-np.abs(changes), kind="stable")[:3] + 1:
        before, after = late[max(0, at - NEAR) : at], late[at : at + NEAR]
        if min(before.size, after.size) < FEWEST:
            continue
        step = abs(_end(before, 1) - _end(after, 0))
        blur = beat * np.sqrt(4.0 / before.size + 4.0 / after.size)
        height = min(step / (PLAIN * beat), step / (CLEAR * blur), step / LEAST)
        if height > best:
            best, found = float(height), int(at)
    return best, found


def _end(late: F64, which: int) -> float:
    """Return where a straight line through some beats comes out, at their beginning or at their end."""
    place = np.linspace(-0.5, 0.5, late.size)
    slope = float(place @ (late - np.median(late)) / (place @ place))
    return float(np.median(late - slope * place)) + slope * (0.5 if which else -0.5)
