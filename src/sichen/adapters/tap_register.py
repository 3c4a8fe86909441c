# SPDX-License-Identifier: Apache-2.0
"""Tags of watches: which tag is bound to which watch, how far each counted, and the taps of a visit."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import apsw

from sichen.adapters.named_files import shown
from sichen.core import Duration, Instant, Message, SourceError
from sichen.trace.tag import Allowance, Sighting, TagHistory, decide_rate

FILE = "tags.sqlite"
VISIT = Duration.of_seconds(600)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS bound (uid BLOB PRIMARY KEY, link TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
  uid BLOB PRIMARY KEY, highest INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS allowance (uid BLOB PRIMARY KEY, remaining REAL NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tap (
  number INTEGER PRIMARY KEY, visit TEXT NOT NULL, uid BLOB NOT NULL, counter INTEGER NOT NULL, at INTEGER NOT NULL,
  before_highest INTEGER NOT NULL, before_at INTEGER);
CREATE INDEX IF NOT EXISTS tap_visit ON tap (visit, uid);
"""


@dataclass(frozen=True)
class Visit:
    """The taps of one visitor with one tag: what was known before, and what came, in order."""

    history: TagHistory
    taps: tuple[Sighting, ...]


class TapRegister:
    """What is known of tags; use it in a ``with`` block.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    SourceError
        If the file cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / FILE
        try:
            self._connection = apsw.Connection(str(path))
            for pragma in ("journal_mode = wal", "synchronous = full", "busy_timeout = 5000"):
                self._connection.execute(f"PRAGMA {pragma}").fetchall()
            self._connection.execute(_SCHEMA)
        except apsw.Error as error:
            raise SourceError(Message("adapters.file.unreadable", path=shown(path), problem=str(error))) from error

    def bind(self, uid: bytes, link: str) -> None:
        """Note that a tag belongs to a watch."""
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO bound (uid, link) VALUES (?, ?)", (uid, link))

    def link_of(self, uid: bytes) -> str:
        """Return the watch that a tag belongs to; empty when nobody said."""
        row = self._connection.execute("SELECT link FROM bound WHERE uid = ?", (uid,)).fetchone()
        return "" if row is None else str(row[0])

    def may_check(self, uid: bytes, at: Instant) -> bool:
        """Tell whether a tag may be asked about once more now: guessing a MAC must stay hopeless."""
        with self._connection:
            row = self._connection.execute("SELECT remaining, at FROM allowance WHERE uid = ?", (uid,)).fetchone()
            known = None if row is None else Allowance(float(row[0]), Instant(int(row[1])))
            decision = decide_rate(known, at)
            self._connection.execute(
                "INSERT OR REPLACE INTO allowance (uid, remaining, at) VALUES (?, ?, ?)",
                (uid, decision.allowance.left, decision.allowance.at.ns),
            )
        return decision.allowed

    def tap(self, visit: str, uid: bytes, counter: int, at: Instant) -> Visit:
        """Note a valid message of a visit, and return the visit so far."""
        run = self._connection
        with run:
            run.execute("DELETE FROM tap WHERE at < ?", ((at - VISIT).ns,))
            seen = run.execute("SELECT highest, at FROM seen WHERE uid = ?", (uid,)).fetchone()
            highest, last = (-1, None) if seen is None else (int(seen[0]), int(seen[1]))
            run.execute(
                "INSERT INTO tap (visit, uid, counter, at, before_highest, before_at) VALUES (?, ?, ?, ?, ?, ?)",
                (visit, uid, counter, at.ns, highest, last),
            )
            if counter > highest:
                run.execute("INSERT OR REPLACE INTO seen (uid, highest, at) VALUES (?, ?, ?)", (uid, counter, at.ns))
            found = run.execute(
                "SELECT counter, at, before_highest, before_at FROM tap WHERE visit = ? AND uid = ? ORDER BY number",
                (visit, uid),
            ).fetchall()
        rows = cast("list[tuple[int, int, int, int | None]]", found)
        taps = tuple(Sighting(count, Instant(moment)) for count, moment, _, _ in rows)
        _, _, before, since = rows[0]
        known = None if since is None else Sighting(before, Instant(since))
        return Visit(TagHistory(highest=before, last=known), taps)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
