# SPDX-License-Identifier: Apache-2.0
"""How the same fields look in XML: namespaces, lists and their members, the order of the schema."""

EPCIS_1 = "urn:epcglobal:epcis:xsd:1"
EPCIS_2 = "urn:epcglobal:epcis:xsd:2"
QUERY_1 = "urn:epcglobal:epcis-query:xsd:1"
QUERY_2 = "urn:epcglobal:epcis-query:xsd:2"
MASTER_1 = "urn:epcglobal:epcis-masterdata:xsd:1"
MASTER_2 = "urn:epcglobal:epcis-masterdata:xsd:2"
SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
OWN = frozenset({EPCIS_1, EPCIS_2, QUERY_1, QUERY_2, MASTER_1, MASTER_2})
"""Namespaces whose elements belong to the standard, qualified or not."""

JSON_MARKS = "https://sichen.org/json-in-xml/"
"""Namespace of the marks that keep what XML cannot say: a list of one, an empty list, a name that is no XML name."""

KEY_LISTS = {"epcList": "epc", "childEPCs": "epc", "inputEPCList": "epc", "outputEPCList": "epc"}
QUANTITY_LISTS = frozenset({"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"})
CONTEXT_LISTS = {
    "bizTransactionList": ("bizTransaction", "bizTransaction.type"),
    "sourceList": ("source", "source.type"),
    "destinationList": ("destination", "destination.type"),
}
PLACES = frozenset({"readPoint", "bizLocation"})
REPORT_NUMBERS = frozenset({"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"})
REPORT_WORDS = {"type": "sensorReport.type", "exception": "exception", "component": "component"}
WRAPPERS = frozenset({"extension", "baseExtension"})
"""Elements that only wrap what a later edition added."""

_HEAD = ("eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration", "certificationInfo")
_WHERE = ("bizStep", "disposition", "readPoint", "bizLocation")
_SIDES = ("sourceList", "destinationList", "sensorElementList", "persistentDisposition")
ORDER = {
    "ObjectEvent": (*_HEAD, "epcList", "action", *_WHERE, "bizTransactionList", "quantityList", *_SIDES, "ilmd"),
    "AggregationEvent": (
        *(*_HEAD, "parentID", "childEPCs", "action", *_WHERE, "bizTransactionList", "childQuantityList"),
        *_SIDES,
    ),
    "AssociationEvent": (
        *(*_HEAD, "parentID", "childEPCs", "childQuantityList", "action", *_WHERE, "bizTransactionList"),
        *_SIDES,
    ),
    "TransactionEvent": (*_HEAD, "bizTransactionList", "parentID", "epcList", "action", *_WHERE, "quantityList", *_SIDES),
    "TransformationEvent": (
        *(*_HEAD, "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID"),
        *(*_WHERE, "bizTransactionList", "sourceList", "destinationList", "sensorElementList", "persistentDisposition", "ilmd"),
    ),
}
"""The order of elements that the schema of EPCIS 2.0 asks for; extensions follow."""
