# SPDX-License-Identifier: Apache-2.0
"""Running the workbench as a server."""

import logging

import uvicorn
from fastapi import FastAPI

log = logging.getLogger(__name__)


def server(app: FastAPI, *, host: str = "127.0.0.1", port: int = 8713) -> uvicorn.Server:
    """Make the server without starting it, for whoever wants to stop it too.

    Parameters
    ----------
    app : FastAPI
    host : str
        Address to bind; other computers reach it only when this is not a loopback address.
    port : int
        0 takes a free one.

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
    )
    return uvicorn.Server(config)


def serve(app: FastAPI, host: str = "127.0.0.1", port: int = 8713) -> None:
    """Serve the workbench until it is interrupted."""
    server(app, host=host, port=port).run()
