# SPDX-License-Identifier: Apache-2.0
"""One tick of watching, compiled: every source against frozen predictions of the oscillator, and against each other."""

import numba
import numpy as np
import numpy.typing as npt

from sichen.timebase.clockmodel.kernels import propagate

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST_STEP = 4
FEWEST_SLOPE = 16
NEW = 64.0  # readings
CLIP = 4.0  # deviations: a heavy tail may not make a slope
TRACK_FIRST, TRACK, TRACK_BURST = 1.0 / 16.0, 1.0 / 512.0, 1.0 / 8.0  # how fast jitter is learned: at first, later, a burst
HOLD = 3.0  # ticks: readings of two sources no further apart are of one time
STALE = 4.5  # ticks: what a source read before so long a silence says nothing of what it will read
FULL, CONSIDER = 1, 2


@numba.njit(cache=True)
def bend(
    delta: float,
    law: Array,
) -> float:
    """Return the variance per slope² that the oscillator's own noise gives a straight line of this length, its q1 left out.

    `law` is (q1, q2, q3, flicker floor). The factors 13/35 and 23/420 are those of a line through the origin.
    """
    return float(13.0 / 35.0 * law[1] * delta + 0.06 * law[2] * delta**3 + 2.0 * law[3])


@numba.njit(cache=True)
def calm(
    residual: float,
    before: Array,
    sigma: float,
) -> float:
    """Draw a single wild reading to within four deviations of the median of the last three; a run of them passes."""
    if np.isnan(before[0]) or np.isnan(before[1]):
        return residual
    middle = max(min(residual, before[0]), min(max(residual, before[0]), before[1]))
    return float(min(max(residual, middle - CLIP * sigma), middle + CLIP * sigma))


@numba.njit(cache=True)
def prediction_variance(
    delta: float,
    wander: float,
    mark: Array,
    doubt: float,
    law: Array,
) -> float:
    """Return the variance of what a mark predicts after `delta` seconds, jitter left out; `doubt` is its own deviation then."""
    frozen = doubt + delta * mark[2] + 0.5 * delta * delta * mark[3]
    walked = law[0] * delta + law[1] * delta**3 / 3.0 + law[2] * delta**5 / 20.0
    return float(frozen * frozen + walked + 2.0 * law[3] * delta * delta + wander * delta)


@numba.njit(cache=True)
def add(
    total: Array,
    delta: float,
    residual: float,
) -> None:
    """Add one residual, `delta` seconds after the mark: n, Σr, Σδr, Σδ², Σδ, Σδ³."""
    square = delta * delta
    total[0] += 1.0
    total[1] += residual
    total[2] += delta * residual
    total[3] += square
    total[4] += delta
    total[5] += delta * square


@numba.njit(cache=True)
def stretch(
    total: Array,
    delta: float,
) -> float:
    """Return how long a straight line the readings really make: a source that was away has not filled the time since the mark."""
    return float(min(delta, np.sqrt(3.0 * total[3] / total[0])))


@numba.njit(cache=True)
def slope_variance(  # noqa: PLR0917 - a kernel takes its arrays by place
    total: Array,
    delta: float,
    sigma: float,
    wander: float,
    mark: Array,
    doubt: float,
    law: Array,
) -> float:
    """Return the variance of a source's slope since a mark: its jitter, the mark's own doubt, the oscillator.

    The doubts of level, frequency and drift at a mark belong together: their deviations add, at worst.
    """
    square = total[3]
    frozen = (doubt * total[4] + 0.5 * mark[3] * total[5]) / square + mark[2]
    own = sigma * sigma / square + 1.2 * (wander + law[0]) / stretch(total, delta)
    return float(own + frozen * frozen + bend(delta, law))


@numba.njit(cache=True)
def scan(  # noqa: PLR0917 - a kernel takes its arrays by place
    k: int,
    now: float,
    value: float,
    sigma: float,
    wander: float,
    marks: Array,
    mark_level: Array,
    mark_doubt: Array,
    sums: Array,
    law: Array,
) -> tuple[float, int, float, int]:
    """Add one reading of source `k` to every mark and return the greatest slope and step in deviations, with their marks.

    Returns
    -------
    tuple
        Slope in deviations, its mark; step in deviations, its mark; -1 where no mark is old enough.
    """
    best_slope, slope_mark, best_step, step_mark = 0.0, -1, 0.0, -1
    for c in range(marks.shape[0]):
        delta = now - marks[c, 0]
        if marks[c, 1] == 0.0 or np.isnan(mark_doubt[c, k]) or delta <= 0.0:
            continue
        total, doubt = sums[k, c], mark_doubt[c, k]
        add(total, delta, value - mark_level[c, k])
        n = total[0]
        if n >= FEWEST_STEP:
            spread = sigma * sigma / n + prediction_variance(delta, wander, marks[c], doubt, law)
            z = (total[1] / n) ** 2 / spread
            if z > best_step:
                best_step, step_mark = z, c
        if n >= FEWEST_SLOPE:
            z = (total[2] / total[3]) ** 2 / slope_variance(total, delta, sigma, wander, marks[c], doubt, law)
            if z > best_slope:
                best_slope, slope_mark = z, c
    return np.sqrt(best_slope), slope_mark, np.sqrt(best_step), step_mark


@numba.njit(cache=True)
def scan_pairs(  # noqa: PLR0917 - a kernel takes its arrays by place
    now: float,
    hold: float,
    sigma: Array,
    wander: Array,
    recent: Array,
    marks: Array,
    mark_bias: Array,
    mark_doubt: Array,
    mark_pair: Array,
    pair_used: Array,
    pair_sums: Array,
) -> tuple[float, int, int, int]:
    """Compare every two sources, reading by reading, since each mark: only what was read at the same time cancels the oscillator.

    `recent[k]` is the last residual of a source and its time; a pair is two that are at most `hold` seconds apart, each
    used once: ``pair_used[i, j]`` is the time of the last reading of i that met one of j.

    Returns
    -------
    tuple
        Greatest slope between two in deviations, the two sources, the mark; -1 where there is none.
    """
    best, first, second, mark = 0.0, -1, -1, -1
    for i in range(sigma.size):
        for j in range(i + 1, sigma.size):
            mine, yours = recent[i, 1], recent[j, 1]
            if max(mine, yours) < now or not now - min(mine, yours) <= hold:
                continue
            if mine <= pair_used[i, j] or yours <= pair_used[j, i]:
                continue
            pair_used[i, j], pair_used[j, i] = mine, yours
            apart, jitter = recent[i, 0] - recent[j, 0], sigma[i] ** 2 + sigma[j] ** 2
            for c in range(marks.shape[0]):
                delta = now - marks[c, 0]
                if marks[c, 1] == 0.0 or np.isnan(mark_doubt[c, i] + mark_doubt[c, j]) or delta <= 0.0:
                    continue
                total = pair_sums[i, j, c]
                add(total, delta, apart - mark_bias[c, i] + mark_bias[c, j])
                if total[0] < FEWEST_SLOPE:
                    continue
                frozen = mark_pair[c, i, j] * total[4] / total[3]
                spread = jitter / total[3] + 1.2 * (wander[i] + wander[j]) / stretch(total, delta) + frozen * frozen
                z = (total[2] / total[3]) ** 2 / spread
                if z > best:
                    best, first, second, mark = z, i, j, c
    return np.sqrt(best), first, second, mark


@numba.njit(cache=True)
def level_marks(  # noqa: PLR0917 - a kernel takes its arrays by place
    now: float,
    clock: int,
    marks: Array,
    mark_mean: Array,
    constants: Array,
    mark_level: Array,
) -> None:
    """Predict from every mark what each source shows now."""
    sources = mark_level.shape[1]
    first_markov = clock - constants.size
    for c in range(marks.shape[0]):
        if marks[c, 1] == 0.0:
            continue
        delta = now - marks[c, 0]
        base = mark_mean[c, 0] + delta * (mark_mean[c, 1] + 0.5 * delta * mark_mean[c, 2])
        for j in range(constants.size):
            base += mark_mean[c, first_markov + j] * constants[j] * (1.0 - np.exp(-delta / constants[j]))
        for k in range(sources):
            mark_level[c, k] = base + mark_mean[c, clock + k]


@numba.njit(cache=True)
def update(  # noqa: PLR0917 - a kernel takes its arrays by place
    index: int,
    clock: int,
    value: float,
    variance: float,
    use: Integers,
    mean: Array,
    covariance: Array,
    past: Array,
    gain: Array,
    row: Array,
) -> float:
    """Take in one reading of source `index`: state 0 plus its bias, state ``clock + index``.

    A reading far from its prediction is drawn to four deviations. With ``use == CONSIDER`` only the bias learns, and it
    learns what the source reads beside the estimate, not which of the two is right: handing over to it moves nothing.
    `past` holds the covariances of an earlier offset with the states; returned is by how much the reading corrects that.
    """
    n = mean.size
    b = clock + index
    spread = covariance[0, 0] + 2.0 * covariance[0, b] + covariance[b, b] + variance
    bound = CLIP * np.sqrt(spread)
    surprise = min(max(value - mean[0] - mean[b], -bound), bound)
    for i in range(n):
        row[i] = covariance[0, i] + covariance[b, i]
        gain[i] = row[i] / spread
    common = past[0] + past[b]
    corrected = common / spread * surprise
    if use == CONSIDER:
        gain[:] = 0.0
        gain[b] = (spread - variance) / spread
        corrected = 0.0
    for i in range(n):
        mean[i] += gain[i] * surprise
        past[i] -= gain[i] * common
    for i in range(n):
        for j in range(i, n):
            value_ij = covariance[i, j] - gain[i] * row[j] - row[i] * gain[j] + gain[i] * gain[j] * spread
            covariance[i, j] = value_ij
            covariance[j, i] = value_ij
    return float(corrected)


@numba.njit(cache=True)
def look_back(
    tau: float,
    decay: Array,
    pull: Array,
    covariance: Array,
) -> Array:
    """Return the covariances of today's offset with the states as they will be after `tau` seconds."""
    past: Array = covariance[0].copy()
    past[0] += tau * past[1] + 0.5 * tau * tau * past[2]
    past[1] += tau * past[2]
    for j in range(pull.size):
        past[0] += pull[j] * past[3 + j]
        past[3 + j] *= decay[j]
    return past


@numba.njit(cache=True)
def tick(  # noqa: PLR0917 - a kernel takes its arrays by place
    now: float,
    tau: float,
    values: Array,
    use: Integers,
    sigma: Array,
    jitter: Array,
    burst: Array,
    before: Array,
    wander: Array,
    clock: int,
    noise: Array,
    decay: Array,
    pull: Array,
    constants: Array,
    law: Array,
    mean: Array,
    covariance: Array,
    marks: Array,
    mark_mean: Array,
    mark_level: Array,
    mark_doubt: Array,
    mark_pair: Array,
    sums: Array,
    recent: Array,
    pair_used: Array,
    pair_sums: Array,
    found: Array,
) -> None:
    """Let `tau` pass, scan every source, take their readings in.

    `found[k]` becomes (slope in deviations, its mark, step in deviations, its mark, count of readings); the last row
    the worst pair: (deviations, first, second, mark), and by how much the readings corrected the offset that was held
    a tick ago; what else they moved, the oscillator did in between. `sigma` is the jitter in use, `jitter` its slow running
    variance, `burst` the fast one, `before` the last two residuals of each source.
    """
    scratch = np.empty(mean.size)
    gain = np.empty(mean.size)
    past = look_back(tau, decay, pull, covariance)
    propagate(tau, noise, decay, pull, mean, covariance, scratch)
    predicted, corrected = mean[0], 0.0
    level_marks(now, clock, marks, mark_mean, constants, mark_level)
    sources = values.size
    doubt = np.empty(sources)  # variance of what each will read, its jitter left out
    for k in range(sources):
        e = clock + k
        doubt[k] = max(covariance[0, 0] + 2.0 * covariance[0, e] + covariance[e, e], 0.0)
        found[k, 0] = 0.0
        found[k, 2] = 0.0
        if np.isnan(values[k]):
            continue
        if now - recent[k, 1] > STALE * tau:
            before[k, :] = np.nan
        clean = mean[0] + calm(values[k] - mean[0], before[k], sigma[k])
        recent[k, 0], recent[k, 1] = clean - mean[0], now
        slope, slope_mark, step, step_mark = scan(k, now, clean, sigma[k], wander[k], marks, mark_level, mark_doubt, sums, law)
        found[k, 0], found[k, 1], found[k, 2], found[k, 3] = slope, slope_mark, step, step_mark
        found[k, 4] += 1.0
    found[sources, 0], found[sources, 1], found[sources, 2], found[sources, 3] = scan_pairs(
        now, HOLD * tau, sigma, wander, recent, marks, mark_mean[:, clock:], mark_doubt, mark_pair, pair_used, pair_sums
    )
    for k in range(sources):
        if np.isnan(values[k]):
            continue
        # Successive differences know the jitter whatever the level does: a step shows in one of them, a slope in none.
        # They tell less of it the less the estimate can tell beforehand what the source will read.
        residual = values[k] - predicted
        if not np.isnan(before[k, 0]):
            own = 0.5 * (residual - before[k, 0]) ** 2
            known = jitter[k] / (jitter[k] + doubt[k])
            speed = TRACK_FIRST if found[k, 4] < NEW else TRACK
            jitter[k] += known * speed * (min(own, 9.0 * jitter[k]) - jitter[k])
            burst[k] += known * TRACK_BURST * (min(own, 100.0 * burst[k]) - burst[k])
        before[k, 1] = before[k, 0]
        before[k, 0] = residual
        if use[k] > 0:
            corrected += update(k, clock, values[k], sigma[k] * sigma[k], use[k], mean, covariance, past, gain, scratch)
    before -= corrected
    found[sources, 4] = corrected


@numba.njit(cache=True)
def slot(
    number: int,
    levels: int,
    marks: int,
) -> int:
    """Return where mark `number` is kept: each level of the ladder holds every second mark of the one below."""
    rung, level = marks // levels, 0
    while level < levels - 1 and number % 2 == 0:
        number //= 2
        level += 1
    return level * rung + (number if level == levels - 1 else number // 2) % rung


@numba.njit(cache=True)
def set_mark(  # noqa: PLR0917 - a kernel takes its arrays by place
    c: int,
    now: float,
    clock: int,
    mean: Array,
    covariance: Array,
    use: Integers,
    marks: Array,
    mark_mean: Array,
    mark_cov: Array,
    mark_doubt: Array,
    mark_pair: Array,
    sums: Array,
    pair_sums: Array,
) -> None:
    """Freeze what is known now as mark `c`; sources not in use have no level of their own in it."""
    marks[c, 0] = now
    marks[c, 1] = 1.0
    marks[c, 2] = np.sqrt(covariance[1, 1])
    marks[c, 3] = np.sqrt(covariance[2, 2])
    mark_mean[c] = mean
    mark_cov[c] = covariance
    sums[:, c] = 0.0
    pair_sums[:, :, c] = 0.0
    for k in range(use.size):
        b = clock + k
        variance = covariance[0, 0] + covariance[b, b] + 2.0 * covariance[0, b]
        mark_doubt[c, k] = np.sqrt(max(variance, 0.0)) if use[k] > 0 else np.nan
        for j in range(use.size):
            e = clock + j
            mark_pair[c, k, j] = np.sqrt(max(covariance[b, b] + covariance[e, e] - 2.0 * covariance[b, e], 0.0))


@numba.njit(cache=True)
def watch(  # noqa: PLR0917 - a kernel takes its arrays by place
    first: float,
    tau: float,
    values: Array,
    use: Integers,
    sigma: Array,
    jitter: Array,
    burst: Array,
    before: Array,
    wander: Array,
    clock: int,
    noise: Array,
    decay: Array,
    pull: Array,
    constants: Array,
    law: Array,
    mean: Array,
    covariance: Array,
    marks: Array,
    mark_mean: Array,
    mark_level: Array,
    mark_cov: Array,
    mark_doubt: Array,
    mark_pair: Array,
    sums: Array,
    recent: Array,
    pair_used: Array,
    pair_sums: Array,
    found: Array,
    every: int,
    levels: int,
    learn: bool,
    worst: Array,
) -> None:
    """Run many ticks without decisions; ``worst[t]`` becomes the greatest slope or pair, and the greatest step."""
    number = 0
    for t in range(values.shape[0]):
        now = first + t * tau
        tick(now, tau, values[t], use, sigma, jitter, burst, before, wander, clock, noise, decay, pull, constants, law, mean, covariance,
             marks, mark_mean, mark_level, mark_doubt, mark_pair, sums, recent, pair_used, pair_sums, found)  # fmt: skip
        if learn:
            for k in range(use.size):
                sigma[k] = np.sqrt(max(jitter[k], 0.5 * burst[k]))
        for k in range(use.size + 1):
            worst[t, 0] = max(worst[t, 0], found[k, 0])
        for k in range(use.size):
            worst[t, 1] = max(worst[t, 1], found[k, 2])
        if t % every == 0:
            number += 1
            set_mark(
                slot(number, levels, marks.shape[0]),
                now,
                clock,
                mean,
                covariance,
                use,
                marks,
                mark_mean,
                mark_cov,
                mark_doubt,
                mark_pair,
                sums,
                pair_sums,
            )
