# SPDX-License-Identifier: Apache-2.0
"""Running the workbench as a server."""

from pathlib import Path

import uvicorn
from fastapi import FastAPI


def server(
    app: FastAPI,
    *,
    host: str = "127.0.0.1",
    port: int = 8713,
    certificate: Path | None = None,
    key: Path | None = None,
) -> uvicorn.Server:
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
    uvicorn.Server
        ``run()`` serves until ``should_exit`` is set.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=1 << 20,
        timeout_graceful_shutdown=2,
        server_header=False,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    return uvicorn.Server(config)


def serve(
    app: FastAPI,
    host: str = "127.0.0.1",
    port: int = 8713,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve the workbench until it is interrupted; the parameters are those of `server`."""
    server(app, host=host, port=port, certificate=certificate, key=key).run()
