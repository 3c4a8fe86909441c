# SPDX-License-Identifier: Apache-2.0
"""Records: identity by content, and the tree behind a figure."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import Artifact, DataError, Duration, Input, Instant, Ledger, NotFound, Record, digest_of_bytes, why

SOUND = digest_of_bytes(b"tick tock")


def reading(**changes: object) -> Record:
    """Make a record of a reading, with some fields changed."""
    fields: dict[str, object] = {
        "kind": "bench.reading",
        "subject": "watch:0042",
        "body": {"rate": {"value": 4.7, "u": 0.2, "unit": "s/d", "status": "ok"}},
        "method": "bench.acoustic",
        "version": "1",
        "instant": Instant(1_795_000_000_123_456_789),
        "instant_u": Duration.of_seconds(0.5),
        "inputs": (Input("sound", SOUND),),
    } | changes
    return Record(**fields)  # type: ignore[arg-type] # the fields above have the right types


class Shelf:
    """A ledger in a dictionary."""

    def __init__(self, *records: Record, artifacts: tuple[Artifact, ...] = ()) -> None:
        self.records = {record.digest: record for record in records}
        self.artifacts = {artifact.digest: artifact for artifact in artifacts}

    def append(self, record: Record) -> str:
        """Keep a record."""
        self.records[record.digest] = record
        return record.digest

    def read(self, digest: str) -> Record:
        """Return a record."""
        if digest not in self.records:
            raise NotFound("nothing there")
        return self.records[digest]

    def find(self, *, kind: str | None = None, subject: str | None = None, limit: int = 100) -> Iterator[Record]:
        """Yield records."""
        found = [r for r in self.records.values() if kind in (None, r.kind) and subject in (None, r.subject)]
        yield from found[:limit]

    def artifact(self, digest: str) -> Artifact:
        """Return an artifact."""
        if digest not in self.artifacts:
            raise NotFound("nothing there")
        return self.artifacts[digest]


def test_a_record_survives_a_round_trip_with_its_digest() -> None:
    record = reading()

    again = Record.from_json(record.to_json())

    assert again == record
    assert again.digest == record.digest


@given(st.sampled_from(["kind", "subject", "method", "version"]), st.text(min_size=1, max_size=5).filter(str.isalnum))
def test_any_change_changes_the_digest(field: str, text: str) -> None:
    assert reading(**{field: text + "x"}).digest != reading().digest


def test_a_nanosecond_changes_the_digest() -> None:
    record = reading()

    assert reading(instant=record.instant + Duration(1)).digest != record.digest


def test_why_opens_a_figure_down_to_the_sound() -> None:
    first = reading()
    mean = reading(kind="bench.series", inputs=(Input("position CH", first.digest), Input("lost", digest_of_bytes(b"?"))))
    shelf: Ledger = Shelf(first, mean, artifacts=(Artifact(SOUND, 9, "audio/wav", "tick.wav"),))

    lines = [
        (depth, node.role, node.record is not None, node.artifact is not None) for depth, node in why(mean.digest, shelf).walk()
    ]

    assert lines == [
        (0, "", True, False),
        (1, "position CH", True, False),
        (2, "sound", False, True),
        (1, "lost", False, False),
    ]


@pytest.mark.parametrize("data", [{}, {"form": "other"}, {"form": "sichen.record/1", "kind": "x"}])
def test_what_is_no_record_is_refused(data: dict[str, str]) -> None:
    with pytest.raises(DataError, match="not a Sichen record"):
        Record.from_json(data)


def test_an_input_needs_a_whole_digest() -> None:
    with pytest.raises(DataError, match="not a digest"):
        Input("sound", "e3b0c442")
