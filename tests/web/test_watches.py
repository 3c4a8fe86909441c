# SPDX-License-Identifier: Apache-2.0
"""One watch in its positions: the page, the kept summary, the class, two rounds."""

from collections.abc import Callable

import pytest
from tests.web.conftest import Call
from tests.web.fake_bench import beats, scope

from sichen.adapters import DataFolder
from sichen.adapters.bench_desk import keep_reading
from sichen.bench.reading import Measurement, Reading
from sichen.core import Duration, Figure, Instant, Record

AT = Instant.parse("2026-11-23T08:00:00Z")
RATES = {"CH": 6.0, "FH": 7.0, "9H": -9.0, "6H": -3.0, "3H": 20.0, "12H": 14.0}
Keep = Callable[..., Record]


@pytest.fixture
def keep(folder: DataFolder) -> Keep:
    """Keep readings of a watch, a minute after each other."""
    count = 0

    def keeper(code: str | None, rate: float, *, watch: str = "Nine", series: str | None = "full") -> Record:
        nonlocal count
        count += 1
        flat = code in {"CH", "FH"}
        reading = Reading(
            duration=40.0,
            beats_per_hour=28800.0,
            rate=Figure(rate, 0.1, "s/d"),
            amplitude=Figure(280.0 if flat else 250.0, 0.4, "°"),
            beat_error=Figure(0.2, 0.01, "ms"),
            beats=320,
        )
        sound = folder.keep(f"sound {count}".encode(), media_type="audio/wav", name=f"{count}.wav")
        instant = AT + Duration.of_seconds(60.0 * count)
        return keep_reading(
            folder,
            Measurement(reading, beats(0.0, 2.0), scope()),
            sound=sound,
            subject=f"watch:{watch}",
            instant=instant,
            position=code,
            series=series,
        )

    return keeper


@pytest.fixture
def six(keep: Keep) -> dict[str, Record]:
    """One round of six positions."""
    return {code: keep(code, rate) for code, rate in RATES.items()}


def test_the_positions_of_a_watch_stand_together_each_with_its_seal(call: Call, six: dict[str, Record]) -> None:
    text = call("GET", "/bench/watches/Nine").text

    for code, record in six.items():
        assert f"<b>{code}</b>" in text
        assert text.count(f"/records/{record.digest}#") == 3
    assert "+5.83" in text  # X, the mean of the six
    assert "29.00" in text  # D, 20 against −9
    assert 'class="spot"' in text
    assert "two" not in text or "Needs a second round" in text


def test_the_latest_reading_of_a_position_counts(call: Call, keep: Keep, six: dict[str, Record]) -> None:
    again = keep("CH", 1.0)

    text = call("GET", "/bench/watches/Nine").text

    assert again.digest in text
    assert six["CH"].digest not in text


def test_a_kept_summary_rests_on_the_readings_and_gives_its_figures_their_seals(
    call: Call, six: dict[str, Record], folder: DataFolder
) -> None:
    said = {"name": "Nine", "series": "full", "earlier": "full"}
    answer = call("POST", "/bench/series", data=said)
    call("POST", "/bench/series", data=said)

    assert answer.status_code == 303
    (record,) = folder.records.find(kind="bench.series")
    assert {entry.digest for entry in record.inputs} == {entry.digest for entry in six.values()}
    assert record.body["round"] == "full"
    page = call("GET", answer.headers["location"]).text
    assert f"/records/{record.digest}#rate.X" in page
    panel = call("GET", f"/records/{record.digest}/panel?of=rate.X").text
    assert "+5.83" in panel
    assert call("GET", f"/bench/series/{record.digest}").headers["location"].startswith("/bench/watches/Nine?")
    assert call("GET", f"/records/{record.digest}").status_code == 200


def test_two_rounds_show_isochronism(call: Call, keep: Keep, six: dict[str, Record]) -> None:
    assert six
    for code, rate in RATES.items():
        keep(code, rate - 4.0, series="24 h")

    text = call("GET", "/bench/watches/Nine").text

    assert "Against the round “full”" in text
    assert "−4.0" in text  # Im and Ie
    assert call("GET", "/bench/watches/Nine?series=full").text.count("Against the round") == 0


def test_a_class_is_guidance_with_its_source(call: Call, six: dict[str, Record]) -> None:
    assert six
    text = call("GET", "/bench/watches/Nine?against=gents&lang=zh").text

    assert "Witschi" in text
    assert "凭记忆" in text
    assert "超出范围: 9H 3H" in text
    assert call("GET", "/bench/watches/Nine?against=none-such").status_code == 422


def test_a_reading_without_a_position_is_no_round(call: Call, keep: Keep) -> None:
    keep(None, 3.0, watch="Ten")

    assert "kept without positions" in call("GET", "/bench/watches/Ten").text
    assert "Ten" in call("GET", "/bench/watches").text
    assert call("GET", "/bench/positions?name=Ten&quantity=rate").status_code == 404


def test_a_watch_that_nobody_kept_is_not_here(call: Call) -> None:
    assert call("GET", "/bench/watches/nobody").status_code == 404
    assert "guided" in call("GET", "/bench/watches").text


def test_a_plot_names_its_positions(call: Call, six: dict[str, Record]) -> None:
    assert six
    found = call("GET", "/bench/positions?name=Nine&quantity=rate&series=full").json()

    names = [name for _, name in found["places"]]
    assert sorted(names) == sorted(RATES)
    assert [row[1] for row in found["rows"]] == [RATES[name] for name in names]


def test_a_program_keeps_a_series_by_digests_and_one_of_two_watches_is_refused(
    call: Call, keep: Keep, six: dict[str, Record]
) -> None:
    digests = [record.digest for record in six.values()]
    other = keep("CH", 1.0, watch="Ten")

    answer = call("POST", "/api/bench/series", data={"readings": digests, "against": "metas"})
    mixed = call("POST", "/api/bench/series", data={"readings": [digests[1], other.digest]})

    assert answer.status_code == 201
    assert answer.json()["verdicts"][0]["verdict"] == "outside"
    assert mixed.status_code == 422
    assert "watch:Nine, watch:Ten" in mixed.json()["detail"]
