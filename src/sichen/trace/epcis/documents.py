# SPDX-License-Identifier: Apache-2.0
"""Any EPCIS document: read as what it looks like."""

from sichen.trace.epcis.event import Document
from sichen.trace.epcis.jsonld import LARGEST, read_jsonld
from sichen.trace.epcis.xml_reading import read_xml

_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_document(
    data: bytes, *, exact: bool = False, once: bool = False, judged: bool = True, largest: int = LARGEST
) -> Document:
    """Read a JSON-LD or XML document, or one event of either that stands alone.

    Parameters
    ----------
    data : bytes
    exact : bool
        Whether numbers keep all their digits, as `Decimal`; needed for the event hash.
    once : bool
        Whether JSON that names a member twice in one table is refused; otherwise the last one counts.
    judged : bool
        Whether what surrounds the events must follow the rules; the event hash does not ask for it.
    largest : int
        Most bytes.

    Returns
    -------
    Document

    Raises
    ------
    InvalidDocument
        If what surrounds the events breaks the rules.
    DataError
        If it is neither JSON nor XML.
    """
    bare = data
    for mark in _MARKS:
        bare = bare.removeprefix(mark)
    if bare.lstrip()[:1] == b"<" or bare.lstrip(b" \t\r\n\x00")[:1] == b"<":
        return read_xml(data, exact=exact, largest=largest)
    return read_jsonld(data.removeprefix(_MARKS[0]), exact=exact, once=once, judged=judged, largest=largest)
