# SPDX-License-Identifier: Apache-2.0
"""Reading digital calibration certificates, ours and those of other laboratories."""

import base64
import binascii
import json
from dataclasses import dataclass

from lxml import etree

from sichen.conformity.certificate.content import Certificate
from sichen.conformity.certificate.dcc import DOCUMENT_NAME
from sichen.conformity.certificate.xml import DCC, NAMES, find, find_all, parse, text_at
from sichen.core import DataError, Message


@dataclass(frozen=True)
class DccQuantity:
    """One quantity of a DCC: values and expanded uncertainties of one unit.

    Parameters
    ----------
    name, reference_type, unit : str
    values : tuple of str
        As written.
    expanded, coverage_factor : tuple of str
        Empty where the quantity states none; one entry may stand for all values.
    conformity : str
        ``pass``, ``fail`` and so on, or empty.
    """

    name: str
    reference_type: str
    values: tuple[str, ...]
    unit: str
    expanded: tuple[str, ...]
    coverage_factor: tuple[str, ...]
    conformity: str


@dataclass(frozen=True)
class Dcc:
    """What a DCC says, as far as a reader of watches needs it."""

    schema: str
    number: str
    languages: tuple[str, ...]
    begun: str
    ended: str
    laboratory: str
    customer: str
    items: tuple[str, ...]
    persons: tuple[str, ...]
    identifications: tuple[str, ...]
    norms: tuple[str, ...]
    conformity: str
    quantities: tuple[DccQuantity, ...]
    signed: bool
    certificate: Certificate | None


def read_dcc(data: bytes, *, language: str = "en") -> Dcc:
    """Read a DCC. It is not verified: `verify` does that.

    Parameters
    ----------
    data : bytes
    language : str
        Which of several names to take; the first one where there is none.

    Raises
    ------
    DataError
        If it is not a DCC.
    """
    root = parse(data)
    if root.tag != f"{{{DCC}}}digitalCalibrationCertificate":
        raise DataError(Message("conformity.certificate.no_dcc", found=str(root.tag)))
    admin = "dcc:administrativeData"
    return Dcc(
        schema=root.get("schemaVersion", ""),
        number=text_at(root, f"{admin}/dcc:coreData/dcc:uniqueIdentifier"),
        languages=_texts(root, f"{admin}/dcc:coreData/dcc:usedLangCodeISO639_1"),
        begun=text_at(root, f"{admin}/dcc:coreData/dcc:beginPerformanceDate"),
        ended=text_at(root, f"{admin}/dcc:coreData/dcc:endPerformanceDate"),
        laboratory=_name(find(root, f"{admin}/dcc:calibrationLaboratory/dcc:contact"), language),
        customer=_name(find(root, f"{admin}/dcc:customer"), language),
        items=tuple(_name(item, language) for item in find_all(root, f"{admin}/dcc:items/dcc:item")),
        persons=tuple(_name(one, language) for one in find_all(root, f"{admin}/dcc:respPersons/dcc:respPerson/dcc:person")),
        identifications=_texts(root, f"{admin}/dcc:coreData/dcc:identifications/dcc:identification/dcc:value"),
        norms=tuple(dict.fromkeys(_texts(root, ".//dcc:norm"))),
        conformity=text_at(root, f"{admin}/dcc:statements/dcc:statement/dcc:conformity"),
        quantities=tuple(_quantities(root, language)),
        signed=find(root, "ds:Signature") is not None,
        certificate=embedded(root),
    )


def embedded(root: etree._Element) -> Certificate | None:
    """Return the certificate that our writer put inside, or None in a DCC of others.

    Raises
    ------
    DataError
        If there is one and it is damaged.
    """
    document = find(root, "dcc:document")
    if document is None or text_at(document, "dcc:fileName") != DOCUMENT_NAME:
        return None
    try:
        data = json.loads(base64.b64decode(text_at(document, "dcc:dataBase64"), validate=True))
    except (ValueError, binascii.Error) as error:
        raise DataError(Message("conformity.certificate.form", found=str(error))) from error
    return Certificate.from_json(data)


def _quantities(root: etree._Element, language: str) -> list[DccQuantity]:
    path = "dcc:measurementResults/dcc:measurementResult/dcc:results/dcc:result/dcc:data//dcc:quantity"
    inner = {one for meta in find_all(root, ".//dcc:measurementMetaData") for one in find_all(meta, ".//dcc:quantity")}
    return [_quantity(one, language) for one in find_all(root, path) if one not in inner]


def _quantity(element: etree._Element, language: str) -> DccQuantity:
    # A hybrid gives the same values in several units, the first one in that of the SI.
    holder = find(element, "si:hybrid")
    holder = element if holder is None else holder
    values = _listed(holder, ("si:real/si:value", "si:realListXMLList/si:valueXMLList"))
    return DccQuantity(
        name=_name(element, language),
        reference_type=element.get("refType", ""),
        values=values,
        unit=_first(holder, ("si:real/si:unit", "si:realListXMLList/si:unitXMLList")),
        expanded=_listed(
            holder,
            ("si:real/si:expandedUnc/si:uncertainty", "si:realListXMLList/si:expandedUncXMLList/si:uncertaintyXMLList"),
        ),
        coverage_factor=_listed(
            holder,
            ("si:real/si:expandedUnc/si:coverageFactor", "si:realListXMLList/si:expandedUncXMLList/si:coverageFactorXMLList"),
        ),
        conformity=_first(
            element,
            (
                "dcc:measurementMetaData/dcc:metaData/dcc:conformity",
                "dcc:measurementMetaData/dcc:metaData/dcc:conformityXMLList",
            ),
        ),
    )


def _name(parent: etree._Element | None, language: str) -> str:
    if parent is None:
        return ""
    contents = find_all(parent, "dcc:name/dcc:content")
    chosen = [one for one in contents if one.get("lang") == language] or contents
    return (chosen[0].text or "").strip() if chosen else ""


def _texts(root: etree._Element, path: str) -> tuple[str, ...]:
    return tuple((one.text or "").strip() for one in root.findall(path, NAMES))


def _listed(element: etree._Element, paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_first(element, paths).split())


def _first(element: etree._Element, paths: tuple[str, ...]) -> str:
    return next((text for path in paths if (text := text_at(element, path))), "")
