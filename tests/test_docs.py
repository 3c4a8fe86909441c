# SPDX-License-Identifier: Apache-2.0
"""The documentation is true: the reference is what the commands say, and no page is missing."""

import re
from pathlib import Path

from tools.reference import PAGE, command_line

from sichen.core import catalogue

DOCS = Path(__file__).parent.parent / "docs"


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
