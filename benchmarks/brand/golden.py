# SPDX-License-Identifier: Apache-2.0
"""Published values: log-likelihoods of choice models, the Dirichlet of toothpaste, excess earnings, Rolex by royalty relief."""

import csv
from typing import Any

from benchmarks.brand.table import row, text
from sichen.brand import Layout, fit_dirichlet, fit_logit, read_case, read_choices, value_by, willingness_to_pay

HEATERS = ("gc", "gr", "ec", "er", "hp")
CARS = (
    "hev", "phev10", "phev20", "phev40", "bev75", "bev100", "bev150", "phevFastcharge", "bevFastcharge", "price", "opCost",
    "accelTime", "american", "japanese", "chinese", "skorean",
)  # fmt: skip
LOGITS = {
    "Heating": ("mlogit_Heating.csv", Layout("depvar", ("ic", "oc"), wide=HEATERS), -1095.2371, 6e-5),
    "Heating, constants": (
        "mlogit_Heating.csv",
        Layout("depvar", ("ic", "oc"), wide=HEATERS, constants=True, base={"alternative": "hp"}), -1008.2287, 6e-5,
    ),
    "ModeCanada": (
        "mlogit_ModeCanada.csv",
        Layout("choice", ("cost", "freq"), case="case", alternative="alt", by_alternative=("income", "ivt+ovt"), constants=True,
               base={"alternative": "car"}, where={"noalt": "4"}, only=("car", "train", "air")), -1951.3437, 6e-5,
    ),
    "yogurt": (
        "logitr_yogurt.csv",
        Layout("choice", ("price", "feat", "brand"), case="obsID", person="id", base={"brand": "dannon"}), -2656.8879, 6e-5,
    ),
    "cars_china": (
        "logitr_cars_china.csv", Layout("choice", CARS, case="obsnum", person="id", weights="weights"), -6788.81, 6e-3
    ),
}  # fmt: skip
ORIGIN = {"chinese": -9.7, "american": -10.6, "japanese": -18.1, "skorean": -19.4}
"""Thousand USD against a German brand, as printed."""
FIYTA = {
    "net_profit": 220.35, "assets_current": 2605.2, "assets_fixed": 1002.0, "return_current": 0.031, "return_fixed": 0.036,
    "brand_share": 0.6, "industry_return": 0.06, "strength_coefficient": 1.0, "growth": 0.0, "long_growth": 0.02,
}  # fmt: skip
TABLE: tuple[tuple[dict[str, float], float], ...] = (
    ({}, 1445.1), ({"strength_coefficient": 0.6}, 3597), ({"strength_coefficient": 2.0}, 583), ({"industry_return": 0.04}, 2880),
    ({"industry_return": 0.08}, 967), ({"brand_share": 0.4}, 963), ({"brand_share": 0.8}, 1927), ({"long_growth": 0.0}, 1035),
    ({"long_growth": 0.03}, 1855), ({"growth": -0.1}, 894), ({"growth": 0.1}, 2254),
)  # fmt: skip


def golden() -> int:
    """Print the table of published values."""
    print("\nPublished values: distance of ours")
    missed = 0
    for name, (file, layout, expected, limit) in LOGITS.items():
        fit = fit_logit(read_choices(text(file), layout))
        missed += row(f"lnL {name} ({expected})", abs(fit.log_likelihood - expected), limit)
        if name == "cars_china":
            worth = {one.name: one.value for one in willingness_to_pay(fit, price="price")}
            missed += row(
                "worth of a brand's origin, worst of four", max(abs(worth[k] - v) for k, v in ORIGIN.items()), 0.06, "kUSD"
            )
    missed += row("toothpaste, values met of 24", _toothpaste(), 24, least=True)
    worst = max(abs(_value(FIYTA | change, "excess-earnings") - expected) for change, expected in TABLE)
    missed += row("excess earnings, worst of eleven cases", worst, 0.5, "mCNY")
    return missed + _refusals() + _rolex()


def _toothpaste() -> int:
    rows = list(csv.DictReader(text("nbddirichlet_toothpaste.csv").splitlines()))
    fit = fit_dirichlet(
        [one["brand"] for one in rows], [float(one["market_share"]) for one in rows],
        [float(one["penetration_obs"]) for one in rows], category_penetration=0.56, category_purchases=2.6,
        estimator="median_fence",
    )  # fmt: skip
    pairs = (("gold_pen", fit.penetrations), ("gold_pur_brand", fit.purchases), ("gold_pur_cat", fit.category_purchases))
    return sum(round(float(x), 2) == float(one[key]) for key, found in pairs for one, x in zip(rows, found, strict=True))


def _refusals() -> int:
    loser = FIYTA | {"net_profit": -30.0, "sales": 881.0, "royalty_low": 0.01, "royalty_high": 0.06, "strength_score": 45.0,
                     "tax": 0.165, "capital_cost": 0.1}  # fmt: skip
    fast = FIYTA | {"long_growth": 0.06}
    refused = sum(value_by(_case(one), "excess-earnings", draws=16).value is None for one in (loser, fast))
    valued = value_by(_case(loser), "royalty-relief", draws=16).applicable
    missed = row("loss-maker and R ≤ g refused by excess earnings", refused, 2, least=True)
    return missed + row("… and the loss-maker valued by royalty relief", int(valued), 1, least=True)


def _rolex() -> int:
    rows = list(csv.DictReader(text("brand-figures.tsv").splitlines(), delimiter="\t"))

    def figure(year: str, measure: str) -> float:
        found = [one["value"] for one in rows if (one["brand"], one["year"]) == ("Rolex", year) and one["measure"] == measure]
        return float(found[0])

    published, strength = figure("2025", "brand value (Brand Finance)"), figure("2025", "Brand Strength Index")
    sales = 1000 * figure("2024", "sales estimate")
    inputs = {"sales": sales, "royalty_low": 0.0, "royalty_high": 0.1, "strength_score": strength, "tax": 0.15,
              "capital_cost": 0.08, "growth": 0.03, "long_growth": 0.03}  # fmt: skip
    found = _value(inputs, "royalty-relief") / 1000
    note = f"ours {found:.2f}, Brand Finance {published} bn CHF; royalty 0 … 10 %, w 8 %, g 3 %, tax 15 % are assumed"
    return row("Rolex 2025 by royalty relief, distance", abs(found / published - 1), 0.2, note=note)


def _case(inputs: dict[str, float]) -> Any:  # noqa: ANN401 - a case of the package
    rows = "\n".join(f'{name} = {{ value = {number}, source = "benchmark" }}' for name, number in inputs.items())
    return read_case(f'[brand]\nname = "X"\ncurrency = "CNY"\nyear = 2024\n[inputs]\n{rows}')


def _value(inputs: dict[str, float], method: str) -> float:
    found = value_by(_case(inputs), method, draws=16).value
    return float("nan") if found is None else found
