# SPDX-License-Identifier: Apache-2.0
"""From a tested case to certificates: each kept verdict is drafted with what the case knows of it."""

import contextlib
from collections.abc import Iterator

from sichen.adapters.certificate_desk import Docket, certificates_on, docket, draft_certificates
from sichen.adapters.certificate_particulars import Particulars
from sichen.adapters.clock import now
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.laboratory_book import World, world_of
from sichen.adapters.laboratory_desk import verdicts_of
from sichen.adapters.laboratory_equipment import log_of
from sichen.conformity import WatchVerdict
from sichen.conformity import laboratory as lab
from sichen.conformity.certificate import Condition, Equipment
from sichen.core import DataError, Duration, Instant, Message, Record

READY = {"tested", "closed"}
LONGEST_GAP = Duration.of_seconds(2 * 3600)
"""Without a reading of the room for longer, a certificate does not say what the surroundings were."""


def certify_case(folder: DataFolder, number: str) -> tuple[Docket, ...]:
    """Draft a certificate for each verdict of a case that has none yet; they are reviewed and released as any other.

    Raises
    ------
    NotFound
        If there is no such case.
    DataError
        If its tests have not ended, or every verdict has its certificate already.
    """
    world = world_of(folder)
    case = world.case(number)
    if case.stage not in READY:
        raise DataError(Message("adapters.laboratory.not_tested", number=number))
    at = now()
    made = [
        one
        for verdict, record in _judged(folder, case)
        for one in draft_certificates(folder, [verdict], [record], _particulars(folder, world, case, verdict), at=at, once=True)
    ]
    if not made:
        raise DataError(Message("adapters.laboratory.all_certified", number=number))
    return tuple(made)


def dockets_of(folder: DataFolder, case: lab.Case) -> tuple[Docket, ...]:
    """Return the certificates that were drafted from the verdicts of a case as they stand."""
    numbers = (number for record in verdicts_of(folder, case) for number in certificates_on(folder, record))
    return tuple(docket(folder, number) for number in dict.fromkeys(numbers))


def _judged(folder: DataFolder, case: lab.Case) -> Iterator[tuple[WatchVerdict, Record]]:
    """Yield the verdicts of a case with their kept records: judging again says the same."""
    kept = {(record.subject, _plan_digest(record)): record for record in verdicts_of(folder, case)}
    for protocol in case.protocols:
        for verdict in lab.verdicts(case, protocol):
            record = kept.get((f"watch:{verdict.watch}", protocol.plan.digest))
            if record is not None:
                yield verdict, record


def _plan_digest(record: Record) -> str:
    return next(link.digest for link in record.inputs if link.role == "plan")


def _particulars(folder: DataFolder, world: World, case: lab.Case, verdict: WatchVerdict) -> Particulars:
    plan = verdict.protocol.plan.id
    results = [one for one in case.captures if (one.serial, one.plan) == (verdict.watch, plan)]
    moments = sorted(one.at for one in results)
    used = dict.fromkeys(one.instrument for one in results)
    return Particulars(
        customer=case.customer,
        items={verdict.watch: case.samples[verdict.watch]},
        tested_by=", ".join(dict.fromkeys(one.person for one in results)),
        begun=moments[0][:10],
        ended=moments[-1][:10],
        equipment=tuple(_equipment(world.instrument(name).instrument) for name in used),
        conditions=_conditions(folder, world, Instant.parse(moments[0]), Instant.parse(moments[-1])),
    )


def _equipment(one: lab.Instrument) -> Equipment:
    return Equipment(one.id, one.name_en, one.name_zh, one.valid_until.isoformat()[:10], one.certificate)


def _conditions(folder: DataFolder, world: World, start: Instant, end: Instant) -> tuple[Condition, ...]:
    """Return the surroundings where the log of one place, and of one only, covers the test."""
    found = []
    for place in world.places.values():
        with contextlib.suppress(DataError):
            found.append(lab.conditions(log_of(folder, place), start=start, end=end, longest_gap=LONGEST_GAP))
    return found[0] if len(found) == 1 else ()
