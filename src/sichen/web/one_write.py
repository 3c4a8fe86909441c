# SPDX-License-Identifier: Apache-2.0
"""Answers leave the server in one piece: uvicorn writes the head and the body apart, and each writing wakes the reader."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Joined:
    """A transport that holds the head of an answer back until its body is there, or the loop comes round.

    Parameters
    ----------
    transport : asyncio.Transport
    loop : asyncio.AbstractEventLoop
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a transport has
        """Return what is not about writing from the transport itself."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Hold a head back; write everything else."""
        if self._held:
            data, self._held = self._held + data, b""
        elif data.endswith(b"\r\n\r\n"):
            self._held = data
            self._loop.call_soon(self._flush)
            return
        self._transport.write(data)

    def close(self) -> None:
        """Write what is held, then close."""
        self._flush()
        self._transport.close()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Write what is held before somebody else takes over."""
        self._flush()
        self._transport.set_protocol(protocol)

    def _flush(self) -> None:
        if self._held:
            data, self._held = self._held, b""
            self._transport.write(data)


class OneWrite(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, each small answer in one piece."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin."""
        super().connection_made(cast("asyncio.Transport", Joined(transport, self.loop)))
