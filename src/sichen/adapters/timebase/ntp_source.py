# SPDX-License-Identifier: Apache-2.0
"""A server on the network as a source: asked by NTP, plain or with NTS."""

import math
import secrets
import socket
from dataclasses import dataclass

from sichen.adapters.timebase.counter import NS
from sichen.adapters.timebase.sources import Listener
from sichen.core import Instant, Message, SourceError
from sichen.timebase.ntp import Exchange, Kiss, KissOfDeath, NtpPacket, read_answer, request
from sichen.timebase.source import Sample

NTP_PORT = 123
SLOWEST = 1024.0
BIGGEST = 2048


@dataclass(frozen=True)
class Asked:
    """An answer with the readings of the counter at departure and arrival."""

    data: bytes
    departed: int
    arrived: int


class NtpSource(Listener):
    """An NTP server, asked every `poll` seconds from a new port each time."""

    def listen(self) -> None:
        """Ask until stopped; a kiss RATE doubles the time between questions, DENY and RSTR end them."""
        poll = self.plan.poll
        while True:
            found = self.exchange()
            if isinstance(found, KissOfDeath):
                if found.code is not Kiss.RATE:
                    self.problem = Message("adapters.time.denied", source=self.name, code=found.code.value)
                    self._stop.wait()
                    return
                poll = min(2 * poll, SLOWEST)
                self.problem = Message("adapters.time.slower", source=self.name, poll=f"{poll:g}")
            if self._stop.wait(poll):
                return

    def exchange(self) -> Exchange | KissOfDeath | None:
        """Ask once and hand the sample over; None when there was no answer to believe."""
        cookie = secrets.randbits(63) | 1
        asked = self.ask(request(cookie))
        return None if asked is None else self.judge(asked, cookie)

    def judge(self, asked: Asked, cookie: int) -> Exchange | KissOfDeath | None:
        """Hand the sample of an answer over."""
        epoch = self.engine.clock.epoch.ns
        departed, arrived = Instant(epoch + asked.departed), Instant(epoch + asked.arrived)
        found = read_answer(asked.data, cookie=cookie, departed=departed, arrived=arrived)
        if isinstance(found, Exchange):
            middle = (asked.departed + asked.arrived) // 2
            utc = Instant(epoch + middle + round(found.offset * NS))
            # The root distance bounds the error: taken as a rectangle, its standard deviation is a third of the root of three.
            sample = Sample(
                middle / NS, self.engine.offset(utc, middle) + self.plan.delay, found.u / math.sqrt(3.0), leap=found.leap
            )
            self.give(sample)
            self.problem = None
            self.detail = {"stratum": found.stratum, "delay_s": round(found.delay, 9), "reference": _reference(found.reference)}
            return found
        if isinstance(found, KissOfDeath):
            return found
        self.problem = found.reason
        return None

    def ask(self, data: bytes) -> Asked | None:
        """Send a request and wait for the answer that carries its cookie; None when none comes within a second."""
        where = (self.plan.host, self.plan.port or NTP_PORT)
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(*where, type=socket.SOCK_DGRAM)[0]
            with socket.socket(family, kind, protocol) as client:
                client.connect(address)
                client.settimeout(min(1.0, self.plan.poll))
                departed = self.counter.read()
                client.send(data)
                while True:
                    answer = client.recv(BIGGEST)
                    arrived = self.counter.read()
                    # What does not fit is somebody else's, or forged: the true answer may still come.
                    if len(answer) >= 48 and NtpPacket.decode(answer).origin == int.from_bytes(data[40:48], "big"):  # noqa: PLR2004
                        return Asked(answer, departed, arrived)
        except TimeoutError:
            self.problem = Message("adapters.time.no_answer", host=where[0], port=where[1])
            return None
        except OSError as error:
            raise SourceError(Message("adapters.time.network", host=where[0], port=where[1], problem=str(error))) from error


def _reference(raw: bytes) -> str:
    text = raw.rstrip(b"\0")
    return text.decode("ascii") if text.isalnum() else ".".join(str(byte) for byte in raw)


class NtsSource(NtpSource):
    """An NTP server whose answers are authenticated with NTS."""
