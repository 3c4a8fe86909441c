# SPDX-License-Identifier: Apache-2.0
"""The mixed logit: tastes differ between people. Simulated likelihood with analytic gradients, a block of draws a person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sichen.brand.choice.data import Choices
from sichen.brand.choice.logit import fit_logit
from sichen.core import JSON, DataError, Message

F64 = NDArray[np.float64]
SHAPES = ("normal", "lognormal")
SMALLEST = 1e-300


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
    draws, steps : int
        Draws a person, evaluations of the likelihood.
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
    progress: Callable[[int, float], None] | None = None,
) -> MixedLogit:
    """Fit a mixed logit by maximum simulated likelihood.

    Parameters
    ----------
    choices : Choices
    random : mapping of str to {"normal", "lognormal"}, or sequence of str
        Coefficients that differ between people, independently of each other; a sequence means normal ones.
    draws : int or ndarray of shape (people, draws, random coefficients)
        How many scrambled Halton draws, or standard normal draws of one's own, to compare with another program.
    seed : int
    progress : callable, optional
        Told the number of evaluations and the log-likelihood so far.

    Raises
    ------
    DataError
        If a name is unknown, draws have another shape, or the likelihood finds no maximum.
    """
    shapes = dict(random) if isinstance(random, Mapping) else dict.fromkeys(random, "normal")
    places = _places(choices, shapes)
    normals = halton_normals(choices.people, draws, len(places), seed=seed) if isinstance(draws, int) else draws
    if normals.shape[::2] != (choices.people, len(places)):
        raise DataError(Message("brand.choice.draws", found=str(normals.shape), people=choices.people, width=len(places)))
    logit = fit_logit(choices)
    simulated = _Simulated(choices, places, np.array([shape == "lognormal" for shape in shapes.values()]), normals)
    start = _start(logit.coefficients, logit.errors, places, simulated.logged)
    found, steps = _climb(simulated, start, progress)
    value, scores = simulated.evaluate(found)
    errors = _errors(simulated, found, scores)
    width = len(choices.names)
    return MixedLogit(
        choices.names, shapes, found[:width], errors[:width], np.abs(found[width:]), errors[width:],
        value, logit.log_likelihood, normals.shape[1], steps,
    )  # fmt: skip


class _Simulated:
    """The simulated log-likelihood of one set of choices and draws, with its score for each person."""

    def __init__(self, choices: Choices, places: list[int], logged: NDArray[np.bool_], normals: F64) -> None:
        self.logged = logged
        self._places = places
        self._normals = np.ascontiguousarray(normals, np.float64)
        self._blocks = _blocks(choices)
        self._weights = choices.weights[choices.person_starts]
        self._width = len(choices.names)

    def evaluate(self, theta: F64) -> tuple[float, F64]:
        """Return the log-likelihood and the score of each person, shape (people, parameters)."""
        scores = np.empty((len(self._blocks), theta.size))
        total = 0.0
        for person, (contrasts, starts) in enumerate(self._blocks):
            value, scores[person] = self._person(theta, contrasts, starts, self._normals[person])
            total += self._weights[person] * value
        return total, scores * self._weights[:, None]

    def _person(self, theta: F64, contrasts: F64, starts: NDArray[np.int64], normals: F64) -> tuple[float, F64]:
        mean, spread = theta[: self._width], theta[self._width :]
        tastes = mean[self._places] + spread * normals
        tastes[:, self.logged] = np.exp(np.minimum(tastes[:, self.logged], 50.0))
        steady = mean.copy()
        steady[self._places] = 0.0
        mixed = contrasts[:, self._places]
        weight = mixed @ tastes.T
        weight += (contrasts @ steady)[:, None]
        np.minimum(weight, 600.0, out=weight)
        np.exp(weight, out=weight)
        total = np.add.reduceat(weight, starts, axis=0)
        total += 1.0
        likelihood = -np.log(total).sum(axis=0)
        top = likelihood.max()
        share = np.exp(likelihood - top)
        whole = share.sum()
        value = float(top + np.log(max(whole / share.size, SMALLEST)))
        share /= whole
        weight /= np.repeat(total, np.diff(np.append(starts, len(weight))), axis=0)
        slope_mixed = -(mixed.T @ weight)
        if self.logged.any():
            slope_mixed[self.logged] *= tastes.T[self.logged]
        score = np.empty(theta.size)
        score[: self._width] = -(contrasts.T @ (weight @ share))
        score[self._places] = slope_mixed @ share
        score[self._width :] = (slope_mixed * normals.T) @ share
        return value, score


def _climb(simulated: _Simulated, start: F64, progress: Callable[[int, float], None] | None) -> tuple[F64, int]:
    """BFGS from the plain logit, in coordinates that the scores of the people make round."""
    from scipy.optimize import minimize

    _, scores = simulated.evaluate(start)
    information = scores.T @ scores
    information += 1e-6 * np.diag(np.diag(information)) + 1e-12 * np.eye(len(start))
    root = np.linalg.cholesky(information)
    back = np.linalg.inv(root).T
    steps = 0

    def descend(place: F64) -> tuple[float, F64]:
        nonlocal steps
        steps += 1
        value, scores = simulated.evaluate(start + back @ place)
        if progress is not None:
            progress(steps, value)
        return -value, -(back.T @ scores.sum(axis=0))

    found = minimize(descend, np.zeros(len(start)), jac=True, method="BFGS", options={"gtol": 1e-3, "maxiter": 500})
    if not np.all(np.isfinite(found.x)):
        raise DataError(Message("brand.choice.no_end"))
    return np.asarray(start + back @ found.x, np.float64), steps


def _errors(simulated: _Simulated, found: F64, scores: F64) -> F64:
    """Return standard errors by the sandwich: the outer product of the scores alone is too sure where tastes are not as the model says."""
    curve = np.empty((found.size, found.size))
    slope = scores.sum(axis=0)
    for at in range(found.size):
        step = 1e-5 * max(abs(found[at]), 1e-2)
        moved = found.copy()
        moved[at] += step
        curve[at] = (simulated.evaluate(moved)[1].sum(axis=0) - slope) / step
    inverse = np.linalg.pinv(-(curve + curve.T) / 2)
    return np.asarray(np.sqrt(np.diag(inverse @ (scores.T @ scores) @ inverse)), np.float64)


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


def _blocks(choices: Choices) -> list[tuple[F64, NDArray[np.int64]]]:
    """Cut the contrasts by person, each with the first rows of its cases."""
    if np.any(np.diff(choices.weights)[np.diff(choices.person) == 0]):
        raise DataError(Message("brand.choice.weights_of_person"))
    ends = np.append(choices.contrast_starts, len(choices.contrasts))
    cases = np.append(choices.person_starts, choices.cases)
    blocks = []
    for first, last in pairwise(cases):
        begin, end = ends[first], ends[last]
        blocks.append((np.ascontiguousarray(choices.contrasts[begin:end]), choices.contrast_starts[first:last] - begin))
    return blocks
