# SPDX-License-Identifier: Apache-2.0
"""Writing down what stood behind each served second, a record a minute, each naming the one before; and asking for it."""

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.timebase.outputs.giving import Disciplined, SecondOutput
from sichen.core import Instant, Record
from sichen.timebase.service import KIND, Behind, Minute, OutputPlan, ServicePlan, Told, behind, subject_of

PIECE = 600
MORE = 100_000


class EvidenceOutput(SecondOutput):
    """The keeper of the evidence.

    Parameters
    ----------
    plan : ServicePlan
    clock : Disciplined
    folder : DataFolder
    """

    def __init__(self, plan: ServicePlan, clock: Disciplined, folder: DataFolder) -> None:
        super().__init__(OutputPlan(kind="http", name="evidence"), clock)
        self.folder = folder
        self._minute = Minute(plan.name)
        last = next(folder.records.find(kind=KIND, subject=subject_of(plan.name), limit=1), None)
        self._previous = None if last is None else last.digest

    def tell(self, told: Told) -> None:
        """Note a second; when a minute is over, keep it."""
        if self._minute.full(told.second):
            self._keep()
        both = self.clock.against_system()
        if both is not None:
            self._minute.add(told, engine=self.clock.engine, system_offset=(both[0].instant.ns - both[1].ns) / 1e9)

    def _keep(self) -> None:
        record = self._minute.close(self._previous)
        self._previous = self.folder.records.append(record)

    def close(self) -> None:
        """Keep the seconds of the last minute."""
        if self._minute.size:
            self._keep()


def served_records(folder: DataFolder, *, name: str | None = None, limit: int = PIECE) -> list[Record]:
    """Return the newest records of what was served, newest first; of one clock or of all."""
    return list(folder.records.find(kind=KIND, subject=None if name is None else subject_of(name), limit=limit))


def find_behind(folder: DataFolder, instant: Instant, *, name: str | None = None) -> Behind | None:
    """Return what stood behind the second of an instant; None when no record holds it.

    Parameters
    ----------
    folder : DataFolder
    instant : Instant
    name : str, optional
        Of the clock; any by default.
    """
    limit = PIECE
    while True:
        records = served_records(folder, name=name, limit=limit)
        found = behind(records, instant)
        if found is not None or len(records) < limit or limit >= MORE:
            return found
        if records and records[-1].instant <= instant:
            return None
        limit *= 8
