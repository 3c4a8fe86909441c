# SPDX-License-Identifier: Apache-2.0
"""``sichen bench synth``: recordings of watches that never were, with their exact truth beside them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import write_wav
from sichen.adapters.named_files import write_named
from sichen.bench import SampleStream, Scene, WatchSound, synthesis_stream
from sichen.bench.quartz import Pickup, QuartzWatch, synthesise_quartz
from sichen.cli.output import note, say
from sichen.core import JSON, ConfigError, DataError, Message

Out = Annotated[Path, Parameter(help="WAV file to write; the truth goes beside it, with the ending .truth.json.")]
LONGEST = 86_400.0
"""Seconds that a file of synthesised sound may last."""
LOWEST_RATE, HIGHEST_RATE = 4_000.0, 768_000.0
"""Frames a second, from the least that carry a tick to the most that a converter gives."""
Flat = Parameter(name="*")
Force = Annotated[bool, Parameter(negative=(), help="Replace files that are there, whatever they are.")]


@dataclass(frozen=True)
class _Bench(Scene):
    """The scene of somebody who does not say how noisy it is: a quiet bench, 20 dB."""

    snr_db: float | None = 20.0


def synth(
    *,
    out: Out,
    duration: float = 30.0,
    sample_rate: float = 48_000.0,
    seed: int = 0,
    watch: Annotated[WatchSound | None, Flat] = None,
    scene: Annotated[_Bench | None, Flat] = None,
    force: Force = False,
) -> int:
    """Make a recording of a ticking watch with its exact truth.

    Parameters
    ----------
    duration
        Seconds.
    sample_rate
        Frames a second.
    seed
        Everything random follows from it.
    """
    _check(out, duration, sample_rate, force=force)
    sound, truth = synthesis_stream(
        watch or WatchSound(), duration=duration, sample_rate=sample_rate, scene=scene or _Bench(), seed=seed
    )
    _write(out, sound, truth.to_json())
    return 0


def synth_quartz(
    *,
    out: Out,
    duration: float = 60.0,
    sample_rate: float = 48_000.0,
    seed: int = 0,
    watch: Annotated[QuartzWatch | None, Flat] = None,
    pickup: Annotated[Pickup | None, Flat] = None,
    force: Force = False,
) -> int:
    """Make a recording of a quartz watch's motor, as a coil picks it up, with its exact truth.

    Parameters
    ----------
    duration
        Seconds.
    sample_rate
        Frames a second.
    seed
        Everything random follows from it.
    """
    _check(out, duration, sample_rate, force=force)
    sound, truth = synthesise_quartz(
        watch or QuartzWatch(), duration=duration, sample_rate=sample_rate, pickup=pickup or Pickup(), seed=seed
    )
    _write(out, sound, truth.to_json())
    return 0


def _check(out: Path, duration: float, sample_rate: float, *, force: bool) -> None:
    if out.suffix.lower() != ".wav":
        raise ConfigError(Message("cli.bench.wav_only", file=out.name))
    if not 0 < duration <= LONGEST:
        raise ConfigError(Message("cli.bench.duration", found=f"{duration:g}", most=f"{LONGEST:g}"))
    if not LOWEST_RATE <= sample_rate <= HIGHEST_RATE:
        bounds = {"low": f"{LOWEST_RATE:g}", "high": f"{HIGHEST_RATE:g}"}
        raise ConfigError(
            Message("bench.synthesis.outside", option="sample-rate", found=f"{sample_rate:g}", unit=" Hz", **bounds)
        )
    # A sound with its truth beside it was made here and may be made again; one without the other is somebody else's.
    there = [path for path in (out, _truth_of(out)) if path.exists()]
    if len(there) == 1 and not force:
        raise ConfigError(Message("cli.bench.taken", file=str(there[0])))


def _truth_of(out: Path) -> Path:
    return out.with_suffix(".truth.json")


def _write(out: Path, sound: SampleStream, truth: JSON) -> None:
    """Write sound and truth, or neither: a truth that cannot be written down belongs to an impossible watch."""
    try:
        text = json.dumps(truth, allow_nan=False) + "\n"
    except ValueError as error:
        raise DataError(Message("cli.bench.no_truth")) from error
    beside = _truth_of(out)
    write_wav(out, sound, encoding="PCM_16")
    write_named(beside, text)
    note(say(Message("cli.bench.written", sound=str(out), truth=str(beside))))
