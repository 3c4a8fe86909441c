# SPDX-License-Identifier: Apache-2.0
"""``sichen trace link``, ``sun`` and ``code``: addresses, taps and printed codes."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import now
from sichen.adapters.named_files import write_named
from sichen.adapters.tag_desk import read_keys
from sichen.cli.output import language, note, print_json, print_table, say
from sichen.core import JSON, DataError, Message
from sichen.trace.identifiers import (
    CANONICAL_STEM,
    DigitalLink,
    ElementString,
    build_link,
    compress_link,
    decompress_link,
    epc_from_link,
    find_conflicts,
    link_from_epc,
    parse_link,
    read_bracketed,
    read_scan,
    read_unbracketed,
)
from sichen.trace.identifiers.symbols import Symbol, datamatrix, datamatrix_of_fields, qr
from sichen.trace.tag import Sighting, TagHistory, check_sun, judge_taps, read_sun_url, weigh_tag

link = App(name="link")
sun = App(name="sun")
code = App(name="code")

Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object.")]
ShortGtin = Annotated[bool, Parameter(name="--short-gtin", negative=(), help="Accept a GTIN of 8, 12 or 13 digits.")]
Names = Annotated[bool, Parameter(name="--names", negative=(), help="Accept the old words, gtin for 01.")]
Unknown = Annotated[bool, Parameter(name="--unknown", negative=(), help="Accept fields that are not assigned.")]
PrefixLength = Annotated[int | None, Parameter(help="Digits of the company prefix, to print the EPC name too.")]
Out = Annotated[Path | None, Parameter(help="Draw into this file, .svg; otherwise into the terminal.")]
Stem = Annotated[str, Parameter(help="What the address begins with.")]
EPC = "urn:epc:"


@link.command
def parse(
    uri: str,
    /,
    *,
    prefix_length: PrefixLength = None,
    short_gtin: ShortGtin = False,
    names: Names = False,
    unknown: Unknown = False,
    json: Json = False,
) -> int:
    """Show the fields of a Digital Link, compressed or not.

    Parameters
    ----------
    uri
        The address.
    """
    try:
        found = parse_link(uri, permit_short_gtin=short_gtin, permit_names=names, permit_unknown=unknown)
    except DataError:
        found = decompress_link(uri)
    _show(found, prefix_length, json=json)
    return 0


@link.command
def build(fields: str, /, *, stem: Stem = CANONICAL_STEM, prefix_length: PrefixLength = None, json: Json = False) -> int:
    """Make a Digital Link.

    Parameters
    ----------
    fields
        (01)…(21)…, ^01…, what a scanner sent from ]d2 on, an EPC name, or a Digital Link that is to become canonical.
    """
    made = _made(fields, stem)
    for message in find_conflicts(made.fields):
        note(say(message))
    if json:
        _show(made, prefix_length, json=True)
    else:
        print(made.uri())
    return 0


@link.command
def compress(uri: str, /, *, json: Json = False) -> int:
    """Write a Digital Link in its shortest form; nothing is lost.

    Parameters
    ----------
    uri
        The address.
    """
    _show_uri(compress_link(parse_link(uri)), json=json)
    return 0


@link.command
def decompress(uri: str, /, *, json: Json = False) -> int:
    """Write a compressed Digital Link in full.

    Parameters
    ----------
    uri
        The address.
    """
    _show_uri(decompress_link(uri).uri(), json=json)
    return 0


@sun.command
def verify(
    url: str,
    /,
    *,
    keys: Annotated[Path, Parameter(help="Key file (TOML); keys are never given as words of a command.")],
    fresh: Annotated[tuple[str, ...], Parameter(help="Addresses of further taps, in their order.", negative=())] = (),
    uid: Annotated[str | None, Parameter(help="UID in the passport, hexadecimal.")] = None,
    highest: Annotated[int, Parameter(help="Highest counter known before; -1 for none.")] = -1,
    json: Json = False,
) -> int:
    """Check what a tag sent; exit code 1 if the tag did not make it or stored addresses are played.

    Parameters
    ----------
    url
        The address that the phone opened, unchanged, or what stands behind its question mark.
    """
    known = read_keys(keys)
    readings = [check_sun(read_sun_url(address, layout=known.layout), known.ring) for address in (url, *fresh)]
    bad = next((reading for reading in readings if not reading.valid), None)
    judged = None
    if bad is None and all(reading.counter is not None for reading in readings):
        sightings = [Sighting(reading.counter or 0, now()) for reading in readings]
        judged = judge_taps(TagHistory(highest=highest), sightings[0], sightings[1:])
    reading = bad or readings[-1]
    evidence = weigh_tag(reading, taps=judged, expected_uid=_uid(uid))
    if json:
        state: dict[str, JSON] = {
            "valid": bad is None,
            "uid": reading.uid.hex(),
            "counter": reading.counter,
            "epoch": reading.epoch,
        }
        taps = None if judged is None else judged.status
        print_json({**state, "file_data": reading.file_data.hex(), "taps": taps, "evidence": evidence.to_json()})
    else:
        rows = [("UID", reading.uid.hex() or "—"), (say(Message("cli.trace_identifiers.counter")), str(reading.counter))]
        print_table(rows)
        for message in (evidence.sentence(), *evidence.reasons, evidence.caution):
            print(say(message))
    return 0 if bad is None and evidence.wording != "inconsistent" else 1


@code.command(name="qr")
def draw_qr(text: str, /, *, out: Out = None) -> int:
    """Make a QR code of a Digital Link.

    Parameters
    ----------
    text
        The address.
    """
    _draw(qr(text), out)
    return 0


@code.command(name="datamatrix")
def draw_datamatrix(text: str, /, *, out: Out = None) -> int:
    """Make a Data Matrix: of fields as GS1 Data Matrix, of anything else as plain text.

    Parameters
    ----------
    text
        (01)…(21)…, ^01…, or an address.
    """
    fields = _fields(text)
    _draw(datamatrix(text) if fields is None else datamatrix_of_fields(fields), out)
    return 0


def _fields(text: str) -> ElementString | None:
    if text.startswith("("):
        return read_bracketed(text)
    return read_unbracketed(text) if text.startswith("^") else None


def _made(text: str, stem: str) -> DigitalLink:
    if text.startswith(EPC):
        return link_from_epc(text, stem=stem)
    fields = read_scan(text).fields if text.startswith("]") else _fields(text)
    if fields is None:
        fields = parse_link(parse_link(text).canonical()).fields
    return build_link(fields, stem=stem)


def _show(found: DigitalLink, prefix_length: int | None, *, json: bool) -> None:
    epc = None if prefix_length is None else epc_from_link(found, prefix_length=prefix_length)
    if not json:
        rows = [(f"({element.ai})", element.identifier.title, element.value) for element in found.fields]
        print_table([*rows, ("", say(Message("cli.trace_identifiers.canonical")), found.canonical())])
        if epc:
            print_table([("", "EPC", epc)])
        return
    print_json(
        {
            "uri": found.uri(),
            "stem": found.stem,
            "fields": found.fields.to_json(),
            "qualifiers": len(found.path) - 1,
            "element_string": found.fields.unbracketed(),
            "bracketed": found.fields.bracketed(),
            "parameters": list(found.parameters),
            "canonical": found.canonical(),
            "compressed": compress_link(found),
            "epc": epc,
            "conflicts": [message.text(language()) for message in find_conflicts(found.fields)],
        }
    )


def _show_uri(uri: str, *, json: bool) -> None:
    if json:
        print_json({"uri": uri})
    else:
        print(uri)


def _draw(symbol: Symbol, out: Path | None) -> None:
    if out is None:
        print(symbol.text())
    else:
        write_named(out, symbol.svg())


def _uid(text: str | None) -> bytes | None:
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError:
        raise DataError(Message("trace.tag.parameter", name="--uid")) from None
