# SPDX-License-Identifier: Apache-2.0
"""The workbench: served on this computer, opened with demonstration data where there is nothing yet."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder, read_configuration
from sichen.cli.output import say
from sichen.core import Message

Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]


def workbench() -> int:
    """Prepare the demonstration data where the data folder is empty, then serve the workbench."""
    with DataFolder.open() as folder:
        empty = folder.records.count() == 0
    if empty:
        from sichen.cli.demo import prepare

        print(say(Message("cli.demo.preparing")), flush=True)
        prepare(None)
    return serve()


def serve(*, host: str | None = None, port: int | None = None, data: Data = None) -> int:
    """Run the workbench and its API until Ctrl-C.

    Parameters
    ----------
    host
        Address to listen at; 127.0.0.1 when not configured otherwise.
    port
        Port to listen at; 0 takes a free one.
    """
    from sichen.web import create_app
    from sichen.web import serve as serve_app

    settings = read_configuration({"host": host, "port": port, "data": data})
    with DataFolder.open(settings.data, database=settings.database) as folder:
        serve_app(create_app(folder), host=settings.host, port=settings.port, announce=_announce)
    return 0


def _announce(address: str) -> None:
    print(say(Message("cli.serving", address=address)), flush=True)
