# SPDX-License-Identifier: Apache-2.0
"""The desk of brands: files become answers, answers become records that rest on the file and on the evidence behind it.

The command line, the pages and the demonstration all ask and keep through here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sichen.adapters.brand_evidence import Evidence, evidence_of
from sichen.adapters.clock import now
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.sheets import sheet_text
from sichen.brand import (
    STEPS,
    Gathered,
    Hedonic,
    PerceptualMap,
    Proportion,
    Strength,
    Survey,
    Valuations,
    average,
    coefficient,
    completeness,
    funnel,
    gather,
    moves,
    net_promoter,
    perceptual_map,
    proportion,
    rake,
    read_observed,
    read_strategy,
    read_survey,
    read_targets,
    strength_of,
)
from sichen.brand.sheet import number_of, read_rows
from sichen.brand.strategy import Completeness
from sichen.brand.valuation import Valuation, foremost
from sichen.core import JSON, DataError, Figure, Input, Instant, Message, Record

VALUE, STRENGTH, SURVEY, HEDONIC, STRATEGY = "brand.value", "brand.strength", "brand.survey", "brand.hedonic", "brand.strategy"
KINDS = (VALUE, STRENGTH, SURVEY, HEDONIC, STRATEGY)
VERSION = "1"
NOTHING_ASKED: Mapping[str, str] = {}
TOML, CSV = "application/toml", "text/csv"


@dataclass(frozen=True)
class Sent:
    """A file that somebody named or sent: its bytes as they came, and what it was called."""

    content: bytes
    name: str

    @property
    def text(self) -> str:
        """The file as text: from UTF-8, UTF-16 or GB 18030, or the first sheet of a workbook.

        Raises
        ------
        DataError
            If it is neither text nor a workbook.
        """
        return sheet_text(self.content, self.name)


@dataclass(frozen=True)
class Scored:
    """A strength with what the records could and could not tell."""

    strength: Strength
    gathered: tuple[Gathered, ...] = ()
    evidence: Evidence | None = None


def score_brand(sent: Sent, folder: DataFolder | None = None, *, seed: int = 1, at: Instant | None = None) -> Scored:
    """Score a brand from its file; with a data folder, indicators that its records and passports tell replace typed ones.

    Parameters
    ----------
    sent : Sent
    folder : DataFolder, optional
    seed : int
    at : Instant, optional
        What was kept or happened later does not count; now by default.

    Raises
    ------
    ConfigError
        If the file is wrong, or evidence is wanted and it does not say which watches are the brand's.
    """
    brand = read_observed(sent.text, name=sent.name)
    if folder is None:
        return Scored(strength_of(brand, seed=seed))
    if not brand.watches:
        raise DataError(Message("adapters.brand.no_watches", file=sent.name))
    evidence = evidence_of(folder, brand, at=at or now())
    gathered = gather(evidence.records, brand=brand.name, watches=brand.watches)
    found = {one.indicator: one.observed for one in gathered if one.observed is not None}
    return Scored(strength_of(brand.with_evidence(found), seed=seed), gathered, evidence)


def keep_strength(folder: DataFolder, scored: Scored, sent: Sent, *, at: Instant) -> Record:
    """Keep a strength: it rests on the file, and through each indicator on verdicts, readings, passports and surveys."""
    found = scored.strength
    if scored.evidence is not None:
        scored.evidence.keep(folder, found.records)
    behind = [Input("observations", folder.keep(sent.content, media_type=TOML, name=sent.name).digest)]
    for name, one in found.brand.observed.items():
        behind += [Input(name, digest) for digest in one.records]
    score = (
        Figure.refused("1", Message("adapters.brand.no_score")) if found.value is None else Figure(found.value, found.u, "1")
    )
    body: dict[str, JSON] = {**found.to_json(), "brand_strength": score.to_json()}
    if found.value is not None:
        slope = abs(coefficient(found.value + 1) - coefficient(found.value))
        body["strength_coefficient"] = Figure(coefficient(found.value), slope * found.u, "1").to_json()
    return _keep(folder, STRENGTH, found.brand.name, body, behind=behind, at=at)


def keep_value(
    folder: DataFolder,
    found: Valuations,
    sent: Sent,
    *,
    at: Instant,
    chosen: Valuation | None = None,
    asked: Mapping[str, str] = NOTHING_ASKED,
) -> Record:
    """Keep a valuation: it rests on its file and on the records that inputs were taken from; what was asked stands in it."""
    case, best = found.case, chosen or foremost(found.all)
    behind = [Input("case", folder.keep(sent.content, media_type=TOML, name=sent.name).digest)]
    behind += [Input(name, one.record) for name, one in case.inputs.items() if one.record]
    said: dict[str, JSON] = {name: one.to_json() for name, one in case.inputs.items()}
    others: list[JSON] = [one.to_json() for one in found.all if one is not best]
    body: dict[str, JSON] = {
        **best.to_json(), "brand": case.name, "digest": case.digest, "inputs": said, "others": others, "asked": dict(asked)
    }  # fmt: skip
    return _keep(folder, VALUE, case.name, body, behind=behind, at=at)


def survey_of(sent: Sent, targets: Sent | None = None) -> Survey:
    """Read a survey, and weigh it to the shares of its population where they are given."""
    if targets is None:
        return read_survey(sent.text, name=sent.name)
    shares = read_targets(targets.text, name=targets.name)
    return rake(read_survey(sent.text, groups=tuple(shares), name=sent.name), shares)


def survey_answer(answers: Survey) -> dict[str, JSON]:
    """Return measures of every wave and brand with their intervals, and which moves are noise."""
    waves = list(dict.fromkeys(answers.waves))
    rows = [(wave, brand, answers.select(wave=wave, brand=brand)) for wave in waves for brand in dict.fromkeys(answers.brands)]
    measured: list[JSON] = [{"wave": wave, "brand": brand, **measures(part)} for wave, brand, part in rows if part.brands]
    changes: list[JSON] = [one.to_json() for one in moves(answers)] if len(waves) > 1 else []
    return {"weighted": answers.weighted, "measures": measured, "moves": changes}


def measures(rows: Survey) -> dict[str, JSON]:
    """Return the measures of one brand in one wave; one that nobody answered is left out."""
    found: dict[str, JSON] = {}
    for name in STEPS:
        if name in rows.answers and _answered(rows, name):
            found[name] = _share(proportion(rows.answers[name], rows.weights))
    for name, key, mean in (("reputation", "reputation", average), ("recommend", "nps", net_promoter)):
        if name in rows.answers and _answered(rows, name) > 1:
            found[key] = mean(rows.answers[name], rows.weights).to_json()
    found["funnel"] = [{"from": before, "to": after, **_share(share)} for before, after, share in funnel(rows)]
    return found


def keep_survey(
    folder: DataFolder, answers: Survey, sent: Sent, *, at: Instant, targets: Sent | None = None
) -> tuple[Record, ...]:
    """Keep the last wave of a survey, one record a brand, so that strength may rest on it."""
    behind = [Input("answers", folder.keep(sent.content, media_type=CSV, name=sent.name).digest)]
    if targets is not None:
        behind.append(Input("targets", folder.keep(targets.content, media_type=TOML, name=targets.name).digest))
    last = list(dict.fromkeys(answers.waves))[-1]
    kept = []
    for brand in dict.fromkeys(answers.brands):
        rows = answers.select(wave=last, brand=brand)
        if rows.brands:
            kept.append(_keep(folder, SURVEY, brand, {"wave": last, "brand": brand, **measures(rows)}, behind=behind, at=at))
    return tuple(kept)


def keep_hedonic(folder: DataFolder, found: Hedonic, sent: Sent, *, at: Instant) -> tuple[Record, ...]:
    """Keep a hedonic model, one record a brand with its premium."""
    behind = [Input("listings", folder.keep(sent.content, media_type=CSV, name=sent.name).digest)]
    model = found.to_json()
    return tuple(
        _keep(
            folder, HEDONIC, one.name,
            {"premium": {"value": one.premium, "u": (one.high - one.low) / 3.92, "unit": "1", "low": one.low, "high": one.high},
             "listings": one.listings, "model": model},
            behind=behind, at=at,
        )
        for one in found.brands if one.name != "*"
    )  # fmt: skip


def map_of(sent: Sent, *, seed: int = 1) -> PerceptualMap:
    """Place the brands and attributes of a table of counts: first column the brand, one column an attribute.

    Raises
    ------
    DataError
        If a cell is no count, a brand stands twice, or the table is no plane.
    """
    import numpy as np

    sheet = read_rows(sent.text, name=sent.name)
    brand, *attributes = sheet.columns
    seen: dict[str, int] = {}
    for line, row in zip(sheet.lines, sheet.rows, strict=True):
        if seen.setdefault(row[brand], line) != line:
            raise DataError(Message("adapters.brand.twice", row=line, column=brand, found=row[brand], first=seen[row[brand]]))
    numbered = zip(sheet.lines, sheet.rows, strict=True)
    counts = np.array([[_count(row[name], name, line) for name in attributes] for line, row in numbered])
    return perceptual_map(list(seen), attributes, counts, seed=seed)


def judge_strategy(sent: Sent, *, on: date) -> Completeness:
    """Read a strategy and judge how complete it is on a day."""
    return completeness(read_strategy(sent.text, name=sent.name), on=on)


def keep_strategy(folder: DataFolder, found: Completeness, sent: Sent, *, at: Instant) -> Record:
    """Keep a judged strategy, so that a register of firms may count it."""
    behind = [Input("strategy", folder.keep(sent.content, media_type=TOML, name=sent.name).digest)]
    return _keep(folder, STRATEGY, found.strategy.name, found.to_json(), behind=behind, at=at)


def _count(cell: str, column: str, line: int) -> float:
    number = number_of(cell)
    if number is None or number < 0 or number != int(number):
        raise DataError(Message("adapters.brand.no_count", row=line, column=column, found=cell))
    return number


def _answered(rows: Survey, name: str) -> int:
    import numpy as np

    return int((np.isfinite(rows.answers[name]) & (rows.weights > 0)).sum())


def _share(found: Proportion) -> dict[str, JSON]:
    return {**found.to_json(), "u": found.u, "unit": "1"}


def _keep(
    folder: DataFolder, kind: str, brand: str, body: Mapping[str, JSON], *, behind: Sequence[Input], at: Instant
) -> Record:
    record = Record(kind, f"brand:{brand}", body, kind, VERSION, at, inputs=tuple(behind))
    folder.records.append(record)
    return record
