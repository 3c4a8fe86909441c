# SPDX-License-Identifier: Apache-2.0
"""A server on the network as a source: asked by NTP, plain or with NTS."""

import math
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sichen.adapters.timebase.counter import NS
from sichen.adapters.timebase.sources import Listener
from sichen.core import DataError, Instant, Message, SourceError
from sichen.timebase.ntp import Exchange, Kiss, KissOfDeath, NtpPacket, read_answer, request
from sichen.timebase.nts import (
    COOKIES,
    Keys,
    believed,
    is_refusal,
    read_answer_records,
    request_records,
    sealed_request,
)
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

    @property
    def where(self) -> tuple[str, int]:
        """Host and port to ask."""
        return self.plan.host, self.plan.port or NTP_PORT

    def ask(self, data: bytes) -> Asked | None:
        """Send a request and wait for the answer that carries its cookie; None when none comes within a second."""
        where = self.where
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
    """An NTP server whose answers are authenticated with NTS; without keys it is not listened to at all."""

    _keys: Keys | None = None
    _cookies: Sequence[bytes] = ()
    _where: tuple[str, int] = ("", 0)

    def exchange(self) -> Exchange | KissOfDeath | None:
        """Ask once under seal; an answer whose seal is broken is nothing, and a refusal of the cookie asks for new keys."""
        if self._keys is None or not self._cookies:
            self._agree()
        keys = self._keys
        if keys is None or not self._cookies:
            return None
        cookie = secrets.randbits(63) | 1
        # A cookie is used once: two questions with the same one would tell a listener that they have the same author.
        used, self._cookies = self._cookies[0], self._cookies[1:]
        asked = sealed_request(request(cookie), cookie=used, keys=keys, wanted=COOKIES - len(self._cookies))
        found = self.ask(asked.packet)
        if found is None:
            return None
        fresh = believed(found.data, asked=asked, keys=keys)
        if fresh is None:
            self.problem = Message("adapters.time.nts_refused", source=self.name)
            if is_refusal(found.data, asked=asked):
                self._keys, self._cookies = None, ()
            return None
        self._cookies = (*self._cookies, *fresh)[:COOKIES]
        result = self.judge(found, cookie)
        self.detail = {**self.detail, "nts": True, "cookies": len(self._cookies)}
        return result

    @property
    def where(self) -> tuple[str, int]:
        """Where the server told us to ask."""
        return self._where

    def _agree(self) -> None:
        from sichen.adapters.timebase.tls import Conversation, client_context, names_host

        host = self.plan.host
        context = client_context(Path(self.plan.trust) if self.plan.trust else None)
        try:
            talk = Conversation(context, socket.create_connection((host, self.plan.ke_port), timeout=5.0), seconds=5.0)
            try:
                talk.tls.set_tlsext_host_name(host.encode("idna"))
                talk.tls.set_connect_state()
                keys = talk.agree()
                certificate = talk.tls.get_peer_certificate(as_cryptography=True)
                if certificate is None or not names_host(certificate, host):
                    raise DataError(Message.plain(f"TLS: certificate is not for {host}"))
                talk.send(request_records())
                agreed = read_answer_records(talk.message())
            finally:
                talk.close()
        except (DataError, OSError) as error:
            problem = str(error) or type(error).__name__
            raise SourceError(Message("adapters.time.nts", host=host, problem=problem)) from error
        self._keys, self._cookies = keys, agreed.cookies
        self._where = (agreed.server or host, self.plan.port or agreed.port or NTP_PORT)
