# SPDX-License-Identifier: Apache-2.0
"""Who answers under NTS: the compiled responder, or the library where the processor has no AES instructions."""

import contextlib
import socket
import threading
from typing import Protocol

from sichen.adapters.ntp_responder import NtpResponder
from sichen.adapters.timebase.counter import NS
from sichen.adapters.timebase.outputs.giving import Disciplined
from sichen.core import Instant, Message, SourceError
from sichen.core.ciphers import cipher_path
from sichen.timebase.ntp import AccessList, RateLimiter
from sichen.timebase.nts import CookieJar, sealed_answer
from sichen.timebase.service import OutputPlan

PATIENCE = 0.2
BIGGEST = 2048


class Answering(Protocol):
    """What answers; `answered` counts."""

    address: tuple[str, int]

    @property
    def answered(self) -> int:
        """Answers and refusals sent."""

    def start(self) -> None:
        """Answer."""

    def stop(self) -> None:
        """Answer no more."""


def answering(plan: OutputPlan, clock: Disciplined, jar: CookieJar) -> Answering:
    """Return the faster that this processor allows."""
    return ByInstructions(plan, clock, jar) if cipher_path() == "instructions" else ByLibrary(plan, clock, jar)


class ByInstructions:
    """The compiled responder, told five times a second what the clock is worth."""

    def __init__(self, plan: OutputPlan, clock: Disciplined, jar: CookieJar) -> None:
        self._plan, self._clock = plan, clock
        self._responder = NtpResponder(
            plan.host, plan.listens, allowed=plan.allowed, denied=plan.denied, interval=plan.interval, burst=plan.burst, jar=jar
        )
        self.address = self._responder.address
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="nts-clock", daemon=True)

    @property
    def answered(self) -> int:
        """Answers and refusals sent."""
        return self._responder.tally().answered

    def start(self) -> None:
        """Answer, as not synchronised until there is a clock."""
        self._tell()
        self._responder.start()
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)
        self._responder.stop()

    def _follow(self) -> None:
        while not self._stop.wait(PATIENCE):
            self._tell()

    def _tell(self) -> None:
        both = self._clock.against_system()
        offset = 0 if both is None else both[0].instant.ns - both[1].ns + round(self._plan.delay * NS)
        self._responder.tell(self._clock.as_ntp(), offset_ns=offset)


class ByLibrary:
    """One packet after the other, sealed by `cryptography`: some ten times slower."""

    def __init__(self, plan: OutputPlan, clock: Disciplined, jar: CookieJar) -> None:
        self._plan, self._clock, self._jar = plan, clock, jar
        self._access, self._limiter = AccessList(plan.allowed, plan.denied), RateLimiter(plan.interval, plan.burst)
        self._socket = socket.socket(socket.AF_INET6 if ":" in plan.host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((plan.host, plan.listens))
        except OSError as error:
            self._socket.close()
            raise SourceError(Message("adapters.time.port", name=plan.called, port=plan.listens, problem=str(error))) from error
        self._socket.settimeout(PATIENCE)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self.answered = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._answer, name="nts-answer", daemon=True)

    def start(self) -> None:
        """Answer once there is a clock."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)
        self._socket.close()

    def _answer(self) -> None:
        while not self._stop.is_set():
            try:
                packet, address = self._socket.recvfrom(BIGGEST)
            except OSError:
                continue
            answer = self._sealed(packet, str(address[0]))
            if answer is not None:
                self.answered += 1
                with contextlib.suppress(OSError):
                    self._socket.sendto(answer, address)

    def _sealed(self, packet: bytes, client: str) -> bytes | None:
        """Return what a client is answered; None for nothing."""
        received = self._clock.now()
        if received is None or not self._access.allows(client):
            return None
        if self._limiter.judge(client, received.instant) != b"ok":
            return None
        sent = self._clock.now() or received
        leaving = Instant(sent.instant.ns + round(self._plan.delay * NS))
        return sealed_answer(packet, jar=self._jar, received=received.instant, sent=leaving, clock=self._clock.as_ntp())
