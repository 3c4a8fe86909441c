# SPDX-License-Identifier: Apache-2.0
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.trace.epcis_questions import PREFIXES, QUESTIONS, agree, fill

from sichen.adapters.epcis.store import EventStore, TooManyEvents
from sichen.core import DataError, NotFound, canonical
from sichen.trace.epcis import Document, Value, event_hash
from sichen.trace.epcis.canonical_event import canonical_event, identity_of, opened_body, sealed_body
from sichen.trace.epcis.query.parameters import QueryFault, read_query
from sichen.trace.epcis.query.patterns import pattern
from sichen.trace.epcis.schedule import read_schedule

CONTEXT: Value = [{"a": "urn:a:"}]

epcs = st.sampled_from(
    [
        *(
            "urn:epc:id:sgtin:4012345.011111.1",
            "https://id.gs1.org/01/04012345111118/21/1",
            "urn:epc:id:sgtin:4012345.011111.a_b",
        ),
        *("urn:epc:id:sgtin:4012345.011111.A_B", "urn:epc:id:sscc:4012345.0000000333", "urn:epc:id:sgtin:0614141.107346.7"),
    ]
)
times = st.integers(0, 50).map(lambda minute: f"2026-03-01T08:{minute:02d}:00.000Z")
scalars = st.sampled_from(["5", "12.5", "x", "X", "2026-03-01T08:10:00Z", "", "a*b?", "50%", "_"])
extension = scalars | st.lists(scalars, max_size=2) | st.fixed_dictionaries({"a:in": scalars})


@st.composite
def events(draw: st.DrawFn) -> dict[str, Value]:
    found: dict[str, Value] = {
        "type": draw(st.sampled_from(["ObjectEvent", "AssociationEvent", "TransformationEvent"])),
        "eventTime": draw(times),
        "eventTimeZoneOffset": "+00:00",
        "@context": CONTEXT,
    }
    optional: dict[str, st.SearchStrategy[Any]] = {
        "action": st.sampled_from(["ADD", "OBSERVE", "DELETE"]),
        "bizStep": st.sampled_from(["shipping", "https://ref.gs1.org/cbv/BizStep-shipping", "receiving", "urn:x:own"]),
        "disposition": st.sampled_from(["in_transit", "active"]),
        "readPoint": st.sampled_from([{"id": "urn:epc:id:sgln:4012345.00011.0"}, {"id": "urn:a:2", "a:x": "5"}]),
        "epcList": st.lists(epcs, max_size=3),
        "parentID": epcs,
        "childEPCs": st.lists(epcs, max_size=2),
        "inputEPCList": st.lists(epcs, max_size=2),
        "quantityList": st.lists(
            st.fixed_dictionaries(
                {"epcClass": st.just("urn:epc:class:lgtin:4054739.099914.L"), "quantity": st.sampled_from([1, 2.5, 10])}
            ),
            max_size=2,
        ),
        "bizTransactionList": st.just([{"type": "po", "bizTransaction": "urn:a:po"}]),
        "persistentDisposition": st.just({"set": ["recalled"]}),
        "ilmd": st.fixed_dictionaries({"a:x": extension}),
        "errorDeclaration": st.fixed_dictionaries({"declarationTime": times, "reason": st.just("incorrect_data")}),
        "sensorElementList": st.just(
            [
                {
                    "sensorMetadata": {"time": "2026-03-01T08:05:00Z", "deviceID": "urn:epc:id:giai:4000001.111"},
                    "sensorReport": [
                        {"type": "Temperature", "value": 26.5, "uom": "CEL"},
                        {"type": "sichen:DailyRate", "value": -4.2, "uom": "s/d"},
                    ],
                }
            ]
        ),
        "a:x": extension,
    }
    for name, strategy in optional.items():
        if draw(st.booleans()):
            found[name] = draw(strategy)
    return found


orders = st.sampled_from(
    [
        {},
        {"orderBy": "eventTime"},
        {"orderBy": "eventTime", "orderDirection": "ASC"},
        {"orderBy": "a:x", "orderDirection": "ASC"},
    ]
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events(), max_size=8), st.lists(st.sampled_from(QUESTIONS), min_size=8, max_size=8), orders)
@pytest.mark.slow
def test_sql_and_the_judge_of_single_events_give_the_same_answers(
    captured: list[dict[str, Value]], questions: list[dict[str, Any]], order: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder, EventStore(Path(folder)) as store:
        for event in captured:
            store.capture([event])
        agree(store, [{**questions[0], **questions[1]}, *questions], order)


@pytest.mark.slow
def test_the_published_events_are_kept_found_and_given_back_as_they_were(tmp_path: Path, shared: Path) -> None:
    with EventStore(tmp_path) as store:
        fill(store, shared)
        agree(store, QUESTIONS, {})
        tables = store.ledger.reader.tables["epcis"]
        with store.ledger.backend.reading() as statements:
            for leaf, body in statements.run("SELECT p.leaf, p.body FROM payload p JOIN epcis_event e ON e.leaf = p.leaf"):
                assert tables.is_right(statements, leaf, body)  # type: ignore[arg-type] # the columns are declared so


def watch(number: int = 1, **more: Value) -> dict[str, Value]:
    return {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T08:00:00Z",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "epcList": [f"urn:epc:id:sgtin:4012345.011111.{number}"],
        **more,
    }


def test_two_events_whose_hash_is_the_same_by_its_rules_are_both_kept(tmp_path: Path) -> None:
    honest, forged = {**watch(), "a:a": "x", "a:b": "y"}, {**watch(), "a:a": "x{urn:a:}b=y"}
    assert event_hash(honest, PREFIXES) == event_hash(forged, PREFIXES)
    with EventStore(tmp_path) as store:
        (first,), (second,) = (store.capture([event], prefixes=PREFIXES) for event in (honest, forged))
        assert first.event_id == event_hash(honest, PREFIXES)
        assert second.event_id.startswith("urn:uuid:")
        assert store.read(second.event_id)["a:a"] == "x{urn:a:}b=y"


def test_an_erased_event_is_found_by_nobody(tmp_path: Path) -> None:
    with EventStore(tmp_path) as store:
        captured = store.capture([watch(1), watch(2, bizStep="repairing")])
        tables = store.ledger.reader.tables["epcis"]
        store.ledger.writer.run(lambda statements: tables.forget(statements, [captured[1].leaf]))
        assert [event["eventID"] for event in store.ask({}).events] == [captured[0].event_id]
        assert store.names("bizSteps").members == ()
        with pytest.raises(NotFound):
            store.read(captured[1].event_id)


def test_limits_cut_or_refuse_an_answer(tmp_path: Path) -> None:
    with EventStore(tmp_path) as store:
        store.capture([watch(number) for number in range(7)])
        page = store.ask({"eventCountLimit": "5", "perPage": "3"})
        rest = store.ask({"eventCountLimit": "5", "perPage": "3", "nextPageToken": page.token})
        assert (len(page.events), len(rest.events), rest.token) == (3, 2, "")
        assert len(store.ask({"maxEventCount": "7"}).events) == 7
        with pytest.raises(TooManyEvents):
            store.ask({"maxEventCount": "6"})


def test_all_parameters_of_the_standard_are_known(shared: Path) -> None:
    described = json.loads((shared / "trace" / "gs1-epcis" / "REST Bindings" / "openapi.json").read_text())
    asked = 0
    for parameter in described["components"]["parameters"].values():
        if parameter["in"] != "query" or parameter["name"] in {"second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek"}:
            continue
        if parameter["name"] in {"stream", "reportIfEmpty", "initialRecordTime", "nextPageToken"}:
            continue
        kind = parameter["schema"].get("type") or "integer"
        value = {"array": "ADD", "number": "1", "integer": "1", "boolean": "true"}.get(kind, "2026-03-01T08:00:00Z")
        value = {"orderBy": "eventTime", "orderDirection": "ASC"}.get(parameter["name"], value)
        read_query({parameter["name"]: value})
        asked += 1
    assert asked == 54


@pytest.mark.parametrize(
    "name", ["EQ_", "GE_", "MATCH_", "MATCH_colour", "EQ_colour", "GE_value_", "HASATTR_x", "EXISTS_", "", "EQ_a b"]
)
def test_a_parameter_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(QueryFault) as caught:
        read_query({name: "1"})
    assert caught.value.parameter == name


@pytest.mark.parametrize(
    ("text", "fitting", "other"),
    [
        ("urn:epc:idpat:sgtin:4012345.*.*", "01/04012345111118/21/1", "01/04012346111115/21/1"),
        ("urn:epc:idpat:sgtin:4012345.011111.*", "01/04012345111118/21/1", "01/04012345111118"),
        ("urn:epc:idpat:sgln:4012345.00011.*", "414/4012345000115/254/9", "414/4012345000122"),
        ("urn:epc:idpat:grai:4012345.00011.*", "8003/04012345000115A", "8003/04012345000122A"),
        ("urn:epc:idpat:giai:4012345.*", "8004/4012345X", "8004/4012346X"),
        ("urn:epc:idpat:sscc:4012345.*", "00/040123450000003338", "00/040123460000003338"),
    ],
)
def test_a_pattern_of_epcs_fits_its_keys_and_no_others(text: str, fitting: str, other: str) -> None:
    assert pattern(text).fits(f"https://id.gs1.org/{fitting}")
    assert not pattern(text).fits(f"https://id.gs1.org/{other}")


@pytest.mark.parametrize("text", ["urn:epc:idpat:sgtin:*.1.2", "urn:epc:idpat:xyz:1.*", "urn:epc:idpat:sgtin:4*.1.*"])
def test_a_pattern_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        pattern(text)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=6), json_values, max_size=4))
def test_the_fast_canonical_form_is_the_canonical_form(event: dict[str, Any]) -> None:
    assert canonical_event(event) == canonical(event)
    body = sealed_body(canonical_event(event), "2026-03-01T08:00:00.000Z")
    assert body == canonical({"event": event, "recordTime": "2026-03-01T08:00:00.000Z"})
    assert opened_body(body) == (canonical_event(event), "2026-03-01T08:00:00.000Z")
    assert len(identity_of(canonical_event(event))) == 32


@given(events())
def test_a_stored_event_is_the_event_that_was_captured(event: dict[str, Value]) -> None:
    assert json.loads(canonical_event(event)) == json.loads(json.dumps(event))
    assert Document((event,)).events[0] == event


@pytest.mark.parametrize(
    ("schedule", "after", "following"),
    [
        ({"hour": "1", "minute": "5"}, "2026-03-01T01:05:00", "2026-03-02T01:05:00"),
        ({"second": "0,30"}, "2026-03-01T23:59:31", "2026-03-02T00:00:00"),
        ({"dayOfWeek": "1"}, "2026-03-01T12:00:00", "2026-03-02T00:00:00"),
        ({"dayOfMonth": "29", "month": "2"}, "2026-03-01T12:00:00", "2028-02-29T00:00:00"),
        ({"minute": "[58-59]"}, "2026-03-01T12:59:00", "2026-03-01T13:58:00"),
    ],
)
def test_a_schedule_names_the_next_time(schedule: dict[str, Value], after: str, following: str) -> None:
    from datetime import datetime

    assert read_schedule(schedule).next_after(datetime.fromisoformat(after)) == datetime.fromisoformat(following)


@pytest.mark.parametrize(
    "schedule", [{}, "hourly", {"hour": "24"}, {"hour": "x"}, {"year": "1"}, {"hour": "[5-3]"}, {"month": "0"}]
)
def test_a_schedule_that_means_nothing_is_refused(schedule: Value) -> None:
    with pytest.raises(DataError):
        read_schedule(schedule)
