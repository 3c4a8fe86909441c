# SPDX-License-Identifier: Apache-2.0
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.bench.beat_lists import StruckWatch, swing

from sichen.bench.beats import BeatList, measure_events
from sichen.bench.measurement_file import (
    MeasurementFile,
    Take,
    measurement_schema,
    read_measurement,
    to_record,
    write_measurement,
)
from sichen.bench.reading import ClockReference
from sichen.core import DataError, Instant, Message, Record, digest_of_bytes


def take(*, seed: int = 1, position: str | None = "6H") -> Take:
    unlock, drop = swing(beats=120, interval=0.125, amplitude=265.0, lift_angle=50.0)
    noise = np.random.default_rng(seed).normal(0, 60e-6, (2, 120))
    drop[5] = np.nan
    beats = BeatList({"unlock": unlock + noise[0], "drop": drop + noise[1]})
    found = measure_events(beats, lift_angle=50, reference=ClockReference("pps", 1.5, 0.01))
    return Take(
        reading=found.reading,
        beats=found.beats,
        method="bench.events",
        version="1",
        segment=found.segment,
        instant=Instant.parse("2026-11-23T08:00:00.5Z"),
        position=position,
        series="0 h",
        audio=digest_of_bytes(b"tick"),
    )


def same(left: Take, right: Take) -> bool:
    arrays = [(getattr(left.beats, name), getattr(right.beats, name)) for name in ("number", "unlock", "impulse", "drop")]
    return (
        left.reading == right.reading
        and all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in [*arrays, (left.stretches, right.stretches)])
        and all(
            getattr(left, name) == getattr(right, name)
            for name in ("method", "version", "instant", "position", "series", "audio")
        )
    )


@given(seed=st.integers(0, 1000), position=st.sampled_from([None, "CH", "10H30"]))
def test_a_file_comes_back_to_the_last_digit(seed: int, position: str | None) -> None:
    file = MeasurementFile("watch:0042", (take(seed=seed, position=position),))

    back = read_measurement(write_measurement(file))

    assert back.subject == "watch:0042"
    assert same(back.takes[0], file.takes[0])
    assert write_measurement(back) == write_measurement(file)


def test_a_refused_reading_comes_back_with_its_reason() -> None:
    found = measure_events(BeatList({"tick": np.array([0.0, 1.0])}))
    file = MeasurementFile("", (Take(found.reading, found.beats, "bench.events", "1"),))

    back = read_measurement(write_measurement(file)).takes[0]

    assert back.reading == found.reading
    assert back.reading.reason == found.reading.reason


def test_a_sentence_from_another_program_keeps_its_words() -> None:
    data = json.loads(write_measurement(MeasurementFile("", (take(),))))
    data["takes"][0]["reading"]["advice"] = [{"key": "elsewhere.wax", "values": {}, "en": "clean the wax"}]

    back = read_measurement(json.dumps(data)).takes[0]

    assert back.reading.advice == (Message.plain("clean the wax"),)


def test_a_file_becomes_a_record_that_rests_on_its_recording() -> None:
    one = take()

    record = to_record(one, subject="watch:0042")

    assert (record.kind, record.method, record.inputs[0].digest) == ("bench.reading", "bench.events", one.audio)
    assert Record.from_json(json.loads(record.canonical)).digest == record.digest
    rate = record.body["rate"]
    assert isinstance(rate, dict)
    assert rate["value"] == one.reading.rate.value
    with pytest.raises(DataError, match="time of the measurement"):
        to_record(Take(one.reading, one.beats, "m", "1"), subject="")


def test_a_round_of_positions_is_summed_up() -> None:
    file = MeasurementFile("watch:1", tuple(take(seed=n, position=code) for n, code in enumerate(("CH", "6H", "9H"))))

    found = file.series("0 h")

    assert list(found.readings) == ["CH", "6H", "9H"]
    assert found.di.value is not None
    with pytest.raises(DataError):
        file.series("24 h")


def complaints(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "$") -> list[str]:
    """Hold a value against the words of JSON Schema that ours uses."""
    if "$ref" in schema:
        target = root
        for word in schema["$ref"].removeprefix("#/").split("/"):
            target = target[word]
        return complaints(value, target, root, path)
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "number": (int, float),
        "integer": int,
        "null": type(None),
    }
    allowed = schema.get("type", [])
    names = [allowed] if isinstance(allowed, str) else allowed
    if names and not any(isinstance(value, kinds[name]) for name in names):
        return [f"{path} is no {names}"]
    if ("const" in schema and value != schema["const"]) or ("enum" in schema and value not in schema["enum"]):
        return [f"{path} is {value}"]
    found: list[str] = []
    if isinstance(value, dict):
        found += [f"{path}.{key} is missing" for key in schema.get("required", []) if key not in value]
        for key, inner in schema.get("properties", {}).items():
            found += complaints(value[key], inner, root, f"{path}.{key}") if key in value else []
        if "properties" in schema:
            found += [
                f"{path}.{key} is not described" for key in value if key not in schema["properties"] and path.count(".") < 3
            ]
    if isinstance(value, list) and "items" in schema:
        found += [line for n, entry in enumerate(value) for line in complaints(entry, schema["items"], root, f"{path}[{n}]")]
    return found


def test_what_is_written_conforms_to_the_published_schema() -> None:
    schema: dict[str, Any] = dict(measurement_schema())
    data = json.loads(write_measurement(MeasurementFile("watch:1", (take(), take(position=None)))))

    assert [line for line in complaints(data, schema, schema) if "figures" not in line] == []
    assert all(
        not complaints(figure, schema["$defs"]["figure"], schema) for figure in data["takes"][0]["reading"]["figures"].values()
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not valid JSON"),
        ("NaN", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "a table"),
        ("{}", "does not say its form"),
        ('{"form": "sichen.measurement/9", "subject": "", "takes": []}', "sichen.measurement/9"),
        ('{"form": 1}', "a text"),
        ('{"form": "sichen.measurement/1", "takes": []}', "$.subject"),
        ('{"form": "sichen.measurement/1", "subject": "", "takes": [{}]}', "$.takes[0].events"),
    ],
)
def test_another_file_is_refused_with_the_place(text: str, says: str) -> None:
    with pytest.raises(DataError) as caught:
        read_measurement(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("events", "number"), [1, 2, 3]),
        (("events", "number"), [True]),
        (("events", "drop"), ["x"]),
        (("reading", "duration"), "long"),
        (("reading", "nominal"), "guessed"),
        (("reading", "figures"), {}),
        (("reading", "figures", "rate", "unit"), "ms"),
        (("reading", "reference", "kind"), "sun"),
        (("reading", "advice"), [{"key": "a.b", "values": [], "en": ""}]),
        (("position",), "5H"),
        (("audio",), "sha256:12"),
        (("instant",), "yesterday"),
        (("method",), None),
    ],
)
def test_damage_is_named_and_not_swallowed(path: tuple[str, ...], value: Any) -> None:
    data = json.loads(write_measurement(MeasurementFile("", (take(),))))
    table = data["takes"][0]
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = value

    with pytest.raises(DataError):
        read_measurement(json.dumps(data))


def test_the_beats_of_a_file_give_the_reading_again() -> None:
    times = StruckWatch(rate=2.5).strike(200)
    found = measure_events(BeatList({"tick": times}))
    back = read_measurement(write_measurement(MeasurementFile("", (Take(found.reading, found.beats, "bench.events", "1"),))))

    again = measure_events(BeatList({"tick": back.takes[0].beats.drop}))

    assert again.reading.rate == found.reading.rate
