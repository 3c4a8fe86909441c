# SPDX-License-Identifier: Apache-2.0
"""Writing a certificate as a digital calibration certificate, in the structure of the published good-practice samples."""

import base64

from lxml import etree

from sichen.conformity.certificate.content import COVERAGE_FACTOR, COVERAGE_PROBABILITY, Certificate, Line, Party
from sichen.conformity.certificate.xml import DCC, SI, XSI, canonical_document
from sichen.core import LANGUAGES, Message, canonical

SCHEMA = "3.1.1"
CONFORMITY = {"accept": "pass", "reject": "fail", "undecided": "noPass"}
UNITS = {
    "s/d": r"\second\day\tothe{-1}",
    "s/d/K": r"\second\day\tothe{-1}\kelvin\tothe{-1}",
    "s": r"\second",
    "ms": r"\milli\second",
    "h": r"\hour",
    "1": r"\one",
    "%": r"\percent",
    "°C": r"\degreecelsius",
    "K": r"\kelvin",
    "µg/min": r"\micro\gram\minute\tothe{-1}",
}
"""Our symbols as the digital system of units writes them."""

DIGEST_ISSUER = "other"
DOCUMENT_NAME = "certificate.json"


def write_dcc(certificate: Certificate) -> bytes:
    """Write a certificate as an unsigned DCC, in canonical form.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    bytes
        Canonical XML without declaration. The canonical JSON of the certificate travels inside as a document, and
        its digest as an identification, so that nothing is lost on the way through XML.
    """
    root = etree.Element(f"{{{DCC}}}digitalCalibrationCertificate", nsmap={"dcc": DCC, "si": SI, "xsi": XSI})
    root.set(f"{{{XSI}}}schemaLocation", f"{DCC} {DCC}/v{SCHEMA}/dcc.xsd")
    root.set("schemaVersion", SCHEMA)
    _administrative(root, certificate)
    _results(_dcc(root, "measurementResults"), certificate)
    document = _dcc(root, "document")
    _dcc(document, "fileName", DOCUMENT_NAME)
    _dcc(document, "mimeType", "application/json")
    _dcc(document, "dataBase64", base64.b64encode(canonical(certificate.to_json())).decode("ascii"))
    return canonical_document(root)


def _administrative(root: etree._Element, certificate: Certificate) -> None:
    data = _dcc(root, "administrativeData")
    software = _dcc(_dcc(data, "dccSoftware"), "software")
    _content(_dcc(software, "name"), "Sichen")
    _dcc(software, "release", "1")
    _core(data, certificate)
    _item(data, certificate)
    _party(_dcc(_dcc(data, "calibrationLaboratory"), "contact"), certificate.laboratory)
    persons = _dcc(data, "respPersons")
    for name, main in ((certificate.released_by, True), (certificate.reviewed_by, False), (certificate.tested_by, False)):
        person = _dcc(persons, "respPerson")
        _content(_dcc(_dcc(person, "person"), "name"), name)
        if main:
            _dcc(person, "mainSigner", "true")
    _party(_dcc(data, "customer"), certificate.customer)
    _statements(data, certificate)


def _core(data: etree._Element, certificate: Certificate) -> None:
    core = _dcc(data, "coreData")
    _dcc(core, "countryCodeISO3166_1", certificate.laboratory.country)
    for language in LANGUAGES:
        _dcc(core, "usedLangCodeISO639_1", language)
    _dcc(core, "mandatoryLangCodeISO639_1", "zh")
    _dcc(core, "uniqueIdentifier", certificate.number)
    identifications = _dcc(core, "identifications")
    _identification(identifications, DIGEST_ISSUER, certificate.digest, "content_digest")
    _identification(identifications, DIGEST_ISSUER, certificate.plan_digest, "plan_digest")
    for digest in certificate.inputs:
        _identification(identifications, DIGEST_ISSUER, digest, "raw_data_digest")
    _dcc(core, "beginPerformanceDate", certificate.begun)
    _dcc(core, "endPerformanceDate", certificate.ended)
    _dcc(core, "performanceLocation", "laboratory")
    if certificate.replaces:
        previous = _dcc(core, "reportAmendedSubstituted")
        _dcc(previous, "typeOfChange", "substituted")
        _dcc(previous, "replacedUniqueIdentifier", certificate.replaces)


def _item(data: etree._Element, certificate: Certificate) -> None:
    watch = certificate.item
    item = _dcc(_dcc(data, "items"), "item")
    _bilingual(_dcc(item, "name"), "watch")
    _content(_dcc(_dcc(item, "manufacturer"), "name"), watch.brand)
    if watch.model:
        _dcc(item, "model", watch.model)
    identifications = _dcc(item, "identifications")
    _identification(identifications, "manufacturer", watch.serial, "serial")
    if watch.calibre:
        _identification(identifications, "manufacturer", watch.calibre, "calibre")
    for digest in watch.photographs:
        _identification(identifications, "calibrationLaboratory", digest, "photograph")


def _party(parent: etree._Element, party: Party) -> None:
    name = _dcc(parent, "name")
    for language in LANGUAGES:
        _content(name, party.name(language), language)
    if party.email:
        _dcc(parent, "eMail", party.email)
    location = _dcc(parent, "location")
    if party.city:
        _dcc(location, "city", party.city)
    _dcc(location, "countryCode", party.country)


def _statements(data: etree._Element, certificate: Certificate) -> None:
    statements = _dcc(data, "statements")
    verdict = _dcc(statements, "statement", refType="basic_conformity")
    _dcc(verdict, "norm", str(certificate.protocol["standard"]))
    declaration = _dcc(verdict, "declaration")
    for language in LANGUAGES:
        rule = Message(f"conformity.certificate.rule.{certificate.protocol['decision']}").text(language)
        _content(declaration, f"{certificate.plan_title(language)}; {rule}", language)
    _dcc(verdict, "conformity", CONFORMITY[certificate.verdict])
    for remark in certificate.remarks:
        statement = _dcc(statements, "statement")
        declaration = _dcc(statement, "declaration")
        for language in LANGUAGES:
            _content(declaration, remark.text(language), language)


def _results(parent: etree._Element, certificate: Certificate) -> None:
    result = _dcc(parent, "measurementResult")
    _bilingual(_dcc(result, "name"), "results")
    methods = _dcc(result, "usedMethods")
    method = _dcc(methods, "usedMethod", refType="basic_uncertainty")
    _bilingual(_dcc(method, "name"), "uncertainty")
    _dcc(method, "norm", "JCGM 100:2008")
    method = _dcc(methods, "usedMethod")
    _content(_dcc(method, "name"), certificate.plan_digest)
    _dcc(method, "norm", str(certificate.protocol["standard"]))
    _equipment(result, certificate)
    _conditions(result, certificate)
    one = _dcc(_dcc(result, "results"), "result")
    _bilingual(_dcc(one, "name"), "results")
    listing = _dcc(_dcc(one, "data"), "list")
    for line in certificate.lines:
        _quantity(listing, line)


def _equipment(result: etree._Element, certificate: Certificate) -> None:
    if not certificate.equipment:
        return
    equipment = _dcc(result, "measuringEquipments")
    for one in certificate.equipment:
        entry = _dcc(equipment, "measuringEquipment", refType="basic_normalUsed")
        name = _dcc(entry, "name")
        for language in LANGUAGES:
            _content(name, one.name(language), language)
        identifications = _dcc(entry, "identifications")
        _identification(identifications, "calibrationLaboratory", one.id, "equipment")
        _identification(identifications, "calibrationLaboratory", one.valid_until, "valid_until")


def _conditions(result: etree._Element, certificate: Certificate) -> None:
    if not certificate.conditions:
        return
    conditions = _dcc(result, "influenceConditions")
    for one in certificate.conditions:
        entry = _dcc(conditions, "influenceCondition", refType=f"basic_{one.quantity}")
        _content(_dcc(entry, "name"), one.quantity)
        data = _dcc(entry, "data")
        for side, value in (("Min", one.low), ("Max", one.high)):
            quantity = _dcc(data, "quantity", refType=f"basic_{one.quantity}{side}")
            _real(quantity, repr(value), one.unit)


def _quantity(listing: etree._Element, line: Line) -> None:
    quantity = _dcc(listing, "quantity", refType="basic_measuredValue", id=f"criterion-{line.id}")
    name = _dcc(quantity, "name")
    for language in LANGUAGES:
        _content(name, line.title(language), language)
    if line.shown is None:
        _dcc(quantity, "noQuantity")
    else:
        real = _real(quantity, repr(line.shown), line.unit)
        if line.expanded is not None:
            spread = _si(real, "expandedUnc")
            _si(spread, "uncertainty", repr(line.expanded))
            _si(spread, "coverageFactor", str(COVERAGE_FACTOR))
            _si(spread, "coverageProbability", str(COVERAGE_PROBABILITY))
            _si(spread, "distribution", "normal")
    meta = _dcc(_dcc(quantity, "measurementMetaData"), "metaData", refType="basic_conformity")
    _bilingual(_dcc(meta, "declaration"), "conformity")
    _dcc(meta, "conformity", CONFORMITY[line.verdict])
    limits = [(side, text) for side, text in (("Lower", line.low), ("Upper", line.high)) if text]
    if limits:
        data = _dcc(meta, "data")
        for side, text in limits:
            _real(_dcc(data, "quantity", refType=f"basic_acceptanceLimit{side}"), text, line.unit)


def _real(parent: etree._Element, value: str, unit: str) -> etree._Element:
    real = _si(parent, "real")
    _si(real, "value", value)
    _si(real, "unit", UNITS.get(unit, unit))
    return real


def _identification(parent: etree._Element, issuer: str, value: str, what: str) -> None:
    entry = _dcc(parent, "identification")
    _dcc(entry, "issuer", issuer)
    _dcc(entry, "value", value)
    _bilingual(_dcc(entry, "name"), what)


def _bilingual(parent: etree._Element, what: str) -> None:
    sentence = Message(f"conformity.certificate.name.{what}")
    for language in LANGUAGES:
        _content(parent, sentence.text(language), language)


def _content(parent: etree._Element, text: str, language: str = "") -> None:
    element = _dcc(parent, "content", text)
    if language:
        element.set("lang", language)


def _dcc(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{DCC}}}{tag}", attributes)
    element.text = text
    return element


def _si(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{SI}}}{tag}")
    element.text = text
    return element
