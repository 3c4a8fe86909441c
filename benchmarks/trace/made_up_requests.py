# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks.trace.made_up_requests FILE``: 10,000 made-up requests to the whole interface; none may fail.

FILE is the OpenAPI description of the EPCIS standard; the rest of the interface describes itself, and its answers must be
what it says.
"""

import sys
import tempfile
import time
import warnings
from pathlib import Path

from tests.web.made_up_requests import Answers, ask_product, ask_standard

from sichen.adapters import DataFolder
from sichen.web import create_app

OF_STANDARD, OF_PRODUCT = 120, 120
"""Requests an operation: of the 63 that the standard has, and of the others. Some allow fewer different ones."""


def main(description: str) -> int:
    """Ask, print what was answered, return how many requests failed or were answered otherwise than described."""
    warnings.simplefilter("ignore")  # of schemathesis about a description that is not ours
    with tempfile.TemporaryDirectory() as name, DataFolder.open(name) as folder:
        app = create_app(folder, upload_limit=2_000_000)
        start = time.perf_counter()
        standard = ask_standard(app, Path(description), each=OF_STANDARD)
        _tell("the EPCIS standard", standard, time.perf_counter() - start)
        start = time.perf_counter()
        product = ask_product(app, each=OF_PRODUCT)
        _tell("everything else", product, time.perf_counter() - start)
        app.state.epcis.close()
    total = standard.statuses.total() + product.statuses.total()
    bad = [*standard.failures, *product.failures, *product.breaches]
    print(f"{total} requests, {len(bad)} wrong answers", *bad[:20], sep="\n  ")
    return len(bad)


def _tell(what: str, answers: Answers, spent: float) -> None:
    statuses = ", ".join(f"{count} × {status}" for status, count in sorted(answers.statuses.items()))
    print(f"{what}, {answers.statuses.total()} requests in {spent:.0f} s: {statuses}", flush=True)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1]), 1))
