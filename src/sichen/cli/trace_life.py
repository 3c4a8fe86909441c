# SPDX-License-Identifier: Apache-2.0
"""The verbs that write the life of a watch: ``sichen trace commission``, ``case``, ``sell`` … Each is one event or a few."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.named_files import write_named
from sichen.adapters.owner_secret import owner_key_of
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.passport_exports import EXTRACTED, export
from sichen.adapters.people.desk import People
from sichen.adapters.people.two_persons import Wanted, do
from sichen.adapters.tap_register import TapRegister
from sichen.cli.output import say
from sichen.core import ConfigError, Instant, Message, digest_prefix
from sichen.trace.epcis import Table
from sichen.trace.passport import (
    Life,
    Part,
    RepairSheet,
    Replacement,
    assembled,
    commissioned,
    handed_over,
    installed,
    passed_on,
    public_text,
    removed,
    retired,
    rule_for,
    serviced,
    sign_hand_over,
    sold,
)

UID_BYTES = 7
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
At = Annotated[str | None, Parameter(name="--at", help="When it happened, 2026-11-23T08:00:00Z; now by default.")]
Gtin = Annotated[str, Parameter(name="--gtin", help="GTIN of the model; needed once, then remembered.")]
Place = Annotated[str, Parameter(name="--place", help="Where: an address or URN of the place.")]
Approval = Annotated[str, Parameter(name="--approval", help="Number of the approved request, where two persons agree.")]
Party = Annotated[str, Parameter(help="Address or URN of the house, such as https://id.gs1.org/417/….")]


@contextmanager
def _desk(data: Path | None) -> Iterator[PassportDesk]:
    with DataFolder.open(data) as folder, PassportDesk(folder) as desk:
        yield desk


def _written(desk: PassportDesk, serial: str, events: Sequence[Table]) -> int:
    desk.write(events)
    print(say(Message("cli.passport.kept", serial=serial, count=len(events))))
    return 0


def _moment(at: str | None) -> Instant:
    return now() if at is None else Instant.parse(at)


def commission(
    serial: str,
    /,
    *,
    gtin: Gtin = "",
    brand: str = "",
    reference: str = "",
    name: str = "",
    calibre: str = "",
    maker: Party = "",
    place: Place = "",
    at: At = None,
    data: Data = None,
) -> int:
    """Give a watch, or a movement, its identity.

    Parameters
    ----------
    serial
        Serial number, or a Digital Link.
    brand
        Brand.
    reference
        Reference of the model.
    name
        Name of the model.
    calibre
        Calibre of the movement.
    """
    with _desk(data) as desk:
        link = desk.link(serial, gtin=gtin)
        product = {"brand": brand, "reference": reference, "name": name, "calibre": calibre}
        done = _written(desk, link, [commissioned(link, at=_moment(at), product=product, maker=maker, place=place)])
        desk.remember(link)
        return done


def assemble(movement: str, lots: list[str], /, *, gtin: Gtin = "", place: Place = "", at: At = None, data: Data = None) -> int:
    """Note which lots of parts went into a movement.

    Parameters
    ----------
    movement
        Serial number or Digital Link of the movement.
    lots
        Digital Links of lots, or their numbers under the GTIN of the movement.
    """
    with _desk(data) as desk:
        link = desk.link(movement, gtin=gtin)
        stem = link.rpartition("/21/")[0]
        whole = [lot if "://" in lot else f"{stem}/10/{lot}" for lot in lots]
        return _written(desk, link, [assembled(link, whole, at=_moment(at), place=place)])


def case(
    serial: str,
    parts: list[str],
    /,
    *,
    out: Annotated[bool, Parameter(negative=(), help="The parts were taken out.")] = False,
    place: Place = "",
    at: At = None,
    data: Data = None,
) -> int:
    """Put parts into a watch, or take them out: the movement, the case, a lot of hands.

    Parameters
    ----------
    serial
        Serial number or Digital Link of the watch.
    parts
        ROLE=PART, such as movement=M-17 or hands=lot:H-2609; a serial number, a lot, or a Digital Link.
    """
    with _desk(data) as desk:
        link = desk.link(serial)
        found = [_part(desk, text, link) for text in parts]
        write = removed if out else installed
        return _written(desk, link, [write(link, found, at=_moment(at), place=place)])


def ship(
    serial: str,
    /,
    *,
    to: Party,
    kind: Annotated[
        Literal["retailer", "service", "shipment"], Parameter(name="--as", help="What the house is to the watch.")
    ] = "retailer",
    place: Place = "",
    at: At = None,
    data: Data = None,
) -> int:
    """Note who has a watch now: a retailer, a service centre, a carrier.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    """
    with _desk(data) as desk:
        link = desk.link(serial)
        return _written(desk, link, [passed_on(link, to=to, kind=kind, at=_moment(at), place=place)])


def owner_key(
    serial: str, /, *, secret: Annotated[Path, Parameter(help="File of the owner's secret; made.")], data: Data = None
) -> int:
    """Print the key under which an owner is known for one watch, and for no other.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    """
    with _desk(data) as desk:
        print(public_text(owner_key_of(secret, desk.link(serial), make=True)))
    return 0


def sell(
    serial: str,
    /,
    *,
    owner: Annotated[str, Parameter(help="The owner's key for this watch, from `sichen trace owner-key`.")],
    price: Annotated[float | None, Parameter(help="Chooses the warranty rule; it is not kept.")] = None,
    currency: str = "CNY",
    warranty: Annotated[str, Parameter(help="Name of a warranty rule, instead of a price.")] = "",
    retailer: Party = "",
    place: Place = "",
    at: At = None,
    data: Data = None,
) -> int:
    """Sell a watch for the first time: its warranty begins.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    currency
        Of the price.
    """
    moment = _moment(at)
    rule = warranty or ("" if price is None else rule_for(price, currency=currency, at=moment).name)
    with _desk(data) as desk:
        link = desk.link(serial)
        return _written(desk, link, [sold(link, owner=owner, at=moment, warranty=rule, retailer=retailer, place=place)])


def hand_over(
    serial: str,
    /,
    *,
    to: Annotated[str, Parameter(help="The next owner's key for this watch.")],
    secret: Annotated[Path, Parameter(help="File of the present owner's secret.")],
    at: At = None,
    data: Data = None,
) -> int:
    """Hand a watch over to its next owner, signed by the present one.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    """
    with _desk(data) as desk:
        link = desk.link(serial)
        key = owner_key_of(secret, link)
        life = desk.life(link)
        if life.owner != public_text(key):
            raise ConfigError(Message("cli.passport.not_yours", serial=serial))
        return _written(desk, link, [handed_over(sign_hand_over(key, watch=link, taker=to, at=_moment(at)))])


def service(
    serial: str,
    /,
    *,
    sheet: Annotated[str, Parameter(help="Number of the repair sheet.")],
    state: Annotated[str, Parameter(help="How the watch was received.")] = "",
    fault: Annotated[str, Parameter(help="What was wrong.")] = "",
    work: Annotated[str, Parameter(help="What was done, with torques and oils.")] = "",
    before: Annotated[list[str] | None, Parameter(help="Digests of readings before, one each.")] = None,
    after: Annotated[list[str] | None, Parameter(help="Digests of readings after, one each.")] = None,
    part: Annotated[list[str] | None, Parameter(help="Replaced: NAME=OLD>NEW, such as mainspring=lot:1>lot:2.")] = None,
    water_test: Annotated[float | None, Parameter(help="Overpressure of the water test passed, bar.")] = None,
    technician: Annotated[str, Parameter(help="Number of the person, not the name.")] = "",
    warranty_months: Annotated[int, Parameter(help="Warranty on the repair.")] = 0,
    accepted: Annotated[bool, Parameter(negative=(), help="The customer signed and took the watch back.")] = False,
    by: Party = "",
    at: At = None,
    data: Data = None,
) -> int:
    """Write an entry of the service book.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    """
    with _desk(data) as desk:
        link = desk.link(serial)
        wanted = [tuple(desk.folder.records.resolve(digest_prefix(one)) for one in given or ()) for given in (before, after)]
        life = desk.life(link)
        parts = tuple(_replacement(desk, text, life) for text in part or ())
        entry = RepairSheet(
            sheet, state, fault, work, wanted[0], wanted[1], parts, water_test, technician, warranty_months, accepted
        )
        return _written(desk, link, serviced(link, entry, at=_moment(at), by=by, within=life.places))


def lose(
    serial: str,
    /,
    *,
    stolen: Annotated[bool, Parameter(negative=(), help="It was stolen, not only lost.")] = False,
    note: Annotated[str, Parameter(help="Number of the police report or the like; no name.")] = "",
    approval: Approval = "",
    at: At = None,
    data: Data = None,
) -> int:
    """Report a watch lost or stolen: it stands in the register from now on.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    """
    return _together(serial, "stolen" if stolen else "lost", note=note, approval=approval, at=at, data=data)


def find(serial: str, /, *, note: str = "", approval: Approval = "", at: At = None, data: Data = None) -> int:
    """Report a missing watch found again.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    note
        What is worth knowing; no name.
    """
    return _together(serial, "found", note=note, approval=approval, at=at, data=data)


def remedy(serial: str, /, *, note: str = "", approval: Approval = "", at: At = None, data: Data = None) -> int:
    """Note that a recalled watch was put right.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    note
        What was done.
    """
    return _together(serial, "remedied", note=note, approval=approval, at=at, data=data)


def correct(event: str, /, *, note: str = "", approval: Approval = "", at: At = None, data: Data = None) -> int:
    """Declare that an event never happened as it says; it stays, and counts no longer.

    Parameters
    ----------
    event
        Identifier of the event.
    note
        Why; it stands in the audit log.
    """
    with _desk(data) as desk, People(desk.folder) as people:
        do(desk, people, Wanted("error", event, note), number=approval, at=_moment(at))
        print(say(Message("cli.passport.corrected", event=event)))
    return 0


def extract(
    serial: str,
    /,
    *,
    out: Annotated[Path, Parameter(help="File of the extract: a signed credential.")],
    note: Annotated[str, Parameter(help="Who asks, by a number, and why; no name.")] = "",
    approval: Approval = "",
    data: Data = None,
) -> int:
    """Write an extract of the archives: what the ledger says of a watch; no proof that the watch shown is that one.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    """
    with _desk(data) as desk, People(desk.folder) as people:
        life = desk.life(serial)
        do(desk, people, Wanted("extract", life.link, note), number=approval)
        write_named(out, export(desk, life, "vc", may_see=EXTRACTED))
        print(say(Message("cli.passport.extracted", serial=serial, file=str(out))))
    return 0


def retire(serial: str, /, *, reason: str = "", at: At = None, data: Data = None) -> int:
    """Note the end of a watch.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    reason
        Why.
    """
    with _desk(data) as desk:
        link = desk.link(serial)
        return _written(desk, link, [retired(link, at=_moment(at), reason=reason)])


def _together(serial: str, word: str, *, note: str, approval: str, at: str | None, data: Path | None) -> int:
    """Do what needs two persons of the house, where there are two."""
    with _desk(data) as desk, People(desk.folder) as people:
        link = desk.link(serial)
        do(desk, people, Wanted(word, link, note), number=approval, at=_moment(at))
        print(say(Message("cli.passport.kept", serial=link, count=1)))
    return 0


def _part(desk: PassportDesk, text: str, watch: str) -> Part:
    role, sign, name = text.partition("=")
    if not sign or not name:
        raise ConfigError(Message("cli.passport.no_part", found=text))
    return Part(_named(desk, name, watch), role, lot=name.startswith("lot:") or "/10/" in name)


def _named(desk: PassportDesk, name: str, watch: str) -> str:
    if name.startswith("lot:"):
        return f"{watch.rpartition('/21/')[0]}/10/{name[4:]}"
    return desk.link(name)


def _replacement(desk: PassportDesk, text: str, life: Life) -> Replacement:
    name, sign, change = text.partition("=")
    old, arrow, new = change.partition(">")
    if not sign or not arrow:
        raise ConfigError(Message("cli.passport.no_part", found=text))
    inside = life.lot_inside(old.removeprefix("lot:")) if old.startswith("lot:") else ""
    # The new lot is one of the model that the old one went into: a spring is known by the number of the movement.
    home = life.places.get(inside, life.link)
    return Replacement(name, inside or (_named(desk, old, home) if old else ""), _named(desk, new, home) if new else "")


def bind_tag(serial: str, uid: str, /, *, data: Data = None) -> int:
    """Note which NFC tag is in a watch, so that a tap leads to its passport.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    uid
        UID of the tag, 14 hexadecimal digits.
    """
    try:
        number = bytes.fromhex(uid)
    except ValueError:
        number = b""
    if len(number) != UID_BYTES:
        raise ConfigError(Message("cli.passport.no_uid", found=uid))
    with _desk(data) as desk, TapRegister(desk.folder.path) as tags:
        tags.bind(number, desk.link(serial))
    return 0
