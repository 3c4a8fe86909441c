# SPDX-License-Identifier: Apache-2.0
"""What a judgement says: criteria, verdict and risks of one watch, in the form that the command line promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sichen.conformity.decision import Risks, Verdict
from sichen.conformity.plan import Criterion, Limits, Protocol
from sichen.core import JSON, Figure, Input, Instant, Message, NotFound, Record

VERSION = "1"
PASS = {"accept": True, "reject": False, "undecided": None}


@dataclass(frozen=True)
class CriterionResult:
    """One criterion of one watch.

    Parameters
    ----------
    criterion : Criterion
    value : Fraction or None
        Exact; None when it was not measured.
    u : float or None
        Standard uncertainty; None for a count.
    limits : Limits
    verdict : {"accept", "reject", "undecided"}
    probability : float or None
        That the true value conforms; None where there is no limit or no value.
    reason : Message or None
        Why there is no value.
    """

    criterion: Criterion
    value: Fraction | None
    u: float | None
    limits: Limits
    verdict: Verdict
    probability: float | None
    reason: Message | None = None

    @property
    def id(self) -> str:
        """The criterion's name."""
        return self.criterion.id

    def figure(self) -> Figure:
        """Return the value as people read it."""
        if self.value is None:
            return Figure.refused(self.criterion.unit, self.reason or Message("conformity.judge.not_measured", name=self.id))
        return Figure(float(self.value), self.u, self.criterion.unit)

    def to_json(self) -> dict[str, JSON]:
        """Return the result with the keys that the command line promises."""
        return {
            "value": None if self.value is None else float(self.value),
            "u": self.u,
            "unit": self.criterion.unit,
            "limit_low": None if self.limits.low is None else float(self.limits.low),
            "limit_high": None if self.limits.high is None else float(self.limits.high),
            "pass": PASS[self.verdict],
            "probability": self.probability,
            "reason": None if self.reason is None else self.reason.text("en"),
        }


@dataclass(frozen=True)
class WatchVerdict:
    """The judgement on one watch; `notes` is what a report must say about how it came about."""

    watch: str
    criteria: tuple[CriterionResult, ...]
    verdict: Verdict
    risks: Risks
    measurand: str
    protocol: Protocol
    notes: tuple[Message, ...] = ()

    def criterion(self, name: str) -> CriterionResult:
        """Return the result of one criterion.

        Raises
        ------
        NotFound
            If there is none of that name.
        """
        for one in self.criteria:
            if one.id == name:
                return one
        known = ", ".join(one.id for one in self.criteria)
        raise NotFound(Message("conformity.plan.no_criterion", plan=self.protocol.plan.id, name=name, known=known))

    def flags(self) -> tuple[Message, ...]:
        """Return what a report must say: how limits are known, and that a measurand is not the plan's."""
        wanted = self.protocol.plan.measurand.kind
        other = (Message("conformity.flag.measurand", wanted=wanted, got=self.measurand),) if wanted != self.measurand else ()
        return (*other, *self.notes, *self.protocol.flags())

    def to_record(self, *, at: Instant, inputs: Sequence[Input] = ()) -> Record:
        """Return the judgement as a record.

        Parameters
        ----------
        at : Instant
            When it was judged.
        inputs : sequence of Input
            The raw data; the plan is added.
        """
        plan = Input("plan", self.protocol.plan.digest)
        return Record(
            kind="conformity.verdict",
            subject=f"watch:{self.watch}",
            body=self.to_json(),
            method="conformity.judge",
            version=VERSION,
            instant=at,
            inputs=(plan, *inputs),
        )

    def to_json(self) -> dict[str, JSON]:
        """Return the judgement with the keys that the command line promises."""
        return {
            "watch": self.watch,
            "verdict": self.verdict,
            "criteria": {one.id: one.to_json() for one in self.criteria},
            "consumer_risk": self.risks.consumer,
            "producer_risk": self.risks.producer,
            "measurand": self.measurand,
            "protocol": self.protocol.to_json(),
            "flags": [flag.text("en") for flag in self.flags()],
        }
