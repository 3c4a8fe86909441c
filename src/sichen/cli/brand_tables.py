# SPDX-License-Identifier: Apache-2.0
"""``sichen brand dirichlet|hedonic|map|segments|mentions``: tables of a brand's market."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.brand_desk import keep_hedonic, map_of
from sichen.adapters.brand_market_desk import DIRICHLET, MAP, MENTIONS, SEGMENTS, dirichlet_of, mentions_of, segments_of
from sichen.brand import fit_hedonic, read_listings
from sichen.cli.brand import AsJson, Data, Save, Seed, keep, sent, tell_kept
from sichen.cli.output import print_json, print_table


def dirichlet(
    file: Path,
    /,
    *,
    category_penetration: Annotated[float, Parameter(name=("--category-penetration", "-B"), help="B, part of one.")],
    category_purchases: Annotated[float, Parameter(name=("--category-purchases", "-W"), help="W, by each buyer.")],
    share: Annotated[str, Parameter(help="Column of the market share.")] = "market_share",
    penetration: Annotated[str, Parameter(help="Column of the penetration.")] = "penetration_obs",
    brand: Annotated[str, Parameter(help="Column of the brand.")] = "brand",
    estimator: Literal["least_squares", "median_fence"] = "least_squares",
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Norms of the NBD-Dirichlet: what each brand would have if only its size told.

    Parameters
    ----------
    file
        CSV with a row a brand; shares and penetrations as parts of one.
    """
    table = sent(file)
    fit = dirichlet_of(
        table,
        category_penetration=category_penetration,
        category_purchases=category_purchases,
        share=share,
        penetration=penetration,
        brand=brand,
        estimator=estimator,
    )
    if save:
        asked = {"category_penetration": f"{category_penetration:g}", "category_purchases": f"{category_purchases:g}",
                 "share": share, "penetration": penetration}  # fmt: skip
        keep(DIRICHLET, table, fit.to_json(), asked=asked, data=data)
    if json:
        print_json(fit.to_json())
        return 0
    print(f"M {fit.mean:.4g}  K {fit.k:.4g}  S {fit.s:.4g}")
    print_table(
        [f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in zip(
            fit.brands,
            fit.shares.tolist(),
            fit.observed.tolist(),
            fit.penetrations.tolist(),
            fit.purchases.tolist(),
            fit.category_purchases.tolist(),
            strict=True,
        )
    )
    return 0


def hedonic(
    file: Path,
    /,
    *,
    log: Annotated[str, Parameter(help="Number columns whose logarithm counts, with commas.")] = "",
    fewest: Annotated[int, Parameter(help="Listings a brand needs for an effect of its own.")] = 3,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Split prices into what the watch is and what the brand adds.

    Parameters
    ----------
    file
        CSV with brand and price; every other column is a specification.
    """
    listed = sent(file)
    found = fit_hedonic(read_listings(listed.text, logarithms=_words(log), name=file.name), fewest=fewest)
    if save:
        with DataFolder.open(data) as folder:
            tell_kept(*keep_hedonic(folder, found, listed, at=now()))
    if json:
        print_json(found.to_json())
        return 0
    print_table(
        (one.name, f"{100 * one.premium:+.1f} %", f"{100 * one.low:+.1f} … {100 * one.high:+.1f} %", str(one.listings))
        for one in found.brands
    )
    print_table((one.name, f"{one.value:+.4f}", f"± {one.u:.4f}") for one in found.specifications)
    print(f"R² {found.r2_specifications:.3f} → {found.r2:.3f} ({found.r2_specifications_out:.3f} → {found.r2_out:.3f})")
    return 0


def map_(file: Path, /, *, seed: Seed = 1, save: Save = False, data: Data = None, json: AsJson = False) -> int:
    """Place brands and attributes in one plane, each brand with its 95 % ellipse.

    Parameters
    ----------
    file
        CSV: first column the brand, one column an attribute, counts of answers in the cells.
    """
    table = sent(file)
    found = map_of(table, seed=seed)
    if save:
        keep(MAP, table, found.to_json(), asked={"seed": str(seed)}, data=data)
    if json:
        print_json(found.to_json())
        return 0
    print_table(
        (name, f"{x:+.3f}", f"{y:+.3f}", f"{ellipse.major:.3f} × {ellipse.minor:.3f}")
        for name, (x, y), ellipse in zip(found.brands, found.brand_places, found.ellipses, strict=True)
    )
    print_table((name, f"{x:+.3f}", f"{y:+.3f}") for name, (x, y) in zip(found.attributes, found.attribute_places, strict=True))
    return 0


def segments(
    file: Path,
    /,
    *,
    most: Annotated[int, Parameter(help="Classes at most.")] = 6,
    test: Annotated[bool, Parameter(negative=(), help="Test by bootstrap whether one more class is needed.")] = False,
    seed: Seed = 1,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Find groups of people who answer alike; the smallest BIC tells how many.

    Parameters
    ----------
    file
        CSV with a row a person and a column a question; a column called respondent is passed over.
    """
    table = sent(file)
    found = segments_of(table, most=most, test=test, seed=seed)
    if save:
        keep(SEGMENTS, table, found.to_json(), asked={"most": str(most), "seed": str(seed)}, data=data)
    if json:
        print_json(found.to_json())
        return 0
    print_table((str(fit.classes), f"{fit.bic:.1f}", "←" if fit is found.best else "") for fit in found.compared)
    print("  ".join(f"{100 * size:.0f} %" for size in found.best.sizes) + ("" if found.p is None else f"  p {found.p:.2f}"))
    return 0


def mentions(
    file: Path,
    /,
    *,
    level: Annotated[float, Parameter(help="False alarms a day.")] = 1e-3,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Watch a series of mentions; leaves with 1 when a day raises the alarm.

    Parameters
    ----------
    file
        CSV with day and mentions, and negative where it is known.
    """
    table = sent(file)
    days = mentions_of(table, level=level)
    if save:
        keep(MENTIONS, table, {"days": [dict(vars(day)) for day in days]}, asked={"level": f"{level:g}"}, data=data)
    for day in days:
        if json:
            print_json(vars(day))
        elif day.alarm:
            print(f"{day.label}  {day.mentions}  ({day.expected:.0f}, ≤ {day.limit:.0f})  {day.reason}")
    return 1 if any(day.alarm for day in days) else 0


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
