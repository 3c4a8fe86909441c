# SPDX-License-Identifier: Apache-2.0
"""The published vectors of the GS1 syntax engine, each with the options that it names."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sichen.core import DataError
from sichen.trace.identifiers import (
    DigitalLink,
    ElementString,
    build_link,
    escape,
    find_bare_signature,
    find_exclusions,
    find_lacking,
    find_repeats,
    parse_link,
    read_bracketed,
    read_scan,
    read_unbracketed,
    unescape,
)

T = TypeVar("T")
RULES = {
    "validateAIrepeats": find_repeats,
    "validateAImutex": find_exclusions,
    "validateAIrequisites": find_lacking,
    "validateDigSigRequiresSerialisedKey": find_bare_signature,
}
# Two arguments name a buffer of the C program instead of giving its content.
NO_CONTENT = "buf"


def cases(shared: Path, name: str) -> list[tuple[list[Any], dict[str, str]]]:
    vectors = json.loads((shared / "trace/gs1-syntax-engine/vectors_dev.json").read_text(encoding="utf-8"))
    return [(case["args"], case["flags"]) for case in vectors[name]["cases"]]


def outcome(make: Callable[[], T], write: Callable[[T], str]) -> tuple[bool, str]:
    try:
        return True, write(make())
    except DataError:
        return False, ""


def build(text: str, stem: str, *, permit: bool) -> DigitalLink:
    return build_link(read_bracketed(text, permit_unknown=permit), stem=stem)


def compare(found: Sequence[tuple[object, object, object]], count: int) -> None:
    wrong = [entry for entry in found if entry[1] != entry[2]]

    assert wrong == []
    assert len(found) == count


def unknown_permitted(flags: dict[str, str]) -> bool:
    return "PermitUnknownAIs" in flags


def test_every_address_of_the_vectors_is_read_or_refused_as_published(shared: Path) -> None:
    found = []
    for (ok, uri, expected), flags in cases(shared, "parse_dl_uri"):
        options = {
            "permit_names": "permitConvenienceAlphas" in flags,
            "permit_short_gtin": "PermitZeroSuppressedGTINinDLuris" in flags,
            "permit_unknown": unknown_permitted(flags) and flags.get("ValidationEnabled", "").endswith("false"),
        }
        result = outcome(partial(parse_link, uri, **options), lambda link: link.fields.unbracketed())
        found.append((uri, result, (ok, expected if ok else "")))

    compare(found, 59)


def test_every_address_is_built_as_published(shared: Path) -> None:
    found = []
    for (ok, stem, text, expected), flags in cases(shared, "generate_dl_uri"):
        start = "https://id.gs1.org" if stem == "NULL" else stem
        permit = unknown_permitted(flags)
        make = partial(build, text, start, permit=permit)
        found.append((text, outcome(make, DigitalLink.uri), (ok, expected)))

    compare(found, 11)


def test_every_bracketed_string_is_read_or_refused_as_published(shared: Path) -> None:
    found = []
    for (ok, text, expected), _ in cases(shared, "parse_ai_data"):
        found.append((text, outcome(partial(read_bracketed, text), ElementString.unbracketed), (ok, expected)))

    compare(found, 15)


def test_every_unbracketed_string_is_read_or_refused_as_published(shared: Path) -> None:
    found = []
    for (ok, text), _ in cases(shared, "process_ai_data"):
        if text != NO_CONTENT:
            result = outcome(partial(read_unbracketed, text), ElementString.unbracketed)[0]
            found.append((text, result, ok))

    compare(found, 40)


def test_a_full_buffer_of_sixty_four_fields_is_read_and_one_more_refused() -> None:
    """What the two unnamed buffers of the vectors stand for: a string at its capacity."""
    full = "".join(f"^91{place:02d}" for place in range(64))

    assert len(read_unbracketed(full).elements) == 64
    with pytest.raises(DataError, match="65"):
        read_unbracketed(full + "^91X")


def test_every_rule_of_company_is_judged_as_published(shared: Path) -> None:
    found = []
    for (ok, rule, text), flags in cases(shared, "validate_ais"):
        fields = read_bracketed(text, permit_unknown=unknown_permitted(flags))
        found.append(((rule, text), not RULES[rule](fields), ok))

    compare(found, 39)


def test_every_scan_is_understood_as_published(shared: Path) -> None:
    found = []
    for (ok, data, symbology, expected), _ in cases(shared, "process_scan_data"):
        result = outcome(partial(read_scan, data), lambda scan: f"{scan.symbology}|{scan.text}")
        found.append((data, result, (ok, f"{symbology}|{expected}" if ok else "")))

    compare(found, 27)


def test_every_escape_is_read_and_written_as_published(shared: Path) -> None:
    read = [(raw, (unescape(raw), unescape(raw, query=True)), (a, b)) for (raw, a, b), _ in cases(shared, "uri_unescape")]
    written = [(raw, (escape(raw), escape(raw, query=True)), (a, b)) for (raw, a, b), _ in cases(shared, "uri_escape")]

    compare(read, 11)
    compare(written, 5)
