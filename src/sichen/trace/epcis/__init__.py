# SPDX-License-Identifier: Apache-2.0
"""EPCIS 2.0: events of things, read, judged, named and asked for. What stores and serves them is in the adapters.

The names load when they are first used, so that a command which needs one of them does not wait for all.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sichen.trace.epcis.ambiguity import Ambiguity, ambiguities, refuse_ambiguous
    from sichen.trace.epcis.context import CONTEXT, SICHEN, gathered, prefixes_of, self_contained
    from sichen.trace.epcis.documents import read_document
    from sichen.trace.epcis.event import EVENT_TYPES, Document, Table, Value
    from sichen.trace.epcis.faults import Fault, InvalidDocument
    from sichen.trace.epcis.hash_text import prehash
    from sichen.trace.epcis.hashing import event_hash
    from sichen.trace.epcis.jsonld import document_of, parse_json, read_jsonld, to_jsonld, write_json, write_jsonld
    from sichen.trace.epcis.keys import canonical_key
    from sichen.trace.epcis.moments import microseconds, microseconds_text
    from sichen.trace.epcis.rules import Clock
    from sichen.trace.epcis.schema import document_schema, event_schema
    from sichen.trace.epcis.validation import check_document, faults_of_event, faults_of_events
    from sichen.trace.epcis.vocabularies import WatchTerm, of_field, vocabulary, watch_term, watch_terms
    from sichen.trace.epcis.xml_reading import read_xml
    from sichen.trace.epcis.xml_writing import write_event_xml, write_xml

_HOMES = {
    "ambiguity": ["Ambiguity", "ambiguities", "refuse_ambiguous"],
    "context": ["CONTEXT", "SICHEN", "gathered", "prefixes_of", "self_contained"],
    "documents": ["read_document"],
    "event": ["EVENT_TYPES", "Document", "Table", "Value"],
    "hashing": ["event_hash"],
    "faults": ["Fault", "InvalidDocument"],
    "jsonld": ["document_of", "parse_json", "read_jsonld", "to_jsonld", "write_json", "write_jsonld"],
    "keys": ["canonical_key"],
    "moments": ["microseconds", "microseconds_text"],
    "hash_text": ["prehash"],
    "rules": ["Clock"],
    "schema": ["document_schema", "event_schema"],
    "validation": ["check_document", "faults_of_event", "faults_of_events"],
    "vocabularies": ["WatchTerm", "of_field", "vocabulary", "watch_term", "watch_terms"],
    "xml_reading": ["read_xml"],
    "xml_writing": ["write_event_xml", "write_xml"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = [
    "CONTEXT",
    "EVENT_TYPES",
    "SICHEN",
    "Ambiguity",
    "Clock",
    "Document",
    "Fault",
    "InvalidDocument",
    "Table",
    "Value",
    "WatchTerm",
    "ambiguities",
    "canonical_key",
    "check_document",
    "document_of",
    "document_schema",
    "event_hash",
    "event_schema",
    "faults_of_event",
    "faults_of_events",
    "gathered",
    "microseconds",
    "microseconds_text",
    "of_field",
    "parse_json",
    "prefixes_of",
    "prehash",
    "read_document",
    "read_jsonld",
    "read_xml",
    "refuse_ambiguous",
    "self_contained",
    "to_jsonld",
    "vocabulary",
    "watch_term",
    "watch_terms",
    "write_event_xml",
    "write_json",
    "write_jsonld",
    "write_xml",
]


if not TYPE_CHECKING:  # a type checker knows the names above, and should know no others

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
