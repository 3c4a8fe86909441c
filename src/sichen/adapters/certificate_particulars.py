# SPDX-License-Identifier: Apache-2.0
"""What a certificate says beside the verdict: for whom, on what, by whom, when; refused where it cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sichen.adapters.issuing_house import NOBODY
from sichen.conformity.certificate import Certificate, Condition, Equipment, Item, Party, Remark, same_person
from sichen.conformity.table import EARLIEST, check_seen, instant
from sichen.conformity.uncertainty import Budget
from sichen.core import DataError, Instant, Message


@dataclass(frozen=True)
class Particulars:
    """What certificates say beside the verdict.

    Parameters
    ----------
    customer : Party
    items : mapping of serial to Item
        What is known of each watch; others have a serial number only.
    tested_by, reviewed_by, released_by : str
        Empty leaves it to whoever takes the step.
    begun, ended : str
        First and last day of the tests; empty takes the day of the draft, and the certificate says so.
    equipment, conditions, budgets : tuple
    replaces : str
        Number of the certificate that is replaced.
    """

    customer: Party = NOBODY
    items: Mapping[str, Item] = field(default_factory=dict)
    tested_by: str = ""
    reviewed_by: str = ""
    released_by: str = ""
    begun: str = ""
    ended: str = ""
    equipment: tuple[Equipment, ...] = ()
    conditions: tuple[Condition, ...] = ()
    budgets: tuple[Budget, ...] = ()
    replaces: str = ""

    def __post_init__(self) -> None:
        """Refuse people who hold roles that exclude each other, before anything is kept.

        Raises
        ------
        DataError
            If the reviewer also tested or releases, or a name holds a character that nobody sees.
        """
        if self.reviewed_by and any(same_person(self.reviewed_by, one) for one in (self.tested_by, self.released_by)):
            raise DataError(Message("conformity.certificate.one_person", person=self.reviewed_by))
        check_seen(self.customer.name("en"), self.tested_by, self.reviewed_by, self.released_by)
        for item in self.items.values():
            check_seen(item.serial, item.brand, item.model, item.calibre, item.state)

    def check(self, *, at: Instant) -> None:
        """Refuse days that cannot be, before anything is kept.

        Raises
        ------
        DataError
            If a day is none, the test ends before it begins, or on a day that has begun nowhere yet.
        """
        for day in (self.begun, self.ended):
            if day and (len(day) != len("2026-11-23") or instant(day) is None):
                raise DataError(Message("adapters.certificate.no_day", found=day))
        if self.begun and self.ended and self.ended < self.begun:
            raise DataError(Message("adapters.certificate.days_reversed", begun=self.begun, ended=self.ended))
        latest = max(self.begun, self.ended)
        if latest > (at + EARLIEST).isoformat()[:10]:
            raise DataError(Message("adapters.certificate.to_come", day=latest))


@dataclass(frozen=True)
class Correction:
    """What is put right in a returned certificate; None leaves a field as it was.

    Results are not among them: those of another table make another certificate.
    """

    customer: str | None = None
    brand: str | None = None
    model: str | None = None
    calibre: str | None = None
    state: str | None = None
    tested_by: str | None = None
    begun: str | None = None
    ended: str | None = None

    def of(self, before: Certificate, *, at: Instant) -> Certificate:
        """Return the corrected certificate, not reviewed and not released by anybody.

        Raises
        ------
        DataError
            As `Particulars`.
        """
        known = {name: said for name in ("brand", "model", "calibre", "state") if (said := getattr(self, name)) is not None}
        item = replace(before.item, **known)
        customer = before.customer
        if self.customer is not None and self.customer not in {customer.name_en, customer.name_zh}:
            customer = Party(self.customer, self.customer)
        begun, ended = self.begun or before.begun, self.ended or before.ended
        tester = before.tested_by if self.tested_by is None else self.tested_by.strip()
        Particulars(customer, {item.serial: item}, tester, begun=begun, ended=ended).check(at=at)
        dated = bool(self.begun and self.ended)
        return replace(
            before,
            customer=customer,
            item=item,
            begun=begun,
            ended=ended,
            tested_by=tester,
            reviewed_by="",
            released_by="",
            remarks=tuple(one for one in before.remarks if not (dated and one == undated())),
        )


def undated() -> Remark:
    """Return what a certificate says where nobody gave the days of the test."""
    said = Message("adapters.certificate.undated")
    return Remark(said.text("en"), said.text("zh"))
