# SPDX-License-Identifier: Apache-2.0
"""The mixed logit: tastes differ between people. Simulated likelihood by Newton's method, with exact second derivatives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sichen.brand.choice.data import Choices
from sichen.brand.choice.logit import fit_logit
from sichen.core import JSON, DataError, Message

F64 = NDArray[np.float64]
SHAPES = ("normal", "lognormal", "negative_lognormal")
STEPS, HALVES = 100, 30
CLOSE, ROUGH = 1e-7, 0.1
"""A climb ends where one more step promises less than half of this; the logarithm of the likelihood is then right to that."""
SCOUT, PART, FEWEST = 32, 8, 40
"""Scouts use a thirty-second of the draws, the best of them an eighth, each forty a person where there are as many."""
HOPS = 3
"""Steps of a scout where draws are many; only the best, and the one from the plain logit's place, climb on."""
STARTS = 5
"""First climbs, each from another place: with few draws a single one may end on a lower hill."""
WIDER, ASIDE = 1.0, 1.0
"""How far the other starts lie from the first: standard deviations of the logarithm of a spread, and of the means in parts of them."""


@dataclass(frozen=True)
class MixedLogit:
    """A fitted mixed logit.

    Parameters
    ----------
    names : tuple of str
    random : mapping of str to str
        Names of coefficients that differ between people, each with its shape.
    coefficients, errors : ndarray
        Means (of the logarithm, for a lognormal one).
    spreads, spread_errors : ndarray
        Standard deviations of the random ones, in the order of `random`.
    log_likelihood, log_likelihood_logit : float
        Simulated, and of the plain logit.
    draws, steps, starts : int
        Draws a person, evaluations of the likelihood, places from which the first climbs began.
    """

    names: tuple[str, ...]
    random: Mapping[str, str]
    coefficients: F64
    errors: F64
    spreads: F64
    spread_errors: F64
    log_likelihood: float
    log_likelihood_logit: float
    draws: int
    steps: int
    starts: int

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line says it."""
        spreads = dict(zip(self.random, zip(self.spreads, self.spread_errors, strict=True), strict=True))
        return {
            "coefficients": {
                name: {"value": float(value), "u": float(error)}
                for name, value, error in zip(self.names, self.coefficients, self.errors, strict=True)
            },
            "spreads": {
                name: {"shape": self.random[name], "value": float(value), "u": float(error)}
                for name, (value, error) in spreads.items()
            },
            "log_likelihood": self.log_likelihood,
            "log_likelihood_logit": self.log_likelihood_logit,
            "draws": self.draws,
            "evaluations": self.steps,
            "starts": self.starts,
        }


def halton_normals(people: int, draws: int, width: int, *, seed: int = 1) -> F64:
    """Return scrambled Halton draws as standard normals, shape (people, draws, width)."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    points = qmc.Halton(width, scramble=True, rng=np.random.default_rng(seed)).random(people * draws)
    return np.asarray(ndtri(np.clip(points, 1e-12, 1 - 1e-12)).reshape(people, draws, width), np.float64)


def fit_mixed_logit(
    choices: Choices,
    random: Mapping[str, str] | Sequence[str],
    *,
    draws: int | F64 = 600,
    seed: int = 1,
    starts: int = STARTS,
    progress: Callable[[int, float], None] | None = None,
) -> MixedLogit:
    """Fit a mixed logit by maximum simulated likelihood.

    Parameters
    ----------
    choices : Choices
    random : mapping of str to {"normal", "lognormal", "negative_lognormal"}, or sequence of str
        Coefficients that differ between people, independently of each other; a sequence means normal ones. The last is for
        what nobody likes, such as a price: the logarithm of minus the coefficient is normal.
    draws : int or ndarray of shape (people, draws, random coefficients)
        How many scrambled Halton draws, or standard normal draws of one's own, to compare with another program.
    seed : int
        Of the draws and of the starts.
    starts : int >= 1
        Places from which the first, coarse climbs begin; the best of them is followed to its top.
    progress : callable, optional
        Told the number of evaluations and the log-likelihood so far.

    Raises
    ------
    DataError
        If a name is unknown, draws have another shape, a lognormal coefficient has the other sign, or the likelihood finds no
        maximum, or none above that of the plain logit.
    """
    shapes = dict(random) if isinstance(random, Mapping) else dict.fromkeys(random, "normal")
    places = _places(choices, shapes)
    if starts < 1 or (isinstance(draws, int) and draws < 1):
        raise DataError(Message("brand.choice.few_draws"))
    choices = _mirrored(choices, shapes)
    normals = halton_normals(choices.people, draws, len(places), seed=seed) if isinstance(draws, int) else draws
    if normals.shape[::2] != (choices.people, len(places)):
        raise DataError(Message("brand.choice.draws", found=str(normals.shape), people=choices.people, width=len(places)))
    climb = Climb(choices, places, np.array([shape != "normal" for shape in shapes.values()]), normals, progress)
    logit = fit_logit(choices)
    _check_signs(logit.coefficients[places], shapes)
    found = _first_top(climb, _start(logit.coefficients, logit.errors, places, climb.logged), normals.shape[1], starts, seed)
    found, at = climb.to_top(found, normals.shape[1], close=CLOSE)
    if at.value < logit.log_likelihood - ROUGH:
        raise DataError(Message("brand.choice.below_logit", mixed=f"{at.value:.2f}", plain=f"{logit.log_likelihood:.2f}"))
    inverse = np.linalg.pinv(-at.curve)
    # The sandwich: the outer product of the scores alone is too sure where tastes are not as the model says.
    errors = np.sqrt(np.diag(inverse @ (at.scores.T @ at.scores) @ inverse))
    width = len(choices.names)
    return MixedLogit(
        choices.names, shapes, found[:width], errors[:width], np.abs(found[width:]), errors[width:],
        at.value, logit.log_likelihood, normals.shape[1], climb.steps, starts,
    )  # fmt: skip


@dataclass(frozen=True)
class Point:
    """The simulated log-likelihood at one place, with the score of each person and its second derivatives."""

    value: float
    scores: F64
    curve: F64

    @property
    def slope(self) -> F64:
        """First derivatives."""
        return np.asarray(self.scores.sum(axis=0), np.float64)


class Climb:
    """Newton's method on the simulated log-likelihood, whose second derivatives come with it.

    Parameters
    ----------
    choices : Choices
    places : sequence of int
        Columns of the random coefficients.
    logged : ndarray of shape (random,)
        Whether the logarithm is normal.
    normals : ndarray of shape (people, draws, random)
    progress : callable, optional
    """

    def __init__(
        self,
        choices: Choices,
        places: Sequence[int],
        logged: NDArray[np.bool_],
        normals: F64,
        progress: Callable[[int, float], None] | None = None,
    ) -> None:
        if np.any(np.diff(choices.weights)[np.diff(choices.person) == 0]):
            raise DataError(Message("brand.choice.weights_of_person"))
        self.logged, self.steps = logged, 0
        self._progress = progress
        self._normals = np.ascontiguousarray(np.transpose(normals, (0, 2, 1)), np.float64)
        self._weights = choices.weights[choices.person_starts]
        starts = np.append(choices.contrast_starts, len(choices.contrasts)).astype(np.int64)
        cases = np.append(choices.person_starts, choices.cases).astype(np.int64)
        self._choices = choices.contrasts, starts, cases
        self._random = np.array(places, np.int64), logged.astype(np.int64)

    def to_top(self, start: F64, draws: int, *, close: float) -> tuple[F64, Point]:
        """Climb from a place with the first of the draws; return where the top is, and what stands there."""
        place, here, ended = self.upward(start, draws, close=close, steps=STEPS)
        if not ended:
            raise DataError(Message("brand.choice.no_end"))
        return place, here

    def upward(self, start: F64, draws: int, *, close: float, steps: int) -> tuple[F64, Point, bool]:
        """Take so many steps from a place at the most; return where that leads, and whether it is a top."""
        place, here = start, self.point(start, draws)
        for _ in range(steps):
            move = _move(here)
            if float(here.slope @ move) < close:
                return place, here, True
            place, here = self._uphill(place, here, move, draws)
        return place, here, False

    def point(self, theta: F64, draws: int) -> Point:
        """Look at one place."""
        from sichen.brand.choice.kernels import simulate

        people, size = len(self._weights), theta.size
        values, scores, curve = np.empty(people), np.empty((people, size)), np.empty((size, size))
        normals = np.ascontiguousarray(self._normals[:, :, :draws])
        simulate(*self._choices, normals, *self._random, theta, self._weights, values, scores, curve)
        value = float(self._weights @ values)
        self.steps += 1
        if self._progress is not None:
            self._progress(self.steps, value)
        return Point(value, scores * self._weights[:, None], curve)

    def _uphill(self, place: F64, here: Point, move: F64, draws: int) -> tuple[F64, Point]:
        """Take the step, or the half of it, until it climbs."""
        gain = float(here.slope @ move)
        for half in range(HALVES):
            there = place + move * 0.5**half
            found = self.point(there, draws)
            if np.isfinite(found.value) and found.value >= here.value + 1e-4 * gain * 0.5**half - 1e-10 * abs(here.value):
                return there, found
        raise DataError(Message("brand.choice.no_end"))


def _first_top(climb: Climb, start: F64, draws: int, starts: int, seed: int) -> F64:
    """Climb roughly from several places with a few of the draws, then from the best with more; return the highest top."""
    generator = np.random.default_rng(seed)
    width = len(start) - len(climb.logged)
    fewest = min(draws, FEWEST)
    hops = STEPS if draws < FEWEST * PART else HOPS  # few draws make many hills, and a whole climb costs little there
    tops: list[tuple[float, F64]] = []
    for number in range(starts):
        place = start.copy()
        if number:
            place[width:] *= np.exp(WIDER * generator.standard_normal(len(climb.logged)))
            place[:width] *= 1 + ASIDE * generator.standard_normal(width) / np.sqrt(width)
        try:
            top, at, _ = climb.upward(place, max(draws // SCOUT, fewest), close=ROUGH, steps=hops)
        except DataError:
            if number + 1 == starts and not tops:
                raise
            continue
        tops.append((at.value, top))
    best = max(tops, key=_height)
    # Few draws rank two hills of like height by chance: the one above the plain logit's place is climbed in any case.
    hills = [best] if best is tops[0] else [best, tops[0]]
    tried = [climb.to_top(top, max(draws // SCOUT, fewest), close=ROUGH)[0] for _, top in hills]
    higher = [climb.to_top(top, max(draws // PART, fewest), close=ROUGH) for top in tried]
    return max(((at.value, top) for top, at in higher), key=_height)[1]


def _height(top: tuple[float, F64]) -> float:
    return top[0]


def _mirrored(choices: Choices, shapes: Mapping[str, str]) -> Choices:
    """Turn the sign of the columns whose coefficients are the negative of a lognormal."""
    sign = np.array([-1.0 if shapes.get(name) == "negative_lognormal" else 1.0 for name in choices.names])
    return replace(choices, attributes=choices.attributes * sign)


def _check_signs(means: F64, shapes: Mapping[str, str]) -> None:
    """Refuse a lognormal whose sign the plain logit found to be the other: its likelihood has no top."""
    for mean, (name, shape) in zip(means, shapes.items(), strict=True):
        if shape != "normal" and mean <= 0:
            other = "lognormal" if shape == "negative_lognormal" else "negative_lognormal"
            raise DataError(Message("brand.choice.other_sign", name=name, shape=shape, other=other))


def _move(here: Point) -> F64:
    """Return Newton's step where the likelihood is a hill, else a step in the metric of the scores, which always leads up."""
    metric = -here.curve
    try:
        np.linalg.cholesky(metric)
    except np.linalg.LinAlgError:
        metric = here.scores.T @ here.scores
        metric += 1e-6 * np.diag(np.diag(metric)) + 1e-12 * np.eye(len(metric))
    return np.asarray(np.linalg.solve(metric, here.slope), np.float64)


def _start(coefficients: F64, errors: F64, places: list[int], logged: NDArray[np.bool_]) -> F64:
    mean = coefficients.copy()
    spread = np.maximum(0.5 * np.abs(coefficients[places]), errors[places])
    for at, (place, in_log) in enumerate(zip(places, logged, strict=True)):
        if in_log:
            mean[place], spread[at] = np.log(max(coefficients[place], 1e-3)), 0.5
    return np.concatenate([mean, spread])


def _places(choices: Choices, shapes: Mapping[str, str]) -> list[int]:
    for name, shape in shapes.items():
        if name not in choices.names:
            raise DataError(Message("brand.choice.unknown_column", name=name, known=", ".join(choices.names)))
        if shape not in SHAPES:
            raise DataError(Message("brand.choice.unknown_shape", name=shape, known=", ".join(SHAPES)))
    if not shapes:
        raise DataError(Message("brand.choice.nothing_random"))
    return [choices.names.index(name) for name in shapes]
