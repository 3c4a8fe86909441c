# SPDX-License-Identifier: Apache-2.0
"""Feeding chronyd: by the socket that it made, or by shared memory."""

import contextlib
import ctypes
import socket

from sichen.adapters.timebase.outputs.giving import Disciplined, SecondOutput
from sichen.core import Message, SourceError
from sichen.timebase.feeds import SHM_KEY, SHM_SIZE, shm_block, sock_packet
from sichen.timebase.service import OutputPlan, Told

CREATE = 0o1000
OWNER = 0o600
VALID_AT = 48
"""Where the block says whether it is valid."""


class SockOutput(SecondOutput):
    """chronyd's SOCK driver: one packet a second; an unusable clock feeds nobody."""

    def tell(self, told: Told) -> None:
        """Send the comparison of the served with the system's clock."""
        both = self.clock.against_system()
        if both is None or not told.usable:
            return
        served, system = both
        packet = sock_packet(system, offset=(served.instant.ns - system.ns) / 1e9 + self.plan.delay, leap=told.leap)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as feeder:
            try:
                feeder.sendto(packet, self.plan.path)
            except OSError as error:
                raise SourceError(Message("adapters.time.no_chronyd", path=self.plan.path)) from error


class ShmOutput(SecondOutput):
    """NTP's shared memory, as chronyd, ntpd and gpsd know it."""

    def __init__(self, plan: OutputPlan, clock: Disciplined) -> None:
        super().__init__(plan, clock)
        self._address: int | None = None
        self._system = ctypes.CDLL(None, use_errno=True)
        self._written = 0

    def tell(self, told: Told) -> None:
        """Write the comparison, under a count that is odd meanwhile."""
        both = self.clock.against_system()
        if both is None or not told.usable:
            return
        address = self._attach()
        true, system = both[0].instant, both[1]
        self._written += 2
        block = shm_block(true, system, count=self._written, leap=told.leap)
        ctypes.memset(address + VALID_AT, 0, 4)
        ctypes.memmove(address + 4, (self._written - 1).to_bytes(4, "little"), 4)
        ctypes.memmove(address + 8, block[8:VALID_AT], VALID_AT - 8)
        ctypes.memmove(address + VALID_AT + 4, block[VALID_AT + 4 :], SHM_SIZE - VALID_AT - 4)
        ctypes.memmove(address, block[:8], 8)
        ctypes.memmove(address + VALID_AT, block[VALID_AT : VALID_AT + 4], 4)

    def _attach(self) -> int:
        if self._address is None:
            made = self._system.shmget(SHM_KEY + self.plan.unit, SHM_SIZE, CREATE | OWNER)
            self._system.shmat.restype = ctypes.c_void_p
            address = self._system.shmat(made, None, 0) if made >= 0 else None
            if address is None or address == ctypes.c_void_p(-1).value:
                raise SourceError(Message("adapters.time.no_shm", unit=self.plan.unit))
            self._address = int(address)
        return self._address

    def close(self) -> None:
        """Let go of the memory; it stays for its readers, marked as no longer valid."""
        if self._address is not None:
            with contextlib.suppress(OSError):
                ctypes.memset(self._address + VALID_AT, 0, 4)
                self._system.shmdt(ctypes.c_void_p(self._address))
            self._address = None
