# SPDX-License-Identifier: Apache-2.0
"""JSON-LD contexts: known by name, never fetched; prefixes resolved to namespaces."""

from collections.abc import Mapping
from types import MappingProxyType

from sichen.core import Message
from sichen.trace.epcis.event import Document, Table, Value, is_extension, items_of
from sichen.trace.epcis.faults import Fault, InvalidDocument

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
"""The context that our own documents name."""

KNOWN = frozenset(
    {
        CONTEXT,
        "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld",
        "https://gs1.github.io/EPCIS/epcis-context.jsonld",
    }
)

STANDARD: Mapping[str, str] = MappingProxyType(
    {
        "epcis": "https://ref.gs1.org/epcis/",
        "cbv": "https://ref.gs1.org/cbv/",
        "cbvmda": "urn:epcglobal:cbv:mda:",
        "gs1": "https://gs1.org/voc/",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "dcterms": "http://purl.org/dc/terms/",
    }
)
"""Prefixes that the standard's own context declares."""

SICHEN = "https://sichen.org/voc/"
"""Namespace of the watch vocabulary."""


def declared(context: Value) -> dict[str, str]:
    """Return the prefixes that a ``@context`` declares itself.

    Parameters
    ----------
    context : JSON value
        A name, a table or a list of both. Names are not fetched: what they stand for is known or ignored.

    Returns
    -------
    dict of str to str
        Prefix to namespace.

    Raises
    ------
    InvalidDocument
        If it is no context.

    Examples
    --------
    >>> declared([CONTEXT, {"example": "http://ns.example.com/"}])
    {'example': 'http://ns.example.com/'}
    """
    found: dict[str, str] = {}
    for item in items_of(context):
        if isinstance(item, Mapping):
            found |= {name: namespace for name, value in item.items() if (namespace := _namespace(name, value))}
        elif not isinstance(item, str):
            raise InvalidDocument([Fault("@context", Message("trace.epcis.bad_context", found=type(item).__name__))])
    return found


def names_standard(context: Value) -> bool:
    """Tell whether a ``@context`` names the standard's context."""
    return any(item in KNOWN for item in items_of(context) if isinstance(item, str))


def prefixes_of(event: Table, prefixes: Mapping[str, str]) -> Mapping[str, str]:
    """Return all prefixes in force inside an event.

    Parameters
    ----------
    event : mapping
    prefixes : mapping of str to str
        What its document declared.
    """
    own = event.get("@context")
    return {**STANDARD, **prefixes, **(declared(own) if own is not None else {})}


def self_contained(event: Table, prefixes: Mapping[str, str]) -> Table:
    """Return an event that carries the declarations its extensions need, and no others.

    Examples
    --------
    >>> self_contained({"type": "ObjectEvent", "a:b": "1"}, {"a": "urn:a:", "unused": "urn:u:"})
    {'@context': [{'a': 'urn:a:'}], 'type': 'ObjectEvent', 'a:b': '1'}
    """
    if not prefixes and "@context" not in event:
        return event
    known = {**prefixes, **declared(event.get("@context"))}
    used = {name: known[name] for name in sorted(_used(event)) if name in known}
    body = {name: value for name, value in event.items() if name != "@context"}
    return {"@context": [used], **body} if used else body


def gathered(events: tuple[Table, ...]) -> tuple[tuple[Table, ...], dict[str, str]]:
    """Move the declarations of events to the document that carries them, where they do not contradict each other.

    Returns
    -------
    events : tuple of mapping
        Without ``@context``, except those whose prefix means something else than in an event before.
    prefixes : dict of str to str
    """
    common: dict[str, str] = {}
    out: list[Table] = []
    for event in events:
        own = declared(event.get("@context")) if "@context" in event else {}
        if all(common.get(name, namespace) == namespace for name, namespace in own.items()):
            common |= own
            out.append({name: value for name, value in event.items() if name != "@context"} if own else event)
        else:
            out.append(event)
    return tuple(out), common


def document_context(document: Document) -> list[Value]:
    """Return the ``@context`` of a document: the standard's name, then one table a prefix."""
    return [CONTEXT, *({name: namespace} for name, namespace in document.prefixes.items())]


def _namespace(name: str, value: Value) -> str:
    if name.startswith("@") or ":" in name:
        return ""
    if isinstance(value, Mapping):
        value = value.get("@id")
    return value if isinstance(value, str) else ""


def _used(value: Value) -> set[str]:
    """Collect prefixes of names and of values; a prefix too many does no harm, one too few loses meaning."""
    found: set[str] = set()
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if is_extension(name):
                found.add(name.partition(":")[0])
            found |= _used(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            found |= _used(inner)
    elif isinstance(value, str) and ":" in value:
        found.add(value.partition(":")[0])
    return found
