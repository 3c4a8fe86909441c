# SPDX-License-Identifier: Apache-2.0
"""``sichen conformity``: certificates on their way through the laboratory, and who issues them."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.certificate_desk import (
    docket,
    dockets,
    release_certificate,
    return_certificate,
    review_certificate,
    revoke_certificate,
)
from sichen.adapters.issuing_house import House, house, own_trust, set_house
from sichen.adapters.named_files import make_folder, write_named
from sichen.cli.conformity_certify import show
from sichen.cli.conformity_options import AsJson, Data
from sichen.cli.output import print_json, print_table, say
from sichen.core import Message

By = Annotated[str, Parameter(help="Who does it.")]
Reason = Annotated[str, Parameter(help="Why; it stays on record.")]
Out = Annotated[Path | None, Parameter(help="Write the certificate into this folder: PDF, HTML and, released, XML.")]


def attach(app: App) -> None:
    """Add the verbs to the group."""
    app.command(certificates)
    app.command(review)
    app.command(give_back, name="return")
    app.command(release)
    app.command(revoke)
    app.command(house_of, name="house")
    app.command(trust)


def certificates(number: str = "", /, *, out: Out = None, data: Data = None, json: AsJson = False) -> int:
    """List the certificates with their stage, or show one.

    Parameters
    ----------
    number
        Of the certificate; all when nothing is given.
    """
    if out is not None:
        make_folder(out)
    with DataFolder.open(data) as folder:
        for one in [docket(folder, number)] if number else dockets(folder):
            show(folder, one, out, json=json)
    return 0


def review(
    number: str, /, *, by: By, note: Annotated[str, Parameter(help="A remark.")] = "", data: Data = None, json: AsJson = False
) -> int:
    """Confirm a draft; the reviewer neither tested nor releases.

    Parameters
    ----------
    number
        Of the certificate.
    """
    with DataFolder.open(data) as folder:
        show(folder, review_certificate(folder, number, person=by, at=now(), note=note), None, json=json)
    return 0


def give_back(number: str, /, *, by: By, reason: Reason, data: Data = None, json: AsJson = False) -> int:
    """Return a draft to its author with the reason.

    Parameters
    ----------
    number
        Of the certificate.
    """
    with DataFolder.open(data) as folder:
        show(folder, return_certificate(folder, number, person=by, at=now(), reason=reason), None, json=json)
    return 0


def release(number: str, /, *, by: By, out: Out = None, data: Data = None, json: AsJson = False) -> int:
    """Release a reviewed certificate: it is signed and printed.

    Parameters
    ----------
    number
        Of the certificate.
    """
    if out is not None:
        make_folder(out)
    with DataFolder.open(data) as folder:
        show(folder, release_certificate(folder, number, person=by, at=now()), out, json=json)
    return 0


def revoke(number: str, /, *, by: By, reason: Reason, data: Data = None, json: AsJson = False) -> int:
    """Revoke a released certificate; the file of trust says so from now on.

    Parameters
    ----------
    number
        Of the certificate.
    """
    with DataFolder.open(data) as folder:
        show(folder, revoke_certificate(folder, number, person=by, at=now(), reason=reason), None, json=json)
    return 0


def house_of(
    *,
    name_en: Annotated[str | None, Parameter(help="Name of the laboratory in English.")] = None,
    name_zh: Annotated[str | None, Parameter(help="Name of the laboratory in Chinese.")] = None,
    city: str | None = None,
    country: Annotated[str | None, Parameter(help="Two letters, e.g. CN.")] = None,
    email: str | None = None,
    accreditation: Annotated[str | None, Parameter(help="E.g. CNAS L0000.")] = None,
    verify_at: Annotated[str | None, Parameter(help="Address of a workbench that verifies scanned codes.")] = None,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Say who issues certificates, or show it."""
    given = {"name_en": name_en, "name_zh": name_zh, "city": city, "country": country}
    given |= {"email": email, "accreditation": accreditation}
    typed = {name: text for name, text in given.items() if text is not None}
    with DataFolder.open(data) as folder:
        own = house(folder.path)
        if typed or verify_at is not None:
            laboratory = replace(own.laboratory, **typed)
            own = House(laboratory, own.verify_at if verify_at is None else verify_at)
            set_house(folder.path, own)
    if json:
        print_json(asdict(own))
    elif own.named:
        print_table([*asdict(own.laboratory).items(), ("verify_at", own.verify_at)])
    else:
        print(say(Message("adapters.house.unnamed")))
    return 0


def trust(
    *, out: Annotated[Path | None, Parameter(help="Write the file that others verify with.")] = None, data: Data = None
) -> int:
    """Print the public keys and the revoked certificates, or write them as a file to hand out."""
    with DataFolder.open(data) as folder:
        known = own_trust(folder.path).to_json()
    if out is None:
        print_json(known)
    else:
        from json import dumps

        write_named(out, dumps(known, ensure_ascii=False, indent=1))
    return 0
