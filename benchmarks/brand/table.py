# SPDX-License-Identifier: Apache-2.0
"""Printing rows with a limit, and where the data are."""

import os
from pathlib import Path

DATA = Path(os.environ.get("SICHEN_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")) / "brand"


def row(what: str, value: float, limit: float, unit: str = "", *, note: str = "", least: bool = False) -> int:
    """Print a figure beside its limit and return 1 when it misses it."""
    missed = not (value >= limit if least else value <= limit)
    sign = "≥" if least else "≤"
    print(f"  {what:66} {value:11.4g} {unit:4} {sign} {limit:<8.4g} {'MISSED' if missed else 'ok':7} {note}")
    return int(missed)


def text(name: str) -> str:
    """Return a file of the data folder."""
    return (DATA / name).read_text(encoding="utf-8")
