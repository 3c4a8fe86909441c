# SPDX-License-Identifier: Apache-2.0
"""Event hash IDs: a name for an event that anybody can compute from it.

It is a name and no seal: different events can be made to share it (see `sichen.trace.epcis.ambiguity`). What seals an
event in Sichen is the salted leaf of the ledger.
"""

import hashlib
from collections.abc import Mapping

from sichen.trace.epcis.event import Table
from sichen.trace.epcis.hash_text import prehash

VERSION = "CBV2.0"


def event_hash(event: Table, prefixes: Mapping[str, str] | None = None) -> str:
    """Return the event hash ID of an event.

    Parameters
    ----------
    event : mapping
        As JSON-LD has it; with numbers as `Decimal` no digit is lost.
    prefixes : mapping of str to str, optional
        Prefix to namespace, as the document declared them.

    Returns
    -------
    str
        ``ni:///sha-256;…?ver=CBV2.0``.

    References
    ----------
    GS1 Core Business Vocabulary 2.0, section 8.9; the order is that of the published reference vectors.

    Examples
    --------
    >>> event_hash({"type": "ObjectEvent", "eventTime": "2023-02-02T11:04:03Z"})[:24]
    'ni:///sha-256;1eddfc5272'
    """
    digest = hashlib.sha256(prehash(event, prefixes).encode("utf-8", "surrogatepass")).hexdigest()
    return f"ni:///sha-256;{digest}?ver={VERSION}"
