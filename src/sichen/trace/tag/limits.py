# SPDX-License-Identifier: Apache-2.0
"""How often a tag may be asked about: a MAC has 64 bits, and guessing must stay hopeless."""

from dataclasses import dataclass

from sichen.core import Duration, Instant


@dataclass(frozen=True)
class Allowance:
    """How many checks are left, and when that was counted."""

    left: float
    at: Instant


@dataclass(frozen=True)
class RateRule:
    """A bucket of checks that fills up again.

    Parameters
    ----------
    burst : float >= 1
        Checks at once.
    refill : float > 0
        Checks a second.

    Notes
    -----
    With 10 at once and one in six seconds, a year of guessing succeeds with chance 5.3e6 / 2**64, about 3e-13.
    """

    burst: float = 10.0
    refill: float = 1 / 6


@dataclass(frozen=True)
class RateDecision:
    """Whether a check may go on, what is left, and how long to wait otherwise."""

    allowed: bool
    allowance: Allowance
    wait: Duration


def decide_rate(allowance: Allowance | None, at: Instant, *, rule: RateRule | None = None) -> RateDecision:
    """Decide whether one more check of a UID is allowed.

    Parameters
    ----------
    allowance : Allowance or None
        What is kept for this UID; None for the first check.
    at : Instant
    rule : RateRule, optional

    Returns
    -------
    RateDecision
        Its allowance is to be kept.

    Examples
    --------
    >>> noon = Instant.parse("2026-11-23T12:00:00Z")
    >>> decision = decide_rate(Allowance(0.0, noon), noon)
    >>> decision.allowed, decision.wait.seconds
    (False, 6.0)
    """
    limits = rule or RateRule()
    left = limits.burst
    if allowance is not None:
        # A clock that was set back gives nothing away.
        passed = max((at - allowance.at).seconds, 0.0)
        left = min(allowance.left + passed * limits.refill, limits.burst)
    if left >= 1:
        return RateDecision(allowed=True, allowance=Allowance(left - 1, at), wait=Duration(0))
    wait = Duration.of_seconds((1 - left) / limits.refill)
    return RateDecision(allowed=False, allowance=Allowance(left, at), wait=wait)
