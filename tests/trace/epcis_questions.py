# SPDX-License-Identifier: Apache-2.0
"""Questions about events that every database must answer as the judge of single events does."""

import json
from pathlib import Path
from typing import Any

from tests.trace.epcis_files import jsonld_documents

from sichen.adapters.epcis.store import EventStore
from sichen.core import DataError
from sichen.trace.epcis import Value, microseconds, read_jsonld
from sichen.trace.epcis.canonical_event import opened_body
from sichen.trace.epcis.query.parameters import read_query
from sichen.trace.epcis.query.rows import index_row
from sichen.trace.epcis.query.selecting import fits, ordered

PREFIXES = {"a": "urn:a:"}

QUESTIONS: list[dict[str, Any]] = [
    *({"eventType": "ObjectEvent|AssociationEvent"}, {"eventType": ["urn:x:none"]}, {"EQ_action": ["ADD", "DELETE"]}),
    *(
        {"GE_eventTime": "2026-03-01T08:10:00Z"},
        {"LT_eventTime": "2026-03-01T08:10:00Z"},
        {"GE_recordTime": "2026-01-01T00:00:00Z"},
    ),
    *(
        {"LT_recordTime": "2026-01-01T00:00:00Z"},
        {"EQ_bizStep": "shipping"},
        {"EQ_bizStep": "urn:x:own"},
        {"EQ_disposition": "active"},
    ),
    *({"EQ_readPoint": "https://id.gs1.org/414/4012345000115"}, {"WD_readPoint": "urn:a:2"}, {"EQ_bizLocation": "urn:a:2"}),
    *({"MATCH_epc": "urn:epc:id:sgtin:4012345.011111.1"}, {"MATCH_epc": "urn:epc:idpat:sgtin:4012345.011111.*"}),
    *({"MATCH_anyEPC": "urn:epc:idpat:sgtin:4012345.*.*"}, {"MATCH_parentID": "urn:epc:idpat:sscc:4012345.*"}),
    *({"MATCH_epc": "urn:epc:id:sgtin:4012345.011111.A_B"}, {"MATCH_inputEPC": "urn:epc:idpat:sgtin:*.*.*"}),
    *(
        {"MATCH_epcClass": "urn:epc:class:lgtin:4054739.099914.L"},
        {"MATCH_anyEPCClass": "https://id.gs1.org/01/04054739999148/10/L"},
    ),
    *({"EQ_quantity": 2.5}, {"GT_quantity": "1"}, {"LE_quantity": "2.5"}, {"EQ_bizTransaction_po": "urn:a:po"}),
    *({"EQ_persistentDisposition_set": "recalled"}, {"EXISTS_errorDeclaration": "true"}, {"EXISTS_errorDeclaration": False}),
    *(
        {"GE_errorDeclarationTime": "2026-03-01T08:10:00Z"},
        {"EQ_errorReason": "incorrect_data"},
        {"EXISTS_sensorElementList": "true"},
    ),
    *({"EQ_type": "sichen:DailyRate"}, {"EQ_type": "gs1:Temperature"}, {"GE_value_CEL": "26.5"}, {"LT_value_s/d": "0"}),
    *({"EQ_deviceID": "https://id.gs1.org/8004/4000001111"}, {"GE_time": "2026-03-01T08:05:00Z"}),
    *({"EQ_a:x": "5"}, {"EQ_a:x": "x|12.5"}, {"GE_a:x": "6"}, {"LT_a:x": "2026-03-01T08:20:00Z"}, {"EXISTS_a:x": "true"}),
    *({"EXISTS_a:x": "false"}, {"EQ_INNER_a:in": "5"}, {"EQ_ILMD_a:x": "5"}, {"GT_ILMD_a:x": "4"}, {"EQ_INNER_ILMD_a:in": "X"}),
    *({"EQ_READPOINT_a:x": "5"}, {"EQ_a:x": "a*b?"}, {"EQ_a:x": "50%"}, {"EQ_a:x": "_"}, {}),
]


def agree(store: EventStore, questions: list[dict[str, Any]], order: dict[str, Any]) -> None:
    """Ask in SQL, page by page, and judge every event by itself."""
    with store.ledger.backend.reading() as statements:
        kept = statements.run("SELECT p.leaf, p.body FROM payload p JOIN epcis_event e ON e.leaf = p.leaf")
    rows = []
    for leaf, body in kept:
        event, record_time = opened_body(body)  # type: ignore[arg-type] # the column is declared so
        rows.append((leaf, index_row(json.loads(event), record_time=microseconds(record_time) or 0)))
    for question in questions:
        parameters = {**question, **order, "perPage": "3"}
        query = read_query(parameters, prefixes=PREFIXES)
        expected = [row.column("event_id") for _, row in ordered(query, rows)]  # type: ignore[arg-type] # whole leaves
        found: list[Value] = []
        token = ""
        for _ in range(50):
            page = store.ask({**parameters, **({"nextPageToken": token} if token else {})}, prefixes=PREFIXES)
            found += [event["eventID"] for event in page.events]
            token = page.token
            if not token:
                break
        assert found == expected, question
        assert len([row for _, row in rows if fits(query, row)]) == len(found)


def fill(store: EventStore, shared: Path) -> None:
    """Capture every published event that does not share its identifier with another."""
    for path in jsonld_documents(shared):
        document = read_jsonld(path.read_bytes())
        for event in document.events:
            try:
                store.capture([event], prefixes=document.prefixes)
            except DataError:
                continue  # examples of the standard share identifiers
