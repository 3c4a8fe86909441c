# SPDX-License-Identifier: Apache-2.0
"""The listener: sound in, beats and readings out, in memory that does not grow with the recording.

One engine serves files and live sound. What it does depends on how much sound there was, never on how it was cut
into pieces. It searches at fixed marks until it hears a watch, and then times it block by block. For somebody who
waits the blocks are short and each second only the new sound is timed; a file can wait for a long block.
"""

from dataclasses import dataclass, field, replace
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
from sichen.bench.acoustic.search import OBVIOUS, Found, continued, search, sound_between
from sichen.bench.acoustic.shifts import shift_at
from sichen.bench.acoustic.timing import Fit, Profile, fit_window
from sichen.bench.signal import Samples

if TYPE_CHECKING:
    from sichen.bench.acoustic.landmarks import Side

F64 = npt.NDArray[np.float64]

MARKS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 64.0, 128.0, 256.0, 512.0)
"""Seconds of sound after which a search is made, until something is found."""
BLOCK = 32.0
"""Seconds of sound that are timed together."""
SHORT_BLOCK, SHORT_BEATS = 4.0, 24
"""The same of a loud watch for somebody who waits; and beats at least."""
FINE = 66.0
"""Seconds of fine bins that are remembered; longer searches are made on coarse ones."""
COARSE_SECONDS = 640.0
PIECE = 65_536
"""Frames are taken in pieces of at most so many, so that the memory suffices whatever is fed."""
SHORTEST = 0.7
"""Seconds of sound in which nothing is searched."""
SECOND = 3e-4
"""Beats that come this near to once a second may be a time signal beside the watch."""
FRESH = 12.0
"""Seconds of sound that a faint tail of a recording needs to be worth timing."""
SCRAP, SCRAP_BEATS = 2.0, 8
"""The shortest part of a broken block that is worth timing, in seconds and in beats."""
WINDOW = 600.0
"""Seconds to which the reading of a live session refers, when it lasts longer."""
FOREVER = 1 << 60
UNTOLD = 300.0
"""Seconds of packets that are gathered before the mean packets are improved, at most."""


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
        Seconds of sound that are timed together: at least what it needs to be heard at all.
    found : Found
    end : int
        The fine bin up to which the search went that found it.
    fresh : Profile or None
        Packets that came since `profile` was last improved.
    late : ndarray of float64, shape (2,)
        Seconds by which `profile` times ticks and tocks later than the packets of the first block did.
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
    fresh: Profile | None = None
    late: F64 = field(default_factory=lambda: np.zeros(2))
    places: Places | None = None

    @property
    def known(self) -> Known:
        """What the next block needs."""
        return Known(self.line, self.mix, self.profile, self.late, self.places)

    @property
    def gathered(self) -> Profile:
        """All packets so far."""
        return self.profile if self.fresh is None else self.profile.add(self.fresh)

    @property
    def outgrown(self) -> bool:
        """Whether the mean packets would change if the fresh ones were added."""
        if self.fresh is None:
            return False
        least, most = 0.9 * BLOCK / self.line.interval, UNTOLD / self.line.interval
        return self.fresh.beats >= min(max(0.25 * self.profile.beats, least), most)


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
        Whether to search from the first second, for somebody who waits; a file can wait for a whole block. Then the
        reading refers to the last ten minutes, so that neither work nor memory grow with the session.
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
        self.window = WINDOW if eager else float("inf")
        self.frames = 0
        self.lock: Lock | None = None
        self.blocks: list[Block] = []
        self.lost = 0
        self.longest: tuple[int, Lock] | None = None
        self.sounds: tuple[Profile, tuple[Side, Side]] | None = None
        self.best: Found | None = None
        self.opening = 0
        self.lift_angle = lift_angle
        self._eager = eager
        self._origin = 0
        self._done = 0
        self._silent: int | None = None
        self._proven = not eager
        self._mark = 0 if eager else MARKS.index(BLOCK)

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
        for start in range(0, samples.shape[0], PIECE):
            piece = samples[start : start + PIECE]
            for index, front in self.fronts.items():
                front.feed(channel_of(piece, index))
            self.frames += piece.shape[0]
            self._advance()

    def _bins(self, seconds: float) -> int:
        return int(seconds * self.rate) // COARSE * COARSE

    def _advance(self) -> None:
        """Do whatever the sound so far allows."""
        while True:
            if self.blocks and self.lock:
                if self._unproven() or not self._next_block():
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
        if self.lock and (last >= BLOCK or self._loud(self.lock, last)):
            self._first_block(end)
        return True

    def _loud(self, lock: Lock, seconds: float) -> bool:
        """Tell whether the watch is so loud, and heard for so long, that somebody who waits need not wait any more."""
        enough = max(SHORT_BLOCK, SHORT_BEATS * lock.line.interval)
        return self._eager and lock.found.fit.single and lock.found.log10_chance < OBVIOUS and seconds >= enough

    def _search(self, end: int) -> None:
        """Look for a watch between the origin and `end`; keep an earlier lock when the new search fails."""
        best: Found | None = None
        for index, front in self.fronts.items():
            found = search(front, self._origin, end, channel=index)
            if found and (best is None or _rank(found) < _rank(best)):
                best = found
        if best is None:
            return
        if self.blocks:
            best = continued(best, self.blocks[-1])
        length = max(BLOCK, (end - self._origin) / self.rate)
        self.lock = Lock(best.channel, best.line, best.mix, best.fit.profile, length, best, end)
        if self.best is None or best.log10_chance < self.best.log10_chance:
            self.best = best

    def _first_block(self, end: int) -> None:
        """Keep the block in which the watch was found, and follow only its channel from now on."""
        lock = self.lock
        if lock is None:
            return
        fit = lock.found.fit
        whole = Block.of(fit, 0)
        if not whole.unbroken and self._clean(lock, whole, end):
            return
        seconds = (end - self._origin) / self.rate
        length = max(SHORT_BLOCK, SHORT_BEATS * fit.line.interval) if self._loud(lock, seconds) else lock.length
        self.fronts = {lock.channel: self.fronts[lock.channel]}
        self.front.remember(fine=FINE, coarse=max(FINE, 2 * length))
        places, parts = self.parts_of(fit, (self._origin, end))
        self.lock = replace(lock, line=fit.line, length=length, places=places)
        self._proven = length >= BLOCK
        self._keep(Block.of(fit, self.blocks[-1].segment + 1 if self.blocks else 0, parts).steady)
        self._done = max(self._origin, self._bin_after(self.blocks[-1], end))

    def parts_of(self, fit: Fit, span: tuple[int, int]) -> tuple[Places | None, Parts | None]:
        """Find unlock and impulse in the packets of a fit, and in its single beats when those are loud."""
        lock = self.lock
        if lock is None or not fit.single or span[0] < self.front.fine.base:
            return None, None
        period = 2 * fit.line.interval
        self.sounds = (fit.profile, find_sounds(fit.profile, shape=lock.mix.shape, lift_angle=self.lift_angle, period=period))
        places = places_of(self.sounds[1])
        sound, _ = sound_between(self.front, fit.line, *span, lock.mix)
        parts = time_parts(sound, fit.profile, fit.line, fit.numbers, places)
        return balanced(places, parts, fit.line, fit.numbers)

    def _clean(self, lock: Lock, whole: Block, end: int) -> bool:
        """Search anew in the sound before a break, so that what came after it spoils neither line nor packets."""
        sooner = self._bin_after(whole.steady, end)
        if (sooner - self._origin) / self.rate < max(SCRAP, SCRAP_BEATS * lock.line.interval) or sooner >= end:
            return False
        self._search(sooner)
        if self.lock is None or self.lock.end != sooner:
            return False
        self._first_block(sooner)
        return True

    def _unproven(self) -> bool:
        """Time the first short blocks once more, together, when there is a whole block: all are timed by its packets."""
        start, end = self._origin, self._origin + self._bins(BLOCK)
        if self._proven or self.lock is None or self.front.fine.end < end:
            return False
        self._proven = True
        short, last = self.lock, self.blocks[-1]
        found = search(self.front, start, end, channel=short.channel)
        if found is None or not found.reaches(end / self.rate) or not Block.of(found.fit, 0).unbroken:
            return False
        self.blocks = [block for block in self.blocks if block.segment != last.segment]
        if self.blocks:
            found = continued(found, self.blocks[-1])
        self.lock = Lock(found.channel, found.line, found.mix, found.fit.profile, short.length, found, end)
        places, parts = self.parts_of(found.fit, (start, end))
        self.lock = replace(self.lock, places=places)
        self._keep(Block.of(found.fit, last.segment, parts))
        self._done = end - self._bins(1.2 * found.line.interval)
        return False

    def _next_block(self) -> bool:
        """Time the next block when it is complete."""
        lock = self.lock
        if lock is None:
            return False
        end = self._done + self._bins(lock.length)
        if self.front.fine.end < end:
            return False
        if not self._track(lock, end) and not self._scraps(lock, end):
            self._lose(lock, end)
        return True

    def _track(self, lock: Lock, end: int) -> bool:
        """Time the sound up to `end`, or up to where the watch stops or the recording jumps; False when it is not there."""
        last = self.blocks[-1]
        after, loud = int(last.numbers[-1]), last.single
        block, packets = track_block(self.front, lock.known, (self._done, end), after=after, segment=last.segment, loud=loud)
        if block is None:
            return False
        block = block.steady
        self._keep(block)
        self._silent = None
        fresh = packets if lock.fresh is None or packets is None else lock.fresh.add(packets)
        self.lock = replace(lock, line=block.line, fresh=fresh)
        if self.lock.outgrown:
            self._learn(self.lock, block.segment, (self._done, end))
        self._done = max(self._done, self._bin_after(block, end))
        return True

    def _learn(self, lock: Lock, segment: int, span: tuple[int, int]) -> None:
        """Improve the mean packets, and time the last beats by the old and by the new, so that the change shifts no beat."""
        span = (max(self.front.fine.base, min(span[0], span[1] - self._bins(BLOCK))) // COARSE * COARSE, span[1])
        better = lock.gathered.fading(self.window / lock.line.interval)
        old, new = (
            track_block(self.front, known, span, after=-FOREVER, segment=segment, loud=False)[0]
            for known in (lock.known, replace(lock.known, profile=better))
        )
        self.lock = replace(lock, fresh=None)
        if old is not None and new is not None:
            later = new.line.middle(old.origin) - old.line.middle(old.origin)
            sway = new.line.sway - old.line.sway
            self.lock = replace(lock, profile=better, late=lock.late + np.array([later + sway, later - sway]), fresh=None)

    def _bin_after(self, block: Block, end: int) -> int:
        """Return the bin from which the next block begins: a beat before the end, or where this one broke off."""
        after = block.line.times(block.numbers[-1:])[0] + 0.5 * block.line.interval
        return min(end - self._bins(1.2 * block.line.interval), self._bins(after))

    def _scraps(self, lock: Lock, end: int) -> bool:
        """Time what can be of a block in which the watch was lost: halves of it, halves of what is left, and so on."""
        if not self.blocks[-1].single:
            return False
        kept = False
        part = (end - self._done) // 2
        while part >= self._bins(max(SCRAP, SCRAP_BEATS * lock.line.interval)):
            if self.lock is not None and self._track(self.lock, self._done + part // COARSE * COARSE):
                kept = True
            part //= 2
        return kept

    def _keep(self, block: Block) -> None:
        """Keep a block, and forget those that are too old to matter."""
        if not self.blocks and self.lock is not None:
            self.opening = first_beat(self.front, self.lock.line, self.lock.mix, self.lock.profile)
        self.blocks.append(block)
        old = self._origin_of(block) - self.window
        while len(self.blocks) > 1 and self._origin_of(self.blocks[0]) < old:
            self.blocks.pop(0)

    @staticmethod
    def _origin_of(block: Block) -> float:
        return block.line.middle(block.origin)

    def _lose(self, lock: Lock, end: int) -> None:
        """Search anew in a block in which the watch was not found where it was expected."""
        origin, self._origin = self._origin, self._done
        self.lost += 1
        self._remember(lock)
        self._silent = self._done if self._silent is None else self._silent
        self.lock = None
        self._search(end)
        if self.lock is None:
            self.lock, self._origin, self._done = lock, origin, end
            return
        silent, self._silent = self._silent, None
        self._first_block(end)
        self._look_back(silent)

    def _remember(self, lock: Lock) -> None:
        """Keep what is known of the watch in the longest segment, which gives amplitude and beat error."""
        name = self.blocks[-1].packets
        counts = {block.packets: 0 for block in self.blocks}
        for block in self.blocks:
            counts[block.packets] += block.numbers.size
        if self.longest is None or counts.get(self.longest[0], 0) <= counts[name]:
            self.longest = name, lock

    def packets(self, name: int) -> Lock | None:
        """Return what is known of the watch in a segment, if it was kept."""
        if self.blocks and self.blocks[-1].packets != name and self.longest and self.longest[0] == name:
            return self.longest[1]
        return self.lock

    def _look_back(self, limit: int) -> None:
        """Time what came before the block in which the watch was found again: from there back, by halves."""
        lock, first = self.lock, self.blocks[-1]
        if lock is None or not first.single or len(self.blocks) < 2:  # noqa: PLR2004 - one before, one after
            return
        before = self.blocks[-2]
        start, limit = self._origin, max(limit, self.front.fine.base)
        part = self._bins(BLOCK / 2)
        while start > limit and part >= self._bins(max(SCRAP, SCRAP_BEATS * first.line.interval)):
            span = (max(limit, start - part) // COARSE * COARSE, start + self._bins(first.line.interval))
            known = replace(lock.known, line=first.line)
            block, _ = track_block(self.front, known, span, after=int(before.numbers[-1]), segment=first.segment, loud=True)
            if block is None:
                part //= 2
                continue
            earlier = block.until(int(np.searchsorted(block.numbers, first.numbers[0])))
            if not np.isfinite(earlier.times).any():
                part //= 2
                continue
            self.blocks.insert(self.blocks.index(first), earlier)
            first, start = earlier, span[0]

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
        fits = (end - self._origin) / self.rate <= FINE - 2
        if not self.blocks or (final and fits and not self.lost):
            fit = self._whole(lock, end, final=final)
            if not self.blocks and final and fit is None:
                self._first_block(lock.end)
                return self._finished(self.lock or lock, end)
            fit = lock.found.fit if fit is None and not self.blocks else fit
            if fit is not None and (not self.blocks or Block.of(fit, 0).unbroken):
                parts = self.parts_of(fit, (self._origin, end))[1] if final else None
                return [Block.of(fit, 0, parts)], fit.profile
        if final:
            return self._finished(lock, end)
        if (end - self._done) / self.rate < self._least(lock):
            return self.blocks, lock.profile
        last = self.blocks[-1]
        block, _ = track_block(
            self.front, lock.known, (self._done, end), after=int(last.numbers[-1]), segment=last.segment, loud=last.single
        )
        return ([*self.blocks, block] if block else self.blocks), lock.profile

    def _whole(self, lock: Lock, end: int, *, final: bool) -> Fit | None:
        """Time all the sound together; None when the recording jumps."""
        if end == lock.end:
            return lock.found.fit if lock.found.reaches(end / self.rate) else None
        sound, _ = sound_between(self.front, lock.line, self._origin, end)
        # somebody who waits gets the packets of the last search; the final word takes the time to improve them
        if final:
            fit = fit_window(sound, lock.line)
        else:
            fit = fit_window(sound, lock.line, known=lock.profile, late=lock.late, passes=2)
        if fit is None or shift_at(sound, lock.line, fit.numbers, height=fit.height, known=lock.profile):
            return None
        return fit

    def _least(self, lock: Lock) -> float:
        """Return the seconds of sound that are worth timing."""
        return 4 * lock.line.interval if self.blocks[-1].single else FRESH

    def _finished(self, lock: Lock, end: int) -> tuple[list[Block], Profile]:
        """Time all that is left, as no more will come."""
        while (end - self._done) / self.rate >= self._least(lock):
            done = self._done
            if not self._track(lock, end) and not self._scraps(lock, end):
                self._lose(lock, end)
            lock = self.lock or lock
            if self._done <= done:
                break
        return self.blocks, lock.gathered
