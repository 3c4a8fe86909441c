# SPDX-License-Identifier: Apache-2.0
"""What trace must show. ``./run bench-suite trace [--quick | --long]``; quick takes a tenth of the trials, long crashes 10,000 times."""

from benchmarks.trace import epcis, genealogy, identifiers, identifiers_taps, ledger


def main(options: list[str]) -> int:
    """Run all parts and return how many limits were missed."""
    epcis.main()
    return sum(part.main(options) for part in (ledger, identifiers, identifiers_taps, genealogy))
