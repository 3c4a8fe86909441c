# SPDX-License-Identifier: Apache-2.0
"""Laws of keys, fields, links and names."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trace.identifier_strategies import links

from sichen.core import DataError
from sichen.trace.identifiers import (
    DigitalLink,
    Element,
    Wish,
    build_link,
    check_digit,
    check_pair,
    check_rules,
    compress_link,
    decompress_link,
    epc_from_link,
    find_conflicts,
    has_check_digit,
    identifiers,
    link_from_epc,
    parse_link,
    read_bracketed,
    read_entry,
    read_unbracketed,
    resolve,
    wish_of,
)
from sichen.trace.identifiers.compression import ALPHABET

DIGITS = st.text("0123456789", min_size=3, max_size=17)
NAMES = [
    "urn:epc:id:sgtin:9520123.045678.00042",
    "urn:epc:id:sgtin:952012345678.0.A%2F7",
    "urn:epc:id:sscc:9520123.1234567890",
    "urn:epc:id:sgln:9520123.45678.0",
    "urn:epc:id:sgln:9520123.45678.dial%2Froom",
    "urn:epc:id:pgln:9520123.45678",
    "urn:epc:id:grai:9520123.45678.box1",
    "urn:epc:id:giai:9520123.WINDER-7",
    "urn:epc:id:gsrn:9520123.1234567890",
    "urn:epc:id:gsrnp:9520123.1234567890",
    "urn:epc:id:gdti:9520123.45678.0007",
    "urn:epc:id:sgcn:9520123.45678.0007",
    "urn:epc:id:gsin:9520123.123456789",
    "urn:epc:id:ginc:9520123.SHIP77",
    "urn:epc:id:cpi:9520123.CAL2892.12345",
    "urn:epc:id:itip:9520123.045678.01.02.00042",
    "urn:epc:id:upui:9520123.045678.TPX7",
    "urn:epc:class:lgtin:9520123.045678.LOT-7",
    "urn:epc:idpat:sgtin:9520123.045678.*",
    "urn:epc:idpat:grai:9520123.45678.*",
    "urn:epc:idpat:cpi:9520123.CAL2892.*",
]


@given(DIGITS, st.data())
def test_a_check_digit_reveals_every_single_wrong_digit(digits: str, data: st.DataObject) -> None:
    whole = digits + check_digit(digits)
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != whole[place]]))

    assert has_check_digit(whole)
    assert not has_check_digit(whole[:place] + other + whole[place + 1 :])


@given(st.text("ABCXYZ0129_az", min_size=2, max_size=23), st.data())
def test_check_characters_reveal_every_wrong_character(model: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(model) - 1))
    other = data.draw(st.sampled_from([character for character in "ABCXYZ0129_az" if character != model[place]]))

    assert check_pair(model) != check_pair(model[:place] + other + model[place + 1 :])


@given(links())
def test_a_link_is_read_as_it_was_written(link: DigitalLink) -> None:
    assert parse_link(link.uri()) == link


@given(links())
def test_fields_are_read_as_they_were_written_in_both_forms(link: DigitalLink) -> None:
    assert read_bracketed(link.fields.bracketed()) == link.fields
    assert read_unbracketed(link.fields.unbracketed()) == link.fields


@given(links())
def test_the_canonical_address_does_not_depend_on_host_order_or_parameters(link: DigitalLink) -> None:
    turned = DigitalLink("https://other.example", link.path, link.attributes[::-1], ("lang=zh",), "top")

    assert turned.canonical() == link.canonical()
    assert parse_link(turned.canonical()).canonical() == turned.canonical()


@given(links())
def test_a_compressed_link_comes_back_whole(link: DigitalLink) -> None:
    assert decompress_link(compress_link(link)) == link


@given(links())
def test_what_is_no_field_survives_compression(link: DigitalLink) -> None:
    busy = DigitalLink(link.stem, link.path, link.attributes, ("lang=zh", "singleton"), "top")

    assert decompress_link(compress_link(busy)) == busy


@pytest.mark.parametrize("serial", ["0", "00000", "00001", "01", "000000000000000000AB", "00a", "0-_", "!&%"])
def test_leading_zeros_of_a_serial_number_survive_compression(serial: str) -> None:
    link = build_link(read_bracketed(f"(01)09520123456788(21){serial}"))

    assert decompress_link(compress_link(link)).fields["21"] == serial


def test_a_compressed_address_of_the_standard_is_read() -> None:
    """The example of GS1 Digital Link 1.1, compression."""
    assert decompress_link("https://id.gs1.org/ARHKVAdpQg").uri() == "https://id.gs1.org/01/09780345418913"


def test_an_address_with_only_its_rest_compressed_is_read() -> None:
    whole = parse_link("https://id.gs1.org/01/09520123456788/10/LOT7/21/00042")
    rest = compress_link(DigitalLink("https://id.gs1.org/01/09520123456788", whole.path[1:]))

    assert decompress_link(rest) == whole


@given(st.text(ALPHABET, min_size=1, max_size=40))
def test_random_characters_are_a_link_or_a_clear_refusal(segment: str) -> None:
    try:
        link = decompress_link(f"https://id.gs1.org/{segment}")
    except DataError:
        return
    assert decompress_link(compress_link(link)) == link


@given(st.text(max_size=60))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (read_bracketed, read_unbracketed, parse_link, decompress_link, link_from_epc):
        for start in ("", "^", "(01)", "https://a/01/", "urn:epc:id:sgtin:"):
            with suppress(DataError):
                read(start + text)


@pytest.mark.parametrize("name", NAMES)
def test_an_epc_name_and_its_link_are_one_thing(name: str) -> None:
    length = len(name.split(":")[4].split(".", maxsplit=1)[0])

    assert epc_from_link(link_from_epc(name), prefix_length=length) == name


def test_a_prefix_of_impossible_length_or_digits_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(DataError, match="4 to 12"):
        epc_from_link(parse_link("https://id.gs1.org/01/09520123456788"), prefix_length=13)
    with pytest.raises(DataError, match="13 digits"):
        link_from_epc("urn:epc:id:sgtin:9520123.45678.1")


def test_a_separator_where_none_is_needed_does_no_harm() -> None:
    plain = read_unbracketed("^010952012345678810LOT7")

    assert read_unbracketed("^0109520123456788^10LOT7^") == plain
    with pytest.raises(DataError):
        read_unbracketed("^0109520123456788^^10LOT7")


def test_a_free_key_that_is_all_prefix_has_no_name() -> None:
    link = parse_link("https://id.gs1.org/8004/9520123A")

    assert epc_from_link(link, prefix_length=7) == "urn:epc:id:giai:9520123.A"
    for length in (8, 9, 12):
        with pytest.raises(DataError, match="company prefix"):
            epc_from_link(link, prefix_length=length)


@given(links(), st.integers(4, 12))
def test_every_link_with_a_gtin_has_a_name_that_leads_back(link: DigitalLink, length: int) -> None:
    name = epc_from_link(link, prefix_length=length)
    kept = link_from_epc(name)

    assert kept.key == link.key
    assert all(element in link.path for element in kept.path)


WRONG = [
    "(11)241301", "(11)230229", "(17)240431", "(15)991300", "(4324)2402292460", "(8008)24022924", "(8001)00001234512398",
    "(4321)2", "(4307)ZZ", "(422)999", "(3910)0001", "(8013)1987654Ad4X4bL5ttr2310c2L", "(8010)12a4", "(8010)123",
    "(8011)0123", "(8006)095201234567880302", "(8006)095201234567880001", "(8007)GB82WEST12345698765431",
    "(4309)18000000013600000000", "(4309)00000000003600000001", "(7258)2/1", "(7258)0/1", "(7041)QZ", "(7241)11", "(7252)3",
    "(4330)000100+", "(8003)10952012345678", "(8030)ab+c", "(4300)A%2", "(7250)20230229", "(8014)1234567", "(8110)12345",
    "(8112)0012345612345601234567", "(7040)1AB+", "(401)123", "(402)95201231234567890",
]  # fmt: skip
RIGHT = [
    "(11)240229", "(17)240200", "(4324)2402292359", "(8008)24022923", "(8008)240229235959", "(8001)12341234512398",
    "(4307)CN", "(422)156", "(3910)1561", "(8013)1987654Ad4X4bL5ttr2310c2K", "(8010)1234#-/A", "(8011)0", "(8011)123",
    "(8006)095201234567880102", "(8007)GB82WEST12345698765432", "(4309)18000000003600000000", "(7258)1/2", "(7041)PX",
    "(7241)80", "(7252)9", "(4330)000100-", "(4330)000100", "(8003)09520123456788BOX", "(8030)ab_-==", "(4300)A%2F",
    "(7250)20240229", "(8112)001234561234560123456", "(7040)1AB_", "(401)1234",
]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_field_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(DataError) as refusal:
        read_bracketed(text)

    assert text[1:4].rstrip(")") in refusal.value.message.text("zh")


@pytest.mark.parametrize("text", RIGHT)
def test_a_right_field_is_accepted(text: str) -> None:
    assert read_bracketed(text).bracketed() == text


def test_every_kind_of_test_is_named_in_the_table_and_every_fault_has_its_sentence() -> None:
    used = {test for entry in identifiers().values() for part in entry.parts for test in part.tests}
    from sichen.trace.identifiers.linting import TESTS

    assert used == set(TESTS)


def test_a_serial_number_alone_says_what_it_needs() -> None:
    fields = read_bracketed("(21)00042")

    assert [message.key for message in find_conflicts(fields)] == ["trace.identifiers.lacking"]
    with pytest.raises(DataError, match="01, 03, 8006"):
        check_rules(fields)
    check_rules(read_bracketed("(01)09520123456788(21)00042"))


def test_the_published_entries_are_resolved_by_language_kind_and_default(shared: Path) -> None:
    data = json.loads((shared / "trace/gs1-resolver/tests/test_01_09506000134352.json").read_text(encoding="utf-8"))
    entry = read_entry(data)
    link = parse_link("https://r.example/01/09506000134352?utm=qr")

    default = resolve([entry], link, wish=Wish(accept_language="es-MX,es;q=0.8,en;q=0.5"))
    japanese = resolve([entry], link, wish=Wish(linktype="gs1:pip", accept_language="ja"))
    american = resolve([entry], link, wish=Wish(linktype="gs1:pip", accept_language="en-US"))
    listed = resolve([entry], link, wish=Wish(linktype="linkset"))

    assert default.status == japanese.status == 307
    assert "test_lt=gs1:sustainabilityInfo&test_lang=es&utm=qr" in default.location
    assert "index.html.ja" in japanese.location
    assert american.location.startswith("https://dalgiardino.com/risotto-rice-with-mushrooms/?test_lt=gs1:pip&test_lang=en-US")
    assert listed.status == 200
    assert isinstance(listed.linkset, dict)
    assert resolve([entry], link, wish=Wish(linktype="gs1:epil")).status == 404
    assert resolve([entry], parse_link("https://r.example/01/09520123456788")).status == 404


def test_every_link_of_an_entry_stands_in_its_linkset(shared: Path) -> None:
    data = json.loads((shared / "trace/gs1-resolver/tests/test_01_09506000134376.json").read_text(encoding="utf-8"))
    entries = [read_entry(one) for one in (data if isinstance(data, list) else [data])]
    answer = resolve(entries, parse_link("https://r.example/01/09506000134376"), wish=Wish(accept="application/linkset+json"))

    text = json.dumps(answer.linkset)
    assert answer.status == 200
    assert all(page.href in text for entry in entries if not entry.qualifiers for page in entry.links)


def test_the_finest_entry_answers_and_takes_the_serial_number_into_its_address(shared: Path) -> None:
    file = shared / "trace/gs1-resolver/useful_external_python_scripts/data_entry_v3_format.json"
    entries = [read_entry(one) for one in json.loads(file.read_text(encoding="utf-8"))]
    link = parse_link("https://r.example/01/09506000134376/21/A%2F7")

    assert resolve(entries, link).location == "https://dalgiardino.com/medicinal-compound/pil.html?serial=A%2F7"
    assert resolve(entries, parse_link("https://r.example/01/09506000134376")).location.endswith("/pil.html")


def test_what_the_visitor_asks_for_stands_in_query_and_headers() -> None:
    pages = [
        {"linktype": "gs1:pip", "href": f"https://m.example/{name}", "hreflang": [language], "context": [context]}
        for name, language, context in (("a", "zh", "shop"), ("b", "zh", "owner"), ("c", "en", "shop"))
    ]
    entry = read_entry({"anchor": "/01/09520123456788", "links": pages})
    link = parse_link("https://r.example/01/09520123456788?linkType=gs1:pip&context=owner&x=1")
    bare = parse_link("https://r.example/01/09520123456788")

    assert resolve([entry], link, wish=wish_of(link, accept_language="zh-CN")).location == "https://m.example/b?x=1"
    assert resolve([entry], bare, wish=wish_of(bare, accept_language="en;q=0.9, zh;q=0.8")).location == "https://m.example/c"
    assert resolve([entry], bare, wish=wish_of(bare, accept_language="zh")).status == 300
    assert resolve([entry], bare, wish=wish_of(bare)).location == "https://m.example/a"


def test_an_element_names_its_entry_of_the_table() -> None:
    assert Element("8011", "12").identifier.title == "CPID SERIAL"
