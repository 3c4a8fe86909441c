# SPDX-License-Identifier: Apache-2.0
"""One line through all blocks: mean interval and sway, with uncertainties that believe the residuals."""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.blocks import Block
from sichen.bench.acoustic.jumps import split_at_jumps
from sichen.bench.acoustic.line import Line, design
from sichen.bench.acoustic.parts import Parts
from sichen.bench.acoustic.timing import UNEVEN, robust_line

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

MOSTLY = 0.8
"""Part of the blocks in which the beats must be loud enough to be timed one by one."""
GROUPS = 12
"""Parts of a recording whose mean residuals are compared, to see whether residuals are independent."""

TOGETHER = 1.4
"""Faint beats are timed by packets that hold their own noise, which makes the likelihood look sharper than it is: by so
much is the scatter of the rate of repeated recordings larger than it says (28800, -10 and -12 dB)."""
PAUSE = 30.0
"""Beats: a watch that is heard again after fewer did not stop meanwhile."""


@dataclass(frozen=True)
class Overall:
    """The beats of a whole recording.

    Parameters
    ----------
    line : Line
        Of the longest segment.
    u_interval, u_sway : float
        Standard uncertainties in seconds.
    numbers, times, residuals : ndarray, shape (n,)
        The beats that were heard, one after another, and how late each was against its own segment's line.
    segments : ndarray of int64, shape (n,)
    beats, missed : int
    scatter : float
        Standard deviation of one beat about the line, in seconds; NaN when they were not timed one by one.
    noise : float
        The part of it that noise explains.
    single : bool
    gated : float
        Seconds that were left out because somebody knocked.
    parts : Parts
        Unlock and impulse of the same beats.
    jumps : int
        Places where the recording jumps.
    packets : int
        The segment in whose packets the sounds of the tick are to be looked for, as the line goes with them.
    strength : float
        Median height of a beat in the log-likelihood, in standard deviations of the noise.
    """

    line: Line
    u_interval: float
    u_sway: float
    numbers: I64
    times: F64
    residuals: F64
    segments: I64
    beats: int
    missed: int
    scatter: float
    noise: float
    single: bool
    gated: float
    parts: Parts
    jumps: int
    packets: int
    strength: float

    def renumbered(self, by: int) -> "Overall":
        """Return the same beats with every number smaller by `by`."""
        return replace(self, line=self.line.renumbered(by), numbers=self.numbers - by)


@dataclass(frozen=True)
class _Segment:
    line: Line
    u_interval: float
    u_sway: float
    numbers: I64
    times: F64
    residuals: F64
    expected: int
    scatter: float
    parts: Parts


def summarise(blocks: list[Block], *, resolution: float = 0.0) -> Overall:
    """Put the blocks of a recording together, never averaging across a break.

    Parameters
    ----------
    blocks : list of Block
    resolution : float >= 0
        Standard uncertainty in seconds below which no single beat is timed: of a sample interval d it is d/√12, a
        rectangular distribution (JCGM 100:2008, F.2.2.1).

    Returns
    -------
    Overall
    """
    # a voice over a loud watch hides a few of its beats: those that are left are still timed one by one
    jumps = _without_a_pause(blocks)
    blocks, more = split_at_jumps(blocks)
    single = bool(np.mean([block.single for block in blocks]) > MOSTLY)
    names = sorted({block.segment for block in blocks})
    parts = [
        _segment([block for block in blocks if block.segment == name], single=single, resolution=resolution) for name in names
    ]
    sizes = Counter({block.packets: 0 for block in blocks})
    for block in blocks:
        sizes[block.packets] += block.numbers.size
    most = max(sizes, key=lambda name: (sizes[name], name))
    related = {block.segment for block in blocks if block.packets == most}
    longest = max((part for name, part in zip(names, parts, strict=True) if name in related), key=lambda part: part.expected)
    weights = np.array([1 / part.u_interval**2 for part in parts])
    interval = float(np.sum(weights * [part.line.interval for part in parts]) / weights.sum())
    line = Line(longest.line.first, interval if len(parts) > 1 else longest.line.interval, longest.line.sway)
    heard = sum(part.numbers.size for part in parts)
    expected = sum(part.expected for part in parts) + _between(parts)
    return Overall(
        line=line,
        u_interval=float(weights.sum() ** -0.5) * (1.0 if single else TOGETHER),
        u_sway=longest.u_sway,
        numbers=np.concatenate([part.numbers for part in parts]),
        times=np.concatenate([part.times for part in parts]),
        residuals=np.concatenate([part.residuals for part in parts]),
        segments=np.concatenate([np.full(part.numbers.size, i) for i, part in enumerate(parts)]),
        beats=heard if single else expected,
        missed=expected - heard if single else 0,
        scatter=longest.scatter,
        noise=float(np.median([block.noise for block in blocks])),
        single=single,
        gated=sum(block.gated for block in blocks),
        parts=parts[0].parts.join([part.parts for part in parts[1:]]),
        jumps=jumps + more,
        packets=most,
        strength=float(np.median([block.strength for block in blocks])),
    )


def _without_a_pause(blocks: list[Block]) -> int:
    """Count the breaks after which the watch was heard again so soon that it did not stop: the recording jumps there."""
    count = 0
    for before, after in pairwise(blocks):
        if before.segment != after.segment and before.single and after.single:
            gap = after.line.times(after.numbers[:1])[0] - before.line.times(before.numbers[-1:])[0]
            count += bool(gap < PAUSE * after.line.interval)
    return count


def _between(parts: list[_Segment]) -> int:
    """Count the beats that must have come in the breaks between segments."""
    gaps = 0
    for before, after in pairwise(parts):
        if before.times.size and after.times.size:
            gaps += max(0, round((after.times[0] - before.times[-1]) / after.line.interval) - 1)
    return gaps


def _segment(blocks: list[Block], *, single: bool, resolution: float) -> _Segment:
    numbers = np.concatenate([block.numbers for block in blocks])
    times = np.concatenate([block.times for block in blocks])
    heard = np.isfinite(times)
    ends = numbers[heard] if single else numbers
    expected = int(ends[-1] - ends[0] + 1)
    if single:
        line, covariance, residuals, scatter = _through_beats(blocks, numbers[heard], times[heard], resolution)
    else:
        line, covariance = _through_blocks(blocks)
        residuals, scatter = times[heard] - line.times(numbers[heard]), float("nan")
    return _Segment(
        line,
        float(np.sqrt(covariance[1, 1])),
        float(np.sqrt(covariance[2, 2])),
        numbers[heard],
        times[heard],
        residuals,
        expected,
        scatter,
        blocks[0].parts.join([block.parts for block in blocks[1:]]).only(heard),
    )


def _through_beats(blocks: list[Block], numbers: I64, times: F64, resolution: float) -> tuple[Line, F64, F64, float]:
    """Fit one line through the times of single beats."""
    start = blocks[0].line
    origin = float(np.round(numbers.mean()))
    theta, residuals, sigma = robust_line(times - start.times(numbers), numbers, origin, uneven=UNEVEN * start.interval)
    sigma = max(sigma, resolution)
    line = Line(start.first + theta[0] - theta[1] * origin, start.interval + theta[1], start.sway + theta[2])
    columns = design(numbers, origin)
    covariance = np.asarray(sigma**2 * np.linalg.pinv(columns.T @ columns), np.float64)
    covariance[:2, :2] *= _correlation(residuals, sigma)
    return line, covariance, residuals, sigma


def _correlation(residuals: F64, sigma: float) -> float:
    """Return by how much the residuals' slow part exceeds what independent residuals would leave, at least 1."""
    if residuals.size < 4 * GROUPS:
        return 1.0
    limited = np.clip(residuals, -4 * sigma, 4 * sigma)
    parts = np.array_split(limited, GROUPS)
    excess = sum(part.size * float(part.mean()) ** 2 for part in parts) / sigma**2 / (GROUPS - 2)
    return max(1.0, excess)


def _through_blocks(blocks: list[Block]) -> tuple[Line, F64]:
    """Fit one line through the lines of the blocks, weighted by what each knows."""
    start = blocks[0].line
    origin = float(np.round(np.mean([block.origin for block in blocks])))
    normal, right = np.zeros((3, 3)), np.zeros(3)
    for block in blocks:
        at = np.array([[1.0, block.origin - origin, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
        known = np.linalg.inv(block.covariance)
        here = block.line.first + block.origin * block.line.interval
        expected = start.first + block.origin * start.interval
        value = np.array([here - expected, block.line.interval - start.interval, block.line.sway - start.sway])
        normal += at.T @ known @ at
        right += at.T @ known @ value
    covariance = np.asarray(np.linalg.inv(normal), np.float64)
    theta = covariance @ right
    line = Line(start.first + theta[0] - theta[1] * origin, start.interval + theta[1], start.sway + theta[2])
    return line, covariance * _misfit(blocks, line, origin)


def _misfit(blocks: list[Block], line: Line, origin: float) -> float:
    """Return chi-square per degree of freedom of the blocks about the common line, at least 1."""
    del origin
    if len(blocks) < 3:  # noqa: PLR2004 - one or two blocks cannot contradict a line
        return 1.0
    total = 0.0
    for block in blocks:
        gap = block.line.first + block.origin * block.line.interval - line.first - block.origin * line.interval
        total += gap**2 / block.covariance[0, 0]
    return max(1.0, total / (len(blocks) - 2))
