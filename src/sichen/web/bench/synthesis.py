# SPDX-License-Identifier: Apache-2.0
"""A teaching page: set a watch, hear and see it, and hold what is measured against what is true."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from sichen.adapters.audio_writing import wav_pieces
from sichen.bench import Scene, SynthesisedSound, WatchSound, escapements, synthesis_stream
from sichen.bench.reading import Reading
from sichen.core import JSON, Figure
from sichen.web.bench import wire
from sichen.web.bench.engine import BenchEngine
from sichen.web.bench.sending import worked
from sichen.web.bench.session import FLATTEST, STEEPEST, Settings
from sichen.web.description import sends
from sichen.web.language import language_of
from sichen.web.pages import page, render

router = APIRouter()
SAMPLE_RATE = 48_000.0
BEAT_RATES = (14_400, 18_000, 19_800, 21_600, 25_200, 28_800, 36_000)
NOISES = ("white", "pink", "room", "hum")


@dataclass(frozen=True)
class Wanted:
    """The watch and the room that somebody set.

    Parameters
    ----------
    sound : SynthesisedSound
    watch : WatchSound
    """

    sound: SynthesisedSound
    watch: WatchSound

    @property
    def truth(self) -> dict[str, float]:
        """What is true, by glossary term."""
        return {"rate": self.watch.rate, "amplitude": self.watch.amplitude, "beat_error": self.watch.beat_error}


def wanted(
    *,
    beats_per_hour: Annotated[float, Form(ge=3600, le=72_000, description="Beats per hour.")] = 28_800.0,
    rate: Annotated[float, Form(ge=-3000, le=3000, description="Rate, s/d.")] = 4.7,
    amplitude: Annotated[float, Form(ge=60, le=350, description="Amplitude, degrees.")] = 272.0,
    beat_error: Annotated[float, Form(ge=-20, le=20, description="Beat error, ms, signed.")] = 0.4,
    lift_angle: Annotated[float, Form(ge=FLATTEST, le=STEEPEST, description="Lift angle, degrees.")] = 52.0,
    escapement: Annotated[str, Form(description="Kind of escapement, e.g. swiss_lever.")] = "swiss_lever",
    jitter_us: Annotated[float, Form(ge=0, le=2000, description="Scatter of a beat, microseconds.")] = 40.0,
    snr_db: Annotated[float, Form(ge=-25, le=60, description="Signal-to-noise ratio, dB.")] = 16.0,
    noise: Annotated[Literal["white", "pink", "brown", "room", "hum"], Form(description="Kind of noise.")] = "room",
    knocks_per_second: Annotated[float, Form(ge=0, le=10, description="Knocks a second.")] = 0.0,
    reverberation: Annotated[float, Form(ge=0, le=2, description="Seconds of reverberation.")] = 0.0,
    duration: Annotated[float, Form(ge=2, le=120, description="Seconds.")] = 20.0,
    seed: Annotated[int, Form(ge=0, description="Everything random follows from it.")] = 1,
) -> Wanted:
    """Read the watch and the room from a form."""
    watch = WatchSound(
        beats_per_hour=beats_per_hour,
        rate=rate,
        amplitude=amplitude,
        beat_error=beat_error,
        lift_angle=lift_angle,
        escapement=escapement,
        jitter=1e-6 * jitter_us,
    )
    scene = Scene(snr_db=snr_db, noise=noise, knocks_per_second=knocks_per_second, reverberation=reverberation)
    sound, _ = synthesis_stream(watch, duration=duration, sample_rate=SAMPLE_RATE, scene=scene, seed=seed)
    return Wanted(sound, watch)


@router.get("/bench/synthesis", include_in_schema=False)
def bench(request: Request) -> HTMLResponse:
    """Show the teaching page."""
    return page(request, "bench/synthesis.html", escapements=escapements(), beat_rates=BEAT_RATES, noises=NOISES)


@router.post(
    "/api/bench/synthesise", tags=["bench"], response_class=StreamingResponse, responses=sends("audio/wav", "application/json")
)
def synthesise(wished: Annotated[Wanted, Depends(wanted)], *, truth: bool = False) -> Response:
    """Return the sound of a watch that never was, as WAV; with `truth`, what is exactly true of it, as JSON.

    Both follow from the same fields, so asking twice gives a recording and the truth beside it, as
    `sichen bench synth` writes them.
    """
    if truth:
        return JSONResponse(wished.sound.truth.to_json())
    headers = {"Content-Disposition": 'attachment; filename="synthesised.wav"'}
    pieces = wav_pieces(wished.sound, frames=wished.sound.frames)
    return StreamingResponse(pieces, media_type="audio/wav", headers=headers)


@router.post("/api/bench/synthesise/measured", tags=["bench"])
async def measured(
    request: Request,
    engine: BenchEngine,
    wished: Annotated[Wanted, Depends(wanted)],
    *,
    told_lift_angle: Annotated[str, Form(description="Lift angle that the bench is told; the true one when empty.")] = "",
    detail: Annotated[bool, Query(description="Add what a page shows: figures as HTML, beats, averaged tick.")] = False,
) -> JSONResponse:
    """Measure a synthesised watch and put what is true beside it."""
    angle = float(told_lift_angle) if _is_number(told_lift_angle) else wished.watch.lift_angle
    settings = Settings().changed(lift_angle=angle)
    found = await worked(request, wished.sound, lambda heard: engine.measure(heard, settings))
    answer: dict[str, JSON] = {**found.reading.to_json(), "truth": dict(wished.truth)}
    if detail:
        html = render(
            language_of(request),
            "bench/synthesis_result.html",
            rows=_beside(found.reading, wished),
            reason=found.reading.reason,
            advice=found.reading.advice,
        )
        answer |= {"html": html, "view": wire.measurement(found)}
    return JSONResponse(answer)


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).isdecimal()


@dataclass(frozen=True)
class Beside:
    """A measured figure beside its truth."""

    name: str
    true: Figure
    measured: Figure

    @property
    def off(self) -> float | None:
        """Measured minus true, in standard uncertainties."""
        if self.measured.value is None or self.true.value is None or not self.measured.u:
            return None
        return (self.measured.value - self.true.value) / self.measured.u


def _beside(reading: Reading, wished: Wanted) -> list[Beside]:
    return [
        Beside(name, Figure(value, None, reading.figures()[name].unit), reading.figures()[name])
        for name, value in wished.truth.items()
    ]
