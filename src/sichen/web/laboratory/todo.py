# SPDX-License-Identifier: Apache-2.0
"""What waits at the stations, as pages show it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sichen.adapters import now
from sichen.adapters.laboratory_book import World
from sichen.adapters.laboratory_shown import state_of
from sichen.conformity import Protocol, Step
from sichen.conformity import laboratory as lab
from sichen.conformity.certificate import Item
from sichen.core import Figure

NAMED = 80


@dataclass(frozen=True)
class Todo:
    """One result that is to be captured.

    Parameters
    ----------
    case : Case
    item : Item
    protocol : Protocol
    quantity : Quantity
    unit : str
    steps : tuple of Step
        What is done, in order.
    first : str
        Quantity that must be captured before; empty when this one may be captured now.
    """

    case: lab.Case
    item: Item
    protocol: Protocol
    quantity: lab.Quantity
    unit: str
    steps: tuple[Step, ...]
    first: str

    @property
    def asked(self) -> dict[str, str]:
        """The question of an address, or the hidden fields of a form, that mean this result."""
        plan = self.protocol.plan.id
        return {"case": self.case.number, "serial": self.item.serial, "plan": plan, "quantity": self.quantity.id}


def todos(world: World, station: str = "") -> Iterator[Todo]:
    """Yield what waits, oldest case first; at one station when it is named."""
    for case in world.cases.values():
        if case.stage == "testing":
            yield from (one for one in todos_of(case) if station in {"", one.quantity.station})


def todos_of(case: lab.Case) -> Iterator[Todo]:
    """Yield what is still to be captured in a case."""
    by_plan = {one.plan.id: one for one in case.protocols}
    for task in lab.tasks(case):
        protocol = by_plan[task.plan]
        for name in task.quantities:
            first = lab.must_come_first(case, task.serial, task.plan, name)
            quantity, unit = lab.quantity_of(protocol, name), lab.unit_of(protocol, name)
            yield Todo(case, case.samples[task.serial], protocol, quantity, unit, lab.steps_for(protocol, name), first)


@dataclass(frozen=True)
class Choice:
    """An instrument as a station offers it: its state, and whether it may be used."""

    apparatus: lab.Apparatus
    state: str

    @property
    def usable(self) -> bool:
        """Whether its calibration holds."""
        return self.state in {"valid", "alarm"}


def choices(world: World, station: str) -> list[Choice]:
    """Return the instruments of a station, those that may be used first."""
    at = now()
    found = [
        Choice(one, state_of(one, now=at)) for one in world.instruments.values() if not one.stations or station in one.stations
    ]
    return sorted(found, key=lambda one: (not one.usable, one.state == "alarm"))


def figure_of(one: lab.Capture, protocol: Protocol) -> Figure:
    """Return a captured result with its uncertainty: its own, else the plan's usual one."""
    unit, u = lab.unit_of(protocol, one.quantity), one.reading.u
    measurand = protocol.plan.measurand
    if u is None and measurand.unit == unit and measurand.kind != "daily_rate":
        u = float(measurand.reading_u)
    elif u is None and measurand.kind == "daily_rate" and one.quantity.startswith("day "):
        u = math.sqrt(2) * float(measurand.reading_u)
    return Figure(float(one.reading.value), u, unit)
