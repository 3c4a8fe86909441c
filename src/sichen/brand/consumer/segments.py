# SPDX-License-Identifier: Apache-2.0
"""Segments: groups of people who answer alike, found as latent classes; how many there are is tested, not wished."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.core import JSON, DataError, Message

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROUNDS = 2000
TOLERANCE = 1e-8


@dataclass(frozen=True)
class Segments:
    """Latent classes.

    Parameters
    ----------
    names : tuple of str
        Of the questions.
    sizes : ndarray of shape (classes,)
        Largest first.
    profiles : tuple of ndarray of shape (classes, answers)
        One a question: probability of each answer.
    members : ndarray of shape (people, classes)
        Probability that a person belongs to a class.
    log_likelihood, bic : float
    entropy : float
        1 when every person belongs to one class for sure, 0 when nothing is known.
    """

    names: tuple[str, ...]
    sizes: F64
    profiles: tuple[F64, ...]
    members: F64
    log_likelihood: float
    bic: float
    entropy: float

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.sizes.size)

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line says it."""
        return {
            "classes": self.classes,
            "sizes": [float(one) for one in self.sizes],
            "log_likelihood": self.log_likelihood,
            "bic": self.bic,
            "entropy": self.entropy,
            "profiles": {
                name: [[float(p) for p in row] for row in one] for name, one in zip(self.names, self.profiles, strict=True)
            },
        }


def fit_segments(names: Sequence[str], answers: I64, classes: int, *, starts: int = 20, seed: int = 1) -> Segments:
    """Fit latent classes by expectation–maximisation.

    Parameters
    ----------
    names : sequence of str
    answers : ndarray of shape (people, questions)
        Answers counted from 0; −1 where nothing was answered (taken as missing at random).
    classes : int
    starts : int
        Random starts; the best one stands.
    seed : int

    Raises
    ------
    DataError
        If there are fewer people than the classes have free numbers.
    """
    levels = [int(answers[:, at].max()) + 1 for at in range(answers.shape[1])]
    free = classes - 1 + classes * sum(level - 1 for level in levels)
    if classes < 1 or answers.shape[0] <= free:
        raise DataError(Message("brand.segments.too_few", people=answers.shape[0], free=free, classes=classes))
    told = [_one_hot(answers[:, at], level) for at, level in enumerate(levels)]
    generator = np.random.default_rng(seed)
    best: tuple[float, F64, list[F64], F64] | None = None
    for _ in range(starts if classes > 1 else 1):
        found = _climb(told, generator.dirichlet(np.ones(classes), answers.shape[0]))
        if best is None or found[0] > best[0]:
            best = found
    assert best is not None  # noqa: S101 - there is at least one start
    value, sizes, profiles, members = best
    order = np.argsort(-sizes, kind="stable")
    members = members[:, order]
    doubt = -np.sum(members * np.log(np.maximum(members, 1e-300)))
    entropy = 1.0 if classes == 1 else 1 - doubt / (members.shape[0] * np.log(classes))
    return Segments(
        tuple(names), sizes[order], tuple(one[order] for one in profiles), members, value,
        -2 * value + free * float(np.log(answers.shape[0])), float(entropy),
    )  # fmt: skip


def choose_segments(
    names: Sequence[str], answers: I64, *, most: int = 6, starts: int = 20, seed: int = 1
) -> tuple[Segments, ...]:
    """Fit one to `most` classes; the one to take has the smallest BIC."""
    return tuple(fit_segments(names, answers, count, starts=starts, seed=seed) for count in range(1, most + 1))


def needs_another(
    names: Sequence[str], answers: I64, classes: int, *, draws: int = 99, starts: int = 5, seed: int = 1
) -> float:
    """Return the p-value of a bootstrap likelihood-ratio test of `classes` against one more (McLachlan 1987).

    Parameters
    ----------
    classes : int
        Under the null hypothesis.
    draws : int
        Samples drawn from the fit with `classes`.
    """
    few, more = (fit_segments(names, answers, count, starts=starts, seed=seed) for count in (classes, classes + 1))
    ratio = more.log_likelihood - few.log_likelihood
    generator = np.random.default_rng(seed)
    larger = 0
    for number in range(draws):
        drawn = _draw(few, answers, generator)
        one, two = (fit_segments(names, drawn, count, starts=starts, seed=seed + number) for count in (classes, classes + 1))
        larger += two.log_likelihood - one.log_likelihood >= ratio
    return (larger + 1) / (draws + 1)


def _climb(told: list[F64], members: F64) -> tuple[float, F64, list[F64], F64]:
    before = -np.inf
    sizes, profiles = members.mean(axis=0), []
    for _ in range(ROUNDS):
        sizes = members.mean(axis=0)
        profiles = [_profile(one, members) for one in told]
        joint = np.log(np.maximum(sizes, 1e-300)) + sum(
            one @ np.log(np.maximum(profile.T, 1e-300)) for one, profile in zip(told, profiles, strict=True)
        )
        top = joint.max(axis=1, keepdims=True)
        share = np.exp(joint - top)
        total = share.sum(axis=1, keepdims=True)
        members = share / total
        value = float(np.sum(top + np.log(total)))
        if value - before < TOLERANCE * (1 + abs(value)):
            break
        before = value
    return value, sizes, profiles, members


def _profile(told: F64, members: F64) -> F64:
    counts = members.T @ told
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300), np.float64)


def _one_hot(column: I64, levels: int) -> F64:
    told = np.zeros((column.size, levels))
    there = column >= 0
    told[np.flatnonzero(there), column[there]] = 1.0
    return told


def _draw(fit: Segments, answers: I64, generator: np.random.Generator) -> I64:
    people = answers.shape[0]
    belongs = generator.choice(fit.classes, people, p=fit.sizes)
    drawn = np.empty_like(answers)
    for at, profile in enumerate(fit.profiles):
        edges = np.cumsum(profile, axis=1)[belongs]
        drawn[:, at] = np.minimum((generator.random((people, 1)) > edges).sum(axis=1), profile.shape[1] - 1)
    drawn[answers < 0] = -1
    return drawn
