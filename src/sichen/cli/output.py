# SPDX-License-Identifier: Apache-2.0
"""What the command line prints: results on stdout, everything else on stderr, in the reader's language."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

from sichen.core.canonical import JSON
from sichen.core.message import Language, Message
from sichen.core.record import Record


def language() -> Language:
    """Return the reader's language: SICHEN_LANGUAGE, else the locale."""
    named = os.environ.get("SICHEN_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES")
    return "zh" if (named or os.environ.get("LANG", "")).lower().startswith("zh") else "en"


def say(message: Message) -> str:
    """Return a sentence in the reader's language."""
    return message.text(language())


def complain(message: Message) -> None:
    """Tell on stderr what went wrong."""
    print(f"sichen: {say(message)}", file=sys.stderr)


def note(text: str) -> None:
    """Tell something beside the result, on stderr."""
    print(text, file=sys.stderr)


def print_kept(name: str, record: Record) -> None:
    """Tell under which digest a file's result was kept, and as of which instant."""
    note(say(Message("cli.bench.kept", file=name, digest=record.digest, instant=f"{record.instant.isoformat()[:19]}Z")))


def print_json(value: JSON) -> None:
    """Print one JSON value on one line."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False), flush=True)


def print_table(rows: Iterable[Sequence[str]], *, header: Sequence[str] = ()) -> None:
    """Print rows in columns; a Chinese character takes two places."""
    lines = [list(row) for row in ([header] if header else [])] + [list(row) for row in rows]
    if not lines:
        return
    widths = [max(_width(line[column]) for line in lines if column < len(line)) for column in range(max(map(len, lines)))]
    for line in lines:
        print("  ".join(cell + " " * (widths[column] - _width(cell)) for column, cell in enumerate(line)).rstrip())


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
