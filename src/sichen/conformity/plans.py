# SPDX-License-Identifier: Apache-2.0
"""Reading plans: the built-in ones and a laboratory's own. Unknown keys are errors, and so is a harmful order."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from decimal import Decimal
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any, TypeVar

from sichen.conformity.formulas import STATION_FORMULAS
from sichen.conformity.plan import ROUNDINGS, RULES, SEVERITIES, Criterion, Limits, Measurand, Parameter, Plan, Step
from sichen.core import ConfigError, Message, NotFound, SichenError, units

T = TypeVar("T")
POSITIONS = ("", "CH", "FH", "3H", "6H", "9H", "12H")
MEASURANDS = ("daily_rate", "acoustic_rate", "station")


@cache
def plans() -> Mapping[str, Plan]:
    """Return all built-in plans by their identifier.

    Examples
    --------
    >>> plans()["iso3159"].length
    15
    """
    found = [read_plan(text, name=name) for name, text in sorted(_texts().items())]
    return {plan.id: plan for plan in found}


def plan(name: str) -> Plan:
    """Return one built-in plan.

    Raises
    ------
    NotFound
        If there is none of that name.
    """
    try:
        return plans()[name]
    except KeyError:
        raise NotFound(Message("conformity.plan.unknown", name=name, known=", ".join(plans()))) from None


def read_plan(text: str, *, name: str = "plan", digest: str = "") -> Plan:
    """Read a plan from TOML.

    Parameters
    ----------
    text : str
        With ``like = "iso3159"`` it takes over from that built-in plan whatever it does not say itself.
    name : str
        What errors call the file.
    digest : str, optional
        The digest that the plan must have, such as the one on a certificate.

    Raises
    ------
    ConfigError
        If the plan is another one than `digest` says, a key is unknown or missing, limits are reversed, a number has no source, a formula does not fit the
        steps, or a step that may harm the watch stands before one that may not.
    """
    found = _plan(_table(text, name), name)
    check(found)
    if digest and digest != found.digest:
        raise ConfigError(Message("conformity.plan.other", name=name, found=found.digest, wanted=digest))
    return found


def check(plan: Plan) -> None:
    """Check that a plan can be run and judged.

    Raises
    ------
    ConfigError
        As `read_plan`.
    """
    sources = {plan.id: plan.source, "measurand": plan.measurand.source} | {one.id: one.source for one in plan.criteria}
    for name, source in sources.items():
        if not source.strip():
            raise ConfigError(Message("conformity.plan.unsourced", plan=plan.id, name=name))
    check_series(plan)
    if not plan.fixed_order:
        check_order(plan.steps)
    protocol = plan.choose(category=next(iter(plan.categories), None))
    for criterion in plan.criteria:
        if criterion.in_series:
            protocol.formula(criterion)
        elif criterion.formula not in STATION_FORMULAS or set(criterion.parameters) != set(STATION_FORMULAS[criterion.formula]):
            known = ", ".join(STATION_FORMULAS)
            raise ConfigError(Message("conformity.formula.unknown", name=criterion.formula, known=known))


def check_series(plan: Plan) -> None:
    """Check that the steps yield the measurements 1, 2, 3 … each once.

    Raises
    ------
    ConfigError
        If one is missing or comes twice.
    """
    numbers = [number for step in plan.steps if step.last for number in range(step.first, step.last + 1)]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ConfigError(Message("conformity.plan.series", plan=plan.id, got=", ".join(map(str, numbers))))


def check_order(steps: Sequence[Step]) -> None:
    """Check that what may harm a watch comes after what may not.

    Raises
    ------
    ConfigError
        If a step follows one that may spoil its result; names both.
    """
    for before, after in pairwise(steps):
        if SEVERITIES.index(before.severity) > SEVERITIES.index(after.severity):
            raise ConfigError(
                Message(
                    "conformity.plan.order",
                    before=before.action_en or before.severity,
                    after=after.action_en or after.severity,
                )
            )


def in_order(chosen: Iterable[Plan]) -> tuple[Plan, ...]:
    """Put several plans for one watch in an order that spoils no result: rate, magnetic, shock, water, destructive.

    Examples
    --------
    >>> [one.id for one in in_order([plan("iso22810"), plan("iso3159"), plan("iso764")])]
    ['iso3159', 'iso764', 'iso22810']
    """
    return tuple(sorted(chosen, key=lambda one: (harm(one), one.id)))


def harm(plan: Plan) -> int:
    """Return how much a plan may harm a watch: the rank of its harshest step in `SEVERITIES`."""
    return max((SEVERITIES.index(step.severity) for step in plan.steps), default=0)


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """Read a plan back from the JSON that its digest is made of.

    Raises
    ------
    ConfigError
        If it is no such plan.

    Examples
    --------
    >>> plan_from_json(plan("iso3159").to_json()).digest == plan("iso3159").digest
    True
    """
    values = dict(data)
    name = str(values.get("id", "plan"))
    values["measurand"] = _build(Measurand, values.get("measurand", {}), name)
    values["steps"] = tuple(_build(Step, row, name) for row in values.get("steps", ()))
    values["criteria"] = tuple(_criterion(row, name) for row in values.get("criteria", ()))
    values["parameters"] = {key: _parameter(row, name) for key, row in values.get("parameters", {}).items()}
    return _build(Plan, values, name)


@cache
def _texts() -> Mapping[str, str]:
    """Return the built-in plans as text, by name."""
    folder = resources.files("sichen.conformity").joinpath("data/plans")
    files = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return {entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8") for entry in files}


def _table(text: str, name: str) -> dict[str, Any]:
    try:
        table: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("conformity.plan.no_toml", name=name, why=str(error))) from error
    like = table.pop("like", None)
    if like is None:
        return table
    if like not in _texts():
        raise ConfigError(Message("conformity.plan.unknown", name=str(like), known=", ".join(sorted(_texts()))))
    return _table(_texts()[like], like) | table


def _plan(table: dict[str, Any], name: str) -> Plan:
    values = dict(table)
    values["measurand"] = _build(Measurand, values.get("measurand", {}), f"{name}: measurand")
    values["steps"] = tuple(_step(row, f"{name}: step {count}") for count, row in enumerate(values.pop("step", []), 1))
    values["criteria"] = tuple(_criterion(row, f"{name}: {row.get('id', 'criterion')}") for row in values.pop("criterion", []))
    values["categories"] = {str(key): _names(row, f"{name}: category {key}") for key, row in values.pop("category", {}).items()}
    values["parameters"] = {key: _parameter(row, f"{name}: {key}") for key, row in values.pop("parameter", {}).items()}
    found = _build(Plan, values, name)
    _one_of(found.decision, RULES, name, "decision")
    _one_of(found.rounding, ROUNDINGS, name, "rounding")
    _one_of(found.measurand.kind, MEASURANDS, name, "measurand.kind")
    return found


def _step(row: dict[str, Any], place: str) -> Step:
    values = dict(row)
    first, last = values.pop("measurements", [0, 0])
    step = _build(Step, {"first": first, "last": last, **values}, place)
    _one_of(step.position, POSITIONS, place, "position")
    _one_of(step.severity, SEVERITIES, place, "severity")
    return step


def _parameter(row: dict[str, Any], place: str) -> Parameter:
    values, chinese = (tuple(row.get(key, ())) for key in ("values", "values_zh"))
    if len(values) != len(chinese):
        raise ConfigError(Message("conformity.missing_key", place=place, name="values_zh"))
    parameter = _build(Parameter, {**row, "values": values, "values_zh": chinese}, place)
    _one_of(parameter.default, values, place, "default")
    return parameter


def _criterion(row: dict[str, Any], place: str) -> Criterion:
    values = dict(row)
    try:
        values["limits"] = {str(key): _limits(pair, place) for key, pair in values.get("limits", {}).items()}
    except SichenError as error:
        raise ConfigError(Message("conformity.plan.at", place=place, why=str(error))) from error
    values.setdefault("parameters", {})
    criterion = _build(Criterion, values, place)
    _one_of(criterion.unit, tuple(units()), place, "unit")
    return criterion


def _limits(pair: Mapping[str, Any], place: str) -> Limits:
    for key in pair:
        if key not in {"low", "high"}:
            raise ConfigError(Message("conformity.unknown_key", place=place, name=key))
    return Limits(*(None if side is None else Decimal(side) for side in (pair.get("low"), pair.get("high"))))


def _names(row: Mapping[str, str], place: str) -> Mapping[str, str]:
    for key in row:
        if key not in {"en", "zh"}:
            raise ConfigError(Message("conformity.unknown_key", place=place, name=key))
    return dict(row)


def _build(kind: type[T], values: Mapping[str, Any], place: str) -> T:
    """Make a dataclass from a table; a key that is unknown or missing is an error that names it."""
    own = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]
    for key in values:
        if key not in own:
            raise ConfigError(Message("conformity.unknown_key", place=place, name=key))
    for key, one in own.items():
        if key not in values and one.default is MISSING and one.default_factory is MISSING:
            raise ConfigError(Message("conformity.missing_key", place=place, name=key))
    return kind(**{key: _decimal(value) if "Decimal" in str(own[key].type) else value for key, value in values.items()})


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _one_of(value: str, known: tuple[str, ...], place: str, key: str) -> None:
    if value not in known:
        raise ConfigError(Message("conformity.bad_value", place=place, name=key, value=value, known=", ".join(known)))
