# SPDX-License-Identifier: Apache-2.0
"""The fields of a valuation: filled from a case, and written back as the file that the command line reads."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from sichen.adapters.brand_desk import Sent
from sichen.brand import input_kinds, methods
from sichen.brand.valuation.inputs import EDITIONS, GRADES
from sichen.core import Language

BRAND = ("name", "owner", "year", "currency", "scale", "years", "edition", "purpose", "base")
PARTS = ("value", "low", "high", "sd", "year", "currency", "source", "grade", "record")
_NUMBERS = {"year", "scale", "years", "value", "low", "high", "sd"}


@dataclass(frozen=True)
class Field:
    """One input as the form shows it.

    Parameters
    ----------
    name, title, unit : str
    needed : tuple of str
        Methods that ask for it.
    default : str
        What stands in when nothing is said; empty where nothing does.
    parts : mapping of str to str
        What was typed: value, low, high, sd, year, currency, source, grade, record.
    """

    name: str
    title: str
    unit: str
    needed: tuple[str, ...]
    default: str
    parts: Mapping[str, str]


@dataclass(frozen=True)
class CaseForm:
    """The fields of a case, with the words to choose from."""

    brand: Mapping[str, str]
    inputs: tuple[Field, ...]
    editions: tuple[str, ...] = EDITIONS
    grades: tuple[str, ...] = GRADES


def case_form(texts: Mapping[str, str], language: Language) -> CaseForm:
    """Return the fields filled with what a case says; a case that cannot be read leaves them empty, its text stands beside."""
    table = _read(texts.get("main", ""))
    brand = _table(table, "brand")
    inputs = _table(table, "inputs")
    currency = str(brand.get("currency", ""))
    fields = []
    for name, kind in input_kinds().items():
        row = _table(inputs, name)
        needed = tuple(one.title(language) for one in methods().values() if name in one.needs)
        default = "" if kind.default is None else f"{kind.default:g}"
        parts = {part: _shown(row.get(part, "")) for part in PARTS}
        fields.append(Field(name, kind.title(language), kind.unit_text(currency or "¤"), needed, default, parts))
    return CaseForm({part: _shown(brand.get(part, "")) for part in BRAND}, tuple(fields))


def filled_case(form: FormData, sent: Sent) -> Sent:
    """Return the case with what was typed in the fields; spending and report of the text beside them stay.

    A number that is none goes into the file as it was typed, so that reading it says which field is wrong.
    """
    table = _read(sent.content.decode("utf-8", "replace"))
    brand = {part: _typed(form, f"brand_{part}", part) for part in BRAND}
    lines = ["[brand]", *(f"{part} = {_written(value)}" for part, value in brand.items() if value != "")]
    lines += ["", "[inputs]"]
    before = _table(table, "inputs")
    for name in input_kinds():
        row = {part: _typed(form, f"{name}_{part}", part) for part in PARTS}
        if any(row[part] != "" for part in PARTS if part not in {"grade", "record"}):
            kept = {key: value for key, value in _table(before, name).items() if key not in PARTS}
            told = {key: value for key, value in {**row, **kept}.items() if value != ""}
            lines.append(f"{name} = {{ {', '.join(f'{key} = {_written(value)}' for key, value in told.items())} }}")
    spending = table.get("spending", [])
    for one in spending if isinstance(spending, list) else ():
        lines += ["", "[[spending]]", *(f"{key} = {_written(value)}" for key, value in dict(one).items())]
    report = _table(table, "report")
    lines += ["", "[report]", *(f"{key} = {_written(value)}" for key, value in report.items())] if report else []
    return Sent(("\n".join(lines) + "\n").encode(), sent.name)


def _read(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = table.get(name)
    return found if isinstance(found, Mapping) else {}


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _typed(form: FormData, name: str, part: str) -> str | int | float:
    text = str(form.get(name) or "").strip()
    if part not in _NUMBERS or not text:
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _written(value: object) -> str:
    """Write a value as TOML; a string as JSON has the same rules."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, int | float) else json.dumps(str(value), ensure_ascii=False)
