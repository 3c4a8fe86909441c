# SPDX-License-Identifier: Apache-2.0
"""Outputs on the network: NTP by the compiled responder, broadcasts, RFC 867 and 868."""

import contextlib
import socket
import socketserver
import threading
from typing import TYPE_CHECKING

from sichen.adapters.ntp_responder import NtpResponder
from sichen.adapters.timebase.counter import NS
from sichen.adapters.timebase.outputs.giving import Disciplined, Output, SecondOutput
from sichen.core import Instant, Message, SourceError
from sichen.timebase.ntp import broadcast
from sichen.timebase.outputs import daytime, time_protocol
from sichen.timebase.service import OutputPlan, Told

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENTS = 64
TIMEOUT = 5.0


class NtpOutput(SecondOutput):
    """An NTP server: the compiled responder, told each second what its clock is worth."""

    def __init__(self, plan: OutputPlan, clock: Disciplined) -> None:
        super().__init__(plan, clock)
        self.responder = NtpResponder(
            plan.host, plan.listens, allowed=plan.allowed, denied=plan.denied, interval=plan.interval, burst=plan.burst
        )

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self.responder.address

    def start(self) -> None:
        """Answer, as not synchronised until there is a clock."""
        self.responder.tell(self.clock.as_ntp(), offset_ns=0)
        self.responder.start()
        super().start()

    def tell(self, told: Told) -> None:  # noqa: ARG002 - it answers with the moment, not with the second
        """Tell the responder."""
        both = self.clock.against_system()
        if both is not None:
            offset = both[0].instant.ns - both[1].ns + round(self.plan.delay * NS)
            self.responder.tell(self.clock.as_ntp(), offset_ns=offset)

    def close(self) -> None:
        """Answer no more."""
        self.responder.stop()


class BroadcastOutput(SecondOutput):
    """NTP packets to all, every so many seconds; none while the clock is unusable."""

    def tell(self, told: Told) -> None:
        """Send one when it is due."""
        if not told.usable or (told.second.ns // NS) % round(self.plan.every):
            return
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            served = self.clock.now()
            if served is not None:
                sent = Instant(served.instant.ns + round(self.plan.delay * NS))
                poll = max(round(self.plan.every).bit_length() - 1, 0)
                sender.sendto(broadcast(self.clock.as_ntp(), sent=sent, poll=poll), (self.plan.host, self.plan.listens))


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = CLIENTS


class _Udp(socketserver.UDPServer):
    allow_reuse_address = True


class OldProtocol(Output):
    """RFC 867 or 868, by TCP and UDP; a clock that is not usable answers nothing."""

    def __init__(self, plan: OutputPlan, clock: Disciplined) -> None:
        super().__init__(plan, clock)
        self._say: Callable[[Instant], bytes] = daytime if plan.kind == "daytime" else time_protocol
        try:
            self._tcp = _Tcp((plan.host, plan.listens), self._handler(datagram=False))
            self._udp = _Udp((plan.host, self.address[1]), self._handler(datagram=True))
        except OSError as error:
            raise SourceError(Message("adapters.time.port", name=plan.called, port=plan.listens, problem=str(error))) from error

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._tcp.server_address[:2]  # type: ignore[return-value]

    def said(self) -> bytes:
        """Return the answer now; empty when there is none to give."""
        served, decision = self.clock.now(), self.clock.engine.decision
        if served is None or decision is None or not decision.usable:
            return b""
        self.count += 1
        return self._say(Instant(served.instant.ns + round(self.plan.delay * NS)))

    def _handler(self, *, datagram: bool) -> type[socketserver.BaseRequestHandler]:
        said = self.said

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                answer = said()
                with contextlib.suppress(OSError):
                    if not datagram:
                        self.request.settimeout(TIMEOUT)
                        self.request.sendall(answer)
                    elif answer and len(self.request[0]) >= len(answer):
                        # Never more bytes than were asked with: whoever forges an address gains nothing.
                        self.request[1].sendto(answer, self.client_address)

        return Handler

    def start(self) -> None:
        """Answer."""
        for server in (self._tcp, self._udp):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def stop(self) -> None:
        """Answer no more."""
        for server in (self._tcp, self._udp):
            server.shutdown()
            server.server_close()
