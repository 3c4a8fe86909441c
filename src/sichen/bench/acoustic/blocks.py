# SPDX-License-Identifier: Apache-2.0
"""Blocks of a recording: the same watch timed on and on, with what must be kept of each block."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.combine import Mix
from sichen.bench.acoustic.frontend import FrontEnd
from sichen.bench.acoustic.line import Line
from sichen.bench.acoustic.parts import Parts, Places, time_parts
from sichen.bench.acoustic.search import sound_between
from sichen.bench.acoustic.shifts import shift_at
from sichen.bench.acoustic.timing import Fit, Profile, fit_window, fold_sides

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

STILL_THERE = 6.0
"""Standard deviations that all beats of a block together must rise above the noise."""
BREAK, BREAK_BEATS = 0.1, 6
"""A block breaks off when this part of its beats, and as many at least, are missing at its end."""
WHOLE = 0.6
"""When fewer are heard of a whole recording, part of it is out of step: it is timed in blocks instead."""
HALF = 0.5
"""When fewer of the beats than this are heard of a watch that was loud, it is searched anew."""


@dataclass(frozen=True)
class Block:
    """What is kept of a block.

    Parameters
    ----------
    segment : int
        Blocks of one segment follow one another without a break.
    line : Line
    origin : float
        Number of the beat from which `covariance` counts.
    covariance : ndarray of float64, shape (3, 3)
        Of first (at `origin`), interval and sway.
    numbers : ndarray of int64, shape (n,)
    times : ndarray of float64, shape (n,)
        NaN where a beat was not heard.
    noise : float
        Standard deviation that noise gives to the time of one beat, in seconds.
    single : bool
    strength : float
    gated : float
        Seconds that were left out because somebody knocked.
    parts : Parts
        Unlock and impulse of the single beats.
    packets : int
        The segment, before it was divided at jumps: all its blocks are timed by the same packets.
    """

    segment: int
    line: Line
    origin: float
    covariance: F64
    numbers: I64
    times: F64
    noise: float
    single: bool
    strength: float
    gated: float
    parts: Parts
    packets: int

    def until(self, count: int) -> "Block":
        """Return the block without the beats after the first `count`."""
        kept = np.arange(self.numbers.size) < count
        return replace(self, numbers=self.numbers[:count], times=self.times[:count], parts=self.parts.only(kept))

    def since(self, count: int) -> "Block":
        """Return the block without its first beats, `count` of them."""
        kept = np.arange(self.numbers.size) >= count
        return replace(self, numbers=self.numbers[count:], times=self.times[count:], parts=self.parts.only(kept))

    @property
    def steady_part(self) -> int:
        """How many beats there are before a break: all, unless the watch is not heard any more at the end."""
        heard = np.isfinite(self.times)
        # noise passes for a beat now and then, but hardly for four of five
        row = np.flatnonzero(heard[4:] & (np.convolve(heard, np.ones(5), "valid") >= 4)) + 4  # noqa: PLR2004
        last = int(row[-1]) + 1 if row.size else self.numbers.size
        missing = self.numbers.size - last
        broken = self.single and missing >= max(BREAK_BEATS, BREAK * self.numbers.size)
        return last if broken and heard[last:].mean() < HALF else self.numbers.size

    @property
    def unbroken(self) -> bool:
        """Whether the block ends as it began, and no long stretch of it is missing."""
        heard = np.isfinite(self.times)
        return self.steady_part == self.numbers.size and (not self.single or bool(heard.mean() > WHOLE))

    @property
    def steady(self) -> "Block":
        """Return the block up to a break."""
        return self.until(self.steady_part)

    @classmethod
    def of(cls, fit: Fit, segment: int, parts: Parts | None = None) -> "Block":
        """Keep what is needed of a fit."""
        return cls(
            segment,
            fit.line,
            fit.origin,
            fit.covariance,
            fit.numbers,
            fit.times,
            fit.noise,
            fit.single,
            fit.strength,
            fit.gated,
            parts or Parts.none(fit.numbers.size),
            segment,
        )


@dataclass(frozen=True)
class Known:
    """What is known of a watch before its next block: where its beats come, how to hear them, what they look like.

    `late` is by how many seconds these packets time the beats of each side later than the first packets did.
    """

    line: Line
    mix: Mix
    profile: Profile
    late: F64
    places: Places | None = None


def track_block(
    front: FrontEnd, known: Known, span: tuple[int, int], *, after: int, segment: int, loud: bool
) -> tuple[Block | None, Profile | None]:
    """Time a block, from one fine bin to another, of a watch that is known.

    Parameters
    ----------
    front : FrontEnd
    known : Known
    span : tuple of int
    after : int
        Beats up to this number were timed before.
    segment : int
    loud : bool
        Whether the beats were heard one by one before; then most of them must still be.

    Returns
    -------
    Block or None
        None when the watch is not where it was expected.
    Profile or None
        The mean packets of this block.
    """
    sound, _ = sound_between(front, known.line, *span, known.mix)
    fit = fit_window(sound, known.line, known=known.profile, late=known.late, passes=2, after=after)
    shift = None if fit is None else shift_at(sound, known.line, fit.numbers, height=fit.height, known=known.profile)
    if shift is not None:
        before = shift[0] + 1
        fit = fit_window(sound, known.line, known=known.profile, late=known.late, passes=2, after=after, before=before)
    if fit is None or fit.total < STILL_THERE or (loud and fit.heard.mean() < HALF):
        return None, None
    times = fit.times if fit.single and fit.strength > 20.0 else None  # noqa: PLR2004 - much louder than needed
    parts = None
    if known.places is not None and fit.single:
        parts = time_parts(sound, known.profile, fit.line, fit.numbers, known.places).sooner(known.late[fit.numbers % 2])
    return Block.of(fit, segment, parts), fold_sides(sound, fit.line, fit.numbers, times, like=known.profile)
