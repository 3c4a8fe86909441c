# SPDX-License-Identifier: Apache-2.0
"""How a request of the EPCIS interface reaches the events."""

import threading

from starlette.requests import HTTPConnection

from sichen.adapters.epcis.desk import EventDesk
from sichen.web.epcis.access import ruled

_LOCK = threading.Lock()


def desk_of(connection: HTTPConnection) -> EventDesk:
    """Return the events as whoever asks may see and write them."""
    return ruled(whole_desk(connection), connection)


def whole_desk(connection: HTTPConnection) -> EventDesk:
    """Return the desk of the application's data folder; it is opened when somebody first asks."""
    state = connection.app.state
    opened: EventDesk | None = getattr(state, "epcis", None)
    if opened is not None:
        return opened
    with _LOCK:
        desk: EventDesk | None = getattr(state, "epcis", None)
        if desk is None:
            desk = EventDesk(state.folder)
            if desk.subscriptions.subscriptions():
                desk.teller.start()
            state.epcis = desk
    return desk
