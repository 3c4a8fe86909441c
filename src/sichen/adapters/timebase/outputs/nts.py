# SPDX-License-Identifier: Apache-2.0
"""The NTS server: keys agreed on over TLS 1.3, time under seal, master keys that change each day."""

import socket
import threading
import time
from pathlib import Path

from sichen.adapters.phone_access import phone_access
from sichen.adapters.timebase.outputs.giving import Disciplined, Output
from sichen.adapters.timebase.outputs.sealed import PATIENCE, answering
from sichen.adapters.timebase.tls import Conversation, server_context
from sichen.core import Message, SichenError, SourceError
from sichen.core.ciphers import cipher_path
from sichen.timebase.ntp import AccessList
from sichen.timebase.nts import COOKIES, CookieJar, answer_records
from sichen.timebase.service import OutputPlan

SLOWEST = 5.0
"""Seconds that a client has for the whole exchange of keys."""
TOGETHER = 16
DAY = 86_400.0


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
        self.detail = {"cipher": cipher_path()}
        self._access = AccessList(plan.allowed, plan.denied)
        self._stop = threading.Event()
        self._room = threading.Semaphore(TOGETHER)
        self._keys = self._open()
        try:
            self._answering = answering(plan, clock, self.jar)
        except SichenError:
            self._keys.close()
            raise
        self._thread = threading.Thread(target=self._agree, name="nts-agree", daemon=True)

    def _open(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET6 if ":" in self.plan.host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind((self.plan.host, self.plan.ke_port))
            opened.listen(TOGETHER)
        except OSError as error:
            opened.close()
            port = self.plan.ke_port
            raise SourceError(Message("adapters.time.port", name=self.plan.called, port=port, problem=str(error))) from error
        opened.settimeout(PATIENCE)
        return opened

    @property
    def ports(self) -> tuple[int, int]:
        """Where keys are agreed on, and where time is told."""
        return int(self._keys.getsockname()[1]), self._answering.address[1]

    def given(self) -> int:
        """Return how many packets were answered, refusals included."""
        return self._answering.answered

    def start(self) -> None:
        """Answer."""
        self._answering.start()
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)
        self._answering.stop()
        self._keys.close()

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
