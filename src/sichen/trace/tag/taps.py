# SPDX-License-Identifier: Apache-2.0
"""Is the tag here now? A test for addresses that were collected before and are only played.

A valid message proves that the chip once made it. So the page asks for two fresh taps, and compares what comes with
what is known: the counter must rise above everything seen, by single steps, at a place the watch can have reached.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from sichen.core import Instant, Message
from sichen.trace.tag.model import TapModel, tap_model

Status = Literal["ask", "consistent", "stored"]

FRESH_TAPS = 2
EARTH_RADIUS = 6371.0  # kilometres, mean
CONCLUSIVE = -6.0
_DAY = 86_400e9
_HOUR = 3_600e9


@dataclass(frozen=True)
class Place:
    """Where a tap came from: degrees north and east, and a radius in kilometres that holds the truth nearly always."""

    latitude: float
    longitude: float
    radius: float


@dataclass(frozen=True)
class Sighting:
    """One valid message, when it arrived, and where from if that is known."""

    counter: int
    instant: Instant
    place: Place | None = None


@dataclass(frozen=True)
class TagHistory:
    """What the register knows of one tag.

    Parameters
    ----------
    highest : int, -1 for none
        Highest counter of any valid message.
    last : Sighting or None
        The last sighting that was believed.
    """

    highest: int = -1
    last: Sighting | None = None

    def with_sighting(self, sighting: Sighting) -> "TagHistory":
        """Return the history after one more valid message."""
        if sighting.counter <= self.highest:
            return self
        return replace(self, highest=sighting.counter, last=sighting)


@dataclass(frozen=True)
class TapJudgement:
    """What the taps of one visit say.

    Parameters
    ----------
    status : {"ask", "consistent", "stored"}
        Ask for another tap, or an answer.
    log10_ratio : float
        Likelihood of what was seen if the tag is here now, over that if stored addresses are played.
    reasons : tuple of Message
        What moved it, strongest first.
    """

    status: Status
    log10_ratio: float
    reasons: tuple[Message, ...]


def judge_taps(
    history: TagHistory, opening: Sighting, fresh: Sequence[Sighting], *, model: TapModel | None = None
) -> TapJudgement:
    """Judge the taps of one visit.

    Parameters
    ----------
    history : TagHistory
        Before the visit.
    opening : Sighting
        The message that opened the page. It may be an old one, as when a browser restores a page: alone it proves
        nothing and accuses nobody.
    fresh : sequence of Sighting
        What came after the page had asked, in the order of arrival.
    model : TapModel, optional

    Returns
    -------
    TapJudgement

    Notes
    -----
    The log likelihood ratio is the sum of three terms: steps of the counter between taps of this visit, unseen reads
    since the last sighting, and speed of travel since then. Under "here now" a step is one with a fixed chance and
    longer ones fall geometrically; unseen reads are negative binomial with a mean that grows with time. Under
    "stored" a step is one (played in order) or spread over a width (in no order), and the gap is log-uniform. A
    stock played in order by a device, while nobody taps the real watch, cannot be told from the tag: the test then
    stays undecided, and only an interactive authentication of the chip can tell.

    Examples
    --------
    >>> noon = Instant.parse("2026-11-23T12:00:00Z")
    >>> taps = [Sighting(count, noon) for count in (12, 13, 14)]
    >>> judge_taps(TagHistory(highest=11, last=taps[0]), taps[0], taps[1:]).status
    'consistent'
    >>> judge_taps(TagHistory(highest=11, last=taps[0]), taps[0], [taps[0]] * 3).status
    'stored'
    """
    assumed = model or tap_model()
    taken, stale = _fresh(history, opening, fresh)
    if stale >= assumed.stale_taps:
        return TapJudgement("stored", CONCLUSIVE, (Message("trace.tag.not_fresh", taps=stale),))
    if len(taken) < FRESH_TAPS:
        return TapJudgement("ask", 0.0, (Message("trace.tag.tap_again", taps=FRESH_TAPS - len(taken)),))
    chain = [opening, *taken] if opening.counter > history.highest else taken
    terms = [*_steps(chain, assumed), *_gap(history, chain[0], assumed), *_travel(history, chain[0], assumed)]
    total = sum(weight for weight, _ in terms)
    reasons = tuple(message for _, message in sorted(terms, key=lambda term: -abs(term[0])))
    return TapJudgement("stored" if total <= assumed.alarm else "consistent", total, reasons)


def _fresh(history: TagHistory, opening: Sighting, fresh: Sequence[Sighting]) -> tuple[list[Sighting], int]:
    highest = max(history.highest, opening.counter)
    taken: list[Sighting] = []
    stale = 0
    for tap in fresh:
        if tap.counter > highest:
            taken.append(tap)
            highest = tap.counter
        else:
            stale += 1
    return taken, stale


def _steps(chain: Sequence[Sighting], model: TapModel) -> list[tuple[float, Message]]:
    terms = []
    for before, after in pairwise(chain):
        step = after.counter - before.counter
        longer = (1 - model.single_step) * (1 - model.further_step) * model.further_step ** (step - 2)
        here = model.single_step if step == 1 else max(longer, 1e-300)
        scattered = model.list_share / (2 * model.list_width)
        stored = scattered + (1 - model.list_share if step == 1 else 0.0)
        terms.append((_bounded(math.log10(here / stored)), Message("trace.tag.step", step=step)))
    return terms


def _gap(history: TagHistory, first: Sighting, model: TapModel) -> list[tuple[float, Message]]:
    if history.last is None:
        return []
    days = max((first.instant - history.last.instant).ns / _DAY, 0.0)
    unseen = first.counter - history.highest - 1
    here = _negative_binomial(unseen, mean=0.1 + model.unseen_reads * days, shape=model.unseen_dispersion)
    stored = 1 / ((unseen + 1) * math.log(model.widest_gap))
    # Nothing forbids a watch to be shown around a lot: a wide gap alone must never accuse.
    weight = max(min(math.log10(max(here, 1e-300) / stored), 0.5), model.alarm / 2)
    return [(weight, Message("trace.tag.gap", unseen=unseen, days=f"{days:.1f}"))]


def _travel(history: TagHistory, first: Sighting, model: TapModel) -> list[tuple[float, Message]]:
    if history.last is None or history.last.place is None or first.place is None:
        return []
    way = max(distance(history.last.place, first.place) - history.last.place.radius - first.place.radius, 0.0)
    hours = max((first.instant - history.last.instant).ns / _HOUR, 1e-3)
    if way / hours <= model.fastest_travel:
        return [(math.log10((1 - model.false_place) / (1 - model.far_attack)), Message("trace.tag.reachable"))]
    weight = math.log10(model.false_place / model.far_attack)
    return [(weight, Message("trace.tag.unreachable", distance=f"{way:.0f}", hours=f"{hours:.1f}"))]


def distance(one: Place, other: Place) -> float:
    """Return the distance of two places along the Earth in kilometres.

    Examples
    --------
    >>> round(distance(Place(46.2, 6.14, 1), Place(22.54, 114.06, 1)) / 100) * 100
    9500
    """
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    turn = math.radians(other.longitude - one.longitude)
    half = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(turn / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(half, 1.0)))


def _bounded(weight: float) -> float:
    return max(weight, CONCLUSIVE)


def _negative_binomial(count: int, *, mean: float, shape: float) -> float:
    chance = shape / (shape + mean)
    logarithm = math.lgamma(count + shape) - math.lgamma(shape) - math.lgamma(count + 1)
    return math.exp(logarithm + shape * math.log(chance) + count * math.log1p(-chance))
