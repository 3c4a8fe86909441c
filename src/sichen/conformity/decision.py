# SPDX-License-Identifier: Apache-2.0
"""Decision rules and what they risk: conformance probability, guard bands, consumer's and producer's risk."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message

Verdict = Literal["accept", "reject", "undecided"]
Rule = Literal["simple", "guard_band", "shared_risk"]

COVERAGE = 2.0
"""Coverage factor of the expanded uncertainty U = k u in decision rules (k = 2: ILAC-G8, recalled)."""

SHARED_RATIO = 3.0
"""Shared risk asks that the half-width of the limits be at least this many U (recalled; a laboratory may ask for more)."""


@dataclass(frozen=True)
class Risks:
    """What a decision risks.

    Parameters
    ----------
    consumer : float in 0 … 1, or None
        Accepted although it does not conform; None when an uncertainty is not known.
    producer : float in 0 … 1, or None
        Rejected although it conforms.
    """

    consumer: float | None
    producer: float | None


@dataclass(frozen=True)
class ProcessRisks:
    """Shares of a whole production: accepted and not conforming, rejected and conforming."""

    consumer: float
    producer: float


def conformance_probability(value: float, *, u: float, low: float | None, high: float | None) -> float:
    """Return the probability that the true value lies within the limits.

    Parameters
    ----------
    value, u : float, u >= 0
        Estimate and standard uncertainty; the truth is taken as normal about the estimate [1]_.
    low, high : float or None
        Limits; None where there is none.

    References
    ----------
    .. [1] JCGM 106:2012, clause 7: p = Φ((T_U − y)/u) − Φ((T_L − y)/u).

    Examples
    --------
    >>> round(conformance_probability(6.0, u=0.1, low=-4.0, high=6.0), 6)
    0.5
    """
    if not u >= 0 or not math.isfinite(value):
        raise DataError(Message("conformity.decision.no_uncertainty", u=str(u)))
    if u == 0:
        return float((low is None or value >= low) and (high is None or value <= high))
    outside = 0.0
    if high is not None:
        outside += 0.5 * math.erfc((high - value) / (u * math.sqrt(2)))
    if low is not None:
        outside += 0.5 * math.erfc((value - low) / (u * math.sqrt(2)))
    return max(0.0, 1.0 - outside)


def guard(rule: Rule, *, u: float, factor: float = 1.0) -> float:
    """Return the guard band w of a rule: ``factor · U`` with U = 2 u, or 0 where the rule has none."""
    return factor * COVERAGE * u if rule == "guard_band" else 0.0


def decide(
    below: float | None, above: float | None, *, rule: Rule, u: float, width: float | None = None, factor: float = 1.0
) -> Verdict:
    """Decide on one value from its margins to the limits.

    Parameters
    ----------
    below, above : float or None
        Value − lower limit, upper limit − value; exact, so that zero means *on* the limit. None without limit.
    rule : {"simple", "guard_band", "shared_risk"}
        ``simple``: within the limits, the limits included, or not. ``guard_band``: accepted within the limits
        drawn in by w, rejected outside the limits drawn out by w, undecided between. ``shared_risk``: simple,
        provided the limits are wide enough for the uncertainty (`SHARED_RATIO`), else undecided.
    u : float >= 0
        Standard uncertainty.
    width : float, optional
        Distance of the two limits, where there are two.
    factor : float > 0
        Multiple of U that the guard band takes.

    Examples
    --------
    >>> decide(10.0, 0.0, rule="simple", u=0.1)
    'accept'
    >>> decide(10.0, 0.0, rule="guard_band", u=0.1)
    'undecided'
    """
    margins = [margin for margin in (below, above) if margin is not None]
    if not margins:
        return "undecided"
    if rule == "shared_risk" and width is not None and width / 2 < SHARED_RATIO * COVERAGE * u:
        return "undecided"
    least, band = min(margins), guard(rule, u=u, factor=factor)
    if least >= band:
        return "accept"
    return "reject" if least < -band else "undecided"


def together(verdicts: list[Verdict]) -> Verdict:
    """Return the verdict on a watch: rejected by any criterion, accepted by all, undecided else."""
    if "reject" in verdicts:
        return "reject"
    return "undecided" if not verdicts or "undecided" in verdicts else "accept"


def risks_of(verdict: Verdict, conforms: float | None) -> Risks:
    """Return what a decision on one item risks, from the probability that the item conforms.

    An accepted item carries only the consumer's risk, a rejected one only the producer's; of an undecided one
    both are what they would be. Without a probability the risk that is carried is not known.
    """
    if conforms is None:
        return Risks(0.0 if verdict == "reject" else None, 0.0 if verdict == "accept" else None)
    consumer = 0.0 if verdict == "reject" else 1.0 - conforms
    producer = 0.0 if verdict == "accept" else conforms
    return Risks(consumer, producer)


def global_risks(
    *,
    mean: float,
    deviation: float,
    u: float,
    low: float | None,
    high: float | None,
    band: float = 0.0,
) -> ProcessRisks:
    """Return the risks over a production: a normal process measured with normal error.

    Parameters
    ----------
    mean, deviation : float, deviation > 0
        Of the true values that the process makes.
    u : float > 0
        Standard uncertainty of the measurement.
    low, high : float or None
        Tolerance limits.
    band : float
        The acceptance limits are the tolerance limits drawn in by this much; negative draws them out.

    Returns
    -------
    ProcessRisks

    Notes
    -----
    The inner integral over the measured value is closed; the outer one over the true value is Gauss–Legendre on
    the conforming and non-conforming pieces separately, ± 12 standard deviations [1]_.

    References
    ----------
    .. [1] JCGM 106:2012, clause 9: R_C and R_P as double integrals of prior times likelihood.

    Examples
    --------
    >>> risks = global_risks(mean=0, deviation=1, u=0.2, low=-2, high=2)
    >>> round(risks.consumer, 4), round(risks.producer, 4)
    (0.0068, 0.0111)
    """
    if deviation <= 0 or u <= 0:
        raise DataError(Message("conformity.decision.no_uncertainty", u=str(min(deviation, u))))
    tail = 12.0
    edges = [mean - tail * deviation, mean + tail * deviation]
    inner_low = -math.inf if low is None else low
    inner_high = math.inf if high is None else high
    accept = (inner_low + band, inner_high - band)
    over = partial(_integral, mean=mean, deviation=deviation, u=u, accept=accept)
    consumer = over(edges[0], min(inner_low, edges[1]), wanted=True) + over(max(inner_high, edges[0]), edges[1], wanted=True)
    producer = over(max(inner_low, edges[0]), min(inner_high, edges[1]), wanted=False)
    return ProcessRisks(consumer, producer)


def _integral(
    start: float, stop: float, *, mean: float, deviation: float, u: float, accept: tuple[float, float], wanted: bool
) -> float:
    """Integrate prior × P(measured value accepted, or not) over true values from start to stop."""
    if not stop > start:
        return 0.0
    from scipy.special import ndtr

    # Pieces no longer than two of the narrower spread keep 24 nodes exact to rounding.
    step = 2 * min(deviation, u)
    cuts = np.linspace(start, stop, min(20_000, max(2, math.ceil((stop - start) / step) + 1)))
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = np.diff(cuts)[:, None] / 2
    truth = (cuts[:-1, None] + half) + half * nodes
    inside = ndtr((accept[1] - truth) / u) - ndtr((accept[0] - truth) / u)
    likely: npt.NDArray[np.float64] = inside if wanted else ndtr((truth - accept[1]) / u) + ndtr((accept[0] - truth) / u)
    density = np.exp(-0.5 * ((truth - mean) / deviation) ** 2) / (deviation * math.sqrt(2 * math.pi))
    return float(np.sum(half * weights * density * likely))
