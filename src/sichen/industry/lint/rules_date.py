# SPDX-License-Identifier: Apache-2.0
"""Dates: a period that exists, and a page that was not written before it began."""

import re
from collections.abc import Iterator, Sequence

from sichen.industry.lint.facts import Fact
from sichen.industry.lint.findings import Finding, finding
from sichen.industry.periods import YEAR
from sichen.industry.registry import Registry

_DATED = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/_]?(0[1-9]|1[0-2])[-/_]?(?:[0-3]\d)?(?=[/._\-]|$|t\d)")


def dates(facts: Sequence[Fact]) -> Iterator[Finding]:
    """A page cannot report what begins after it was written."""
    for fact in facts:
        match = _DATED.search(fact.seen.source)
        if match is None:
            continue
        written = int(match.group(1)) * YEAR + int(match.group(2))
        if written <= fact.seen.period.start:
            yield finding(
                "dates", "before", fact.row, written="-".join(match.groups()), period=fact.seen.period.text, stated=fact.says()
            )


def unreadable(registry: Registry) -> Iterator[Finding]:
    """Report the rows whose period does not exist, and shares beyond the whole."""
    for refusal in registry.refusals:
        rule = {"industry.period.unreadable": "dates", "industry.registry.beyond": "share"}.get(refusal.message.key)
        if rule is not None:
            yield Finding((refusal.row,), rule, refusal.message)
