# SPDX-License-Identifier: Apache-2.0
"""A PTP grandmaster of the disciplined clock: two-step, end to end, with stamps of the kernel."""

import threading

from sichen.adapters.timebase.counter import NS
from sichen.adapters.timebase.outputs.giving import Disciplined, Output
from sichen.adapters.timebase.stamped import PtpSocket, clock_identity
from sichen.core import DataError, Instant, Message, Scale, SichenError
from sichen.timebase.ptp import Grandmaster, Kind, MasterSettings, PtpMessage, Standing
from sichen.timebase.service import OutputPlan

PATIENCE = 0.1
STAMP_PATIENCE = 0.02
AGAIN = 2.0
ANSWERS = 512
"""Requests answered a second at most: a flood on one cable must not starve the clock."""


class PtpOutput(Output):
    """A grandmaster on a network interface; silent while the clock is unusable, or a better grandmaster is heard."""

    def __init__(self, plan: OutputPlan, clock: Disciplined) -> None:
        super().__init__(plan, clock)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"output-{plan.called}", daemon=True)
        self._standing: Standing | None = None
        self._next = {Kind.ANNOUNCE: 0, Kind.SYNC: 0}
        self._answered = (0, 0)

    def start(self) -> None:
        """Begin; an interface that is missing or forbidden is told and tried again."""
        self._thread.start()

    def stop(self) -> None:
        """Say no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._serve()
            except SichenError as error:
                self.problem = error.message
            except OSError as error:
                self.problem = Message("adapters.time.output", name=self.plan.called, problem=str(error))
            self._stop.wait(AGAIN)

    def _serve(self) -> None:
        plan = self.plan
        identity = clock_identity(plan.path)
        settings = MasterSettings(
            identity, plan.domain, plan.priority1, plan.priority2, plan.log_announce, plan.log_sync, plan.log_delay
        )
        master, cable = Grandmaster(settings), PtpSocket(plan.path, transport=plan.transport)
        self.problem = None
        try:
            while not self._stop.is_set():
                silent = self._silent(master)
                if not silent:
                    self._speak(master, cable)
                for data, stamp in cable.receive(self._patience()):
                    self._hear(master, cable, data, stamp, silent=silent)
        finally:
            cable.close()

    def _silent(self, master: Grandmaster) -> bool:
        """Find out how the clock stands, and tell whether nothing must be said now."""
        now = self.clock.counter.read()
        found = self.clock.as_ptp(self._standing)
        decision = self.clock.engine.decision
        if found is None or decision is None or not decision.usable:
            return True
        self._standing = found
        better = master.better(found, now=now)
        self.problem = None if better is None else Message("adapters.time.better_master", clock=better.hex())
        return better is not None

    def _patience(self) -> float:
        left = (min(self._next.values()) - self.clock.counter.read()) / NS
        return min(max(left, 0.0), PATIENCE) if self._standing is not None else PATIENCE

    def _tai(self, local_ns: int) -> Instant:
        found = self.clock.engine.tai(local_ns) or Instant(0, Scale.TAI)
        return Instant(found.ns + round(self.plan.delay * NS), Scale.TAI)

    def _speak(self, master: Grandmaster, cable: PtpSocket) -> None:
        now = self.clock.counter.read()
        if self._standing is not None and now >= self._next[Kind.ANNOUNCE]:
            self._next[Kind.ANNOUNCE] = now + round(2.0**self.plan.log_announce * NS)
            cable.send(master.announce(self._standing, now=self._tai(now)).encode())
        if now >= self._next[Kind.SYNC]:
            self._next[Kind.SYNC] = now + round(2.0**self.plan.log_sync * NS)
            sync = master.sync(about=self._tai(self.clock.counter.read()))
            left = cable.send_stamped(sync.encode(), patience=STAMP_PATIENCE)
            # Without a stamp nobody knows when it left: slaves wait for the next.
            if left is not None:
                cable.send(master.follow_up(sync, left=self._tai(self.clock.local_at(left))).encode())
                self.count += 1

    def _hear(self, master: Grandmaster, cable: PtpSocket, data: bytes, stamp: int | None, *, silent: bool) -> None:
        try:
            message = PtpMessage.decode(data)
        except DataError:
            return
        now = self.clock.counter.read()
        master.hear(message, now=now)
        if silent or stamp is None or message.kind != Kind.DELAY_REQ or not self._room(now // NS):
            return
        answer = master.answer(message, arrived=self._tai(self.clock.local_at(stamp)))
        if answer is not None:
            cable.send(answer.encode())

    def _room(self, second: int) -> bool:
        self._answered = (second, self._answered[1] + 1) if self._answered[0] == second else (second, 1)
        return self._answered[1] <= ANSWERS
