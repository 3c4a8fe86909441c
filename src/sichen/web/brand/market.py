# SPDX-License-Identifier: Apache-2.0
"""The pages of a brand's market: choice, tastes, questionnaire, map, norms, segments and mentions."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from sichen.adapters import DataFolder
from sichen.adapters.brand_desk import Sent, map_of
from sichen.adapters.brand_market_desk import (
    DESIGN,
    DIRICHLET,
    LOGIT,
    MAP,
    MARKET,
    MENTIONS,
    MIXED,
    SEGMENTS,
    TASTES,
    choices_of,
    design_of,
    dirichlet_of,
    keep_answer,
    mentions_of,
    segments_of,
    shapes_of,
)
from sichen.brand import (
    Dirichlet,
    Hierarchical,
    Logit,
    MixedLogit,
    Simulation,
    Worth,
    days_svg,
    fit_hierarchical,
    fit_logit,
    fit_mixed_logit,
    plane_svg,
    read_market,
    simulate_market,
    willingness_to_pay,
)
from sichen.core import JSON, ConfigError, Instant, Language, Message, Record
from sichen.web.brand import shown
from sichen.web.brand.topic import Asked, Topic, Values

ROUNDS = 1500
SEED = "1"
_LONGEST = {"draws": 2_000, "rounds": 20_000, "most": 8}
_READING = {"choice": "choice", "columns": "brand,movement,certificate,price", "case": "task", "person": "person",
            "price": "price", "alternative": "", "weights": ""}  # fmt: skip


def _kept(asked: Asked, folder: DataFolder, kind: str, body: Mapping[str, JSON], at: Instant) -> Sequence[Record]:
    files: list[tuple[str, Sent]] = [("table", asked.main), *asked.further.items()]
    name = PurePath(asked.main.name).stem
    return (keep_answer(folder, kind, name, body, files, asked={"seed": SEED, **asked.fields}, at=at),)


def _number(asked: Asked, name: str, otherwise: float) -> float:
    text = asked.fields.get(name, "")
    try:
        number = float(text) if text else otherwise
    except ValueError:
        raise ConfigError(Message("brand.case.number", where=name, found=text)) from None
    most = _LONGEST.get(name, float("inf"))
    if not 0 < number <= most:
        raise ConfigError(Message("brand.case.bounds", where=name, found=text, low="0", high=f"{most:g}"))
    return number


def _chosen(asked: Asked) -> tuple[Logit, tuple[Worth, ...], Simulation | None]:
    choices, price = choices_of(asked.main, asked.fields), asked.fields.get("price", "")
    fit, market = fit_logit(choices), asked.further.get("market")
    worth = willingness_to_pay(fit, price=price) if price else ()
    if market is None:
        return fit, worth, None
    offers = read_market(market.text, name=market.name)
    hb = asked.fields.get("tastes") == "hb"
    return (
        fit,
        worth,
        simulate_market(choices, offers, tastes="hb" if hb else "mnl", price=price, rounds=ROUNDS, seed=int(SEED)),
    )


def _choice(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    fit, worth, simulated = _chosen(asked)
    pictures = shown.choice_plots(worth, simulated, language)
    return {"told": shown.told, "fit": fit, "worth": worth, "simulated": simulated, "pictures": pictures}


def _keep_choice(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    fit, worth, simulated = _chosen(asked)
    values: dict[str, JSON] = {one.name: {"value": one.value, "u": one.u} for one in worth}
    body: dict[str, JSON] = {**fit.to_json(), "willingness_to_pay": values}
    if simulated is not None:
        body["simulation"] = simulated.to_json()
    return _kept(asked, folder, LOGIT if simulated is None else MARKET, body, at)


def _fitted(asked: Asked) -> MixedLogit | Hierarchical:
    choices = choices_of(asked.main, asked.fields)
    if asked.fields.get("model") == "hb":
        rounds = int(_number(asked, "rounds", 2 * ROUNDS))
        return fit_hierarchical(choices, rounds=rounds, burn_in=max(rounds // 3, 1), seed=int(SEED))
    shapes = shapes_of(asked.fields.get("random", ""), choices)
    return fit_mixed_logit(choices, shapes, draws=int(_number(asked, "draws", 200)), seed=int(SEED))


def _tastes(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    fit = _fitted(asked)
    rows = shown.taste_rows(fit)
    return {
        "fit": fit,
        "rows": rows,
        "bayes": isinstance(fit, Hierarchical),
        "warnings": fit.warnings if isinstance(fit, Hierarchical) else (),
        "pictures": shown.safe({"tastes": shown.tastes_svg(rows, language)}),
    }


def _keep_tastes(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    fit = _fitted(asked)
    return _kept(asked, folder, TASTES if isinstance(fit, Hierarchical) else MIXED, fit.to_json(), at)


def _design(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    made = design_of(asked.main, seed=int(SEED))
    return {"made": made, "tasks": shown.tasks_of(made), "pictures": shown.safe({"balance": shown.balance_svg(made, language)})}


def _keep_design(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    made = design_of(asked.main, seed=int(SEED))
    rows: list[JSON] = [dict(row) for row in made.rows()]
    balance: dict[str, JSON] = {name: list(counts) for name, counts in made.balance.items()}
    body: dict[str, JSON] = {"d_error": made.d_error, "overlap": made.overlap, "balance": balance, "rows": rows}
    return _kept(asked, folder, DESIGN, body, at)


def _map(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    found = map_of(asked.main, seed=int(SEED))
    title = Message("web.brand.map.title").text(language)
    return {"found": found, "pictures": shown.safe({"plane": plane_svg(found, title=title)})}


def _keep_map(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    return _kept(asked, folder, MAP, map_of(asked.main, seed=int(SEED)).to_json(), at)


def _norms(asked: Asked) -> Dirichlet:
    return dirichlet_of(
        asked.main,
        category_penetration=_number(asked, "category_penetration", 0.5),
        category_purchases=_number(asked, "category_purchases", 2.4),
        share=asked.fields.get("share") or "market_share",
        penetration=asked.fields.get("penetration") or "penetration_obs",
    )


def _dirichlet(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    found = _norms(asked)
    return {"found": found, "pictures": shown.safe({"norms": shown.norms_svg(found, language)})}


def _keep_dirichlet(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    return _kept(asked, folder, DIRICHLET, _norms(asked).to_json(), at)


def _segments(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    found = segments_of(asked.main, most=int(_number(asked, "most", 4)), seed=int(SEED))
    return {"found": found, "plots": shown.segment_plots(found, language)}


def _keep_segments(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    found = segments_of(asked.main, most=int(_number(asked, "most", 4)), seed=int(SEED))
    return _kept(asked, folder, SEGMENTS, found.to_json(), at)


def _mentions(asked: Asked, _folder: DataFolder, language: Language) -> Values:
    days = mentions_of(asked.main, level=_number(asked, "level", 1e-3))
    title, limit = (Message(f"web.brand.mentions.{name}").text(language) for name in ("title", "limit"))
    pictures = shown.safe({"days": days_svg(days, title=title, limit=limit)})
    return {"days": days, "alarms": [day for day in days if day.alarm], "pictures": pictures}


def _keep_mentions(asked: Asked, folder: DataFolder, at: Instant) -> Sequence[Record]:
    days: list[JSON] = [dict(vars(day)) for day in mentions_of(asked.main, level=_number(asked, "level", 1e-3))]
    return _kept(asked, folder, MENTIONS, {"days": days}, at)


CHOICE = Topic(
    "/brand/choice", "choices.csv", _choice, _keep_choice, MARKET, {"market": "market.toml"}, {**_READING, "tastes": "mnl"}, (LOGIT,)
)  # fmt: skip
TASTES_PAGE = Topic(
    "/brand/tastes", "choices.csv", _tastes, _keep_tastes, MIXED,
    fields={**_READING, "price": "", "model": "mixlogit", "random": "price,brand=Sinan", "draws": "200", "rounds": "3000"},
    also=(TASTES,),
)  # fmt: skip
DESIGN_PAGE = Topic("/brand/design", "design.toml", _design, _keep_design, DESIGN)
MAP_PAGE = Topic("/brand/map", "map.csv", _map, _keep_map, MAP)
DIRICHLET_PAGE = Topic(
    "/brand/dirichlet", "repertoire.csv", _dirichlet, _keep_dirichlet, DIRICHLET,
    fields={"category_penetration": "0.5", "category_purchases": "2.4", "share": "market_share", "penetration": "penetration_obs"},
)  # fmt: skip
SEGMENTS_PAGE = Topic("/brand/segments", "segments.csv", _segments, _keep_segments, SEGMENTS, fields={"most": "4"})
MENTIONS_PAGE = Topic("/brand/mentions", "mentions.csv", _mentions, _keep_mentions, MENTIONS, fields={"level": "0.001"})
