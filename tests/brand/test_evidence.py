# SPDX-License-Identifier: Apache-2.0
"""Evidence: indicators from records equal what a hand would count, and too few records are no evidence."""

from collections.abc import Mapping

import numpy as np
import pytest

from sichen.brand import belongs, evidence_rules, gather, indicator_set
from sichen.core import JSON, Duration, Instant, Record

START = Instant.parse("2025-01-01T00:00:00Z")
DAY = Duration.of_seconds(86400.0)


def record(kind: str, watch: str, body: Mapping[str, JSON], *, day: int = 0, brand: bool = False) -> Record:
    subject = f"brand:{watch}" if brand else f"watch:{watch}"
    return Record(kind, subject, body, kind, "1", START + DAY * day)


def verdict(watch: str, said: str, *, plan: str = "iso3159", day: int = 0) -> Record:
    return record("conformity.verdict", watch, {"verdict": said, "protocol": {"plan": plan}}, day=day)


def found(records: list[Record], indicator: str) -> tuple[float, float, tuple[str, ...]] | None:
    one = next(one for one in gather(records, brand="S", watches=["S-*"]) if one.indicator == indicator)
    return None if one.observed is None else (one.observed.value, one.observed.u, one.observed.records)


def test_the_share_of_accepted_watches_counts_the_last_verdict_of_each() -> None:
    records = [verdict(f"S-{n}", "accept") for n in range(8)] + [verdict("S-8", "reject"), verdict("S-9", "undecided")]
    records += [verdict("S-8", "accept", day=3), verdict("Other-1", "reject"), verdict("S-7", "reject", day=-9)]
    shared = found(records, "conforming")
    assert shared is not None
    assert shared[0] == pytest.approx(90.0)
    assert shared[1] == pytest.approx(100 * np.sqrt(0.09 / 10))
    assert len(shared[2]) == 10


def test_only_verdicts_of_the_chronometer_plan_make_a_chronometer() -> None:
    records = [verdict(f"S-{n}", "accept" if n < 2 else "reject") for n in range(4)]
    records += [verdict(f"S-{n}", "accept", plan="qbt1249-2013") for n in range(10, 30)]
    share = found(records, "chronometer")
    assert share is not None
    assert share[0] == pytest.approx(50.0)


def test_the_spread_between_watches_is_freed_of_the_noise_of_the_bench() -> None:
    """40 watches scatter by 4 s/d, each read once with u = 3 s/d: the spread found is 4, not 5."""
    generator = np.random.default_rng(1)
    spreads = []
    for _ in range(40):
        rates = 4 * generator.standard_normal(40) + 3 * generator.standard_normal(40)
        rows = [
            record(
                "bench.reading", f"S-{n}", {"rate": {"value": float(rate), "u": 3.0, "unit": "s/d"}, "beats_per_hour": 28800}
            )
            for n, rate in enumerate(rates)
        ]
        rows.append(
            record("bench.reading", "S-x", {"rate": {"value": 400.0, "u": 3.0, "unit": "s/d"}, "beats_per_hour": 18000})
        )
        one = found(rows, "rate_spread")
        assert one is not None
        spreads.append(one[0])
    assert np.mean(spreads) == pytest.approx(4.0, abs=0.35)


def test_passports_cover_watches_and_repairs_are_counted_by_year() -> None:
    passports = [record("trace.passport", f"S-{n}", {}) for n in range(20)]
    readings = [record("bench.reading", f"S-{n}", {}) for n in range(25)]
    repairs = [
        record("trace.service", f"S-{n}", {"reason": "warranty" if n < 2 else "wear", "days": 5 + n, "again": n == 0}, day=365)
        for n in range(6)
    ]
    sales = [record("trace.sale", f"S-{n}", {}) for n in range(20)]
    records = passports + readings + sales + repairs
    covered, returned, days, success = (
        found(records, name) for name in ("traceable", "warranty_returns", "repair_time", "repair_success")
    )
    assert covered is not None
    assert returned is not None
    assert days is not None
    assert success is not None
    assert covered[0] == pytest.approx(80.0)
    assert returned[0] == pytest.approx(100 * 2 / 20, rel=0.01)
    assert days[0] == pytest.approx(7.5)
    assert success[0] == pytest.approx(100 * 5 / 6)


def test_a_survey_of_the_brand_speaks_for_it_and_the_latest_one_counts() -> None:
    def row(share: float, day: int) -> Record:
        return record("brand.survey", "S", {"unaided": {"value": share, "u": 0.01, "unit": "1"}}, day=day, brand=True)

    share = found([row(0.2, 9), row(0.1, 0)], "unaided_awareness")
    assert share is not None
    assert share[:2] == pytest.approx((20.0, 1.0))


def test_too_few_records_are_no_evidence_and_say_so() -> None:
    gathered = gather([verdict("S-1", "accept")], brand="S", watches=["S-*"])
    one = next(one for one in gathered if one.indicator == "conforming")
    assert one.observed is None
    assert one.reason is not None
    assert "3 are needed" in one.reason.text("en")


def test_the_order_of_records_does_not_matter() -> None:
    records = [verdict(f"S-{n}", "accept" if n % 3 else "reject", day=n) for n in range(9)]
    first, other = found(records, "conforming"), found(records[::-1], "conforming")
    assert first is not None
    assert other is not None
    assert first[:2] == other[:2]


def test_rules_and_indicators_name_each_other() -> None:
    indicators = indicator_set().indicators
    for name, rule in evidence_rules().items():
        assert rule.kind in indicators[name].evidence, name
    assert {name for name, one in indicators.items() if one.evidence} == set(evidence_rules())


def test_a_watch_belongs_by_its_name() -> None:
    assert belongs("watch:S-1", brand="S", watches=["S-*"])
    assert not belongs("watch:T-1", brand="S", watches=["S-*"])
    assert not belongs("clock:S-1", brand="S", watches=["S-*"])
    assert belongs("brand:S", brand="S", watches=[])
