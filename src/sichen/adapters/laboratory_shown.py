# SPDX-License-Identifier: Apache-2.0
"""The laboratory as plain JSON: the same keys from the command line and from the interface of the workbench."""

from dataclasses import asdict

from sichen.adapters.laboratory_book import World
from sichen.adapters.laboratory_keeping import TrailState
from sichen.conformity import laboratory as lab
from sichen.conformity.laboratory.retention import overdue
from sichen.core import JSON, Instant


def case_json(case: lab.Case, world: World, *, whole: bool = True) -> dict[str, JSON]:
    """Return a case; `whole` with its samples, plans, results and what is still to be done."""
    subject = f"case:{case.number}"
    found: dict[str, JSON] = {
        "case": case.number,
        "stage": case.stage,
        "customer": {"en": case.customer.name("en"), "zh": case.customer.name("zh")},
        "samples": len(case.samples),
        "opened": world.begun[subject].isoformat(),
        "changed": world.changed[subject].isoformat(),
        "open_tasks": sum(len(task.quantities) for task in lab.tasks(case)) if case.stage == "testing" else 0,
    }
    if whole:
        found |= {
            "samples": [{**asdict(item), "photographs": list(item.photographs)} for item in case.samples.values()],
            "plans": [one.to_json() for one in case.protocols],
            "results": [_capture_json(one) for one in case.captures],
            "tasks": tasks_json(case),
            "record": case.last,
        }
    return found


def tasks_json(case: lab.Case) -> list[JSON]:
    """Return what is still to be done in a case, one object a result."""
    by_plan = {one.plan.id: one for one in case.protocols}
    return [
        {
            "case": case.number,
            "serial": task.serial,
            "plan": task.plan,
            "quantity": name,
            "station": lab.quantity_of(by_plan[task.plan], name).station,
            "unit": lab.unit_of(by_plan[task.plan], name),
            "plausible": [str(side) for side in lab.bounds_of(by_plan[task.plan], name)],
        }
        for task in lab.tasks(case)
        for name in task.quantities
    ]


def instrument_json(one: lab.Apparatus, *, now: Instant) -> dict[str, JSON]:
    """Return an instrument with the state of its calibration and its chart."""
    chart = one.chart
    return {
        "instrument": one.instrument.id,
        "name_en": one.instrument.name_en,
        "name_zh": one.instrument.name_zh,
        "certificate": one.instrument.certificate,
        "calibrated": one.instrument.calibrated.isoformat()[:10],
        "valid_until": one.instrument.valid_until.isoformat()[:10],
        "state": state_of(one, now=now),
        "stations": list(one.stations),
        "checks": len(one.checks),
        "chart": None if chart is None else {"centre": chart.centre, "sigma": chart.sigma, "limits": list(chart.limits)},
        "alarms": [{"check": alarm.place + 1, "rule": alarm.rule, "open": alarm.place >= one.answered} for alarm in one.alarms],
        "record": one.last,
    }


def state_of(one: lab.Apparatus, *, now: Instant) -> str:
    """Return ``withdrawn``, ``expired``, ``alarm`` or ``valid``: the first that is true."""
    if one.instrument.withdrawn:
        return "withdrawn"
    if one.instrument.valid_until < now:
        return "expired"
    return "alarm" if one.open_alarms else "valid"


def place_json(place: lab.Place) -> dict[str, JSON]:
    """Return a room or a chamber."""
    return {
        "place": place.id,
        "name_en": place.name_en,
        "name_zh": place.name_zh,
        "temperature_c": list(place.temperature),
        "humidity_percent": list(place.humidity),
        "logs": [{"first": log.first.isoformat(), "last": log.last.isoformat(), "file": log.file} for log in place.logs],
    }


def episode_json(one: lab.places.Episode) -> dict[str, JSON]:
    """Return an excursion."""
    return {
        "quantity": one.quantity,
        "first": one.first.at.isoformat(),
        "last": one.last.at.isoformat(),
        "worst": one.worst,
    }


def nonconformity_json(one: lab.Nonconformity) -> dict[str, JSON]:
    """Return a report of non-conforming work."""
    rows: list[JSON] = [affected_json(row) for row in one.affected]
    return {
        "report": one.number,
        "what": one.what,
        "stage": one.stage,
        "recall": one.recall,
        "affected": rows,
        "record": one.last,
    }


def affected_json(one: lab.Affected) -> dict[str, JSON]:
    """Return a result that may be wrong."""
    return {"case": one.case, "serial": one.serial, "quantity": one.quantity}


def retained_json(one: lab.Retained, *, now: Instant) -> dict[str, JSON]:
    """Return something that is kept for a time."""
    return {
        "subject": one.kept.subject,
        "since": one.kept.since.isoformat()[:10],
        "until": one.kept.until.isoformat()[:10],
        "hold": one.kept.hold,
        "disposed": one.disposed,
        "disposable": overdue(one, now=now),
    }


def trail_json(one: TrailState) -> dict[str, JSON]:
    """Return whether a trail holds."""
    return {
        "subject": one.subject,
        "steps": one.steps,
        "ok": not one.faults,
        "faults": [fault.text("en") for fault in one.faults],
        "last": None if one.last is None else one.last.digest,
    }


def _capture_json(one: lab.Capture) -> dict[str, JSON]:
    return {
        "serial": one.serial,
        "plan": one.plan,
        "quantity": one.quantity,
        "value": str(one.reading.value),
        "u": one.reading.u,
        "instrument": one.instrument,
        "person": one.person,
        "measured_at": one.at,
        "record": one.record,
    }
