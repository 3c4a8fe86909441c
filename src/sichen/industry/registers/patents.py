# SPDX-License-Identifier: Apache-2.0
"""Patents of horology, class G04: families, counted in fractions, and never without the name of the classification."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sichen.core import JSON, DataError, Message
from sichen.industry.tables import Refusal, Row, Table

SCHEMES = ("ipc", "cpc")
ALIASES = {
    "family_id": "family",
    "docdb_family_id": "family",
    "appln_id": "document",
    "publication": "document",
    "assignee": "applicant",
    "assignee_organization": "applicant",
    "person_name": "applicant",
    "psn_name": "applicant",
    "ipc_class_symbol": "ipc",
    "cpc_class_symbol": "cpc",
    "cpc_current": "cpc",
    "filing_year": "year",
    "appln_filing_year": "year",
}
_SYMBOL = re.compile(r"(G04[BCDFGR])\b|(G04[BCDFGR])(?=\s*\d)")
_FORMS = re.compile(
    r"\b(?:s\.?\s?a\.?|ag|gmbh|ltd|limited|inc|incorporated|corp|corporation|co|company|llc|kabushiki kaisha|kk|k\.k\.)(?=\W|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Landscape:
    """Counts of patent families.

    Parameters
    ----------
    scheme : {"ipc", "cpc"}
    families : int
        With at least one symbol of G04.
    documents : int
        Rows behind them.
    classes, applicants : mapping of str to float
        Fractions of families, the largest first; both sum to `families`.
    merged : mapping of str to tuple of str
        Applicants whose names had several forms.
    refusals : tuple of Refusal
    """

    scheme: str
    families: int
    documents: int
    classes: Mapping[str, float]
    applicants: Mapping[str, float]
    merged: Mapping[str, tuple[str, ...]]
    refusals: tuple[Refusal, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the counts as plain JSON."""
        return {
            "scheme": self.scheme.upper(),
            "families": self.families,
            "documents": self.documents,
            "classes": dict(self.classes),
            "applicants": dict(self.applicants),
            "merged": {name: list(forms) for name, forms in self.merged.items()},
            "refusals": [one.to_json() for one in self.refusals],
        }


def landscape(table: Table, *, scheme: str = "", aliases: Mapping[str, str] | None = None) -> Landscape:
    """Count the families of class G04 in an export of PATSTAT, PatentsView or a list kept by hand.

    Parameters
    ----------
    table : Table
        Columns family, applicant, and ipc or cpc; several applicants and symbols are separated by semicolons.
    scheme : {"", "ipc", "cpc"}
        Which classification; may be left out when the table has only one.
    aliases : mapping of str to str, optional
        Further forms of applicants' names, plain, and the name they stand for.

    Raises
    ------
    DataError
        If the classification is not named: a count without it is undefined.
    """
    table.require("family", "applicant")
    there = [name for name in SCHEMES if name in table.columns]
    chosen = scheme or (there[0] if len(there) == 1 else "")
    if chosen not in there:
        raise DataError(Message("industry.patents.scheme", there=", ".join(there) or "—"))
    refusals = list(table.refusals)
    families: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    documents = 0
    for row in table.rows:
        symbols = {first or second for first, second in _SYMBOL.findall(row.text(chosen).upper())}
        problem = _problem(row, chosen)
        if problem is not None:
            refusals.append(problem)
        elif symbols:
            documents += 1
            families[row.text("family")][0].update(symbols)
            families[row.text("family")][1].update(part.strip() for part in row.text("applicant").split(";") if part.strip())
    return _counted(chosen, families, documents, dict(aliases or {}), tuple(refusals))


def harmonised(name: str) -> str:
    """Fold an applicant's name: case, marks, legal form.

    Examples
    --------
    >>> harmonised("ETA S.A. Manufacture Horlogère Suisse"), harmonised("CASIO COMPUTER CO., LTD.")
    ('eta manufacture horlogère suisse', 'casio computer')
    """
    plain = _FORMS.sub(" ", name.casefold())
    return re.sub(r"[^\w]+", " ", plain).strip()


def _problem(row: Row, scheme: str) -> Refusal | None:
    for column in ("family", "applicant", scheme):
        if not row.text(column):
            return Refusal(row.number, column, Message("industry.registry.empty", column=column), tuple(row.cells.values()))
    return None


def _counted(
    scheme: str,
    families: Mapping[str, tuple[set[str], set[str]]],
    documents: int,
    aliases: Mapping[str, str],
    refusals: tuple[Refusal, ...],
) -> Landscape:
    classes: dict[str, float] = defaultdict(float)
    applicants: dict[str, float] = defaultdict(float)
    forms: dict[str, set[str]] = defaultdict(set)
    for symbols, names in families.values():
        own = {aliases.get(harmonised(name), harmonised(name)) for name in names}
        for name in names:
            forms[aliases.get(harmonised(name), harmonised(name))].add(name)
        for symbol in symbols:
            classes[symbol] += 1 / len(symbols)
        for name in own:
            applicants[name] += 1 / len(own)
    merged = {name: tuple(sorted(seen)) for name, seen in sorted(forms.items()) if len(seen) > 1}
    return Landscape(scheme, len(families), documents, _largest(classes), _largest(applicants), merged, refusals)


def _largest(counts: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
