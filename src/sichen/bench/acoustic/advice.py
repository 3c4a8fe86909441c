# SPDX-License-Identifier: Apache-2.0
"""The signal doctor: why nothing was heard, and what would make a reading better."""

from sichen.bench.acoustic.amplitude import TickFigures
from sichen.bench.acoustic.engine import Engine
from sichen.bench.acoustic.summary import Overall
from sichen.bench.reading import ClockReference
from sichen.core import Message

SILENT = 1e-6
CLIPPED = 2e-5
QUIET_DB = 0.0
NARROW = 22_000.0
SHORT = 20.0
MANY_MISSED = 0.05


def no_watch(engine: Engine) -> Message:
    """Say why there is no reading."""
    fronts = engine.fronts.values()
    frames = max(engine.frames, 1)
    if engine.seconds < 1.0:
        return Message("bench.acoustic.too_short", seconds=f"{engine.seconds:.2g}")
    if min(front.broken for front in fronts) > 0.5 * frames:  # noqa: PLR2004 - most of it
        return Message("bench.acoustic.broken_samples")
    if max(front.peak_to_peak for front in fronts) < SILENT:
        return Message("bench.acoustic.silence")
    if min(front.clipped for front in fronts) > 0.01 * frames:  # noqa: PLR2004 - more than a tick could
        return Message("bench.acoustic.only_clipping")
    return Message("bench.acoustic.no_watch")


def advise(
    engine: Engine, snr_db: float, tick: TickFigures, overall: Overall, lift_source: str, reference: ClockReference
) -> tuple[Message, ...]:
    """Return what would make the reading better, most useful first."""
    front = engine.front
    found: list[Message] = []
    if engine.second_watch is not None:
        found.append(Message("bench.acoustic.two_watches", beats=f"{engine.second_watch:.0f}"))
    if front.clipped > CLIPPED * front.frames:
        found.append(Message("bench.acoustic.clipped", share=f"{100 * front.clipped / front.frames:.2g}"))
    if front.broken:
        found.append(Message("bench.acoustic.some_broken", count=front.broken))
    if snr_db < QUIET_DB:
        found.append(Message("bench.acoustic.too_quiet", snr=f"{snr_db:.0f}"))
    if overall.single and overall.missed > MANY_MISSED * (overall.beats + overall.missed):
        found.append(Message("bench.acoustic.many_missed", missed=overall.missed, beats=overall.beats))
    if engine.gated > 0.005 * engine.seconds:  # noqa: PLR2004 - a knock every few seconds
        found.append(Message("bench.acoustic.knocks"))
    if engine.sample_rate < NARROW:
        found.append(Message("bench.acoustic.band_limited", rate=f"{engine.sample_rate / 1000:g}"))
    if engine.seconds < SHORT:
        found.append(Message("bench.acoustic.record_longer"))
    if tick.amplitude.value is not None and lift_source == "default":
        per_degree = tick.amplitude.value / 52.0
        found.append(Message("bench.acoustic.lift_angle_assumed", effect=f"{per_degree:.1f}"))
    if reference.kind == "none":
        found.append(Message("bench.acoustic.clock_unknown"))
    return tuple(found)
