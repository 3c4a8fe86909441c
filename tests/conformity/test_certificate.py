# SPDX-License-Identifier: Apache-2.0
import base64
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.conformity.certificates import EXAMPLE, NOW, SIGNED, certificate, certificate_like, trust

from sichen.conformity import Batch, batch_of_rates, judge, plan
from sichen.conformity.certificate import (
    Certificate,
    Item,
    Signer,
    Trust,
    draft,
    give_back,
    new_key,
    qr_svg,
    read_dcc,
    redraft,
    release,
    review,
    revoke,
    sign,
    to_html,
    trust_from_json,
    verify,
    write_dcc,
)
from sichen.conformity.certificate.html import result_text
from sichen.core import ConfigError, DataError, Input, Instant, canonical, digest_of_bytes

KEY = new_key()
FILE = sign(certificate(), private=KEY, when=SIGNED)
TRUST = trust(KEY)
SAMPLE = "quality/dcc/dcc_gp_temperature_typical_v12_signed.xml"


def test_a_certificate_goes_through_json_and_through_xml_and_comes_back_the_same() -> None:
    one = certificate()

    assert Certificate.from_json(json.loads(canonical(one.to_json()))) == one
    assert read_dcc(write_dcc(one)).certificate == one
    assert read_dcc(FILE).certificate == one


def test_the_xml_says_the_same_as_the_embedded_certificate() -> None:
    one, dcc = certificate(), read_dcc(FILE, language="zh")

    assert (dcc.number, dcc.laboratory, dcc.customer) == (one.number, "钟表检测中心", "某表厂")
    assert dcc.languages == ("en", "zh")
    assert dcc.conformity == "pass"
    assert one.digest in dcc.identifications
    assert one.plan_digest in dcc.identifications
    results = [quantity for quantity in dcc.quantities if quantity.reference_type == "basic_measuredValue"]
    assert [float(quantity.values[0]) for quantity in results] == [line.shown for line in one.lines]
    assert [float(quantity.expanded[0]) for quantity in results] == [line.expanded for line in one.lines]


def test_our_structure_is_that_of_the_samples(shared: Path) -> None:
    ours = re.findall(rb"<dcc:(\w+)", FILE)
    theirs = re.findall(rb"<dcc:(\w+)", (shared / SAMPLE).read_bytes())
    own = {b"document", b"fileName", b"mimeType", b"dataBase64"}

    order = [tag for tag in dict.fromkeys(theirs) if tag in ours]
    assert {b"administrativeData", b"coreData", b"items", b"respPersons", b"statements", b"measurementResults"} <= set(order)
    assert set(ours) - own <= set(theirs)


ORDER = {  # facts of the published schema 3.x: children stand in this order
    "digitalCalibrationCertificate": "administrativeData measurementResults document",
    "coreData": "countryCodeISO3166_1 usedLangCodeISO639_1 mandatoryLangCodeISO639_1 uniqueIdentifier identifications "
    "beginPerformanceDate endPerformanceDate performanceLocation reportAmendedSubstituted",
    "item": "name manufacturer model identifications",
    "statement": "norm declaration conformity",
    "metaData": "declaration conformity data",
    "measurementResult": "name usedMethods measuringEquipments influenceConditions results",
    "quantity": "name real noQuantity measurementMetaData",
    "measuringEquipment": "name identifications",
    "identification": "issuer value name",
    "real": "value unit expandedUnc",
}


def test_children_stand_in_the_order_of_the_schema() -> None:
    substituted = replace(certificate(), replaces="S-2025-0009", item=Item("x", "brand"))
    for data in (FILE, write_dcc(substituted)):
        for element in etree.fromstring(data).iter():
            name = etree.QName(element).localname
            places = [
                ORDER[name].split().index(etree.QName(child).localname)
                for child in element
                if name in ORDER and etree.QName(child).localname != "Signature"
            ]
            assert places == sorted(places), name


def test_every_sample_is_read(shared: Path) -> None:
    for path in sorted((shared / "quality/dcc").glob("*.xml")):
        dcc = read_dcc(path.read_bytes())
        assert dcc.number
        assert dcc.quantities, path.name
        assert dcc.signed == ("signed" in path.name)


def test_a_signed_certificate_verifies_offline() -> None:
    found = verify(FILE, trust=TRUST, now=NOW)

    assert found.intact
    assert (found.coverage, found.signer, found.signature) == ("bytes", "Watch Laboratory", True)
    assert found.certificate == certificate()
    assert canonical(found.to_json())


def test_signing_again_gives_the_same_bytes() -> None:
    assert sign(certificate(), private=KEY, when=SIGNED) == FILE


@pytest.mark.slow
def test_one_changed_byte_anywhere_is_detected() -> None:
    """Every 61st byte, changed in its lowest bit: content, markup, white space, signature and key."""
    for place in range(0, len(FILE), 61):
        changed = FILE[:place] + bytes([FILE[place] ^ 1]) + FILE[place + 1 :]
        assert not verify(changed, trust=TRUST, now=NOW).intact, place


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file + b"\n",
        lambda file: b"\xef\xbb\xbf" + file,
        lambda file: file.replace(b"\n", b"\r\n", 1),
        lambda file: file.replace(b"><dcc:coreData>", b"> <dcc:coreData>"),
        lambda file: file.replace(b"<ds:SignatureValue>", b"<ds:SignatureValue> "),
        lambda file: file.replace(b"<ds:KeyInfo>", b"<ds:KeyInfo ><!-- -->"),
        lambda file: file.replace(b"<dcc:items>", b"<!-- nothing --><dcc:items>"),
        lambda file: file.replace(b"</ds:Signature>", b"</ds:Signature><ds:Signature></ds:Signature>").replace(
            b"<ds:Signature></ds:Signature>", b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"></ds:Signature>'
        ),
        lambda file: file.replace(b"<dcc:conformity>pass", b"<dcc:conformity>fail", 1),
        lambda file: file.replace(b"2026-11-23T08:00:00Z</xades", b"2026-11-22T08:00:00Z</xades"),
        lambda file: b'<!DOCTYPE x [<!ENTITY a "b">]>' + file.split(b"\n", 1)[1],
        lambda file: file.replace(b'xmlns:xades="http:', b'xmlns:xades="http-'),
        lambda file: file.replace(b'xmlns:si="https:', b'xmlns:si="https-'),
        lambda file: file[: len(file) // 2],
        lambda _: b"",
    ],
)
def test_white_space_comments_and_additions_are_changes_too(change: object) -> None:
    changed = change(FILE)  # type: ignore[operator]
    assert changed != FILE
    found = verify(changed, trust=TRUST, now=NOW)
    assert found.status == "tampered"
    assert found.reasons


@given(
    st.lists(st.tuples(st.integers(0, len(FILE) - 1), st.integers(0, 255)), min_size=1, max_size=40), st.integers(0, len(FILE))
)
def test_no_damage_makes_the_verifier_crash(changes: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(FILE)
    for place, value in changes:
        damaged[place] = value
    found = verify(bytes(damaged[: max(cut, 1)]), trust=TRUST, now=NOW)
    assert found.intact == (bytes(damaged[: max(cut, 1)]) == FILE)
    assert canonical(found.to_json())


def test_a_forger_who_signs_anew_is_an_unknown_signer() -> None:
    forged = sign(certificate(rates=["1"] * 15), private=new_key(), when=SIGNED)
    found = verify(forged, trust=TRUST, now=NOW)
    assert (found.status, found.signature) == ("unknown_signer", True)
    assert found.certificate is None


def test_what_carries_no_signature_proves_nothing() -> None:
    assert verify(write_dcc(certificate()), trust=TRUST, now=NOW).status == "unsigned"


def test_keys_count_at_the_time_of_signing() -> None:
    late = Instant.parse("2027-03-01T00:00:00Z")
    assert verify(FILE, trust=TRUST, now=Instant.parse("2030-01-01T00:00:00Z")).intact
    assert verify(sign(certificate(), private=KEY, when=late), trust=TRUST, now=late).status == "expired"
    assert verify(FILE, trust=TRUST, now=Instant.parse("2026-11-01T00:00:00Z")).status == "expired"


def test_revocation_of_the_key_or_of_the_certificate_is_told() -> None:
    before = verify(FILE, trust=trust(KEY, revoked=Instant.parse("2026-11-20T00:00:00Z")), now=NOW)
    after = verify(FILE, trust=trust(KEY, revoked=NOW), now=NOW)
    number = verify(FILE, trust=trust(KEY, withdrawn={"S-2026-0001": "wrong watch"}), now=NOW)

    assert (before.status, after.status, number.status) == ("revoked", "intact", "revoked")
    assert "wrong watch" in number.reasons[0].text("en")


def test_the_supplied_signed_sample_verifies_and_the_manipulated_one_fails_by_its_digest(shared: Path) -> None:
    folder = shared / "quality/dcc"
    good = verify((shared / SAMPLE).read_bytes(), trust=Trust(), now=NOW)
    bad = verify((folder / "dcc_gp_temperature_typical_v12_signed_manipulated.xml").read_bytes(), trust=Trust(), now=NOW)

    assert all(holds for _, holds in good.digests)
    assert (good.status, good.signature, good.coverage) == ("unknown_signer", True, "canonical")
    # The forgery's signature over its references is still valid: only the digest gives it away.
    assert (bad.status, bad.signature, bad.digests[0]) == ("tampered", True, ("document", False))
    assert verify((folder / "dcc_gp_temperature_typical_v12.xml").read_bytes(), trust=Trust(), now=NOW).status == "unsigned"


def test_the_supplied_sample_is_intact_for_whoever_trusts_its_key(shared: Path) -> None:
    data = (shared / SAMPLE).read_bytes()
    assert verify(data, trust=Trust((_signer_of(data),)), now=NOW).intact


def _signer_of(data: bytes) -> Signer:
    """Return the signer of a document of others, trusted for some years."""
    text = re.search(rb"<ds:X509Certificate>([^<]*)<", data)
    assert text is not None
    public = x509.load_der_x509_certificate(base64.b64decode(text.group(1))).public_key()
    key = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Signer("A", key, Instant.parse("2020-01-01T00:00:00Z"), Instant.parse("2030-01-01T00:00:00Z"))


def test_a_comment_in_the_number_hides_no_revocation(shared: Path) -> None:
    """Others sign the canonical form, which has no comments: whoever adds one does not break the signature."""
    data = (shared / SAMPLE).read_bytes()
    signers = Trust((_signer_of(data),))
    number = verify(data, trust=signers, now=NOW).number
    hidden = re.sub(rb"(<dcc:uniqueIdentifier>\s*\w\w\w)", rb"\1<!-- -->", data)
    assert hidden != data

    found = verify(hidden, trust=replace(signers, revoked={number: "withdrawn"}), now=NOW)
    assert (found.number, found.status) == (number, "revoked")


def test_a_document_type_is_refused_in_every_encoding() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'
    found = verify(text.encode("utf-16"), trust=Trust(), now=NOW)
    assert (found.status, "DOCTYPE" in found.reasons[0].text("en")) == ("tampered", True)


def test_the_list_of_signers_goes_through_json() -> None:
    full = trust(KEY, revoked=NOW, withdrawn={"S-1": "wrong watch"})
    assert trust_from_json(json.loads(canonical(full.to_json()))) == full
    with pytest.raises(DataError, match="signers"):
        trust_from_json({"revoked": {}})


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="Ed25519"):
        sign(certificate(), private=b"no key", when=SIGNED)


def test_the_page_holds_both_languages_every_result_and_no_style() -> None:
    one = certificate()
    page = to_html(one, verify_at="https://example.org/verify")

    assert "style=" not in page
    assert "<style" not in page
    assert "<script" not in page
    assert "A-1001 &lt;测&gt;" in page
    for line in one.lines:
        assert line.title_en in page
        assert line.title_zh in page
    assert one.digest in page
    assert one.plan_digest in page
    assert "符合" in page
    assert "temperature of the watch over the day" in page
    assert "全天手表温度" in page
    assert "立位减平位" in page
    assert page.count('lang="en"') > 10
    assert 'lang="en"' not in to_html(one, languages=("zh",))
    assert qr_svg("x") in to_html(one, verify_at="x")


@pytest.mark.parametrize(
    ("value", "expanded", "low", "high", "text"),
    [
        ("4.038732", 5.2, "", "30", "4.0 ± 5.2"),
        ("4.04", 5.2, "", "30", "4.0 ± 5.2"),
        ("181/300", 0.0027, "-0.6", "0.6", "+0.6033 ± 0.0027"),
        ("181/300", 0.19, "-0.6", "0.6", "+0.603333333 ± 0.19"),  # 0.60 would look as if it conformed
        ("-181/300", 0.19, "-0.6", "0.6", "−0.603333333 ± 0.19"),
        ("6", 0.01, "-4", "6", "+6 ± 0.01"),
        ("2.2", 0.0099, "-4", "6", "+2.2 ± 0.0099"),
        ("7/3", None, "", "5", "2.333333333"),
        ("", None, "", "5", "—"),
    ],
)
def test_a_result_has_the_digits_that_u_leaves_it_unless_they_hide_the_verdict(
    value: str, expanded: float | None, low: str, high: str, text: str
) -> None:
    line = replace(certificate().lines[0], value=value, expanded=expanded, low=low, high=high)
    assert result_text(line) == text


def test_two_people_review_and_release_and_each_step_leaves_a_record() -> None:
    one = certificate()
    first = draft(one, author="Li", at=SIGNED)
    returned = give_back(first.dossier, person="Wang", at=SIGNED, note="photograph missing")
    second = redraft(returned.dossier, one, author="Li", at=SIGNED)
    third = review(second.dossier, reviewer="Wang", at=SIGNED)
    fourth = release(third.dossier, releaser="Zhao", at=SIGNED)
    fifth = revoke(fourth.dossier, person="Zhao", at=NOW, reason="wrong watch")

    assert [step.dossier.stage for step in (first, returned, second, third, fourth, fifth)] == [
        "draft", "returned", "draft", "reviewed", "released", "revoked",
    ]  # fmt: skip
    assert fifth.record.body["note"] == "wrong watch"
    assert {entry.digest for entry in fifth.record.inputs} == {one.digest, fourth.record.digest}


def test_nobody_takes_a_step_that_is_not_theirs() -> None:
    drafted = draft(certificate(), author="Li", at=SIGNED).dossier
    reviewed = review(drafted, reviewer="Wang", at=SIGNED).dossier

    with pytest.raises(DataError, match="two"):
        review(drafted, reviewer="Li", at=SIGNED)
    with pytest.raises(DataError, match="Wang"):
        review(drafted, reviewer="Chen", at=SIGNED)
    with pytest.raises(DataError, match="reviewed"):
        release(drafted, releaser="Zhao", at=SIGNED)
    with pytest.raises(DataError, match="two"):
        release(reviewed, releaser="Wang", at=SIGNED)
    with pytest.raises(DataError, match="revoked"):
        revoke(reviewed, person="Zhao", at=SIGNED, reason="x")
    with pytest.raises(DataError, match="reason"):
        give_back(drafted, person="Wang", at=SIGNED, note=" ")


def test_verdict_and_certificate_are_records_that_lead_to_the_raw_data() -> None:
    one = certificate()
    [verdict] = judge(batch_of_rates([EXAMPLE], u=0.02), plan("iso3159").choose(category="1"))
    raw = "sha256:" + "1" * 64

    judged = verdict.to_record(at=SIGNED, inputs=[Input("raw data", raw)])
    issued = one.to_record(file=digest_of_bytes(FILE))
    assert {entry.digest for entry in judged.inputs} == {raw, plan("iso3159").digest}
    assert {entry.digest for entry in issued.inputs} == {raw, digest_of_bytes(FILE)}
    assert issued.canonical


def test_what_was_not_measured_stands_on_the_certificate_as_such() -> None:
    empty = Batch(("A",), np.zeros((1, 0), np.int64), 0, "daily_rate", np.zeros((1, 1)))
    [verdict] = judge(empty, plan("iso764").choose(category="quartz"))
    one = replace(certificate_like(verdict), replaces="S-1")
    assert Certificate.from_json(json.loads(canonical(one.to_json()))) == one
    assert b"<dcc:noQuantity>" in write_dcc(one)
    assert "—" in to_html(one)
    assert read_dcc(write_dcc(one)).conformity == "noPass"


def test_a_certificate_names_the_right_watch_and_two_people() -> None:
    [verdict] = judge(batch_of_rates([EXAMPLE], u=0.02, watches=["A"]), plan("iso3159").choose(category="1"))
    with pytest.raises(DataError, match="form"):
        Certificate.from_json({"form": "another form"})
    with pytest.raises(DataError, match="laboratory"):
        Certificate.from_json({"form": "sichen.certificate/1"})
    with pytest.raises(DataError, match="other"):
        certificate_like(verdict, serial="other")
    with pytest.raises(DataError, match="two"):
        certificate_like(verdict, reviewed_by="Zhao")
    with pytest.raises(DataError, match="root"):
        read_dcc(b"<html/>")
    with pytest.raises(DataError, match="bytes"):
        read_dcc(b" " * 20_000_001)
