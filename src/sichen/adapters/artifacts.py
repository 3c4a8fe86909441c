# SPDX-License-Identifier: Apache-2.0
"""Raw evidence in files named by their content: ``artifacts/ab/cdef…``, each written once and never changed."""

import contextlib
import errno
import hashlib
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO

from sichen.adapters.named_files import open_named, shown
from sichen.adapters.sums import sync_folder
from sichen.adapters.whole_files import Unfinished, remove_leftovers, unfinished
from sichen.core import Artifact, DataError, Message, NotFound, SourceError, digest_of_chunks, is_digest

BLOCK = 1 << 20
_ALGORITHM = "sha256:"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class ArtifactStore:
    """A folder of artifacts, addressed by the SHA-256 of their bytes.

    Parameters
    ----------
    folder : Path
        Made when it is missing. What killed writers left in it is removed.

    Raises
    ------
    SourceError
        If the folder cannot be made or used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / "incoming"
        with _told(folder):
            self._incoming.mkdir(parents=True, exist_ok=True)
            remove_leftovers(self._incoming)

    def keep(
        self, source: bytes | str | os.PathLike[str], *, media_type: str, name: str = "", expected: str | None = None
    ) -> Artifact:
        """Keep bytes, or the bytes of a file.

        Parameters
        ----------
        source : bytes or path
        media_type : str
            For example ``audio/wav``.
        name : str
            What people call it; the name of the file by default.
        expected : str, optional
            The digest that it must have, for instance that of the sound a reading was made of.

        Returns
        -------
        Artifact
            Once the bytes are on the disk. Keeping the same bytes twice keeps them once, and mends a damaged copy.

        Raises
        ------
        DataError
            If the digest is not the expected one; nothing is kept.
        SourceError
            If the source cannot be read, or the disk is full; nothing is kept.
        """
        own_name = "" if isinstance(source, bytes) else shown(Path(source).name)
        with contextlib.closing(_blocks(source)) as blocks, _told(self.folder), unfinished(self._incoming) as part:
            digest, size = _copy(blocks, part.file)
            if expected is not None and digest != expected:
                raise DataError(Message("adapters.artifact.mismatch", expected=expected, found=digest))
            if not self._holds(digest):
                self._settle(part, digest)
        return Artifact(digest, size, media_type, name or own_name)

    def open(self, digest: str) -> BinaryIO:
        """Open an artifact for reading.

        Raises
        ------
        NotFound
            If it is not kept here.
        SourceError
            If the disk fails.
        """
        return open_named(self.path(digest))

    def path(self, digest: str) -> Path:
        """Return the file of an artifact.

        Raises
        ------
        NotFound
            If it is not kept here.
        DataError
            If the text is no full digest.
        """
        path = self._place(digest)
        if not path.is_file():
            raise NotFound(Message("adapters.artifact.missing", digest=digest))
        return path

    def verify(self, digest: str) -> None:
        """Read an artifact and compare its bytes with its name.

        Parameters
        ----------
        digest : str

        Raises
        ------
        NotFound
            If it is not kept here.
        DataError
            If its bytes have changed.
        SourceError
            If the disk fails.
        """
        path = self.path(digest)
        with _told(path), open_named(path) as file:
            found = digest_of_chunks(iter(lambda: file.read(BLOCK), b""))
        if found != digest:
            raise DataError(Message("adapters.artifact.changed", digest=digest, found=found))

    def digests(self) -> Iterator[str]:
        """Yield the digests of all artifacts, in their order."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                digest = f"{_ALGORITHM}{folder.name}{path.name}"
                if is_digest(digest):
                    yield digest

    def _place(self, digest: str) -> Path:
        if not is_digest(digest):
            raise DataError(Message("core.bad_digest", text=digest))
        digits = digest.removeprefix(_ALGORITHM)
        return self.folder / digits[:2] / digits[2:]

    def _holds(self, digest: str) -> bool:
        try:
            self.verify(digest)
        except DataError:
            return False
        return True

    def _settle(self, part: Unfinished, digest: str) -> None:
        place = self._place(digest)
        if not place.parent.is_dir():
            place.parent.mkdir(exist_ok=True)
            sync_folder(self.folder)
        os.fchmod(part.file.fileno(), 0o444)
        part.finish(place)


def _blocks(source: bytes | str | os.PathLike[str]) -> Generator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with open_named(Path(source)) as file:
        while block := file.read(BLOCK):
            yield block


def _copy(blocks: Iterator[bytes], file: BinaryIO) -> tuple[str, int]:
    state, size = hashlib.sha256(), 0
    for block in blocks:
        state.update(block)
        size += len(block)
        file.write(block)
    return _ALGORITHM + state.hexdigest(), size


@contextlib.contextmanager
def _told(place: Path) -> Iterator[None]:
    """Turn what the operating system says of the store into a sentence."""
    try:
        yield
    except SourceError:
        raise
    except OSError as error:
        key = "adapters.artifact.disk_full" if error.errno in _FULL else "adapters.artifact.not_kept"
        raise SourceError(Message(key, path=shown(place), problem=error.strerror or str(error))) from error
