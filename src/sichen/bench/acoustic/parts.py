# SPDX-License-Identifier: Apache-2.0
"""When the unlock and the impulse of each single beat came, where they are loud enough to be heard in one beat."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.combine import Sound
from sichen.bench.acoustic.landmarks import Onset, Side
from sichen.bench.acoustic.line import Line
from sichen.bench.acoustic.timing import Packet, Profile, excess, likelihoods, peaks

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

BEFORE, AFTER = 0.0002, 0.0010
"""Seconds before and after its onset that are taken for one sound ..."""
SHARE = 0.8
"""... but no more than this part of the way to the next."""
REACH = 0.0006
"""Seconds by which a sound of one beat may be off its place."""
FEW = 40
"""Fewer unlocks than this do not tell whether they move."""
HEARD = 8.0
"""Standard deviations of the noise by which a sound of one beat must stand out."""

Spans = tuple[tuple[float, float] | None, tuple[float, float] | None]


@dataclass(frozen=True)
class Places:
    """Where in the packets the two fainter sounds lie, tick and tock.

    Parameters
    ----------
    unlock, impulse : tuple of tuple of float or None
        Seconds from the reference.
    unlock_late, impulse_late : tuple of float
        Seconds by which a part of a packet is found late, because it was cut out of the whole; taken off.
    """

    unlock: Spans
    impulse: Spans
    unlock_late: tuple[float, float] = (0.0, 0.0)
    impulse_late: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Parts:
    """Times of the packets' reference as each sound of a single beat tells them, shape (n,); NaN where it is not heard."""

    unlock: F64
    impulse: F64

    @classmethod
    def none(cls, count: int) -> "Parts":
        """Return the parts of beats in which no single sound was looked for."""
        return cls(np.full(count, np.nan), np.full(count, np.nan))

    def join(self, others: "list[Parts]") -> "Parts":
        """Return the parts of this and of the following beats."""
        return Parts(
            np.concatenate([self.unlock, *(other.unlock for other in others)]),
            np.concatenate([self.impulse, *(other.impulse for other in others)]),
        )

    def sooner(self, by: F64) -> "Parts":
        """Return the parts with every time earlier by so many seconds, shape (n,)."""
        return Parts(self.unlock - by, self.impulse - by)

    def only(self, kept: npt.NDArray[np.bool_]) -> "Parts":
        """Return the parts of some of the beats."""
        return Parts(self.unlock[kept], self.impulse[kept])


def wander(parts: Parts, times: F64) -> float:
    """Return by how many seconds the unlock moved against the packets from the first to the last quarter of the beats.

    Parameters
    ----------
    parts : Parts
    times : ndarray of float64, shape (n,)
        Times of the packets' reference.

    Returns
    -------
    float >= 0
        0 where the move is no larger than three standard uncertainties, or too few unlocks were heard one by one.
    """
    ahead = (parts.unlock - times)[np.isfinite(parts.unlock - times)]
    if ahead.size < FEW:
        return 0.0
    early, late = ahead[: ahead.size // 4], ahead[-(ahead.size // 4) :]
    spread = float(np.std(early) + np.std(late)) / 2
    move = abs(float(np.median(late) - np.median(early)))
    return move if move > 3 * 1.25 * spread * np.sqrt(2 / early.size) else 0.0


def places_of(sounds: tuple[Side, Side]) -> Places:
    """Return where unlock and impulse lie, so that neither reaches into the next sound."""
    tick, tock = sounds
    return Places(
        (_span(tick.first, tick.impulse or tick.drop), _span(tock.first, tock.impulse or tock.drop)),
        (_span(tick.impulse, tick.drop), _span(tock.impulse, tock.drop)),
    )


def _span(sound: Onset | None, following: Onset | None) -> tuple[float, float] | None:
    if sound is None or following is None:
        return None
    return sound.time - BEFORE, sound.time + min(AFTER, SHARE * (following.time - sound.time))


def time_parts(sound: Sound, profile: Profile, line: Line, numbers: I64, places: Places) -> Parts:
    """Time unlock and impulse of every beat.

    Parameters
    ----------
    sound : Sound
    profile : Profile
        The packets of this watch.
    line : Line
    numbers : ndarray of int64, shape (n,)
    places : Places

    Returns
    -------
    Parts
    """
    packet = Packet(profile, excess(profile, sound.shape), np.zeros(2))
    side = numbers % 2
    return Parts(
        _time_part(sound, packet, line, numbers, places.unlock) - np.array(places.unlock_late)[side],
        _time_part(sound, packet, line, numbers, places.impulse) - np.array(places.impulse_late)[side],
    )


def balanced(places: Places, parts: Parts, line: Line, numbers: I64) -> tuple[Places, Parts]:
    """Return places and parts such that on average, in the window the packets are from, no part is early or late."""
    unlock, impulse = (_late(times, line, numbers) for times in (parts.unlock, parts.impulse))
    side = numbers % 2
    return (
        replace(places, unlock_late=unlock, impulse_late=impulse),
        Parts(parts.unlock - np.array(unlock)[side], parts.impulse - np.array(impulse)[side]),
    )


def _late(times: F64, line: Line, numbers: I64) -> tuple[float, float]:
    late = times - line.times(numbers)
    groups = [late[(numbers % 2 == side) & np.isfinite(late)] for side in (0, 1)]
    tick, tock = (float(np.median(group)) if group.size else 0.0 for group in groups)
    return tick, tock


def _time_part(sound: Sound, packet: Packet, line: Line, numbers: I64, spans: Spans) -> F64:
    """Time one sound of every beat by the part of the packet that belongs to it."""
    profile = packet.profile
    seconds = (np.arange(packet.above.shape[1]) + 0.5) * profile.cell - profile.lead
    above = np.zeros_like(packet.above)
    for side, span in enumerate(spans):
        if span is not None:
            inside = (seconds >= span[0]) & (seconds <= span[1])
            above[side, inside] = packet.above[side, inside]
    if not above.any():
        return np.full(numbers.size, np.nan)
    rows = likelihoods(sound, replace(packet, above=above), line, numbers, reach=REACH)
    weights = sound.shape * above / (1 + above)
    per_bin = profile.cell * sound.rate
    mean, spread = weights.sum(axis=1) * per_bin, np.sqrt((weights**2).sum(axis=1) * per_bin / sound.shape)
    at, height = peaks(rows)
    sides = numbers % 2
    strength = (height - mean[sides]) / np.maximum(spread[sides], 1e-12)
    return np.where(strength > HEARD, line.times(numbers) + at / sound.rate, np.nan)
