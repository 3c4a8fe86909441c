# SPDX-License-Identifier: Apache-2.0
"""Hierarchical Bayes: every person has a taste of their own, drawn from a population that is learnt along the way.

Gibbs sampling with a random-walk Metropolis step for each person (Rossi, Allenby & McCulloch 2005, chapter 5): tastes are
normal about a mean μ with covariance Σ; μ has a wide normal prior and Σ an inverse Wishart one with k + 3 degrees of freedom.
A person's steps have the shape of what is left open about that person: the curvature of their own likelihood together with Σ.
The shapes follow Σ while the chain warms up and stand still afterwards, so that the kept draws are of one Markov chain.

Where a person says little, μ and Σ move slowly when they are drawn with the tastes held. So each round also moves μ with all
tastes, and stretches a standard deviation with all tastes about μ, each accepted by the choices alone: the two views of the same
model interweave (Yu & Meng 2011). Several chains from places apart tell by the split R̂ whether they have forgotten their start.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.brand.choice.data import Choices
from sichen.brand.choice.logit import Logit, fit_logit
from sichen.core import JSON, DataError, Message

F64 = NDArray[np.float64]
SHAPED_EVERY = 50
"""Rounds of the warm-up between two looks at the shape of the steps."""
SWEEPS = 2
"""Steps of everybody in a round, beside one of the population."""
APART = 3.0
"""Standard errors of the plain logit by which chains start apart."""
WHOLE, FEWEST = 200, 50
"""Whole draws of everybody's tastes that a chain keeps; rounds that it must keep."""
ENOUGH, SETTLED = 100, 1.05
"""Effective draws below which, and R̂ beyond which, a mean and its interval are told with a warning."""
WANTED, ONE_WANTED = 0.3, 0.44
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
        Effective number of draws of the means, all chains together.
    r_hat : ndarray of shape (coefficients,)
        Split R̂ of the means; 1 when halves of chains cannot be told apart (Gelman et al. 2013, section 11.4).
    """

    names: tuple[str, ...]
    means: F64
    deviations: F64
    tastes: F64
    taste_draws: F64
    log_likelihood: F64
    accepted: float
    effective: F64
    r_hat: F64

    @property
    def warnings(self) -> tuple[Message, ...]:
        """What to know before these draws are used: which coefficients have too few, or none that agree."""
        rows = zip(self.names, self.effective, self.r_hat, strict=True)
        bad = [(name, size, ratio) for name, size, ratio in rows if size < ENOUGH or ratio > SETTLED]
        if not bad:
            return ()
        said = ", ".join(f"{name} ({size:.0f}; {ratio:.3f})" for name, size, ratio in bad)
        return (Message("brand.choice.not_settled", columns=said, enough=str(ENOUGH), settled=f"{SETTLED:g}"),)

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
            "r_hat": {name: float(ratio) for name, ratio in zip(self.names, self.r_hat, strict=True)},
            "warnings": [one.text("en") for one in self.warnings],
            "people": len(self.tastes),
        }


def fit_hierarchical(
    choices: Choices,
    *,
    rounds: int = 10_000,
    burn_in: int = 3_000,
    chains: int = 2,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Hierarchical:
    """Sample the tastes of people and of their population.

    Parameters
    ----------
    choices : Choices
    rounds, burn_in : int
        Rounds of each chain in all, and those thrown away while the steps are tuned.
    chains : int
    seed : int
    progress : callable, optional
        Told the round and how many there are, over all chains.

    Raises
    ------
    DataError
        If the choices cannot tell a coefficient, or no round would be kept.
    """
    kept = rounds - burn_in
    if kept < FEWEST or burn_in < 1 or chains < 1:
        raise DataError(Message("brand.choice.too_few_rounds", rounds=rounds, burn_in=burn_in, fewest=FEWEST))
    logit = fit_logit(choices)
    run = [_Chain(choices, logit, generator, kept) for generator in np.random.default_rng(seed).spawn(chains)]
    for number, chain in enumerate(run):
        for turn in range(rounds):
            chain.turn(turn - burn_in)
            if progress is not None and turn % 200 == 0:
                progress(number * rounds + turn, chains * rounds)
    means = np.stack([chain.means for chain in run])
    width = means.shape[2]
    return Hierarchical(
        choices.names, means.reshape(-1, width), np.concatenate([chain.deviations for chain in run]),
        np.mean([chain.sums / kept for chain in run], axis=0), np.concatenate([chain.whole for chain in run]),
        np.concatenate([chain.fits for chain in run]), float(np.mean([chain.taken / kept for chain in run])),
        np.array([sum(_effective(one[:, at]) for one in means) for at in range(width)]),
        np.array([_split_r_hat(means[:, :, at]) for at in range(width)]),
    )  # fmt: skip


class _Chain:
    """One chain and what is kept of it."""

    def __init__(self, choices: Choices, logit: Logit, generator: np.random.Generator, kept: int) -> None:
        width = len(choices.names)
        apart = APART * np.linalg.cholesky(logit.covariance) @ generator.standard_normal(width)
        self._sampler = _Sampler(choices, logit.coefficients + apart, generator)
        self.means, self.deviations, self.fits = np.empty((kept, width)), np.empty((kept, width)), np.empty(kept)
        self.sums, self.whole, self.taken = np.zeros((choices.people, width)), list[F64](), 0.0
        self._thin = max(kept // WHOLE, 1)

    def turn(self, at: int) -> None:
        """Go round once; keep it unless the number is negative."""
        sampler = self._sampler
        share = sampler.turn(warming=at < 0)
        if at < 0:
            sampler.tune(share)
            return
        self.means[at], self.deviations[at] = sampler.mean, np.sqrt(np.diag(sampler.covariance))
        self.fits[at] = sampler.fits.sum()
        self.sums += sampler.tastes
        self.taken += share
        if at % self._thin == 0:
            self.whole.append(sampler.tastes.copy())


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
        self._shift, self._stretch = np.full(start.size, 0.5), np.full(start.size, 0.05)
        self._turns = 0
        self._curves = _curvatures(choices, start)
        self.shape()

    def shape(self) -> None:
        """Give every person's steps the shape of what is left open about that person."""
        inverse = np.linalg.inv(self.covariance)
        self._roots = np.linalg.cholesky(np.linalg.inv(self._curves + inverse))
        self._shift_root = np.sqrt(np.diag(np.linalg.inv(self._curves.sum(axis=0))))

    def turn(self, *, warming: bool) -> float:
        """Go round once and return the share of proposals taken."""
        share = 0.0
        for _ in range(SWEEPS):
            share += self._people() / SWEEPS
        self._population()
        at = int(self._generator.integers(len(self.mean)))
        moved, stretched = self._move_all(at), self._stretch_all(at)
        if warming:
            slower = 1 / np.sqrt(1 + self._turns / 200)
            self._shift[at] *= np.exp((moved - ONE_WANTED) * slower)
            self._stretch[at] *= np.exp((stretched - ONE_WANTED) * slower)
        return share

    def tune(self, share: float) -> None:
        """Widen or narrow the steps towards the wanted share of proposals taken; look at their shape now and then."""
        self._step *= np.exp((share - WANTED) / np.sqrt(1 + self._turns / 20))
        if self._turns % SHAPED_EVERY == 0:
            self.shape()
        self._turns += 1

    def _move_all(self, at: int) -> float:
        """Move one coefficient of the mean with that of everybody: the tastes are as likely about it as before."""
        step = self._shift[at] * self._shift_root[at] * self._generator.standard_normal()
        proposed = self.tastes.copy()
        proposed[:, at] += step
        taken = self._take_all(proposed, 0.0)
        if taken:
            self.mean[at] += step
        return float(taken)

    def _stretch_all(self, at: int) -> float:
        """Stretch one standard deviation with everybody's distance from the mean; only the prior of Σ and the choices weigh."""
        stretch = self._stretch[at] * self._generator.standard_normal()
        proposed = self.tastes.copy()
        proposed[:, at] = self.mean[at] + np.exp(stretch) * (proposed[:, at] - self.mean[at])
        covariance = self.covariance.copy()
        covariance[at] *= np.exp(stretch)
        covariance[:, at] *= np.exp(stretch)
        freedom = len(self.mean) + 3
        before, after = (freedom * np.trace(np.linalg.inv(one)) for one in (self.covariance, covariance))
        # Inverse Wishart: |Σ| to −(ν + k + 1)/2 changes by −(ν + k + 1)·stretch, the volume of Σ by (k + 1)·stretch.
        taken = self._take_all(proposed, -freedom * stretch - (after - before) / 2)
        if taken:
            self.covariance = covariance
        return float(taken)

    def _take_all(self, proposed: F64, prior: float) -> bool:
        fits = np.empty_like(self.fits)
        self._likelihoods(proposed, fits)
        taken = bool(np.log(self._generator.random()) < fits.sum() - self.fits.sum() + prior)
        if taken:
            self.tastes, self.fits = proposed, fits
        return taken

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


def _split_r_hat(chains: F64) -> float:
    """Return R̂ of the halves of chains; shape (chains, draws)."""
    half = chains.shape[1] // 2
    parts = np.concatenate([chains[:, :half], chains[:, half : 2 * half]])
    within = float(np.mean(np.var(parts, axis=1, ddof=1)))
    between = float(np.var(parts.mean(axis=1), ddof=1))
    return float(np.sqrt((half - 1) / half + between / within)) if within > 0 else 1.0


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
