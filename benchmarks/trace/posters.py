# SPDX-License-Identifier: Apache-2.0
"""The clients of `posting`: many connections in one process that costs little, because it shares the cores with the server.

Requests are made beforehand, answers are not parsed: a connection looks for the status in the first line and counts the
bytes of the body.
"""

import asyncio
import json
import time
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import uvloop

_CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
_LENGTH = b"content-length: "


def name_of(number: int) -> str:
    """Return the identifier of an event."""
    return f"urn:uuid:8b5b3f9e-0000-4000-8000-{number:012d}"


def request_of(place: str, number: int, headers: str = "") -> bytes:
    """Return a whole request that posts one event."""
    event = {
        "@context": _CONTEXT,
        "type": "ObjectEvent",
        "eventID": name_of(number),
        "action": "OBSERVE",
        "bizStep": "inspecting",
        "eventTime": "2026-03-01T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": [f"urn:epc:id:sgtin:4012345.011111.{number}"],
    }
    body = json.dumps(event).encode()
    head = f"POST /api/epcis/events HTTP/1.1\r\nHost: {place}\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Poster(asyncio.Protocol):
    """One connection that posts its events one after the other, each when the one before was answered."""

    def __init__(self, requests: list[tuple[int, bytes]], times: list[float], kept: list[int]) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = iter(requests)
        self._times, self._kept = times, kept
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        """Wait for the end of an answer, then post the next event."""
        self._seen += data
        head, blank, body = self._seen.partition(b"\r\n\r\n")
        if not blank or len(body) < int(head.lower().partition(_LENGTH)[2].partition(b"\r")[0]):
            return
        self._times.append(time.perf_counter() - self._start)
        if self._seen.startswith(b"HTTP/1.1 201"):
            self._kept.append(self._number)
        self._seen = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        """Stop, because the server is gone or because everything was posted."""
        del error
        if not self.ended.done():
            self.ended.set_result(None)

    def _next(self) -> None:
        following = next(self._requests, None)
        if following is None:
            self._transport.close()
            return
        self._number, request = following
        self._start = time.perf_counter()
        self._transport.write(request)


async def post(address: str, numbers: range, *, clients: int, times: list[float], kept: list[int]) -> tuple[float, float]:
    """Post events through many connections; return the seconds of the clock and of this process."""
    place = urlsplit(address)
    requests = [(number, request_of(place.netloc, number)) for number in numbers]
    loop = asyncio.get_running_loop()
    start, before = time.perf_counter(), time.process_time()
    made = [
        await loop.create_connection(
            partial(Poster, requests[one::clients], times, kept), place.hostname or "", place.port or 80
        )
        for one in range(clients)
    ]
    await asyncio.gather(*(poster.ended for _, poster in made))
    return time.perf_counter() - start, time.process_time() - before


run = uvloop.run
