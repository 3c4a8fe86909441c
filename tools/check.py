# SPDX-License-Identifier: Apache-2.0
"""The quality gate: format, lint, types, layers, glossary, licences. ``./run check --fix`` mends what it can."""

import subprocess
import sys
import time
from pathlib import Path

STEPS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "layers": ["lint-imports"],
    "glossary and licences": [
        "pytest",
        "-q",
        "--no-header",
        "tests/test_glossary.py",
        "tests/test_licences.py",
        "tests/test_house.py",
    ],
}
FIXES = [["ruff", "check", "--fix", "."], ["ruff", "format", "."]]


def main(words: list[str]) -> int:
    """Run every step, tell which failed, and return 0 when none did."""
    tools = Path(sys.executable).parent
    if "--fix" in words:
        for command in FIXES:
            subprocess.run([str(tools / command[0]), *command[1:]], check=False)
    failed = []
    for name, command in STEPS.items():
        start = time.monotonic()
        done = subprocess.run([str(tools / command[0]), *command[1:]], check=False, capture_output=True, text=True)
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{name:24} {verdict:7} {time.monotonic() - start:5.1f} s", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
