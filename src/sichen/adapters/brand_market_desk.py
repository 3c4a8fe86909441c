# SPDX-License-Identifier: Apache-2.0
"""The desk of a brand's market: norms, segments, mentions, questionnaires and choices, from files to answers to records."""

import csv
import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from sichen.adapters.brand_desk import CSV, TOML, VERSION, Sent
from sichen.adapters.data_folder import DataFolder
from sichen.brand import (
    Attribute,
    Choices,
    Day,
    Design,
    Dirichlet,
    Estimator,
    Layout,
    Segments,
    choose_segments,
    design_tasks,
    fit_dirichlet,
    needs_another,
    read_choices,
    watch_mentions,
)
from sichen.brand.sheet import number_of, read_rows
from sichen.core import JSON, ConfigError, DataError, Input, Instant, Message, Record

DIRICHLET, SEGMENTS, MENTIONS, MAP = "brand.dirichlet", "brand.segments", "brand.mentions", "brand.map"
LOGIT, MIXED, TASTES, MARKET, DESIGN = "brand.mnl", "brand.mixlogit", "brand.hb", "brand.simulation", "brand.design"
MARKET_KINDS = (DIRICHLET, SEGMENTS, MENTIONS, MAP, LOGIT, MIXED, TASTES, MARKET, DESIGN)
Fields = Mapping[str, str]
MOST_CLASSES = 12
_DESIGN = ("alternatives", "attributes", "none", "prior", "tasks")


@dataclass(frozen=True)
class Found:
    """Segments with the numbers of classes that were compared, and the probability that one more is needed by chance."""

    best: Segments
    compared: tuple[Segments, ...]
    answers: Mapping[str, tuple[str, ...]]
    p: float | None

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line says it."""
        rows: list[JSON] = [
            {"classes": one.classes, "bic": one.bic, "log_likelihood": one.log_likelihood} for one in self.compared
        ]
        words: dict[str, JSON] = {name: list(words) for name, words in self.answers.items()}
        return {**self.best.to_json(), "answers": words, "compared": rows, "p_another": self.p}


def dirichlet_of(
    sent: Sent,
    *,
    category_penetration: float,
    category_purchases: float,
    share: str = "market_share",
    penetration: str = "penetration_obs",
    brand: str = "brand",
    estimator: Estimator = "least_squares",
) -> Dirichlet:
    """Fit the norms of a market from a table with a row a brand.

    Raises
    ------
    DataError
        If a column is missing, a brand stands twice, or a share is no part of one; it names row and column.
    """
    sheet = read_rows(sent.text, needed=(brand, share, penetration), name=sent.name)
    numbered = list(zip(sheet.lines, sheet.rows, strict=True))
    names: dict[str, int] = {}
    for at, row in numbered:
        if row[brand] in names:
            raise DataError(Message("adapters.brand.twice", row=at, column=brand, found=row[brand], first=names[row[brand]]))
        names[row[brand]] = at
    return fit_dirichlet(
        list(names),
        [_part(row, share, at) for at, row in numbered],
        [_part(row, penetration, at) for at, row in numbered],
        category_penetration=category_penetration,
        category_purchases=category_purchases,
        estimator=estimator,
    )


def segments_of(sent: Sent, *, most: int = 6, test: bool = False, seed: int = 1) -> Found:
    """Find groups of people who answer alike, from a row a person and a column a question.

    Raises
    ------
    DataError
        If a respondent stands twice.
    ConfigError
        If `most` is no number of classes.
    """
    if not 1 <= most <= MOST_CLASSES:
        raise ConfigError(Message("brand.case.bounds", where="most", found=str(most), low="1", high=str(MOST_CLASSES)))
    sheet = read_rows(sent.text, wanted=("respondent",), name=sent.name)
    rows = sheet.rows
    if "respondent" in rows[0]:
        seen: dict[str, int] = {}
        for at, row in zip(sheet.lines, rows, strict=True):
            who = row["respondent"]
            if who in seen:
                raise DataError(Message("adapters.brand.twice", row=at, column="respondent", found=who, first=seen[who]))
            seen[who] = at
    names = [name for name in rows[0] if name != "respondent"]
    words = {name: tuple(sorted({row[name] for row in rows} - {""})) for name in names}
    codes = [[words[name].index(row[name]) if row[name] else -1 for row in rows] for name in names]
    answers = np.array(codes, np.int64).T
    fits = choose_segments(names, answers, most=most, seed=seed)
    best = min(fits, key=lambda fit: fit.bic)
    p = needs_another(names, answers, best.classes, seed=seed) if test else None
    return Found(best, tuple(fits), words, p)


def mentions_of(sent: Sent, *, level: float = 1e-3) -> tuple[Day, ...]:
    """Watch a series of days and mentions, and negative ones where they are known.

    Raises
    ------
    DataError
        If a cell is no count, or the days are not one after the other.
    """
    sheet = read_rows(sent.text, wanted=("negative",), needed=("day", "mentions"), name=sent.name)
    numbered = list(zip(sheet.lines, sheet.rows, strict=True))
    seen: dict[str, int] = {}
    before: date | None = None
    for at, row in numbered:
        if row["day"] in seen:
            raise DataError(Message("adapters.brand.twice", row=at, column="day", found=row["day"], first=seen[row["day"]]))
        seen[row["day"]] = at
        day = _day(row["day"], at)
        if before is not None and day != before + timedelta(days=1):
            raise DataError(
                Message("adapters.brand.not_next", row=at, found=row["day"], wanted=str(before + timedelta(days=1)))
            )
        before = day
    bad = [_count(row, "negative", at) for at, row in numbered] if "negative" in sheet.columns else None
    return watch_mentions(list(seen), [_count(row, "mentions", at) for at, row in numbered], bad, level=level)


def design_of(sent: Sent, *, seed: int = 1) -> Design:
    """Make a questionnaire from TOML: tasks, alternatives, none, ``[attributes]`` as lists of levels and, if wanted, ``[prior]``.

    Raises
    ------
    ConfigError
        If a key is unknown, missing or of another kind than it must be.
    """
    try:
        asked: dict[str, Any] = tomllib.loads(sent.text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("brand.case.not_toml", file=sent.name, problem=str(error))) from error
    unknown = set(asked) - set(_DESIGN)
    wanted = {"attributes": dict, "tasks": int, "alternatives": int, "none": bool, "prior": dict}
    for key, kind in wanted.items():
        if key in asked and type(asked[key]) is not kind:
            raise ConfigError(Message("adapters.brand.other_kind", where=sent.name, entry=key, found=str(asked[key])))
    if unknown or not {"attributes", "tasks"} <= set(asked):
        entry = min(unknown) if unknown else "attributes, tasks"
        raise ConfigError(Message("brand.case.unknown_key", where=sent.name, entry=entry, known=", ".join(_DESIGN)))
    attributes = []
    for name, levels in asked["attributes"].items():
        if not isinstance(levels, list):
            raise ConfigError(Message("brand.case.missing", where=f"{sent.name} [attributes]", entry=f"{name} = [ … ]"))
        numeric = all(isinstance(level, int | float) and not isinstance(level, bool) for level in levels)
        attributes.append(Attribute(name, tuple(str(level) for level in levels), numeric))
    return design_tasks(
        attributes,
        tasks=asked["tasks"],
        alternatives=asked.get("alternatives", 3),
        none=asked.get("none", True),
        prior=asked.get("prior"),
        seed=seed,
    )


def questionnaire_csv(made: Design) -> str:
    """Return a questionnaire as a file: task, alternative, one column an attribute."""
    out = io.StringIO()
    writer = csv.DictWriter(out, ["task", "alternative", *(one.name for one in made.attributes)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(made.rows())
    return out.getvalue()


def answers_csv(made: Design, people: int) -> str:
    """Return an empty sheet for answers: a row a person, a column a task, to be filled with the number of the alternative taken."""
    tasks = range(1, len(made.tasks) + 1)
    rows = [",".join(["person", *(f"task_{task}" for task in tasks)])]
    rows += [f"{person}{',' * len(tasks)}" for person in range(1, people + 1)]
    return "\n".join(rows) + "\n"


def choices_from_answers(questionnaire: Sent, answers: Sent) -> str:
    """Join a questionnaire and its answers to a file of choices, a row an alternative, as ``mnl``, ``mixlogit`` and ``hb`` read it.

    Parameters
    ----------
    questionnaire : Sent
        As `questionnaire_csv` writes it. "None of these" gets a column of its own.
    answers : Sent
        As `answers_csv` begins it; an empty cell is a task that was passed over.

    Raises
    ------
    DataError
        If a person stands twice, a task is unknown or an alternative was not offered; it names row and column.
    """
    offered: dict[str, list[Mapping[str, str]]] = {}
    for row in read_rows(questionnaire.text, needed=("task", "alternative"), name=questionnaire.name).rows:
        offered.setdefault(row["task"], []).append(row)
    names = [name for name in next(iter(offered.values()))[0] if name not in {"task", "alternative"}]
    first = {name: next(row[name] for rows in offered.values() for row in rows if row[name]) for name in names}
    filled = read_rows(answers.text, needed=("person", *(f"task_{task}" for task in offered)), name=answers.name)
    seen: dict[str, int] = {}
    lines = [["person", "task", "alternative", "choice", *names, "none"]]
    for at, person in zip(filled.lines, filled.rows, strict=True):
        who = person["person"]
        if not who or who in seen:
            raise DataError(Message("adapters.brand.twice", row=at, column="person", found=who, first=seen.get(who, at)))
        seen[who] = at
        for task, rows in offered.items():
            taken = person[f"task_{task}"]
            if not taken:
                continue
            if taken not in {row["alternative"] for row in rows}:
                known = ", ".join(row["alternative"] for row in rows)
                raise DataError(Message("adapters.brand.not_offered", row=at, column=f"task_{task}", found=taken, known=known))
            for row in rows:
                none = row["alternative"] == "none"
                shown = [(_nothing(first[name]) if none else row[name]) for name in names]
                lines.append([who, task, row["alternative"], str(int(row["alternative"] == taken)), *shown, str(int(none))])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


def layout_of(fields: Fields) -> Layout:
    """Return how a choice file is read, from the fields of a form or of a kept record."""

    def words(name: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in fields.get(name, "").split(",") if word.strip())

    return Layout(
        fields.get("choice") or "choice", words("columns"), case=fields.get("case", ""), person=fields.get("person", ""),
        alternative=fields.get("alternative", ""), weights=fields.get("weights", ""), wide=words("wide"),
    )  # fmt: skip


def choices_of(sent: Sent, fields: Fields) -> Choices:
    """Return the choices of a file."""
    return read_choices(sent.text, layout_of(fields), name=sent.name)


def shapes_of(random: str, choices: Choices) -> dict[str, str]:
    """Return which coefficients differ between people, and how: ``price=negative_lognormal,feat``; all of them when nothing is said."""
    shapes = {}
    for word in filter(None, (one.strip() for one in random.split(","))):
        # A coefficient of a level has an equals sign of its own: brand=Sinan, brand=Sinan=lognormal.
        name, _, shape = (word, "", "normal") if word in choices.names else word.rpartition("=")
        shapes[name or shape] = shape if name else "normal"
    return shapes or dict.fromkeys(choices.names, "normal")


def keep_answer(
    folder: DataFolder,
    kind: str,
    name: str,
    body: Mapping[str, JSON],
    files: Sequence[tuple[str, Sent]],
    *,
    asked: Fields,
    at: Instant,
) -> Record:
    """Keep an answer about a market: it rests on its files; what was asked stands in it, with the seed.

    Parameters
    ----------
    folder : DataFolder
    kind : str
        One of ``MARKET_KINDS``.
    name : str
        What it is about, such as the name of the file.
    body : mapping
    files : sequence of (role, Sent)
        The first is what the answer was computed from.
    asked : mapping of str to str
    at : Instant
    """
    behind = []
    for role, one in files:
        media_type = TOML if one.name.endswith(".toml") else CSV
        behind.append(Input(role, folder.keep(one.content, media_type=media_type, name=one.name).digest))
    told: dict[str, JSON] = {**body, "asked": dict(asked)}
    record = Record(kind, f"brand:{name}", told, kind, VERSION, at, inputs=tuple(behind))
    folder.records.append(record)
    return record


def _nothing(example: str) -> str:
    """Return what "none of these" has of an attribute: no number, or the level that other coefficients are told against."""
    try:
        float(example)
    except ValueError:
        return example
    return "0"


def _day(text: str, line: int) -> date:
    """Read a day as 2025-03-01, 2025/3/1 or 2025年3月1日."""
    parts = [part for part in re.split("[-/.年月日]", text) if part]
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        raise DataError(Message("adapters.brand.no_day", row=line, found=text)) from None


def _number(row: Mapping[str, str], column: str, line: int) -> float:
    number = number_of(row[column])
    if number is None:
        raise DataError(Message("brand.choice.not_finite", row=line, column=column))
    return number


def _part(row: Mapping[str, str], column: str, line: int) -> float:
    number = _number(row, column, line)
    if not 0 < number < 1:
        raise DataError(Message("adapters.brand.no_part", row=line, column=column, found=f"{number:g}"))
    return number


def _count(row: Mapping[str, str], column: str, line: int) -> int:
    number = _number(row, column, line)
    if number < 0 or number != int(number):
        raise DataError(Message("adapters.brand.no_count", row=line, column=column, found=f"{number:g}"))
    return int(number)
