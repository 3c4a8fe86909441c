# SPDX-License-Identifier: Apache-2.0
"""The signal doctor: why nothing was heard, and what would make a reading better."""

import numpy as np

from sichen.bench.acoustic.amplitude import TickFigures
from sichen.bench.acoustic.engine import Engine
from sichen.bench.acoustic.summary import Overall
from sichen.bench.acoustic.timing import Profile
from sichen.bench.reading import ClockReference
from sichen.core import Message

SILENT = 1e-6
CLIPPED = 2e-3
KNOCKED = 0.005
QUIET_DB = 0.0
NARROW = 22_000.0
SHORT = 20.0
UNPROVEN = 1e-3
"""A chance above which a reading says that it is not proven."""
MANY_MISSED = 0.05
PUMPED = 1.25
"""Noise before a tick over noise after it, from which an automatic gain is at work: rooms only make the latter louder."""
EDGE = 10
"""The noise is taken from the first and the last such part of a packet."""
UNLIKE_SIDES = 10.0
"""Degrees between the sides that are worth a word."""


def no_watch(engine: Engine) -> Message:
    """Say why there is no reading."""
    fronts = engine.fronts.values()
    frames = max(engine.frames, 1)
    if engine.seconds < 1.0:
        return Message("bench.acoustic.too_short", seconds=f"{engine.seconds:.2g}")
    if min(front.broken for front in fronts) > 0.5 * frames:
        return Message("bench.acoustic.broken_samples")
    if max(front.peak_to_peak for front in fronts) < SILENT:
        return Message("bench.acoustic.silence")
    if min(front.clipped for front in fronts) > 0.01 * frames:
        return Message("bench.acoustic.only_clipping")
    return Message("bench.acoustic.no_watch")


def advise(
    engine: Engine,
    overall: Overall,
    tick: TickFigures,
    profile: Profile,
    *,
    snr_db: float,
    chance: float,
    lift_angle: tuple[float, str],
    reference: ClockReference,
) -> tuple[Message, ...]:
    """Return what would make the reading better, most useful first.

    Parameters
    ----------
    engine : Engine
    overall : Overall
    tick : TickFigures
    profile : Profile
    snr_db : float
    chance : float
        False alarm probability.
    lift_angle : tuple of float, str
        Degrees, and who says so.
    reference : ClockReference

    Returns
    -------
    tuple of Message
    """
    return (
        *_about_the_proof(chance),
        *_about_the_signal(engine, overall, profile, snr_db),
        *_about_what_was_told(tick, lift_angle, reference),
    )


def _about_the_proof(chance: float) -> list[Message]:
    if chance <= UNPROVEN:
        return []
    return [Message("bench.acoustic.unproven", odds=f"{1 / chance:.0f}")]


def is_pumped(profile: Profile) -> bool:
    """Tell whether the recorder turns its gain down at every tick, so that the noise after it is weaker than before."""
    part = max(1, profile.wide.shape[1] // EDGE)
    noise = profile.wide.mean(axis=0)
    return bool(np.median(noise[:part]) > PUMPED * max(float(np.median(noise[-part:])), 1e-12))


def _about_the_signal(engine: Engine, overall: Overall, profile: Profile, snr_db: float) -> list[Message]:
    front = engine.front
    second = engine.lock.found.second if engine.lock else None
    clipped = 100 * front.clipped / max(front.frames, 1)
    doubts = [
        (second is not None, Message("bench.acoustic.two_watches", beats=f"{second or 0:.0f}")),
        (clipped > CLIPPED, Message("bench.acoustic.clipped", share=f"{clipped:.2g}")),
        (is_pumped(profile), Message("bench.acoustic.pumping")),
        (front.broken > 0, Message("bench.acoustic.some_broken", count=front.broken)),
        (snr_db < QUIET_DB, Message("bench.acoustic.too_quiet", snr=f"{snr_db:.0f}")),
        (
            overall.missed > MANY_MISSED * (overall.beats + overall.missed),
            Message("bench.acoustic.many_missed", missed=overall.missed, beats=overall.beats),
        ),
        (overall.jumps > 0, Message("bench.acoustic.jumps", count=overall.jumps)),
        (overall.gated > KNOCKED * engine.seconds, Message("bench.acoustic.knocks")),
        (engine.sample_rate < NARROW, Message("bench.acoustic.band_limited", rate=f"{engine.sample_rate / 1000:g}")),
        (engine.seconds < SHORT, Message("bench.acoustic.record_longer")),
    ]
    return [message for holds, message in doubts if holds]


def _about_what_was_told(tick: TickFigures, lift_angle: tuple[float, str], reference: ClockReference) -> list[Message]:
    found: list[Message] = []
    degrees, source = lift_angle
    if tick.amplitude.value is not None and source == "default":
        found.append(Message("bench.acoustic.lift_angle_assumed", effect=f"{tick.amplitude.value / degrees:.1f}"))
    if len(tick.sides) == 2:  # noqa: PLR2004 - tick and tock
        apart = abs((tick.sides[0].value or 0.0) - (tick.sides[1].value or 0.0))
        if apart > UNLIKE_SIDES:
            found.append(Message("bench.acoustic.unlike_sides", difference=f"{apart:.0f}"))
    if reference.kind == "none":
        found.append(Message("bench.acoustic.clock_unknown"))
    return found
