# SPDX-License-Identifier: Apache-2.0
"""A case read back from the records of its steps: the trail is what is kept, the case is what it adds up to."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from sichen.conformity.certificate.content import Item, Party
from sichen.conformity.laboratory.case import Capture, Case, Stage
from sichen.conformity.laboratory.trail import follow
from sichen.conformity.plan import Plan, Protocol
from sichen.conformity.stations import Reading
from sichen.core import DataError, Message, Record

PlanOf = Callable[[str], Plan]
"""How a plan is found by its digest."""


def case_after(case: Case | None, record: Record, *, plan_of: PlanOf) -> Case:
    """Return a case after one more step of its trail.

    Parameters
    ----------
    case : Case or None
        None before the first step.
    record : Record
    plan_of : callable
        Gives the plan with a digest.

    Raises
    ------
    DataError
        If the record does not follow the last step, or is no step of a case.
    """
    follow(record, "" if case is None else case.last)
    body = cast("Mapping[str, Any]", record.body)
    try:
        after = _opened(body) if case is None else _changed(case, record, body, plan_of)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(Message("conformity.trail.unreadable", digest=record.digest[:19], why=str(error))) from error
    return replace(after, last=record.digest)


def _opened(body: Mapping[str, Any]) -> Case:
    return Case(str(body["number"]), Party(**body["customer"]))


def _changed(case: Case, record: Record, body: Mapping[str, Any], plan_of: PlanOf) -> Case:
    step = body.get("step")
    if step == "sample":
        return replace(case, samples={**case.samples, str(body["serial"]): _item(record, body)})
    if step == "capture":
        return replace(case, captures=(*case.captures, _capture(record, body)))
    stage = cast("Stage", body["stage"])
    if stage == "accepted":
        protocols = tuple(_protocol(row, plan_of) for row in body["protocols"])
        return replace(case, stage=stage, protocols=protocols)
    again = {(serial, quantity) for serial, quantity in body.get("repeat", ())}
    captures = tuple(one for one in case.captures if (one.serial, one.quantity) not in again)
    return replace(case, stage=stage, captures=captures)


def _item(record: Record, body: Mapping[str, Any]) -> Item:
    photographs = tuple(link.digest for link in record.inputs if link.role == "photograph")
    return Item(body["serial"], body["brand"], body["model"], body["calibre"], body["state"], photographs)


def _capture(record: Record, body: Mapping[str, Any]) -> Capture:
    raw = next((link.digest for link in record.inputs if link.role == "raw data"), "")
    reading = Reading(Decimal(body["value"]), body["u"])
    plan, quantity = body["plan"], body["quantity"]
    return Capture(
        body["serial"], plan, quantity, reading, body["instrument"], body["person"], body["measured_at"], raw, record.digest
    )


def _protocol(row: Mapping[str, Any], plan_of: PlanOf) -> Protocol:
    plan = plan_of(row["digest"])
    return Protocol(plan, row["category"], row["decision"], row["parameters"])
