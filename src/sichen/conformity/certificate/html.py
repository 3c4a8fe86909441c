# SPDX-License-Identifier: Apache-2.0
"""A certificate as a page: semantic HTML in both languages, for the screen, for A4 paper and for the printer of PDF."""

import io
from collections.abc import Mapping
from fractions import Fraction
from functools import cache, lru_cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, cast

from sichen.conformity.certificate.content import COVERAGE_FACTOR, Certificate, Line
from sichen.core import JSON, LANGUAGES, Figure, Language, Message, units

SHOWN_DECIMALS = 9
if TYPE_CHECKING:
    import segno

SHEET_ALONE = 'body{margin:0;font-family:system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}'
VERDICT_CLASS = {"accept": "conforms", "reject": "fails", "undecided": "undecided"}


def to_html(certificate: Certificate, *, verify_at: str = "", languages: tuple[Language, ...] = ("zh", "en")) -> str:
    """Write a certificate as HTML.

    Parameters
    ----------
    certificate : Certificate
    verify_at : str
        What the QR code leads to, such as the address of the verifying page; the digest alone when empty.
    languages : tuple of {"zh", "en"}
        In which languages, in which order; both stand side by side.

    Returns
    -------
    str
        An ``article`` of class ``certificate``. No style stands inside: the page's sheet lays it out and prints it.
    """
    page = _Page(certificate, languages)
    return "\n".join(
        [
            f'<article class="certificate" data-number="{escape(certificate.number)}" data-digest="{certificate.digest}">',
            page.head(),
            page.item(),
            page.verdict(),
            page.results(),
            page.budgets(),
            page.surroundings(),
            page.remarks(),
            page.foot(verify_at),
            "</article>",
        ]
    )


def to_document(certificate: Certificate, *, verify_at: str = "") -> str:
    """Write a certificate as a whole page that stands alone: no other file, no script, no network."""
    title = f"{Message('conformity.certificate.page.title').text('zh')} {certificate.number}"
    return (
        '<!doctype html>\n<html lang="zh-Hans"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{SHEET_ALONE}{sheet()}</style></head>\n"
        f"<body>{to_html(certificate, verify_at=verify_at)}</body></html>\n"
    )


@cache
def sheet() -> str:
    """Return the style sheet of a certificate."""
    return resources.files("sichen.conformity").joinpath("data/certificate.css").read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def qr_code(text: str) -> "segno.QRCode":
    """Return the QR code of a text: the page and the paper of one certificate share it."""
    import segno

    return segno.make(text, error="m", micro=False)


def qr_svg(text: str) -> str:
    """Return a QR code as SVG, without size and style of its own.

    Examples
    --------
    >>> qr_svg("sha256:00")[:4]
    '<svg'
    """
    out = io.BytesIO()
    qr_code(text).save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, svgclass="qr", lineclass=None)
    return out.getvalue().decode("utf-8").strip()


class _Page:
    """The parts of the page."""

    def __init__(self, certificate: Certificate, languages: tuple[Language, ...]) -> None:
        self.certificate = certificate
        self.languages = languages

    def tell(self, key: str, **blanks: str) -> str:
        """Return a sentence in every language of the page."""
        return self.both({one: Message(f"conformity.certificate.{key}", **blanks).text(one) for one in LANGUAGES})

    def both(self, texts: dict[Language, str]) -> str:
        shown: dict[str, Language] = {}
        for language in self.languages:
            shown.setdefault(texts[language], language)
        return " ".join(f'<span lang="{language}">{escape(text)}</span>' for text, language in shown.items())

    def head(self) -> str:
        own = self.certificate
        laboratory = self.both({one: own.laboratory.name(one) for one in LANGUAGES})
        accreditation = (
            f'<p class="accreditation">{escape(own.laboratory.accreditation)}</p>' if own.laboratory.accreditation else ""
        )
        replaces = f"<p>{self.tell('page.replaces', number=own.replaces)}</p>" if own.replaces else ""
        return (
            f'<header><p class="laboratory">{laboratory}</p>{accreditation}<h1>{self.tell("page.title")}</h1>'
            f'<p class="number">{self.tell("page.number")} {escape(own.number)}</p>{replaces}</header>'
        )

    def item(self) -> str:
        own, watch = self.certificate, self.certificate.item
        rows = [
            ("page.customer", self.both({one: own.customer.name(one) for one in LANGUAGES})),
            ("page.brand", escape(watch.brand)),
            ("page.model", escape(watch.model)),
            ("page.calibre", escape(watch.calibre)),
            ("page.serial", escape(watch.serial)),
            ("page.state", escape(watch.state)),
            ("page.plan", self.both({one: own.plan_title(one) for one in LANGUAGES})),
            ("page.category", escape(str(own.protocol["category"]))),
            ("page.period", f"{escape(own.begun)} – {escape(own.ended)}"),
            ("page.issued", escape(own.issued[:10])),
        ]
        if not (own.customer.name_en or own.customer.name_zh):
            del rows[0]
        cells = "".join(f"<dt>{self.tell(key)}</dt><dd>{text}</dd>" for key, text in rows if text)
        return f'<dl class="facts">{cells}</dl>'

    def verdict(self) -> str:
        own = self.certificate
        risk = own.producer_risk if own.verdict == "reject" else own.consumer_risk
        key = "page.producer_risk" if own.verdict == "reject" else "page.consumer_risk"
        rule = own.protocol["decision"]
        return (
            f'<section class="verdict {VERDICT_CLASS[own.verdict]}"><h2>{self.tell("page.verdict")}</h2>'
            f'<p class="word">{self.tell("page." + own.verdict)}</p>'
            f"<p>{self.tell(f'rule.{rule}')}</p><p>{self.tell(key, risk=percent(risk))}</p></section>"
        )

    def results(self) -> str:
        heads = "".join(
            f'<th scope="col">{self.tell(f"page.{key}")}</th>' for key in ("criterion", "value", "limits", "judged")
        )
        rows = "".join(self.row(line) for line in self.certificate.lines)
        return (
            f'<section class="results"><h2>{self.tell("name.results")}</h2><table><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table><p>{self.tell('page.expanded', k=str(COVERAGE_FACTOR))} "
            f"{self.tell('page.measurand.' + self.certificate.measurand)}</p></section>"
        )

    def row(self, line: Line) -> str:
        symbol = f" <var>{escape(line.symbol)}</var>" if line.symbol else ""
        unit = units()[line.unit]
        symbol_of_unit = unit.zh if self.languages[0] == "zh" else unit.symbol
        unit_text = "" if line.unit == "1" else f" {symbol_of_unit}"
        limits = limits_text(line) + (unit_text if line.low or line.high else "")
        return (
            f'<tr class="{VERDICT_CLASS[line.verdict]}"><th scope="row">'
            f"{self.both({one: line.title(one) for one in LANGUAGES})}{symbol}</th>"
            f'<td class="number">{escape(result_text(line) + unit_text)}</td><td class="number">{escape(limits)}</td>'
            f"<td>{self.tell('page.' + line.verdict)}</td></tr>"
        )

    def budgets(self) -> str:
        tables = "".join(self.budget(one) for one in self.certificate.budgets)
        return f'<section class="budgets"><h2>{self.tell("page.budgets")}</h2>{tables}</section>' if tables else ""

    def budget(self, one: Mapping[str, JSON]) -> str:
        rows = "".join(
            f'<tr><th scope="row">{self.both({"en": str(row["title_en"]), "zh": str(row["title_zh"])})}</th><td class="number">{row["u"]:.2g} {escape(str(row["unit"]))}</td>'
            f'<td class="number">{row["contribution"]:.2g}</td><td class="number">{100 * row["share"]:.0f} %</td></tr>'
            for row in cast("list[dict[str, float]]", one["components"])
        )
        title = self.both({"en": str(one["title_en"]), "zh": str(one["title_zh"])})
        total = Figure(cast("float", one["value"]), cast("float", one["u"]), str(one["unit"])).text(self.languages[0])
        heads = "".join(
            f'<th scope="col">{self.tell(f"page.{key}")}</th>' for key in ("component", "u", "contribution", "share")
        )
        return f"<table><caption>{title}: {escape(total)} (k = 1)</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"

    def surroundings(self) -> str:
        own = self.certificate
        conditions = "".join(
            f"<li>{self.tell('page.' + one.quantity)} {one.low:g} … {one.high:g} {escape(one.unit)}</li>"
            for one in own.conditions
        )
        equipment = "".join(
            f"<li>{self.both({tongue: one.name(tongue) for tongue in LANGUAGES})} {escape(one.id)} "
            f"({self.tell('name.valid_until')} {escape(one.valid_until)})</li>"
            for one in own.equipment
        )
        parts = []
        if conditions:
            parts.append(f"<h2>{self.tell('page.conditions')}</h2><ul>{conditions}</ul>")
        if equipment:
            parts.append(f"<h2>{self.tell('page.equipment')}</h2><ul>{equipment}</ul>")
        return f'<section class="surroundings">{"".join(parts)}</section>' if parts else ""

    def remarks(self) -> str:
        rows = "".join(
            f"<li>{self.both({one: remark.text(one) for one in LANGUAGES})}</li>" for remark in self.certificate.remarks
        )
        return f'<section class="remarks"><h2>{self.tell("page.remarks")}</h2><ul>{rows}</ul></section>' if rows else ""

    def foot(self, verify_at: str) -> str:
        own = self.certificate
        people = "".join(
            f"<dt>{self.tell('page.' + key)}</dt><dd>{escape(name)}</dd>"
            for key, name in (("tested_by", own.tested_by), ("reviewed_by", own.reviewed_by), ("released_by", own.released_by))
        )
        return (
            f'<footer><dl class="people">{people}</dl><figure>{qr_svg(verify_at or own.digest)}'
            f"<figcaption>{self.tell('page.verify')}</figcaption></figure>"
            f'<p class="digest">{self.tell("name.content_digest")} <code>{own.digest}</code></p>'
            f'<p class="digest">{self.tell("name.plan_digest")} <code>{escape(own.plan_digest)}</code></p></footer>'
        )


def result_text(line: Line) -> str:
    """Write a result with all its digits, because nothing is rounded, and U with two."""
    if not line.value:
        return "—"
    value = Fraction(line.value)
    digits = f"{float(value):.{SHOWN_DECIMALS}f}".rstrip("0").rstrip(".").replace("-", "−")
    sign = "+" if value > 0 and line.low and line.high else ""
    spread = "" if line.expanded is None else f" ± {line.expanded:.2g}"
    return f"{sign}{digits}{spread}"


def limits_text(line: Line) -> str:
    """Write the limits of a criterion, without their unit."""
    low, high = (text.replace("-", "−") for text in (line.low, line.high))
    if low and high:
        return f"{low} … {high}"
    if low or high:
        return f"≥ {low}" if low else f"≤ {high}"
    return "—"


def percent(share: float | None) -> str:
    """Write a risk with the digits that ten thousand draws allow."""
    if share is None:
        return "—"
    return "< 0.01 %" if share < 1e-4 else f"{100 * share:.2g} %"  # noqa: PLR2004 - the resolution of ten thousand draws
