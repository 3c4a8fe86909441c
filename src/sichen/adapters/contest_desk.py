# SPDX-License-Identifier: Apache-2.0
"""The desk of comparison tests and proficiency rounds: tables become rankings and scores, and these become records."""

from collections.abc import Sequence
from dataclasses import dataclass

from sichen.adapters.conformity_desk import COMPARISON, PROFICIENCY, Order, RowsRefused, Source, judge_source, keep_finding
from sichen.adapters.data_folder import DataFolder
from sichen.conformity import (
    Contestant,
    Ranked,
    Score,
    Scores,
    algorithm_a,
    assigned_value_is_good,
    compare,
    contestants,
    read_contestants,
    read_makers,
    read_participants,
    score,
)
from sichen.core import JSON, DataError, Instant, Message, Record


@dataclass(frozen=True)
class Comparison:
    """How brands are to be compared.

    Parameters
    ----------
    merit : {"near_zero", "low", "high"}
    shared_u : float
        Standard uncertainty that all results share.
    order : Order, optional
        By which a table of days is judged first; then `criterion` says which result counts, the plan's first by default.
    """

    merit: str = "near_zero"
    shared_u: float = 0.0
    order: Order | None = None
    criterion: str = ""


@dataclass(frozen=True)
class Round:
    """A proficiency round with its scores.

    Parameters
    ----------
    assigned, u_assigned, deviation : float
    robust : bool
        Whether assigned value or deviation came from the participants by Algorithm A.
    rows : tuple of RoundRow
    """

    assigned: float
    u_assigned: float
    deviation: float
    robust: bool
    rows: tuple["RoundRow", ...]

    @property
    def satisfactory(self) -> bool:
        """Whether every score that counts is satisfactory."""
        return all(set(row.judgements) == {"satisfactory"} for row in self.rows)

    @property
    def advice(self) -> tuple[Message, ...]:
        """What must be known: that z alone does not do where the assigned value is not well known."""
        good = assigned_value_is_good(self.u_assigned, deviation=self.deviation)
        return () if good else (Message("adapters.contest.use_z_prime"),)

    def to_json(self) -> dict[str, JSON]:
        """Return the round as plain JSON."""
        return {
            "assigned": self.assigned,
            "u_assigned": self.u_assigned,
            "deviation": self.deviation,
            "robust": self.robust,
            "laboratories": [row.to_json() for row in self.rows],
            "advice": [one.text("en") for one in self.advice],
        }


@dataclass(frozen=True)
class RoundRow:
    """One laboratory: its result and its scores."""

    name: str
    value: float
    u: float
    z: Score
    z_prime: Score
    zeta: Score
    en: Score

    @property
    def judgements(self) -> tuple[str, ...]:
        """The judgements of the four scores."""
        return tuple(one.judgement for one in (self.z, self.z_prime, self.zeta, self.en))

    def to_json(self) -> dict[str, JSON]:
        """Return the row as plain JSON."""
        scores = {"z": self.z, "z_prime": self.z_prime, "zeta": self.zeta, "en": self.en}
        told: dict[str, JSON] = {name: {"value": one.value, "judgement": one.judgement} for name, one in scores.items()}
        return {"laboratory": self.name, "value": self.value, "u": self.u, **told}


def compare_source(wanted: Comparison, source: Source, makers: Source | None, *, now: Instant) -> tuple[Ranked, ...]:
    """Rank brands by a table of results, or by a table of days that a plan judges first.

    Raises
    ------
    RowsRefused
        If a row of the days is refused: half a comparison is none.
    DataError
        If a table cannot be read, or there is no table of brands where one is needed.
    """
    return compare(_contestants(wanted, source, makers, now), merit=wanted.merit, shared_u=wanted.shared_u)


def _contestants(wanted: Comparison, source: Source, makers: Source | None, now: Instant) -> tuple[Contestant, ...]:
    if wanted.order is None:
        return read_contestants(source.text)
    if makers is None:
        raise DataError(Message("adapters.contest.no_makers"))
    judged = judge_source(wanted.order, source, now=now)
    if judged.refusals:
        raise RowsRefused(judged.refusals)
    known = read_makers(makers.text)
    return contestants(
        judged.verdicts, wanted.criterion or judged.verdicts[0].criteria[0].id, brands=known.brands, prices=known.prices
    )


def keep_comparison(
    folder: DataFolder, wanted: Comparison, ranked: Sequence[Ranked], source: Source, makers: Source | None, *, at: Instant
) -> Record:
    """Keep a comparison as a record that rests on its tables."""
    body: dict[str, JSON] = {
        "merit": wanted.merit,
        "shared_u": wanted.shared_u,
        "criterion": wanted.criterion,
        "protocol": None if wanted.order is None else wanted.order.protocol().to_json(),
        "ranking": [one.to_json() for one in ranked],
    }
    sources = [source, *(() if makers is None else (makers,))]
    return keep_finding(folder, COMPARISON, body, sources, subject=f"comparison:{source.name}", at=at)


def score_source(
    source: Source, *, assigned: float | None = None, u_assigned: float | None = None, deviation: float | None = None
) -> Round:
    """Score the laboratories of a table; what is not given comes from the participants by Algorithm A.

    Raises
    ------
    TooFewSamples
        If Algorithm A is needed and there are fewer than five.
    DataError
        If the table cannot be read.
    """
    rows = read_participants(source.text)
    robust = algorithm_a([one.value for one in rows]) if assigned is None or deviation is None else None
    centre = assigned if assigned is not None else robust.mean if robust else 0.0
    spread = deviation if deviation is not None else robust.deviation if robust else 0.0
    u_own = robust.u_mean if robust is not None and assigned is None else 0.0
    u_centre = u_own if u_assigned is None else u_assigned
    scores = score(rows, assigned=centre, u_assigned=u_centre, deviation=spread)
    table = tuple(_row(own.value, own.u, found) for own, found in zip(rows, scores, strict=True))
    return Round(centre, u_centre, spread, robust is not None, table)


def _row(value: float, u: float, found: Scores) -> RoundRow:
    return RoundRow(found.name, value, u, found.z, found.z_prime, found.zeta, found.en)


def keep_round(folder: DataFolder, found: Round, source: Source, *, at: Instant) -> Record:
    """Keep a proficiency round as a record that rests on its table."""
    return keep_finding(folder, PROFICIENCY, found.to_json(), [source], subject=f"proficiency:{source.name}", at=at)
