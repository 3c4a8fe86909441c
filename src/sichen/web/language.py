# SPDX-License-Identifier: Apache-2.0
"""Which language and which light a reader wants, and how numbers and moments are written in it."""

from typing import Literal, get_args

from starlette.requests import HTTPConnection

from sichen.core import LANGUAGES, Duration, Instant, Language

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
LANGUAGE_COOKIE = "sichen_lang"
THEME_COOKIE = "sichen_theme"
THIN = "\u202f"
NS_PER_S = 1_000_000_000
MINUTE, HOUR = 60, 3600


def language_of(connection: HTTPConnection) -> Language:
    """Return the language of the reader: asked for in the address, chosen before, or set in the browser."""
    for wanted in (connection.query_params.get("lang"), connection.cookies.get(LANGUAGE_COOKIE)):
        if wanted in LANGUAGES:
            return wanted
    return preferred(connection.headers.get("accept-language", ""))


def preferred(header: str) -> Language:
    """Read an Accept-Language header.

    Examples
    --------
    >>> preferred("de;q=0.9, zh-Hans-CN;q=0.8, en;q=0.7")
    'zh'
    """
    wishes: list[tuple[float, Language]] = []
    for entry in header.split(","):
        tag, _, weight = entry.partition(";q=")
        try:
            wanted = float(weight or 1)
        except ValueError:
            continue
        wishes += [(wanted, language) for language in LANGUAGES if tag.strip().lower().startswith(language) and wanted > 0]
    return max(wishes, key=lambda wish: wish[0])[1] if wishes else "en"


def theme_of(connection: HTTPConnection) -> Theme:
    """Return the light the reader chose; auto follows the screen's own setting."""
    for wanted in (connection.query_params.get("theme"), connection.cookies.get(THEME_COOKIE)):
        if wanted in THEMES:
            return wanted
    return "auto"


def thousands(number: float) -> str:
    """Write a count with thin spaces.

    Examples
    --------
    >>> thousands(28800).replace(THIN, " ")
    '28 800'
    """
    return f"{round(number, 2):,.10g}".replace(",", THIN)


def span(seconds: float) -> str:
    """Write a length of time as people read a stop watch.

    Examples
    --------
    >>> span(42.7), span(3605)
    ('0:42', '1:00:05')
    """
    whole = int(seconds)
    minutes = f"{whole % HOUR // MINUTE:02d}" if whole >= HOUR else f"{whole // MINUTE}"
    tail = f"{minutes}:{whole % MINUTE:02d}"
    return f"{whole // HOUR}:{tail}" if whole >= HOUR else tail


def moment(instant: Instant, language: Language) -> str:
    """Write an instant to the second, in its own scale, as the language does.

    Examples
    --------
    >>> moment(Instant.parse("2026-11-23T08:00:00Z"), "zh")
    '2026年11月23日 08:00:00 UTC'
    """
    stamp = (instant + Duration(NS_PER_S // 2)).isoformat()
    date, clock = stamp[:10], stamp[11:19]
    year, month, day = (int(part) for part in date.split("-"))
    scale = instant.scale.name
    if language == "zh":
        return f"{year}年{month}月{day}日 {clock} {scale}"
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day} {names[month - 1]} {year}, {clock} {scale}"


def size(count: int) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> size(2_880_044)
    '2.9 MB'
    """
    for factor, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= factor:
            return f"{count / factor:.3g} {unit}" if count >= 10 * factor else f"{count / factor:.1f} {unit}"
    return f"{count} B"
