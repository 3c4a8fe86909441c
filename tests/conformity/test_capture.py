# SPDX-License-Identifier: Apache-2.0
import pytest

from sichen.conformity import judge, judge_many, judge_table, plan, read_days, read_limits, read_stations
from sichen.core import ConfigError, DataError, Instant

PROTOCOL = plan("iso3159").choose(category="1")
NOW = Instant.parse("2026-11-23T12:00:00Z")
EXAMPLE = ["2.1", "2.5", "1.0", "0.6", "-0.4", "0.2", "4.1", "4.5", "3.9", "3.5", "0.2", "3.0", "5.9", "2.4", "2.6"]
POSITIONS = ["6H", "6H", "3H", "3H", "9H", "9H", "FH", "FH", "CH", "CH", "CH", "CH", "CH", "6H", "6H"]


def rates(watch: str = "A", **replaced: str) -> str:
    """Rows of one watch; day7="…" replaces the cell of day 7, an empty text drops the row."""
    rows = {f"day{day}": f"{watch},{day},{rate}" for day, rate in enumerate(EXAMPLE, 1)} | replaced
    return "".join(row + "\n" for row in rows.values() if row)


def read(body: str, heading: str = "watch,day,rate_s_per_d", **options: object) -> object:
    return read_days(f"{heading}\n{body}", PROTOCOL, now=NOW, **options)  # type: ignore[arg-type]


def keys(capture: object) -> list[str]:
    return [one.message.key.removeprefix("conformity.capture.") for one in capture.refusals]  # type: ignore[attr-defined]


def test_a_good_table_becomes_a_verdict() -> None:
    capture = read_days("watch,day,rate_s_per_d\n" + rates(), PROTOCOL, now=NOW)
    assert capture.refusals == ()
    assert capture.usual_u
    assert judge(capture.batch, PROTOCOL)[0].verdict == "accept"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_marks_and_blank_lines_do_not_matter(separator: str) -> None:
    text = "\ufeffWatch,Day,Rate_s_per_d\n\n# a remark\n" + rates()
    capture = read_days(text.replace(",", separator), PROTOCOL, now=NOW)
    assert capture.batch.rates[0, :3].tolist() == [21, 25, 10]


def test_states_need_the_state_at_the_start() -> None:
    states = "".join(f"A,{day},{day * 0.7:.1f}\n" for day in range(16))
    assert len(read_days("watch,day,state_s\n" + states, PROTOCOL, now=NOW).batch) == 1
    capture = read_days("watch,day,state_s\n" + states.removeprefix("A,0,0.0\n"), PROTOCOL, now=NOW)
    assert keys(capture) == ["missing_start"]


@pytest.mark.parametrize(
    ("body", "heading", "fault", "row"),
    [
        (rates(day7=""), "watch,day,rate_s_per_d", "missing_day", 15),
        (rates(day7="A,7,"), "watch,day,rate_s_per_d", "no_number", 8),
        (rates(day7="A,7,停"), "watch,day,rate_s_per_d", "no_number", 8),
        (rates(day7="A,7,nan"), "watch,day,rate_s_per_d", "no_number", 8),
        (rates(day7="A,77,1.0"), "watch,day,rate_s_per_d", "bad_day", 8),
        (rates(day7="A,7,4000"), "watch,day,rate_s_per_d", "stopped", 8),
        (rates() + "A,3,1.1\n", "watch,day,rate_s_per_d", "duplicate", 17),
        (rates(day3="A,3,1.0,,6H"), "watch,day,rate_s_per_d,u,position", "position", 4),
        (rates(day11="A,11,0.2,12"), "watch,day,rate_s_per_d,temperature", "temperature", 12),
        (rates(day3="A,3,1.0,ppm"), "watch,day,rate_s_per_d,unit", "unit", 4),
        (rates(day3="A,3,1.0,2027-01-01"), "watch,day,rate_s_per_d,date", "future", 4),
        (rates(day3="A,3,1.0,yesterday"), "watch,day,rate_s_per_d,date", "bad_date", 4),
        (rates(day3="A,3,1.0,2026-11-01,2026-10-31"), "watch,day,rate_s_per_d,date,instrument_valid_until", "expired", 4),
        (rates(day3="A,3,1.0,-0.1"), "watch,day,rate_s_per_d,u", "bad_u", 4),
        (rates(day3=",3,1.0"), "watch,day,rate_s_per_d", "no_watch", 4),
    ],
)
def test_bad_input_is_refused_with_its_row_and_the_good_watches_are_judged(
    body: str, heading: str, fault: str, row: int
) -> None:
    good = rates("B")
    capture = read_days(f"{heading}\n{body}{good}", PROTOCOL, now=NOW)

    assert fault in keys(capture)
    refusal = next(one for one in capture.refusals if one.message.key.endswith(fault))
    assert refusal.row == row
    assert capture.batch.watches == ("B",)
    assert refusal.message.text("zh") != refusal.message.text("en")
    assert judge_many(capture.batch, PROTOCOL).verdicts.tolist() == [0]


def test_the_rounding_of_a_spreadsheet_is_not_a_digit_of_the_watch() -> None:
    """Sums of doubles print as 6.000000000000001; the watch is on its limit, not beyond."""
    rows = "".join(f"A,{day},{rate}\n" for day, rate in enumerate(["6.000000000000001"] * 10 + ["1"] * 3 + ["6.0", "6"], 1))
    capture = read_days("watch,day,rate_s_per_d\n" + rows, PROTOCOL, now=NOW)
    assert judge_many(capture.batch, PROTOCOL).verdicts.tolist() == [0]
    huge = read_days("watch,day,rate_s_per_d\n" + rates(day3="A,3,99999999"), PROTOCOL, now=NOW)
    assert keys(huge) == ["no_number"]


def test_a_damaged_table_is_an_error_and_no_crash() -> None:
    with pytest.raises(DataError, match="export"):
        read_days("watch,day,rate_s_per_d\n" + "A" * 200_000 + ",1,2\n", PROTOCOL, now=NOW)


def test_dial_down_may_be_called_by_either_symbol() -> None:
    rows = "".join(
        f"A,{day},{rate},{'CB' if at == 'FH' else at}\n"
        for day, (rate, at) in enumerate(zip(EXAMPLE, POSITIONS, strict=True), 1)
    )
    assert read_days("watch,day,rate_s_per_d,position\n" + rows, PROTOCOL, now=NOW).refusals == ()


def test_an_instrument_is_looked_up_with_the_validity_of_its_calibration() -> None:
    rows = rates(day1="A,1,2.1,T-1", day2="A,2,2.5,T-9")
    valid = {"T-1": Instant.parse("2026-01-01T00:00:00Z")}
    capture = read_days("watch,day,rate_s_per_d,instrument\n" + rows, PROTOCOL, now=NOW, instruments=valid)
    assert keys(capture) == ["expired", "unknown_instrument"]


@pytest.mark.parametrize(
    ("heading", "complaint"),
    [
        ("watch,day,state_ms", "state_ms"),
        ("watch,day,state_s,rate_s_per_d", "one of the two"),
        ("watch,day", "one of the two"),
        ("watch,rate_s_per_d", "day"),
        ("watch,day,rate_s_per_d,day", "twice"),
    ],
)
def test_a_table_that_cannot_be_read_as_a_whole_is_an_error(heading: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        read_days(f"{heading}\n", PROTOCOL, now=NOW)
    with pytest.raises(DataError, match="cells"):
        read_days("watch,day,rate_s_per_d\n" + "A,1,2,3,4\n", PROTOCOL, now=NOW)


def test_uncertainties_of_rows_enter_the_criteria() -> None:
    plain = read_days("watch,day,rate_s_per_d\n" + rates(), PROTOCOL, now=NOW)
    typed = read_days("watch,day,rate_s_per_d,u\n" + rates().replace("\n", ",0.1\n"), PROTOCOL, now=NOW)
    # A daily rate of u = 0.1 has states of 0.1/√2; D has the spread of one state.
    assert judge(typed.batch, PROTOCOL)[0].criterion("vertical_horizontal_difference").u == pytest.approx(0.1 / 2**0.5)
    # Without: 0.02 s a state, and the last decimal that was written, 0.1/√12.
    expected = (0.02**2 + 0.1**2 / 12) ** 0.5
    assert judge(plain.batch, PROTOCOL)[0].criterion("vertical_horizontal_difference").u == pytest.approx(expected)


def test_a_table_becomes_verdicts_and_says_that_its_uncertainty_was_assumed() -> None:
    judged = judge_table("watch,day,rate_s_per_d,note\n" + rates() + rates("B", day7=""), PROTOCOL, now=NOW, chamber_u=0.35)
    assert [one.watch for one in judged.verdicts] == ["A"]
    assert [one.watch for one in judged.refusals] == ["B"]
    assert judged.ignored == ("note",)
    assert "conformity.flag.usual_u" in {flag.key for flag in judged.verdicts[0].flags()}
    [row] = judged.to_json()
    assert set(row) >= {"watch", "criteria", "verdict", "consumer_risk", "producer_risk"}  # type: ignore[arg-type]
    typed = judge_table("watch,day,rate_s_per_d,u\n" + rates().replace("\n", ",0.1\n"), PROTOCOL, now=NOW)
    assert "conformity.flag.usual_u" not in {flag.key for flag in typed.verdicts[0].flags()}


def test_a_table_of_stations_stands_alone_or_beside_a_series() -> None:
    grade = plan("qbt1903-1993").choose(category="I-excellent")
    series = "watch,day,rate_s_per_d\nA,1,12\nA,2,-20\nA,3,30\nB,1,1\nB,2,1\nB,3,1\n"
    judged = judge_table(
        series, grade, now=NOW, kind="acoustic_rate", stations="watch,quantity,value\nA,power_reserve,37\nB,power_reserve,x\n"
    )
    assert [(one.watch, one.verdict) for one in judged.verdicts] == [("A", "accept")]
    magnetic = plan("iso764").choose(category="quartz")
    text = "watch,quantity,value\nA,stops,0\nA,rate_before,0.1\nA,rate_after,2.0\n"
    assert judge_table(text, magnetic, now=NOW).verdicts[0].verdict == "reject"
    with pytest.raises(ConfigError, match="one table"):
        judge_table(text, magnetic, now=NOW, stations=text)


def test_limits_that_a_user_enters_are_read_with_their_faults() -> None:
    text = (
        "criterion,low,high\nposition_spread,,12\nreserve_spread,10,-10\nwidth,0,1\n"
        "mean_daily_rate,x,1\nrate_after_field,,\nposition_spread,,14\n"
    )
    entered = read_limits(text, plan("metas"))
    assert plan("metas").with_limits(entered.limits).criterion("position_spread").entered
    assert set(entered.limits) == {"position_spread"}
    assert [one.row for one in entered.refusals] == [3, 4, 5, 6, 7]
    assert entered.refusals[0].message.key.endswith("reversed")


def test_columns_may_be_called_in_chinese() -> None:
    rows = rates().replace("watch", "编号")
    assert len(read_days("编号,天,rate_s_per_d\n" + rows, PROTOCOL, now=NOW).batch) == 1


def test_station_results_are_read_with_their_faults() -> None:
    magnetic = plan("iso764").choose(category="mechanical")
    text = "watch,quantity,value,u\nA,stops,0,\nA,rate_before,2.1,0.3\nA,rate_after,x,\nA,weight,3,\nA,stops,0,\n"
    stations = read_stations(text, magnetic)
    assert set(stations.readings["A"]) == {"stops", "rate_before"}
    assert [one.row for one in stations.refusals] == [4, 5, 6]


def test_a_table_without_rows_accepts_nothing() -> None:
    """A script that reads the exit code alone must not take silence for acceptance."""
    with pytest.raises(DataError, match="no row"):
        judge_table("watch,day,state_s\n", PROTOCOL, now=NOW)
    with pytest.raises(DataError, match="no row"):
        judge_table("watch,quantity,value\n", plan("iso764").choose(category="mechanical"), now=NOW)


def test_a_day_of_five_thousand_digits_is_no_day() -> None:
    capture = read_days("watch,day,rate_s_per_d\n" + rates(day3=f"A,{'9' * 5000},1.0"), PROTOCOL, now=NOW)
    assert keys(capture) == ["bad_day"]


@pytest.mark.parametrize("odd", ["\x1b", "\0", "\u200b", "\u202e"])
def test_a_serial_number_with_a_character_that_nobody_sees_is_refused(odd: str) -> None:
    with pytest.raises(DataError, match=f"row 2 holds the character U\\+{ord(odd):04X}"):
        read_days("watch,day,rate_s_per_d\n" + rates(f"A{odd}1"), PROTOCOL, now=NOW)


def test_the_reader_in_the_east_writes_the_date_of_his_own_morning() -> None:
    """06:00 on the 24th in Tianjin is 22:00 on the 23rd by UTC; the 25th has begun nowhere."""
    night = Instant.parse("2026-11-23T22:00:00Z")
    heading = "watch,day,rate_s_per_d,date\n"
    good = "".join(f"{row},2026-11-24\n" for row in rates().splitlines())
    assert read_days(heading + good, PROTOCOL, now=night).refusals == ()
    assert len(read_days(heading + good.replace("-24\n", "-25\n"), PROTOCOL, now=night).refusals) == len(EXAMPLE)
