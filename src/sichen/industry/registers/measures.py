# SPDX-License-Identifier: Apache-2.0
"""The measures of the policy: each with its clause, owner, due date and evidence; without evidence, unknown."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from sichen.core import JSON, Language, Message, NotFound
from sichen.industry.tables import Refusal, Row, Table

STATES = ("unknown", "begun", "done", "dropped")
ALIASES = {"条款": "clause", "责任单位": "owner", "期限": "due", "状态": "status", "证据": "evidence", "备注": "note"}


@dataclass(frozen=True)
class Measure:
    """One measure.

    Parameters
    ----------
    clause : str
        ``III.4.5``: part, section, measure.
    words : str
        That stand in the text at this clause.
    en, zh : str
        The measure in short.
    owner_en, owner_zh, due : str
    status : str
        One of `STATES`.
    evidence, note : str
        Where it can be checked.
    row : int
        Of the table the evidence came from.
    """

    clause: str
    words: str
    en: str
    zh: str
    owner_en: str
    owner_zh: str
    due: str
    status: str = "unknown"
    evidence: str = ""
    note: str = ""
    row: int = 0

    def name(self, language: Language) -> str:
        """Return the measure in short."""
        return self.zh if language == "zh" else self.en

    def owner(self, language: Language) -> str:
        """Return who carries it out."""
        return self.owner_zh if language == "zh" else self.owner_en

    def to_json(self) -> dict[str, JSON]:
        """Return the measure as plain JSON."""
        return dict(vars(self))


@cache
def policy_measures() -> tuple[Measure, ...]:
    """Return every measure of the policy text, in its order.

    Examples
    --------
    >>> policy_measures()[0].clause, policy_measures()[-1].clause
    ('II.3.1', 'V.2')
    """
    text = resources.files("sichen.industry").joinpath("data/policy_measures.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return tuple(
        Measure(clause, words, en, zh, table["owner_en"], table["owner_zh"], table["due"])
        for clause, words, en, zh in table["measures"]
    )


def measure(clause: str) -> Measure:
    """Return one measure.

    Raises
    ------
    NotFound
        If the text has no such clause.
    """
    found = next((one for one in policy_measures() if one.clause == clause), None)
    if found is None:
        raise NotFound(Message("industry.measure.unknown", clause=clause))
    return found


def with_evidence(table: Table) -> tuple[tuple[Measure, ...], tuple[Refusal, ...]]:
    """Return all measures with what a table says of them: clause, status, evidence, owner, due, note.

    Notes
    -----
    A state other than unknown needs evidence. The last good row of a clause stands.
    """
    table.require("clause", "status")
    said: dict[str, Row] = {}
    refusals = list(table.refusals)
    known = {one.clause for one in policy_measures()}
    for row in table.rows:
        problem = _problem(row, known)
        if problem is None:
            said[row.text("clause")] = row
        else:
            refusals.append(Refusal(row.number, problem[0], problem[1], tuple(row.cells.values())))
    return tuple(_told(one, said.get(one.clause)) for one in policy_measures()), tuple(refusals)


def progress(measures: Sequence[Measure]) -> dict[str, int]:
    """Count measures by state.

    Examples
    --------
    >>> progress(policy_measures())["unknown"] == len(policy_measures())
    True
    """
    return {state: sum(one.status == state for one in measures) for state in STATES}


def _problem(row: Row, known: set[str]) -> tuple[str, Message] | None:
    clause, status = row.text("clause"), row.text("status")
    if clause not in known:
        return "clause", Message("industry.measure.unknown", clause=clause)
    if status not in STATES:
        return "status", Message("industry.measure.status", status=status, known=", ".join(STATES))
    if status != "unknown" and not row.text("evidence"):
        return "evidence", Message("industry.measure.evidence", status=status)
    return None


def _told(one: Measure, row: Row | None) -> Measure:
    if row is None:
        return one
    return replace(
        one,
        status=row.text("status"),
        evidence=row.text("evidence"),
        note=row.text("note"),
        due=row.text("due") or one.due,
        owner_en=row.text("owner") or one.owner_en,
        owner_zh=row.text("owner") or one.owner_zh,
        row=row.number,
    )
