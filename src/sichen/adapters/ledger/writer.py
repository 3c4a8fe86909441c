# SPDX-License-Identifier: Apache-2.0
"""Writing a ledger: many may submit at once, one thread commits for all of them.

What `append` has returned is on the disk, under a signed checkpoint, and no crash takes it back. Submissions that arrive
while a commit runs are committed together by the next one, so that 128 callers share one wait for the disk.
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TypeVar, cast

from sichen.adapters.clock import now
from sichen.adapters.ledger.growing import GrowingTree
from sichen.adapters.ledger.reader import read_head
from sichen.adapters.ledger.schema import TABLES
from sichen.adapters.ledger.side_tables import SideTables, key_statements, own_tables
from sichen.adapters.ledger.statements import Backend, Statements, create
from sichen.core import DataError, Message, SourceError
from sichen.trace.ledger import Checkpoint, Entry, Signer, read_key_log, sign_checkpoint, verify_checkpoint
from sichen.trace.ledger.commitment import commitments_of, leaves_of

MOST_AT_ONCE = 1000
"""Submissions that one commit takes at the most."""

_ASKED_AT_ONCE = 256
_HANDFUL = 128
"""Entries that are hashed and inserted together: few enough that the processor still has them at hand."""
_END = None

T = TypeVar("T")


@dataclass(frozen=True)
class Receipt:
    """What the ledger promises about entries: they are on the disk, under this checkpoint.

    Parameters
    ----------
    leaves : tuple of int
        The leaf of each entry, in the order in which they were given.
    new : tuple of bool
        Whether the entry was added just now; False where the log already had one with this identity.
    size : int
        Of the checkpoint.
    root : bytes, 32
        Of the checkpoint.
    note : str
        The signed checkpoint.
    """

    leaves: tuple[int, ...]
    new: tuple[bool, ...]
    size: int
    root: bytes
    note: str


class Answer(Protocol):
    """What a submission waits for; the writing thread ends it."""

    def set_result(self, receipt: Receipt, /) -> None:
        """Tell what the ledger promises."""
        ...

    def set_exception(self, error: BaseException | None, /) -> None:
        """Tell why nothing was kept."""
        ...


@dataclass(frozen=True)
class _Submission:
    entries: tuple[Entry, ...]
    answer: Answer
    signers: tuple[Signer, ...] | None = None


@dataclass(frozen=True)
class _Job:
    """Something else that only the writing thread may do."""

    work: Callable[[], None]


class LedgerWriter:
    """The one that writes a ledger.

    Parameters
    ----------
    backend : Backend
    origin : str
        Name of the log.
    signers : sequence of Signer
        The keys that hold for its next size.
    tables : sequence of SideTables
        What is kept beside the entries, one for each further kind; records and keys have theirs already.

    Raises
    ------
    SourceError
        If tree, tables and checkpoint of the database do not agree; then nothing is written before it is restored.

    Notes
    -----
    To build a store of events on it: make each event an `Entry` with a kind of your own, the identity by which two events
    are the same, and its canonical JSON; give a `SideTables` for that kind, which adds your index rows in the same
    transaction; call `append` from any thread, or `submit` from a loop (``await asyncio.wrap_future(writer.submit(…))``).
    Entries of one call get neighbouring leaves and are kept all or none. Parse, validate and canonicalise before, in your
    own thread: the committing thread only hashes, inserts and signs. Read bodies back by `LedgerReader.entries`.
    """

    def __init__(self, backend: Backend, *, origin: str, signers: Sequence[Signer], tables: Sequence[SideTables] = ()) -> None:
        self.backend = backend
        self.origin = origin
        self.tables = {one.kind: one for one in (*own_tables(), *tables)}
        self._signers = tuple(signers)
        self._queue: queue.SimpleQueue[_Submission | _Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        with backend.writing() as statements:
            create(statements, TABLES)
            for one in self.tables.values():
                one.create(statements)
        with backend.reading() as statements:
            self._tree: GrowingTree | None = load_checked(statements, origin)
        self._thread = threading.Thread(target=self._work, name="ledger-writer", daemon=True)
        self._thread.start()

    def append(self, entries: Sequence[Entry]) -> Receipt:
        """Keep entries, all or none, and return when they are on the disk under a signed checkpoint.

        Parameters
        ----------
        entries : sequence of Entry
            One whose identity the log already has is not added again: the receipt then names the leaf it has.

        Returns
        -------
        Receipt

        Raises
        ------
        DataError
            If an entry cannot be kept; then none of them is.
        SourceError
            If the database fails; then they may or may not be kept, and appending them again does no harm.
        """
        return self.submit(entries).result()

    def submit(self, entries: Sequence[Entry]) -> "Future[Receipt]":
        """Queue entries and return at once; the future ends as `append` would."""
        answer: Future[Receipt] = Future()
        self.hand_in(entries, answer)
        return answer

    def hand_in(self, entries: Sequence[Entry], answer: Answer) -> None:
        """Queue entries and return at once; `answer` is ended by the writing thread, which waits while it is told."""
        self._put(_Submission(tuple(entries), answer))

    def change_keys(self, statement: Entry, signers: Sequence[Signer]) -> Receipt:
        """Append a statement about keys and sign with the new ones from its own checkpoint on."""
        answer: Future[Receipt] = Future()
        self._put(_Submission((statement,), answer, tuple(signers)))
        return answer.result()

    def run(self, work: Callable[[Statements], T]) -> T:
        """Run something in a writing transaction, between two commits; for work on side tables that adds no entry."""

        def inside() -> T:
            with self.backend.writing() as statements:
                return work(statements)

        return self.maintain(inside)

    def maintain(self, work: Callable[[], T]) -> T:
        """Run something in the writing thread, outside any transaction, such as a copy of the database."""
        answer: Future[T] = Future()

        def job() -> None:
            try:
                answer.set_result(work())
            except BaseException as error:  # noqa: BLE001 - who waits must hear of it
                answer.set_exception(error)

        self._enqueue(_Job(job))
        return answer.result()

    def close(self) -> None:
        """Finish what was submitted, and stop. The backend stays open."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(_END)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _put(self, submission: _Submission) -> None:
        for entry in submission.entries:
            if entry.kind not in self.tables:
                raise DataError(Message("adapters.ledger.unknown_kind", kind=entry.kind, known=", ".join(self.tables)))
        self._enqueue(submission)

    def _enqueue(self, item: _Submission | _Job) -> None:
        with self._closing:
            if self._closed:
                raise SourceError(Message("adapters.ledger.closed", name=self.backend.name))
            self._queue.put(item)

    def _work(self) -> None:
        while (first := self._queue.get()) is not _END:
            ended = False
            batch = [first]
            with contextlib.suppress(queue.Empty):
                while len(batch) < MOST_AT_ONCE and not ended:
                    one = self._queue.get_nowait()
                    ended = one is _END
                    batch += [] if one is None else [one]
            for group in _groups(batch):
                if isinstance(group, _Job):
                    group.work()
                else:
                    self._commit(group)
            if ended:
                return

    def _commit(self, batch: list[_Submission]) -> None:
        try:
            receipts = self._keep(batch)
        except BaseException as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._tree = None
            if len(batch) > 1 and isinstance(error, DataError):
                for one in batch:
                    self._commit([one])
                return
            for one in batch:
                one.answer.set_exception(error)
            return
        for one, receipt in zip(batch, receipts, strict=True):
            one.answer.set_result(receipt)

    def _keep(self, batch: list[_Submission]) -> list[Receipt]:
        signers = batch[0].signers or self._signers
        given = [entry for one in batch for entry in one.entries]
        with self.backend.writing() as statements:
            size, root, note = read_head(statements)
            tree = self._tree
            if tree is None or tree.size != size:
                # Another process wrote, or our last attempt failed half-way.
                tree = load_checked(statements, self.origin)
            leaves = _known(statements, given)
            fresh = {entry.identity: entry for entry in given[::-1] if entry.identity not in leaves}
            new = [fresh.pop(entry.identity) for entry in given if entry.identity in fresh]
            if new:
                self._tree = None
                root, note = self._grow(statements, tree, new, signers)
            leaves.update((entry.identity, size + number) for number, entry in enumerate(new))
        self._tree, self._signers = tree, signers
        return list(_receipts(batch, leaves, size, (tree.size, root, note)))

    def _grow(
        self, statements: Statements, tree: GrowingTree, new: list[Entry], signers: Sequence[Signer]
    ) -> tuple[bytes, str]:
        first = tree.size
        commitments: list[bytes] = []
        for start in range(0, len(new), _HANDFUL):
            some = new[start : start + _HANDFUL]
            commitments += _insert(statements, some, first + start)
        for kind in dict.fromkeys(entry.kind for entry in new):
            kept = [(leaf, entry) for leaf, entry in enumerate(new, first) if entry.kind == kind]
            self.tables[kind].keep(statements, kept)
        tiles = tree.extend(leaves_of(commitments))
        if tiles:
            statements.run_many(
                "INSERT INTO tile (level, number, hashes) VALUES (?, ?, ?)"
                " ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes",
                tiles,
            )
        checkpoint = Checkpoint(self.origin, tree.size, tree.root)
        note = sign_checkpoint(checkpoint, signers, time=now().ns // 10**9).text
        _replace_head(statements, first, checkpoint, note)
        return checkpoint.root, note


def load_checked(statements: Statements, origin: str) -> GrowingTree:
    """Read the edge of the tree and check that tree, tables and checkpoint agree.

    Raises
    ------
    SourceError
        If they do not.
    """
    size, root, note = read_head(statements)
    ((last,),) = statements.run("SELECT max(leaf) FROM entry")
    tree = GrowingTree.load(statements, size)
    if (-1 if last is None else cast("int", last)) != size - 1 or (size and tree.root != root):
        raise SourceError(Message("adapters.ledger.disagree", size=size, last=-1 if last is None else cast("int", last)))
    if size:
        try:
            log = read_key_log(key_statements(statements))
            checkpoint, signed = verify_checkpoint(note, log.keys_for(size))
        except DataError as error:
            raise SourceError(Message("adapters.ledger.bad_head", problem=str(error))) from error
        good = {one.key for one in signed} == set(log.keys_for(size))
        if not good or checkpoint != Checkpoint(origin, size, root):
            raise SourceError(Message("adapters.ledger.bad_head", problem=f"{checkpoint.origin} {checkpoint.size}"))
    return tree


def _groups(batch: list[_Submission | _Job]) -> Iterator[list[_Submission] | _Job]:
    """Split a batch where keys change, and at jobs: these are done alone, in their turn."""
    group: list[_Submission] = []
    for one in batch:
        alone = isinstance(one, _Job) or one.signers is not None
        if group and alone:
            yield group
            group = []
        if isinstance(one, _Job):
            yield one
        elif alone:
            yield [one]
        else:
            group.append(one)
    if group:
        yield group


def _known(statements: Statements, entries: Sequence[Entry]) -> dict[bytes, int]:
    """Return the leaves of those that the log already has, by identity."""
    identities = list(dict.fromkeys(entry.identity for entry in entries))
    found: dict[bytes, int] = {}
    for start in range(0, len(identities), _ASKED_AT_ONCE):
        some = identities[start : start + _ASKED_AT_ONCE]
        # As many blanks as the next power of two: few different statements, which the database remembers.
        some += [some[-1]] * ((1 << (len(some) - 1).bit_length()) - len(some))
        blanks = ", ".join("?" * len(some))
        rows = statements.run(f"SELECT identity, leaf FROM entry WHERE identity IN ({blanks})", some)  # noqa: S608
        found.update(cast("Iterable[tuple[bytes, int]]", rows))
    return found


def _insert(statements: Statements, entries: Sequence[Entry], first: int) -> list[bytes]:
    """Insert entries while they are at hand, and return their commitments."""
    commitments = commitments_of(entries)
    statements.run_many(
        "INSERT INTO entry (leaf, kind, identity, commitment) VALUES (?, ?, ?, ?)",
        [
            (leaf, entry.kind, entry.identity, commitment)
            for leaf, (entry, commitment) in enumerate(zip(entries, commitments, strict=True), first)
        ],
    )
    statements.run_many(
        "INSERT INTO payload (leaf, salt, body) VALUES (?, ?, ?)",
        [(leaf, entry.salt, entry.body) for leaf, entry in enumerate(entries, first)],
    )
    return commitments


def _replace_head(statements: Statements, first: int, checkpoint: Checkpoint, note: str) -> None:
    """Replace the checkpoint, provided that it is still the one that this tree grew from."""
    values = (checkpoint.size, checkpoint.root, note)
    if first:
        done = statements.run("UPDATE head SET size = ?, root = ?, note = ? WHERE size = ? RETURNING one", (*values, first))
    else:
        done = statements.run("INSERT INTO head (one, size, root, note) VALUES (1, ?, ?, ?) RETURNING one", values)
    if not done:
        raise SourceError(Message("adapters.ledger.fork", size=first))


def _receipts(
    batch: list[_Submission], leaves: dict[bytes, int], before: int, head: tuple[int, bytes, str]
) -> Iterator[Receipt]:
    claimed: set[bytes] = set()
    for one in batch:
        new = []
        for entry in one.entries:
            new.append(leaves[entry.identity] >= before and entry.identity not in claimed)
            claimed.add(entry.identity)
        yield Receipt(tuple(leaves[entry.identity] for entry in one.entries), tuple(new), *head)
