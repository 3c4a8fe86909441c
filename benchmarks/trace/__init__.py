# SPDX-License-Identifier: Apache-2.0
"""What trace must show. ``./run bench-suite trace [--quick]``; quick takes a tenth of the trials."""

from benchmarks.trace import genealogy, identifiers, identifiers_taps


def main(options: list[str]) -> int:
    """Run all parts and return how many limits were missed."""
    return sum(part.main(options) for part in (identifiers, identifiers_taps, genealogy))
