# SPDX-License-Identifier: Apache-2.0
"""The running time service: sources in, one clock, outputs out, and the evidence beside it. It never sets the system's clock."""

import contextlib
import fcntl
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.named_files import make_folder, write_named
from sichen.adapters.timebase.counter import NS, Counter, MachineCounter
from sichen.adapters.timebase.evidence import EvidenceOutput
from sichen.adapters.timebase.outputs import Disciplined, Output, output_of
from sichen.adapters.timebase.outputs.giving import SecondOutput
from sichen.adapters.timebase.sources import Listener, source_of
from sichen.adapters.timebase_desk import machine_leap_table
from sichen.core import JSON, Instant, Message, SichenError, SourceError
from sichen.timebase.receivers import Witness
from sichen.timebase.service import Engine, OutputStatus, ServicePlan, Status, mean_of, recall_or_say, said, status_of

if TYPE_CHECKING:
    from sichen.timebase.source import Sample

MEMORY, STATUS, LOCK = "memory.json", "status.json", "service.lock"
KEPT_EVERY = 60 * NS
STOOD_STILL = 1.0
NOT_BEFORE = Instant.parse("2026-01-01T00:00:00Z")
"""No time before this program was written is believed of a receiver that lost count of its weeks."""


class TimeService:
    """A time service of one plan.

    Parameters
    ----------
    plan : ServicePlan
    state : Path
        Folder of what survives a restart; made when it is missing.
    folder : DataFolder, optional
        Where the evidence goes; none is written without it.
    counter : Counter, optional
        The oscillator of this computer by default.

    Raises
    ------
    SourceError
        If a port is taken, the folder cannot be used, or another service runs on it: two would give slave clocks each pulse twice
        and split the chain of the evidence.
    """

    def __init__(
        self, plan: ServicePlan, *, state: Path, folder: DataFolder | None = None, counter: Counter | None = None
    ) -> None:
        self.plan, self.state = plan, state
        self.counter = counter or MachineCounter()
        make_folder(state)
        self._lock = _alone(state, plan.name)
        self._full: Message | None = None
        try:
            self._set_up(state, folder)
        except BaseException:
            self._lock.close()
            raise

    def _set_up(self, state: Path, folder: DataFolder | None) -> None:
        plan = self.plan
        local, system = self.counter.pair()
        table, advice = machine_leap_table(system)
        memory, complaint = recall_or_say(self._kept(), now=system)
        self.notes = tuple(one for one in (advice, complaint) if one is not None)
        self.engine = Engine(plan, epoch=Instant(system.ns - local), table=table, memory=memory)
        self.clock = Disciplined(self.engine, self.counter)
        past = max(NOT_BEFORE.ns, memory.instant.ns if memory is not None else 0)
        witness = Witness(not_before=Instant(past))
        self.sources: list[Listener] = [source_of(row, self.engine, self.counter, witness) for row in plan.source]
        named = {one.name: one for one in self.sources}
        for one in self.sources:
            one.join(named)
        self.outputs: list[Output] = []
        self._evidence = None if folder is None or not plan.evidence else EvidenceOutput(plan, self.clock, folder, state=state)
        try:
            for row in plan.output:
                self.outputs.append(output_of(row, self.clock, status=self.status, state=state))
        except SichenError:
            self._close_outputs()
            raise
        self._slept = 0.0
        self._saved = local

    def _kept(self) -> str | None:
        try:
            return (self.state / MEMORY).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set; then let everything go and keep what was learned."""
        working: list[Listener | Output] = [*self.sources, *self.outputs, *([self._evidence] if self._evidence else [])]
        for one in working:
            one.start()
        try:
            due = self.counter.read()
            while not self.counter.wait(due, stop):
                self._tick()
                due = max(due + round(self.plan.tick * NS), self.counter.read())
        finally:
            for one in working:
                one.stop()
            with contextlib.suppress(SichenError):
                self.keep()
            with contextlib.suppress(OSError):
                (self.state / STATUS).unlink(missing_ok=True)
            self._lock.close()

    def _tick(self) -> None:
        self._mind_sleep()
        samples: dict[str, Sample | None] = {one.name: mean_of(one.take()) for one in self.sources}
        self.clock.strata = {one.name: found for one in self.sources if isinstance(found := one.detail.get("stratum"), int)}
        local = self.counter.read()
        self.engine.tick(local, samples)
        try:
            self._tell_status()
            if local - self._saved > KEPT_EVERY:
                self._saved = local
                self.keep()
            self._full = None
        except (OSError, SichenError) as error:
            # A full disk must not stop the clock: it goes on, and says so where it still can.
            self._full = Message("adapters.time.not_kept", problem=str(error))

    def _tell_status(self) -> None:
        text = json.dumps(self.status().to_json(), ensure_ascii=False, allow_nan=False)
        # Made anew within seconds: it must be whole, but need not survive a power cut.
        part = self.state / f"{STATUS}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(self.state / STATUS)

    def _mind_sleep(self) -> None:
        slept = self.counter.stood_still()
        if slept - self._slept > STOOD_STILL:
            note = Message("timebase.service.counter_jumped", seconds=f"{slept - self._slept:.0f}")
            self._slept = slept
            local, system = self.counter.pair()
            self.engine.restart(Instant(system.ns - local), note)
            for one in self.sources:
                one.take()  # what was heard before belongs to the former count

    def keep(self) -> None:
        """Keep what a next run should know."""
        memory = self.engine.remember(self.counter.read())
        if memory is not None:
            write_named(self.state / MEMORY, memory.to_text())

    def status(self) -> Status:
        """Return how everything stands."""
        local, system = self.counter.pair()
        outputs = tuple(
            OutputStatus(one.plan.called, one.plan.kind, one.given(), said(one.problem), _detail_of(one))
            for one in self.outputs
        )
        problems = tuple(
            Message("timebase.service.told_by", source=one.name, said=one.problem)
            for one in self.sources
            if one.problem is not None
        )
        details = {one.name: one.detail for one in self.sources}
        kept = self._evidence.problem if self._evidence is not None else None
        unkept = () if kept is None else (Message("adapters.time.no_evidence", said=kept),)
        full = () if self._full is None else (self._full,)
        notes = (*self.notes, *problems, *unkept, *full)
        return status_of(self.engine, local, system=system, outputs=outputs, details=details, notes=notes)

    def _close_outputs(self) -> None:
        for one in self.outputs:
            with contextlib.suppress(RuntimeError, OSError):
                one.stop()


def _detail_of(output: Output) -> Mapping[str, JSON]:
    """Return the details of an output; one that works and has something to say is told apart from one that failed."""
    remarks = isinstance(output, SecondOutput) and output.remark is not None and output.problem is output.remark
    return {**output.detail, "works": True} if remarks else output.detail


def _alone(state: Path, name: str) -> BinaryIO:
    """Hold the state of a clock for this process alone; the system lets go of it however the process ends."""
    try:
        file = (state / LOCK).open("ab")
    except OSError as error:
        raise SourceError(Message("adapters.time.not_kept", problem=str(error))) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise SourceError(Message("adapters.time.runs_already", name=name, folder=str(state))) from error
    return file
