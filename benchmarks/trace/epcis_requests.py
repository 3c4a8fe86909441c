# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks.trace.epcis_requests FILE``: 10,000 made-up requests, FILE being the standard's OpenAPI; none may fail."""

import sys
import tempfile
from pathlib import Path

from tests.web.epcis_requests import ask_all

from sichen.adapters import DataFolder
from sichen.web import create_app

EACH = 170
"""Requests an operation; the standard has 63."""


def main(description: str) -> int:
    """Ask, print what was answered, return how many requests made the server fail."""
    with tempfile.TemporaryDirectory() as name, DataFolder.open(name) as folder:
        app = create_app(folder)
        answers, failures = ask_all(app, Path(description), each=EACH)
        app.state.epcis.close()
    print(f"{answers.total()} requests:", ", ".join(f"{count} × {status}" for status, count in sorted(answers.items())))
    print(f"{len(failures)} failures", *failures[:10], sep="\n  ")
    return len(failures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
