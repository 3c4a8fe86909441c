# SPDX-License-Identifier: Apache-2.0
"""Two people at the credit record and at the measures at once: what both said stays."""

import threading
from pathlib import Path

from sichen.adapters import DataFolder
from sichen.adapters.industry_register_desk import change, enter, measures_of, standing, tell_measure
from sichen.core import Instant, SichenError
from sichen.industry.registers.credit import Entry

NOON = Instant.parse("2026-03-01T12:00:00Z")


def _together(*works: threading.Thread) -> None:
    for one in works:
        one.start()
    for one in works:
        one.join()


def test_entries_that_two_people_make_at_once_all_stand_with_numbers_of_their_own(tmp_path: Path) -> None:
    def work(who: str) -> None:
        with DataFolder.open(tmp_path) as folder:
            for place in range(4):
                enter(folder, "Works 9", Entry("warranty", "2026-01-05", f"{who} {place}", "court"), at=NOON)

    _together(*(threading.Thread(target=work, args=(who,)) for who in ("a", "b", "c")))
    with DataFolder.open(tmp_path) as folder:
        filed = standing(folder, "Works 9", date="2026-03-01").filed

    assert sorted(one.number for one in filed) == list(range(1, 13))
    assert {one.entry.reason for one in filed} == {f"{who} {place}" for who in "abc" for place in range(4)}


def test_an_appeal_that_two_people_decide_at_once_is_decided_once(tmp_path: Path) -> None:
    refused: list[str] = []

    def decide(to: str) -> None:
        with DataFolder.open(tmp_path) as folder:
            try:
                change(folder, "Works 9", 1, to=to, note="heard", at=NOON)
            except SichenError as error:
                refused.append(error.message.key)

    with DataFolder.open(tmp_path) as folder:
        enter(folder, "Works 9", Entry("warranty", "2026-01-05", "award", "court"), at=NOON)
        change(folder, "Works 9", 1, to="appealed", note="opened before", at=NOON)
    _together(*(threading.Thread(target=decide, args=(to,)) for to in ("upheld", "struck")))
    with DataFolder.open(tmp_path) as folder:
        trail = standing(folder, "Works 9", date="2026-03-01").filed[0].trail

    assert refused == ["industry.credit.state"]
    assert len(trail) == 3


def test_what_two_people_say_of_a_measure_follows_one_another(tmp_path: Path) -> None:
    def tell(who: str) -> None:
        with DataFolder.open(tmp_path) as folder:
            tell_measure(folder, "III.4.4", {"status": "begun", "evidence": f"https://example.org/{who}"}, at=NOON)

    _together(*(threading.Thread(target=tell, args=(who,)) for who in ("a", "b")))
    with DataFolder.open(tmp_path) as folder:
        records = list(folder.records.find(kind="industry.measure"))
        latest = next(record for one, record in measures_of(folder) if one.clause == "III.4.4")

    assert sorted(str(record.body["step"]) for record in records) == ["1", "2"]
    assert latest is not None
    assert latest.body["step"] == 2
