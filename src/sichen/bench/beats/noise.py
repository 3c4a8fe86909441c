# SPDX-License-Identifier: Apache-2.0
"""How far a slope or a mean may be off when the residuals are not white.

The white formula of least squares is a lower bound: real beats wander. The residuals are taken to a
cosine spectrum. White jitter is flat in it, a random walk of phase rises as 1/f², a flickering rate as 1/f³.
How much of each there is is not estimated but averaged over, weighted by likelihood, so that a short list
states the wander it could not have seen.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

_BLOCKS = 256
_LOW_LINES = 12  # the slowest lines tell of wander; faster ones belong to wheels, which do not move a rate
_PRIOR_WHITE = 0.75  # most lists of a minute are white as far as a slope can feel
_RATIOS = np.logspace(-0.5, 8.0, 60)  # wander over jitter in the slowest line
_RARER = 0.3  # strong wander is rarer than weak: exponent of the prior
_WHEEL, _WHEEL_CHANCE = 40.0, 0.02  # a single strong line is a wheel, not wander: power, and how often
_MEDIAN_OF_SQUARE = 0.4549364  # median of the square of a standard normal variable
_WALK_SLOPE = 1.2  # variance of a slope over n steps of a unit walk, times n
_FLICKER_SLOPE = 1152 / np.pi**7  # the same for a phase spectrum of shape (2 sin(ω/2))^-3; summed over its cosine lines


@dataclass(frozen=True)
class NoiseLevel:
    """What the beats do besides keeping time.

    Parameters
    ----------
    white : float
        Variance of one beat, s².
    walk : float
        Variance that the phase gathers from one beat to the next, s² a beat (white noise of frequency).
    flicker : float
        Level of flicker noise of frequency: power of a cosine line is flicker / (2 sin(ω/2))³.
    """

    white: float
    walk: float
    flicker: float

    def slope_variance(self, sizes: Values, leverage: Values) -> float:
        """Return the variance of a common slope over segments.

        Parameters
        ----------
        sizes : ndarray of float64, shape (s,)
            Beats that each segment spans.
        leverage : ndarray of float64, shape (s,)
            Sum of squared centred beat numbers of each.

        Returns
        -------
        float
            Variance of the slope, s² a beat².
        """
        total = float(leverage.sum())
        wander = _WALK_SLOPE * self.walk / sizes + _FLICKER_SLOPE * self.flicker
        return self.white / total + float(np.sum((leverage / total) ** 2 * wander))


def noise_level(rows: list[Values]) -> NoiseLevel:
    """Separate white jitter from wander.

    Parameters
    ----------
    rows : list of ndarray of float64
        Residuals of a straight line, a row a segment, in seconds, in the order of their beats.

    Returns
    -------
    NoiseLevel
        Means over all mixtures, weighted by how well each explains the residuals: wander is positive even
        for white ones.
    """
    pooled = np.concatenate(rows)
    white = float(pooled @ pooled) / max(pooled.size - 3 * len(rows), 1)
    spectra = [_spectrum(row, first=2) for row in rows]
    power = np.concatenate([part[0][:_LOW_LINES] for part in spectra])
    speed = np.concatenate([part[1][:_LOW_LINES] for part in spectra])
    fast = np.concatenate([part[0][_LOW_LINES:] for part in spectra])
    if power.size < 3 or white <= 0:  # noqa: PLR2004 - fewer lines tell nothing about their shape
        return NoiseLevel(white, 0.0, 0.0)
    power = np.maximum(power, 1e-12 * white)  # perfect or rounded times leave empty lines
    level = float(np.median(fast)) / _MEDIAN_OF_SQUARE if fast.size >= 2 * _LOW_LINES else 0.0
    known = level if level > 1e-12 * white else None
    evidence = [_weigh(power, speed**-exponent, known) for exponent in (2, 3)]
    none = _log_likelihood(power, np.ones((1, power.size)), known)[0]
    top = max(float(none[0]), *(float(log.max()) for log, _ in evidence))
    blank = _PRIOR_WHITE * float(np.exp(none[0] - top))
    prior = _RATIOS**-_RARER
    share = (1 - _PRIOR_WHITE) / 2 * prior / prior.sum()
    weights = [share * np.exp(log - top) for log, _ in evidence]
    total = blank + float(sum(weight.sum() for weight in weights))
    walk, flicker = (float(weight @ level) / total for weight, (_, level) in zip(weights, evidence, strict=True))
    return NoiseLevel(white if known is None else min(white, max(known, white / 4)), walk, flicker)


def _weigh(power: Values, shape: Values, known: float | None) -> tuple[Values, Values]:
    """Return log-likelihood and level of one kind of wander for every ratio."""
    ratios = _RATIOS / shape.max()
    log, scale = _log_likelihood(power, 1 + ratios[:, None] * shape, known)
    return log, scale * ratios


def _log_likelihood(power: Values, model: Values, known: float | None) -> tuple[Values, Values]:
    """Return the log-likelihood of each row of a model, and the white level it goes with."""
    if known is not None:
        plain = -0.5 * np.log(model) - power / (2 * known * model)
        wheel = plain + power / (2 * known * model) * (1 - 1 / _WHEEL) - 0.5 * np.log(_WHEEL)
        mixed = np.logaddexp(np.log1p(-_WHEEL_CHANCE) + plain, np.log(_WHEEL_CHANCE) + wheel)
        return mixed.sum(axis=1), np.full(model.shape[0], known)
    fit = np.mean(power / model, axis=1)
    return -0.5 * np.sum(np.log(model), axis=1) - 0.5 * power.size * np.log(fit), fit


def mean_variance(values: npt.ArrayLike) -> float:
    """Return the variance of the mean of a row of values that may hang together.

    Parameters
    ----------
    values : array_like of float, shape (n,)

    Returns
    -------
    float
        White variance of the mean, or more where the slow part of the row is larger than white.
    """
    row = np.asarray(values, dtype=np.float64)
    if row.size < 2:  # noqa: PLR2004 - one value has no scatter
        return 0.0
    row = row - row.mean()
    white = float(row @ row) / (row.size - 1)
    power, _ = _spectrum(row, first=1)
    slow = power[:6]
    # Six slow lines weigh as much as six white ones: a chance rise is halved, a real one is kept.
    level = (float(slow.sum()) + 6 * white) / (slow.size + 6) if slow.size else white
    return float(max(white, level) / row.size)


def _spectrum(row: Values, *, first: int) -> tuple[Values, Values]:
    """Return the power of each cosine line for one beat, and its speed 2 sin(ω/2) with ω in radians a beat."""
    from scipy.fft import dct

    if row.size < 3 + first:
        return np.zeros(0), np.zeros(0)
    blocks = min(row.size, _BLOCKS)
    edges = np.linspace(0, row.size, blocks + 1).astype(np.int64)
    means = np.add.reduceat(row, edges[:-1]) / np.diff(edges)
    lines = dct(means, type=2, norm="ortho")[first:]
    width = row.size / blocks
    angle = np.pi * np.arange(first, blocks) / (2 * blocks)
    return lines**2 * width, 2 * np.sin(angle) / width
