# SPDX-License-Identifier: Apache-2.0
"""``sichen brand mnl|mixlogit|hb|design``: what people take of what is offered."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from sichen.brand import (
    Attribute,
    Choices,
    Layout,
    design_tasks,
    fit_hierarchical,
    fit_logit,
    fit_mixed_logit,
    read_choices,
    willingness_to_pay,
)
from sichen.cli.brand import AsJson, sent
from sichen.cli.output import note, print_json, print_table
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
    json: AsJson = False,
) -> int:
    """Fit a multinomial logit.

    Parameters
    ----------
    file
        CSV of choices, long or wide.
    """
    fit = fit_logit(choices_of(file, reading))
    worth = willingness_to_pay(fit, price=price) if price else ()
    if json:
        values: dict[str, JSON] = {one.name: {"value": one.value, "u": one.u} for one in worth}
        print_json({**fit.to_json(), "willingness_to_pay": values} if price else fit.to_json())
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
        str, Parameter(help="Coefficients that differ between people: price=lognormal,feat; all when not given.")
    ] = "",
    draws: int = 600,
    seed: int = 1,
    json: AsJson = False,
) -> int:
    """Fit a mixed logit: tastes that differ between people.

    Parameters
    ----------
    file
        CSV of choices, long or wide.
    """
    choices = choices_of(file, reading)
    shapes = {name: shape or "normal" for name, _, shape in (word.partition("=") for word in _words(random))}
    fit = fit_mixed_logit(
        choices,
        shapes or dict.fromkeys(choices.names, "normal"),
        draws=draws,
        seed=seed,
        progress=lambda step, value: note(f"{step}  lnL {value:.3f}") if step % 10 == 0 else None,
    )
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
    file: Path, /, *, reading: Reading = PLAIN, rounds: int = 10_000, burn_in: int = 4_000, seed: int = 1, json: AsJson = False
) -> int:
    """Sample the tastes of every person by hierarchical Bayes.

    Parameters
    ----------
    file
        CSV of choices, long or wide.
    """
    fit = fit_hierarchical(
        choices_of(file, reading),
        rounds=rounds,
        burn_in=burn_in,
        seed=seed,
        progress=lambda turn, of: note(f"{turn} / {of}") if turn % 2000 == 0 else None,
    )
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
        )
        for at, name in enumerate(fit.names)
    )
    return 0


def design(file: Path, /, *, seed: int = 1, json: AsJson = False) -> int:
    """Make a conjoint questionnaire as CSV.

    Parameters
    ----------
    file
        TOML with tasks, alternatives, none, [attributes] as lists of levels and, if wanted, [prior].
    """
    try:
        asked: dict[str, Any] = tomllib.loads(sent(file).text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("brand.case.not_toml", file=file.name, problem=str(error))) from error
    unknown = set(asked) - {"tasks", "alternatives", "none", "attributes", "prior"}
    if unknown or "attributes" not in asked or "tasks" not in asked:
        raise ConfigError(
            Message(
                "brand.case.unknown_key",
                where=file.name,
                entry=min(unknown or {"—"}),
                known="alternatives, attributes, none, prior, tasks",
            )
        )
    attributes = [
        Attribute(name, tuple(str(level) for level in levels), all(isinstance(level, int | float) for level in levels))
        for name, levels in asked["attributes"].items()
    ]
    made = design_tasks(
        attributes,
        tasks=int(asked["tasks"]),
        alternatives=int(asked.get("alternatives", 3)),
        none=bool(asked.get("none", True)),
        prior=asked.get("prior"),
        seed=seed,
    )
    rows = made.rows()
    if json:
        print_json(
            {
                "d_error": made.d_error,
                "overlap": made.overlap,
                "balance": {k: list(v) for k, v in made.balance.items()},
                "rows": list(rows),
            }
        )
        return 0
    print(",".join(rows[0]))
    for row in rows:
        print(",".join(row.values()))
    return 0


def choices_of(file: Path, reading: Reading) -> Choices:
    """Return the choices of a named file."""
    return read_choices(sent(file).text, reading.layout(), name=file.name)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _pairs(text: str) -> dict[str, str]:
    pairs = dict(word.partition("=")[::2] for word in _words(text))
    if any(not value for value in pairs.values()):
        raise ConfigError(Message("cli.brand.pair"))
    return pairs
