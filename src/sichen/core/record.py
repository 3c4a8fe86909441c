# SPDX-License-Identifier: Apache-2.0
"""The record: what a package says about the world, and what that rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, cast

from sichen.core.canonical import JSON, canonical, digest_of_bytes, is_digest
from sichen.core.errors import DataError, NotFound
from sichen.core.instant import Duration, Instant
from sichen.core.message import Message

FORM = "sichen.record/1"
PREVIOUS = "previous step"
"""Role of the link from a step to the one before it: it tells the order, and is no evidence."""


@dataclass(frozen=True)
class Input:
    """Something a record rests on: another record, or an artifact such as a recording."""

    role: str
    digest: str

    def __post_init__(self) -> None:
        if not is_digest(self.digest):
            raise DataError(Message("core.bad_digest", text=self.digest))


@dataclass(frozen=True)
class Record:
    """A result, with everything needed to question it.

    Parameters
    ----------
    kind : str
        What it is, e.g. ``bench.reading``: the package's name, a dot, a word.
    subject : str
        Whom it is about, e.g. ``watch:0042``; a class before the colon.
    body : mapping of str to JSON
        The figures; measured ones as ``Figure.to_json()`` gives them.
    method, version : str
        How it was found, e.g. ``bench.acoustic`` and ``1``.
    instant : Instant
        When it was true, not when it was written.
    instant_u : Duration, optional
        Standard uncertainty of `instant`; None when nobody knows.
    inputs : tuple of Input

    Examples
    --------
    >>> made = Record("bench.note", "watch:1", {"text": "cleaned"}, "manual", "1", Instant(0))
    >>> made == Record.from_json(made.to_json())
    True
    """

    kind: str
    subject: str
    body: Mapping[str, JSON] = field(hash=False)
    method: str
    version: str
    instant: Instant
    instant_u: Duration | None = None
    inputs: tuple[Input, ...] = ()

    @cached_property
    def canonical(self) -> bytes:
        """The canonical JSON of the record."""
        return canonical(self.to_json())

    @cached_property
    def digest(self) -> str:
        """The identity of the record: SHA-256 of its canonical JSON."""
        return digest_of_bytes(self.canonical)

    def to_json(self) -> dict[str, JSON]:
        """Return the record as plain JSON."""
        at: dict[str, JSON] = {
            "at": self.instant.isoformat(),
            "u_s": None if self.instant_u is None else self.instant_u.seconds,
        }
        return {
            "form": FORM,
            "kind": self.kind,
            "subject": self.subject,
            "body": dict(self.body),
            "method": {"id": self.method, "version": self.version},
            "instant": at,
            "inputs": [{"role": entry.role, "digest": entry.digest} for entry in self.inputs],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> "Record":
        """Read a record from plain JSON.

        Raises
        ------
        DataError
            If it is not a record of this form.
        """
        try:
            if data["form"] != FORM:
                raise DataError(Message("core.not_a_record", found=str(data["form"])))
            method = cast("Mapping[str, str]", data["method"])
            at = cast("Mapping[str, JSON]", data["instant"])
            inputs = cast("list[Mapping[str, str]]", data["inputs"])
            return cls(
                kind=str(data["kind"]),
                subject=str(data["subject"]),
                body=cast("Mapping[str, JSON]", data["body"]),
                method=method["id"],
                version=method["version"],
                instant=Instant.parse(str(at["at"])),
                instant_u=None if at["u_s"] is None else Duration.of_seconds(float(cast("float", at["u_s"]))),
                inputs=tuple(Input(entry["role"], entry["digest"]) for entry in inputs),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(Message("core.not_a_record", found=str(error))) from error


@dataclass(frozen=True)
class Artifact:
    """Raw evidence kept as it came: a recording, a log, a photograph."""

    digest: str
    size: int
    media_type: str
    name: str


class Ledger(Protocol):
    """Where records are kept. Packages that decide see this and never a database."""

    def append(self, record: Record) -> str:
        """Keep a record and return its digest; keeping it twice keeps it once."""
        ...

    def read(self, digest: str) -> Record:
        """Return the record with this digest; raise `NotFound` when there is none."""
        ...

    def find(self, *, kind: str | None = None, subject: str | None = None, limit: int = 100) -> Iterator[Record]:
        """Yield the latest records of a kind or about a subject, newest first."""
        ...

    def artifact(self, digest: str) -> Artifact:
        """Return what is known of an artifact; raise `NotFound` when it is not kept."""
        ...


@dataclass(frozen=True)
class Evidence:
    """A node of the tree behind a figure: a record or an artifact, with what it rests on."""

    role: str
    digest: str
    record: Record | None
    artifact: Artifact | None
    rests_on: tuple["Evidence", ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Evidence"]]:
        """Yield every node with its depth, parents first."""
        yield depth, self
        for below in self.rests_on:
            yield from below.walk(depth + 1)


def why(digest: str, ledger: Ledger, *, role: str = "") -> Evidence:
    """Open a record down to raw evidence.

    Parameters
    ----------
    digest : str
        Full digest of a record or an artifact.
    ledger : Ledger
    role : str
        What the thing is for whoever asked.

    Returns
    -------
    Evidence
        The tree. An input that is missing appears with neither record nor artifact: a hole is shown, not hidden.
        A `PREVIOUS` step is named but not opened: it tells the order, and a trail may be thousands of steps long.
    """
    try:
        record = ledger.read(digest)
    except NotFound:
        try:
            return Evidence(role, digest, None, ledger.artifact(digest))
        except NotFound:
            return Evidence(role, digest, None, None)
    if role == PREVIOUS:
        return Evidence(role, digest, record, None)
    below = tuple(why(entry.digest, ledger, role=entry.role) for entry in record.inputs)
    return Evidence(role, digest, record, None, below)
