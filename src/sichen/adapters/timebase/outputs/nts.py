# SPDX-License-Identifier: Apache-2.0
"""The NTS server: keys agreed on over TLS 1.3, time under seal, master keys that change each day."""

import contextlib
import socket
import threading
import time
from pathlib import Path

from sichen.adapters.phone_access import phone_access
from sichen.adapters.timebase.outputs.giving import Disciplined, Output
from sichen.adapters.timebase.tls import Conversation, server_context
from sichen.core import Instant, Message, SichenError, SourceError
from sichen.timebase.ntp import AccessList, RateLimiter
from sichen.timebase.nts import COOKIES, CookieJar, answer_records, sealed_answer
from sichen.timebase.service import OutputPlan

PATIENCE = 0.2
SLOWEST = 5.0
"""Seconds that a client has for the whole exchange of keys."""
TOGETHER = 16
DAY = 86_400.0
BIGGEST = 2048


class NtsOutput(Output):
    """Keys at `ke_port`, time at `port`.

    Parameters
    ----------
    plan, clock
        As for every output.
    state : Path
        Where the certificate is kept that this house makes when the plan names none.
    """

    def __init__(self, plan: OutputPlan, clock: Disciplined, *, state: Path) -> None:
        super().__init__(plan, clock)
        certificate, key = Path(plan.certificate), Path(plan.key)
        if not plan.certificate:
            made = phone_access(state)
            certificate, key = made.certificate, made.key
        self.certificate = certificate
        self._context = server_context(certificate, key)
        self.jar = CookieJar()
        self._access, self._limiter = AccessList(plan.allowed, plan.denied), RateLimiter(plan.interval, plan.burst)
        self._stop = threading.Event()
        self._room = threading.Semaphore(TOGETHER)
        self._keys, self._time = self._open()
        self._threads = [
            threading.Thread(target=run, name=f"nts-{run.__name__}", daemon=True) for run in (self._agree, self._answer)
        ]

    def _open(self) -> tuple[socket.socket, socket.socket]:
        family = socket.AF_INET6 if ":" in self.plan.host else socket.AF_INET
        keys, times = socket.socket(family, socket.SOCK_STREAM), socket.socket(family, socket.SOCK_DGRAM)
        try:
            keys.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            keys.bind((self.plan.host, self.plan.ke_port))
            keys.listen(TOGETHER)
            times.bind((self.plan.host, self.plan.listens))
        except OSError as error:
            keys.close()
            times.close()
            port = self.plan.ke_port
            raise SourceError(Message("adapters.time.port", name=self.plan.called, port=port, problem=str(error))) from error
        for one in (keys, times):
            one.settimeout(PATIENCE)
        return keys, times

    @property
    def ports(self) -> tuple[int, int]:
        """Where keys are agreed on, and where time is told."""
        return int(self._keys.getsockname()[1]), int(self._time.getsockname()[1])

    def start(self) -> None:
        """Answer."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5.0)
        self._keys.close()
        self._time.close()

    def _agree(self) -> None:
        rotated = time.monotonic()
        while not self._stop.is_set():
            if time.monotonic() - rotated > DAY:
                rotated = time.monotonic()
                self.jar.rotate()
            try:
                connection, address = self._keys.accept()
            except OSError:
                continue
            if not self._access.allows(str(address[0])) or not self._room.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._exchange, args=(connection,), daemon=True).start()

    def _exchange(self, connection: socket.socket) -> None:
        talk = Conversation(self._context, connection, seconds=SLOWEST)
        try:
            talk.tls.set_accept_state()
            keys = talk.agree()
            cookies = [self.jar.make(keys) for _ in range(COOKIES)]
            talk.send(answer_records(talk.message(), cookies=cookies, port=self.ports[1]))
        except (SichenError, OSError):
            pass  # a stranger, or one who is too slow: nobody here needs to know
        finally:
            talk.close()
            self._room.release()

    def _answer(self) -> None:
        while not self._stop.is_set():
            try:
                packet, address = self._time.recvfrom(BIGGEST)
            except OSError:
                continue
            received = self.clock.now()
            if received is None or not self._access.allows(str(address[0])):
                continue
            if self._limiter.judge(str(address[0]), received.instant) != b"ok":
                continue
            sent = self.clock.now() or received
            late = round(self.plan.delay * 1e9)
            found = sealed_answer(
                packet, jar=self.jar, received=received.instant, sent=Instant(sent.instant.ns + late), clock=self.clock.as_ntp()
            )
            if found is not None:
                self.count += 1
                with contextlib.suppress(OSError):
                    self._time.sendto(found, address)
