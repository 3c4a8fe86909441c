# SPDX-License-Identifier: Apache-2.0
"""Pages: Jinja templates in the reader's language, figures with their uncertainty and seal."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import cast
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from sichen.core import LANGUAGES, Figure, Instant, Language, Message, glossary, term
from sichen.web.bodies import SIGNED, figures
from sichen.web.chapters import chapters, page_of, rail
from sichen.web.language import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    language_of,
    moment,
    size,
    span,
    theme_of,
    thousands,
)
from sichen.web.statics import static_path
from sichen.web.visitor import marked, visitor_of
from sichen.web.words import figure_words, role_words, worded

YEAR = 365 * 24 * 3600


def page(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Render a page.

    Parameters
    ----------
    request : Request
    template : str
        ``chapter/name.html``, or a name in ``web/templates``.
    status : int
        HTTP status.
    **values
        What the template shows.

    Returns
    -------
    HTMLResponse
        Never kept by a cache: it holds the reader's data. A language or light asked for in the address is
        remembered in a cookie.
    """
    html = render(language_of(request), template, request=request, theme=theme_of(request), rail=rail(), **values)
    html = marked(html, visitor_of(request).mark)
    response = HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"})
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language_of(request), max_age=YEAR, samesite="lax")
    if request.query_params.get("theme") in THEMES:
        response.set_cookie(THEME_COOKIE, theme_of(request), max_age=YEAR, samesite="lax")
    return response


def render(language: Language, template: str, **values: object) -> str:
    """Render a template, or a fragment of a page, in one language."""
    return environment().get_template(template).render(lang=language, **values)


@cache
def environment() -> Environment:
    """Return the templates with the words that they may use."""
    # A chapter that is only an interface has no templates.
    shown = [name for name in (chapter.name for chapter in chapters()) if _has_templates(name)]
    own = {name: PackageLoader(f"sichen.web.{name}", "templates") for name in shown}
    made = Environment(
        loader=ChoiceLoader([PackageLoader("sichen.web", "templates"), PrefixLoader(own)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"t": _sentence, "term": _term, "meaning": _meaning, "static": static_path, "say": _say, "themes": THEMES}
    made.globals |= {"page_of": page_of, "visitor_of": visitor_of}
    made.tests["under"] = _under
    made.filters |= {
        "asked": _asked,
        "figure": _figure,
        "thousands": thousands,
        "span": span,
        "moment": _moment,
        "size": size,
        "capital": _capital,
        "kind": _kind,
        "role": _role,
        "position": _position,
        "named": _named,
        "written": _written,
        "bound": _bound,
        "figures_of": lambda body: dict(figures(body)),
        "meant": _meant,
    }
    return made


def _has_templates(chapter: str) -> bool:
    return (resources.files(f"sichen.web.{chapter}") / "templates").is_dir()


def _capital(text: str) -> str:
    """Begin a heading as English headings begin; the rest stays, for terms hold names and codes."""
    return text[:1].upper() + text[1:]


def _under(path: str, here: str) -> bool:
    """Tell whether the page at `here` belongs to the entry of the rail at `path`."""
    return here == path or here.startswith(path + "/")


def _asked(query: Mapping[str, str], **changes: str) -> str:
    """Return the question of an address with some parts changed."""
    return urlencode({**query, **changes})


def _language(context: Context) -> Language:
    return cast("Language", context["lang"])


@pass_context
def _sentence(context: Context, key: str, **blanks: str | float) -> str:
    return Message(key, **blanks).text(_language(context))


@pass_context
def _say(context: Context, message: Message) -> str:
    return message.text(_language(context))


@pass_context
def _term(context: Context, name: str) -> str:
    return term(name).text(_language(context))


@pass_context
def _position(context: Context, code: str) -> str:
    """Return the name of a position; the code itself stands beside it already."""
    return term(code if code in glossary() else "FH").text(_language(context)).replace(f" ({code})", "")


@pass_context
def _kind(context: Context, name: str) -> str:
    """Return what a kind of record is called; a kind that has no words yet is called by its name."""
    return worded(f"records.kinds.{name}", _language(context)) or name


@pass_context
def _role(context: Context, name: str) -> str:
    return role_words(name, _language(context))


@pass_context
def _meaning(context: Context, name: str) -> str:
    return term(name).meaning(_language(context))


@pass_context
def _moment(context: Context, instant: Instant) -> str:
    return moment(instant, _language(context))


@pass_context
def _figure(context: Context, figure: Figure, *, record: str = "", name: str = "", big: bool = False) -> Markup:
    """Write a figure: value, uncertainty and unit as one, with a seal when a record stands behind it."""
    language = _language(context)
    values = {
        "shown": figure,
        "parts": figure.parts(language, signed=SIGNED.get(name)),
        "record": record,
        "name": name,
        "big": big,
    }
    return Markup(render(language, "figure.html", **values))  # noqa: S704 - made by our own escaping template


@pass_context
def _named(context: Context, name: str) -> str:
    return figure_words(name, _language(context))


@pass_context
def _meant(context: Context, name: str) -> str:
    return glossary()[name].meaning(_language(context)) if name in glossary() else ""


def _written(number: float, decimals: int = 0, *, signed: bool = False) -> str:
    """Write a number that is no figure, with a real minus sign."""
    return f"{number:{'+' if signed else ''}.{decimals}f}".replace("-", "−")


def _bound(number: float | None, unit: str) -> str:
    """Write one side of a limit: rates and errors with their sign, an open side as a dash."""
    if number is None:
        return "—"
    return (f"{number:g}" if unit == "°" else f"{number:+g}").replace("-", "−")
