# SPDX-License-Identifier: Apache-2.0
"""The verdict engine: series of rates and station results become criteria, decisions and risks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from sichen.conformity.batch import Batch
from sichen.conformity.compiled import Compiled, check_fit, compiled, largest_u, noise_of_rows, rounded, row_errors
from sichen.conformity.decision import COVERAGE, SHARED_RATIO, conformance_probability, decide, risks_of, together
from sichen.conformity.formulas import Combine
from sichen.conformity.plan import NO_LIMITS, Protocol
from sichen.conformity.stations import Reading, judge_stations
from sichen.conformity.verdict import CriterionResult, WatchVerdict
from sichen.core import DataError, Message

ACCEPT, REJECT, UNDECIDED = 0, 1, 2
NAMES = ("accept", "reject", "undecided")
TRIALS = 10_000
SEED = 3159
FEW = 10
"""Below so many draws outside, the normal tails say more than the draws."""


@dataclass(frozen=True)
class BatchVerdicts:
    """Verdicts on many watches.

    Parameters
    ----------
    protocol : Protocol
    criteria : tuple of str, length k
    numerators : ndarray of int64, shape (n, k)
        Exact values times `scale`.
    scale : tuple of int, length k
    verdicts : ndarray of int8, shape (n,)
        0 accept, 1 reject, 2 undecided.
    """

    protocol: Protocol
    criteria: tuple[str, ...]
    numerators: npt.NDArray[np.int64]
    scale: tuple[int, ...]
    verdicts: npt.NDArray[np.int8]

    def values(self) -> npt.NDArray[np.float64]:
        """Return the values of the criteria as the nearest doubles, shape (n, k)."""
        return self.numerators / np.array(self.scale, dtype=np.float64)

    def exact(self, watch: int, criterion: int) -> Fraction:
        """Return one value exactly."""
        return Fraction(int(self.numerators[watch, criterion]), self.scale[criterion])

    def counts(self) -> dict[str, int]:
        """Return how many watches were accepted, rejected and left undecided."""
        return {name: int((self.verdicts == code).sum()) for code, name in enumerate(NAMES)}


def judge_many(batch: Batch, protocol: Protocol) -> BatchVerdicts:
    """Judge any number of watches by the criteria of their series, exactly.

    Parameters
    ----------
    batch : Batch
    protocol : Protocol

    Returns
    -------
    BatchVerdicts
        The verdict follows the protocol's decision rule. Criteria that stations measure are not in it.

    Raises
    ------
    DataError
        If the series is of another length than the plan's.

    Notes
    -----
    Values and limits are whole numbers; no verdict of the rule ``simple`` depends on a binary fraction. With a
    guard band, watches within a bound of it are judged by the drawn uncertainty of their criteria.
    """
    from sichen.conformity import kernels

    check_fit(batch, protocol)
    ready = compiled(protocol, decimals=batch.decimals)
    numerators, verdicts = kernels.judge_series(
        batch.rates, ready.starts, ready.pointers, ready.columns, ready.coefficients,
        ready.combine, ready.low, ready.high, ready.sided,
    )  # fmt: skip
    many = BatchVerdicts(protocol, tuple(one.id for one in ready.criteria), numerators, ready.scale, verdicts)
    return many if protocol.decision == "simple" else replace(many, verdicts=_cautious(batch, ready, many))


def judge(
    batch: Batch,
    protocol: Protocol,
    *,
    stations: Mapping[str, Mapping[str, Reading]] | None = None,
    trials: int = TRIALS,
    seed: int = SEED,
) -> tuple[WatchVerdict, ...]:
    """Judge watches one by one, with the uncertainty of every criterion and the risks of every decision.

    Parameters
    ----------
    batch : Batch
        The series; may be empty of measurements when the plan has stations only.
    protocol : Protocol
    stations : mapping of watch to mapping of quantity to Reading, optional
        What stations measured or counted.
    trials : int >= 100
        Draws for maxima and for the joint probability of conformity.
    seed : int

    Returns
    -------
    tuple of WatchVerdict, in the order of the batch

    Examples
    --------
    >>> from sichen.conformity import batch_of_rates, plan
    >>> days = "2.1 2.5 1.0 0.6 -0.4 0.2 4.1 4.5 3.9 3.5 0.2 3.0 5.9 2.4 2.6".split()
    >>> [verdict] = judge(batch_of_rates([days], u=0.02), plan("iso3159").choose(category="1"))
    >>> verdict.verdict, verdict.criterion("vertical_horizontal_difference").value
    ('accept', Fraction(-7, 5))
    """
    check_fit(batch, protocol)
    ready = compiled(protocol, decimals=batch.decimals)
    many = judge_many(batch, protocol) if ready.criteria else None
    # Watches that were read equally well share their draws: the answer is the same, and a hundred times sooner.
    shared = noise_of_rows(ready, batch, 0, trials=trials, seed=seed) if len(batch.u) == 1 and ready.criteria else None
    work = _Work(batch, ready, trials, seed, shared)
    return tuple(
        _one(work, many, index, protocol, (stations or {}).get(watch, {})) for index, watch in enumerate(batch.watches)
    )


@dataclass(frozen=True)
class BatchRisks:
    """What the decisions on many watches risk, each never understated.

    Parameters
    ----------
    consumer, producer : ndarray of float64, shape (n,)
        Probability that the watch does not conform, 0 where it was rejected; that it does, 0 where it was accepted.
    """

    consumer: npt.NDArray[np.float64]
    producer: npt.NDArray[np.float64]

    def totals(self) -> tuple[float, float]:
        """Return how many watches of the batch are wrongly accepted and wrongly rejected, to be expected at most."""
        return float(self.consumer.sum()), float(self.producer.sum())


def risks_many(batch: Batch, verdicts: BatchVerdicts) -> BatchRisks:
    """Bound the risks of many decisions, without draws.

    Parameters
    ----------
    batch : Batch
    verdicts : BatchVerdicts
        Of this batch.

    Notes
    -----
    The consumer's risk adds the normal tails of all rows of all criteria (Boole): exact for one criterion near its
    limit, a bound where several are. The producer's risk is the least of their probabilities to conform. A mean of
    absolute values is taken as normal about its value, to first order.
    """
    from sichen.conformity import kernels

    check_fit(batch, verdicts.protocol)
    ready = compiled(verdicts.protocol, decimals=batch.decimals)
    beyond, within = kernels.tails_of_series(
        batch.rates, ready.starts, ready.rows, row_errors(ready, batch), ready.combine,
        ready.margin_low, ready.margin_high, batch.errors(),
    )  # fmt: skip
    return BatchRisks(np.where(verdicts.verdicts == REJECT, 0.0, beyond), np.where(verdicts.verdicts == ACCEPT, 0.0, within))


def criteria_covariance(batch: Batch, protocol: Protocol, index: int) -> npt.NDArray[np.float64]:
    """Return the covariance of the criteria of one watch, shape (k, k), to first order.

    Criteria share readings: the covariance says how much. For maxima the row that decides is taken.

    Raises
    ------
    DataError
        If the series is of another length than the plan's.
    """
    check_fit(batch, protocol)
    rates = batch.rates[index] / 10.0**batch.decimals
    gradients = np.array([protocol.formula(one).gradient(rates) for one in protocol.series_criteria])
    sensitivity = gradients @ batch.mixing()
    u = batch.errors()[index if len(batch.u) > 1 else 0]
    return np.asarray((sensitivity * u**2) @ sensitivity.T)


@dataclass(frozen=True)
class _Work:
    """A batch with its compiled protocol, how many draws from which seed, and errors of the rows that all share."""

    batch: Batch
    ready: Compiled
    trials: int
    seed: int
    noise: npt.NDArray[np.float64] | None


def _one(
    work: _Work, many: BatchVerdicts | None, index: int, protocol: Protocol, stations: Mapping[str, Reading]
) -> WatchVerdict:
    results: list[CriterionResult] = []
    outside = 0.0
    if many is not None:
        results, outside = _series_results(work, many, index)
    measured = judge_stations(protocol, stations)
    for one in measured:
        outside = 1 - (1 - outside) * (one.probability if one.probability is not None else 1.0)
    # A value without uncertainty was judged: what the decision risks, nobody knows.
    unknown = any(one.value is not None and one.probability is None and one.limits != NO_LIMITS for one in measured)
    by_name = {one.id: one for one in (*results, *measured)}
    ordered = tuple(by_name[one.id] for one in protocol.criteria)
    verdict = together([one.verdict for one in ordered])
    # Nor does anybody where a limit or a result is missing; a rejection stands on what is there.
    unknown |= verdict == "undecided" and any(one.value is None or one.limits == NO_LIMITS for one in ordered)
    risks = risks_of(verdict, None if unknown else 1.0 - outside)
    kind = work.batch.kind if many is not None else "station"
    return WatchVerdict(work.batch.watches[index], ordered, verdict, risks, kind, protocol)


def _series_results(work: _Work, many: BatchVerdicts, index: int) -> tuple[list[CriterionResult], float]:
    protocol, ready = many.protocol, work.ready
    u, shares, joint = _draw(work, many.numerators[index], index)
    results = []
    for c, criterion in enumerate(ready.criteria):
        limits = protocol.limits(criterion)
        exact = many.exact(index, c)
        value, spread = rounded(exact, protocol=protocol), float(u[c] / ready.scale[c])
        low, high = (None if side is None else Fraction(side) for side in (limits.low, limits.high))
        verdict = decide(
            None if low is None else float(value - low),
            None if high is None else float(high - value),
            rule=protocol.decision,  # type: ignore[arg-type]
            u=spread,
            width=None if low is None or high is None else float(high - low),
        )
        probability = None
        if low is not None or high is not None:
            normal = conformance_probability(
                float(exact), u=spread, low=None if low is None else float(low), high=None if high is None else float(high)
            )
            few = shares[c] * work.trials < FEW or ready.combine[c] == Combine.LINEAR
            probability = normal if few else 1.0 - float(shares[c])
        results.append(CriterionResult(criterion, value, spread, limits, verdict, probability))
    if joint * work.trials < FEW:
        joint = min(1.0, sum(1.0 - one.probability for one in results if one.probability is not None))
    return results, joint


def _draw(
    work: _Work, numerators: npt.NDArray[np.int64], index: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]:
    """Return u of each numerator, shares outside the limits, and the share with any outside."""
    from sichen.conformity import kernels

    batch, ready, noise = work.batch, work.ready, work.noise
    if noise is None:
        noise = noise_of_rows(ready, batch, index, trials=work.trials, seed=work.seed)
    centre = (ready.rows @ batch.rates[index]).astype(np.float64)
    u, shares, joint = kernels.draw_series(
        centre, noise, ready.starts, ready.combine, ready.margin_low, ready.margin_high, numerators.astype(np.float64)
    )
    exact = largest_u(ready, batch)[index if len(batch.u) > 1 else 0]
    return np.where(ready.combine == Combine.LINEAR, exact, u), shares, float(joint)


def _cautious(batch: Batch, ready: Compiled, many: BatchVerdicts) -> npt.NDArray[np.int8]:
    """Judge with uncertainty: the clear cases by a bound of it, the others by what it is."""
    protocol, numerators, simple = many.protocol, many.numerators, many.verdicts
    if protocol.plan.rounding != "none":
        raise DataError(Message("conformity.judge.rounding"))
    bound = largest_u(ready, batch)
    margin = np.minimum(numerators - ready.margin_low, ready.margin_high - numerators)
    if protocol.decision == "shared_risk":
        two_sided = np.isfinite(ready.margin_low) & np.isfinite(ready.margin_high)
        half = np.where(two_sided, (ready.margin_high - ready.margin_low) / 2, np.inf)
        wide = half >= SHARED_RATIO * COVERAGE * bound
        failed = (wide & (margin < 0)).any(axis=1)
        return np.where(failed, REJECT, np.where(wide.all(axis=1), simple, UNDECIDED)).astype(np.int8)
    linear = ready.combine == Combine.LINEAR
    band = COVERAGE * bound
    rejected = (margin < -band).any(axis=1)
    no_limit = np.isinf(margin).any(axis=1)
    held = no_limit | (np.abs(margin) < band)[:, linear].any(axis=1)
    open_ = ((margin < band) & ~linear).any(axis=1) & ~rejected
    verdicts = np.where(rejected, REJECT, np.where(held, UNDECIDED, ACCEPT)).astype(np.int8)
    shared = noise_of_rows(ready, batch, 0, trials=TRIALS, seed=SEED) if len(batch.u) == 1 else None
    work = _Work(batch, ready, TRIALS, SEED, shared)
    for index in np.flatnonzero(open_):
        u, _, _ = _draw(work, numerators[index], int(index))
        verdicts[index] = _by_margin(margin[index], COVERAGE * u)
    return verdicts


def _by_margin(margin: npt.NDArray[np.float64], band: npt.NDArray[np.float64]) -> int:
    if (margin < -band).any():
        return REJECT
    return ACCEPT if (np.isfinite(margin) & (margin >= band)).all() else UNDECIDED
