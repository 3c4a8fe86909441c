# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from sichen.conformity import Batch, judge, plan, plans
from sichen.conformity import laboratory as lab
from sichen.conformity.certificate import Item, Party
from sichen.core import DataError, Duration, Instant, Record, TooFewSamples

DAY = Duration.of_seconds(86_400)
START = Instant.parse("2026-11-01T08:00:00Z")
CUSTOMER = Party("Maker Ltd.", "某表厂")
WATCH = Item("A-1", "海鸥", state="as new")
TIMER = lab.Instrument("T-1", "state reader", "读数仪", "C-9", START, Instant.parse("2027-01-01T00:00:00Z"))
MAGNETIC = plan("iso764").choose(category="mechanical")


def who(name: str = "Li", after: int = 0) -> lab.Actor:
    return lab.Actor(name, Instant(START.ns + after * 10**9))


def case_at_the_stations() -> tuple[lab.Case, list[Record]]:
    """Make a case with one watch whose resistance to magnetism is to be tested."""
    steps = [lab.open_case("C-1", CUSTOMER, actor=who())]
    steps.append(lab.register_sample(steps[-1].case, WATCH, actor=who(after=1)))
    steps.append(lab.accept(steps[-1].case, [MAGNETIC], actor=who("Wang", 2)))
    steps.append(lab.begin(steps[-1].case, actor=who(after=3)))
    return steps[-1].case, [step.record for step in steps]


def test_a_watch_goes_from_the_front_desk_to_a_verdict_and_leaves_an_unbroken_trail() -> None:
    case, records = case_at_the_stations()
    for after, (quantity, text) in enumerate([("rate_before", "2.1"), ("stops", "0"), ("rate_after", "5.0")], 4):
        moved = lab.capture(case, "A-1", "iso764", quantity, text, instrument=TIMER, actor=who(after=after), u=0.2)
        case, records = moved.case, [*records, moved.record]
    finished = lab.finish(case, actor=who(after=9))
    closed = lab.close(finished.case, ["sha256:" + "0" * 64], actor=who(after=10))

    empty = Batch(("A-1",), np.zeros((1, 0), np.int64), 0, "daily_rate", np.zeros((1, 1)))
    [verdict] = judge(empty, MAGNETIC, stations=case.readings("iso764"))
    assert verdict.verdict == "accept"
    assert lab.check_trail([*records, finished.record, closed.record]) == ()


def test_a_trail_with_a_step_cut_out_or_exchanged_is_broken() -> None:
    _, records = case_at_the_stations()
    assert lab.check_trail([*records[:1], *records[2:]])
    assert lab.check_trail([records[0], replace(records[1], body={**records[1].body, "brand": "other"}), *records[2:]])
    assert lab.check_trail([records[0], replace(records[1], instant=Instant(0))])


def test_plans_of_one_case_are_run_in_an_order_that_spoils_nothing() -> None:
    opened = lab.open_case("C-1", CUSTOMER, actor=who()).case
    case = lab.register_sample(opened, WATCH, actor=who()).case
    chosen = [plan("iso22810").choose(), plan("iso3159").choose(category="1"), MAGNETIC]
    accepted = lab.accept(case, chosen, actor=who()).case

    assert [one.plan.id for one in accepted.protocols] == ["iso3159", "iso764", "iso22810"]
    first = lab.tasks(accepted)[0]
    assert (first.plan, first.step.position, len(first.quantities)) == ("iso3159", "6H", 15)


@pytest.mark.parametrize(
    ("quantity", "text", "complaint"),
    [
        ("rate_before", "two", "plausible"),
        ("rate_before", "2100", "plausible"),
        ("weight", "2.1", "tasks"),
    ],
)
def test_a_slip_of_the_finger_is_caught_before_it_is_kept(quantity: str, text: str, complaint: str) -> None:
    case, _ = case_at_the_stations()
    with pytest.raises(DataError, match=complaint):
        lab.capture(case, "A-1", "iso764", quantity, text, instrument=TIMER, actor=who(), bounds=(Decimal(-200), Decimal(200)))


def test_an_expired_or_withdrawn_instrument_captures_nothing() -> None:
    case, _ = case_at_the_stations()
    late = lab.Actor("Li", Instant.parse("2027-02-01T00:00:00Z"))
    with pytest.raises(DataError, match="2027-01-01"):
        lab.capture(case, "A-1", "iso764", "rate_before", "0", instrument=TIMER, actor=late)
    with pytest.raises(DataError, match="out of use"):
        lab.capture(case, "A-1", "iso764", "rate_before", "0", instrument=replace(TIMER, withdrawn=True), actor=who())
    assert lab.validities([TIMER, replace(TIMER, id="T-2", withdrawn=True)])["T-2"] < START


def test_a_result_is_kept_once_and_repeated_only_with_a_reason() -> None:
    case, _ = case_at_the_stations()
    for quantity in ("rate_before", "stops", "rate_after"):
        case = lab.capture(case, "A-1", "iso764", quantity, "1", instrument=TIMER, actor=who()).case
    with pytest.raises(DataError, match="already"):
        lab.capture(case, "A-1", "iso764", "stops", "0", instrument=TIMER, actor=who())
    tested = lab.finish(case, actor=who()).case
    with pytest.raises(DataError, match="reason"):
        lab.reopen(tested, reason=" ", discard=[("A-1", "stops")], actor=who())
    again = lab.reopen(tested, reason="coil was off", discard=[("A-1", "stops")], actor=who()).case
    assert lab.tasks(again)[0].quantities == ("stops",)


def test_no_step_is_taken_out_of_turn() -> None:
    case, _ = case_at_the_stations()
    opened = lab.open_case("C-2", CUSTOMER, actor=who()).case
    with pytest.raises(DataError, match="rate_before"):
        lab.finish(case, actor=who())
    with pytest.raises(DataError, match="opened"):
        lab.begin(opened, actor=who())
    with pytest.raises(DataError, match="sample and a plan"):
        lab.accept(opened, [MAGNETIC], actor=who())
    with pytest.raises(DataError, match="testing"):
        lab.register_sample(case, replace(WATCH, serial="A-2"), actor=who())
    with pytest.raises(DataError, match="reason"):
        lab.decline(opened, reason="", actor=who())
    assert lab.decline(opened, reason="no chamber free", actor=who()).case.stage == "declined"


def test_a_sample_has_its_own_serial_and_a_state() -> None:
    opened = lab.open_case("C-1", CUSTOMER, actor=who()).case
    case = lab.register_sample(opened, replace(WATCH, photographs=("sha256:" + "2" * 64,)), actor=who())
    assert case.record.inputs[-1].role == "photograph"
    with pytest.raises(DataError, match="already"):
        lab.register_sample(case.case, WATCH, actor=who())
    with pytest.raises(DataError, match="state"):
        lab.register_sample(opened, replace(WATCH, state=""), actor=who())


def test_a_check_watch_tells_a_jump_and_a_shift() -> None:
    """Baseline σ = 0.1: a jump of 0.5 is beyond three; a shift of one σ shows after nine in a row at the latest."""
    rng = np.random.default_rng(3)
    chart = lab.check_chart(rng.normal(4.0, 0.1, 50).tolist())
    assert chart.sigma == pytest.approx(0.1, rel=0.25)  # 50 readings: moving ranges scatter by 12 %
    assert chart.limits[0] < 4.0 < chart.limits[1]
    assert [one.rule for one in lab.signals(chart, [4.0, 4.5, 4.0])] == ["beyond"]
    assert [(one.place, one.rule) for one in lab.signals(chart, [chart.centre + 0.05] * 10)] == [(8, "run")]
    assert lab.signals(chart, [chart.centre + side * 0.05 for side in (1, -1) * 10]) == ()


def test_a_chart_needs_a_baseline_that_scatters() -> None:
    with pytest.raises(TooFewSamples):
        lab.check_chart([1.0] * 9)
    with pytest.raises(DataError, match="scatter"):
        lab.check_chart([1.0] * 20)


def test_calibrations_that_end_soon_are_listed_most_urgent_first() -> None:
    later = replace(TIMER, id="T-2", valid_until=Instant.parse("2028-01-01T00:00:00Z"))
    gone = replace(TIMER, id="T-3", valid_until=Instant.parse("2026-06-01T00:00:00Z"))
    assert [one.id for one in lab.due([TIMER, later, gone], now=START, ahead=DAY * 90)] == ["T-3", "T-1"]


def log(hours: int, step: int = 1) -> list[lab.Surroundings]:
    return [
        lab.Surroundings(START + Duration.of_seconds(3600.0 * hour), 23.0 + 0.1 * hour, 50.0) for hour in range(0, hours, step)
    ]


def test_the_log_gives_the_conditions_of_a_certificate_and_a_gap_refuses_them() -> None:
    hour = Duration.of_seconds(3600)
    temperature, humidity = lab.conditions(log(25), start=START, end=START + DAY, longest_gap=hour)
    assert (temperature.low, temperature.high, humidity.high) == (23.0, 25.4, 50.0)
    with pytest.raises(DataError, match="no reading"):
        lab.conditions(log(25, step=3), start=START, end=START + DAY, longest_gap=hour)
    with pytest.raises(DataError, match="no reading"):
        lab.conditions([], start=START, end=START + hour, longest_gap=DAY)


def test_a_chamber_that_leaves_its_tolerance_is_told() -> None:
    step = plan("iso3159").step_of(1)
    found = lab.excursions(log(25), step, start=START, end=START + DAY)
    assert len(found) == 14  # 24.1 °C and more, from the eleventh hour on
    assert "24.1" in found[0].message.text("en")
    assert lab.excursions(log(25), plan("iso764").steps[0], start=START, end=START + DAY) == ()


def test_work_that_went_wrong_is_followed_to_its_results_and_closed() -> None:
    case, _ = case_at_the_stations()
    case = lab.capture(case, "A-1", "iso764", "rate_before", "0", instrument=TIMER, actor=who()).case
    touched = lab.affected_by([case], instrument="T-1", since=START, until=START + DAY)
    assert touched == (lab.Affected("C-1", "A-1", "rate_before"),)
    assert lab.affected_by([case], instrument="T-9", since=START, until=START + DAY) == ()

    first = lab.keeping.report("N-1", "coil out of calibration", touched, actor=who())
    second = lab.keeping.evaluate(first.nonconformity, recall=True, finding="field 8 % low", actor=who("Wang", 1))
    third = lab.keeping.correct(second.nonconformity, action="recalibrated", actor=who(after=2))
    fourth = lab.keeping.close(third.nonconformity, check="check watch in limits", actor=who("Wang", 3))
    assert fourth.nonconformity.stage == "closed"
    assert lab.check_trail([first.record, second.record, third.record, fourth.record]) == ()
    with pytest.raises(DataError, match="closed"):
        lab.keeping.close(first.nonconformity, check="x", actor=who())
    with pytest.raises(DataError, match="reason"):
        lab.keeping.report("N-2", " ", [], actor=who())


def test_what_is_held_or_not_yet_due_is_not_disposed_of() -> None:
    leap = lab.Kept("case:1", Instant.parse("2020-02-29T00:00:00Z"), 6)
    held = replace(leap, subject="case:2", hold="complaint")
    young = lab.Kept("case:3", START, 6)
    assert leap.until.isoformat().startswith("2026-02-28")
    assert lab.disposable([leap, held, young], now=START) == (leap,)


def test_a_milder_plan_comes_before_a_harsher_one_and_within_a_plan_what_is_read_before_what_may_harm() -> None:
    opened = lab.open_case("C-1", CUSTOMER, actor=who()).case
    case = lab.register_sample(opened, WATCH, actor=who()).case
    accepted = lab.accept(case, [plan("iso22810").choose(), MAGNETIC], actor=who()).case
    testing = lab.begin(accepted, actor=who()).case
    assert lab.must_come_first(testing, "A-1", "iso22810", "air_leak") == "rate_before"
    assert lab.must_come_first(testing, "A-1", "iso764", "stops") == "rate_before"
    assert lab.must_come_first(testing, "A-1", "iso764", "rate_before") == ""
    with pytest.raises(DataError, match="rate_before first"):
        lab.capture(testing, "A-1", "iso22810", "air_leak", "3", instrument=TIMER, actor=who())


def test_a_result_set_aside_while_the_tests_run_waits_again() -> None:
    case, _ = case_at_the_stations()
    case = lab.capture(case, "A-1", "iso764", "rate_before", "1", instrument=TIMER, actor=who()).case
    again = lab.repeat(case, "A-1", "rate_before", reason="watch had slipped", actor=who()).case
    assert lab.tasks(again)[0].quantities[0] == "rate_before"
    for quantity, reason in (("stops", "x"), ("rate_before", " ")):
        with pytest.raises(DataError):
            lab.repeat(case, "A-1", quantity, reason=reason, actor=who())


def test_every_quantity_of_the_built_in_plans_is_known_with_its_station_and_bounds() -> None:
    for one in plans().values():
        protocol = one.choose(category=next(iter(one.categories), None))
        for name in lab.wanted(protocol):
            quantity = lab.quantity_of(protocol, name)
            assert quantity.station in lab.stations(), (one.id, name)
            assert quantity.low < quantity.high
            assert name.startswith("day ") or lab.name_of(name, "zh") != name
            assert lab.steps_for(protocol, name)


def test_the_rate_after_a_test_belongs_to_the_station_of_that_test() -> None:
    shock = plan("iso1413").choose(category="mechanical")
    assert lab.quantity_of(MAGNETIC, "rate_after").station == "magnetic"
    assert lab.quantity_of(shock, "rate_after").station == "shock"
    assert lab.quantity_of(plan("iso3159").choose(category="1"), "day 11").station == "chamber"


def test_a_quantity_of_a_laboratory_s_own_plan_is_bounded_by_its_unit() -> None:
    own = replace(
        plan("iso764"),
        criteria=tuple(replace(one, parameters={"quantity": "scratches"}) for one in plan("iso764").criteria if one.counted),
    )
    protocol = own.choose(category="mechanical")
    assert lab.bounds_of(protocol, "scratches") == (Decimal(0), Decimal(1000))
    assert lab.quantity_of(protocol, "scratches").station == "magnetic"


def test_a_humid_hour_is_one_episode_and_its_worst_value_is_told() -> None:
    room = lab.Place("room", "room", "检测室", (18.0, 28.0), (30.0, 60.0))
    wet = [replace(one, humidity=50.0 + 6 * max(0, 3 - abs(place - 5))) for place, one in enumerate(log(12))]
    [found] = lab.places.episodes(wet, room)
    assert (found.quantity, found.worst, (found.last.at - found.first.at).seconds) == ("humidity", 68.0, 2 * 3600.0)


def test_what_is_no_step_of_the_laboratory_is_told_and_not_followed() -> None:
    _, records = case_at_the_stations()
    strange = replace(records[0], body={"stage": "opened", "person": "Li"})
    with pytest.raises(DataError, match="version"):
        lab.case_after(None, strange, plan_of=lambda _: plan("iso764"))
    first = lab.case_after(None, records[0], plan_of=lambda _: plan("iso764"))
    with pytest.raises(DataError):
        lab.case_after(first, records[2], plan_of=lambda _: plan("iso764"))
    for after in (lab.apparatus_after, lab.place_after, lab.retained_after, lab.keeping.nonconformity_after):
        with pytest.raises(DataError, match="version"):
            after(None, strange)


@pytest.mark.parametrize("years", [0, 101])
def test_a_time_to_keep_something_is_counted_in_years(years: int) -> None:
    with pytest.raises(DataError, match="years"):
        lab.retention.shelve("box 7", years=years, actor=who())


def test_what_went_is_not_held_or_disposed_of_again() -> None:
    begun = lab.retention.shelve("box 7", years=1, actor=who()).retained
    later = lab.Actor("Li", Instant.parse("2028-01-01T00:00:00Z"))
    with pytest.raises(DataError, match="reason"):
        lab.retention.dispose(begun, how=" ", actor=later)
    gone = lab.retention.dispose(begun, how="recycled", actor=later).retained
    assert not lab.retention.overdue(gone, now=later.at)
    with pytest.raises(DataError, match="not here"):
        lab.retention.dispose(gone, how="x", actor=later)
    with pytest.raises(DataError, match="not here"):
        lab.retention.hold(gone, reason="x", actor=later)
