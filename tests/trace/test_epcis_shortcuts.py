# SPDX-License-Identifier: Apache-2.0
"""The short ways through the judge lead where the long ones lead."""

import gc
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sichen.adapters import memory
from sichen.trace.epcis import Clock
from sichen.trace.epcis.keys import DOMAIN, _from_urn, canonical_key
from sichen.trace.epcis.moments import _microseconds, microseconds
from sichen.trace.epcis.rules import check_event, keeps_the_rules
from sichen.trace.epcis.validation import _document_judge, _without_events, faults_of_event, is_right

NOW = Clock(1_772_323_200 * 10**6)
TIMES = st.sampled_from(
    ["2026-03-01T08:00:00Z", "2026-03-01T08:00:60Z", "2126-03-01T08:00:00Z", "2026-02-30T08:00:00Z", "x", ""]
)
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["ObjectEvent", "AggregationEvent", "TransactionEvent"]), "eventTime": TIMES},
    optional={
        "epcList": st.lists(st.just("urn:a:1"), max_size=2),
        "action": st.sampled_from(["ADD", "OBSERVE", "DELETE"]),
        "ilmd": st.just({"a:b": 1}),
        "recordTime": TIMES,
        "errorDeclaration": st.just({"declarationTime": "2126-03-01T08:00:00Z"}),
        "a:deep": st.recursive(st.integers(), lambda inner: st.lists(inner, max_size=2), max_leaves=4),
        "readPoint": st.fixed_dictionaries({"id": st.just("urn:a:2")}, optional={"a:b": st.integers()}),
    },
)


@given(EVENTS, st.sampled_from([None, NOW]))
def test_an_event_that_is_let_through_at_once_breaks_no_rule(event: dict[str, Any], clock: Clock | None) -> None:
    if keeps_the_rules(event, clock=clock):
        assert list(check_event(event, clock=clock)) == []


@given(
    st.one_of(
        st.just({}),
        st.fixed_dictionaries({"eventList": st.lists(st.one_of(EVENTS, st.integers(), st.just({}), st.just({"type": 3})))}),
    ),
    st.booleans(),
)
def test_a_document_is_judged_alike_with_its_events_and_without(body: dict[str, Any], whole: bool) -> None:
    raw: dict[str, Any] = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
    }
    raw |= {"schemaVersion": "2.0", "creationDate": "2026-03-01T08:00:00Z"} if whole else {}
    document = {**raw, "epcisBody": body}
    judge = _document_judge()
    assert judge.is_valid(document) is judge.is_valid(_without_events(document))


@given(EVENTS, st.sampled_from([None, NOW]))
def test_an_event_is_right_where_no_fault_is_found(event: dict[str, Any], clock: Clock | None) -> None:
    assert is_right(event, clock=clock) is (faults_of_event(event, clock=clock) == ())


@given(
    st.sampled_from(["sgtin", "upui", "itip", "sgln", "pgln", "grai", "giai", "gdti", "sgcn", "sscc", "cpi", "gsrn", "ginc"]),
    st.sampled_from(["id", "class", "idpat"]),
    st.from_regex(r"[0-9]{6,12}(\.[0-9]{0,6}){1,2}", fullmatch=True),
    st.text("01aZ_.-%2F*\u0663\u00e9", max_size=6),
)
def test_a_key_has_the_same_link_whether_its_serial_is_plain_or_looked_at(
    scheme: str, space: str, stem: str, serial: str
) -> None:
    for uri in (f"urn:epc:{space}:{scheme}:{stem}.{serial}", f"urn:epc:{space}:{scheme}:{stem}{serial}"):
        link = canonical_key(uri)
        assert link == (_from_urn(uri) or uri)
        assert link.startswith((DOMAIN, "urn:"))


@given(
    st.one_of(
        st.from_regex(
            r"20[0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,9})?([Zz]|[+-][0-2][0-9]:[0-6][0-9])?",
            fullmatch=True,
        ),
        st.text("0123456789-+:.TZ\u0663", max_size=35),
    )
)
def test_a_time_is_read_alike_with_and_without_the_shortcut(text: str) -> None:
    assert microseconds(text) == _microseconds(text)


def test_a_settled_process_still_frees_what_holds_itself() -> None:
    before = gc.get_threshold()
    try:
        memory.settle()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        circle: list[Any] = []
        circle.append(circle)
        del circle
        assert gc.collect() >= 1
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
