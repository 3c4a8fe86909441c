# SPDX-License-Identifier: Apache-2.0
"""Hierarchical Bayes: every person has a taste of their own, drawn from a population that is learnt along the way.

Gibbs sampling with a random-walk Metropolis step for each person (Rossi, Allenby & McCulloch 2005, chapter 5): tastes are
normal about a mean μ with covariance Σ; μ has a wide normal prior and Σ an inverse Wishart one with k + 3 degrees of freedom.
A person's steps have the shape of what is left open about that person: the curvature of their own likelihood together with Σ.
The shapes follow Σ while the chain warms up and stand still afterwards, so that the kept draws are of one Markov chain.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.brand.choice.data import Choices
from sichen.brand.choice.logit import fit_logit
from sichen.core import JSON

F64 = NDArray[np.float64]
SHAPED_EVERY = 50
"""Rounds of the warm-up between two looks at the shape of the steps."""
WANTED = 0.3
"""Share of proposals to be taken: near the best for few to many dimensions (Gelman, Roberts & Gilks 1996)."""


@dataclass(frozen=True)
class Hierarchical:
    """Draws from the posterior of a hierarchical logit.

    Parameters
    ----------
    names : tuple of str
    means : ndarray of shape (kept, coefficients)
        Draws of the population's mean.
    deviations : ndarray of shape (kept, coefficients)
        Draws of the standard deviations between people.
    tastes : ndarray of shape (people, coefficients)
        Posterior mean of each person.
    taste_draws : ndarray of shape (thinned, people, coefficients)
        Some whole draws, for shares and willingness to pay.
    log_likelihood : ndarray of shape (kept,)
    accepted : float
        Share of proposals taken.
    effective : ndarray of shape (coefficients,)
        Effective number of draws of the means.
    """

    names: tuple[str, ...]
    means: F64
    deviations: F64
    tastes: F64
    taste_draws: F64
    log_likelihood: F64
    accepted: float
    effective: F64

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line says it."""

        def row(draws: F64) -> dict[str, JSON]:
            low, high = np.quantile(draws, [0.025, 0.975])
            return {"value": float(draws.mean()), "u": float(draws.std()), "low": float(low), "high": float(high)}

        return {
            "means": {name: row(self.means[:, place]) for place, name in enumerate(self.names)},
            "deviations": {name: row(self.deviations[:, place]) for place, name in enumerate(self.names)},
            "log_likelihood": float(self.log_likelihood.mean()),
            "accepted": self.accepted,
            "effective": {name: float(count) for name, count in zip(self.names, self.effective, strict=True)},
            "people": len(self.tastes),
        }


def fit_hierarchical(
    choices: Choices,
    *,
    rounds: int = 10_000,
    burn_in: int = 4_000,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Hierarchical:
    """Sample the tastes of people and of their population.

    Parameters
    ----------
    choices : Choices
    rounds, burn_in : int
        Rounds in all, and those thrown away while the steps are tuned.
    seed : int
    progress : callable, optional
        Told the round and how many there are.

    Raises
    ------
    DataError
        If the choices cannot tell a coefficient.
    """
    logit = fit_logit(choices)
    generator = np.random.default_rng(seed)
    sampler = _Sampler(choices, logit.coefficients, generator)
    kept = rounds - burn_in
    width = len(choices.names)
    means, deviations, fits = np.empty((kept, width)), np.empty((kept, width)), np.empty(kept)
    sums, whole, thin = np.zeros((choices.people, width)), [], max(kept // 200, 1)
    taken = 0.0
    for turn in range(rounds):
        share = sampler.turn()
        if turn < burn_in:
            sampler.tune(share, turn)
            if turn % SHAPED_EVERY == 0:
                sampler.shape()
            continue
        at = turn - burn_in
        means[at], deviations[at], fits[at] = sampler.mean, np.sqrt(np.diag(sampler.covariance)), sampler.fits.sum()
        sums += sampler.tastes
        taken += share
        if at % thin == 0:
            whole.append(sampler.tastes.copy())
        if progress is not None and turn % 200 == 0:
            progress(turn, rounds)
    effective = np.array([_effective(means[:, place]) for place in range(width)])
    return Hierarchical(choices.names, means, deviations, sums / kept, np.array(whole), fits, taken / kept, effective)


class _Sampler:
    """The state of the chain."""

    def __init__(self, choices: Choices, start: F64, generator: np.random.Generator) -> None:
        self._generator = generator
        self._contrasts = choices.contrasts
        self._starts = np.append(choices.contrast_starts, len(choices.contrasts)).astype(np.int64)
        self._cases = np.append(choices.person_starts, choices.cases).astype(np.int64)
        self.mean = start.copy()
        self.covariance = np.eye(start.size)
        self.tastes = np.tile(start, (choices.people, 1))
        self.fits = np.empty(choices.people)
        self._likelihoods(self.tastes, self.fits)
        self._step = 2.4 / np.sqrt(start.size)
        self._curves = _curvatures(choices, start)
        self.shape()

    def shape(self) -> None:
        """Give every person's steps the shape of what is left open about that person."""
        inverse = np.linalg.inv(self.covariance)
        self._roots = np.linalg.cholesky(np.linalg.inv(self._curves + inverse))

    def turn(self) -> float:
        """Go round once and return the share of proposals taken."""
        share = self._people()
        self._population()
        return share

    def tune(self, share: float, turn: int) -> None:
        """Widen or narrow the steps towards the wanted share of proposals taken."""
        self._step *= np.exp((share - WANTED) / np.sqrt(1 + turn / 20))

    def _people(self) -> float:
        generator = self._generator
        away = np.einsum("pij,pj->pi", self._roots, generator.standard_normal(self.tastes.shape))
        proposed = self.tastes + self._step * away
        fits = np.empty_like(self.fits)
        self._likelihoods(proposed, fits)
        inverse: F64 = np.asarray(np.linalg.inv(self.covariance), np.float64)
        gain = fits - self.fits + _prior(proposed - self.mean, inverse) - _prior(self.tastes - self.mean, inverse)
        taken = np.log(generator.random(gain.size)) < gain
        self.tastes[taken], self.fits[taken] = proposed[taken], fits[taken]
        return float(taken.mean())

    def _population(self) -> None:
        generator, (people, width) = self._generator, self.tastes.shape
        root = np.linalg.cholesky(self.covariance / people)
        self.mean = self.tastes.mean(axis=0) + root @ generator.standard_normal(width)
        apart = self.tastes - self.mean
        freedom = width + 3
        scale = freedom * np.eye(width) + apart.T @ apart
        self.covariance = _inverse_wishart(scale, freedom + people, generator)

    def _likelihoods(self, tastes: F64, out: F64) -> None:
        from sichen.brand.choice.kernels import likelihoods

        likelihoods(self._contrasts, self._starts, self._cases, tastes, out)


def _curvatures(choices: Choices, taste: F64) -> F64:
    """Return minus the curvature of each person's log-likelihood at a taste, shape (people, coefficients, coefficients)."""
    contrasts, starts = choices.contrasts, choices.contrast_starts
    rows = np.repeat(np.arange(choices.cases), choices.sizes - 1)
    weight = np.exp(np.minimum(contrasts @ taste, 600.0))
    share = weight / (1 + np.add.reduceat(weight, starts))[rows]
    mean = np.add.reduceat(share[:, None] * contrasts, starts, axis=0)
    square = np.add.reduceat(share[:, None, None] * contrasts[:, :, None] * contrasts[:, None, :], starts, axis=0)
    return np.asarray(np.add.reduceat(square - mean[:, :, None] * mean[:, None, :], choices.person_starts, axis=0), np.float64)


def _prior(apart: F64, inverse: F64) -> F64:
    return np.asarray(-0.5 * np.sum((apart @ inverse) * apart, axis=1), np.float64)


def _inverse_wishart(scale: F64, freedom: int, generator: np.random.Generator) -> F64:
    """Draw a covariance by Bartlett's decomposition of the Wishart matrix of its inverse."""
    width = len(scale)
    lower = np.tril(generator.standard_normal((width, width)), -1)
    lower[np.diag_indices(width)] = np.sqrt(generator.chisquare(freedom - np.arange(width)))
    half = np.linalg.solve(lower, np.linalg.cholesky(scale).T)
    return np.asarray(half.T @ half, np.float64)


def _effective(chain: F64) -> float:
    """Return the effective number of draws: Geyer's initial positive sequence."""
    size = chain.size
    apart = chain - chain.mean()
    spectrum = np.fft.rfft(apart, 2 * size)
    covariance = np.fft.irfft(spectrum * np.conj(spectrum))[:size] / size
    if covariance[0] <= 0:
        return float(size)
    pairs = (covariance[0 : size - 1 : 2] + covariance[1:size:2]) / covariance[0]
    positive = np.argmax(pairs <= 0) if np.any(pairs <= 0) else pairs.size
    return float(size / max(2 * pairs[:positive].sum() - 1, 1 / size))
