# SPDX-License-Identifier: Apache-2.0
"""The page about security names tests that exist, and every chapter of the yardstick."""

import re
from pathlib import Path

HOME = Path(__file__).parent.parent
PAGE = (HOME / "docs/explanation/security.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_exists() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (HOME / "tests").rglob("test_*.py"))
    missing = [name for name in re.findall(r"`(test_\w+)`", PAGE) if f"def {name}(" not in tests]
    assert not missing


def test_every_chapter_has_its_rows_and_each_row_a_status() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| V\d+ ", line)]
    assert {row[0] for row in rows} == {f"V{number}" for number in range(1, 18)}
    for row in rows:
        assert row[4] in {"met", "part", "missing", "elsewhere", "not applicable"}
        assert row[4] not in {"met", "part"} or "test_" in row[3], row
