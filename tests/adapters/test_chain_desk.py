# SPDX-License-Identifier: Apache-2.0
"""The chain closes: an indicator of the industry opens to a served second, a recording and a source row."""

from pathlib import Path

import pytest

from sichen.adapters import DataFolder
from sichen.adapters.brand_desk import STRATEGY, VALUE
from sichen.adapters.chain_desk import STATIONS, chain_json, chain_of, station_of
from sichen.adapters.industry_desk import Source
from sichen.adapters.makers_desk import keep_makers, makers_of
from sichen.adapters.standard_time import ROLE, standard_time
from sichen.bench import ClockReference
from sichen.core import JSON, PREVIOUS, DataError, Input, Instant, NotFound, Record

NOON = Instant.parse("2026-03-01T12:00:00Z")
TABLE = b"maker,brand,strategy\nSinan Works,Sinan,\nOther,Other,no\n"


def _served(u: float | None = 4e-8, *, state: str = "locked", inputs: tuple[Input, ...] = ()) -> Record:
    body: dict[str, JSON] = {
        "from": "2026-03-01T12:00:00Z",
        "seconds": [0, 30, 60],
        "u_s": [u, u, u],
        "states": [{"second": 0, "state": state}],
    }
    return Record("timebase.served", "clock:house", body, "timebase.service", "1", NOON, inputs=inputs)


def _made(folder: DataFolder) -> Record:
    """Keep a small story: a second, a reading timed by it, a strength, a value, a strategy, and an indicator on top."""
    before = _served()
    folder.records.append(before)
    second = _served(5e-8, inputs=(Input(PREVIOUS, before.digest),))
    sound = folder.keep(b"tick tock", media_type="audio/wav", name="watch.wav")
    reading = Record(
        "bench.reading", "watch:1", {}, "m", "1", NOON, inputs=(Input("audio", sound.digest), Input(ROLE, second.digest))
    )
    verdict = Record("conformity.verdict", "watch:1", {}, "m", "1", NOON, inputs=(Input("reading", reading.digest),))
    # The strength rests on the reading directly too: the way over the verdict passes one station more.
    strength = Record(
        "brand.strength",
        "brand:Sinan",
        {},
        "m",
        "1",
        NOON,
        inputs=(Input("rate_spread", reading.digest), Input("conforming", verdict.digest)),
    )
    worth: dict[str, JSON] = {"value": 800.0, "low": 500.0, "high": 1100.0, "currency": "CNY", "year": 2025, "scale": 1_000_000}
    value = Record(VALUE, "brand:Sinan", worth, "m", "1", NOON, inputs=(Input("strength_score", strength.digest),))
    strategy = Record(STRATEGY, "brand:Sinan", {"counts": True}, "m", "1", NOON)
    folder.records.append_all([second, reading, verdict, strength, value, strategy])
    source = Source(TABLE, "makers.csv")
    found, _ = makers_of(source, folder)
    return keep_makers(folder, found, source, at=NOON)


@pytest.fixture
def house(tmp_path: Path) -> DataFolder:
    return DataFolder.open(tmp_path / "data")


def test_an_indicator_opens_to_a_second_a_recording_and_a_row(house: DataFolder) -> None:
    top = _made(house)
    found = chain_of(house)
    assert found is not None
    assert found.top == top.digest
    kinds = {to: [one.record.kind if one.record else "raw" for one in found.way(to=to)] for to in ("time", "recording", "row")}
    down = ["industry.makers", "brand.value", "brand.strength", "conformity.verdict", "bench.reading"]
    assert kinds == {
        "time": [*down, "timebase.served"],
        "recording": [*down, "raw"],
        "row": ["industry.makers", "industry.figure"],
    }
    assert [one.name for one in found.recordings] == ["watch.wav"]
    assert (len(found.rows), found.holes) == (2, ())
    assert found.counts == {"time": 1, "bench": 1, "conformity": 1, "trace": 0, "brand": 3, "industry": 3}


def test_the_trail_of_a_clock_is_not_taken_for_evidence(house: DataFolder) -> None:
    _made(house)
    found = chain_of(house)
    assert found is not None
    assert found.counts["time"] == 1


def test_what_is_missing_is_told(house: DataFolder) -> None:
    lost = "sha256:" + "0" * 64
    house.records.append(Record("brand.value", "brand:X", {}, "m", "1", NOON, inputs=(Input("case", lost),)))
    found = chain_of(house)
    assert found is not None
    assert found.holes == (lost,)
    assert chain_json(found)["missing"] == [lost]


def test_an_empty_house_has_no_chain_and_a_wrong_digest_is_refused(house: DataFolder) -> None:
    assert chain_of(house) is None
    with pytest.raises(NotFound):
        chain_of(house, "0123456789")


@pytest.mark.parametrize(
    ("kind", "station"), [("timebase.served", "time"), ("stability.deviations", "time"), ("trace.sale", "trace")]
)
def test_every_kind_has_its_station(kind: str, station: str) -> None:
    assert station_of(kind) == station
    assert station in STATIONS


def test_pulses_bring_the_uncertainty_of_their_clock_into_the_reading(house: DataFolder) -> None:
    house.records.append(_served(1e-6))
    begin = Instant.parse("2026-03-01T12:00:05Z")
    found = standard_time(house, "house", begin=begin, seconds=20.0)
    assert (found.u, found.states) == (1e-6, ("locked",))
    # Two ends, each 1 µs off, over 20 s: 2^½ µs in 20 s.
    assert found.u_ppm == pytest.approx(2**0.5 / 20)
    assert found.behind(ClockReference("pps", 3.0, 0.1)).u_ppm == pytest.approx((0.1**2 + 0.005) ** 0.5)


def test_a_clock_gives_nothing_but_its_pulses(house: DataFolder) -> None:
    house.records.append(_served())
    found = standard_time(house, "house", begin=NOON, seconds=20.0)
    with pytest.raises(DataError, match="--reference pps"):
        found.behind(ClockReference())


@pytest.mark.parametrize(
    ("served", "begin", "words"),
    [
        (_served(state="unusable"), "2026-03-01T12:00:00Z", "was not usable"),
        (_served(None), "2026-03-01T12:00:00Z", "was not usable"),
        (_served(), "2026-03-01T11:00:00Z", "nothing is recorded"),
        (_served(), "2026-03-01T12:30:00Z", "nothing is recorded"),
    ],
)
def test_a_reading_never_rests_on_time_that_nobody_vouched_for(
    house: DataFolder, served: Record, begin: str, words: str
) -> None:
    house.records.append(served)
    with pytest.raises(DataError, match=words):
        standard_time(house, "house", begin=Instant.parse(begin), seconds=20.0)


def test_an_unknown_clock_is_refused(house: DataFolder) -> None:
    house.records.append(_served())
    with pytest.raises(DataError, match="nothing is recorded"):
        standard_time(house, "other", begin=NOON, seconds=20.0)
