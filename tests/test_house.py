# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that no other tool checks."""

import re
import string
import subprocess
from pathlib import Path

import pytest

from sichen.core import LANGUAGES, catalogue

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for folder in ("src", "tests", "benchmarks", "tools") for path in (ROOT / folder).rglob("*.py"))
CATALOGUES = sorted(path.parent.name for path in (ROOT / "src/sichen").glob("*/messages.toml"))
MARKS = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", "NotImplemented" + "Error")))
PLACES = re.compile("|".join(("/wo" + "rk/", "/ro" + "ot/", "index" + "-url", "py" + "pi\\.org", "registry\\.npm")))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_and_names_its_licence_and_owes_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith("# SPDX-License-Identifier: Apache-2.0\n")
    assert text.count("\n") <= 500
    assert not MARKS.search(text)


def test_no_file_names_a_machine_or_a_registry() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in tracked.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".png", ".flac", ".wav", ".ogg", ".ico"} or not path.is_file():
            continue
        assert not PLACES.search(path.read_text(encoding="utf-8")), name


@pytest.mark.parametrize("package", CATALOGUES)
def test_every_sentence_exists_in_both_languages_with_the_same_blanks(package: str) -> None:
    for key, sentence in catalogue(package).items():
        blanks = [{name for _, name, _, _ in string.Formatter().parse(sentence[language]) if name} for language in LANGUAGES]

        # The singular of a sentence may spell its number out.
        assert blanks[0] == blanks[1] or (key.endswith(".one") and blanks[0] < blanks[1]), f"{package}.{key}"
        assert all(sentence[language].strip() for language in LANGUAGES), f"{package}.{key}"


KEYS = re.compile(r"""(?:Message|\bt|\bsay)\(\s*["']([a-z_]+\.[a-z0-9_.]+)["']""")


def test_every_sentence_that_is_used_exists() -> None:
    for path in (ROOT / "src").rglob("*"):
        if path.suffix not in {".py", ".html"}:
            continue
        for key in KEYS.findall(path.read_text(encoding="utf-8")):
            package, _, name = key.partition(".")
            assert name in catalogue(package), f"{path.name} uses {key}"
