# SPDX-License-Identifier: Apache-2.0
"""What the bench page is told: figures as they are written in the reader's language, beats and scope as numbers."""

import numpy as np

from sichen.bench.reading import Beats, ClockReference, Measurement, Reading, TickScope
from sichen.core import JSON, Figure, Language, Message, convert
from sichen.web.bodies import SIGNED
from sichen.web.language import span, thousands

GOOD_SNR, USABLE_SNR = 6.0, -4.0
SECONDS_PER_HOUR = 3600.0
SCOPE_POINTS = 240
MICROSECOND = 6


def reading(found: Reading, language: Language) -> dict[str, JSON]:
    """Return a reading as the page shows it."""
    known = found.beats_per_hour
    return {
        "ok": found.status == "ok",
        "reason": None if found.reason is None else found.reason.text(language),
        "time": span(found.duration),
        "interval": None if known is None else SECONDS_PER_HOUR / known,
        "figures": {name: figure(value, language, signed=SIGNED.get(name)) for name, value in found.figures().items()},
        "beats_per_hour": "—" if known is None else thousands(known),
        "nominal": "" if found.nominal is None else Message(f"web.bench.nominal.{found.nominal}").text(language),
        "quality": quality(found, language),
        "counts": Message("web.bench.counts", beats=thousands(found.beats), missed=thousands(found.missed)).text(language),
        "reference": reference(found.reference, language),
        "lift": lift(found, language),
        "advice": [message.text(language) for message in found.advice],
    }


def figure(value: Figure, language: Language, *, signed: bool | None = None) -> dict[str, JSON]:
    """Return one figure in pieces, with its reason when it was refused."""
    parts = value.parts(language, signed=signed)
    return {
        "ok": value.ok,
        "value": parts.value,
        "u": parts.u,
        "unit": parts.unit,
        "reason": None if value.reason is None else value.reason.text(language),
    }


def quality(found: Reading, language: Language) -> dict[str, JSON]:
    """Return the quality of the sound: a kind that has its shape, and a word."""
    snr = found.snr_db
    if snr is None:
        return {"kind": "open", "text": Message("web.bench.quality.none").text(language)}
    kind = "good" if snr >= GOOD_SNR else "care" if snr >= USABLE_SNR else "wrong"
    decibel = f"{snr:+.0f}".replace("-", "−")
    return {"kind": kind, "text": Message(f"web.bench.quality.{kind}", snr=decibel).text(language)}


def reference(clock: ClockReference, language: Language) -> str:
    """Say what the sample clock stands on."""
    key = {"pps": "pps", "ntp-log": "ntp", "typed": "typed"}.get(clock.kind, "none")
    if key == "none":
        bound = clock.u_ppm * 3**0.5
        rate = f"{convert(bound, unit='ppm', to='s/d'):.1f}"
        return Message("web.bench.reference.none", ppm=f"{bound:.0f}", rate=rate).text(language)
    return Message(f"web.bench.reference.{key}", u=f"{clock.u_ppm:.2g}", ppm=f"{clock.ppm:+.2f}").text(language)


def lift(found: Reading, language: Language) -> str:
    """Say the lift angle and who gave it."""
    source = {"default": "assumed", "given": "given"}.get(found.lift_angle_source)
    said = found.lift_angle_source if source is None else Message(f"web.bench.lift.{source}").text(language)
    return f"{found.lift_angle:g}° · {said}"


def beat_rows(beats: Beats) -> list[tuple[int, float]]:
    """Return beats as rows of number and time of the drop; where it was not heard, of the unlock."""
    times = np.where(np.isfinite(beats.drop), beats.drop, beats.unlock)
    return [
        (int(number), round(float(time), MICROSECOND))
        for number, time in zip(beats.number, times, strict=True)
        if np.isfinite(time)
    ]


def scope(found: TickScope) -> dict[str, JSON]:
    """Return the averaged tick around its sounds with at most 240 points a side, as much as a screen shows."""
    marks = [time for pair in found.marks.values() for time in pair if time is not None]
    first, last = min(marks, default=found.start), max(marks, default=0.0)
    begin = max(0, round((1.3 * first - 3e-3 - found.start) / found.step))
    end = min(found.tick.size, round((last + max(4e-3, -0.6 * first) - found.start) / found.step))
    stride = max(1, -(-(end - begin) // SCOPE_POINTS))
    return {
        "start": round(found.start + begin * found.step, MICROSECOND + 2),
        "step": found.step * stride,
        "tick": _thinned(found.tick[begin:end], stride),
        "tock": _thinned(found.tock[begin:end], stride),
        "marks": {name: list(times) for name, times in found.marks.items()},
    }


def measurement(found: Measurement) -> dict[str, JSON]:
    """Return what the strip and the scope of a whole measurement show."""
    known = found.reading.beats_per_hour
    return {
        "interval": None if known is None else SECONDS_PER_HOUR / known,
        "beats": beat_rows(found.beats),
        "scope": None if found.scope is None else scope(found.scope),
    }


def _thinned(power: np.ndarray, stride: int) -> list[JSON]:
    """Keep the greatest of each group of points: a peak must not vanish from the picture."""
    padded = np.concatenate([power, np.zeros(-power.size % stride)])
    return [float(f"{value:.2g}") for value in padded.reshape(-1, stride).max(axis=1)]
