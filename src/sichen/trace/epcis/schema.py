# SPDX-License-Identifier: Apache-2.0
"""What EPCIS 2.0 says of the shape of events and documents, as JSON Schema written from its rules.

What a schema says badly, that one of two lists must be there or that a part may stand only under one action, is in
`sichen.trace.epcis.rules`, where the sentence can name the field.
"""

from functools import cache
from typing import TypeAlias

from sichen.core import JSON
from sichen.trace.epcis.event import Form
from sichen.trace.epcis.vocabularies import vocabulary

Schema: TypeAlias = dict[str, JSON]

EXTENSION = r"^[A-Za-z][A-Za-z0-9+.\-]*:(?:[!#$&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]|%[0-9A-Fa-f]{2})*$"
"""The name of an extension: a prefix, a colon, and what may stand in a URI."""

TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
URI: Schema = {"type": "string", "format": "uri"}
NUMBER: Schema = {"type": "number"}
ANY: Schema = {}
CONTEXT: Schema = {
    "anyOf": [URI, {"type": "object"}, {"type": "array", "uniqueItems": True, "items": {"anyOf": [URI, {"type": "object"}]}}]
}


def event_schema(kind: str, *, form: Form = "json") -> Schema:
    """Return the schema of one type of event.

    Parameters
    ----------
    kind : str
        One of the five types; anything else gives the schema of an event type that somebody else defined.
    form : {"json", "xml"}
        How it was written: the schema of XML asks neither for the type of a measurement nor for lists without repetition.

    Returns
    -------
    dict
        Draft 7.
    """
    if kind not in _FIELDS:
        return {"type": "object", "required": ["type", *_REQUIRED], "properties": {**_COMMON, "type": URI}}
    fields: Schema = {**_COMMON, "type": {"enum": [kind]}, **{name: _shapes(form)[name] for name in _FIELDS[kind]}}
    return {**_closed(fields), "required": ["type", *_REQUIRED, *_ALSO_REQUIRED[kind]]}


@cache
def document_schema() -> Schema:
    """Return the schema of a document around its events, which are judged one by one."""
    events: Schema = {"type": "array", "items": {"type": "object", "required": ["type"], "properties": {"type": TEXT}}}
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": ["EPCISDocument", "EPCISQueryDocument"]}},
        "if": {"properties": {"type": {"enum": ["EPCISQueryDocument"]}}},
        "then": _query_document(events),
        "else": _capture_document(events),
    }


def _capture_document(events: Schema) -> Schema:
    master: Schema = {"type": "object", "properties": {"vocabularyList": {"type": "array", "items": _master_data()}}}
    fields: Schema = {
        **_ENVELOPE,
        "instanceIdentifier": TEXT,
        "sender": TEXT,
        "receiver": TEXT,
        "epcisHeader": _closed({"epcisMasterData": master}),
        "epcisBody": {"type": "object", "required": ["eventList"], "properties": {"eventList": events}},
    }
    return {**_closed(fields), "required": ["@context", "schemaVersion", "creationDate", "epcisBody"]}


def _query_document(events: Schema) -> Schema:
    body = {**_closed({"eventList": events, "vocabularyList": {"type": "array"}}), "required": ["eventList"]}
    answer = {
        **_closed({"queryName": TEXT, "subscriptionID": TEXT, "resultsBody": body}),
        "required": ["queryName", "resultsBody"],
    }
    inner = {**_closed({"queryResults": answer}), "required": ["queryResults"]}
    return {**_closed({**_ENVELOPE, "epcisBody": inner}), "required": ["@context", "epcisBody"]}


def _closed(fields: Schema) -> Schema:
    """Allow these members and extensions, and no others."""
    return {"type": "object", "properties": fields, "patternProperties": {EXTENSION: ANY}, "additionalProperties": False}


def _list(item: Schema, *, least: int = 0, unique: bool = False) -> Schema:
    shape: Schema = {"type": "array", "items": item}
    if least:
        shape["minItems"] = least
    if unique:
        shape["uniqueItems"] = True
    return shape


def _term(name: str) -> Schema:
    """Allow a bare term of the vocabulary or somebody's own URI, but not the standard's term in another spelling."""
    words = vocabulary(name)
    foreign = r"^(?!https?://(?:www\.)?gs1\.org/voc/)" if not words.urn and name != "component" else _NOT_CBV
    return {"anyOf": [{"enum": sorted(words.terms)}, {**URI, "pattern": foreign}]}


_NOT_CBV = r"^(?!urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)"
_REQUIRED = ("eventTime", "eventTimeZoneOffset")
_ENVELOPE: Schema = {
    "@context": CONTEXT,
    "id": URI,
    "type": TEXT,
    "schemaVersion": {"type": "string", "pattern": r"^\d+(\.\d+)*$"},
    "creationDate": TIME,
}
_COMMON: Schema = {
    "@context": CONTEXT,
    "eventTime": TIME,
    "recordTime": TIME,
    "eventTimeZoneOffset": {"type": "string", "pattern": r"^[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)$"},
    "eventID": URI,
    "certificationInfo": {"anyOf": [URI, _list(URI)]},
    "errorDeclaration": {
        **_closed({"declarationTime": TIME, "reason": _term("errorReason"), "correctiveEventIDs": _list(URI)}),
        "required": ["declarationTime"],
    },
}
_WHERE = ("readPoint", "bizLocation", "bizTransactionList", "sourceList", "destinationList", "sensorElementList")
_WHY = ("bizStep", "disposition", "persistentDisposition", *_WHERE)
_PARENT = ("parentID", "childEPCs", "childQuantityList", "action", *_WHY)
_FIELDS = {
    "ObjectEvent": ("epcList", "quantityList", "action", "ilmd", *_WHY),
    "AggregationEvent": _PARENT,
    "AssociationEvent": _PARENT,
    "TransactionEvent": ("parentID", "epcList", "quantityList", "action", *_WHY),
    "TransformationEvent": (
        *("inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", "ilmd"),
        *_WHY,
    ),
}
_ALSO_REQUIRED = {
    "ObjectEvent": ("action",),
    "AggregationEvent": ("action",),
    "AssociationEvent": ("action", "parentID"),
    "TransactionEvent": ("action", "bizTransactionList"),
    "TransformationEvent": (),
}


@cache
def _shapes(form: Form) -> Schema:
    epcs = _list(URI, unique=form == "json")
    quantities = _list(_fixed({"epcClass": URI, "quantity": NUMBER, "uom": {**TEXT, "pattern": "^[A-Z0-9]{2,3}$"}}, "epcClass"))
    place: Schema = {"type": "object", "required": ["id"], "properties": {"id": URI}}
    words = _list(_term("disposition"), least=1, unique=True)
    side = _term("sourceOrDestination")
    return {
        **dict.fromkeys(("epcList", "inputEPCList", "outputEPCList", "childEPCs"), epcs),
        **dict.fromkeys(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), quantities),
        "parentID": URI,
        "transformationID": URI,
        "action": {"enum": ["OBSERVE", "ADD", "DELETE"]},
        "bizStep": _term("bizStep"),
        "disposition": _term("disposition"),
        "persistentDisposition": {**_fixed({"set": words, "unset": words}), "minProperties": 1},
        "readPoint": place,
        "bizLocation": place,
        "bizTransactionList": _list(_fixed({"type": _term("bizTransaction"), "bizTransaction": URI}, "bizTransaction")),
        "sourceList": _list(_fixed({"type": side, "source": URI}, "type", "source")),
        "destinationList": _list(_fixed({"type": side, "destination": URI}, "type", "destination")),
        "sensorElementList": _list(_sensor_element(form)),
        "ilmd": {"type": "object", "patternProperties": {EXTENSION: ANY}, "additionalProperties": False},
    }


def _fixed(fields: Schema, *required: str) -> Schema:
    """Allow these members only: no extensions."""
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def _sensor_element(form: Form) -> Schema:
    device: Schema = dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), URI)
    metadata = _closed({**device, **dict.fromkeys(("time", "startTime", "endTime"), TIME)})
    values = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
    report = _closed(
        {
            **device,
            **dict.fromkeys(values, NUMBER),
            **dict.fromkeys(("microorganism", "chemicalSubstance", "coordinateReferenceSystem", "uriValue"), URI),
            "type": _term("measurement"),
            "exception": _term("alert"),
            "component": _term("component"),
            "time": TIME,
            "stringValue": TEXT,
            "booleanValue": {"type": "boolean"},
            "hexBinaryValue": {**TEXT, "pattern": "^[A-Fa-f0-9]+$"},
            "uom": TEXT,
        }
    )
    reports = _list({**report, "required": ["type"] if form == "json" else []}, least=1)
    return {**_closed({"sensorMetadata": metadata, "sensorReport": reports}), "required": ["sensorReport"]}


def _master_data() -> Schema:
    attribute: Schema = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": URI, "attribute": {"type": ["number", "string", "object"]}},
    }
    element: Schema = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": URI, "attributes": _list(attribute), "children": _list(URI)},
    }
    return {"type": "object", "required": ["type"], "properties": {"type": URI, "vocabularyElementList": _list(element)}}
