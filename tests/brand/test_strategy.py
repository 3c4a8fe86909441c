# SPDX-License-Identifier: Apache-2.0
"""Strategy: completeness by published rules, nothing counts that lacks an essential part, wrong files are refused by place."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.adapters.sample_brands import sample_file
from sichen.brand import completeness, read_strategy, strategy_rules
from sichen.core import ConfigError

WHOLE = sample_file("strategy.toml").decode()
DAY = date(2026, 3, 2)
PARTS = ["segment", "position", "model", "channels", "plan", "budget", "kpis", "crisis", "review"]


def without(*parts: str) -> str:
    """Return the sample strategy without some of its parts."""
    kept, taking = [], True
    for line in WHOLE.splitlines():
        if line.startswith("["):
            taking = line.strip("[]").split(".")[0] not in parts
        kept += [line] if taking else []
    return "\n".join(kept)


def test_a_whole_strategy_is_complete_and_counts() -> None:
    found = completeness(read_strategy(WHOLE), on=DAY)
    assert found.share == 1.0
    assert found.counts
    assert list(found.parts()) == PARTS


@given(st.sets(st.sampled_from(PARTS)), st.sampled_from(PARTS))
def test_leaving_a_part_out_never_makes_a_strategy_more_complete(missing: set[str], one: str) -> None:
    less = completeness(read_strategy(without(*missing, one)), on=DAY)
    more = completeness(read_strategy(without(*missing)), on=DAY)
    assert less.share <= more.share


@pytest.mark.parametrize("part", [part for part in PARTS if part != "crisis"])
def test_without_an_essential_part_it_does_not_count(part: str) -> None:
    found = completeness(read_strategy(without(part)), on=DAY)
    assert not found.counts
    assert {rule.part for rule in found.lacking} == {part}


def test_below_the_threshold_it_does_not_count_even_with_every_essential_part() -> None:
    text = without("crisis").replace(
        'proofs = ["a certificate with every watch", "rate records of the last hundred watches, published"]', ""
    )
    text = (
        text.replace("share = 25.0", "share = 24.0")
        .replace('measure = "loyalty"', 'measure = "sales"')
        .replace("amount = 8.0", "amount = 7.0")
    )
    found = completeness(read_strategy(text), on=DAY)
    assert not found.lacking
    assert found.share < strategy_rules().threshold
    assert not found.counts


def test_a_review_that_has_passed_is_no_review() -> None:
    strategy = read_strategy(WHOLE)
    assert completeness(strategy, on=date(2026, 12, 15)).counts
    assert not completeness(strategy, on=date(2026, 12, 16)).counts


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("share = 25.0", "share = 125.0"), "[[channels]] 1 share: 125 lies outside 0 … 100"),
        (("total = 61.0", "total = -61.0"), "[budget] total: -61 lies outside"),
        (("amount = 38.0", 'amount = "much"'), "[[budget.items]] 1 amount: 'much' is not a number"),
        (('kind = "rural"', 'kind = "moon"'), "[[channels]] 4 kind: 'moon' is unknown"),
        (('kind = "rural"', 'kind = "chain"'), "the channel chain stands there already"),
        (('kind = "endorsed"', 'kind = "borrowed"'), "[model] kind: 'borrowed'"),
        (('due = "2026-09-30"', 'due = "soon"'), "[[plan.steps]] 1 due: 'soon' is no day"),
        (("who =", "whom ="), "[segment]: the key 'whom'"),
        (("[crisis]", "[[crisis]]"), "[[crisis]]"),
        (('name = "Sinan"', 'name = ""'), "name is missing"),
        (("[brand]", "[brand"), "is not a TOML file"),
    ],
)  # fmt: skip
def test_a_strategy_that_is_wrong_is_refused_by_its_place(change: tuple[str, str], says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_strategy(WHOLE.replace(*change, 1))
    assert says in str(refused.value)


def test_every_rule_looks_at_a_part_and_says_so_in_both_languages() -> None:
    rules = strategy_rules().rules
    assert {rule.part for rule in rules} == set(PARTS)
    assert all(rule.title("en") and rule.title("zh") != rule.title("en") and rule.points > 0 for rule in rules)
