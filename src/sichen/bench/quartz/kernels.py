# SPDX-License-Identifier: Apache-2.0
"""The inner loops of the quartz bench."""

import math

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TINY = 1e-9
"""Places closer than this, in samples, are the same."""

SETTLED = 1e-5
"""An alignment that moves less than this, in samples, is done."""

TAPS = 16
"""Half length of the interpolation kernel, in samples."""


@numba.njit(cache=True)
def add_edges(  # noqa: PLR0917 - kernels are called by position
    signal: Floats, where: Floats, height: Floats, shape: Floats, lead: float, fine: int
) -> None:
    """Add to `signal` the answer to each jump of the drive.

    `where` in samples; `shape` is the answer on a grid `fine` times finer than the samples, its jump standing
    `lead` samples after its beginning.
    """
    span = shape.size / fine - 1.0
    for edge in range(where.size):
        first = max(0, math.ceil(where[edge] - lead))
        last = min(signal.size - 1, math.floor(where[edge] - lead + span))
        for sample in range(first, last + 1):
            place = (sample - where[edge] + lead) * fine
            left = int(place)
            part = place - left
            signal[sample] += height[edge] * (shape[left] * (1.0 - part) + shape[left + 1] * part)


@numba.njit(cache=True)
def biquads(signal: Floats, sections: Floats, state: Floats, out: Floats) -> None:
    """Filter by second-order sections (b0 b1 b2 a1 a2); `state` of shape (sections, 2) goes on from call to call."""
    for index in range(signal.size):
        value = signal[index]
        for row in range(sections.shape[0]):
            given = value
            value = sections[row, 0] * given + state[row, 0]
            state[row, 0] = sections[row, 1] * given - sections[row, 3] * value + state[row, 1]
            state[row, 1] = sections[row, 2] * given - sections[row, 4] * value
        out[index] = value


@numba.njit(cache=True)
def sums_with(signal: Floats, real: Floats, imaginary: Floats, hop: int) -> npt.NDArray[np.complex128]:
    """Return Σ signal · (real + i imaginary) every `hop` samples; four sums at a time, as they do not wait for each other."""
    size = real.size
    parts = max(0, (signal.size - size) // hop + 1)
    found = np.empty(parts, dtype=np.complex128)
    for part in range(parts):
        base = part * hop
        re0, im0, re1, im1 = 0.0, 0.0, 0.0, 0.0
        for index in range(0, size - 1, 2):
            left, right = signal[base + index], signal[base + index + 1]
            re0 += left * real[index]
            im0 += left * imaginary[index]
            re1 += right * real[index + 1]
            im1 += right * imaginary[index + 1]
        if size % 2:
            re0 += signal[base + size - 1] * real[size - 1]
            im0 += signal[base + size - 1] * imaginary[size - 1]
        found[part] = complex(re0 + re1, im0 + im1)
    return found


@numba.njit(cache=True)
def remove_cycle(signal: Floats, period: float, limit: float) -> None:
    """Subtract from `signal` its mean over all cycles of `period` samples; values count at most `limit`."""
    bins = math.ceil(period)
    total, weight = np.zeros(bins + 1), np.zeros(bins + 1)
    step = bins / period
    place = 0.0
    for index in range(signal.size):
        left = int(place)
        part = place - left
        value = min(limit, max(-limit, signal[index]))
        total[left] += value * (1.0 - part)
        weight[left] += 1.0 - part
        total[left + 1] += value * part
        weight[left + 1] += part
        place += step
        if place >= bins:
            place -= bins
    total[0] += total[bins]
    weight[0] += weight[bins]
    for slot in range(bins):
        total[slot] /= max(weight[slot], 1e-9)
    total[bins] = total[0]
    place = 0.0
    for index in range(signal.size):
        left = int(place)
        part = place - left
        signal[index] -= total[left] * (1.0 - part) + total[left + 1] * part
        place += step
        if place >= bins:
            place -= bins


@numba.njit(cache=True)
def jumps(signal: Floats, half: int) -> Floats:
    """Return, before each sample, the mean of the `half` samples after minus that of the `half` before."""
    found = np.zeros(signal.size)
    after, before = 0.0, 0.0
    for index in range(half):
        before += signal[index]
        after += signal[half + index]
    for index in range(half, signal.size - half):
        found[index] = (after - before) / half
        after += signal[index + half] - signal[index]
        before += signal[index] - signal[index - half]
    return found


@numba.njit(cache=True)
def peaks(  # noqa: PLR0917 - kernels are called by position
    jump: Floats, low: float, high: float, reach: int, ahead: int, share: float, out: Floats
) -> int:
    """Find the edges in `jump`: largest within ± `reach`, over `low`, and over `share` of the largest around.

    The largest within `ahead` samples must be over `high`: one sure edge vouches for its weaker neighbours.

    Rows of `out` receive place (samples, refined by a parabola) and signed height; the number found is returned.
    """
    count = 0
    size = jump.size
    largest, until = 0.0, -1
    for index in range(1, size - 1):
        height = abs(jump[index])
        if height <= low or count >= out.shape[0]:
            continue
        if index > until or height > largest:
            largest, until = height, index + ahead
            for other in range(index, min(size, index + ahead)):
                largest = max(largest, abs(jump[other]))
        if height < share * largest or largest < high:
            continue
        top = True
        for other in range(max(0, index - reach), min(size, index + reach + 1)):
            value = abs(jump[other])
            if value > height or (value == height and other < index):
                top = False
                break
        if top:
            sign = 1.0 if jump[index] > 0.0 else -1.0
            left, right = sign * jump[index - 1], sign * jump[index + 1]
            bend = left - 2.0 * height + right
            shift = 0.5 * (left - right) / bend if bend < 0.0 else 0.0
            out[count, 0] = index + shift - 0.5
            out[count, 1] = jump[index]
            count += 1
    return count


@numba.njit(cache=True)
def shifted(snippet: Floats, start: float, step: float, out: Floats) -> None:
    """Read `snippet` at ``start + step · i`` by a windowed sinc; places outside count as zero."""
    for index in range(out.size):
        place = start + step * index
        centre = math.floor(place)
        total = 0.0
        for tap in range(centre - TAPS + 1, centre + TAPS + 1):
            if 0 <= tap < snippet.size:
                away = place - tap
                total += snippet[tap] * (_sinc(away) * (0.5 + 0.5 * math.cos(math.pi * away / TAPS)))
        out[index] = total


@numba.njit(cache=True)
def _sinc(away: float) -> float:
    if abs(away) < TINY:
        return 1.0
    return math.sin(math.pi * away) / (math.pi * away)


@numba.njit(cache=True)
def align(snippet: Floats, first: float, shape: Floats, fine: int) -> tuple[float, float, float]:
    """Slide `shape` (grid `fine` times finer) along `snippet` for the best fit of height, offset and place.

    Returns place of the beginning of the shape, height, and the share of the variance explained.
    """
    count = shape.size // fine
    read, slope = np.empty(count), np.empty(count)
    start, height, share = first, 0.0, 0.0
    for _ in range(8):
        base = math.ceil(start)
        if base < 0 or base + count - 1 > snippet.size:
            return first, 0.0, 0.0
        used = count - 1
        for index in range(used):
            place = (base + index - start) * fine
            left = min(int(place), shape.size - 2)
            part = place - left
            read[index] = shape[left] * (1.0 - part) + shape[left + 1] * part
            low, high = max(left - 1, 0), min(left + 2, shape.size - 1)
            near = (shape[left + 1] - shape[low]) * (1.0 - part) / (left + 1 - low)
            slope[index] = (near + (shape[high] - shape[left]) * part / (high - left)) * fine
        move, height, share = _solve(snippet[base : base + used], read[:used], slope[:used])
        move = min(2.0, max(-2.0, move))
        start += move
        if abs(move) < SETTLED:
            break
    return start, height, share


@numba.njit(cache=True)
def _solve(data: Floats, read: Floats, slope: Floats) -> tuple[float, float, float]:
    """Fit ``offset + height · read − height · move · slope``; return move, height and explained share."""
    d, r, s = data - data.mean(), read - read.mean(), slope - slope.mean()
    rr, rs, ss = np.dot(r, r), np.dot(r, s), np.dot(s, s)
    dr, ds, dd = np.dot(d, r), np.dot(d, s), np.dot(d, d)
    det = rr * ss - rs * rs
    if det <= 1e-12 * rr * ss or dd <= 0.0:
        return 0.0, 0.0, 0.0
    height = (dr * ss - ds * rs) / det
    tilt = (ds * rr - dr * rs) / det
    share = (height * dr + tilt * ds) / dd
    if height == 0.0:
        return 0.0, 0.0, 0.0
    return -tilt / height, height, share


@numba.njit(cache=True)
def saw_search(  # noqa: PLR0917 - kernels are called by position
    number: Ints, rest: Floats, basis: Floats, tops: Ints, bottoms: Ints, floor: float, allow_advance: bool
) -> Floats:
    """Try a saw-tooth of each candidate period on what a trend left over.

    Parameters
    ----------
    number : steps, counted from 0; rest : residuals of the trend, in seconds
    basis : shape (n, p), the orthonormal trend; tops, bottoms : periods a / b in steps, in lowest terms
    floor : sum of squares below which a fit is perfect; allow_advance : whether teeth may point the other way

    Returns
    -------
    ndarray, shape (candidates, 3)
        Log of the mean likelihood ratio over all phases, the best phase, and the ratio there (log).
    """
    degrees = max(rest.size - basis.shape[1] - 2.0, 1.0)
    square = np.dot(rest, rest) + floor
    result = np.zeros((tops.size, 3))
    for row in range(tops.size):
        result[row] = _one_saw(number, rest, basis, tops[row], bottoms[row], square, floor, degrees, allow_advance)
    return result


@numba.njit(cache=True)
def _one_saw(  # noqa: PLR0917 - kernels are called by position
    number: Ints,
    rest: Floats,
    basis: Floats,
    top: int,
    bottom: int,
    square: float,
    floor: float,
    degrees: float,
    allow_advance: bool,
) -> Floats:
    """Fold once and slide the tooth from phase to phase: each slide changes the sums by one bin."""
    trend = basis.shape[1]
    bins, counts, sums = _folded(number, rest, basis, top, bottom)
    heights = np.arange(top) / top
    total, count = bins.sum(), counts.sum()
    along, first, own = np.dot(bins, heights), np.dot(counts, heights), np.dot(counts, heights * heights)
    weight, whole = np.zeros(trend), np.zeros(trend)
    for column in range(trend):
        whole[column] = sums[:, column].sum()
        weight[column] = np.dot(np.ascontiguousarray(sums[:, column]), heights)
    logs = np.empty(top)
    for place in range(top):
        norm = own - np.dot(weight, weight)
        gain = along * along / norm if norm > TINY * count and (along < 0.0 or allow_advance) else 0.0
        logs[place] = 0.5 * degrees * math.log(square / max(square - gain, floor))
        # Slide on: every height falls by 1/top, but the bin that stood at 0 rises to (top - 1)/top.
        own += -2.0 * first / top + count / (top * top) + counts[place] * ((top - 1.0) ** 2 - 1.0) / (top * top)
        along += bins[place] - total / top
        first += counts[place] - count / top
        weight += sums[place] - whole / top
    phase = np.argmax(logs)
    best = logs[phase]
    return np.array([best + math.log(np.exp(logs - best).sum() / top), float(phase), best])


@numba.njit(cache=True)
def _folded(number: Ints, rest: Floats, basis: Floats, top: int, bottom: int) -> tuple[Floats, Floats, Floats]:
    """Sum residuals, counts and trend over the steps of equal phase."""
    bins, counts, sums = np.zeros(top), np.zeros(top), np.zeros((top, basis.shape[1]))
    for index in range(rest.size):
        place = (number[index] * bottom) % top
        bins[place] += rest[index]
        counts[place] += 1.0
        for column in range(basis.shape[1]):
            sums[place, column] += basis[index, column]
    return bins, counts, sums
