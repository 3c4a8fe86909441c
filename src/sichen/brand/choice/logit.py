# SPDX-License-Identifier: Apache-2.0
"""The multinomial logit: one taste for all, by Newton's method."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.brand.choice.data import Choices
from sichen.core import JSON, DataError, Message

F64 = NDArray[np.float64]
STEPS = 100
TOLERANCE = 1e-10
FLAT = 1e-7
"""Information of one case about a scaled coefficient, below which there is none: choices that say something give 1e-3 and more."""
FAR = 500.0
"""A scaled coefficient beyond this is on its way to infinity."""


@dataclass(frozen=True)
class Logit:
    """A fitted multinomial logit.

    Parameters
    ----------
    names : tuple of str
    coefficients, errors : ndarray of shape (coefficients,)
        `errors` are standard errors; people who chose more than once are taken as clusters.
    covariance : ndarray of shape (coefficients, coefficients)
    log_likelihood, log_likelihood_null : float
        Of the fit, and with all coefficients zero.
    cases, people : int
    """

    names: tuple[str, ...]
    coefficients: F64
    errors: F64
    covariance: F64
    log_likelihood: float
    log_likelihood_null: float
    cases: int
    people: int

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line says it."""
        return {
            "coefficients": {
                name: {"value": float(value), "u": float(error)}
                for name, value, error in zip(self.names, self.coefficients, self.errors, strict=True)
            },
            "log_likelihood": self.log_likelihood,
            "log_likelihood_null": self.log_likelihood_null,
            "cases": self.cases,
            "people": self.people,
        }


def fit_logit(choices: Choices) -> Logit:
    """Fit a multinomial logit by maximum likelihood.

    Parameters
    ----------
    choices : Choices

    Returns
    -------
    Logit
        With errors that allow for people who choose alike every time (sandwich, clustered by person; McFadden and White).

    Raises
    ------
    DataError
        If a coefficient cannot be told from the choices, or grows without end because a column predicts them perfectly.
    """
    choices.check_identified()
    scale = np.sqrt(np.mean(choices.contrasts**2, axis=0))
    beta: F64 = np.zeros(len(choices.names))
    value = -np.inf
    for _ in range(STEPS):
        value, slope, curve, _ = _likelihood(choices, beta / scale, scale)
        move = np.linalg.solve(curve, slope)
        if float(slope @ move) < TOLERANCE:
            break
        beta = _uphill(choices, beta, np.asarray(move, np.float64), value=value, gain=float(slope @ move), scale=scale)
        if np.abs(beta).max() > FAR:
            raise DataError(Message("brand.choice.perfect", column=choices.names[int(np.argmax(np.abs(beta)))]))
    else:
        raise DataError(Message("brand.choice.no_end"))
    value, _, curve, scores = _likelihood(choices, beta / scale, scale)
    _check_held(choices, curve)
    inverse = np.linalg.inv(curve)
    spread = inverse @ (scores.T @ scores) @ inverse / np.outer(scale, scale)
    null = -float(np.sum(choices.weights * np.log(choices.sizes)))
    return Logit(choices.names, beta / scale, np.sqrt(np.diag(spread)), spread, value, null, choices.cases, choices.people)


def probabilities(attributes: F64, coefficients: F64) -> F64:
    """Return the share that each alternative takes.

    Parameters
    ----------
    attributes : ndarray of shape (alternatives, coefficients)
    coefficients : ndarray of shape (coefficients,) or (draws, coefficients)

    Returns
    -------
    ndarray of shape (alternatives,) or (draws, alternatives)

    Examples
    --------
    >>> probabilities(np.array([[0.0], [0.0]]), np.array([1.0]))
    array([0.5, 0.5])
    """
    utility = coefficients @ attributes.T
    share = np.exp(utility - utility.max(axis=-1, keepdims=True))
    return np.asarray(share / share.sum(axis=-1, keepdims=True), np.float64)


def _uphill(choices: Choices, beta: F64, move: F64, *, value: float, gain: float, scale: F64) -> F64:
    """Return where half steps first climb; the log-likelihood is concave, so a full step is nearly always right."""
    for half in range(40):
        there = beta + move * 0.5**half
        if _likelihood(choices, there / scale, scale)[0] >= value + 1e-4 * gain * 0.5**half - 1e-9 * abs(value):
            return np.asarray(there, np.float64)
    return np.asarray(beta + move * 0.5**40, np.float64)


def _check_held(choices: Choices, curve: F64) -> None:
    """Make sure that the likelihood bends in every direction: where it is flat, a column predicts the choices perfectly."""
    bends, directions = np.linalg.eigh(curve)
    if bends[0] < FLAT * choices.weights.sum():
        raise DataError(Message("brand.choice.perfect", column=choices.names[int(np.argmax(np.abs(directions[:, 0])))]))


def _likelihood(choices: Choices, beta: F64, scale: F64) -> tuple[float, F64, F64, F64]:
    """Return log-likelihood, gradient, minus its curvature and the score of each person, all in scaled coefficients."""
    contrasts, starts = choices.contrasts, choices.contrast_starts
    utility = contrasts @ beta
    lift = np.maximum(np.maximum.reduceat(utility, starts), 0.0)
    rows = np.repeat(np.arange(choices.cases), choices.sizes - 1)
    weight = np.exp(utility - lift[rows])
    total = np.exp(-lift) + np.add.reduceat(weight, starts)
    share = weight / total[rows]
    value = -float(np.sum(choices.weights * (lift + np.log(total))))
    scaled = contrasts / scale
    mean = np.add.reduceat(share[:, None] * scaled, starts, axis=0)
    heavy = choices.weights
    curve = (scaled * (heavy[rows] * share)[:, None]).T @ scaled - (mean * heavy[:, None]).T @ mean
    scores = np.add.reduceat(-mean * heavy[:, None], choices.person_starts, axis=0)
    return value, scores.sum(axis=0), curve, scores
