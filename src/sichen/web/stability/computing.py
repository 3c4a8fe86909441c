# SPDX-License-Identifier: Apache-2.0
"""From what a reader sends to results: several clocks, several statistics, a mask."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from starlette.datastructures import UploadFile

from sichen.adapters import DataFolder, now
from sichen.adapters.sample_clocks import sample_clocks
from sichen.adapters.stability_desk import beats_of, keep_beats, keep_deviations
from sichen.core import DataError, Language, Message, NotFound, Record
from sichen.stability import Comparison, Deviations, PhaseSeries, Question, compare, mask
from sichen.web.folder import resolve
from sichen.web.stability.asking import Asked

MOST_SERIES = 12
MOST_RESULTS = 24


@dataclass(frozen=True)
class Source:
    """One clock that was sent: a file's name and content; a sample clock has a title too."""

    name: str
    content: bytes
    title: Mapping[Language, str] | None = None


class WrongFile(DataError):
    """A file cannot be read; `name` says which."""

    def __init__(self, message: Message, name: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class Clock:
    """One clock as it is judged.

    Parameters
    ----------
    name : str
    series : PhaseSeries
    content : bytes
        Its file; empty when it comes from a kept reading.
    reading : Record, optional
        The kept reading whose beats these are.
    said : tuple of Message
        What was done to the numbers before.
    title : mapping of language to str, optional
        What a sample clock is called.
    """

    name: str
    series: PhaseSeries
    content: bytes
    reading: Record | None = None
    said: tuple[Message, ...] = ()
    title: Mapping[Language, str] | None = None

    def label(self, language: Language) -> str:
        """Return what a page calls it: its file's name without the ending."""
        if self.title is not None:
            return self.title[language]
        return self.name if self.reading is not None else PurePath(self.name).stem


@dataclass(frozen=True)
class Result:
    """One statistic of one clock, and how it stands against the mask."""

    clock: Clock
    found: Deviations
    verdict: Comparison | None


@dataclass(frozen=True)
class Answer:
    """Everything that one question to several clocks gave."""

    clocks: tuple[Clock, ...]
    results: tuple[Result, ...]
    question: Question


async def source_of(file: UploadFile) -> Source:
    """Read a file that was sent; of its name only the last part counts."""
    return Source(PurePath(file.filename or "series").name, await file.read())


def answer(asked: Asked, files: Sequence[Source], folder: DataFolder) -> Answer:
    """Compute every statistic of every clock.

    Raises
    ------
    DataError
        If something cannot be read or cannot answer; `WrongFile` says which file.
    """
    question = asked.question()
    clocks = tuple(_clocks(asked, files, folder, question))
    if len(clocks) > MOST_SERIES or len(clocks) * len(asked.statistics) > MOST_RESULTS:
        raise DataError(Message("web.stability.error.too_many", series=MOST_SERIES, results=MOST_RESULTS))
    results = tuple(_result(clock, name, question, asked) for name in asked.statistics for clock in clocks)
    return Answer(clocks, results, question)


def keep(found: Answer, asked: Asked, folder: DataFolder) -> tuple[Record, ...]:
    """Keep every result as a record."""
    instant = now()
    records = []
    for result in found.results:
        clock = result.clock
        if clock.reading is not None:
            records.append(keep_beats(folder, result.found, clock.reading, asked=found.question))
            continue
        named = asked.clock if len(found.clocks) == 1 and asked.clock else clock.label("en")
        kept = keep_deviations(
            folder,
            result.found,
            content=clock.content,
            name=clock.name,
            subject=f"clock:{named}",
            instant=instant,
            asked=found.question,
        )
        records.append(kept)
    return tuple(records)


def _clocks(asked: Asked, files: Sequence[Source], folder: DataFolder, question: Question) -> Iterator[Clock]:
    if not files and asked.reading and not asked.numbers:
        yield _watch(asked.reading, folder)
        return
    for source in _sources(asked, files):
        try:
            yield Clock(source.name, question.series(source.content), source.content, title=source.title)
        except DataError as error:
            raise WrongFile(error.message, source.name) from error


def _sources(asked: Asked, files: Sequence[Source]) -> Sequence[Source]:
    if files:
        return files
    if asked.numbers:
        return [Source("numbers.txt", asked.numbers.encode())]
    if asked.sample == "three":
        return [sample(name) for name in ("clock_a", "clock_b", "clock_c")]
    if asked.sample:
        return [sample(asked.sample)]
    raise DataError(Message("web.stability.error.nothing"))


def sample(name: str) -> Source:
    """Return a sample clock as if its file had been sent."""
    try:
        clock = sample_clocks()[name]
    except KeyError:
        raise NotFound(Message("web.stability.error.sample", name=name)) from None
    return Source(f"{name}.txt", clock.content, clock.title)


def _watch(digest: str, folder: DataFolder) -> Clock:
    record = folder.records.read(resolve(digest, folder))
    if record.kind != "bench.reading":
        raise NotFound(Message("web.readings.other", kind=record.kind))
    series, said = beats_of(folder, record)
    return Clock(record.subject.partition(":")[2], series, b"", record, (said,))


def _result(clock: Clock, name: str, question: Question, asked: Asked) -> Result:
    found = question.answer(clock.series, name)
    found = replace(found, advice=(*clock.said, *found.advice))
    limited = bool(asked.mask) and mask(asked.mask).statistic == name
    return Result(clock, found, compare(found, mask(asked.mask)) if limited else None)
