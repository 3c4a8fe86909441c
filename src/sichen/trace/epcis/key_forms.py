# SPDX-License-Identifier: Apache-2.0
"""Events with their keys written the way that a client asks for.

From an EPC URN to a Digital Link there is one way. Back there is none without a list of the lengths of all company prefixes,
which a link does not tell: who wants URNs only is refused and not given a guess.
"""

from collections.abc import Mapping

from sichen.trace.epcis.event import Table, Value, is_extension
from sichen.trace.epcis.keys import canonical_key

_NOT_KEYS = frozenset({"eventID", "correctiveEventIDs", "@context", "certificationInfo"})


def in_links(event: Table) -> Table:
    """Return an event in which every EPC URN of the standard's fields is a Digital Link; extensions stay as they were.

    Examples
    --------
    >>> in_links({"eventID": "urn:epc:id:giai:4012345.1", "epcList": ["urn:epc:id:giai:4012345.1", "https://a.example/1"]})
    {'eventID': 'urn:epc:id:giai:4012345.1', 'epcList': ['https://id.gs1.org/8004/40123451', 'https://a.example/1']}
    """
    return {name: value if name in _NOT_KEYS or is_extension(name) else _in_links(value) for name, value in event.items()}


def _in_links(value: Value) -> Value:
    if isinstance(value, str):
        return canonical_key(value) if value.startswith("urn:epc:") else value
    if isinstance(value, Mapping):
        return in_links(value)
    return [_in_links(item) for item in value] if isinstance(value, list | tuple) else value
