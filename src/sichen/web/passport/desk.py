# SPDX-License-Identifier: Apache-2.0
"""How a request reaches the passports and the tags of the data folder."""

import threading
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.tap_register import TapRegister
from sichen.web.epcis.desk import whole_desk as events_of

_LOCK = threading.Lock()


def desk_of(connection: HTTPConnection) -> PassportDesk:
    """Return the desk of passports; it shares the events of the EPCIS interface."""
    state = connection.app.state
    events = events_of(connection)
    with _LOCK:
        desk: PassportDesk | None = getattr(state, "passports", None)
        if desk is None:
            desk = state.passports = PassportDesk(state.folder, events)
        return desk


def taps_of(connection: HTTPConnection) -> TapRegister:
    """Return the register of tags."""
    state = connection.app.state
    with _LOCK:
        found: TapRegister | None = getattr(state, "taps", None)
        if found is None:
            found = state.taps = TapRegister(state.folder.path)
        return found


Desk = Annotated[PassportDesk, Depends(desk_of)]
Taps = Annotated[TapRegister, Depends(taps_of)]
