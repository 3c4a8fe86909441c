# SPDX-License-Identifier: Apache-2.0
"""Storage: nothing is lost when four processes append at once (gates); how fast it all is (reported)."""

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sichen.adapters import ArtifactStore, RecordStore
from sichen.core import JSON, Input, Instant, Record, digest_of_bytes

PROCESSES = 4
EACH = 500
BATCH = 100
MANY = 20_000


def main(options: list[str]) -> int:  # noqa: ARG001 - every benchmark has the same face
    """Run the tables; return how many limits were missed."""
    missed = 0
    print("storage: SQLite, WAL, synchronous=FULL\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        missed += _alone(folder / "alone")
        missed += _together(folder / "one", batch=1)
        missed += _together(folder / "batch", batch=BATCH)
        missed += _artifacts(folder / "artifacts")
    return missed


def _record(number: int, writer: int = 0) -> Record:
    """Return a record of the size that a reading has, about 600 bytes."""
    figures: JSON = {"rate": {"value": 4.7 + number * 1e-3, "u": 0.2, "unit": "s/d", "status": "ok"}}
    recording = digest_of_bytes(f"{writer}".encode())
    return Record(
        "bench.reading",
        f"watch:{number % 100}",
        {"number": number, "writer": writer, "figures": figures},
        "bench.acoustic",
        "1",
        Instant(1_795_000_000_000_000_000 + number),
        inputs=(Input("recording", recording),),
    )


def _alone(folder: Path) -> int:
    with RecordStore(folder / "records.sqlite") as store:
        records = [_record(number) for number in range(MANY)]
        with _timed(f"{MANY} records in batches of 1000", MANY):
            for start in range(0, MANY, 1000):
                store.append_all(records[start : start + 1000])
        with _timed("200 records one by one", 200):
            for number in range(200):
                store.append(_record(MANY + number))
        digests = [record.digest for record in records[::100]]
        with _timed("read by digest", len(digests)):
            for digest in digests:
                store.read(digest)
        with _timed("find the last 100 about one watch", 100):
            list(store.find(subject="watch:7"))
        with _timed("verify all", MANY):
            wrong = [problem for problem in store.verify_all() if problem.message.key != "adapters.verify.missing_input"]
        return _limit("records that verify", store.count() - len(wrong), MANY + 200)


def _together(folder: Path, *, batch: int) -> int:
    path = folder / "records.sqlite"
    RecordStore(path).close()
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(PROCESSES + 1)
    writers = [context.Process(target=_write, args=(path, writer, batch, ready)) for writer in range(PROCESSES)]
    for process in writers:
        process.start()
    ready.wait()
    with _timed(f"{PROCESSES} processes × {EACH} records, {batch} at a time", PROCESSES * EACH):
        for process in writers:
            process.join()
    with RecordStore(path) as store:
        return _limit("records kept", store.count(), PROCESSES * EACH)


def _write(path: Path, writer: int, batch: int, ready: object) -> None:
    records = [_record(number, writer) for number in range(EACH)]
    with RecordStore(path) as store:
        ready.wait()  # type: ignore[attr-defined] # the type of a barrier is private to multiprocessing
        for start in range(0, EACH, batch):
            store.append_all(records[start : start + batch])


def _artifacts(folder: Path) -> int:
    store = ArtifactStore(folder)
    sound = bytes(range(256)) * 11_250  # 30 s at 48 kHz and 16 bit
    with _timed("artifacts of 2.88 MB kept", 20):
        kept = [store.keep(sound + bytes([number]), media_type="audio/wav") for number in range(20)]
    with _timed("artifacts of 2.88 MB verified", 20):
        for artifact in kept:
            store.verify(artifact.digest)
    return _limit("artifacts kept", len(list(store.digests())), 20)


@contextmanager
def _timed(what: str, count: int) -> Iterator[None]:
    start = time.perf_counter()
    yield
    spent = time.perf_counter() - start
    print(f"  {what:48} {spent:8.3f} s  {count / spent:10.0f} /s")


def _limit(what: str, found: int, wanted: int) -> int:
    verdict = "ok" if found == wanted else "MISSED"
    print(f"  {what:48} {found:8} of {wanted}  {verdict}\n")
    return int(found != wanted)
