# SPDX-License-Identifier: Apache-2.0
"""Numbers that stand in the words of a note: growth, values, quantities, shares; words of judgement are not read."""

import ast
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sichen.industry.lint.spans import Span
from sichen.industry.measures import Measure, read_unit
from sichen.industry.values import NUMBER, number, step

_CLAUSE = re.compile(r"[;；。，]|,(?!\d{3}(?:\D|$))|\.(?:\s|$)")
_LEAD = re.compile(r"^(?!as printed)[^:：\d]*[:：]\s*")
_ABOUT = r"(?:about|around|nearly|roughly|~|约|近)?\s*"
_WORDS = (
    r"growth|change|rise|rose|grew|fall|fell|decline[ds]?|drop(?:ped)?|increase[ds]?|decrease[ds]?|up|down|an?|by|of|was|year[ -]on[ -]year"
    r"|yoy|y/y|同比|同期|比上年|较上年|上年|比|较|增长率?|增速|上升|上涨|提高|下降|减少|下滑|回落|降低|为|了"
)
_GROWTH_WORD = rf"(?:stated\s+)?(?:(?:{_WORDS})\s*)*"
_AFTER_WORD = r"(?:\s*\(?(?:year[ -]on[ -]year|yoy|y/y|同比)\)?)?"
# Growth of something else than the figure from the same period of the year before: not compared.
_NOT_OURS = re.compile(
    r"环比|month[ -]on[ -]month|\bmom\b|quarter[ -]on[ -]quarter|\bqoq\b|累计|cumulative|\bytd\b|year to date|可比|不变价|实际增长|剔除"
    r"|\breal\b|constant|comparable|like[ -]for[ -]like|organic|年均|cagr|a year\b|per year|annual average",
    re.IGNORECASE,
)
_OWN = re.compile(
    rf"(?:stated\s+)?{_GROWTH_WORD}\s*:?\s*({_ABOUT})([+\-−]?\s?(?:{NUMBER}))\s*(?:%|per ?cent\b){_AFTER_WORD}(?:\s+(?:on|against|from|over|since|vs\.?|较|比)\s*(\d{{4}})年?)?",
    re.IGNORECASE,
)
_SIGNED = re.compile(rf"[+\-−]\s?(?:{NUMBER})\s*%")
_SINCE = re.compile(r"^(?:比|较|compared with|against|on|from)\s*(\d{4})年?\s*", re.IGNORECASE)
_WORDED = re.compile(_WORDS.replace("|an?|by|of|was", "").replace("|为|了", "").replace("|比|较", ""), re.IGNORECASE)
_FALL = re.compile(r"下降|减少|下滑|回落|降低|\bfell\b|\bdown\b|decline|drop|\bfall\b|decrease", re.IGNORECASE)
_OF_ANOTHER = re.compile(
    rf"([A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff ]*?)\s+(?:stated\s+|grew\s+|growth\s+)*([+\-−]\s?(?:{NUMBER}))\s*%", re.IGNORECASE
)
_VALUE_OF = re.compile(
    rf"([A-Za-z][\w ]*?)\s+(?:=\s*)?{_ABOUT}({NUMBER})\s+((?:bn|billion|m|million|thousand|亿|万)?\s*[A-Za-z\u4e00-\u9fff]*)",
    re.IGNORECASE,
)
_BARE = re.compile(rf"{_ABOUT}({NUMBER})\s+((?:bn|billion|m|million|thousand)\s*[A-Za-z]*)", re.IGNORECASE)
_EQUAL = re.compile(rf"[^=]*=\s*({NUMBER})")
_IN_YEAR = re.compile(rf"({NUMBER})\s+in\s+(\d{{4}})")
_PASSED = re.compile(
    rf"(?:also\s+)?states?\s+that\s+([\w ]*?)\s+(passed|reached|exceeded|was|is)\s+({NUMBER})\s*([\w ]*)", re.IGNORECASE
)
_PRINTED = re.compile(r"as printed:\s*(.+)", re.IGNORECASE)
_LEADER = re.compile(
    rf"([\w& ]+?)\s*\(({NUMBER})\)\s+as\s+(?:the\s+)?leader.*?lists\s+([\w& ]+?)\s+with\s+({NUMBER})", re.IGNORECASE
)
_MARGIN = re.compile(rf"(?:(?<!gross )margin|(?<!毛)利润率)(?:\s+of|为)?\s*({NUMBER})\s*%", re.IGNORECASE)
_DERIVED = re.compile(r"DERIVED\s+([\d.+\-*/() ]*[\d)])", re.IGNORECASE)
_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
ABOUT = 0.05


@dataclass(frozen=True)
class Growth:
    """A stated growth: of what, by how much as a fraction, since which year (None: the one before)."""

    of: str
    by: Span
    text: str
    since: int | None = None


@dataclass(frozen=True)
class Stated:
    """A stated amount: of what, how much in its unit, in which year (None: that of the row)."""

    of: str
    amount: Span
    unit: Measure
    text: str
    year: int | None = None
    word: str = ""


@dataclass(frozen=True)
class Leader:
    """A page that names a leader and lists another with more."""

    leader: str
    count: float
    other: str
    more: float


@dataclass(frozen=True)
class Claims:
    """Everything that a note states."""

    growth: Growth | None = None
    growths: tuple[Growth, ...] = ()
    amounts: tuple[Stated, ...] = ()
    restated: tuple[Stated, ...] = ()
    printed: str = ""
    leader: Leader | None = None
    margin: Span | None = None
    derived: float | None = None
    derived_text: str = ""


def read_claims(note: str, unit: Measure) -> Claims:
    """Read what a note states about a figure of this unit.

    Parameters
    ----------
    note : str
    unit : Measure
        Of the row: a number without a unit of its own has this one.

    Returns
    -------
    Claims

    Examples
    --------
    >>> found = read_claims("stated growth +51.4 %; exports stated +28.49 %", read_unit("bn USD"))
    >>> found.growth.text, found.growths[0].of
    ('+51.4 %', 'exports')
    >>> read_claims("25.4 m pieces, -23.8% on 2019", read_unit("bn CHF")).growth is None
    True
    """
    own: Growth | None = None
    growths: list[Growth] = []
    amounts: list[Stated] = []
    restated: list[Stated] = []
    about_another = False
    plain = unicodedata.normalize("NFKC", note).replace("−", "-")
    for clause in (_LEAD.sub("", part.strip()).strip("() ") for part in _CLAUSE.split(plain)):
        if found := _own_growth(clause):
            own = own or (None if about_another else found)
        elif match := _OF_ANOTHER.fullmatch(clause):
            growths.append(Growth(_subject(match.group(1)), _percent(match.group(2)), match.group(2) + " %"))
        elif _repeats(clause, unit, restated):
            pass
        elif match := _VALUE_OF.fullmatch(clause) or _BARE.fullmatch(clause):
            *of, figure, what = match.groups()
            amount = _amount(of[0] if of else "", figure, what.strip())
            amounts.append(amount)
            about_another = amount.unit.dimension != unit.dimension
    leader, margin, derived = _LEADER.search(note), _MARGIN.search(plain), _DERIVED.search(note)
    printed = _PRINTED.search(note)
    return Claims(
        growth=own,
        growths=tuple(growths),
        amounts=tuple(amounts),
        restated=tuple(restated),
        printed=printed.group(1).strip() if printed else "",
        leader=None
        if leader is None
        else Leader(leader[1].removeprefix("page names ").strip(), number(leader[2]), leader[3], number(leader[4])),
        margin=None if margin is None else _fraction(margin.group(1)),
        derived=None if derived is None else calculate(derived.group(1)),
        derived_text="" if derived is None else derived.group(1).strip(),
    )


def calculate(text: str) -> float | None:
    """Evaluate a sum, product or quotient of plain numbers; None where it is something else.

    Examples
    --------
    >>> round(calculate("48.1/(1-0.294)"), 2)
    68.13
    """
    try:
        return _evaluate(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, OverflowError):
        return None


def _evaluate(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_evaluate(node.left), _evaluate(node.right))
    raise ValueError


def _own_growth(clause: str) -> Growth | None:
    if _NOT_OURS.search(clause):
        return None
    since = _SINCE.match(clause)
    match = _OWN.fullmatch(clause if since is None else clause[since.end() :])
    if match is None or not (_SIGNED.search(clause) or _WORDED.search(clause)):
        return None
    by = _percent(match.group(2), about=bool(match.group(1).strip()))
    if _FALL.search(clause) and by.middle > 0:
        by = Span(-by.upper, -by.lower)
    return Growth("", by, match.group(2).strip() + " %", _year(match.group(3), since))


def _year(after: str | None, before: re.Match[str] | None) -> int | None:
    """Return the year that growth is counted from, where the clause names it."""
    return int(after) if after else None if before is None else int(before.group(1))


def _repeats(clause: str, unit: Measure, restated: list[Stated]) -> bool:
    """Read a clause that gives the row's own quantity once more: elsewhere, or for another year."""
    if match := _PASSED.search(clause):
        what = match.group(4).strip()
        own = read_unit(what)
        if own.dimension in {"piece", "1"} and own.scale != 1:
            own = Measure(what, own.scale, unit.dimension)
        span = Span(*(end * (own.scale if what else unit.scale) for end in _ends(match.group(3))))
        restated.append(
            Stated(match.group(1).strip(), span, own, f"{match.group(3)} {what}".strip(), word=match.group(2).lower())
        )
        return True
    if match := _IN_YEAR.fullmatch(clause):
        span = Span(*(end * unit.scale for end in _ends(match.group(1))))
        restated.append(Stated("", span, unit, match.group(1), year=int(match.group(2))))
        return True
    if match := _EQUAL.fullmatch(clause):
        span = Span(*(end * unit.scale for end in _ends(match.group(1))))
        restated.append(Stated("", span, unit, match.group(1)))
        return True
    return False


def _amount(of: str, figure: str, what: str) -> Stated:
    unit = read_unit(what)
    return Stated(_subject(of), Span(*(end * unit.scale for end in _ends(figure))), unit, f"{figure} {what}")


def _subject(text: str) -> str:
    """Return what a clause is about: its last words before the number, without what introduces them."""
    return re.sub(r".*?:\s*|\bstated$|\bgrew$", "", text).strip().casefold()


def _ends(text: str) -> tuple[float, float]:
    half = step(text) / 2
    return number(text) - half, number(text) + half


def _percent(text: str, *, about: bool = False) -> Span:
    plain = text.replace(" ", "")
    half = max(step(plain.lstrip("+-−")) / 2 if "." in plain else 0.5, ABOUT * abs(number(plain)) if about else 0.0)
    if about:
        half = max(half, 0.5)
    return Span((number(plain) - half) / 100, (number(plain) + half) / 100)


def _fraction(text: str) -> Span:
    half = step(text) / 2 if "." in text else 0.5
    return Span((number(text) - half) / 100, (number(text) + half) / 100)
