# SPDX-License-Identifier: Apache-2.0
"""Uncertainty budgets in the browser: what makes up the uncertainty of a measurand, and what one's own components do to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sichen.conformity.uncertainty import Budget, Quantity, budget, budgets
from sichen.core import DataError, Language, Message, SichenError, units
from sichen.web.conformity.asking import LONGEST, text_in
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()


@dataclass(frozen=True)
class Component:
    """One row of the table: numbers as they are typed, its part of the variance in per cent."""

    name: str
    title: str
    unit: str
    value: str
    u: str
    contribution: str
    percent: float
    source: str
    verified: bool


@router.get("/conformity/budgets", include_in_schema=False)
def first_budget(request: Request) -> HTMLResponse:
    """Show the budget of the daily rate, from where the others are one step away."""
    return _page(request, "daily_rate")


@router.get("/conformity/budgets/{name}", include_in_schema=False)
def one_budget(request: Request, name: str) -> HTMLResponse:
    """Show a budget, with the components that the address names as ``value_NAME`` and ``u_NAME``."""
    return _page(request, name)


def _page(request: Request, name: str) -> HTMLResponse:
    made, problem = budget(name), None
    try:
        made = made.using(**_typed(request.query_params, made))
    except SichenError as error:
        problem = error
    language = language_of(request)
    return page(
        request,
        "conformity/budgets.html",
        status=200 if problem is None else status_of(problem),
        one=made,
        figure=made.figure(),
        unit=_unit(made.unit, language),
        rows=_rows(made, language),
        budgets=budgets(),
        problem=problem,
    )


def _typed(query: Mapping[str, str], made: Budget) -> dict[str, Quantity]:
    """Return the components that differ from what the budget has; a `DataError` where a number is none."""
    found = {}
    for part in made.components:
        typed = {side: text_in(query, f"{side}_{part.name}") for side in ("value", "u")}
        value = _number(part.name, typed["value"], part.quantity.value)
        u = _number(part.name, typed["u"], part.quantity.u)
        if u < 0:
            raise DataError(Message("web.conformity.error.number", field=part.name, found=typed["u"][:LONGEST]))
        if f"{value:g}" != f"{part.quantity.value:g}" or f"{u:.3g}" != f"{part.quantity.u:.3g}":
            found[part.name] = Quantity(value, u)
    return found


def _number(name: str, text: str, otherwise: float) -> float:
    try:
        found = float(text.replace("−", "-")) if text else otherwise
    except ValueError:
        found = float("nan")
    if not -1e12 < found < 1e12:  # noqa: PLR2004 - neither infinite nor no number
        raise DataError(Message("web.conformity.error.number", field=name, found=text[:LONGEST]))
    return found


def _rows(made: Budget, language: Language) -> list[Component]:
    return [
        Component(
            row.name,
            row.title,
            _unit(row.unit, language),
            f"{row.value:g}",
            f"{row.u:.3g}",
            f"{abs(row.contribution):.2g}",
            100 * row.share,
            row.source,
            row.verified,
        )
        for row in made.table(language)
    ]


def _unit(name: str, language: Language) -> str:
    known = units().get(name)
    return name if known is None else "" if name == "1" else known.zh if language == "zh" else known.symbol
