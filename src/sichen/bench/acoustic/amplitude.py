# SPDX-License-Identifier: Apache-2.0
"""From the sounds of a tick to amplitude and beat error, or to the reason why there is none."""

from dataclasses import dataclass, replace
from math import cos, hypot, pi

import numpy as np

from sichen.bench.acoustic.landmarks import PASSED, Onset, Side, likeness_of_sides, shift_between
from sichen.bench.acoustic.line import Line
from sichen.bench.acoustic.timing import Profile
from sichen.bench.lift import exact_amplitude, linear_amplitude, third_amplitude
from sichen.core import Figure, Message

LANDMARK = "onset of the first and of the last strong sound, by a fit of rise and ground to the mean energy of each side"
SYSTEMATIC = 6e-6
"""Standard uncertainty in seconds of an onset, whatever the noise: sounds of unlike pitch and sharpness."""
PITCH = 6e-6
"""Seconds by which the wide band lengthens the way from an unlock near 5 kHz to a drop near 12 kHz: the low sound of
random phase loses the slow part of its beginning, and what is left seems to start earlier. Taken off; see `SYSTEMATIC`."""
LAID_OVER = 1.5e-6
"""Standard uncertainty in seconds of laying the tock over the tick, beyond the scatter of the beats."""
UNLIKE = 60e-6
"""When onsets and shapes of the two sides disagree by more seconds than this, the disagreement is the uncertainty."""
ALIKE = 0.985
"""Root powers of tick and tock about an unlock that correlate less may be of two events."""
BEGINNING = (-1e-3, 1.2e-3)
"""Seconds about an unlock that are compared: pallets of unlike lift have their impulses at unlike times after it."""
COARSE_BIN = 75e-6
COARSE_SYSTEMATIC = 150e-6
"""A recording with bins longer than `COARSE_BIN` has lost the sharp sounds: seconds by which its onsets are doubtful."""
COARSE_WORST = 0.3
"""Such a recording gives an amplitude only when that matters less than so many degrees, as in slow clocks."""
SAME = 0.05
"""Lift times of the sides that differ by less than this part belong to the same sounds."""
PLAUSIBLE = (75.0, 345.0)
APART = 0.12
"""Sides may differ by this part of the amplitude before the landmarks are doubted."""
WORST = 0.04
"""An amplitude known worse than this part of it is refused."""


@dataclass(frozen=True)
class TickFigures:
    """Everything that is read from the mean tick of each side."""

    amplitude: Figure
    linear: Figure
    third: Figure
    sides: tuple[Figure, ...]
    beat_error: Figure
    beat_error_unlock: Figure
    sounds: tuple[Side, Side]


def read_tick(
    profile: Profile,
    line: Line,
    sounds: tuple[Side, Side],
    *,
    lift_angle: float,
    u_sway: float,
    wander: float = 0.0,
    doubt: float = 0.0,
) -> TickFigures:
    """Read amplitude and beat error from the mean tick.

    Parameters
    ----------
    profile : Profile
    line : Line
    sounds : tuple of Side
        The sounds of this very profile.
    lift_angle : float
        Degrees.
    u_sway : float
        Standard uncertainty of the line's sway, in seconds.
    wander : float >= 0
        Seconds by which the unlock moved against the drop meanwhile: the mean packet is smeared by as much.
    doubt : float >= 0
        Standard uncertainty in seconds of the way from unlock to drop that the recorder adds, alike on both sides.

    Returns
    -------
    TickFigures
    """
    period = 2 * line.interval
    tick, tock = sounds
    reason = _doubt(sounds, lift_angle=lift_angle, period=period)
    at_drop = _beat_error(profile, tick.drop, tock.drop, line, u_sway)
    if reason is not None:
        no = Figure.refused("°", reason)
        return TickFigures(no, no, no, (), at_drop, Figure.refused("ms", reason), sounds)
    lifts = [_lift(side, 2 * profile.cell) for side in sounds]
    smeared = wander / 12**0.5
    lean = _lean(at_drop, period)
    values = [exact_amplitude(time, lift_angle=lift_angle, period=period) / lean for time, _ in lifts]
    spreads = [value * u / time for value, (time, u) in zip(values, lifts, strict=True)]
    at_unlock = _at_unlock(_beat_error(profile, tick.first, tock.first, line, u_sway), tick.first, tock.first)
    if _unlike_unlocks(profile, sounds, lifts):
        at_unlock = Figure.refused("ms", Message("bench.acoustic.unlocks_unlike"))
    reason = _implausible(values, spreads, coarse=2 * profile.cell >= COARSE_BIN)
    if reason is not None:
        no = Figure.refused("°", reason)
        return TickFigures(no, no, no, (), at_drop, Figure.refused("ms", reason), sounds)
    mean_time = float(np.mean([time for time, _ in lifts]))
    value = exact_amplitude(mean_time, lift_angle=lift_angle, period=period) / lean
    doubt = hypot(doubt, _unresolved(profile, line))
    u = hypot(*spreads, 2 * value * smeared / mean_time, 2 * value * doubt / mean_time) / 2
    scale = {"lift_angle": lift_angle, "period": period}
    sides = tuple(Figure(side, spread, "°") for side, spread in zip(values, spreads, strict=True))
    return TickFigures(
        Figure(value, u, "°"),
        Figure(linear_amplitude(mean_time, **scale), u, "°"),
        Figure(third_amplitude(mean_time, **scale), u, "°"),
        sides,
        at_drop,
        at_unlock,
        sounds,
    )


def _unresolved(profile: Profile, line: Line) -> float:
    """Return the doubt about an onset when every beat falls on the bins alike: nothing is then known between them."""
    width = 2 * profile.cell
    step = abs(line.interval / width - round(line.interval / width))
    return 0.5 * width * max(0.0, 1.0 - step * profile.beats)


def _lean(beat_error: Figure, period: float) -> float:
    """Return how much slower a balance out of beat swings through the lift than through its middle.

    Unlock and drop lie about a point that is passed half the beat error sooner or later than the middle, so that
    A (sin(w t2) - sin(w t1)) is 2 A cos(w b / 2) sin(w (t2 - t1) / 2), b being the beat error.
    """
    return cos(pi * 1e-3 * (beat_error.value or 0.0) / period)


def without_amplitude(figures: TickFigures, reason: Message) -> TickFigures:
    """Return the figures with the amplitude refused."""
    no = Figure.refused("°", reason)
    return replace(figures, amplitude=no, linear=no, third=no, sides=())


def _lift(side: Side, width: float) -> tuple[float, float]:
    """Return the time from unlock to drop and its uncertainty."""
    if side.drop is None or side.first is None:
        return float("nan"), float("nan")
    systematic = SYSTEMATIC if width < COARSE_BIN else COARSE_SYSTEMATIC
    return side.drop.time - side.first.time - PITCH, float(np.sqrt(side.drop.u**2 + side.first.u**2 + 2 * systematic**2))


def _beat_error(profile: Profile, tick: Onset | None, tock: Onset | None, line: Line, u_sway: float) -> Figure:
    if tick is None or tock is None:
        return Figure.refused("ms", Message("bench.acoustic.no_drop"))
    shift = shift_between(profile, (tick.time, tock.time))
    apart = abs(shift - (tock.time - tick.time))
    value = -2 * line.sway + shift
    return Figure(
        1e3 * value, 1e3 * hypot(2 * u_sway, LAID_OVER, 0.3 * tick.u, 0.3 * tock.u, apart if apart > UNLIKE else 0.0), "ms"
    )


def _at_unlock(figure: Figure, tick: Onset | None, tock: Onset | None) -> Figure:
    """Return the beat error with the uncertainty of the onsets too: an unlock is fainter than the tick that is timed."""
    if figure.value is None or figure.u is None or tick is None or tock is None:
        return figure
    return Figure(figure.value, hypot(figure.u, 1e3 * tick.u, 1e3 * tock.u), figure.unit)


def _unlike_unlocks(profile: Profile, sounds: tuple[Side, Side], lifts: list[tuple[float, float]]) -> bool:
    """Tell whether the first sounds of the sides may not be the same event: they look unlike, and come at unlike times."""
    tick, tock = (side.first for side in sounds)
    if tick is None or tock is None:
        return False
    (one, u_one), (other, u_other) = lifts
    apart = abs(one - other)
    if apart < max(UNLIKE, 3 * hypot(u_one, u_other)):
        return False
    return likeness_of_sides(profile, (tick.time, tock.time), span=BEGINNING) < ALIKE


def _doubt(sounds: tuple[Side, Side], *, lift_angle: float, period: float) -> Message | None:
    """Return why no unlock is believed, or None."""
    if any(side.drop is None for side in sounds):
        return Message("bench.acoustic.no_drop")
    times = [side.lift_time for side in sounds if side.lift_time is not None]
    if len(times) < len(sounds):
        return Message("bench.acoustic.no_unlock")
    if any(side.buried for side in sounds):
        return Message("bench.acoustic.unlock_buried")
    same = abs(times[0] - times[1]) < SAME * times[0]
    if all(side.threefold for side in sounds) or (same and any(side.threefold for side in sounds)):
        return None
    first, second = (
        exact_amplitude(float(np.mean(times)) / part, lift_angle=lift_angle, period=period) for part in (1.0, 1.0 - PASSED[0])
    )
    if second < PLAUSIBLE[0]:
        return None
    return Message("bench.acoustic.unlock_or_impulse", unlock=f"{first:.0f}", impulse=f"{second:.0f}")


def _implausible(values: list[float], spreads: list[float], *, coarse: bool) -> Message | None:
    low, high = PLAUSIBLE
    if coarse and hypot(*spreads) / 2 > COARSE_WORST:
        return Message("bench.acoustic.band_too_narrow")
    if not all(low <= value <= high for value in values):
        return Message(
            "bench.acoustic.amplitude_implausible", value=f"{np.mean(values):.0f}", low=f"{low:.0f}", high=f"{high:.0f}"
        )
    if abs(values[0] - values[1]) > APART * float(np.mean(values)) + 3 * hypot(*spreads):
        return Message("bench.acoustic.sides_disagree", tick=f"{values[0]:.0f}", tock=f"{values[1]:.0f}")
    if hypot(*spreads) / 2 > WORST * float(np.mean(values)):
        return Message("bench.acoustic.amplitude_uncertain")
    return None
