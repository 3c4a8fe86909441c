# SPDX-License-Identifier: Apache-2.0
"""The listener: sound in, beats and readings out, in memory that does not grow with the recording.

One engine serves files and live sound. What it does depends on how much sound there was, never on how it was cut
into pieces. It searches at fixed marks until it hears a watch, and then times it block by block.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.blocks import Block, Known, track_block
from sichen.bench.acoustic.combine import Mix
from sichen.bench.acoustic.frontend import COARSE, FrontEnd, channel_of
from sichen.bench.acoustic.landmarks import find_sounds
from sichen.bench.acoustic.line import Line
from sichen.bench.acoustic.opening import first_beat
from sichen.bench.acoustic.parts import Parts, Places, balanced, places_of, time_parts
from sichen.bench.acoustic.search import Found, search, sound_between
from sichen.bench.acoustic.timing import Fit, Profile, fit_window
from sichen.bench.signal import Samples

if TYPE_CHECKING:
    from sichen.bench.acoustic.landmarks import Side

F64 = npt.NDArray[np.float64]

MARKS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 64.0, 128.0, 256.0, 512.0)
"""Seconds of sound after which a search is made, until something is found."""
BLOCK = 32.0
"""Seconds of sound that are timed together."""
FINE = 66.0
"""Seconds of fine bins that are remembered; longer searches are made on coarse ones."""
COARSE_SECONDS = 640.0
PIECE = 16_384
"""Frames are taken in pieces of at most so many, so that the memory suffices whatever is fed."""
SHORTEST = 0.7
"""Seconds of sound in which nothing is searched."""
SECOND = 3e-4
"""Beats that come this near to once a second may be a time signal beside the watch."""
FRESH = 12.0
"""Seconds of sound that a faint tail of a recording needs to be worth timing."""


@dataclass(frozen=True)
class Lock:
    """What is known of the watch that is heard.

    Parameters
    ----------
    channel : int
    line : Line
        Where its beats are expected next.
    mix : Mix
    profile : Profile
    length : float
        Seconds of sound that it needs to be heard at all.
    found : Found
    end : int
        The fine bin up to which the search went that found it.
    places : Places or None
        Where unlock and impulse lie, when they are to be timed in single beats.
    """

    channel: int
    line: Line
    mix: Mix
    profile: Profile
    length: float
    found: Found
    end: int
    places: Places | None = None

    @property
    def known(self) -> Known:
        """What the next block needs."""
        return Known(self.line, self.mix, self.profile, self.places)


def _rank(found: Found) -> tuple[bool, float]:
    """Order what two channels hear: pulses of the second, which the other channel may carry, come after any watch."""
    return abs(found.line.interval - 1.0) < SECOND, found.log10_chance


class Engine:
    """Follows one watch through a stream of samples.

    Parameters
    ----------
    sample_rate : float > 0
    channels : int >= 1
    channel : int, optional
        The one to listen to; by default the one in which a watch is heard best.
    eager : bool
        Whether to search from the first second, for somebody who waits; a file can wait for a whole block.
    lift_angle : float
        Degrees; tells how far before the drop an unlock can be.
    """

    def __init__(
        self,
        sample_rate: float,
        channels: int = 1,
        *,
        channel: int | None = None,
        eager: bool = True,
        lift_angle: float = 52.0,
    ) -> None:
        wanted = range(channels) if channel is None else (channel,)
        self.fronts = {index: FrontEnd(sample_rate, fine=FINE, coarse=COARSE_SECONDS) for index in wanted}
        self.rate = next(iter(self.fronts.values())).bank.rate
        self.sample_rate = sample_rate
        self.frames = 0
        self.lock: Lock | None = None
        self.blocks: list[Block] = []
        self.lost = 0
        self.sounds: tuple[Profile, tuple[Side, Side]] | None = None
        self.best: Found | None = None
        self.opening = 0
        self.lift_angle = lift_angle
        self._origin = 0
        self._done = 0
        self._mark = self._first = 0 if eager else MARKS.index(BLOCK)

    @property
    def seconds(self) -> float:
        """Seconds of sound so far."""
        return self.frames / self.sample_rate

    @property
    def front(self) -> FrontEnd:
        """The channel that is followed, or the first."""
        return self.fronts[self.lock.channel] if self.lock else next(iter(self.fronts.values()))

    def feed(self, samples: Samples) -> None:
        """Take the next samples, of shape (frames, channels)."""
        start = 0
        while start < samples.shape[0]:
            stop = min(samples.shape[0], start + PIECE - self.frames % PIECE)
            for index, front in self.fronts.items():
                front.feed(channel_of(samples[start:stop], index))
            self.frames += stop - start
            start = stop
            self._advance()

    def _bins(self, seconds: float) -> int:
        return int(seconds * self.rate) // COARSE * COARSE

    def _advance(self) -> None:
        """Do whatever the sound so far allows."""
        while True:
            if self.blocks and self.lock:
                if not self._next_block():
                    return
            elif not self._next_search():
                return

    def _next_search(self) -> bool:
        """Search at the next mark; start over when nothing was heard for the longest time."""
        if self._mark == len(MARKS):
            self._origin, self._mark = self._origin + self._bins(MARKS[-1]), MARKS.index(BLOCK)
            self.lock = None
        end = self._origin + self._bins(MARKS[self._mark])
        if self.front.fine.end < end:
            return False
        self._mark += 1
        last = MARKS[self._mark - 1]
        if self.lock and last > BLOCK:
            return True
        self._search(end)
        if self.lock and last >= BLOCK:
            self._first_block(end)
        return True

    def _search(self, end: int) -> None:
        """Look for a watch between the origin and `end`; keep an earlier lock when the new search fails."""
        best: Found | None = None
        for index, front in self.fronts.items():
            found = search(front, self._origin, end, channel=index)
            if found and (best is None or _rank(found) < _rank(best)):
                best = found
        if best is None:
            if self.lock is None:
                self._note(None)
            return
        self.lock = Lock(best.channel, best.line, best.mix, best.fit.profile, (end - self._origin) / self.rate, best, end)
        self._note(best)

    def _note(self, found: Found | None) -> None:
        if found and (self.best is None or found.log10_chance < self.best.log10_chance):
            self.best = found

    def _first_block(self, end: int) -> None:
        """Keep the block in which the watch was found, and follow only its channel from now on."""
        if self.lock is None:
            return
        self.fronts = {self.lock.channel: self.fronts[self.lock.channel]}
        found = self.lock.found
        line = found.fit.line
        if not self.blocks:
            self.opening = first_beat(self.front, line, found.mix, found.fit.profile)
        places, parts = self.parts_of(found.fit, (self._origin, end))
        self.blocks.append(Block.of(found.fit, self._segment(), parts))
        self.lock = replace(self.lock, line=line, length=max(BLOCK, self.lock.length), places=places)
        self._done = max(self._origin, end - self._bins(1.2 * line.interval))

    def parts_of(self, fit: Fit, span: tuple[int, int]) -> tuple[Places | None, Parts | None]:
        """Find unlock and impulse in the packets of a fit, and in its single beats when those are loud."""
        lock = self.lock
        if lock is None or not fit.single or span[0] < self.front.fine.base:
            return None, None
        period = 2 * fit.line.interval
        places = places_of(find_sounds(fit.profile, shape=lock.mix.shape, lift_angle=self.lift_angle, period=period))
        sound, _ = sound_between(self.front, fit.line, *span, lock.mix)
        parts = time_parts(sound, fit.profile, fit.line, fit.numbers, places)
        return balanced(places, parts, fit.line, fit.numbers)

    def _segment(self) -> int:
        return self.blocks[-1].segment + 1 if self.blocks else 0

    def _next_block(self) -> bool:
        """Time the next block when it is complete."""
        lock = self.lock
        if lock is None:
            return False
        end = self._done + self._bins(lock.length)
        if self.front.fine.end < end:
            return False
        block, updated = track_block(self.front, lock.known, (self._done, end), self.blocks[-1])
        if block is None:
            self._lose(end)
            return True
        self.blocks.append(block)
        self.lock = replace(lock, line=block.line, profile=lock.profile.add(updated) if updated else lock.profile)
        self._done = end - self._bins(1.2 * block.line.interval)
        return True

    def _lose(self, end: int) -> None:
        """Search again in a block in which the watch was not found where it was expected."""
        origin = self._origin
        self._origin, self._mark = self._done, self._first
        self.lost += 1
        lock, self.lock = self.lock, None
        self._search(end)
        if self.lock is not None:
            self._mark = MARKS.index(BLOCK) + 1
            self._first_block(end)
            return
        self.lock, self._origin = lock, origin
        self._done = end

    def search_rest(self, end: int) -> None:
        """Search in all the sound that is left when no more will come."""
        start = max(self._origin, self.front.coarse.base * COARSE)
        if (end - start) / self.rate >= SHORTEST:
            self._origin = start
            self._search(end)

    def rest(self, end: int, *, final: bool) -> tuple[list[Block], Profile | None]:
        """Return all blocks with the sound after the last one as one more, and the mean packets; nothing is kept."""
        lock = self.lock
        if lock is None:
            return self.blocks, None
        if len(self.blocks) > 1 or self.lost or (self.blocks and (end - self._origin) / self.rate > FINE - 2):
            return self._blocks_and_rest(lock, end, final=final)
        fit: Fit | None = lock.found.fit
        if end != lock.end:
            sound, _ = sound_between(self.front, lock.line, self._origin, end)
            # somebody who waits gets the packets of the last search; the final word takes the time to improve them
            fit = fit_window(sound, lock.line) if final else fit_window(sound, lock.line, known=lock.profile, passes=2)
        if fit is None:
            return [], None
        parts = self.parts_of(fit, (self._origin, end))[1] if final else None
        return [Block.of(fit, 0, parts)], fit.profile

    def _blocks_and_rest(self, lock: Lock, end: int, *, final: bool) -> tuple[list[Block], Profile]:
        least = 4 * lock.line.interval if self.blocks[-1].single else FRESH
        if (end - self._done) / self.rate < least:
            return self.blocks, lock.profile
        block, profile = track_block(self.front, lock.known, (self._done, end), self.blocks[-1])
        if block is None or profile is None:
            return self.blocks, lock.profile
        return [*self.blocks, block], lock.profile.add(profile) if final else lock.profile
