# SPDX-License-Identifier: Apache-2.0
"""What of a passport somebody may see, as JSON: sections and in each its facts."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from sichen.core import JSON, Instant, Record
from sichen.trace.exports import Passport
from sichen.trace.passport.life import Fitting, Life, Service
from sichen.trace.roles import What

Section: TypeAlias = dict[str, JSON]
FIGURES = ("rate", "amplitude", "beat_error")


def view(life: Life, may_see: Iterable[What] = ("public",)) -> dict[str, Section]:
    """Return the sections of a passport that somebody may see.

    Parameters
    ----------
    life : Life
    may_see : iterable of What
        As `sichen.trace.roles.allowed` gives it.

    Returns
    -------
    dict of dict
        Always with ``product`` and ``status``.

    Examples
    --------
    >>> life = Life("https://id.gs1.org/01/09520123456788/21/42", "42", Instant(0), {"brand": "Haiyan"})
    >>> view(life)["product"], sorted(view(life))
    ({'brand': 'Haiyan', 'serial': '42'}, ['product', 'status'])
    """
    wanted = frozenset(may_see) | {"public"}
    return {name: section for what, name, write in _SECTIONS if what in wanted and (section := write(life))}


def to_passport(life: Life, *, issuer: str, may_see: Iterable[What] = ("public",)) -> Passport:
    """Return what somebody may see as a passport free of any form, for `sichen.trace.exports`."""
    return Passport(life.link, issuer, life.at, view(life, may_see))


def _product(life: Life) -> Section:
    return {**dict(sorted(life.product.items())), "serial": life.serial}


def _status(life: Life) -> Section:
    recall = life.marks.get("recalled")
    found: Section = {"is": life.status, "made": None if life.commissioned is None else _day(life.commissioned)}
    if recall is not None:
        found["recall"] = str(recall.said.get("sichen:note", ""))
    return {name: value for name, value in found.items() if value is not None}


def _certificates(life: Life) -> Section:
    return dict(_certificates_of(life))


def _public_certificates(life: Life) -> Section:
    """Return number, verdict and day: what stands on the paper that the watch is sold with."""
    return {number: {name: said[name] for name in ("verdict", "at")} for number, said in _certificates_of(life)}


def _certificates_of(life: Life) -> Iterable[tuple[str, dict[str, JSON]]]:
    return ((str(one.body.get("number", one.digest)), _certificate(one)) for one in life.certificates)


def _certificate(record: Record) -> dict[str, JSON]:
    return {"verdict": str(record.body.get("verdict", "")), "at": record.instant.isoformat(), "record": record.digest}


def _parts(life: Life) -> Section:
    movement = life.movement
    found: Section = {"inside": [_fitting(one) for one in life.inside], "lots": [_fitting(one) for one in life.lots]}
    found["earlier"] = [_fitting(one) for one in life.fittings if one.end is not None]
    found["movement"] = None if movement is None else movement.part.link
    return {name: value for name, value in found.items() if value}


def _fitting(one: Fitting) -> JSON:
    end = {} if one.end is None else {"until": one.end.isoformat()}
    return {"link": one.part.link, "is": one.part.role, "since": one.start.isoformat(), **end, "event": one.event}


def _readings(life: Life) -> Section:
    return {record.digest: reading_json(record) for record in life.readings}


def reading_json(record: Record) -> dict[str, JSON]:
    """Return position, moment and the main figures of a reading."""
    figures = {name: record.body[name] for name in FIGURES if isinstance(record.body.get(name), Mapping)}
    return {"at": record.instant.isoformat(), "position": record.body.get("position"), **figures}


def _service(life: Life) -> Section:
    return {one.sheet.number: _entry(one) for one in life.services}


def _entry(one: Service) -> JSON:
    sheet = one.sheet
    parts: list[JSON] = [{"is": part.name, "old": part.old, "new": part.new} for part in sheet.parts]
    whole: dict[str, JSON] = {
        "at": one.at.isoformat(),
        "by": one.by,
        "state": sheet.state,
        "fault": sheet.fault,
        "work": sheet.work,
        "before": {record.digest: reading_json(record) for record in one.before},
        "after": {record.digest: reading_json(record) for record in one.after},
        "parts": parts,
        "water_test_bar": sheet.water_test,
        "technician": sheet.technician,
        "warranty_until": None if one.warranty_until is None else _day(one.warranty_until),
        "accepted": sheet.accepted,
        "event": one.event,
    }
    return {name: value for name, value in whole.items() if value not in (None, "", [], {})}


def _warranty(life: Life) -> Section:
    if life.sale is None:
        return {}
    found: Section = {"sold": _day(life.sale.at)}
    if life.sale.warranty is not None:
        rule = life.sale.warranty.rule
        found |= {"rule": rule.name, "until": _day(life.sale.warranty.end), "source": rule.source, "verified": rule.verified}
    return found


def _custody(life: Life) -> Section:
    held: list[JSON] = [
        {
            "party": one.party,
            "is": one.kind,
            "since": one.start.isoformat(),
            **({} if one.end is None else {"until": one.end.isoformat()}),
        }
        for one in life.custody
    ]
    return {"held": held, "owner": life.owner} if held else {}


def _timeline(life: Life) -> Section:
    events: list[JSON] = [{"at": one.at.isoformat(), "is": one.kind, "event": one.event} for one in life.timeline]
    return {"events": events} if events else {}


def _evidence(life: Life) -> Section:
    told: list[JSON] = [
        {"at": one.at.isoformat(), "says": one.message.text("en"), "events": list(one.events)} for one in life.conflicts
    ]
    records = {record.digest: record.kind for record in (*life.readings, *life.certificates, *life.others)}
    found: Section = {"conflicts": told, "records": {**records}}
    return {name: value for name, value in found.items() if value}


def _day(at: Instant) -> str:
    return at.isoformat()[:10]


_SECTIONS: tuple[tuple[What, str, Callable[[Life], Section]], ...] = (
    ("public", "product", _product),
    ("public", "status", _status),
    ("public", "certified", _public_certificates),
    ("warranty", "warranty", _warranty),
    ("parts", "parts", _parts),
    ("readings", "readings", _readings),
    ("certificates", "certificates", _certificates),
    ("service", "service", _service),
    ("custody", "custody", _custody),
    ("timeline", "timeline", _timeline),
    ("evidence", "evidence", _evidence),
)
