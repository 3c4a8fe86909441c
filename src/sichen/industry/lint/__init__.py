# SPDX-License-Identifier: Apache-2.0
"""The statistics linter: published figures that contradict each other, with the arithmetic that shows it."""

from sichen.industry.lint.facts import facts as facts_of
from sichen.industry.lint.findings import RULES, Finding
from sichen.industry.lint.rules_date import dates, unreadable
from sichen.industry.lint.rules_growth import growth, growth_of_sum, jumps, stated_change
from sichen.industry.lint.rules_level import derived, parts_of_years, said_twice, sums, unit_values
from sichen.industry.lint.rules_share import shares
from sichen.industry.lint.rules_whole import balances, margins, parts_in_time, some_of_all
from sichen.industry.registry import Registry

__all__ = ["RULES", "Finding", "lint"]

_RULES = (
    sums, parts_of_years, parts_in_time, balances, some_of_all, growth, stated_change, growth_of_sum, unit_values, shares, margins,
    said_twice, derived, jumps, dates,
)  # fmt: skip


def lint(registry: Registry) -> tuple[Finding, ...]:
    """Find figures that cannot all be true.

    Parameters
    ----------
    registry : Registry
        Marks of doubt in its grades are not looked at; notes are read for numbers, not for judgements.

    Returns
    -------
    tuple of Finding
        By rows; one for each set of rows and rule.

    Notes
    -----
    Every written number stands for all values that round to it, and wording such as "more than" opens it further; a
    finding is made only where no choice of such values agrees.
    """
    rows = facts_of(registry)
    found = [one for rule in _RULES for one in rule(rows)] + list(unreadable(registry))
    unique = {(one.rows, one.rule): one for one in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda one: (one.rows, RULES.index(one.rule))))
