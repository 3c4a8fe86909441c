# SPDX-License-Identifier: Apache-2.0
"""The ledger of a data folder as the command line and the pages use it."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, cast

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.epcis.tables import EventTables
from sichen.adapters.ledger.erasing import Erased
from sichen.adapters.ledger.erasing import erase as erase_entries
from sichen.adapters.ledger.opening import HouseLedger
from sichen.adapters.ledger.statements import Statements
from sichen.adapters.ledger.verifying import Damage, damages
from sichen.adapters.whole_files import write_whole
from sichen.core import DataError, Message, NotFound, SichenError, why
from sichen.trace.ledger import (
    Entry,
    KeyLog,
    Note,
    Policy,
    ProvedEntry,
    Trust,
    VerifierKey,
    read_checkpoint,
    write_bundle,
)
from sichen.trace.ledger.commitment import RECORD
from sichen.trace.ledger.proofs import verify_inclusion
from sichen.trace.ledger.tree import leaf_hash
from sichen.trace.verifier import verifier_page

log = logging.getLogger(__name__)

FOLDER = "ledger"
PUBLISHED = "published"
WITNESSES = "witnesses.json"
_PAGE = 500
Shows: TypeAlias = Callable[[str, bytes], bool]


@dataclass(frozen=True)
class Sealed:
    """What sealing did.

    Parameters
    ----------
    records : int
        How many were added to the log.
    size : int
        Leaves of the log afterwards.
    """

    records: int
    size: int


@dataclass(frozen=True)
class Inclusion:
    """Where something stands in the log.

    Parameters
    ----------
    origin : str
    leaf, size : int
        It is leaf `leaf` of `size` under the latest checkpoint, and the proof was verified.
    """

    origin: str
    leaf: int
    size: int


def has_ledger(folder: DataFolder) -> bool:
    """Tell whether a data folder has a ledger, without making one."""
    on_server = folder.database is not None and folder.database.startswith("postgres")
    return (folder.path / FOLDER / ("keys" if on_server else HouseLedger.FILE)).exists()


def open_ledger(folder: DataFolder) -> HouseLedger:
    """Open the ledger of a data folder; it is made when it is missing, and begins with the first entry."""
    return HouseLedger(folder.path / FOLDER, database=folder.database, tables=(EventTables(),))


def seal(folder: DataFolder, ledger: HouseLedger) -> Sealed:
    """Take the records that are not in the log yet into it."""
    added = 0
    writer = ledger.writer
    while found := folder.records.since(writer.run(_position), limit=_PAGE):
        receipt = writer.append([Entry.of_record(record) for _, record in found])
        added += sum(receipt.new)
        following = found[-1][0] + 1
        writer.run(partial(_set_position, position=following))
    checkpoint = ledger.reader.checkpoint()
    return Sealed(added, 0 if checkpoint is None else checkpoint.size)


def awaiting(folder: DataFolder, ledger: HouseLedger) -> int:
    """Count the records that are kept and not in the log yet."""
    with ledger.backend.reading() as statements:
        return folder.records.count_since(_position(statements))


def seal_what_waits(folder: DataFolder) -> int | None:
    """Take the records that wait into the log, without anybody's asking, once the house has begun its log.

    Its beginning is left to people: they choose its name and take the recovery keys to a safe.

    Parameters
    ----------
    folder : DataFolder

    Returns
    -------
    int or None
        How many were sealed; None when it cannot be done now, because somebody else writes or a key is not here. They
        are left for the next time, and `awaiting` counts them.
    """
    if not has_ledger(folder):
        return 0
    try:
        with open_ledger(folder) as ledger:
            return seal(folder, ledger).records if ledger.has_begun() and awaiting(folder, ledger) else 0
    except SichenError as error:
        log.warning("records wait to be sealed: %s", error)
        return None


def erase(folder: DataFolder, ledger: HouseLedger, leaves: Sequence[int], *, reason: str) -> Erased:
    """Erase what leaves say wherever the data folder has it: in the log, among the records, in their raw data.

    Raises
    ------
    NotFound
        If there is no such leaf; then nothing is erased.
    """
    kept = ledger.reader.entries(sorted(set(leaves)))
    digests = [f"sha256:{one.identity.hex()}" for one in kept if one.kind == RECORD and one.identity is not None]
    # The leaf names the record, so it goes last: should the power fail in between, the same command finishes the work.
    folder.records.erase(digests, reason=reason)
    return erase_entries(ledger.writer, leaves, reason=reason, folder=ledger.folder)


def bundle(folder: DataFolder, ledger: HouseLedger, name: str, *, shows: Shows | None = None) -> bytes:
    """Write the bundle of a watch, or of one record and all it rests on.

    Parameters
    ----------
    folder : DataFolder
    ledger : HouseLedger
    name : str
        A serial (``0042``), a subject (``watch:0042``), or the digest of a record or its first 8 digits.
    shows : callable, optional
        Tells of an entry, by its kind and its body, whether whoever gets the bundle may see all of it. Of the others it
        proves that something stands there, and no more.

    Raises
    ------
    NotFound
        If nothing in the log is about it: seal first.
    """
    leaves = _leaves(folder, ledger, name)
    if not leaves:
        raise NotFound(Message("adapters.ledger.nothing_about", name=name))
    log = ledger.key_log()
    sizes = [size for size in ledger.reader.cosigned() if size > leaves[-1] and not log.is_void(size)]
    size = sizes[-1] if sizes else None
    note, entries = ledger.reader.prove(leaves, size=size)
    if shows is not None:
        kinds = [kept.kind for kept in ledger.reader.entries(leaves)]
        entries = [one if _shown(one, kind, shows) else one.bare() for kind, one in zip(kinds, entries, strict=True)]
    checkpoint = read_checkpoint(note)
    statements = [leaf for leaf in ledger.reader.key_leaves() if leaf < checkpoint.size]
    _, keys = ledger.reader.prove(statements, size=size)
    known = known_witnesses(ledger)
    witnesses = [key for key in known if any(line.is_by(key) for line in note.lines)]
    parties = [*log.keys_for(checkpoint.size), *witnesses]
    lines = tuple(line for line in note.lines if any(line.is_by(key) for key in parties))
    return write_bundle(Note(note.body, lines), entries, keys=keys, witnesses=witnesses)


def inclusion(ledger: HouseLedger, digest: str) -> Inclusion | None:
    """Prove that a record is in the log; None when it is not sealed.

    Raises
    ------
    DataError
        If the log cannot prove what it claims.
    """
    leaf = ledger.reader.leaf_of(bytes.fromhex(digest.removeprefix("sha256:")))
    if leaf is None:
        return None
    note, (proved,) = ledger.reader.prove([leaf])
    checkpoint = read_checkpoint(note)
    if proved.body is None:
        return None
    verify_inclusion(leaf_hash(proved.commitment), leaf, checkpoint.size, proved.path, checkpoint.root)
    return Inclusion(checkpoint.origin, leaf, checkpoint.size)


def own_trust(ledger: HouseLedger) -> Trust:
    """Believe the house's own log, and what it says about stolen keys."""
    return trust_in(ledger.key_log())


def trust_in(log: KeyLog) -> Trust:
    """Believe a log by its key log."""
    void = {
        key.text: low - 1
        for low, high in reversed(log.void)
        for period in log.periods
        if period.first <= high
        for key in period.keys
    }
    return Trust(Policy(logs=log.periods[0].keys), tuple(void.items()))


def verify_ledger(ledger: HouseLedger) -> Iterator[Damage]:
    """Check everything that the ledger keeps and has published; yield what is wrong."""
    return damages(ledger.backend, ledger.reader.tables, published=ledger.folder / PUBLISHED)


def known_witnesses(ledger: HouseLedger) -> tuple[VerifierKey, ...]:
    """Return the keys of the witnesses that the house works with."""
    path = ledger.folder / WITNESSES
    texts = json.loads(path.read_bytes()) if path.exists() else []
    return tuple(VerifierKey.parse(text) for text in texts)


def remember_witness(ledger: HouseLedger, keys: tuple[VerifierKey, ...]) -> None:
    """Keep the keys of a witness that the house works with."""
    known = dict.fromkeys((*known_witnesses(ledger), *keys))
    with write_whole(ledger.folder / WITNESSES) as file:
        file.write(json.dumps([key.text for key in known]).encode())


def policy_text(ledger: HouseLedger) -> str:
    """Return what a verifier elsewhere must trust, as a policy file: the log's first keys and its witnesses."""
    lines = [f"log {key.text}" for key in ledger.key_log().periods[0].keys]
    names = [f"w{number}" for number, _ in enumerate(known_witnesses(ledger), 1)]
    lines += [f"witness {name} {key.text}" for name, key in zip(names, known_witnesses(ledger), strict=True)]
    lines += [f"group witnesses any {' '.join(names)}", "quorum witnesses"] if names else ["quorum none"]
    return "\n".join(lines) + "\n"


def verifier(ledger: HouseLedger) -> str:
    """Return the page that verifies bundles of this house."""
    if not ledger.has_begun():
        return verifier_page()
    return verifier_page(policy=policy_text(ledger), void=own_trust(ledger).void)


def _shown(entry: ProvedEntry, kind: str, shows: Shows) -> bool:
    return entry.body is None or shows(kind, entry.body)


def _leaves(folder: DataFolder, ledger: HouseLedger, name: str) -> list[int]:
    # Events know a watch by its Digital Link, the bench by its serial number.
    serial = name.rpartition("/21/")[2]
    about = sorted({*ledger.reader.leaves_about(name), *ledger.reader.leaves_about(f"watch:{serial}")})
    if about:
        return about
    try:
        digest = folder.records.resolve(name)
    except DataError:
        return []
    digests = [node.digest for _, node in why(digest, folder.records).walk() if node.record is not None]
    found = [ledger.reader.leaf_of(bytes.fromhex(one.removeprefix("sha256:"))) for one in digests]
    return sorted({leaf for leaf in found if leaf is not None})


def _position(statements: Statements) -> int:
    rows = statements.run("SELECT position FROM record_sealed")
    return cast("int", rows[0][0]) if rows else 0


def _set_position(statements: Statements, *, position: int) -> None:
    statements.run(
        "INSERT INTO record_sealed (one, position) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET position = excluded.position",
        (position,),
    )
