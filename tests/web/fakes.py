# SPDX-License-Identifier: Apache-2.0
"""A data folder in memory and a bench that always hears the same watch."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sichen.core import Artifact, Message, NotFound, Record, digest_of_bytes


@dataclass
class MemoryFolder:
    """Records and artifacts of one test. It plays both parts of a data folder."""

    kept: dict[str, Record] = field(default_factory=dict)
    raw: dict[str, tuple[Artifact, bytes]] = field(default_factory=dict)

    @property
    def records(self) -> "MemoryFolder":
        return self

    @property
    def artifacts(self) -> "MemoryFolder":
        return self

    def append(self, record: Record) -> str:
        self.kept[record.digest] = record
        return record.digest

    def read(self, digest: str) -> Record:
        if digest not in self.kept:
            raise NotFound(Message("core.no_record", digest=digest))
        return self.kept[digest]

    def find(self, *, kind: str | None = None, subject: str | None = None, limit: int = 100) -> Iterator[Record]:
        found = [r for r in reversed(self.kept.values()) if kind in {None, r.kind} and subject in {None, r.subject}]
        yield from found[:limit]

    def artifact(self, digest: str) -> Artifact:
        if digest not in self.raw:
            raise NotFound(Message("core.no_record", digest=digest))
        return self.raw[digest][0]

    def count(self, *, kind: str | None = None) -> int:
        return sum(1 for record in self.kept.values() if kind in {None, record.kind})

    def resolve(self, text: str) -> str:
        found = [digest for digest in (*self.kept, *self.raw) if digest.startswith(text)]
        if len(found) != 1:
            raise NotFound(Message("core.no_record", digest=text))
        return found[0]

    def keep(self, source: bytes | Path, *, media_type: str, name: str = "") -> Artifact:
        data = source if isinstance(source, bytes) else source.read_bytes()
        artifact = Artifact(digest_of_bytes(data), len(data), media_type, name)
        self.raw[artifact.digest] = (artifact, data)
        return artifact

    def open(self, digest: str) -> io.BytesIO:
        return io.BytesIO(self.raw[digest][1])
