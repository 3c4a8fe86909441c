# SPDX-License-Identifier: Apache-2.0
"""XML as certificates need it: names, safe parsing, canonical bytes."""

from lxml import etree

from sichen.core import DataError, Message

DCC = "https://ptb.de/dcc"
SI = "https://ptb.de/si"
DS = "http://www.w3.org/2000/09/xmldsig#"
DSIG11 = "http://www.w3.org/2009/xmldsig11#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NAMES = {"dcc": DCC, "si": SI, "ds": DS, "dsig11": DSIG11, "xades": XADES}
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
LARGEST = 20_000_000
"""Bytes of the largest certificate that is read: photographs travel by digest."""


def parse(data: bytes) -> etree._Element:
    """Parse XML that came from anywhere: no entities, no document type, no network, no endless text.

    Raises
    ------
    DataError
        If it is no well-formed XML, declares a document type, or is too large.
    """
    if len(data) > LARGEST:
        raise DataError(Message("conformity.certificate.unreadable", why=f"{len(data)} bytes"))
    # No comments: the signed form has none either, and one inside a number would hide the rest of it from a reader.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DataError(Message("conformity.certificate.unreadable", why=str(error))) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DataError(Message("conformity.certificate.unreadable", why="DOCTYPE"))
    return root


def canonical_document(root: etree._Element) -> bytes:
    """Return the canonical form of a whole document without comments.

    Canonical XML 1.0 and 1.1 differ only for parts of documents that inherit ``xml:`` attributes; for a whole
    document they are the same bytes.
    """
    return _canonical(root.getroottree(), exclusively=False)


def exclusive(element: etree._Element) -> bytes:
    """Return the exclusive canonical form of an element, without comments (W3C xml-exc-c14n)."""
    return _canonical(element, exclusively=True)


def _canonical(what: etree._Element | etree._ElementTree, *, exclusively: bool) -> bytes:
    try:
        return bytes(etree.tostring(what, method="c14n", exclusive=exclusively, with_comments=False))
    except etree.C14NError as error:  # a namespace that is no absolute address has no canonical form
        raise DataError(Message("conformity.certificate.unreadable", why=str(error))) from error


def find(element: etree._Element, path: str) -> etree._Element | None:
    """Return the first element at a path with the prefixes of `NAMES`, or None."""
    return element.find(path, NAMES)


def find_all(element: etree._Element, path: str) -> list[etree._Element]:
    """Return all elements at a path with the prefixes of `NAMES`."""
    return list(element.findall(path, NAMES))


def text_at(element: etree._Element, path: str) -> str:
    """Return the text at a path without surrounding space, or an empty text."""
    found = find(element, path)
    return "" if found is None or found.text is None else found.text.strip()


def take_out(child: etree._Element) -> None:
    """Take an element out of its parent and keep the text that followed it."""
    parent = child.getparent()
    if parent is None:
        return
    tail = child.tail or ""
    before = child.getprevious()
    if before is None:
        parent.text = (parent.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    parent.remove(child)
