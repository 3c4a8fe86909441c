# SPDX-License-Identifier: Apache-2.0
"""From what the engine knows to a reading: figures, refusals, beats and the averaged tick."""

from dataclasses import dataclass, field
from math import hypot

import numpy as np

from sichen.bench.acoustic.advice import advise
from sichen.bench.acoustic.amplitude import LANDMARK, TickFigures, read_tick, without_amplitude
from sichen.bench.acoustic.engine import Engine
from sichen.bench.acoustic.frontend import COARSE
from sichen.bench.acoustic.instability import instability
from sichen.bench.acoustic.landmarks import find_sounds
from sichen.bench.acoustic.opening import first_beat
from sichen.bench.acoustic.parts import wander
from sichen.bench.acoustic.summary import Overall, summarise
from sichen.bench.acoustic.timing import Profile
from sichen.bench.nominal import DAY, HOUR, nominal_for, rate_of
from sichen.bench.reading import Beats, ClockReference, Reading, TickScope
from sichen.core import Figure, Message

WATCH = 11_900.0
"""Beats an hour below which one expects a clock, whose lift angle is not that of a watch."""
RECTANGULAR = 12**-0.5
"""Standard deviation of what is known to lie in one interval, as a part of it."""
DROWNED = 3.8
"""Where no beat is heard by itself, the packets too are known only by the beats whose sway is sought: by so much is the
scatter of the beat error of repeated recordings larger than the curvature of the likelihood says (28800, -10 and -12 dB)."""
FAINT = 15.5
"""Standard deviations a beat, about which the same begins for beats that are just heard by themselves (-6 and -8 dB)."""
CLIPPED = 25e-6
"""Seconds by which the way from unlock to drop is doubtful when one sample in a hundred is clipped; as the root of their
part, by what clipping of 0.1 to 1.5 % did to 64 synthesised recordings."""
NO_BEATS = Beats(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))


@dataclass(frozen=True)
class Settings:
    """What the user says about watch and recorder; see `measure`."""

    lift_angle: float = 52.0
    lift_angle_source: str = "default"
    beats_per_hour: float | None = None
    reference: ClockReference = field(default_factory=ClockReference)


@dataclass(frozen=True)
class Heard:
    """All that is known of a watch at one moment."""

    overall: Overall
    profile: Profile
    tick: TickFigures
    snr_db: float
    log10_chance: float


def hear(engine: Engine, settings: Settings, *, final: bool) -> Heard | None:
    """Put the blocks and the rest of the sound together; None when no watch is heard."""
    end = engine.front.fine.end // COARSE * COARSE
    if engine.lock is None and final:
        engine.search_rest(end)
    lock = engine.lock
    if lock is None:
        return None
    blocks, profile = engine.rest(end, final=final)
    if not blocks or profile is None:
        return None
    overall = summarise(blocks, resolution=RECTANGULAR / engine.sample_rate)
    told = engine.packets(overall.packets)
    if told is not None and told is not engine.lock:
        lock, profile = told, told.gathered
    sounds = engine.sounds[1] if engine.sounds and engine.sounds[0] is profile else None
    if sounds is None:
        sounds = find_sounds(profile, shape=lock.mix.shape, lift_angle=settings.lift_angle, period=2 * overall.line.interval)
        engine.sounds = (profile, sounds)
    opening = engine.opening if engine.blocks else first_beat(engine.front, overall.line, lock.mix, profile)
    if opening % 2:
        profile, sounds = profile.exchanged(), (sounds[1], sounds[0])
    overall = overall.renumbered(opening)
    moved = wander(overall.parts, overall.times)
    u_sway = overall.u_sway * (hypot(1.0, (FAINT / overall.strength) ** 2) if overall.single else DROWNED)
    doubt = CLIPPED * (100 * engine.front.clipped / max(engine.front.frames, 1)) ** 0.5
    known = {"lift_angle": settings.lift_angle, "u_sway": u_sway, "wander": moved, "doubt": doubt}
    tick = read_tick(profile, overall.line, sounds, **known)
    return Heard(overall, profile, tick, _snr_db(profile), lock.found.log10_chance)


def _snr_db(profile: Profile) -> float:
    """Return the mean power of a packet spread over ten milliseconds, over the noise."""
    # Between the beats there may be digital silence: the ratio then ends at 120 dB.
    level = max(float(np.median(profile.power)), 1e-12 * float(profile.power.max()))
    energy = float(np.mean(np.sum(profile.power - level, axis=1))) * profile.cell
    return float(10 * np.log10(max(energy / (0.010 * level), 1e-9)))


def refused_reading(reason: Message, duration: float, settings: Settings) -> Reading:
    """Return a reading that says why there is none."""
    return Reading(
        duration=duration,
        reason=reason,
        lift_angle=settings.lift_angle,
        lift_angle_source=settings.lift_angle_source,
        reference=settings.reference,
    )


def compose(heard: Heard, engine: Engine, settings: Settings) -> Reading:
    """Write the reading."""
    overall, tick = heard.overall, heard.tick
    interval = overall.line.interval / (1 + 1e-6 * settings.reference.ppm)
    nominal = nominal_for(HOUR / interval, given=settings.beats_per_hour)
    relative = overall.u_interval / overall.line.interval
    if nominal.origin == "measured":
        rate = Figure.refused("s/d", Message("bench.acoustic.no_nominal", found=f"{nominal.beats_per_hour:.0f}"))
    else:
        rate = Figure(rate_of(interval, beats_per_hour=nominal.beats_per_hour), relative * DAY, "s/d")
    unsteady, tau = instability(overall)
    chance = float(10 ** max(heard.log10_chance, -300.0))
    if settings.lift_angle_source == "default" and HOUR / interval < WATCH:
        tick = without_amplitude(tick, Message("bench.acoustic.lift_angle_of_a_clock"))
    return Reading(
        duration=min(engine.seconds, engine.window),
        beats_per_hour=nominal.beats_per_hour,
        nominal=nominal.origin,
        beat_interval=Figure(interval, relative * interval, "s"),
        rate=rate,
        amplitude=tick.amplitude,
        amplitude_linear=tick.linear,
        amplitude_third=tick.third,
        amplitude_sides=tick.sides,
        beat_error=tick.beat_error,
        beat_error_unlock=tick.beat_error_unlock,
        instability=unsteady,
        instability_tau=tau,
        lift_angle=settings.lift_angle,
        lift_angle_source=settings.lift_angle_source,
        landmark=LANDMARK,
        snr_db=heard.snr_db,
        false_alarm_probability=chance,
        beats=overall.beats,
        missed=overall.missed,
        reference=settings.reference,
        advice=advise(
            engine,
            overall,
            tick,
            heard.profile,
            snr_db=heard.snr_db,
            chance=chance,
            lift_angle=(settings.lift_angle, settings.lift_angle_source),
            reference=settings.reference,
        ),
    )


def beats_of(heard: Heard) -> Beats:
    """Return the single beats that were heard: each sound as it came in that beat, NaN where it drowned."""
    overall = heard.overall
    side = overall.numbers % 2
    sounds = heard.tick.sounds
    first, impulse, drop = (
        np.array([np.nan if onset is None else onset.time for onset in onsets])
        for onsets in ([s.first for s in sounds], [s.impulse for s in sounds], [s.drop for s in sounds])
    )
    if not heard.tick.amplitude.ok:
        first, impulse = np.full(2, np.nan), np.full(2, np.nan)
    return Beats(
        overall.numbers,
        overall.parts.unlock + first[side],
        overall.parts.impulse + impulse[side],
        overall.times + np.where(np.isfinite(drop), drop, 0.0)[side],
    )


def scope_of(heard: Heard) -> TickScope:
    """Return the averaged tick of each side about its drop."""
    profile = heard.profile
    sounds = heard.tick.sounds
    drops = [0.0 if side.drop is None else side.drop.time for side in sounds]
    marks: dict[str, tuple[float | None, float | None]] = {
        "drop": tuple(None if side.drop is None else 0.0 for side in sounds),  # type: ignore[dict-item]
        "unlock": tuple(
            None if side.first is None or not heard.tick.amplitude.ok else side.first.time - drop
            for side, drop in zip(sounds, drops, strict=True)
        ),  # type: ignore[dict-item]
    }
    mean = float(np.mean(drops))
    rows = []
    for power, drop in zip(profile.wide, drops, strict=True):
        grid = np.arange(power.size)
        rows.append(np.interp(grid + (drop - mean) / profile.cell, grid, power) - float(np.median(power)))
    return TickScope(profile.cell, 0.5 * profile.cell - profile.lead - mean, rows[0], rows[1], marks)
