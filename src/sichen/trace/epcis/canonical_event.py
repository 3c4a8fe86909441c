# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON of events, fast where that is provably the same, and what the ledger keeps of an event."""

import hashlib
import re
from typing import cast

from sichen.core import JSON, DataError, Message, canonical
from sichen.trace.epcis.event import Table, Value

# A number with a fraction, an exponent or sixteen digits; a character outside the basic plane, which sorts differently.
_DIFFERENT = re.compile(rb'(?:":|[\[,])-?[0-9]+(?:[.eE]|[0-9]{15})|[\xf0-\xf4]')
_HEAD, _MIDDLE, _TAIL = b'{"event":', b',"recordTime":"', b'"}'


def canonical_event(event: Table, *, plain: bool = False) -> bytes:
    """Write an event as canonical JSON (RFC 8785).

    Parameters
    ----------
    event : mapping
    plain : bool
        Whether the event was judged and `is_plain`, so that nothing in it could differ.

    Returns
    -------
    bytes
        The same as `sichen.core.canonical` gives. orjson writes it ten times faster; where the two could differ, in
        numbers with fractions and in names outside the basic plane, the slow one is asked.

    Raises
    ------
    DataError
        If the event holds something that JSON cannot carry exactly.

    Examples
    --------
    >>> canonical_event({"b": 1, "a": 26.0})
    b'{"a":26,"b":1}'
    """
    import orjson

    try:
        data = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise DataError(Message("trace.epcis.not_json", problem=str(error))) from error
    if plain:
        return data
    return canonical(cast("JSON", event)) if _DIFFERENT.search(data) else data


def sealed_body(event: bytes, record_time: str) -> bytes:
    """Return what the ledger commits to: the event in canonical JSON, and when it was captured.

    Examples
    --------
    >>> sealed_body(b'{"type":"ObjectEvent"}', "2026-03-01T08:00:00.000Z")
    b'{"event":{"type":"ObjectEvent"},"recordTime":"2026-03-01T08:00:00.000Z"}'
    """
    return _HEAD + event + _MIDDLE + record_time.encode() + _TAIL


def opened_body(body: bytes) -> tuple[bytes, str]:
    """Take a sealed body apart into the event's canonical JSON and the record time."""
    split = body.rindex(_MIDDLE)
    return body[len(_HEAD) : split], body[split + len(_MIDDLE) : -len(_TAIL)].decode()


def identity_of(event: bytes) -> bytes:
    """Return what makes two captures the same: SHA-256 of the canonical event, whenever it was captured."""
    return hashlib.sha256(event).digest()


def parsed(event: bytes) -> dict[str, Value]:
    """Read an event from its canonical JSON."""
    import orjson

    return cast("dict[str, Value]", orjson.loads(event))
