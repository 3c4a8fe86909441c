# SPDX-License-Identifier: Apache-2.0
"""Running the workbench as a server."""

from collections.abc import Callable
from pathlib import Path
from socket import socket

import uvicorn
from fastapi import FastAPI

from sichen.adapters.memory import settle
from sichen.web.one_write import OneWrite

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound


class Server(uvicorn.Server):
    """A server that says when and where it answers."""

    announce: Callable[[str], None] | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Open the port, then announce the address."""
        await super().startup(sockets)
        if self.started and self.announce is not None:
            self.announce(self.address)

    @property
    def address(self) -> str:
        """Where it answers, once it has started; one that listens everywhere is named by its loopback address."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        name = EVERYWHERE.get(host, f"[{host}]" if ":" in host else host)
        return f"{'https' if self.config.is_ssl else 'http'}://{name}:{port}"


def server(
    app: FastAPI,
    *,
    host: str = "127.0.0.1",
    port: int = 8713,
    certificate: Path | None = None,
    key: Path | None = None,
) -> Server:
    """Make the server without starting it, for whoever wants to stop it too.

    Parameters
    ----------
    app : FastAPI
    host : str
        Address to bind; other computers reach it only when this is not a loopback address.
    port : int
        0 takes a free one.
    certificate, key : Path, optional
        Certificate chain and private key in PEM: then it speaks HTTPS, without which a browser on another
        device, such as a phone held to a watch, does not give its microphone.

    Returns
    -------
    Server
        ``run()`` serves until ``should_exit`` is set.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        http=OneWrite,
        ws="websockets-sansio",
        ws_max_size=1 << 20,
        timeout_graceful_shutdown=2,
        server_header=False,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    return Server(config)


def serve(
    app: FastAPI,
    host: str = "127.0.0.1",
    port: int = 8713,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve the workbench until it is interrupted; the parameters are those of `server`.

    `announce` is called with the address as soon as the workbench answers there.
    """
    running = server(app, host=host, port=port, certificate=certificate, key=key)
    running.announce = announce
    settle()
    running.run()
