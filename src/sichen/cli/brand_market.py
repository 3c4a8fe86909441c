# SPDX-License-Identifier: Apache-2.0
"""``sichen brand simulate``: what people would buy of what is offered, who loses to a new offer, which offers to keep."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters.brand_market_desk import MARKET
from sichen.brand import Tastes, read_market, simulate_market
from sichen.cli.brand import AsJson, Data, Save, Seed, keep, sent
from sichen.cli.brand_choice import PLAIN, Reading, choices_in
from sichen.cli.output import print_json, print_table


def simulate(
    file: Path,
    /,
    *,
    offers: Annotated[Path, Parameter(help="TOML with [[offers]] and, if wanted, [[candidates]].")],
    reading: Reading = PLAIN,
    price: Annotated[str, Parameter(help="Coefficient of the price: equalisation prices are told too.")] = "",
    tastes: Annotated[Tastes, Parameter(help="One taste for all, or one a person by hierarchical Bayes.")] = "mnl",
    rounds: int = 4_000,
    seed: Seed = 1,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Simulate a market with the tastes that choices tell.

    Parameters
    ----------
    file
        CSV of choices, long or wide.
    """
    table, offered = sent(file), sent(offers)
    market = read_market(offered.text, name=offers.name)
    found = simulate_market(choices_in(table, reading), market, tastes=tastes, price=price, rounds=rounds, seed=seed)
    if save:
        asked = {**reading.asked, "price": price, "tastes": tastes, "rounds": str(rounds), "seed": str(seed)}
        keep(MARKET, table, {"simulation": found.to_json()}, asked=asked, data=data, further=[("market", offered)])
    if json:
        print_json(found.to_json())
        return 0
    prices = {one.name: f"{one.value:.4g} ± {one.u:.2g}" for one in found.prices}
    print_table(
        (name, f"{100 * value:.1f} %", f"{100 * low:.1f} … {100 * high:.1f} %", prices.get(name, ""))
        for name, value, low, high in zip(
            found.shares.names, found.shares.value, found.shares.low, found.shares.high, strict=True
        )
    )
    for new, sources in found.sources.items():
        print(f"+ {new}")
        print_table((f"  {one.name}", f"−{100 * one.taken:.1f} %", "*" if one.own else "") for one in sources)
    print_table((" + ".join(one.names), f"{100 * one.share:.1f} %", f"{one.profit:.4g}") for one in found.portfolios[:5])
    return 0
