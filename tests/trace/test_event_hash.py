# SPDX-License-Identifier: Apache-2.0
import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trace.epcis_files import jsonld_documents

from sichen.core import DataError
from sichen.trace.epcis import (
    Value,
    ambiguities,
    canonical_key,
    event_hash,
    prehash,
    read_document,
    read_jsonld,
    read_xml,
    refuse_ambiguous,
    write_xml,
)

SIMPLE: dict[str, Value] = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-01T08:00:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"],
}
SPACE = {"a": "urn:a:"}


def extended(**fields: Value) -> dict[str, Value]:
    return {**SIMPLE, **{name.replace("_", ":", 1): value for name, value in fields.items()}}


def test_every_published_hash_is_met_bit_for_bit_in_json_and_in_xml(shared: Path) -> None:
    hashes: set[str] = set()
    for path in sorted((shared / "trace" / "epcis-event-hash" / "examples").iterdir()):
        if path.suffix not in {".jsonld", ".xml"}:
            continue
        document = read_document(path.read_bytes(), exact=True)
        found = [event_hash(event, document.prefixes) for event in document.events]
        assert found == path.with_suffix(".hashes").read_text().split()
        texts = [prehash(event, document.prefixes) for event in document.events]
        assert texts == path.with_suffix(".prehashes").read_text().splitlines()
        hashes |= set(found)
    assert len(hashes) == 20


def test_the_same_event_has_the_same_hash_in_xml_and_in_json(shared: Path) -> None:
    compared = 0
    for path in jsonld_documents(shared):
        try:
            document = read_jsonld(path.read_bytes(), exact=True)
            again = read_xml(write_xml(document), exact=True)
        except DataError:
            continue  # an event that stands alone has no date of its document
        for left, right in zip(document.events, again.events, strict=True):
            assert event_hash(left, document.prefixes) == event_hash(right, again.prefixes), path.name
            compared += 1
    assert compared > 120


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("12345678901234567", "12345678901234568"),  # one double, two numbers
        ("1_000", "1000"),  # a number only to one language
        ("infinity", "nan"),
    ],
)
def test_texts_that_the_reference_confuses_are_told_apart(left: str, right: str) -> None:
    assert event_hash(extended(a_n=left), SPACE) != event_hash(extended(a_n=right), SPACE)


@pytest.mark.parametrize(
    ("time", "written"),
    [
        ("2026-03-01T08:00:00.0005Z", "08:00:00.001"),  # half up, where the reference rounds to even
        ("2026-03-01T08:00:00.0015Z", "08:00:00.002"),
        ("2026-03-01T08:00:59.9996Z", "08:01:00.000"),  # where the reference drops the event
        ("2016-12-31T23:59:60.5Z", "00:00:00.500"),
    ],
)
def test_times_round_half_up_and_carry_into_the_next_second(time: str, written: str) -> None:
    assert written in prehash({"type": "ObjectEvent", "eventTime": time})


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_a_number_keeps_every_digit_however_it_is_spelled(number: Decimal) -> None:
    text = prehash(extended(a_n=str(number)), SPACE)
    assert Decimal(text.rpartition("=")[2]) == number
    assert text == prehash(extended(a_n=f"{number:f}"), SPACE)


@given(st.permutations(["urn:epc:id:sgtin:4012345.011111.1", "urn:epc:id:sgtin:4012345.011111.22", "urn:a:b"]))
def test_the_order_of_a_list_does_not_matter(epcs: list[str]) -> None:
    first = event_hash({**SIMPLE, "epcList": sorted(epcs)})
    assert event_hash({**SIMPLE, "epcList": epcs}) == first
    assert event_hash(dict(reversed({**SIMPLE, "epcList": epcs}.items()))) == first


def test_an_identifier_a_record_time_and_an_error_declaration_do_not_change_the_hash() -> None:
    declared: dict[str, Value] = {
        "errorDeclaration": {"declarationTime": "2026-03-02T00:00:00Z"},
        "eventID": "urn:x:1",
        "recordTime": "2026-03-01T00:00:00Z",
    }
    assert event_hash({**SIMPLE, **declared}) == event_hash(SIMPLE)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("0012", "respelled"),
        ("1e3", "respelled"),
        ("12345678901234567", "many_digits"),
        ("infinity", "special_number"),
        ("1_000", "special_number"),
        ("x{urn:a:}b=y", "separator"),
        (" x", "outer_space"),
        ("e\u0301", "not_normalised"),
    ],
)
def test_strict_mode_names_what_is_ambiguous(field: str, kind: str) -> None:
    event = extended(a_n=field)
    assert kind in {ambiguity.kind for ambiguity in ambiguities(event, SPACE)}
    with pytest.raises(DataError, match="a:n"):
        refuse_ambiguous(event, SPACE)


def test_two_events_that_share_a_hash_by_the_rules_are_both_refused_or_one_is() -> None:
    honest = extended(a_a="x", a_b="y")
    forged = extended(a_a="x{urn:a:}b=y")
    assert event_hash(honest, SPACE) == event_hash(forged, SPACE)
    assert not ambiguities(honest, SPACE)
    assert ambiguities(forged, SPACE)


def test_an_ordinary_event_of_a_watch_is_not_ambiguous() -> None:
    report: dict[str, Value] = {"type": "sichen:DailyRate", "value": 4.7, "uom": "s/d"}
    event: dict[str, Value] = {**SIMPLE, "sensorElementList": [{"sensorReport": [report]}]}
    assert ambiguities(event) == ()


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("urn:epc:id:sgtin:4012345.011111.9876", "01/04012345111118/21/9876"),
        ("urn:epc:class:lgtin:4054739.099914.20160711", "01/04054739999148/10/20160711"),
        ("urn:epc:idpat:sgtin:4012345.066666.*", "01/04012345666663"),
        ("urn:epc:id:sgln:4012345.00011.987", "414/4012345000115/254/987"),
        ("urn:epc:id:grai:4012345.00011.A-1", "8003/04012345000115A-1"),
        ("urn:epc:id:cpi:0614141.123ABC.123456789", "8010/0614141123ABC/8011/123456789"),
        ("https://shop.example/gtin/04012345111118/lot/A/ser/9876?x=1", "01/04012345111118/21/9876"),
        ("https://id.gs1.org/01/4012345111118", "01/04012345111118"),
    ],
)
def test_every_way_to_write_a_key_leads_to_one_digital_link(written: str, canonical: str) -> None:
    assert canonical_key(written) == f"https://id.gs1.org/{canonical}"
    assert canonical_key(canonical_key(written)) == canonical_key(written)


def test_what_is_hashed_is_the_utf8_of_the_text() -> None:
    digest = hashlib.sha256(prehash(extended(a_n="司辰"), SPACE).encode()).hexdigest()
    assert event_hash(extended(a_n="司辰"), SPACE) == f"ni:///sha-256;{digest}?ver=CBV2.0"
