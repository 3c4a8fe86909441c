# SPDX-License-Identifier: Apache-2.0
"""What a form of conformity says: a table that was dropped or pasted, a plan with its choices, the particulars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Protocol

from starlette.datastructures import FormData, UploadFile

from sichen.adapters.certificate_desk import Particulars
from sichen.adapters.conformity_desk import Order, Source
from sichen.conformity import Plan, plans, read_items
from sichen.conformity.certificate import Item, Party
from sichen.core import DataError, Instant, Message

LARGEST_SHOWN = 400_000
"""Characters of a table that a page carries back to its form, so that it need not be chosen twice."""
LONGEST = 200


class Named(Protocol):
    """What a form and the question of an address have in common."""

    def get(self, key: str, default: str) -> object:
        """Return one value."""
        ...


@dataclass(frozen=True)
class Asked:
    """The fields of the judging form as text; empty means that nobody said.

    Parameters
    ----------
    plan : str
        Plan and category with a slash between, e.g. ``iso3159/1``.
    table : str
        The table of days, as pasted or as the file held it; `name` is what the file was called.
    """

    plan: str = "iso3159/1"
    decision: str = ""
    table: str = ""
    name: str = "table.csv"
    stations: str = ""
    limits: str = ""
    instruments: str = ""
    watches: str = ""
    acoustic: str = ""
    chamber_u: str = ""
    brand: str = ""
    model: str = ""
    calibre: str = ""
    state: str = ""
    customer: str = ""
    tested_by: str = ""
    begun: str = ""
    ended: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    async def of(cls, form: FormData) -> "Asked":
        """Read a form; a file that was sent stands before what was pasted."""
        fields = {name: text_in(form, name) for name in cls.__dataclass_fields__ if name != "choices"}
        for name in ("table", "stations", "limits", "instruments", "watches"):
            sent = await file_in(form, f"{name}_file")
            if sent is not None:
                fields[name] = sent.text
                fields |= {"name": sent.name} if name == "table" else {}
        fields = {name: value for name, value in fields.items() if value}
        choices = {name: text_in(form, f"set_{name}") for name in open_choices()}
        return cls(**fields, choices={name: value for name, value in choices.items() if value})

    def order(self) -> Order:
        """Return how the watches are to be judged.

        Raises
        ------
        DataError
            If the uncertainty is no number.
        """
        name, _, category = self.plan.partition("/")
        known = plans().get(name)
        return Order(
            plan=name,
            category=category or None,
            decision=self.decision or None,
            choices={key: value for key, value in self.choices.items() if known is not None and key in known.parameters},
            limits=self.limits,
            stations=self.stations,
            instruments=self.instruments,
            kind="acoustic_rate" if self.acoustic else "daily_rate",
            chamber_u=number("chamber_u", self.chamber_u) or 0.0,
        )

    def source(self) -> Source:
        """Return the table.

        Raises
        ------
        DataError
            If none was sent.
        """
        if not self.table.strip():
            raise DataError(Message("web.conformity.error.nothing"))
        return Source(self.table.encode("utf-8"), self.name)

    def particulars(self, watches: tuple[str, ...], at: Instant) -> Particulars:
        """Return what the certificates say beside the verdict."""
        known = read_items(self.watches) if self.watches else {}
        items = {watch: known.get(watch, Item(watch, self.brand, self.model, self.calibre, self.state)) for watch in watches}
        for day in (self.begun, self.ended):
            if day:
                Instant.parse(f"{day}T00:00:00Z")
        return Particulars(
            customer=Party(self.customer, self.customer),
            items=items,
            tested_by=self.tested_by,
            begun=self.begun,
            ended=self.ended,
            equipment=self.order().equipment(at),
        )

    @property
    def carried(self) -> str:
        """The table as far as the page carries it back."""
        return self.table if len(self.table) <= LARGEST_SHOWN else ""


def open_choices() -> dict[str, tuple[Plan, tuple[str, ...]]]:
    """Return what plans leave open: name → a plan that does, and the values."""
    found: dict[str, tuple[Plan, tuple[str, ...]]] = {}
    for one in plans().values():
        for name, parameter in one.parameters.items():
            found.setdefault(name, (one, parameter.values))
    return found


def text_in(form: Named, name: str) -> str:
    """Return a text of a form without space around it; empty where there is none."""
    found = form.get(name, "")
    return found.strip() if isinstance(found, str) else ""


async def file_in(form: FormData, name: str) -> Source | None:
    """Return a file that was sent; None where none was chosen. Of its name only the last part counts."""
    found = form.get(name)
    if not isinstance(found, UploadFile) or not found.filename:
        return None
    return Source(await found.read(), PurePath(found.filename).name)


def number(field_name: str, text: str) -> float | None:
    """Return a number of a form, None where it is empty.

    Raises
    ------
    DataError
        If it is none, or below zero.
    """
    if not text:
        return None
    try:
        found = float(text.replace("−", "-"))
    except ValueError:
        found = float("nan")
    if not -1e12 < found < 1e12:  # noqa: PLR2004 - neither infinite nor no number
        raise DataError(Message("web.conformity.error.number", field=field_name, found=text[:LONGEST]))
    return found
