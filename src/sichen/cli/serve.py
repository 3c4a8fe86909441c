# SPDX-License-Identifier: Apache-2.0
"""The workbench: served on this computer, opened with demonstration data where there is nothing yet."""

from pathlib import Path
from secrets import token_urlsafe
from socket import gethostname
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder, read_configuration
from sichen.cli.output import note, say
from sichen.core import Message

if TYPE_CHECKING:
    from sichen.adapters.phone_access import PhoneAccess

LOOPBACK = "127.0.0.1"
OWN = {LOOPBACK, "::1", "localhost"}

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


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    data: Data = None,
    phone: Annotated[bool, Parameter(negative=())] = False,
    certificate: Path | None = None,
    key: Path | None = None,
) -> int:
    """Run the workbench and its API until Ctrl-C.

    Parameters
    ----------
    host
        Address to listen at; 127.0.0.1 when not configured otherwise.
    port
        Port to listen at; 0 takes a free one.
    phone
        Let phones in this network open the workbench and give their microphone, over HTTPS with a certificate of our own.
    certificate
        Certificate chain in PEM, to speak HTTPS with a certificate of yours.
    key
        Its private key in PEM.
    """
    from sichen.adapters.ledger.sealing import Sealer
    from sichen.adapters.phone_access import own_addresses, phone_access
    from sichen.web import create_app
    from sichen.web import serve as serve_app

    settings = read_configuration({"host": host, "port": port, "data": data})
    with DataFolder.open(settings.data, database=settings.database) as folder:
        access = phone_access(folder.path) if phone else None
        address = "0.0.0.0" if phone and settings.host == LOOPBACK else settings.host  # noqa: S104 - asked for
        invitation = token_urlsafe(16) if phone else ""
        app = create_app(
            folder,
            hosts=() if address in OWN else (settings.host, gethostname(), *own_addresses()),
            sign_in=settings.host not in OWN,
            invitation=invitation,
        )
        if address not in OWN and access is None and certificate is None:
            note(say(Message("cli.people.in_clear")))

        def announce(found: str) -> None:
            print(say(Message("cli.serving", address=found)), flush=True)
            if access is not None:
                _invite(access, port=found.rpartition(":")[2], invitation=invitation)

        with Sealer(folder):
            serve_app(
                app,
                address,
                settings.port,
                certificate=certificate if access is None else access.certificate,
                key=key if access is None else access.key,
                announce=announce,
            )
    return 0


def _invite(access: "PhoneAccess", *, port: str, invitation: str) -> None:
    """Print the links for phones, with a code to scan."""
    import segno

    for own in access.addresses:
        link = f"https://{own}:{port}/phone/{invitation}"
        print(say(Message("cli.phone", address=link, fingerprint=access.fingerprint)), flush=True)
        segno.make(link).terminal(compact=True)
