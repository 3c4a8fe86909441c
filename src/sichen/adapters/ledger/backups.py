# SPDX-License-Identifier: Apache-2.0
"""Backups of a SQLite ledger: sealed under a key each, so that erasing an entry can shred the backups that hold it.

A backup file is: 16 bytes of magic, 8 bytes of name, and the database under AES-256-GCM in pieces of 4 MiB. Any change
to the file is found when it is opened. The key stays in ``backup-keys``; keep a copy of that folder away from the backups.
"""

import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sichen.adapters.ledger.sqlite import SqliteBackend
from sichen.adapters.ledger.writer import LedgerWriter
from sichen.adapters.named_files import shown
from sichen.adapters.sums import forget
from sichen.adapters.whole_files import write_whole
from sichen.core import ConfigError, DataError, Message

KEYS_OF_BACKUPS = "backup-keys"
MAGIC = b"sichen.backup/1\n"
_PIECE = 4 * 2**20
_TAG = 16
_NAME_SIZE = 8


@dataclass(frozen=True)
class Backup:
    """A backup that was made.

    Parameters
    ----------
    name : str
        By which its key is known.
    path : Path
    size : int
        Of the file, in bytes.
    """

    name: str
    path: Path
    size: int


def back_up(writer: LedgerWriter, target: Path, *, folder: Path) -> Backup:
    """Copy a ledger, while it is in use, into one sealed file.

    Parameters
    ----------
    writer : LedgerWriter
        On SQLite; PostgreSQL has tools of its own.
    target : Path
        The file; replaced when it exists.
    folder : Path
        Of the ledger; the key of the backup goes into it.

    Raises
    ------
    ConfigError
        If the ledger is on PostgreSQL.
    """
    backend = writer.backend
    if not isinstance(backend, SqliteBackend):
        raise ConfigError(Message("adapters.ledger.backup_of_server"))
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        copy = Path(scratch) / "copy"
        writer.maintain(lambda: backend.copy_to(copy))
        return seal_file(copy, target, folder=folder)


def seal_file(source: Path, target: Path, *, folder: Path) -> Backup:
    """Seal the copy of a database under a key of its own, which goes into ``backup-keys`` of the folder."""
    name, key = secrets.token_bytes(_NAME_SIZE), AESGCM.generate_key(256)
    _keep_key(folder, name.hex(), key)
    with source.open("rb") as plain, write_whole(target) as sealed:
        for piece in _sealed(plain, AESGCM(key), name):
            sealed.write(piece)
    return Backup(name.hex(), target, target.stat().st_size)


def restore(source: Path, target: Path, *, folder: Path) -> None:
    """Open a backup and write the database in it to a new file.

    Parameters
    ----------
    source : Path
    target : Path
        Must not exist: a ledger is never overwritten.
    folder : Path
        Where the keys of backups are, or a copy of it.

    Raises
    ------
    ConfigError
        If the key is gone, or the target exists.
    DataError
        If the file was changed or is no backup; then nothing is written.
    """
    if target.exists():
        raise ConfigError(Message("adapters.ledger.exists", path=shown(target)))
    with source.open("rb") as sealed:
        head = sealed.read(len(MAGIC) + _NAME_SIZE)
        if len(head) != len(MAGIC) + _NAME_SIZE or not head.startswith(MAGIC):
            raise DataError(Message("adapters.ledger.no_backup", path=shown(source)))
        name = head[len(MAGIC) :]
        try:
            key = (folder / KEYS_OF_BACKUPS / name.hex()).read_bytes()
        except OSError as error:
            raise ConfigError(Message("adapters.ledger.backup_key", name=name.hex())) from error
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with write_whole(target) as plain:
                for piece in _opened(sealed, AESGCM(key), name):
                    plain.write(piece)
        except InvalidTag as error:
            raise DataError(Message("adapters.ledger.no_backup", path=shown(source))) from error


def shred_backups(folder: Path) -> tuple[str, ...]:
    """Destroy the keys of all backups; return the names of those that can no longer be opened."""
    shredded = []
    for path in sorted((folder / KEYS_OF_BACKUPS).glob("*")):
        forget(path)
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        shredded.append(path.name)
    return tuple(shredded)


def _keep_key(folder: Path, name: str, key: bytes) -> None:
    keys = folder / KEYS_OF_BACKUPS
    keys.mkdir(exist_ok=True, mode=0o700)
    with write_whole(keys / name) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(key)


def _sealed(plain: BinaryIO, cipher: AESGCM, name: bytes) -> Iterator[bytes]:
    yield MAGIC + name
    piece = plain.read(_PIECE)
    number = 0
    while True:
        following = plain.read(_PIECE)
        yield cipher.encrypt(_nonce(number, last=not following), piece, MAGIC + name)
        if not following:
            return
        piece, number = following, number + 1


def _opened(sealed: BinaryIO, cipher: AESGCM, name: bytes) -> Iterator[bytes]:
    piece = sealed.read(_PIECE + _TAG)
    number = 0
    while True:
        following = sealed.read(_PIECE + _TAG)
        yield cipher.decrypt(_nonce(number, last=not following), piece, MAGIC + name)
        if not following:
            return
        piece, number = following, number + 1


def _nonce(number: int, *, last: bool) -> bytes:
    """Return the number of a piece with a mark on the last one: none can be left out or moved. A key seals one file."""
    return number.to_bytes(11) + bytes([last])
