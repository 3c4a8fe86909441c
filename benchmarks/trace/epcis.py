# SPDX-License-Identifier: Apache-2.0
"""EPCIS: how many events a second of processor time takes, from bytes to a signed checkpoint, and how many hashes."""

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sichen.adapters.epcis.store import EventStore
from sichen.adapters.memory import settle
from sichen.trace.epcis import Clock, Value, event_hash, read_document, read_jsonld, write_xml

EVENTS, BATCH = 20_000, 1000
HASHED = 20_000
FULL_GOAL, HASH_GOAL = 23_000, 10_000
_LATE = Clock(2**62)

_EVENT: dict[str, Value] = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-01T08:00:00.000+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "bizStep": "inspecting",
    "disposition": "in_progress",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    "bizLocation": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:0614141.00001.1618034"}],
}


def main() -> None:
    """Print the rates beside their goals; a busy machine lowers them, so they are told and no gate."""
    settle()  # as `sichen serve` and `sichen trace capture` do
    print("\ntrace: EPCIS events, one signature a batch of 1000\n")
    documents = [_document(start) for start in range(0, EVENTS, BATCH)]
    in_xml = [write_xml(read_jsonld(document)) for document in documents[: len(documents) // 4]]
    _told("JSON-LD to signed checkpoint, identifiers given", EVENTS, _full(documents), goal=FULL_GOAL)
    nameless = [_document(start, named=False) for start in range(0, EVENTS, BATCH)]
    _told("JSON-LD to signed checkpoint, identifiers computed", EVENTS, _full(nameless))
    _told("XML to signed checkpoint", len(in_xml) * BATCH, _full(in_xml))
    _peer(in_xml[0])
    events = [event for document in documents for event in read_jsonld(document, exact=True).events][:HASHED]
    _told("event hash IDs", HASHED, _spent(lambda: [event_hash(event) for event in events]), goal=HASH_GOAL)


def _peer(document: bytes) -> None:
    """Let quartet_epcis read the same events, in XML of the edition that it knows, if its Python is named."""
    python = os.environ.get("SICHEN_QUARTET")
    if not python:
        print("  quartet_epcis: not measured; SICHEN_QUARTET names the Python of an environment that has it")
        return
    older = document.replace(b"urn:epcglobal:epcis:xsd:2", b"urn:epcglobal:epcis:xsd:1").replace(b'"2.0"', b'"1.2"')
    # Edition 1.2 has the identifier in an element of its own; the peer reads events without one as well.
    older = re.sub(rb"<eventID>[^<]*</eventID>", b"", older)
    # It takes only events of things whose beginning it knows.
    older = older.replace(b">OBSERVE<", b">ADD<").replace(b":inspecting<", b":commissioning<")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.xml"
        file.write_bytes(older)
        script = Path(__file__).with_name("epcis_peer.py")
        told = subprocess.run([python, str(script), str(file)], capture_output=True, text=True, check=False)
    words = told.stdout.split()
    if len(words) != 2:
        print(f"  quartet_epcis: failed, {told.stderr.strip().splitlines()[-1:]}")
        return
    _told("the peer, quartet_epcis, XML 1.2 to SQLite", int(words[0]), float(words[1]))


def _document(start: int, *, named: bool = True) -> bytes:
    events = []
    for number in range(start, start + BATCH):
        name = {"eventID": f"urn:uuid:8b5b3f9e-0000-4000-8000-{number:012d}"} if named else {}
        when = {"eventTime": f"2026-03-01T08:{number // 60 % 60:02}:{number % 60:02}.{number % 997:03}+08:00"}
        events.append({**_EVENT, **name, **when, "epcList": [f"urn:epc:id:sgtin:4012345.011111.{number}"]})
    context = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
    head = {"@context": context, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-01T08:00:00Z"}
    return json.dumps({**head, "epcisBody": {"eventList": events}}).encode()


def _full(documents: list[bytes]) -> float:
    """Parse, judge, make canonical, index, hash, store, grow the tree and sign."""
    with tempfile.TemporaryDirectory() as folder, EventStore(Path(folder)) as store:
        store.capture([{**_EVENT, "eventID": "urn:a:first", "epcList": []}])

        def work() -> None:
            for data in documents:
                store.admit(read_document(data), clock=_LATE)

        return _spent(work)


def _spent(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _told(what: str, count: int, spent: float, *, goal: int = 0) -> None:
    beside = f"  goal {goal}" if goal else ""
    print(f"  {what:52} {spent:8.3f} CPU-s {count / spent:10.0f} /CPU-s{beside}")


if __name__ == "__main__":
    main()
