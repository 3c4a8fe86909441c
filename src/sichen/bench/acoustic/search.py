# SPDX-License-Identifier: Apache-2.0
"""A search for a watch in a stretch of sound: comb, phase, first timing."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.combine import Mix, Sound, aligned, delays, mix_for, mixed_sound, packet_mask
from sichen.bench.acoustic.detection import TOPS, Comb, comb, compress, noise_floor
from sichen.bench.acoustic.frontend import COARSE, FrontEnd
from sichen.bench.acoustic.line import Line
from sichen.bench.acoustic.phase import Beating, resolve
from sichen.bench.acoustic.proof import Proof, prove
from sichen.bench.acoustic.shifts import shift_at
from sichen.bench.acoustic.timing import Fit, anchored, fit_window, window_numbers

if TYPE_CHECKING:
    from sichen.bench.acoustic.blocks import Block

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

CERTAIN = -4.6
"""Decimal logarithm of the chance below which a beat is believed."""
PROVEN = -2.0
"""The same of the chance that a rhythm gave as much, which few beats cannot make very small."""
OBVIOUS = -9.0
"""Below this, no other mixture of bands is tried."""
TELLING = 5e-5
"""Seconds of sway by which ticks and tocks are known again after a break."""
UNEVEN = 0.01
"""Beats that scatter by more than this part of their interval are somebody's syllables or steps."""
FEW, SOME = 8, 10
"""So few beats must be more even: chance, a hand or a foot manages them for a while."""
ABSENT = 0.6
"""At least this part of the beats must be heard one by one, when those that are heard are loud."""
PRESENT = 0.9
"""And when fewer than this are heard, those must be very even."""
CLEARLY = 1.0
"""A row that is found later must be surer by so many powers of ten than one that was found before."""
PARTED = 16.0
"""Seconds from which a sound in which nothing was found is searched by halves."""
PART, PART_BEATS = 4.0, 24
"""Seconds, and beats, from which the part before a jump is worth timing; else the longer part is taken."""
TWICE = 0.02
"""Rows of which one beats twice as often as the other, to this part."""
NEARLY = 0.03
"""How far a line through a jump may be from the beat, as a part of it."""
SHORTEST_PART = 1.0
"""Seconds."""
PLACES = 1.5
"""Decimal logarithm of the number of places at which a recording may be cut, so that a part looks even by chance."""
TRIED = 6
"""Rows of beats that are timed before giving up."""
LONGEST_FINE = 64.0
SECOND_TOP = 125.0
"""Highest harmonic in hertz by which a second watch is looked for: it is there to be heard, or does not matter."""


@dataclass(frozen=True)
class Found:
    """A watch that was heard.

    Parameters
    ----------
    channel : int
    line : Line
    mix : Mix
    fit : Fit
    log10_chance : float
        Logarithm of the chance that sound without a watch gave as much.
    second : float or None
        Beats an hour of another watch that is heard between the beats of this one.
    """

    channel: int
    line: Line
    mix: Mix
    fit: Fit
    log10_chance: float
    second: float | None = None

    def reaches(self, end: float) -> bool:
        """Tell whether it was timed up to a moment, and not only before a jump."""
        return bool(self.fit.line.middle(float(self.fit.numbers[-1])) > end - 3 * self.line.interval)


def search(front: FrontEnd, start: int, stop: int, *, channel: int = 0) -> Found | None:
    """Look for a watch between two fine bins.

    Parameters
    ----------
    front : FrontEnd
    start, stop : int
        Fine bins, both a multiple of `COARSE`; stretches beyond a minute are searched and timed on coarse bins.
    channel : int
        Noted in the result.

    Returns
    -------
    Found or None
    """
    best: _Row | None = None
    tried: list[float] = []
    bank = front.bank
    bands = front.coarse.view(start // COARSE, stop // COARSE)
    for beating in likely_beatings(bands[:-1], bank.width, bank.rate / COARSE)[:TRIED]:
        if any(abs(beating.interval / (2 * interval) - 1) < TWICE for interval in tried):
            # something beats twice as often, proven or too unevenly: this would be the swing and not the beat
            continue
        tried.append(beating.interval)
        row = _timed(front, beating, start, stop)
        if row is not None and (best is None or row.log10_chance < best.log10_chance - CLEARLY):
            best = row
        if best is not None and best.log10_chance < OBVIOUS:
            break
    if best is None:
        middle = (start + stop) // 2 // COARSE * COARSE
        if (stop - start) / bank.rate < PARTED:
            return None
        # a recording that jumps by much holds no single row, but each part of it may
        return search(front, start, middle, channel=channel) or search(front, middle, stop, channel=channel)
    other = second_watch(bands[:-1], bank.width, best.fit.line, rate=bank.rate / COARSE, start=start / bank.rate)
    return Found(channel, best.fit.line, best.mix, best.fit, best.log10_chance, other)


@dataclass(frozen=True)
class _Row:
    """Beats that were timed and proven."""

    fit: Fit
    mix: Mix
    log10_chance: float


def _timed(front: FrontEnd, beating: Beating, start: int, stop: int) -> _Row | None:
    """Time the beats for the first time; None when they do not come as evenly as they should."""
    line = Line(start / front.bank.rate + beating.first + beating.limp / 2, beating.interval, -beating.limp / 2)
    sound, _ = sound_between(front, line, start, stop)
    line = anchored(sound, line)
    sound, mix = sound_between(front, line, start, stop)
    shift = shift_at(sound, line, window_numbers(sound, line))
    fit = fit_window(sound, line) if shift is None else None
    if fit is not None and not fit.single:
        shift = shift_at(sound, fit.line, fit.numbers, height=fit.height)
    if shift is not None:
        return _part(front, fit.line if fit else line, shift, (start, stop))
    if fit is None or not np.isfinite(fit.covariance[1, 1]):
        return None
    steady = _steady(fit, beating.log10_chance)
    proof = prove(sound, fit) if steady or fit.single else Proof(0.0)
    if proof.log10_chance > PROVEN:
        return None
    if proof.jump is not None:
        jump = int(np.ceil(proof.jump))
        return _part(front, fit.line, (jump - 1, jump), (start, stop))
    first = int(fit.numbers[fit.heard][0] if fit.single else fit.numbers[0])
    return _Row(renumber(fit, first), mix, max(proof.log10_chance, beating.log10_chance)) if steady else None


def _part(front: FrontEnd, line: Line, shift: tuple[int, int], span: tuple[int, int]) -> _Row | None:
    """Time one part of a recording that jumps somewhere between two beats: the first, unless it is very short."""
    rate = front.bank.rate
    middle = round((line.middle(shift[0]) + 0.5 * line.interval) * rate) // COARSE * COARSE
    after = round((line.middle(shift[1]) - 0.5 * line.interval) * rate) // COARSE * COARSE
    parts = [(span[0], middle), (after, span[1])]
    if middle - span[0] < max(PART, PART_BEATS * line.interval) * rate:
        parts.sort(key=lambda part: part[0] - part[1])
    for start, stop in parts:
        if (stop - start) / rate < SHORTEST_PART:
            continue
        bands = front.coarse.view(start // COARSE, stop // COARSE)[:-1]
        for again in likely_beatings(bands, front.bank.width, rate / COARSE)[:TRIED]:
            near = abs(again.interval / line.interval - 1) < NEARLY
            row = _timed(front, again, start, stop) if near else None
            if row is not None and row.log10_chance + PLACES < PROVEN:
                return replace(row, log10_chance=row.log10_chance + PLACES)
    return None


def _steady(fit: Fit, log10_chance: float) -> bool:
    """Tell whether the beats come as evenly as those of a timekeeper, and nearly all of them."""
    if not fit.single:
        return not fit.patchy
    heard = fit.numbers[fit.heard] - fit.origin
    scatter = np.sqrt(fit.covariance[1, 1] * float(np.sum(heard**2)))
    if heard.size > FEW:
        # the limits are for the scatter that is seen; of very few beats for what they may really have
        scatter *= 1.0 - 2.0 / heard.size
    obvious = log10_chance < OBVIOUS
    limit = 0.5 if heard.size <= FEW and not obvious else 0.7 if heard.size <= SOME else 1.25 if obvious else 1.0
    # the first and the last may lie half outside
    if heard.size < PRESENT * (fit.numbers.size - 2):
        # beats that are too uneven to be found are missing, and those that are found seem even
        limit = 0.3
    return bool(scatter < limit * UNEVEN * fit.line.interval and fit.heard.mean() > ABSENT)


def renumber(fit: Fit, by: int) -> Fit:
    """Return the same fit with every beat's number smaller by `by`, and sides exchanged when that is odd."""
    profile = fit.profile
    covariance = fit.covariance
    if by % 2:
        profile = profile.exchanged()
        sign = np.array([1.0, 1.0, -1.0])
        covariance = covariance * np.outer(sign, sign)
    return replace(
        fit,
        line=fit.line.renumbered(by),
        numbers=fit.numbers - by,
        origin=fit.origin - by,
        profile=profile,
        covariance=covariance,
    )


def continued(found: Found, last: "Block") -> Found:
    """Return what was found after a break with numbers that go on as if the watch had beaten on.

    Which side is which is told by the sway, when it is large enough to tell.
    """
    gap = float(found.line.times(np.zeros(1, np.int64))[0] - last.line.times(last.numbers[-1:])[0])
    number = int(last.numbers[-1]) + max(1, round(gap / found.line.interval))
    alike = found.line.sway * last.line.sway * (1 if number % 2 == 0 else -1)
    number += alike < -(TELLING**2)
    fit = renumber(found.fit, -number)
    return replace(found, line=fit.line, fit=fit)


def sound_between(front: FrontEnd, line: Line, start: int, stop: int, mix: Mix | None = None) -> tuple[Sound, Mix]:
    """Return the sound between two fine bins, ready to be timed."""
    bank = front.bank
    short = (stop - start) / bank.rate <= LONGEST_FINE
    rate = bank.rate if short else bank.rate / COARSE
    bands = front.fine.view(start, stop) if short else front.coarse.view(start // COARSE, stop // COARSE)
    shifts = delays(bank, rate)
    begin = start / bank.rate
    if mix is None:
        mix = mix_for(aligned(bands, shifts), bank, line, rate=rate, start=begin)
    return mixed_sound(bands, shifts, mix, line, rate=rate, start=begin), mix


def likely_beatings(bands: F32, width: F64, rate: float) -> list[Beating]:
    """Return the rows of beats that are certain in some mixture of the bands, the most promising first."""
    floor = noise_floor(bands)
    found: list[Beating] = []
    for weights in mixtures(width):
        found += certain_beatings(compress(bands, weights, floor), rate)
        if any(entry.log10_chance < OBVIOUS for entry in found):
            break
    return sorted(found, key=lambda entry: max(entry.log10_chance, OBVIOUS))


def mixtures(width: F64) -> list[F64]:
    """Return the weights of the bands to try: all by their width, then each alone."""
    return [width / width.sum(), *(np.eye(width.size) if width.size > 1 else [])]


def certain_beatings(score: F32, rate: float, *, top: float = TOPS[-1]) -> list[Beating]:
    """Return the rows of beats that are certain in one score, in the order of their combs."""
    combs = [entry for entry in sorted(comb(score, rate=rate, top=top), key=_order)[:3] if entry.log10_chance < CERTAIN]
    beatings = [beating for entry in combs if (beating := resolve(score, entry, rate=rate)) is not None]
    return [beating for beating in beatings if beating.log10_chance < CERTAIN]


def _order(entry: Comb) -> tuple[float, float]:
    return max(entry.log10_chance, -300.0), -entry.z


def second_watch(bands: F32, width: F64, line: Line, *, rate: float, start: float) -> float | None:
    """Look for another watch in the sound between the beats of the first.

    Returns
    -------
    float or None
        Its beats an hour; None when there is none, or when it keeps step with the first as an echo does.
    """
    score = compress(bands, width / width.sum(), noise_floor(bands))
    _, away = packet_mask(score.size, line, rate, start)
    quiet = away & (score < np.quantile(score, 0.999))
    if np.count_nonzero(quiet) < 1000:  # noqa: PLR2004 - a tick on tick: no room for another
        return None
    rest = np.where(away, score, np.float32(np.mean(score[quiet])))
    others = [entry for entry in certain_beatings(rest, rate, top=SECOND_TOP) if entry.log10_chance < OBVIOUS]
    if not others:
        return None
    found = others[0]
    ratio = line.interval / found.interval
    steps = [k / m for k in range(1, 7) for m in range(1, 7)]
    nearest = min(abs(ratio / step - 1) for step in steps)
    apart = max(5e-5, 0.0125 * line.interval * rate / score.size)
    return 3600 / found.interval if nearest > apart else None
