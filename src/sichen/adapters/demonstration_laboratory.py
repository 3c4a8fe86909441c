# SPDX-License-Identifier: Apache-2.0
"""The laboratory in the demonstration: three cases, five instruments, a check watch that jumped, a warm night.

Everything follows from one seed and one instant, so that making it twice keeps it once.
"""

import math
from collections.abc import Iterator

import numpy as np

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.laboratory_book import world_of
from sichen.adapters.laboratory_desk import keep_plans
from sichen.conformity import Protocol, plan
from sichen.conformity import laboratory as lab
from sichen.conformity.certificate import Item, Party
from sichen.conformity.laboratory import apparatus, places
from sichen.core import Duration, Input, Instant, Record

BEGINS = Instant.parse("2026-10-16T00:30:00Z")
SEED = 20261016
LI, WANG = "李明 Li Ming", "王芳 Wang Fang"
TIANJIN = Party("Tianjin Haihe Watch Co.", "天津海河手表有限公司", "Tianjin")
HANGZHOU = Party("Hangzhou West Lake Clocks", "杭州西湖钟表厂", "Hangzhou")
SHENZHEN = Party("Shenzhen Nanshan Time", "深圳南山时计", "Shenzhen")
INSTRUMENTS = (
    ("T-1", "timing bench", "校表仪", "CAL-26-118", "2026-03-02", "2027-03-01", ("rate", "magnetic", "shock")),
    ("S-1", "optical state reader", "钟面误差光电读数仪", "CAL-26-121", "2026-03-02", "2027-03-01", ("rate", "chamber")),
    ("K-1", "climate chamber", "恒温恒湿箱", "CAL-26-140", "2026-05-11", "2027-05-10", ("chamber",)),
    ("M-1", "magnetising coil", "磁场线圈", "CAL-25-077", "2025-09-29", "2026-09-28", ("magnetic",)),
    ("W-1", "water pressure tester", "水压试验机", "CAL-25-101", "2025-12-08", "2026-12-07", ("water",)),
)
RATES = {
    "HH-20881": "2.1 2.5 1.0 0.6 -0.4 0.2 4.1 4.5 3.9 3.5 0.2 3.0 5.9 2.4 2.6",
    "HH-20882": "6.8 7.3 3.9 4.6 2.2 2.9 8.4 9.1 7.7 8.2 4.1 7.9 12.3 7.0 7.6",
}
BASELINE, LATER = 20, 6
JUMP = 0.9
LOG_MINUTES, LOG_DAYS = 10, 2


def keep_demonstration_laboratory(folder: DataFolder) -> None:
    """Keep the demonstration's laboratory in one transaction; a laboratory that has instruments is left alone."""
    if world_of(folder).instruments:
        return
    log = room_log().encode()
    file = folder.keep(log, media_type="text/csv", name="room.csv")
    keep_plans(folder, [_chronometer(), *_resistance()])
    records = [*_instruments(), *_room(file.digest, log.decode())]
    calibrations = {record.subject: record.digest for record in records if record.body.get("step") == "entered"}
    records += [*_finished(calibrations), *_running(calibrations), *_fresh()]
    folder.records.append_following(records, after={(one.kind, one.subject): "" for one in records})


def room_log() -> str:
    """Return the log of the test room: two days, with a night in which the heating ran away."""
    rng = np.random.default_rng(SEED)
    begins, rows = _at(14, 8), ["time,temperature_c,humidity_percent"]
    for place in range(LOG_DAYS * 24 * 60 // LOG_MINUTES):
        hours = place * LOG_MINUTES / 60
        warm = 4.6 * math.exp(-(((hours - 19.5) / 1.2) ** 2))
        degrees = 23.0 + 0.35 * math.sin(2 * math.pi * hours / 24) + warm + rng.normal(0.0, 0.06)
        percent = 48.0 - 2.2 * warm + 3.0 * math.sin(2 * math.pi * (hours - 5) / 24) + rng.normal(0.0, 0.5)
        at = begins + Duration.of_seconds(60.0 * LOG_MINUTES * place)
        rows.append(f"{at.isoformat()[:19]}Z,{degrees:.2f},{percent:.1f}")
    return "\n".join(rows) + "\n"


def _at(day: int, hour: float = 0.0) -> Instant:
    return BEGINS + Duration.of_seconds(86_400.0 * day + 3600.0 * hour)


def _chronometer() -> Protocol:
    return plan("iso3159").choose(category="1")


def _resistance() -> list[Protocol]:
    return [plan("iso764").choose(category="mechanical"), plan("iso22810").choose()]


def _instruments() -> Iterator[Record]:
    rng = np.random.default_rng(SEED + 1)
    for place, (name, english, chinese, certificate, calibrated, until, stations) in enumerate(INSTRUMENTS):
        period = (Instant.parse(f"{calibrated}T00:00:00Z"), Instant.parse(f"{until}T23:59:59Z"))
        made = lab.Instrument(name, english, chinese, certificate, *period)
        served = apparatus.enrol(made, actor=lab.Actor(WANG, _at(0, 0.1 * place)), stations=stations)
        yield served.record
        if name == "T-1":
            yield from _checks(served, rng)


def _checks(served: apparatus.Served, rng: np.random.Generator) -> Iterator[Record]:
    readings = 4.20 + rng.normal(0.0, 0.11, BASELINE + LATER)
    readings[-2] += JUMP
    for place, value in enumerate(readings):
        who = lab.Actor(LI, _at(0, 1 + 13.0 * place))
        served = apparatus.check(served.apparatus, f"{value:.2f}", actor=who, u=0.05)
        yield served.record
        if place == BASELINE - 1:
            served = apparatus.fix_baseline(served.apparatus, actor=lab.Actor(WANG, _at(0, 2 + 13.0 * place)))
            yield served.record


def _room(file: str, log: str) -> Iterator[Record]:
    room = places.Place("room", "test room", "检测室", (20.0, 26.0), (30.0, 70.0))
    settled = places.settle(room, actor=lab.Actor(WANG, _at(0, 0.6)))
    yield settled.record
    who = lab.Actor(LI, _at(16, 9))
    yield places.note_log(settled.place, places.read_log(log, now=who.at).readings, file=file, actor=who).record


def _opened(number: str, customer: Party, watches: list[Item], begins: float) -> Iterator[lab.Moved]:
    moved = lab.open_case(number, customer, actor=lab.Actor(LI, _at(0, begins)))
    yield moved
    for place, watch in enumerate(watches, 1):
        moved = lab.register_sample(moved.case, watch, actor=lab.Actor(LI, _at(0, begins + 0.1 * place)))
        yield moved


def _finished(calibrations: dict[str, str]) -> Iterator[Record]:
    """Yield a case of two wrist-chronometers: fifteen days, one accepted and one rejected."""
    watches = [Item(serial, "海河 Haihe", "Dagu", "HH-9", "as new / 全新") for serial in RATES]
    steps = list(_opened("2026-001", TIANJIN, watches, 1.0))
    steps.append(lab.accept(steps[-1].case, [_chronometer()], actor=lab.Actor(WANG, _at(0, 2.0))))
    steps.append(lab.begin(steps[-1].case, actor=lab.Actor(LI, _at(0, 2.5))))
    rests_on = [Input("calibration", calibrations["instrument:S-1"])]
    reader = _instrument("S-1")
    for day in range(1, 16):
        for place, (serial, text) in enumerate(RATES.items()):
            who = lab.Actor(LI, _at(day, 3 + 0.05 * place))
            found = lab.capture(
                steps[-1].case,
                serial,
                "iso3159",
                f"day {day}",
                text.split()[day - 1],
                instrument=reader,
                actor=who,
                u=0.03,
                rests_on=rests_on,
            )
            steps.append(found)
    steps.append(lab.finish(steps[-1].case, actor=lab.Actor(LI, _at(15, 4))))
    yield from (one.record for one in steps)
    yield from lab.verdict_records(steps[-1].case, at=steps[-1].record.instant)


def _running(calibrations: dict[str, str]) -> Iterator[Record]:
    """Yield a case at the stations: magnetism and water, two watches, the first results there."""
    watches = [Item(f"XH-{number}", "西湖 West Lake", "Su Causeway", "ST25", "worn / 使用过") for number in (311, 312)]
    steps = list(_opened("2026-002", HANGZHOU, watches, 24 * 15.0))
    steps.append(lab.accept(steps[-1].case, _resistance(), actor=lab.Actor(WANG, _at(15, 1))))
    steps.append(lab.begin(steps[-1].case, actor=lab.Actor(LI, _at(15, 1.5))))
    rests_on = [Input("calibration", calibrations["instrument:T-1"])]
    for place, (serial, value) in enumerate({"XH-311": "6.4", "XH-312": "-3.1"}.items()):
        who = lab.Actor(LI, _at(16, 2 + 0.2 * place))
        slot = (serial, "iso764", "rate_before", value)
        steps.append(lab.capture(steps[-1].case, *slot, instrument=_instrument("T-1"), actor=who, u=0.2, rests_on=rests_on))
    yield from (one.record for one in steps)


def _fresh() -> Iterator[Record]:
    """Yield a case that came this morning and waits for its contract review."""
    watch = Item("NS-7004", "南山 Nanshan", "Bay", "Miyota 8215", "scratched lug / 表耳划痕")
    yield from (one.record for one in _opened("2026-003", SHENZHEN, [watch], 24 * 16.0 + 1))


def _instrument(name: str) -> lab.Instrument:
    row = next(row for row in INSTRUMENTS if row[0] == name)
    period = (Instant.parse(f"{row[4]}T00:00:00Z"), Instant.parse(f"{row[5]}T23:59:59Z"))
    return lab.Instrument(name, row[1], row[2], row[3], *period)
