# SPDX-License-Identifier: Apache-2.0
"""The documentation is true: the reference is what the commands say, and no page, command or key is missing."""

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from cyclopts import App, CycloptsError
from tools.reference import PAGE, command_line

from sichen.bench import BeatList, Reading, measure_events, measurement_schema
from sichen.bench.quartz import QuartzReading
from sichen.cli.app import app
from sichen.core import JSON, catalogue

HOME = Path(__file__).parent.parent
DOCS = HOME / "docs"
PAGES = [*sorted(HOME.glob("README*.md")), *sorted(page for page in DOCS.rglob("*.md") if page != PAGE)]
ROUTINES = {"check", "test", "bench-suite", "docs", "lock"}  # words of ./run that are no command of sichen


def commands(tree: App, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the words of every command, as ``bench measure``."""
    for name in tree:
        if not name.startswith("-"):
            here = (*path, name)
            below = list(commands(tree[name], here))
            yield from below or [" ".join(here)]


def typed_lines(text: str) -> Iterator[str]:
    """Yield what follows the prompt in the console blocks of a page."""
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            found = re.match(r"\$ (?:sichen|\./run)\b ?(.*)", line)
            if found:
                yield found[1]


def unmentioned(keys: Iterable[str], page: str) -> list[str]:
    """Return the keys that a page of the reference does not name."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return sorted(key for key in keys if f"`{key}`" not in text)


def keys_of(value: JSON) -> set[str]:
    """Return every key in a JSON Schema's properties, at any depth."""
    if isinstance(value, list):
        return {key for entry in value for key in keys_of(entry)}
    if not isinstance(value, dict):
        return set()
    properties = value.get("properties")
    here = set(properties) if isinstance(properties, dict) else set()
    return here | {key for entry in value.values() for key in keys_of(entry)}


def test_the_reference_of_the_command_line_is_what_the_commands_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == command_line(), "write it again: .venv/bin/python -m tools.reference"


def test_every_page_that_the_map_names_exists() -> None:
    for index in (DOCS / "index.md", DOCS / "zh/index.md"):
        text = index.read_text(encoding="utf-8")
        for block in re.findall(r"```\{toctree\}(.*?)```", text, re.DOTALL):
            for line in block.splitlines():
                if line and not line.startswith(":"):
                    assert (index.parent / f"{line}.md").is_file(), f"{index.name} names {line}"


def test_chinese_and_english_sentences_of_the_core_are_both_there() -> None:
    assert catalogue("core")["too_few_samples"]["zh"].startswith("只有")


def test_every_command_is_shown_in_a_guide() -> None:
    pages = [*(DOCS / "guide").glob("*.md"), *(DOCS / "tutorial").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    missing = [words for words in commands(app) if not re.search(rf"sichen {re.escape(words)}\b(?!-)", text)]
    assert not missing


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(HOME).as_posix())
def test_every_console_line_names_a_command_and_options_that_exist(path: Path) -> None:
    for line in typed_lines(path.read_text(encoding="utf-8")):
        words = shlex.split(line)
        if words and words[0] in ROUTINES:
            continue
        try:
            app.parse_args(words, exit_on_error=False, print_error=False)
        except CycloptsError as error:
            pytest.fail(f"$ sichen {line}: {error}")


def test_every_key_of_a_reading_is_explained() -> None:
    silent = BeatList({"tick": np.linspace(0.0, 29.875, 240, dtype=np.float64)})
    keys = {*Reading(0.0).to_json(), *measure_events(silent).to_json(), *QuartzReading(0.0).to_json()}
    assert not unmentioned(keys, "reference/bench-figures.md")


def test_every_key_of_the_measurement_file_is_explained() -> None:
    page = (DOCS / "reference/measurement-file.md").read_text(encoding="utf-8")
    missing = [key for key in keys_of(dict(measurement_schema())) if not re.search(rf"\b{key}\b", page)]
    assert not missing
