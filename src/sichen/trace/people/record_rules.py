# SPDX-License-Identifier: Apache-2.0
"""Which records somebody may see, and what of them: names of persons and prices are for few.

A record keeps its digest, so a shortened one says what is missing and cannot be taken for the whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sichen.core import JSON, is_figure
from sichen.trace.people.roles import Role

WITHHELD = "withheld"

_PERSONS = frozenset(
    {
        *("person", "persons", "technician", "operator", "inspector", "signer", "signed_by", "approved_by", "by", "who"),
        *("customer", "client", "applicant", "owner", "contact", "address", "phone", "email", "name_of_person", "released_by"),
    }
)
_PRICES = frozenset({"price", "prices", "cost", "costs", "fee", "amount", "revenue", "profit", "royalty", "premium", "salary"})
_PERSON_ROLES = frozenset[Role]({"brand_admin", "auditor"})
_PRICE_ROLES = frozenset[Role]({"brand_admin", "auditor"})

_KINDS: Mapping[str, frozenset[Role]] = {
    "people.": frozenset({"brand_admin", "auditor"}),
    "trace.register_query": frozenset({"brand_admin", "auditor"}),
    "trace.archive_extract": frozenset({"brand_admin", "auditor"}),
    "brand.": frozenset({"brand_admin", "auditor"}),
}
"""Kinds of record that only some roles see, by how their names begin; the others are for whoever the chapter lets in."""


@dataclass(frozen=True)
class Shown:
    """A body as somebody may see it.

    Parameters
    ----------
    body : mapping
    withheld : tuple of str
        Names of what is missing, with dots for what stands inside something.
    """

    body: Mapping[str, JSON]
    withheld: tuple[str, ...] = ()


def may_see_kind(role: Role, kind: str) -> bool:
    """Tell whether a role may know of records of a kind.

    Examples
    --------
    >>> may_see_kind("lab", "bench.reading"), may_see_kind("lab", "people.audit")
    (True, False)
    """
    return all(role in roles for start, roles in _KINDS.items() if kind.startswith(start))


def shown_body(role: Role, body: Mapping[str, JSON], *, kind: str = "") -> Shown:
    """Return a body without persons and prices, as far as a role may not see them.

    Parameters
    ----------
    role : Role
    body : mapping
    kind : str, optional
        Of the record: who works in the laboratory sees who took its steps.

    Examples
    --------
    >>> shown_body("lab", {"rate": 4, "customer": {"name": "Lin"}, "work": {"price": 200, "days": 2}})
    Shown(body={'rate': 4, 'work': {'days': 2}}, withheld=('customer', 'work.price'))
    """
    colleague = kind.startswith("conformity.") and role in {"lab", "qc"}
    hidden = (frozenset() if colleague or role in _PERSON_ROLES else _PERSONS) | (
        frozenset() if role in _PRICE_ROLES else _PRICES
    )
    withheld: list[str] = []
    return Shown(_table(body, hidden, "", withheld), tuple(withheld))


def _table(table: Mapping[str, JSON], hidden: frozenset[str], above: str, withheld: list[str]) -> dict[str, JSON]:
    if is_figure(table):
        return dict(table)
    out: dict[str, JSON] = {}
    for name, value in table.items():
        path = f"{above}{name}"
        if name.lower() in hidden:
            withheld.append(path)
        else:
            out[name] = _value(value, hidden, f"{path}.", withheld)
    return out


def _value(value: JSON, hidden: frozenset[str], above: str, withheld: list[str]) -> JSON:
    if isinstance(value, Mapping):
        return _table(value, hidden, above, withheld)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_value(one, hidden, above, withheld) for one in value]
    return value
