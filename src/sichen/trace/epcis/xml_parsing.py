# SPDX-License-Identifier: Apache-2.0
"""XML from strangers: no entities, no network, bounded depth and size."""

from lxml import etree

from sichen.core import DataError, Message

LARGEST = 256 * 2**20
"""Most bytes of one document."""
DEEPEST = 100
"""How many elements may stand inside each other."""
_MARKS = ("<!ENTITY", "<!ATTLIST")
_FORBIDDEN = tuple(mark.encode(coding) for mark in _MARKS for coding in ("ascii", "utf-16-le", "utf-16-be"))


def parse_xml(data: bytes, *, largest: int = LARGEST) -> "etree._Element":
    """Parse XML text.

    Parameters
    ----------
    data : bytes
    largest : int
        Most bytes.

    Returns
    -------
    lxml element
        The root, without comments and processing instructions.

    Raises
    ------
    DataError
        If it is too large, too deep, no XML, or declares entities.
    """
    if len(data) > largest:
        raise DataError(Message("trace.epcis.too_large", found=len(data), most=largest))
    if any(mark in data for mark in _FORBIDDEN):
        raise DataError(Message("trace.epcis.xml_entities"))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DataError(Message("trace.epcis.not_xml", problem=str(error).splitlines()[0] if str(error) else "")) from error
    if root is None:
        raise DataError(Message("trace.epcis.not_xml", problem=""))
    declared = root.getroottree().docinfo.internalDTD
    # The stubs of lxml do not know `iterentities`.
    if declared is not None and next(iter(getattr(declared, "iterentities", tuple)()), None) is not None:
        raise DataError(Message("trace.epcis.xml_entities"))
    _check_depth(root)
    return root


def _check_depth(root: "etree._Element") -> None:
    level = [root]
    for _ in range(DEEPEST):
        level = [child for element in level for child in element]
        if not level:
            return
        if any(not isinstance(child.tag, str) for child in level):
            raise DataError(Message("trace.epcis.xml_entities"))
    raise DataError(Message("trace.epcis.xml_deep", most=DEEPEST))
