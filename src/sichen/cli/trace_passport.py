# SPDX-License-Identifier: Apache-2.0
"""``sichen trace passport``: the passport of a watch, as a role may see it, and in the forms of others."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from sichen.adapters import DataFolder
from sichen.adapters.named_files import write_named
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.passport_exports import FORMS, export
from sichen.cli.output import complain, note, print_json, print_table, say
from sichen.core import JSON, ConfigError, Figure, Instant, Message, is_figure
from sichen.trace.passport import Life, view
from sichen.trace.roles import RELATIONS, ROLES, Role, What, allowed

Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
FormName = Literal["epcis", "vc", "sd-jwt", "dpp", "pdf"]


def passport(
    serial: str,
    /,
    *,
    role: Annotated[
        Role, Parameter(name="--as", help="Show what this role sees while it stands in its relation to the watch.")
    ] = "brand_admin",
    form: Annotated[FormName | None, Parameter(name="--export", help="Write it in a form of others.")] = None,
    out: Annotated[Path | None, Parameter(help="File of the export; standard output when not given.")] = None,
    at: Annotated[str | None, Parameter(help="As of this moment, 2026-11-23T08:00:00Z; now by default.")] = None,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Show the passport of a watch; leaves with 1 when something in it contradicts something else.

    Parameters
    ----------
    serial
        Serial number or Digital Link.
    """
    seen = everything_of(role)
    with DataFolder.open(data) as folder, PassportDesk(folder) as desk:
        life = desk.life(serial, at=None if at is None else Instant.parse(at))
        if form is not None:
            _write(export(desk, life, form, may_see=seen), out, form)
            return 0
    told = life.conflicts if "evidence" in seen else ()
    if json:
        sections: dict[str, JSON] = {**view(life, seen)}
        conflicts: list[JSON] = [{"says": one.message.text("en"), "events": list(one.events)} for one in told]
        print_json({"link": life.link, "at": life.at.isoformat(), "as": role, **sections, "conflicts": conflicts})
    else:
        _tell(life, seen)
        for one in told:
            complain(one.message)
    return 1 if told else 0


def everything_of(role: Role) -> frozenset[What]:
    """Return what a role sees of a watch that it is related to as roles of its kind are."""
    if role not in ROLES:
        raise ConfigError(Message("cli.passport.no_role", found=role, known=", ".join(ROLES)))
    return allowed(role, RELATIONS)


def _write(content: bytes, out: Path | None, form: str) -> None:
    if out is not None:
        write_named(out, content)
        note(say(Message("cli.passport.written", file=str(out), form=form, media=FORMS[form].media_type)))
    elif form == "pdf" and sys.stdout.isatty():
        raise ConfigError(Message("cli.passport.needs_out"))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.flush()


def _tell(life: Life, seen: frozenset[What]) -> None:
    print(f"{life.serial}  {say(Message(f'trace.passport.status.{life.status}'))}")
    print(life.link)
    for name, section in view(life, seen).items():
        print(f"\n{say(Message(f'trace.passport.section.{name}'))}")
        print_table([("  " + fact, _short(value)) for fact, value in section.items()])


def _short(value: JSON) -> str:
    """Return a fact on one line; --json tells it whole."""
    if isinstance(value, Mapping):
        if is_figure(value):
            return Figure.from_json(value).text()
        return ", ".join(f"{name} {_short(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "; ".join(_short(item) for item in value)
    return str(value)
