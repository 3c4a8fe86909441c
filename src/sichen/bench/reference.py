# SPDX-License-Identifier: Apache-2.0
"""What time the samples were taken by: pulses of the second beside the watch, or a log of frames against network time."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sichen.bench.reading import ClockReference
from sichen.bench.signal import Recording, Samples, SampleStream
from sichen.core import DataError, Message

F64 = npt.NDArray[np.float64]

FEWEST_PULSES = 5
CLOSE_TO_A_SECOND = 2e-4
"""Seconds by which pulses of the second may be apart from one, on an uncalibrated clock."""
FEWEST_ROWS = 4
PULSE_U = 1e-7
"""Seconds, standard uncertainty of the time from first to last pulse, which no residual shows: a receiver steps its pulse by
some tens of nanoseconds, and an edge is read between samples to a few thousandths of one."""
REFRACTORY = 0.5
"""Seconds after a pulse in which no other can begin: its own end, or an echo."""
OUTLIER = 5.0
"""Robust standard deviations beyond which a pulse or a row is left out."""
FARTHEST_PPM = 2_000.0
"""A sample clock that seems farther off than this is a wrong channel or a wrong file."""


class TimeSignal(Protocol):
    """A coded time signal on a channel, such as a radio clock's: it says when its seconds began."""

    def seconds(self, stream: SampleStream, *, channel: int) -> tuple[F64, F64]:
        """Return frame indices, with fractions, and the true seconds at which they were taken."""
        ...


def pps_reference(stream: SampleStream, *, channel: int = 1) -> ClockReference:
    """Compare the sample clock with pulses of the second on a channel.

    Parameters
    ----------
    stream : SampleStream
    channel : int
        Where the pulses are; the watch is on another.

    Returns
    -------
    ClockReference

    Raises
    ------
    DataError
        If the channel does not exist or carries too few pulses about a second apart.

    Notes
    -----
    Each pulse is timed where its edge crosses half of its height, between samples. Every pulse is given the whole
    second nearest to it, so missing and surplus pulses do no harm; a straight line then gives the frames a second.

    Examples
    --------
    >>> from sichen.bench import Scene, WatchSound, synthesise
    >>> sound, _ = synthesise(WatchSound(28_800), duration=12.0, scene=Scene(snr_db=20.0, pps=True, clock_ppm=31.0))
    >>> round(pps_reference(sound).ppm)
    31
    """
    if not 0 <= channel < stream.channels:
        raise DataError(Message("bench.reference.no_channel", channel=channel + 1, channels=stream.channels))
    return reference_from_seconds(pulse_edges(stream, channel=channel), sample_rate=stream.sample_rate)


def pulse_edges(stream: SampleStream, *, channel: int) -> F64:
    """Return the frames, with fractions, at which pulses rise on a channel."""
    level, height = _pulse_levels(stream, channel)
    if not height > 0:
        raise DataError(Message("bench.reference.no_pulses", found=0, need=FEWEST_PULSES))
    limit = level + 0.5 * height
    edges: list[float] = []
    last, start = float("inf"), 0
    wait = REFRACTORY * stream.sample_rate
    for samples in stream.chunks():
        row = np.concatenate([[last], np.abs(samples[:, channel].astype(np.float64) - level) + level])
        for at in np.flatnonzero((row[:-1] < limit) & (row[1:] >= limit)):
            frame = start + at - 1 + (limit - row[at]) / (row[at + 1] - row[at])
            if not edges or frame - edges[-1] > wait:
                edges.append(float(frame))
        last = float(row[-1])
        start += samples.shape[0]
    return np.array(edges)


def pulse_channel(stream: SampleStream) -> int | None:
    """Find the one channel that carries pulses of the second beside a watch.

    Parameters
    ----------
    stream : SampleStream

    Returns
    -------
    int or None
        None where no channel does, or more than one: a quartz clock heard in stereo is no reference.
    """
    if stream.channels < 2:  # noqa: PLR2004 - the pulses and the watch
        return None
    found = [channel for channel in range(stream.channels) if _carries_seconds(stream, channel)]
    return found[0] if len(found) == 1 else None


def _carries_seconds(stream: SampleStream, channel: int) -> bool:
    frames = int(12 * stream.sample_rate)
    parts: list[Samples] = []
    for samples in stream.chunks():
        parts.append(samples[:, channel : channel + 1])
        if sum(len(part) for part in parts) >= frames:
            break
    opening = Recording(np.concatenate(parts) if parts else np.zeros((0, 1), np.float32), stream.sample_rate)
    if _pulse_levels(opening, 0)[1] <= 0:
        return False
    apart = np.diff(pulse_edges(opening, channel=0)) / stream.sample_rate
    return bool(apart.size >= FEWEST_PULSES and np.all(np.abs(apart - 1.0) < CLOSE_TO_A_SECOND))


def _pulse_levels(stream: SampleStream, channel: int) -> tuple[float, float]:
    """Return the resting level and the height of the pulses, from the first ten seconds or so."""
    taken: list[F64] = []
    frames = 0
    for samples in stream.chunks():
        taken.append(np.nan_to_num(samples[:, channel].astype(np.float64)))
        frames += samples.shape[0]
        if frames > 10 * stream.sample_rate:
            break
    row = np.concatenate(taken) if taken else np.zeros(1)
    level = float(np.median(row))
    away = np.abs(row - level)
    height = float(np.quantile(away, 0.9995))
    noise = 1.4826 * float(np.median(away))
    return level, height if height > 10 * noise else 0.0


def reference_from_seconds(frames: F64, *, sample_rate: float) -> ClockReference:
    """Compare the sample clock with the frames at which true seconds began.

    Parameters
    ----------
    frames : ndarray of float64, shape (n,), rising
        One for each second that was seen; some may be missing, some may be false.
    sample_rate : float
        Nominal frames a second.

    Returns
    -------
    ClockReference
        Of kind ``pps``.
    """
    frames = _on_the_second(frames, sample_rate)
    if frames.size < FEWEST_PULSES:
        raise DataError(Message("bench.reference.no_pulses", found=int(frames.size), need=FEWEST_PULSES))
    seconds = np.rint((frames - frames[0]) / sample_rate)
    ppm, u_ppm = _clock_line(seconds, frames / sample_rate)
    span = max(float(np.ptp(seconds)), 1.0)
    return ClockReference("pps", ppm, float(np.hypot(u_ppm, 1e6 * PULSE_U / span)))


def _on_the_second(frames: F64, sample_rate: float) -> F64:
    """Keep the pulses that share one phase of the second; the others are noise."""
    if frames.size < FEWEST_PULSES:
        return frames
    phase = frames / sample_rate % 1.0
    apart = np.abs((phase[:, None] - phase[None, : min(200, phase.size)] + 0.5) % 1.0 - 0.5)
    best = int(np.argmax((apart < 0.05).sum(axis=0)))  # noqa: PLR2004 - a twentieth of a second
    return np.asarray(frames[apart[:, best] < 0.05], np.float64)  # noqa: PLR2004


def frame_log_reference(rows: Sequence[tuple[float, float]], *, sample_rate: float) -> ClockReference:
    """Compare the sample clock with a log of frames against network time.

    Parameters
    ----------
    rows : sequence of (unix_s, frames)
        True time in seconds and the number of frames recorded until then, about one row a minute.
    sample_rate : float
        Nominal frames a second.

    Returns
    -------
    ClockReference
        Of kind ``ntp-log``. Rows farther than five robust standard deviations from the line are left out.

    Raises
    ------
    DataError
        If fewer than four rows are left.

    Examples
    --------
    >>> rows = [(60.0 * i, 48_000 * 60.0 * i * (1 + 12e-6)) for i in range(21)]
    >>> round(frame_log_reference(rows, sample_rate=48_000.0).ppm, 3)
    12.0
    """
    table = np.array(sorted(rows), np.float64).reshape(-1, 2)
    table = table[np.isfinite(table).all(axis=1)]
    if len(table) < FEWEST_ROWS:
        raise DataError(Message("bench.reference.few_rows", found=len(table), need=FEWEST_ROWS))
    ppm, u_ppm = _clock_line(table[:, 0] - table[0, 0], table[:, 1] / sample_rate)
    return ClockReference("ntp-log", ppm, u_ppm)


def typed_reference(ppm: float, *, u_ppm: float) -> ClockReference:
    """State a sample clock's error as somebody measured it.

    Raises
    ------
    DataError
        If the error is beyond ±2000 ppm, or the uncertainty is not above 0.
    """
    if not (abs(ppm) <= FARTHEST_PPM and 0 < u_ppm <= FARTHEST_PPM):
        found, u = (f"{number:g}".replace("-", "−") for number in (ppm, u_ppm))
        raise DataError(Message("bench.reference.bad_number", ppm=found, u=u, most=f"{FARTHEST_PPM:g}"))
    return ClockReference("typed", ppm, u_ppm)


def _clock_line(true: F64, nominal: F64) -> tuple[float, float]:
    """Fit nominal seconds against true ones robustly; return ppm fast and its uncertainty.

    The uncertainty takes the residuals as they are, including a crystal that wanders with temperature: where means of
    a sixth of the run scatter more than single readings explain, they speak.
    """
    gap = nominal - nominal[0] - (true - true[0])
    kept = np.ones(true.size, np.bool_)
    slope = centre = spread = 0.0
    for _ in range(8):
        centre = float(true[kept].mean())
        slope, offset = np.polyfit(true[kept] - centre, gap[kept], 1)
        residuals = gap - offset - slope * (true - centre)
        spread = 1.4826 * float(np.median(np.abs(residuals[kept]))) + 1e-12
        again = np.abs(residuals) <= OUTLIER * max(spread, 1e-9)
        if (again == kept).all() or again.sum() < FEWEST_ROWS:
            break
        kept = again
    ppm = 1e6 * float(slope)
    if abs(ppm) > FARTHEST_PPM or kept.sum() < FEWEST_ROWS:
        raise DataError(Message("bench.reference.too_far", ppm=f"{ppm:.0f}"))
    used = residuals[kept]
    free = max(used.size - 2, 1)
    sigma = float(np.sqrt(np.sum(used**2) / free))
    groups = np.array_split(used, 6) if used.size >= 24 else []  # noqa: PLR2004 - four a group
    slow = sum(part.size * float(part.mean()) ** 2 for part in groups) / 4 if groups else 0.0
    extent = float(np.sum((true[kept] - centre) ** 2))
    return ppm, 1e6 * float(np.sqrt(max(sigma**2, slow) / extent)) + 1e-6


def read_frame_log(content: bytes) -> tuple[tuple[float, float], ...]:
    r"""Read a log of frames against network time.

    Parameters
    ----------
    content : bytes
        Text with two columns, ``unix_s,frames``; a heading, empty lines and lines that begin with ``#`` are left out.

    Returns
    -------
    tuple of (float, float)

    Raises
    ------
    DataError
        If a row does not hold two numbers; the message names it.

    Examples
    --------
    >>> read_frame_log(b"unix_s,frames\n1000.0,0\n1060.0,2880012\n")
    ((1000.0, 0.0), (1060.0, 2880012.0))
    """
    rows: list[tuple[float, float]] = []
    for number, line in enumerate(content.decode("utf-8-sig", "replace").splitlines(), start=1):
        cells = line.split(",")
        if not line.strip() or line.startswith("#") or (not rows and cells[0].strip() == "unix_s"):
            continue
        try:
            moment, frames = (float(cell) for cell in cells)
        except ValueError as error:
            raise DataError(Message("bench.reference.bad_row", row=number, found=line[:40])) from error
        rows.append((moment, frames))
    return tuple(rows)
