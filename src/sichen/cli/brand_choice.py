# SPDX-License-Identifier: Apache-2.0
"""``sichen brand mnl|mixlogit|hb|design|answers``: what people take of what is offered."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters.brand_desk import Sent
from sichen.adapters.brand_market_desk import (
    DESIGN,
    LOGIT,
    MIXED,
    TASTES,
    choices_from_answers,
    design_of,
    questionnaire_csv,
    shapes_of,
)
from sichen.brand import (
    Choices,
    Layout,
    fit_hierarchical,
    fit_logit,
    fit_mixed_logit,
    read_choices,
    willingness_to_pay,
)
from sichen.cli.brand import AsJson, Data, Save, Seed, keep, sent
from sichen.cli.output import note, print_json, print_table, say
from sichen.core import JSON, ConfigError, Message


@Parameter(name="*")
@dataclass(frozen=True)
class Reading:
    """How a choice file is read."""

    choice: str = "choice"
    """Column with 1 where the alternative was taken; in a wide file the alternative taken."""
    columns: str = ""
    """Attributes, with commas; a+b is a sum, a column of words has a coefficient a level."""
    case: str = ""
    """Column that tells cases apart."""
    person: str = ""
    """Column of who chose."""
    alternative: str = ""
    """Column that names the alternative."""
    weights: str = ""
    """Column of weights."""
    by_alternative: str = ""
    """Columns with a coefficient for each alternative."""
    constants: Annotated[bool, Parameter(negative=())] = False
    """A coefficient for each alternative but the base."""
    base: str = ""
    """Levels left out: brand=dannon,alternative=car."""
    wide: str = ""
    """Alternatives of a file with a row a case, as they end its columns."""
    where: str = ""
    """Only rows in which NAME=VALUE."""
    only: str = ""
    """Only these alternatives."""

    @property
    def asked(self) -> dict[str, str]:
        """What was asked, as a record keeps it and a page reads it."""
        told = {key: value for key, value in vars(self).items() if isinstance(value, str) and value}
        return {**told, "constants": "true"} if self.constants else told

    def layout(self) -> Layout:
        """Return it as the package asks for it."""
        return Layout(
            choice=self.choice,
            columns=_words(self.columns),
            case=self.case,
            person=self.person,
            alternative=self.alternative,
            weights=self.weights,
            by_alternative=_words(self.by_alternative),
            constants=self.constants,
            base=_pairs(self.base),
            wide=_words(self.wide),
            where=_pairs(self.where),
            only=_words(self.only),
        )


PLAIN = Reading()


def mnl(
    file: Path,
    /,
    *,
    reading: Reading = PLAIN,
    price: Annotated[str, Parameter(help="Coefficient of the price: what the others are worth in money is told too.")] = "",
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Fit a multinomial logit.

    Parameters
    ----------
    file
        CSV of choices, long or wide.
    """
    table = sent(file)
    fit = fit_logit(choices_in(table, reading))
    worth = willingness_to_pay(fit, price=price) if price else ()
    values: dict[str, JSON] = {one.name: {"value": one.value, "u": one.u} for one in worth}
    body: dict[str, JSON] = {**fit.to_json(), "willingness_to_pay": values} if price else fit.to_json()
    if save:
        keep(LOGIT, table, body, asked={**reading.asked, "price": price}, data=data)
    if json:
        print_json(body)
        return 0
    print_table(
        (name, f"{value:+.5g}", f"± {error:.2g}")
        for name, value, error in zip(fit.names, fit.coefficients, fit.errors, strict=True)
    )
    print_table((one.name, f"{one.value:+.4g}", f"± {one.u:.2g}") for one in worth)
    print(f"lnL {fit.log_likelihood:.4f} ({fit.log_likelihood_null:.4f})  {fit.cases}  {fit.people}")
    return 0


def mixlogit(
    file: Path,
    /,
    *,
    reading: Reading = PLAIN,
    random: Annotated[
        str, Parameter(help="Coefficients that differ between people: price=negative_lognormal,feat; all when not given.")
    ] = "",
    draws: int = 600,
    seed: Seed = 1,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Fit a mixed logit: tastes that differ between people.

    Parameters
    ----------
    file
        CSV of choices, long or wide.
    """
    table = sent(file)
    choices = choices_in(table, reading)
    fit = fit_mixed_logit(
        choices,
        shapes_of(random, choices),
        draws=draws,
        seed=seed,
        progress=lambda step, value: note(f"{step}  lnL {value:.3f}") if step % 10 == 0 else None,
    )
    if save:
        asked = {**reading.asked, "model": "mixlogit", "random": random, "draws": str(draws), "seed": str(seed)}
        keep(MIXED, table, fit.to_json(), asked=asked, data=data)
    if json:
        print_json(fit.to_json())
        return 0
    spreads = dict(zip(fit.random, zip(fit.spreads, fit.spread_errors, strict=True), strict=True))
    print_table(
        (
            name,
            f"{value:+.5g}",
            f"± {error:.2g}",
            *((f"s {spreads[name][0]:.4g}", f"± {spreads[name][1]:.2g}", fit.random[name]) if name in spreads else ()),
        )
        for name, value, error in zip(fit.names, fit.coefficients, fit.errors, strict=True)
    )
    print(f"lnL {fit.log_likelihood:.4f} ({fit.log_likelihood_logit:.4f})")
    return 0


def hb(
    file: Path,
    /,
    *,
    reading: Reading = PLAIN,
    rounds: Annotated[int, Parameter(help="Rounds of each chain.")] = 10_000,
    burn_in: int = 3_000,
    chains: int = 2,
    seed: Seed = 1,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Sample the tastes of every person by hierarchical Bayes; warns where the chains have not settled.

    Parameters
    ----------
    file
        CSV of choices, long or wide.
    """
    table = sent(file)
    fit = fit_hierarchical(
        choices_in(table, reading),
        rounds=rounds,
        burn_in=burn_in,
        chains=chains,
        seed=seed,
        progress=lambda turn, of: note(f"{turn} / {of}") if turn % 2000 == 0 else None,
    )
    for one in fit.warnings:
        note(say(one))
    if save:
        asked = {**reading.asked, "model": "hb", "rounds": str(rounds), "burn_in": str(burn_in), "seed": str(seed)}
        keep(TASTES, table, fit.to_json(), asked=asked, data=data)
    if json:
        print_json(fit.to_json())
        return 0
    print_table(
        (
            name,
            f"{fit.means[:, at].mean():+.4g}",
            f"± {fit.means[:, at].std():.2g}",
            f"s {fit.deviations[:, at].mean():.3g}",
            f"{fit.effective[at]:.0f}",
            f"R̂ {fit.r_hat[at]:.3f}",
        )
        for at, name in enumerate(fit.names)
    )
    return 0


def design(file: Path, /, *, seed: Seed = 1, save: Save = False, data: Data = None, json: AsJson = False) -> int:
    """Make a conjoint questionnaire as CSV.

    Parameters
    ----------
    file
        TOML with tasks, alternatives, none, [attributes] as lists of levels and, if wanted, [prior].
    """
    table = sent(file)
    made = design_of(table, seed=seed)
    balance: dict[str, JSON] = {name: list(counts) for name, counts in made.balance.items()}
    rows: list[JSON] = [dict(row) for row in made.rows()]
    body: dict[str, JSON] = {"d_error": made.d_error, "overlap": made.overlap, "balance": balance, "rows": rows}
    if save:
        keep(DESIGN, table, body, asked={"seed": str(seed)}, data=data)
    if json:
        print_json(body)
    else:
        print(questionnaire_csv(made), end="")
    return 0


def answers(questionnaire: Path, filled: Path, /) -> int:
    """Join a questionnaire and its answers to a file of choices.

    Parameters
    ----------
    questionnaire
        CSV as ``sichen brand design`` prints it.
    filled
        CSV with a row a person: person, then task_1, task_2 … with the number of the alternative taken, or none.
    """
    print(choices_from_answers(sent(questionnaire), sent(filled)), end="")
    return 0


def choices_in(table: Sent, reading: Reading) -> Choices:
    """Return the choices of a named file."""
    return read_choices(table.text, reading.layout(), name=table.name)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _pairs(text: str) -> dict[str, str]:
    pairs = dict(word.partition("=")[::2] for word in _words(text))
    if any(not value for value in pairs.values()):
        raise ConfigError(Message("cli.brand.pair"))
    return pairs
