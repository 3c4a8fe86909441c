# SPDX-License-Identifier: Apache-2.0
"""A real passport out in every form and back in again; what is hostile is refused with a sentence and breaks nothing."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trace.watch_lives import WATCH, WORKSHOP, birth, day, reading, repair, sale

from sichen.adapters import DataFolder
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.passport_exports import EXTRACTED, export, signing_key
from sichen.core import DataError, SichenError
from sichen.trace.epcis import read_document
from sichen.trace.exports import check_credential, from_claims, from_credential, from_dpp, read_sd_jwt, verify_sd_jwt
from sichen.trace.passport import RepairSheet, to_passport
from sichen.trace.roles import RELATIONS, allowed

EVERYTHING = allowed("brand_admin", RELATIONS)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[PassportDesk]:
    """Open a house with one watch: made, sold, repaired, measured."""
    with DataFolder.open(tmp_path / "house") as folder, PassportDesk(folder) as opened:
        taken = reading(21)
        folder.records.append(taken)
        sheet = RepairSheet("R-1", fault="stops", before=(taken.digest,), accepted=True)
        opened.write([*birth(), *sale(), *repair(sheet, at=20)])
        opened.remember(WATCH)
        yield opened


def test_events_come_back_whole_in_another_house(desk: PassportDesk, tmp_path: Path) -> None:
    life = desk.life("W-1", at=day(60))
    document = read_document(export(desk, life, "epcis", may_see=EVERYTHING))

    with DataFolder.open(tmp_path / "other") as folder, PassportDesk(folder) as other:
        assert other.events.capture(document).success
        again = other.life(WATCH, at=day(60))
        assert [one.event for one in again.timeline] == [one.event for one in life.timeline]
        assert (again.owner, again.inside, again.lots) == (life.owner, life.inside, life.lots)
        assert (again.product, again.custody, again.sale) == (life.product, life.custody, life.sale)
        assert export(other, again, "epcis", may_see=EVERYTHING)


def test_each_signed_form_reads_back_as_the_passport_that_it_was_made_of(desk: PassportDesk) -> None:
    life = desk.life("W-1")
    key = signing_key(desk.folder.path).public_key()
    credential = json.loads(export(desk, life, "vc", may_see=EVERYTHING))
    passport = from_credential(credential)

    assert passport == to_passport(life, issuer=passport.issuer, may_see=EVERYTHING)
    assert check_credential(credential, at=life.at).valid
    assert from_dpp(json.loads(export(desk, life, "dpp", may_see=EVERYTHING))) == passport
    shown = read_sd_jwt(export(desk, life, "sd-jwt", may_see=EVERYTHING).decode())
    assert from_claims(verify_sd_jwt(shown, key).claims) == passport


def test_an_extract_tells_nothing_of_owners_shops_and_repairs(desk: PassportDesk) -> None:
    text = export(desk, desk.life("W-1"), "vc", may_see=EXTRACTED).decode()
    for secret in (desk.life("W-1").owner, WORKSHOP, "R-1", "stops", "repairing"):
        assert secret not in text
    assert "M-1" in text


@pytest.mark.parametrize("name", ["issuer", "credentialSubject", "validFrom", "proof"])
def test_a_credential_that_somebody_changed_is_refused(desk: PassportDesk, name: str) -> None:
    credential: dict[str, Any] = json.loads(export(desk, desk.life("W-1"), "vc", may_see=EVERYTHING))
    changed = {
        **credential,
        name: {**credential[name], "x": 1} if isinstance(credential[name], dict) else "2026-01-01T00:00:00Z",
    }
    with contextlib.suppress(DataError):
        assert not check_credential(changed, at=desk.life("W-1").at).valid


@given(
    st.dictionaries(
        st.sampled_from(("id", "type", "@context", "credentialSubject", "issuer", "facts", "sub", "iss")), JSON_VALUES
    )
)
def test_any_other_json_is_refused_with_a_sentence(document: dict[str, Any]) -> None:
    for read in (from_dpp, from_claims, from_credential):
        with pytest.raises(DataError):
            read(document)


@given(
    st.text(alphabet=st.characters(codec="ascii"), max_size=200)
    | st.from_regex(r"[A-Za-z0-9_-]{1,40}(\.[A-Za-z0-9_-]{0,40}){2}~.*")
)
def test_any_other_text_is_no_sd_jwt(text: str) -> None:
    with contextlib.suppress(SichenError):
        read_sd_jwt(text)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>',
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"\xff\xfe\x00",
        b"",
    ],
)
def test_what_would_harm_a_reader_is_refused(body: bytes) -> None:
    with pytest.raises(SichenError):
        read_document(body)
