# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR2004 - the truth of an invented market is numbers
"""The sample files of the brand chapter: three invented brands, their buyers and their prices, from one seed and a known truth."""

import io
import math
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

import numpy as np

BRANDS = ("Sinan", "Tellus", "Borea")
SEED = 20260302
WRITTEN = ("value.toml", "strength.toml", "strategy.toml", "market.toml", "design.toml", "targets.toml")
AWARE = {"Sinan": (0.09, 0.34), "Tellus": (0.22, 0.61), "Borea": (0.05, 0.27)}
"""Unaided and aided awareness in the first wave; Sinan gains six and fourteen points in the second."""
PREMIUM = {"Sinan": 0.12, "Tellus": 0.08, "Borea": -0.20}
"""Effects on log price; they add up to zero."""
TASTE = {"Sinan": 0.5, "Tellus": 0.3, "Borea": 0.0, "automatic": 0.8, "certificate": 0.4, "price": -0.9}
PEOPLE, TASKS = 150, 8
WORDS = {"exact": (62, 30, 21), "modern": (25, 58, 20), "proud": (48, 17, 25), "cheap": (12, 22, 55), "durable": (44, 41, 36)}


def sample_names() -> tuple[str, ...]:
    """Return the names of the sample files."""
    return (*WRITTEN, *_MADE)


@cache
def sample_file(name: str) -> bytes:
    """Return a sample file; making it twice gives the same bytes.

    Raises
    ------
    KeyError
        If there is none of that name.
    """
    if name in WRITTEN:
        return resources.files("sichen.adapters").joinpath(f"data/brand/{name}").read_bytes()
    return _MADE[name]().encode()


def _survey() -> str:
    generator = np.random.default_rng(SEED)
    out = io.StringIO()
    out.write("respondent,brand,wave,age,city,top_of_mind,unaided,aided,considered,bought,loyal,reputation,recommend\n")
    for wave, gain in (("2025", 0.0), ("2026", 1.0)):
        for number in range(500):
            age = generator.choice(["18-29", "30-44", "45+"], p=[0.45, 0.35, 0.2])
            city = generator.choice(["tier 1", "other"], p=[0.5, 0.5])
            first = True
            for brand in BRANDS:
                row = _answers(generator, brand, gain * (brand == "Sinan"), first=first)
                first = first and not row[0]
                out.write(f"{wave}-{number},{brand},{wave},{age},{city},{','.join(map(str, row))}\n")
    return out.getvalue()


def _answers(generator: np.random.Generator, brand: str, gain: float, *, first: bool) -> list[object]:
    unaided, aided = AWARE[brand][0] + 0.06 * gain, AWARE[brand][1] + 0.14 * gain
    knows = generator.random() < aided
    named = knows and generator.random() < unaided / aided
    top = named and first and generator.random() < 0.5
    considered = knows and generator.random() < 0.35
    bought = considered and generator.random() < 0.4
    loyal: object = int(generator.random() < 0.33) if bought else ""
    score: object = int(np.clip(generator.normal(72 if brand == "Sinan" else 66, 14), 0, 100)) if knows else ""
    recommend: object = int(np.clip(round(generator.normal(7.4, 2.0)), 0, 10)) if knows else ""
    return [int(top), int(named), int(knows), int(considered), int(bought), loyal, score, recommend]


def _choices() -> str:
    generator = np.random.default_rng(SEED + 1)
    rows = ["person,task,choice,brand,movement,certificate,price"]
    for person in range(PEOPLE):
        own = {name: value + 0.5 * generator.standard_normal() for name, value in TASTE.items()}
        for task in range(TASKS):
            shown = [_profile(generator) for _ in range(3)]
            utility = [
                own[b] + own["automatic"] * (m == "automatic") + own["certificate"] * c + own["price"] * p
                for b, m, c, p in shown
            ]
            taken = int(np.argmax(np.array(utility) + generator.gumbel(size=3)))
            rows += [f"{person},{task},{int(at == taken)},{b},{m},{c},{p}" for at, (b, m, c, p) in enumerate(shown)]
    return "\n".join(rows) + "\n"


def _profile(generator: np.random.Generator) -> tuple[str, str, int, float]:
    brand, movement = str(generator.choice(BRANDS)), str(generator.choice(["quartz", "automatic"]))
    return brand, movement, int(generator.integers(2)), float(generator.choice([1.0, 2.0, 3.0, 4.0]))


def _listings() -> str:
    generator = np.random.default_rng(SEED + 2)
    rows = ["brand,price,currency,year,movement,water_bar,reserve_h,glass"]
    for _ in range(180):
        brand, automatic = str(generator.choice(BRANDS)), bool(generator.random() < 0.5)
        water, sapphire = int(generator.choice([3, 5, 10, 20])), bool(generator.random() < 0.6)
        reserve = int(generator.integers(38, 73)) if automatic else 0
        log = 6.7 + PREMIUM[brand] + 0.35 * automatic + 0.018 * water + 0.006 * reserve + 0.22 * sapphire
        price = math.exp(log + 0.14 * generator.standard_normal())
        movement, glass = "automatic" if automatic else "quartz", "sapphire" if sapphire else "mineral"
        rows.append(f"{brand},{price:.0f},CNY,2026,{movement},{water},{reserve},{glass}")
    return "\n".join(rows) + "\n"


def _map() -> str:
    rows = [f"{brand},{','.join(str(counts[at]) for counts in WORDS.values())}" for at, brand in enumerate(BRANDS)]
    return "\n".join([f"brand,{','.join(WORDS)}", *rows]) + "\n"


def _segments() -> str:
    generator = np.random.default_rng(SEED + 3)
    names = ("wears_daily", "reads_reviews", "buys_for_gifts", "wants_mechanical", "buys_online")
    rows = [f"respondent,{','.join(names)}"]
    for person in range(300):
        chance = (0.85, 0.8, 0.15, 0.9, 0.6) if generator.random() < 0.55 else (0.3, 0.15, 0.75, 0.2, 0.5)
        rows.append(f"{person},{','.join('yes' if generator.random() < one else 'no' for one in chance)}")
    return "\n".join(rows) + "\n"


def _mentions() -> str:
    generator = np.random.default_rng(SEED + 4)
    counts = generator.negative_binomial(12, 12 / 52, 120)
    bad = generator.binomial(counts, 0.06)
    counts[112], bad[112] = 236, 141
    first = np.datetime64("2025-11-01")
    rows = [f"{first + at},{count},{worse}" for at, (count, worse) in enumerate(zip(counts, bad, strict=True))]
    return "\n".join(["day,mentions,negative", *rows]) + "\n"


def _dirichlet() -> str:
    rows = ["Tellus,0.28,0.19", "Sinan,0.12,0.092", "Borea,0.09,0.071", "Quill,0.06,0.048"]
    return "\n".join(["brand,market_share,penetration_obs", *rows]) + "\n"


_MADE: Mapping[str, Callable[[], str]] = {
    "survey.csv": _survey, "choices.csv": _choices, "listings.csv": _listings, "map.csv": _map, "segments.csv": _segments,
    "mentions.csv": _mentions, "repertoire.csv": _dirichlet,
}  # fmt: skip
