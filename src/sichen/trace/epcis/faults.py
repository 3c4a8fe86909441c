# SPDX-License-Identifier: Apache-2.0
"""What is wrong with an event or a document: where it stands and a sentence that says so."""

from collections.abc import Sequence
from dataclasses import dataclass

from sichen.core import JSON, DataError, Message


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    field : str
        Where, with dots and places: ``sensorElementList[0].sensorReport[1].type``; empty for the whole.
    message : Message
        What was found and what is needed.
    event : int or None
        Place of the event in its document, counted from 0; None when the document itself is wrong.
    """

    field: str
    message: Message
    event: int | None = None

    @property
    def path(self) -> str:
        """Where the fault stands in the document, counted from its top."""
        if self.event is None:
            return self.field
        return f"eventList[{self.event}]" + (f".{self.field}" if self.field else "")

    def to_json(self) -> dict[str, JSON]:
        """Return the fault as the interface tells it."""
        return {"event": self.event, "field": self.path, "detail": self.message.text("en")}


class InvalidDocument(DataError):
    """A document or event breaks the rules of EPCIS; the faults say where.

    Parameters
    ----------
    faults : sequence of Fault
        At least one.
    """

    faults: tuple[Fault, ...]

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        super().__init__(
            Message("trace.epcis.invalid", where=first.path or "/", problem=first.message.text("en"), count=len(faults))
        )
        self.faults = tuple(faults)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a process boundary with the faults."""
        return (InvalidDocument, (self.faults,))


def field_path(steps: Sequence[str | int]) -> str:
    """Write the way to a member: names with dots, places in brackets.

    Examples
    --------
    >>> field_path(["sourceList", 0, "type"])
    'sourceList[0].type'
    """
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
