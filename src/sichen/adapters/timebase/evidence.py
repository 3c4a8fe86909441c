# SPDX-License-Identifier: Apache-2.0
"""Writing down what stood behind each served second, a record a minute, each naming the one before; and asking for it."""

import contextlib
import copy
import json
from collections.abc import Iterator
from pathlib import Path

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.timebase.outputs.giving import Disciplined, SecondOutput
from sichen.core import DataError, Instant, NotFound, Record, SichenError
from sichen.core.record import PREVIOUS
from sichen.timebase.service import KIND, Behind, Minute, OutputPlan, ServicePlan, Told, behind, subject_of

OPEN = "minute.json"
PIECE = 600
MORE = 100_000


class EvidenceOutput(SecondOutput):
    """The keeper of the evidence.

    The seconds of a minute that is not over stand in a file of their own, made anew each second: whoever is killed in the middle
    keeps them, and the next run puts them into the chain. A record that cannot be kept, because the disk is full, is tried again
    each second, and nothing noted meanwhile is lost.

    Parameters
    ----------
    plan : ServicePlan
    clock : Disciplined
    folder : DataFolder
    state : Path
        Folder of what survives a restart.
    """

    def __init__(self, plan: ServicePlan, clock: Disciplined, folder: DataFolder, *, state: Path) -> None:
        super().__init__(OutputPlan(kind="http", name="evidence"), clock)
        self.folder = folder
        self._open = state / OPEN
        self._minute = Minute(plan.name)
        last = next(folder.records.find(kind=KIND, subject=subject_of(plan.name), limit=1), None)
        self._previous = None if last is None else last.digest
        self._take_over()

    def _take_over(self) -> None:
        """Keep the minute in which the service before this one was killed."""
        left = _read_open(self._open)
        if left is not None and _previous_of(left) == self._previous:
            self._previous = self.folder.records.append(left)
        self._open.unlink(missing_ok=True)

    def tell(self, told: Told) -> None:
        """Note a second; when a minute is over, keep it."""
        trouble: SichenError | None = None
        if self._minute.full(told.second):
            try:
                self._keep()
            except SichenError as error:
                trouble = error
        both = self.clock.against_system()
        if both is not None:
            self._minute.add(told, engine=self.clock.engine, system_offset=(both[0].instant.ns - both[1].ns) / 1e9)
            self._note()
        if trouble is not None:
            raise trouble

    def _keep(self) -> None:
        record = copy.deepcopy(self._minute).close(self._previous)
        self._previous = self.folder.records.append(record)
        self._minute.close(record.digest)  # only now: what was not kept is not forgotten

    def _note(self) -> None:
        record = copy.deepcopy(self._minute).close(self._previous)
        # Whole at every moment for whoever reads it; a power cut may take it, a killed process does not.
        part = self._open.with_suffix(".part")
        part.write_text(json.dumps(record.to_json(), ensure_ascii=False), encoding="utf-8")
        part.replace(self._open)

    def close(self) -> None:
        """Keep the seconds of the last minute; where that fails they wait for the next run."""
        if not self._minute.size:
            return
        try:
            self._keep()
        except SichenError as error:
            self.problem = error.message
            return
        with contextlib.suppress(OSError):
            self._open.unlink(missing_ok=True)


def _read_open(path: Path) -> Record | None:
    try:
        return Record.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, DataError):
        return None


def _previous_of(record: Record) -> str | None:
    return next((entry.digest for entry in record.inputs if entry.role == PREVIOUS), None)


def open_minutes(folder: DataFolder, *, name: str | None = None) -> Iterator[Record]:
    """Yield what is noted of minutes that are not over, or in which a service was killed: not yet in the chain of records."""
    for path in sorted(folder.path.glob(f"time/*/{OPEN}")):
        record = _read_open(path)
        if record is not None and (name is None or record.subject == subject_of(name)):
            yield record


def is_open(folder: DataFolder, found: Behind) -> bool:
    """Tell whether the minute of a second is not over, so that its record is not in the chain yet."""
    try:
        folder.records.read(found.record.digest)
    except NotFound:
        return True
    return False


def served_records(folder: DataFolder, *, name: str | None = None, limit: int = PIECE) -> list[Record]:
    """Return the newest records of what was served, newest first; of one clock or of all."""
    return list(folder.records.find(kind=KIND, subject=None if name is None else subject_of(name), limit=limit))


def find_behind(folder: DataFolder, instant: Instant, *, name: str | None = None) -> Behind | None:
    """Return what stood behind the second of an instant; None when no record holds it.

    The minute that is being served counts too; `is_open` tells it.

    Parameters
    ----------
    folder : DataFolder
    instant : Instant
    name : str, optional
        Of the clock; any by default.
    """
    if (found := behind(open_minutes(folder, name=name), instant)) is not None:
        return found
    limit = PIECE
    while True:
        records = served_records(folder, name=name, limit=limit)
        found = behind(records, instant)
        if found is not None or len(records) < limit or limit >= MORE:
            return found
        if records and records[-1].instant <= instant:
            return None
        limit *= 8
