# SPDX-License-Identifier: Apache-2.0
"""Masters, experts and trainees with skill, certificate, validity and consent; and a draw of experts that anyone repeats."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sichen.core import JSON, DataError, Message, digest_of
from sichen.industry.tables import Refusal, Row, Table

CONSENT = {"yes", "true", "1", "是"}
METHOD = "SHA-256 of seed, line feed, identifier; the smallest numbers are drawn"
ALIASES = {
    "编号": "id",
    "姓名": "name",
    "单位": "employer",
    "技能": "skills",
    "证书": "certificate",
    "有效期": "valid_until",
    "同意": "consent",
    "回避": "conflicts",
}


@dataclass(frozen=True)
class Person:
    """A person of the register.

    Parameters
    ----------
    identifier : str
        A number of the register, no name: it is what a draw publishes.
    name, employer : str
    skills : tuple of str
    certificate : str
    valid_until : str
        Date as ``2027-12-31``; empty without end.
    consent : bool
        To be listed and drawn.
    conflicts : tuple of str
        Firms and people that the person must not judge; the employer is one always.
    row : int
    """

    identifier: str
    name: str
    employer: str = ""
    skills: tuple[str, ...] = ()
    certificate: str = ""
    valid_until: str = ""
    consent: bool = False
    conflicts: tuple[str, ...] = ()
    row: int = 0


@dataclass(frozen=True)
class Draw:
    """The result of a draw, with everything needed to repeat it.

    Parameters
    ----------
    seed : str
        As it was published.
    pool : tuple of str
        Identifiers that could be drawn, sorted.
    pool_digest : str
        Of `pool`: published with the seed's commitment, it shows that nobody was added afterwards.
    drawn : tuple of str
        In order: who follows may stand in.
    left_out : tuple of (identifier, Message)
        Who could not be drawn, and why.
    method : str
    """

    seed: str
    pool: tuple[str, ...]
    pool_digest: str
    drawn: tuple[str, ...]
    left_out: tuple[tuple[str, Message], ...]
    method: str = METHOD

    def to_json(self) -> dict[str, JSON]:
        """Return the draw as plain JSON."""
        return {
            "seed": self.seed,
            "commitment": commitment(self.seed),
            "pool": list(self.pool),
            "pool_digest": self.pool_digest,
            "drawn": list(self.drawn),
            "left_out": [{"id": who, "reason": why.text("en")} for who, why in self.left_out],
            "method": self.method,
        }


def draw_experts(
    people: Sequence[Person], *, seed: str, count: int, date: str, skill: str = "", about: Sequence[str] = ()
) -> Draw:
    """Draw experts fairly.

    Parameters
    ----------
    people : sequence of Person
    seed : str
        Published, or committed to, before the pool closes.
    count : int >= 1
    date : str
        Of the draw, for the validity of certificates.
    skill : str
        That is needed; any when empty.
    about : sequence of str
        Firms and people to be judged: whoever has a conflict with one of them is left out.

    Returns
    -------
    Draw

    Raises
    ------
    DataError
        If the pool is smaller than `count`, the seed is empty, or an identifier comes twice.

    Notes
    -----
    Whoever does not know the seed beforehand cannot prefer anybody: under the usual assumption on SHA-256 every order of
    the pool is equally likely.

    Examples
    --------
    >>> people = [Person(f"E{k}", "", consent=True) for k in range(9)]
    >>> draw_experts(people, seed="2026-01-01 draw", count=2, date="2026-01-02").drawn
    ('E2', 'E6')
    """
    if not seed.strip() or count < 1:
        raise DataError(Message("industry.draw.seed"))
    if len({one.identifier for one in people}) != len(people):
        raise DataError(Message("industry.draw.twice"))
    judged = {name.casefold() for name in about}
    left_out: list[tuple[str, Message]] = []
    pool: list[str] = []
    for one in people:
        why = _why_not(one, skill, judged, date)
        if why is None:
            pool.append(one.identifier)
        else:
            left_out.append((one.identifier, why))
    if len(pool) < count:
        raise DataError(Message("industry.draw.few", got=len(pool), need=count))
    ordered = sorted(pool, key=lambda who: (lot(seed, who), who))
    return Draw(seed, tuple(sorted(pool)), digest_of(sorted(pool)), tuple(ordered[:count]), tuple(left_out))


def verify_draw(draw: Draw) -> bool:
    """Tell whether a published draw follows from its seed and pool."""
    ordered = sorted(draw.pool, key=lambda who: (lot(draw.seed, who), who))
    sound = tuple(sorted(set(draw.pool))) == draw.pool and draw.pool_digest == digest_of(list(draw.pool))
    return sound and draw.drawn == tuple(ordered[: len(draw.drawn)])


def read_draw(published: Mapping[str, Any]) -> Draw:
    """Read a draw as it was published: seed, pool, pool_digest and drawn."""
    pool, drawn = tuple(map(str, published["pool"])), tuple(map(str, published["drawn"]))
    return Draw(str(published["seed"]), pool, str(published["pool_digest"]), drawn, ())


def lot(seed: str, identifier: str) -> str:
    r"""Return the lot of one person, in hexadecimal; ``printf 'SEED\nID' | sha256sum`` gives the same."""
    return hashlib.sha256(f"{seed}\n{identifier}".encode()).hexdigest()


def commitment(seed: str) -> str:
    """Return what may be published before the seed itself: its SHA-256."""
    return hashlib.sha256(seed.encode()).hexdigest()


def read_people(table: Table) -> tuple[tuple[Person, ...], tuple[Refusal, ...]]:
    """Read people from a table: id, name, employer, skills, certificate, valid_until, consent, conflicts."""
    table.require("id", "consent")
    found: dict[str, Person] = {}
    refusals = list(table.refusals)
    for row in table.rows:
        if not row.text("id") or row.text("id") in found:
            key = "industry.structure.twice" if row.text("id") else "industry.registry.empty"
            blanks = {"name": row.text("id")} if row.text("id") else {"column": "id"}
            refusals.append(Refusal(row.number, "id", Message(key, **blanks), tuple(row.cells.values())))
        else:
            found[row.text("id")] = _person(row)
    return tuple(found.values()), tuple(refusals)


def _person(row: Row) -> Person:
    return Person(
        row.text("id"),
        row.text("name"),
        row.text("employer"),
        _parts(row.text("skills")),
        row.text("certificate"),
        row.text("valid_until"),
        row.text("consent").casefold() in CONSENT,
        _parts(row.text("conflicts")),
        row.number,
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("；", ";").split(";") if part.strip())


def _why_not(one: Person, skill: str, judged: set[str], date: str) -> Message | None:
    if not one.consent:
        return Message("industry.draw.no_consent")
    if one.valid_until and one.valid_until < date:
        return Message("industry.draw.expired", date=one.valid_until)
    if skill and skill.casefold() not in {own.casefold() for own in one.skills}:
        return Message("industry.draw.skill", skill=skill)
    ties = {name.casefold() for name in (one.employer, one.name, *one.conflicts) if name} & judged
    return Message("industry.draw.conflict", name=min(ties)) if ties else None
