# SPDX-License-Identifier: Apache-2.0
"""Meetings of buyers and exhibitors: a stable matching, in which no two would rather meet each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sichen.core import JSON, DataError, Message


@dataclass(frozen=True)
class Matching:
    """Who meets whom.

    Parameters
    ----------
    pairs : tuple of (buyer, exhibitor)
    unmatched : tuple of str
        Buyers without a meeting.
    """

    pairs: tuple[tuple[str, str], ...]
    unmatched: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the matching as plain JSON."""
        return {
            "pairs": [{"buyer": buyer, "exhibitor": exhibitor} for buyer, exhibitor in self.pairs],
            "unmatched": list(self.unmatched),
        }


Wishes = Mapping[str, Sequence[str]]


def match(buyers: Wishes, exhibitors: Wishes, *, places: Mapping[str, int] | None = None) -> Matching:
    """Match every buyer with one exhibitor at most, every exhibitor with as many buyers as it has places.

    Parameters
    ----------
    buyers, exhibitors : mapping of str to sequence of str
        Whom each would meet, the dearest first; who is not listed is not acceptable.
    places : mapping of str to int, optional
        Meetings an exhibitor can hold; 1 when it is not named.

    Returns
    -------
    Matching
        Stable, and of all stable ones the best for every buyer.

    Raises
    ------
    DataError
        If a wish names nobody, or names somebody twice.

    Notes
    -----
    Deferred acceptance: D. Gale and L. S. Shapley, Am. Math. Monthly 69 (1962), 9-15.

    Examples
    --------
    >>> match({"a": ["X", "Y"], "b": ["X"]}, {"X": ["b", "a"], "Y": ["a"]}).pairs
    (('a', 'Y'), ('b', 'X'))
    """
    _check(buyers, exhibitors)
    _check(exhibitors, buyers)
    rank = {name: {buyer: place for place, buyer in enumerate(wishes)} for name, wishes in exhibitors.items()}
    held: dict[str, list[str]] = {name: [] for name in exhibitors}
    room = {name: (places or {}).get(name, 1) for name in exhibitors}
    asked = dict.fromkeys(buyers, 0)
    free = sorted(buyers, reverse=True)
    while free:
        buyer = free.pop()
        while asked[buyer] < len(buyers[buyer]):
            name = buyers[buyer][asked[buyer]]
            asked[buyer] += 1
            if buyer not in rank[name] or room[name] < 1:
                continue
            held[name].append(buyer)
            if len(held[name]) > room[name]:
                worst = max(held[name], key=rank[name].__getitem__)
                held[name].remove(worst)
                if worst == buyer:
                    continue
                free.append(worst)
            break
    pairs = sorted((buyer, name) for name, accepted in held.items() for buyer in accepted)
    placed = {buyer for buyer, _ in pairs}
    return Matching(tuple(pairs), tuple(sorted(set(buyers) - placed)))


def blocking_pairs(
    found: Matching, buyers: Wishes, exhibitors: Wishes, *, places: Mapping[str, int] | None = None
) -> tuple[tuple[str, str], ...]:
    """Return the pairs who would both rather meet each other: none in a stable matching."""
    own = dict(found.pairs)
    held: dict[str, list[str]] = {name: [buyer for buyer, other in found.pairs if other == name] for name in exhibitors}
    blocking = []
    for buyer, wishes in buyers.items():
        better = wishes[: wishes.index(own[buyer])] if buyer in own else wishes
        for name in better:
            liked = list(exhibitors[name])
            if buyer not in liked:
                continue
            full = len(held[name]) >= (places or {}).get(name, 1)
            if not full or any(liked.index(buyer) < liked.index(other) for other in held[name]):
                blocking.append((buyer, name))
    return tuple(blocking)


def _check(wishes: Wishes, known: Wishes) -> None:
    for name, listed in wishes.items():
        unknown = [other for other in listed if other not in known]
        if unknown or len(set(listed)) != len(listed):
            raise DataError(Message("industry.match.wish", name=name, other=(unknown or list(listed))[0]))
