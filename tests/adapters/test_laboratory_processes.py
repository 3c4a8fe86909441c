# SPDX-License-Identifier: Apache-2.0
"""Two tablets at once, and one that dies: no result is lost, doubled or half kept."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sichen.adapters import DataFolder
from sichen.adapters import laboratory_desk as desk
from sichen.adapters import laboratory_equipment as equipment
from sichen.adapters.laboratory_book import world_of
from sichen.adapters.laboratory_keeping import trails
from sichen.conformity import laboratory as lab
from sichen.conformity import plan
from sichen.conformity.certificate import Item, Party
from sichen.core import Instant

TABLET = """
import sys
from sichen.adapters import DataFolder
from sichen.adapters.laboratory_capture import Result, capture, capture_file
from sichen.core import SichenError

path, address, number, tablet, first, last, whole = sys.argv[1:]
with DataFolder.open(path, database=address) as folder:
    for watch in range(int(first), int(last)):
        rows = [("rate_before", "2.1"), ("stops", "0"), ("rate_after", "3.0")]
        try:
            if whole == "file":
                table = "watch,quantity,value\\n" + "".join(f"W-{watch},{name},{value}\\n" for name, value in rows)
                capture_file(folder, number, "iso764", table.encode(), name=f"{watch}.csv", instrument="T-1", person=tablet)
            else:
                for name, value in rows:
                    capture(folder, number, "iso764", Result(f"W-{watch}", name, value, instrument="T-1"), person=tablet)
        except SichenError as error:
            print("refused", watch, error.message.key, flush=True)
        else:
            print("kept", watch, flush=True)
"""
WATCHES = 12


def laboratory(path: Path, address: str) -> str:
    """Make a case with a dozen watches at the stations."""
    with DataFolder.open(path, database=address) as folder:
        begun, ends = Instant.parse("2020-01-01T00:00:00Z"), Instant.parse("2099-01-01T00:00:00Z")
        equipment.add_instrument(folder, lab.Instrument("T-1", "timer", "校表仪", "C-1", begun, ends), person="Li")
        number = desk.open_case(folder, Party("Maker", "某表厂"), person="Li").number
        for watch in range(WATCHES):
            desk.register_sample(folder, number, Item(f"W-{watch}", "海鸥", state="new"), person="Li")
        desk.accept_case(folder, number, [plan("iso764").choose(category="mechanical")], person="Wang")
        desk.begin_case(folder, number, person="Li")
    return number


def tablet(*words: object) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", TABLET, *map(str, words)], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_tablets_that_write_into_one_case_lose_nothing_and_double_nothing(address: str, tmp_path: Path) -> None:
    """Each has watches of its own, and both try the middle four: one of them is told that it is done already."""
    number = laboratory(tmp_path / "data", address)
    both = [tablet(tmp_path / "data", address, number, name, *span, "one") for name, span in (("A", (0, 8)), ("B", (4, 12)))]
    said = [process.communicate(timeout=120)[0].splitlines() for process in both]

    assert [process.returncode for process in both] == [0, 0]
    with DataFolder.open(tmp_path / "data", database=address) as folder:
        case = world_of(folder).case(number)
        assert len(case.captures) == len({(one.serial, one.quantity) for one in case.captures}) == 3 * WATCHES
        assert [one for one in trails(folder) if one.faults] == []
    told = [line for lines in said for line in lines if line.startswith("refused")]
    assert {line.split()[-1] for line in told} <= {"conformity.laboratory.captured"}


@pytest.mark.slow
def test_a_tablet_that_dies_leaves_whole_files_only(address: str, tmp_path: Path) -> None:
    number = laboratory(tmp_path / "data", address)
    pauses = random.Random(5)
    acknowledged: set[str] = set()
    for start in range(0, WATCHES, 3):
        with tablet(tmp_path / "data", address, number, "A", start, WATCHES, "file") as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            time.sleep(pauses.uniform(0.0, 0.05))
            process.send_signal(signal.SIGKILL)
            acknowledged |= {
                line.split()[1] for line in (first + process.stdout.read()).splitlines() if line.startswith("kept")
            }

    with DataFolder.open(tmp_path / "data", database=address) as folder:
        case = world_of(folder).case(number)
        counts = {serial: sum(one.serial == serial for one in case.captures) for serial in case.samples}
        assert set(counts.values()) <= {0, 3}
        assert all(counts[f"W-{watch}"] == 3 for watch in acknowledged)
        assert [one for one in trails(folder) if one.faults] == []
        assert list(folder.records.verify_all()) == []
