# SPDX-License-Identifier: Apache-2.0
"""Sealing without anybody's asking, once the log has begun: while the workbench runs, what is kept goes into the log within seconds."""

import logging
import threading
from types import TracebackType
from typing import Self

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.ledger.desk import seal_what_waits
from sichen.core import SichenError

PAUSE = 10.0
"""Seconds between two looks."""

log = logging.getLogger(__name__)


class Sealer:
    """A thread that seals the records of a data folder as they come; use it in a ``with`` block.

    The ledger is opened for each sealing and closed again, so that whoever captures events meanwhile is not kept waiting.

    Parameters
    ----------
    folder : DataFolder
    pause : float > 0
        Seconds between two looks.
    """

    def __init__(self, folder: DataFolder, *, pause: float = PAUSE) -> None:
        self._folder = folder
        self._pause = pause
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sealer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        seen = 0
        while not self._ended.wait(self._pause):
            try:
                count = self._folder.records.count()
            except SichenError as error:
                log.warning("records cannot be counted: %s", error)
                continue
            if count != seen and seal_what_waits(self._folder) is not None:
                seen = count
