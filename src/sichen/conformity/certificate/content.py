# SPDX-License-Identifier: Apache-2.0
"""What a certificate says: everything that ISO/IEC 17025 asks for, in both languages, as one value with one digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, cast

from sichen.conformity.uncertainty import Budget
from sichen.conformity.verdict import CriterionResult, WatchVerdict
from sichen.core import JSON, DataError, Input, Instant, Language, Message, Record, digest_of

FORM = "sichen.certificate/1"
COVERAGE_FACTOR = 2
COVERAGE_PROBABILITY = 0.95


@dataclass(frozen=True)
class Party:
    """A laboratory or a customer."""

    name_en: str
    name_zh: str
    city: str = ""
    country: str = "CN"
    email: str = ""
    accreditation: str = ""

    def name(self, language: Language) -> str:
        """Return the name in one language; the other one where it has none."""
        return (self.name_zh or self.name_en) if language == "zh" else (self.name_en or self.name_zh)


@dataclass(frozen=True)
class Item:
    """The watch: what it is, its serial number, the state it came in, and digests of its photographs."""

    serial: str
    brand: str
    model: str = ""
    calibre: str = ""
    state: str = ""
    photographs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Equipment:
    """An instrument that was used, with the validity of its calibration."""

    id: str
    name_en: str
    name_zh: str
    valid_until: str
    certificate: str = ""

    def name(self, language: Language) -> str:
        """Return what the instrument is called in one language."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True)
class Condition:
    """A condition of the surroundings, from the environment log: least and greatest value."""

    quantity: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class Line:
    """One criterion as the certificate states it; numbers as decimal text, so that a signature covers digits.

    Parameters
    ----------
    value : str
        Empty when it was not measured. Exact, as a fraction where it does not end.
    shown : str
        As people read it, with U (k = 2) beside it in `expanded`.
    """

    id: str
    symbol: str
    title_en: str
    title_zh: str
    unit: str
    value: str
    shown: float | None
    expanded: float | None
    low: str
    high: str
    verdict: str
    probability: float | None

    def title(self, language: Language) -> str:
        """Return what the criterion is called in one language."""
        return self.title_zh if language == "zh" else self.title_en


@dataclass(frozen=True)
class Remark:
    """A sentence that every report on these results must carry, in both languages."""

    en: str
    zh: str

    def text(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Certificate:
    """One certificate about one watch.

    Parameters
    ----------
    number : str
        Unique in the laboratory.
    issued, begun, ended : str
        Instant of issue; first and last day of the tests.
    laboratory, customer : Party
    item : Item
    protocol : mapping
        The choices and the digest of the plan, as `Protocol.to_json` gives them.
    plan_title_en, plan_title_zh, measurand : str
    lines : tuple of Line
    verdict : {"accept", "reject", "undecided"}
    consumer_risk, producer_risk : float or None
        None when an uncertainty was not known.
    equipment, conditions, remarks : tuple
    tested_by, reviewed_by, released_by : str
        Three roles; review and release by two people.
    inputs : tuple of str
        Digests of the raw data.
    replaces : str
        Number of the certificate that this one replaces, or empty.
    budgets : tuple of mapping
        Uncertainty budgets as `Budget.to_json` gives them: the one of the temperature belongs to every rate.
    """

    number: str
    issued: str
    begun: str
    ended: str
    laboratory: Party
    customer: Party
    item: Item
    protocol: Mapping[str, JSON]
    plan_title_en: str
    plan_title_zh: str
    measurand: str
    lines: tuple[Line, ...]
    verdict: str
    consumer_risk: float | None
    producer_risk: float | None
    equipment: tuple[Equipment, ...]
    conditions: tuple[Condition, ...]
    remarks: tuple[Remark, ...]
    tested_by: str
    reviewed_by: str
    released_by: str
    inputs: tuple[str, ...] = ()
    replaces: str = ""
    budgets: tuple[Mapping[str, JSON], ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every value of the certificate, in canonical JSON."""
        return digest_of(self.to_json())

    @property
    def plan_digest(self) -> str:
        """Digest of the plan that was run."""
        return str(self.protocol.get("digest", ""))

    def plan_title(self, language: Language) -> str:
        """Return what the plan is called in one language."""
        return self.plan_title_zh if language == "zh" else self.plan_title_en

    def to_json(self) -> dict[str, JSON]:
        """Return the certificate as plain JSON."""
        return {"form": FORM} | {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    def to_record(self, *, file: str, beside: Sequence[Input] = ()) -> Record:
        """Return the certificate as a record.

        Parameters
        ----------
        file : str
            Digest of the signed file.
        beside : sequence of Input
            What else belongs to it: its printed form, the record of its verdict, the steps of its review.
        """
        raw = tuple(Input("raw data", digest) for digest in self.inputs)
        return Record(
            kind="conformity.certificate",
            subject=f"watch:{self.item.serial}",
            body=self.to_json(),
            method="conformity.certificate",
            version=FORM,
            instant=Instant.parse(self.issued),
            inputs=(Input("signed file", file), *beside, *raw),
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Certificate":
        """Read a certificate from plain JSON.

        Raises
        ------
        DataError
            If it is not a certificate of this form.
        """
        try:
            if data["form"] != FORM:
                raise DataError(Message("conformity.certificate.form", found=str(data["form"])))
            values = {name: value for name, value in data.items() if name != "form"}
            values |= {name: kind(**values[name]) for name, kind in (("laboratory", Party), ("customer", Party))}
            item = dict(values["item"])
            values["item"] = Item(**(item | {"photographs": tuple(item["photographs"])}))
            for name, kind in (("lines", Line), ("equipment", Equipment), ("conditions", Condition), ("remarks", Remark)):
                values[name] = tuple(kind(**row) for row in values[name])
            return cls(**(values | {name: tuple(values[name]) for name in ("inputs", "budgets")}))
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(Message("conformity.certificate.form", found=str(error))) from error


def certificate_of(
    verdict: WatchVerdict,
    *,
    number: str,
    issued: Instant,
    begun: str,
    ended: str,
    laboratory: Party,
    customer: Party,
    item: Item,
    equipment: Sequence[Equipment] = (),
    conditions: Sequence[Condition] = (),
    tested_by: str,
    reviewed_by: str = "",
    released_by: str = "",
    inputs: Sequence[str] = (),
    replaces: str = "",
    budgets: Sequence[Budget] = (),
) -> Certificate:
    """Make a certificate from a verdict. Where nobody is named to review or release, the step puts in the name.

    Raises
    ------
    DataError
        If the verdict is about another watch than `item`, or one person reviewed and released.
    """
    if verdict.watch != item.serial:
        raise DataError(Message("conformity.certificate.other_watch", watch=verdict.watch, item=item.serial))
    if reviewed_by and reviewed_by in {released_by, tested_by}:
        raise DataError(Message("conformity.certificate.one_person", person=reviewed_by))
    plan = verdict.protocol.plan
    notes = [Remark(flag.text("en"), flag.text("zh")) for flag in verdict.flags()]
    notes += [Remark(one.note_en, one.note_zh) for one in plan.parameters.values()]
    if plan.note_en:
        notes.append(Remark(plan.note_en, plan.note_zh))
    return Certificate(
        number=number,
        issued=issued.isoformat(),
        begun=begun,
        ended=ended,
        laboratory=laboratory,
        customer=customer,
        item=item,
        protocol=verdict.protocol.to_json(),
        plan_title_en=plan.title_en,
        plan_title_zh=plan.title_zh,
        measurand=verdict.measurand,
        lines=tuple(_line(one) for one in verdict.criteria),
        verdict=verdict.verdict,
        consumer_risk=verdict.risks.consumer,
        producer_risk=verdict.risks.producer,
        equipment=tuple(equipment),
        conditions=tuple(conditions),
        remarks=tuple(notes),
        tested_by=tested_by,
        reviewed_by=reviewed_by,
        released_by=released_by,
        inputs=tuple(inputs),
        replaces=replaces,
        budgets=tuple(one.to_json() for one in budgets),
    )


def _line(result: CriterionResult) -> Line:
    criterion, limits = result.criterion, result.limits
    return Line(
        id=criterion.id,
        symbol=criterion.symbol,
        title_en=criterion.title_en,
        title_zh=criterion.title_zh,
        unit=criterion.unit,
        value="" if result.value is None else str(result.value),
        shown=None if result.value is None else float(result.value),
        expanded=None if result.u is None else COVERAGE_FACTOR * result.u,
        low="" if limits.low is None else str(limits.low),
        high="" if limits.high is None else str(limits.high),
        verdict=result.verdict,
        probability=result.probability,
    )


def _plain(value: object) -> JSON:
    if isinstance(value, Party | Item | Equipment | Condition | Line | Remark):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return cast("JSON", value)
