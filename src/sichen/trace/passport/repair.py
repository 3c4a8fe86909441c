# SPDX-License-Identifier: Apache-2.0
"""An entry of the service book, of the kind that GB/T 30416 and DB11/T 076 ask for.

Aligned with public summaries of those texts. What was measured before and after stands in readings of the bench, which
the sheet names by digest; persons are named by a number of the house, never by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sichen.core import ConfigError, Message, is_digest
from sichen.trace.epcis.event import Table, Value, tables_of, text_of, texts_of

_LONGEST = 500
_MOST_MONTHS = 120


@dataclass(frozen=True)
class Replacement:
    """A part that was replaced.

    Parameters
    ----------
    name : str
        What it is: mainspring, crystal, movement …
    old, new : str
        Serial or lot as a Digital Link where it has one; otherwise as text, or empty.
    """

    name: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class RepairSheet:
    """What was wrong, what was done, and how the watch ran before and after.

    Parameters
    ----------
    number : str
        Of the sheet; unique within the service centre.
    state, fault, work : str
        As received; what the customer or the bench found; what was done, with torques and oils.
    before, after : tuple of str
        Digests of bench readings.
    parts : tuple of Replacement
    water_test : float or None
        Overpressure of the test that it passed, in bar.
    technician : str
        Number of the person, not the name.
    warranty_months : int
        On the repair.
    accepted : bool
        Whether the customer signed for the watch.

    Raises
    ------
    ConfigError
        If the number is missing, a text too long, a digest none, or a figure out of range.
    """

    number: str
    state: str = ""
    fault: str = ""
    work: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    parts: tuple[Replacement, ...] = field(default=())
    water_test: float | None = None
    technician: str = ""
    warranty_months: int = 0
    accepted: bool = False

    def __post_init__(self) -> None:
        wrong = [name for name in ("number", "state", "fault", "work", "technician") if len(getattr(self, name)) > _LONGEST]
        wrong += [] if self.number.strip() else ["number"]
        wrong += [] if all(map(is_digest, (*self.before, *self.after))) else ["before, after"]
        wrong += [] if 0 <= self.warranty_months <= _MOST_MONTHS else ["warranty_months"]
        wrong += [] if self.water_test is None or 0 <= self.water_test <= 1000 else ["water_test"]  # noqa: PLR2004 - 10 km of water
        if wrong:
            raise ConfigError(Message("trace.passport.bad_sheet", names=", ".join(wrong)))

    def to_event(self) -> Mapping[str, Value]:
        """Return the sheet as an event carries it; nothing that is empty."""
        whole: dict[str, Value] = {
            "sichen:sheet": self.number,
            "sichen:state": self.state,
            "sichen:fault": self.fault,
            "sichen:work": self.work,
            "sichen:before": list(self.before),
            "sichen:after": list(self.after),
            "sichen:parts": [{"sichen:name": part.name, "sichen:old": part.old, "sichen:new": part.new} for part in self.parts],
            "sichen:waterTest": self.water_test,
            "sichen:technician": self.technician,
            "sichen:warrantyMonths": self.warranty_months or None,
            "sichen:accepted": self.accepted or None,
        }
        return {name: value for name, value in whole.items() if value is not None and value not in ("", [])}

    @classmethod
    def from_event(cls, table: Table) -> "RepairSheet":
        """Read a sheet out of an event.

        Examples
        --------
        >>> sheet = RepairSheet("R-7", fault="stops", parts=(Replacement("mainspring", "lot 3", "lot 9"),))
        >>> RepairSheet.from_event(sheet.to_event()) == sheet
        True
        """
        parts = tuple(
            Replacement(text_of(part, "sichen:name"), text_of(part, "sichen:old"), text_of(part, "sichen:new"))
            for part in tables_of(table, "sichen:parts")
        )
        water, months = table.get("sichen:waterTest"), table.get("sichen:warrantyMonths")
        return cls(
            text_of(table, "sichen:sheet"),
            text_of(table, "sichen:state"),
            text_of(table, "sichen:fault"),
            text_of(table, "sichen:work"),
            tuple(texts_of(table, "sichen:before")),
            tuple(texts_of(table, "sichen:after")),
            parts,
            None if water is None else float(cast("float", water)),
            text_of(table, "sichen:technician"),
            0 if months is None else int(cast("int", months)),
            table.get("sichen:accepted") is True,
        )
