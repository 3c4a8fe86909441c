# SPDX-License-Identifier: Apache-2.0
"""Plans: what a standard asks for, as versioned data with a source and a grade on every number."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from sichen.conformity.formulas import ONE_SIDED, SERIES_FORMULAS, Formula, series_formula
from sichen.core import JSON, ConfigError, Language, Message, NotFound, digest_of

RULES = ("simple", "guard_band", "shared_risk")
ROUNDINGS = ("none", "half_even")
SEVERITIES = ("look", "rate", "magnetic", "shock", "water", "wear", "destructive")


@dataclass(frozen=True)
class Limits:
    """The lower and upper limit of a criterion, exact decimals; None where there is none on that side."""

    low: Decimal | None
    high: Decimal | None

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ConfigError(Message("conformity.plan.limits_reversed", low=str(self.low), high=str(self.high)))

    def to_json(self) -> dict[str, JSON]:
        """Return the limits as text, so that no digit is lost."""
        return {"low": _text(self.low), "high": _text(self.high)}


NO_LIMITS = Limits(None, None)


@dataclass(frozen=True)
class Step:
    """One step of a plan.

    Parameters
    ----------
    first, last : int
        The measurements it yields, counted from 1; both 0 for a step that yields none.
    position : str
        ISO 3158 symbol of what points up, or empty.
    temperature, temperature_tolerance : Decimal or None
        Degrees Celsius.
    humidity : Decimal or None
        Relative, in per cent.
    duration_h : Decimal or None
    winding : str
        When the watch is wound.
    action_en, action_zh : str
        What is done.
    severity : str
        One of `SEVERITIES`: what may harm the watch comes after what may not.
    """

    first: int = 0
    last: int = 0
    position: str = ""
    temperature: Decimal | None = None
    temperature_tolerance: Decimal | None = None
    humidity: Decimal | None = None
    duration_h: Decimal | None = None
    winding: str = ""
    action_en: str = ""
    action_zh: str = ""
    severity: str = "rate"

    def action(self, language: Language) -> str:
        """Return what is done, in one language."""
        return self.action_zh if language == "zh" else self.action_en


@dataclass(frozen=True)
class Criterion:
    """One criterion of a plan.

    Parameters
    ----------
    id, symbol, title_en, title_zh, unit : str
    formula : str
        One of `SERIES_FORMULAS` or `STATION_FORMULAS`.
    parameters : mapping
        What the formula asks for. A criterion whose formula depends on a parameter of the plan lists one set
        for each value under the key ``by_PARAMETER``.
    limits : mapping of category to Limits
        ``*`` stands for every category; empty when nobody has seen the limit: it must be entered.
    source, grade, verified, note
        How the limits are known. `note` says what was only recalled.
    entered : bool
        The limits were typed by a user: a certificate says so.

    Raises
    ------
    ConfigError
        If a limit stands on a side where the formula has none, such as a lower one of a spread.
    """

    id: str
    title_en: str
    title_zh: str
    unit: str
    formula: str
    parameters: Mapping[str, object]
    limits: Mapping[str, Limits]
    source: str
    grade: str
    verified: bool
    symbol: str = ""
    note: str = ""
    entered: bool = False

    def __post_init__(self) -> None:
        side = ONE_SIDED.get(self.formula)
        for limits in self.limits.values():
            if (side == "high" and limits.low is not None) or (side == "low" and limits.high is not None):
                raise ConfigError(Message("conformity.plan.side", name=self.id, formula=self.formula, side=side or ""))

    @property
    def counted(self) -> bool:
        """Whether it is counted, so that no guard band makes sense."""
        return self.formula == "count"

    @property
    def in_series(self) -> bool:
        """Whether it follows from the series of rates."""
        return self.formula in SERIES_FORMULAS

    def title(self, language: Language) -> str:
        """Return what it is called in one language."""
        return self.title_zh if language == "zh" else self.title_en

    def applies(self, category: str) -> bool:
        """Whether the criterion concerns a category: one whose limits nobody has seen concerns all."""
        return not self.limits or category in self.limits or "*" in self.limits

    def limits_for(self, category: str) -> Limits:
        """Return the limits of a category; without limits on either side when nobody has entered any."""
        return self.limits.get(category) or self.limits.get("*") or NO_LIMITS


@dataclass(frozen=True)
class Measurand:
    """What the numbers of a plan are, and how well one reading is usually known.

    Parameters
    ----------
    kind : {"daily_rate", "acoustic_rate", "station"}
        A daily rate is the difference of two states; an acoustic rate is instantaneous: another measurand.
    reading_u : Decimal
        Standard uncertainty of one reading where the data bring none, in `unit`: of a state in s, of an
        instantaneous rate in s/d.
    """

    kind: str
    unit: str
    reading_u: Decimal
    source: str
    verified: bool


@dataclass(frozen=True)
class Parameter:
    """A choice that sources disagree on, or that a laboratory makes: named, defaulted, printed."""

    values: tuple[str, ...]
    values_zh: tuple[str, ...]
    default: str
    note_en: str
    note_zh: str

    def note(self, language: Language) -> str:
        """Return what the choice is about, in one language."""
        return self.note_zh if language == "zh" else self.note_en

    def in_chinese(self, value: str) -> str:
        """Return what a value is called in Chinese."""
        return self.values_zh[self.values.index(value)]


@dataclass(frozen=True)
class Plan:
    """A standard or a seal as something that can be run and judged.

    Parameters
    ----------
    id, version : str
    title_en, title_zh, standard, edition, clause : str
        `standard` is a number of the register.
    source, grade, verified, note_en, note_zh
        How the plan as a whole is known.
    historical : bool
        No longer in force: shown as an example, and labelled so.
    fixed_order : bool
        The standard prescribes its own order of steps.
    decision, rounding : str
        Defaults, one of `RULES` and `ROUNDINGS`.
    decimals : int
        To which results are rounded before they are compared, when `rounding` is not ``none``.
    """

    id: str
    version: str
    title_en: str
    title_zh: str
    standard: str
    source: str
    grade: str
    verified: bool
    measurand: Measurand
    steps: tuple[Step, ...]
    criteria: tuple[Criterion, ...]
    categories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    edition: str = ""
    clause: str = ""
    note_en: str = ""
    note_zh: str = ""
    historical: bool = False
    fixed_order: bool = False
    decision: str = "simple"
    rounding: str = "none"
    decimals: int = 0

    def title(self, language: Language) -> str:
        """Return what the plan is called in one language."""
        return self.title_zh if language == "zh" else self.title_en

    def note(self, language: Language) -> str:
        """Return what must be known before using the plan, in one language."""
        return self.note_zh if language == "zh" else self.note_en

    @property
    def length(self) -> int:
        """Number of measurements of the series; 0 for a plan of stations only."""
        return max((step.last for step in self.steps), default=0)

    @cached_property
    def digest(self) -> str:
        """The identity of the plan: SHA-256 of its canonical JSON."""
        return digest_of(self.to_json())

    def to_json(self) -> dict[str, JSON]:
        """Return the whole plan as plain JSON; decimals as text."""
        return _plain(self)  # type: ignore[return-value]

    def criterion(self, name: str) -> Criterion:
        """Return one criterion.

        Raises
        ------
        NotFound
            If the plan has none of that name.
        """
        for criterion in self.criteria:
            if criterion.id == name:
                return criterion
        known = ", ".join(criterion.id for criterion in self.criteria)
        raise NotFound(Message("conformity.plan.no_criterion", plan=self.id, name=name, known=known))

    def step_of(self, number: int) -> Step:
        """Return the step that yields a measurement."""
        return next(step for step in self.steps if step.first <= number <= step.last)

    def with_limits(self, limits: Mapping[str, Limits]) -> "Plan":
        """Return the plan with limits that a user typed; each is marked as entered, and the digest changes.

        Parameters
        ----------
        limits : mapping of criterion to Limits

        Raises
        ------
        NotFound
            If a criterion is unknown.
        """
        for name in limits:
            self.criterion(name)
        criteria = tuple(
            replace(one, limits={"*": limits[one.id]}, entered=True, verified=False, source="entered by the user", grade="none")
            if one.id in limits
            else one
            for one in self.criteria
        )
        return replace(self, criteria=criteria)

    def choose(
        self, *, category: str | None = None, decision: str | None = None, parameters: Mapping[str, str] | None = None
    ) -> "Protocol":
        """Fix the choices that a plan leaves open.

        Parameters
        ----------
        category : str, optional
            May be left out when the plan has one at most.
        decision : str, optional
            One of `RULES`; the plan's own by default.
        parameters : mapping of str to str, optional
            Choices by the plan's parameter names, e.g. ``{"sign_d": "horizontal minus vertical"}``.

        Raises
        ------
        ConfigError
            If a choice is missing or unknown.
        """
        chosen = {name: parameter.default for name, parameter in self.parameters.items()} | dict(parameters or {})
        for name, value in chosen.items():
            known = self.parameters[name].values if name in self.parameters else ()
            if value not in known:
                raise ConfigError(
                    Message("conformity.plan.choice", plan=self.id, name=name, value=value, known=", ".join(known))
                )
        if category is None and len(self.categories) <= 1:
            category = next(iter(self.categories), "*")
        known_categories = ", ".join(self.categories)
        if category is None:
            raise ConfigError(Message("conformity.plan.which_category", plan=self.id, known=known_categories))
        if self.categories and category not in self.categories:
            raise ConfigError(Message("conformity.plan.category", plan=self.id, got=category, known=known_categories))
        if decision is not None and decision not in RULES:
            raise ConfigError(Message("conformity.plan.rule", rule=decision, known=", ".join(RULES)))
        return Protocol(self, category, decision or self.decision, chosen)


@dataclass(frozen=True)
class Protocol:
    """A plan with all its choices made: what a verdict and a certificate refer to."""

    plan: Plan
    category: str
    decision: str
    parameters: Mapping[str, str]

    def limits(self, criterion: Criterion) -> Limits:
        """Return the limits in force for a criterion."""
        return criterion.limits_for(self.category)

    def formula(self, criterion: Criterion) -> Formula:
        """Return the exact formula of a criterion of the series."""
        chosen = dict(criterion.parameters)
        for name, value in self.parameters.items():
            by = chosen.pop(f"by_{name}", None)
            if isinstance(by, Mapping):
                chosen |= by[value]
        return series_formula(criterion.formula, chosen, length=self.plan.length)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria that concern the category."""
        return tuple(one for one in self.plan.criteria if one.applies(self.category))

    @property
    def series_criteria(self) -> tuple[Criterion, ...]:
        """Those that follow from the series of rates."""
        return tuple(one for one in self.criteria if one.in_series)

    @property
    def station_criteria(self) -> tuple[Criterion, ...]:
        """Those that stations measure or count."""
        return tuple(one for one in self.criteria if not one.in_series)

    def flags(self) -> tuple[Message, ...]:
        """Return what every report on this protocol must say about how its limits are known."""
        plan = self.plan
        found = [Message("conformity.flag.historical", plan=plan.id)] if plan.historical else []
        if not plan.verified:
            found.append(Message("conformity.flag.unverified_plan", plan=plan.id, grade=plan.grade))
        for one in self.criteria:
            limits = self.limits(one)
            if one.entered:
                found.append(Message("conformity.flag.entered", name=one.id))
            elif limits.low is None and limits.high is None:
                found.append(Message("conformity.flag.no_limit", name=one.id, note=one.note or "—"))
            elif not one.verified:
                found.append(Message("conformity.flag.unverified_limit", name=one.id, grade=one.grade))
        for name, value in self.parameters.items():
            chinese = plan.parameters[name].in_chinese(value)
            found.append(Message("conformity.flag.choice", name=name, value=value, chinese=chinese))
        return tuple(found)

    def to_json(self) -> dict[str, JSON]:
        """Return the choices with the digest of the plan, as a certificate carries them."""
        return {
            "plan": self.plan.id,
            "version": self.plan.version,
            "standard": self.plan.standard,
            "digest": self.plan.digest,
            "category": self.category,
            "decision": self.decision,
            "rounding": self.plan.rounding,
            "parameters": dict(self.parameters),
        }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _plain(value: object) -> JSON:
    if isinstance(value, Plan | Step | Criterion | Measurand | Parameter):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Limits):
        return value.to_json()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value  # type: ignore[return-value]
