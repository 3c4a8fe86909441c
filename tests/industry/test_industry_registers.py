# SPDX-License-Identifier: Apache-2.0
"""Registers: ages by hand, fractions that add up, draws anyone repeats, stable matchings, credit without secrets."""

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, NotFound
from sichen.industry import read_table
from sichen.industry.registers import bodies, credit, matching, measures, patents, people, standards_age
from sichen.industry.survival import kaplan_meier


def test_a_survival_curve_is_that_of_the_textbook() -> None:
    """Freireich et al. (1963), 21 patients on 6-MP, in weeks; the curve of the standard textbooks."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = kaplan_meier([*ended, *censored], [True] * len(ended) + [False] * len(censored))

    assert [round(left, 4) for left in found.survival] == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert (found.median, found.count, found.censored) == (23, 21, 12)


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=40))
def test_a_survival_curve_only_falls_and_lies_within_its_bounds(rows: list[tuple[int, bool]]) -> None:
    found = kaplan_meier([time for time, _ in rows], [met for _, met in rows])

    assert list(found.survival) == sorted(found.survival, reverse=True)
    assert all(low <= left <= high for low, left, high in zip(found.lower, found.survival, found.upper, strict=True))


def test_ages_of_a_register_kept_by_hand() -> None:
    text = (
        "number\tyear\tstatus\treplaces\tequivalent\n"
        "GB/T 4028-2013\t2013\tin force\tGB/T 4028-1994\tISO 3158:1976\n"
        "GB/T 26716-2023\t2023\tin force\tGB/T 26716-2011\tISO 764:2020\n"
        "QB/T 4054\t\tin force\t\t\n"
        "GB/T 1-2020\tMarch 13\tin force\t\t\n"
    )
    editions, unknown, refusals = standards_age.read_editions(read_table(text, aliases=standards_age.ALIASES))
    found = standards_age.standards_age(editions, year=2026, unknown=unknown, refusals=refusals)

    assert (found.mean, found.median, found.over_5, found.over_10) == (8, 8, 0.5, 0.5)
    assert found.survival.median == 19
    assert dict((number, lag) for number, _, lag in found.lags) == {"GB/T 4028-2013": 37, "GB/T 26716-2023": 3}
    assert found.unknown == ("QB/T 4054",)
    assert [(one.row, one.column) for one in found.refusals] == [(4, "year")]


def test_the_register_of_conformity_has_ages_and_lags() -> None:
    editions, unknown = standards_age.register_editions()
    found = standards_age.standards_age(editions, year=2026, unknown=unknown)

    assert len(found.ages) > 50
    assert dict((number, lag) for number, _, lag in found.lags)["GB/T 4032-2013"] == 4
    assert found.survival.censored > 0
    assert found.survival.median is not None


def test_looking_back_from_an_earlier_year_makes_the_same_editions_younger() -> None:
    editions, _ = standards_age.register_editions()
    ages = {number: age for number, age, _ in standards_age.standards_age(editions, year=2024).ages}

    assert all(
        age == ages[number] + 2 for number, age, _ in standards_age.standards_age(editions, year=2026).ages if number in ages
    )


def test_the_supplied_list_of_standards_is_read(shared: Path) -> None:
    table = read_table((shared / "conformity/standards.tsv").read_text(encoding="utf-8"), aliases=standards_age.ALIASES)
    editions, unknown, refusals = standards_age.read_editions(table)
    found = standards_age.standards_age(editions, year=2026, unknown=unknown, refusals=refusals)

    assert len(found.ages) + len(found.unknown) + len(found.refusals) >= 55


PATENTS = (
    "family,document,applicant,ipc,cpc\n"
    "1,EP1,ETA SA,G04B 17/06; G04B 1/00,G04B 17/066; G04D 3/00\n1,CH1,Eta S.A.,G04B 17/06,G04B 17/06\n"
    "2,EP2,ETA SA; Omega SA,G04B 5/00; G04C 3/00,G04C 3/00\n3,EP3,Casio Computer Co. Ltd.,H04W 4/00,G04G 21/00\n4,EP4,,G04B 1/00,G04B 1/00\n"
)


def test_families_count_once_and_in_fractions_under_a_named_classification() -> None:
    table = read_table(PATENTS, aliases=patents.ALIASES)
    ipc, cpc = (patents.landscape(table, scheme=scheme) for scheme in ("ipc", "cpc"))

    assert (ipc.families, cpc.families) == (2, 3)
    assert ipc.classes == {"G04B": 1.5, "G04C": 0.5}
    assert ipc.applicants == {"eta": 1.5, "omega": 0.5}
    assert ipc.merged["eta"] == ("ETA SA", "Eta S.A.")
    assert sum(cpc.classes.values()) == pytest.approx(sum(cpc.applicants.values())) == pytest.approx(3)
    assert [(one.row, one.column) for one in ipc.refusals] == [(5, "applicant")]
    with pytest.raises(DataError, match="ipc or cpc"):
        patents.landscape(table)


def experts(count: int) -> list[people.Person]:
    return [
        people.Person(f"E{k:03d}", f"n{k}", employer=f"firm {k % 5}", skills=("watches",), consent=True) for k in range(count)
    ]


@given(st.text(min_size=1, max_size=20).filter(str.strip), st.integers(1, 8))
def test_a_draw_is_repeated_by_anyone_and_does_not_depend_on_the_order_of_the_list(seed: str, count: int) -> None:
    draw = people.draw_experts(experts(20), seed=seed, count=count, date="2026-01-01")

    assert draw == people.draw_experts(experts(20)[::-1], seed=seed, count=count, date="2026-01-01")
    assert people.verify_draw(draw)
    by_hand = sorted(draw.pool, key=lambda who: hashlib.sha256(f"{seed}\n{who}".encode()).hexdigest())
    assert list(draw.drawn) == by_hand[:count]


def test_every_expert_is_drawn_equally_often() -> None:
    """3 of 12 in 2 000 draws: each 500 times, within four standard deviations (19.4 each) of a fair lot."""
    pool = experts(12)
    drawn = Counter(
        who for seed in range(2000) for who in people.draw_experts(pool, seed=f"s{seed}", count=3, date="2026-01-01").drawn
    )

    assert all(abs(drawn[one.identifier] - 500) < 4 * 19.4 for one in pool)


def test_conflict_consent_validity_and_skill_keep_people_out_with_the_reason() -> None:
    pool = [
        *experts(6),
        people.Person("X1", "a", consent=False),
        people.Person("X2", "b", consent=True, skills=("watches",), valid_until="2025-12-31"),
        people.Person("X3", "c", consent=True, skills=("clocks",)),
        people.Person("X4", "d", consent=True, skills=("watches",), conflicts=("Firm 9",)),
    ]
    draw = people.draw_experts(pool, seed="s", count=2, date="2026-01-01", skill="Watches", about=["firm 1", "firm 9"])

    assert {who for who, _ in draw.left_out} == {"E001", "X1", "X2", "X3", "X4"}
    with pytest.raises(DataError, match="only 5"):
        people.draw_experts(pool, seed="s", count=6, date="2026-01-01", skill="watches", about=["firm 1", "firm 9"])


def test_a_forged_draw_is_seen() -> None:
    draw = people.draw_experts(experts(10), seed="s", count=2, date="2026-01-01")
    other = next(who for who in draw.pool if who not in draw.drawn)

    assert not people.verify_draw(people.Draw(draw.seed, draw.pool, draw.pool_digest, (other, draw.drawn[1]), ()))


@st.composite
def fairs(draw: st.DrawFn) -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, int]]:
    buyers = [f"b{k}" for k in range(draw(st.integers(1, 7)))]
    stands = [f"s{k}" for k in range(draw(st.integers(1, 5)))]
    wishes = {who: draw(st.lists(st.sampled_from(stands), unique=True)) for who in buyers}
    liked = {who: draw(st.lists(st.sampled_from(buyers), unique=True)) for who in stands}
    return wishes, liked, {who: draw(st.integers(0, 3)) for who in stands}


@given(fairs())
def test_no_two_would_rather_meet_each_other(fair: tuple[dict[str, list[str]], dict[str, list[str]], dict[str, int]]) -> None:
    buyers, stands, places = fair
    found = matching.match(buyers, stands, places=places)

    assert matching.blocking_pairs(found, buyers, stands, places=places) == ()
    held = Counter(stand for _, stand in found.pairs)
    assert all(held[stand] <= places[stand] for stand in stands)
    assert all(stand in buyers[buyer] and buyer in stands[stand] for buyer, stand in found.pairs)
    assert {buyer for buyer, _ in found.pairs} | set(found.unmatched) == set(buyers)


@given(fairs(), st.randoms())
def test_the_same_exhibitors_fill_their_places_whatever_the_order(
    fair: tuple[dict[str, list[str]], dict[str, list[str]], dict[str, int]], dice: object
) -> None:
    """The best stable matching for buyers is one only: the order in which they ask does not matter."""
    buyers, stands, places = fair
    turned = dict(reversed(buyers.items()))

    assert matching.match(buyers, stands, places=places) == matching.match(turned, stands, places=places)


def test_an_unsound_matching_has_a_blocking_pair() -> None:
    buyers, stands = {"a": ["X", "Y"], "b": ["X", "Y"]}, {"X": ["a", "b"], "Y": ["a", "b"]}
    bad = matching.Matching((("a", "Y"), ("b", "X")), ())

    assert matching.blocking_pairs(bad, buyers, stands) == (("a", "X"),)


def test_a_credit_record_is_a_sum_that_anyone_checks_and_every_entry_ends() -> None:
    bad = credit.Entry("spot_check", "2024-03-01", "case leaks", "bulletin 3/2024")
    good = credit.Entry("standards_work", "2023-01-10", "GB/T 1", "preface")
    found = credit.credit_record("X", [bad, good], date="2025-01-01")

    assert found.points == sum(one.points for one in found.lines if one.counts) == -10
    assert credit.credit_record("X", [bad, good], date="2026-03-01").points == 0
    assert all(one.expires > one.entry.date for one in found.lines)


def test_an_appeal_suspends_an_entry_and_its_decision_is_final() -> None:
    entry = credit.Entry("spot_check", "2024-03-01", "case leaks", "bulletin 3/2024")
    open_one = credit.appealed(entry, note="wrong sample")

    points = {one.state: credit.credit_record("X", [one], date="2024-06-01").points for one in (
        entry, open_one, credit.decided(open_one, upheld=True, note="n"), credit.decided(open_one, upheld=False, note="n"), credit.repaired(entry, note="recall done"),
    )}  # fmt: skip
    assert points == {"standing": -20, "appealed": 0, "upheld": -20, "struck": 0, "repaired": 0}
    with pytest.raises(DataError):
        credit.decided(entry, upheld=True, note="n")


def test_hidden_rules_unsourced_entries_and_repairs_that_no_rule_allows_are_refused() -> None:
    with pytest.raises(NotFound):
        credit.credit_record("X", [credit.Entry("feeling", "2024-01-01", "r", "s")], date="2024-02-01")
    with pytest.raises(DataError, match="no source"):
        credit.credit_record("X", [credit.Entry("spot_check", "2024-01-01", "r", "")], date="2024-02-01")
    with pytest.raises(DataError, match="no repair"):
        credit.repaired(credit.Entry("counterfeit", "2024-01-01", "r", "s"), note="sorry")


def test_every_measure_of_the_policy_text_is_in_the_register_with_its_clause(shared: Path) -> None:
    """Part III counts its measures (一是, 二是 …); in part IV every sentence that asks for something is one."""
    text = (shared.parent / "policy/guiding-opinions-draft.zh.txt").read_text(encoding="utf-8")
    body = re.split(r"三、主要任务", text)[1]
    tasks, rest = re.split(r"四、政策措施", body)
    steps, ending = re.split(r"五、组织实施", rest)
    parts = {"III": tasks, "IV": steps}
    listed = measures.policy_measures()

    for part, words in parts.items():
        sections = re.split(r"[（(][一二三四五六七][）)]", words)[1:]
        assert len(sections) == 7
        for number, section in enumerate(sections, 1):
            own = [one for one in listed if one.clause.startswith(f"{part}.{number}.")]
            assert all(one.words in section for one in own), (part, number)
            assert [section.index(one.words) for one in own] == sorted(section.index(one.words) for one in own)
            if part == "III":
                assert len(own) == len(re.findall(r"[一二三四五六]是", section))
            else:
                unsaid = [
                    line
                    for line in re.split(r"[。\n]", section)[1:]
                    if line.strip() and not any(one.words in line for one in own)
                ]
                assert unsaid == []
    assert all(one.words in ending for one in listed if one.clause.startswith("V."))


def test_a_measure_is_done_only_with_evidence() -> None:
    table = read_table("clause,status,evidence\nIII.4.5,done,contract 7\nIII.4.4,done,\nIX.1,begun,x\nIII.4.3,soon,x\n")
    found, refusals = measures.with_evidence(table)

    assert measures.progress(found)["done"] == 1
    assert [(one.row, one.column) for one in refusals] == [(2, "evidence"), (3, "clause"), (4, "status")]


def test_bodies_need_a_kind_and_a_source() -> None:
    table = read_table("kind,name,place,source\nmuseum,M,Beijing,page\nzoo,Z,,page\nfair,F,Shenzhen,\n")
    found, refusals = bodies.read_bodies(table)

    assert [one.name for one in found] == ["M"]
    assert [(one.row, one.column) for one in refusals] == [(2, "kind"), (3, "source")]
