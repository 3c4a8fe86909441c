# SPDX-License-Identifier: Apache-2.0
"""The desk of stability: results are kept with their series, and drawn as PNG where somebody needs one."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sichen.adapters.bench_desk import kept_take
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.whole_files import write_whole
from sichen.core import ConfigError, Input, Instant, Message, Record, TooFewSamples
from sichen.stability import Deviations, PhaseSeries, Question

METHOD, VERSION = "stability.deviations", "1"
FEWEST = 16  # beats: four octaves of averaging times
SECONDS_PER_HOUR = 3600.0


def keep_deviations(
    folder: DataFolder,
    found: Deviations,
    *,
    content: bytes,
    name: str,
    subject: str,
    instant: Instant,
    asked: Question | None = None,
    rests_on: tuple[Input, ...] = (),
) -> Record:
    """Keep a result as a record that rests on the file its series came from.

    Parameters
    ----------
    folder : DataFolder
    found : Deviations
    content : bytes
        The file as it came; `name` is what it was called.
    subject : str
        Which clock, e.g. ``clock:H-maser-2``.
    instant : Instant
        When it was measured, or kept when nobody says.
    asked : Question, optional
        How the file was read, so that the result can be found again from it.
    rests_on : tuple of Input
        What else stands behind it.
    """
    kept = folder.keep(content, media_type="text/plain", name=name)
    body = {**found.to_json(), **({} if asked is None else {"read": asked.to_json()})}
    record = Record(METHOD, subject, body, METHOD, VERSION, instant, inputs=(Input("series", kept.digest), *rests_on))
    folder.records.append(record)
    return record


def keep_beats(folder: DataFolder, found: Deviations, reading: Record, *, asked: Question) -> Record:
    """Keep a result that was found from the beats of a kept reading, at the instant of that reading."""
    body = {**found.to_json(), "read": asked.to_json()}
    inputs = (Input("reading", reading.digest),)
    record = Record(METHOD, reading.subject, body, METHOD, VERSION, reading.instant, inputs=inputs)
    folder.records.append(record)
    return record


def beats_of(folder: DataFolder, reading: Record) -> tuple[PhaseSeries, Message]:
    """Return the phase of a watch from the drops of a kept reading, its beat error taken away, and what to say of it.

    Ticks and tocks that are unequal make the phase alternate by half the beat error: at an averaging time of one beat
    that would be all one sees.

    Raises
    ------
    NotFound
        If the reading has no beats any more.
    DataError
        If too few were heard.
    """
    beats = kept_take(folder, reading).beats
    heard = np.isfinite(beats.drop)
    known = reading.body.get("beats_per_hour")
    if not isinstance(known, int | float) or heard.sum() < FEWEST:
        raise TooFewSamples(got=int(heard.sum()), need=FEWEST)
    number, drop = beats.number[heard], beats.drop[heard]
    series = PhaseSeries.from_beats(drop, beat=SECONDS_PER_HOUR / known, number=number)
    there = ~np.isnan(series.phase)
    place = np.arange(series.size)
    side = np.where(place % 2 == 0, 0.5, -0.5)
    fitted, *_ = np.linalg.lstsq(np.stack([np.ones(place.size), place, side], axis=1)[there], series.phase[there], rcond=None)
    said = Message("adapters.stability.beat_error", milliseconds=f"{abs(fitted[2]) * 1e3:.2f}")
    return PhaseSeries(series.phase - fitted[2] * side, series.tau0, series.segments), said


def draw_png(results: Sequence[Deviations], path: Path) -> None:
    """Draw results on double logarithmic axes as a PNG file.

    Raises
    ------
    ConfigError
        If the extra ``[plot]`` is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError(Message("adapters.desk.no_matplotlib")) from error
    figure = Figure(figsize=(7.6, 4.8), dpi=150, layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log", xlabel="τ / s")
    axes.set_ylabel("/".join(dict.fromkeys(f"{one.title}{' / s' if one.unit == 's' else ''}" for one in results)))
    for one in results:
        spread = np.nan_to_num(np.array([one.deviation - one.lower, one.upper - one.deviation]))
        axes.errorbar(one.tau, one.deviation, yerr=spread, fmt="o-", markersize=3, linewidth=1, capsize=2, label=one.title)
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    with write_whole(path) as file:
        file.write(buffer.getvalue())
