# SPDX-License-Identifier: Apache-2.0
"""How a step of the laboratory is kept: decided on what stands, kept only if that still stands, else decided anew."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sichen.adapters.clock import now
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.laboratory_book import INSTRUMENT, KINDS, World, world_of
from sichen.adapters.record_store import Overtaken
from sichen.conformity import Refusal
from sichen.conformity.laboratory import Actor, previous_of
from sichen.core import DataError, Instant, Message, NotConforming, NotFound, Record, SourceError

ATTEMPTS = 50
T = TypeVar("T")


class RowsRefused(DataError):
    """Rows of a table were refused; `refusals` names each with its remedy, and nothing was stored."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(Message("adapters.laboratory.refused", count=len(refusals), first=refusals[0].message))
        self.refusals = tuple(refusals)


@dataclass(frozen=True)
class Steps:
    """What is to be kept together.

    Parameters
    ----------
    records : tuple of Record
        Each trail in order.
    rests_on : mapping of (kind, subject) to digest
        Trails that must not have moved meanwhile, such as that of an instrument, with their last record.
    """

    records: tuple[Record, ...]
    rests_on: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def after(self) -> Mapping[tuple[str, str], str]:
        """The last record that each trail must have for the steps to fit."""
        first: dict[tuple[str, str], str] = {}
        for record in self.records:
            if record.kind in KINDS:
                first.setdefault((record.kind, record.subject), previous_of(record))
        return {**self.rests_on, **first}


def keep_steps(folder: DataFolder, decide: Callable[[World], Steps]) -> World:
    """Decide and keep.

    Parameters
    ----------
    folder : DataFolder
    decide : callable
        Gets the laboratory as it stands, returns what is to be kept. It is asked again when somebody else was
        faster, and may then refuse what it would have allowed before.

    Returns
    -------
    World
        The laboratory after it.

    Raises
    ------
    SourceError
        If others were faster every time.
    """
    overtaken: SourceError | None = None
    for _ in range(ATTEMPTS):
        steps = decide(world_of(folder))
        try:
            folder.records.append_following(steps.records, after=steps.after)
        except Overtaken as error:
            overtaken = error
            continue
        return world_of(folder)
    raise overtaken or SourceError(Message("adapters.store.overtaken", subject="laboratory"))


def actor(person: str, at: Instant | None = None) -> Actor:
    """Return who acts, now."""
    return Actor(person.strip(), at or now())


def unmoved(world: World, name: str) -> Mapping[tuple[str, str], str]:
    """Return what must still stand of an instrument when a result that it took is kept."""
    return {(INSTRUMENT, f"instrument:{name}"): world.instrument(name).last}


def text_of(content: bytes, name: str) -> str:
    """Return the text of a table.

    Raises
    ------
    DataError
        If it is no text.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(Message("adapters.laboratory.no_text", name=name)) from error


def by_row(rows: Sequence[T], take: Callable[[T], object], *, row_of: Callable[[T], int], watch_of: Callable[[T], str]) -> None:
    """Try every row, and raise `RowsRefused` with all that went wrong."""
    refusals: list[Refusal] = []
    for row in rows:
        try:
            take(row)
        except (DataError, NotFound, NotConforming) as error:
            number = row_of(row)
            refusals.append(Refusal(number, watch_of(row), Message("adapters.laboratory.row", row=number, why=error.message)))
    if refusals:
        raise RowsRefused(refusals)
