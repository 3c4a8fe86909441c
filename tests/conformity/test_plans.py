# SPDX-License-Identifier: Apache-2.0
from decimal import Decimal
from importlib import resources

import pytest

from sichen.conformity import Limits, in_order, plan, plans, read_plan, standard
from sichen.core import ConfigError, NotFound, is_digest

TEXT = resources.files("sichen.conformity").joinpath("data/plans/iso764.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(plans()))
def test_a_plan_stands_on_a_standard_of_the_register_and_gives_a_source_for_every_limit(name: str) -> None:
    one = plan(name)

    assert standard(one.standard)
    assert is_digest(one.digest)
    for criterion in one.criteria:
        assert criterion.source, criterion.id
        assert criterion.verified == (criterion.grade == "A"), criterion.id
        assert criterion.title("zh"), criterion.id
        assert set(criterion.limits) <= {*one.categories, "*"}, criterion.id
    assert one.title("en") != one.title("zh")


def test_the_issue_gets_the_plans_it_asks_for() -> None:
    wanted = {
        "iso3159",
        "cosc-quartz",
        "iso764",
        "iso1413",
        "iso22810",
        "iso6425",
        "clock-system",
        "qbt1903-1993",
        "qbt1904-1993",
    }
    assert wanted | {"metas", "fleurier", "geneva", "patek-2009"} <= set(plans())


def test_the_programme_of_iso_3159_is_fifteen_days_in_five_positions_at_three_temperatures() -> None:
    one = plan("iso3159")

    positions = [one.step_of(day).position for day in range(1, 16)]
    assert positions == ["6H", "6H", "3H", "3H", "9H", "9H", "FH", "FH", "CH", "CH", "CH", "CH", "CH", "6H", "6H"]
    assert [int(one.step_of(day).temperature or 0) for day in (10, 11, 12, 13, 14)] == [23, 8, 23, 38, 23]


def test_limits_are_exact_decimals() -> None:
    assert plan("iso3159").criterion("thermal_variation").limits_for("2") == Limits(Decimal("-0.7"), Decimal("0.7"))


def test_the_digest_changes_with_a_single_limit() -> None:
    assert read_plan(TEXT).digest == plan("iso764").digest
    assert read_plan(TEXT.replace('"30"', '"31"')).digest != plan("iso764").digest


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('version = "1"', 'version = "1"\ncolour = "red"', "colour"),
        ('severity = "look"', 'severity = "look"\nhammer = 3', "hammer"),
        ('limits."quartz" = { low = ', 'limits."quartz" = { mid = "0", low = ', "mid"),
        ('low = "-30", high = "30"', 'low = "30", high = "-30"', "reversed"),
        ('formula = "change"', 'formula = "magic"', "magic"),
        ('version = "1"', "", "version"),
        ('severity = "look"', 'severity = "destructive"', "spoil"),
        ('position = "CH"', 'position = "UP"', "UP"),
        ('unit = "s/d"\nformula', 'unit = "furlong"\nformula', "furlong"),
        ("[measurand]", "[measurand", "TOML"),
        ('source = "text of the 2002', 'source = ""\n#', "source"),
    ],
)
def test_a_faulty_plan_is_refused_by_name(old: str, new: str, complaint: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError, match=complaint):
        read_plan(TEXT.replace(old, new))


def test_a_spread_takes_no_lower_limit() -> None:
    text = resources.files("sichen.conformity").joinpath("data/plans/iso3159.toml").read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="greatest_variation"):
        read_plan(text.replace('limits.1 = { high = "5" }', 'limits.1 = { low = "0", high = "5" }'))


def test_plans_for_one_watch_are_put_in_an_order_that_spoils_nothing() -> None:
    chosen = [plan(name) for name in ("iso22810", "iso1413", "iso3159", "iso764")]
    assert [one.id for one in in_order(chosen)] == ["iso3159", "iso764", "iso1413", "iso22810"]


def test_the_divers_standard_keeps_its_own_order() -> None:
    assert plan("iso6425").fixed_order


def test_a_plan_may_be_like_another_and_say_only_what_differs() -> None:
    own = read_plan('id = "house"\nlike = "iso3159"\nversion = "2"\ndecision = "guard_band"\n')
    assert own.criteria == plan("iso3159").criteria
    assert (own.id, own.decision, own.digest != plan("iso3159").digest) == ("house", "guard_band", True)
    assert plan("besancon").steps == plan("iso3159").steps
    with pytest.raises(ConfigError, match="iso9999"):
        read_plan('like = "iso9999"')


def test_another_plan_than_the_certificate_names_is_refused() -> None:
    assert read_plan(TEXT, digest=plan("iso764").digest).id == "iso764"
    with pytest.raises(ConfigError, match="another plan"):
        read_plan(TEXT, digest=plan("iso3159").digest)


def test_choices_that_a_plan_does_not_know_are_refused() -> None:
    with pytest.raises(ConfigError, match="category"):
        plan("iso3159").choose()
    with pytest.raises(ConfigError, match="category"):
        plan("iso3159").choose(category="3")
    with pytest.raises(ConfigError, match="sign_d"):
        plan("iso3159").choose(category="1", parameters={"sign_d": "whatever"})
    with pytest.raises(ConfigError, match="coin"):
        plan("iso3159").choose(category="1", decision="coin")
    with pytest.raises(NotFound, match="iso9999"):
        plan("iso9999")


def test_what_is_not_verified_is_flagged_on_every_report() -> None:
    said = {flag.key for flag in plan("metas").choose(category="large").flags()}
    assert "conformity.flag.no_limit" in said
    assert "conformity.flag.historical" in {flag.key for flag in plan("qbt1903-1993").choose(category="I-first").flags()}
    assert "conformity.flag.unverified_limit" in {flag.key for flag in plan("iso764").choose(category="quartz").flags()}
    assert [flag.text("en") for flag in plan("iso3159").choose(category="1").flags()] == [
        "chosen: sign_d = vertical minus horizontal (立位减平位)"
    ]


def test_a_limit_that_a_user_enters_is_marked_and_changes_the_digest() -> None:
    entered = plan("metas").with_limits({"position_spread": Limits(None, Decimal(12))})

    assert "conformity.flag.entered" in {flag.key for flag in entered.choose(category="large").flags()}
    assert entered.digest != plan("metas").digest
    with pytest.raises(ConfigError, match="reversed"):
        Limits(Decimal(6), Decimal(-4))


def test_a_criterion_of_another_category_does_not_ask_for_a_limit() -> None:
    slave = plan("clock-system").choose(category="slave")
    assert [one.id for one in slave.criteria] == ["daily_rate", "slave_offset"]
