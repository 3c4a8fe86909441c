# SPDX-License-Identifier: Apache-2.0
"""Links in SQLite: whole numbers inside, names outside, both directions by an index that holds all it needs."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import apsw

from sichen.adapters.named_files import shown
from sichen.adapters.sums import DatabaseSum
from sichen.core import Instant, Message, NotFound, SourceError
from sichen.trace import FOREVER, Link, LinkRow, Passage, Recall, RecallRow, backward, forward, recall
from sichen.trace.genealogy import HOLDERS

# Older ones may lose pages when a write-ahead log is started over while another connection reads.
SAFE_SQLITE = (3, 51, 3)
BATCH = 50_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS kind (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS link (
  child INTEGER NOT NULL, parent INTEGER NOT NULL, start INTEGER NOT NULL, kind INTEGER NOT NULL, finish INTEGER NOT NULL,
  PRIMARY KEY (child, parent, start, kind)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_down ON link (parent, finish);
CREATE TABLE IF NOT EXISTS progress (one INTEGER PRIMARY KEY CHECK (one = 1), leaf INTEGER NOT NULL);
"""
# CROSS JOIN keeps SQLite from reading the whole table for a short list.
_COLUMNS = "SELECT link.child, link.parent, link.start, link.finish, link.kind FROM json_each(?) AS wanted CROSS JOIN link"
_UP = f"{_COLUMNS} ON link.child = wanted.value"
_DOWN = f"{_COLUMNS} ON link.parent = wanted.value"
_NAMES = "SELECT item.id, item.name FROM json_each(?) AS wanted CROSS JOIN item ON item.id = wanted.value"


@dataclass(frozen=True)
class _Index:
    """The numbers of one store, as `sichen.trace` wants them."""

    connection: apsw.Connection
    kinds: dict[int, str]

    def links_up(self, items: Sequence[int], /) -> Iterator[LinkRow[int]]:
        return self._links(_UP, items)

    def links_down(self, items: Sequence[int], /) -> Iterator[LinkRow[int]]:
        return self._links(_DOWN, items)

    def _links(self, statement: str, items: Sequence[int]) -> Iterator[LinkRow[int]]:
        kinds = self.kinds
        rows = cast(
            "Iterable[tuple[int, int, int, int, int]]", self.connection.execute(statement, (_listed(items),)).fetchall()
        )
        for child, parent, start, finish, kind in rows:
            yield child, parent, start, finish, kinds[kind]


class GenealogyStore:
    """Links on disk.

    Parameters
    ----------
    path : Path
        A file, made where there is none; one process writes at a time.

    Raises
    ------
    SourceError
        If the file cannot be opened or this SQLite is older than the one that keeps its log safe.
    """

    def __init__(self, path: Path) -> None:
        found = tuple(int(piece) for piece in apsw.sqlite_lib_version().split("."))
        if found < SAFE_SQLITE:
            raise SourceError(Message("adapters.genealogy.old_sqlite", version=apsw.sqlite_lib_version()))
        self._sum = DatabaseSum(path)
        if not path.exists():
            self._sum.changing()
        try:
            self._connection = apsw.Connection(str(path))
            for pragma in ("journal_mode = wal", "synchronous = full", "busy_timeout = 5000"):
                self._connection.execute(f"PRAGMA {pragma}").fetchall()
            self._connection.execute(_SCHEMA)
        except apsw.Error as error:
            raise SourceError(Message("adapters.file.unreadable", path=shown(path), problem=str(error))) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(apsw.Error, OSError):  # whoever is at work will put the sum back himself
            self._sum.settle(self._connection)
        self._connection.close()

    def add(self, links: Iterable[Link[str]]) -> int:
        """Add links in one transaction; one that is there already changes nothing.

        Returns
        -------
        int
            How many were given.
        """
        count = 0
        with self._changing():
            waiting: list[Link[str]] = []
            for link in links:
                waiting.append(link)
                if len(waiting) == BATCH:
                    count += self._add(waiting)
                    waiting = []
            count += self._add(waiting)
        return count

    def end(self, child: str, parent: str, at: Instant) -> None:
        """End the open link of two things: a swap ends one and adds another.

        Raises
        ------
        NotFound
            If no link of the two is open at that moment.
        """
        with self._changing():
            self._connection.execute(
                "UPDATE link SET finish = ?1 WHERE child = (SELECT id FROM item WHERE name = ?2)"
                " AND parent = (SELECT id FROM item WHERE name = ?3) AND finish = ?4 AND start < ?1",
                (at.ns, child, parent, FOREVER),
            )
            if self._connection.changes() == 0:
                raise NotFound(Message("adapters.genealogy.no_open_link", child=child, parent=parent))

    def _changing(self) -> apsw.Connection:
        self._sum.changing()
        return self._connection

    @property
    def progress(self) -> int:
        """Up to which leaf of the ledger events have become links; -1 before the first."""
        row = self._connection.execute("SELECT leaf FROM progress").fetchone()
        return -1 if row is None else int(row[0])

    def follow(self, links: Iterable[Link[str]], *, anew: Iterable[str], leaf: int) -> None:
        """Bring the links up to a leaf of the ledger, in one transaction.

        Parameters
        ----------
        links : iterable of Link
        anew : iterable of str
            Things whose own links, those that say what they are in and with whom, are all among `links`.
        leaf : int
            The last one that was read.
        """
        with self._changing():
            self._connection.executemany(
                "DELETE FROM link WHERE child = (SELECT id FROM item WHERE name = ?)", ((name,) for name in anew)
            )
            self._add(list(links))
            self._connection.execute(
                "INSERT INTO progress (one, leaf) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET leaf = max(leaf, ?1)", (leaf,)
            )

    def named_like(self, ending: str, *, limit: int = 2) -> list[str]:
        """Return the names of things that end with a text, such as ``/10/BAL-7``."""
        pattern = "%" + ending.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._connection.execute(
            "SELECT name FROM item WHERE name LIKE ? ESCAPE '\\' ORDER BY name LIMIT ?", (pattern, limit)
        )
        return [str(name) for (name,) in rows]

    def inside_something(self, names: Iterable[str]) -> set[str]:
        """Return those of some things that are parts of another at present."""
        blanks = ", ".join("?" * len(HOLDERS))
        statement = (
            "SELECT 1 FROM link JOIN kind ON kind.id = link.kind WHERE link.child = (SELECT id FROM item WHERE name = ?)"  # noqa: S608 - blanks
            f" AND link.finish = ? AND kind.name NOT IN ({blanks}) LIMIT 1"
        )
        rest = (FOREVER, *sorted(HOLDERS))
        return {name for name in names if self._connection.execute(statement, (name, *rest)).fetchone() is not None}

    def knows(self, name: str) -> bool:
        """Tell whether something has this name."""
        return self._connection.execute("SELECT 1 FROM item WHERE name = ?", (name,)).fetchone() is not None

    def backward(self, name: str, *, at: Instant | None = None) -> list[Passage[str]]:
        """Return what is, or was at a moment, in a thing; see `sichen.trace.backward`."""
        return self._named(backward(self._index(), self._number(name), at=None if at is None else at.ns))

    def forward(self, name: str, *, at: Instant | None = None) -> list[Passage[str]]:
        """Return what a thing is in, or was at a moment; see `sichen.trace.forward`."""
        return self._named(forward(self._index(), self._number(name), at=None if at is None else at.ns))

    def recall(self, lot: str, *, at: Instant) -> Recall[str]:
        """Find everything that contains a lot, and who has it; see `sichen.trace.recall`."""
        found = recall(self._index(), self._number(lot), at=at)
        names = self._names({row.item for row in found.rows} | {row.holder for row in found.rows if row.holder is not None})
        rows = (
            RecallRow(names[r.item], r.spans, r.contains, names.get(r.holder or 0), r.holder_kind, r.since) for r in found.rows
        )
        return Recall(lot, at.ns, found.reached, tuple(rows))

    def _index(self) -> _Index:
        return _Index(self._connection, _numbered(self._connection.execute("SELECT id, name FROM kind")))

    def _number(self, name: str) -> int:
        row = self._connection.execute("SELECT id FROM item WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise NotFound(Message("adapters.genealogy.unknown_item", name=name))
        return int(row[0])

    def _names(self, numbers: Iterable[int]) -> dict[int, str]:
        return _numbered(self._connection.execute(_NAMES, (_listed(numbers),)))

    def _named(self, passages: list[Passage[int]]) -> list[Passage[str]]:
        names = self._names(passage.item for passage in passages)
        return [Passage(names[passage.item], passage.spans, passage.depth) for passage in passages]

    def _add(self, links: list[Link[str]]) -> int:
        run = self._connection
        names = {name for link in links for name in (link.child, link.parent)}
        run.executemany("INSERT OR IGNORE INTO item (name) VALUES (?)", ((name,) for name in sorted(names)))
        run.executemany("INSERT OR IGNORE INTO kind (name) VALUES (?)", {(link.kind,) for link in links})
        run.executemany(
            "INSERT OR IGNORE INTO link (child, parent, start, kind, finish) SELECT"
            " (SELECT id FROM item WHERE name = ?), (SELECT id FROM item WHERE name = ?), ?,"
            " (SELECT id FROM kind WHERE name = ?), ?",
            ((link.child, link.parent, link.start, link.kind, link.end) for link in links),
        )
        return len(links)


def _numbered(rows: Iterable[Sequence[object]]) -> dict[int, str]:
    return {int(str(number)): str(name) for number, name in rows}


def _listed(numbers: Iterable[int]) -> str:
    return f"[{','.join(map(str, numbers))}]"
