# SPDX-License-Identifier: Apache-2.0
"""One changed byte is found wherever it is in a data folder, and an orderly change is no alarm."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sichen.adapters import DataFolder, sums
from sichen.adapters.issuing_house import House, set_house
from sichen.adapters.ledger import desk
from sichen.adapters.whole_folder import accept, verify_folder
from sichen.adapters.write_ahead_log import first_damage
from sichen.conformity.certificate import Party
from sichen.core import Input, Instant, NotFound, Record

NOON = Instant.parse("2026-03-01T12:00:00Z")
SIZES = (0, 18, 24, 100, 2000, 4095, -1)
"""Places in a file: the header of a database, its first page, and the last byte."""


def _keep(place: Path, number: int) -> None:
    with DataFolder.open(place) as folder:
        raw = folder.keep(f"recording {number}".encode(), media_type="audio/wav", name=f"{number}.wav")
        folder.records.append(
            Record("bench.reading", f"watch:{number}", {"n": number}, "test", "1", NOON, inputs=(Input("sound", raw.digest),))
        )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return the data folder of a small house: two readings, a ledger, keys and settings."""
    place = tmp_path / "data"
    _keep(place, 1)
    _keep(place, 2)
    set_house(place, House(Party("Test house", "检测室")))
    with DataFolder.open(place) as folder, desk.open_ledger(folder) as ledger:
        desk.seal(folder, ledger)
    return place


def _files(place: Path) -> Iterator[Path]:
    found = (path for path in sorted(place.rglob("*")) if path.is_file() and path.stat().st_size)
    return (path for path in found if not path.name.endswith(("-shm", "-wal")))


def test_a_whole_folder_is_whole_and_every_file_of_it_has_a_sum(house: Path) -> None:
    checked = verify_folder(house)
    assert (checked.problems, checked.open) == ((), ())
    assert checked.count > 8


def test_one_changed_byte_in_any_file_is_found_and_mended_by_changing_it_back(house: Path) -> None:
    for path in list(_files(house)):
        whole = path.read_bytes()
        path.chmod(0o600)
        for place in {size % len(whole) for size in SIZES}:
            changed = bytearray(whole)
            changed[place] ^= 0x10
            path.write_bytes(changed)
            assert verify_folder(house).problems, f"{path.relative_to(house)} at {place}"
        path.write_bytes(whole)
        assert verify_folder(house).problems == (), path.name


def test_a_lost_file_is_found(house: Path) -> None:
    (house / "house.json").unlink()
    assert [found.message.key for found in verify_folder(house).problems] == ["adapters.verify.file_gone"]


def test_orderly_work_after_a_check_is_no_alarm(house: Path) -> None:
    verify_folder(house)
    _keep(house, 3)
    set_house(house, House(Party("Another name", "另名")))
    checked = verify_folder(house)
    assert (checked.problems, checked.open) == ((), ())


def test_two_who_write_in_turn_leave_a_right_sum(house: Path) -> None:
    with DataFolder.open(house) as first:
        _keep(house, 4)
        first.records.append(Record("bench.reading", "watch:5", {"n": 5}, "test", "1", NOON))
        _keep(house, 6)
    checked = verify_folder(house)
    assert (checked.problems, checked.open) == ((), ())


def test_a_killed_writer_leaves_no_alarm_but_a_file_without_a_sum(house: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from sichen.adapters import DataFolder;"
        "from sichen.core import Instant, Record;"
        "folder = DataFolder.open(Path(sys.argv[1]));"
        "folder.records.append(Record('k', 's', {}, 'm', '1', Instant.parse('2026-01-01T00:00:00Z')));"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(house)], check=False, env={**os.environ})
    assert killed.returncode == -signal.SIGKILL
    checked = verify_folder(house)
    assert (checked.problems, checked.open) == ((), ("records.sqlite",))
    _keep(house, 7)
    assert verify_folder(house).open == ()


def test_what_a_person_changed_by_hand_is_told_until_he_says_that_it_was_he(house: Path) -> None:
    path = house / "house.json"
    path.write_bytes(path.read_bytes() + b"\n")
    assert verify_folder(house).problems
    accept("house.json", house)
    assert verify_folder(house).problems == ()


@pytest.mark.parametrize("name", ["nothing.json", "../outside.json"])
def test_only_a_file_of_the_folder_can_be_accepted(house: Path, name: str) -> None:
    (house.parent / "outside.json").write_text("{}", encoding="utf-8")
    with pytest.raises(NotFound):
        accept(name, house)


def test_a_file_outside_a_data_folder_has_no_sum(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("hello", encoding="utf-8")
    sums.note(path)
    assert list(tmp_path.iterdir()) == [path]


KEEP_THREE_AND_DIE = (
    "import os, signal, sys; from pathlib import Path; from sichen.adapters import DataFolder;"
    "from sichen.core import Instant, Record;"
    "folder = DataFolder.open(Path(sys.argv[1])); at = Instant.parse('2026-01-01T00:00:00Z');"
    "[folder.records.append(Record('k', f's{n}', {'n': n}, 'm', '1', at)) for n in range(3)];"
    "os.kill(os.getpid(), signal.SIGKILL)"
)


def test_a_byte_changed_in_the_log_of_a_killed_writer_is_found_before_sqlite_drops_what_was_confirmed(house: Path) -> None:
    subprocess.run([sys.executable, "-c", KEEP_THREE_AND_DIE, str(house)], check=False, env={**os.environ})
    log = house / "records.sqlite-wal"
    whole = log.read_bytes()
    assert first_damage(whole) is None
    for place in {*range(0, len(whole), 1901), 3, 25, 33, 41, 44, 50, len(whole) - 1}:
        changed = bytearray(whole)
        changed[place] ^= 0x10
        assert first_damage(bytes(changed)) is not None, place
    log.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :])
    assert "adapters.verify.log_damaged" in [found.message.key for found in verify_folder(house).problems]


def test_a_log_beside_a_workbench_at_work_is_no_alarm(house: Path) -> None:
    with DataFolder.open(house) as workbench:
        workbench.records.count()
        workbench.records.append(Record("bench.reading", "watch:8", {"n": 8}, "test", "1", NOON))
        assert (house / "records.sqlite-wal").stat().st_size
        assert verify_folder(house).problems == ()


def test_a_frame_that_was_being_written_when_its_process_died_is_no_damage(house: Path) -> None:
    subprocess.run([sys.executable, "-c", KEEP_THREE_AND_DIE, str(house)], check=False, env={**os.environ})
    whole = (house / "records.sqlite-wal").read_bytes()
    frame = 24 + 4096
    begun = whole + whole[-frame : -frame + 4] + bytes(4) + whole[-frame + 8 :]
    assert first_damage(begun) is None
    assert first_damage(whole + whole[-frame : -frame // 2]) is None
