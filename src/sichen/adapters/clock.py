# SPDX-License-Identifier: Apache-2.0
"""The clock on the wall: the only place that reads it."""

import time

from sichen.core import Instant


def now() -> Instant:
    """Return the time of this computer, in UTC.

    Returns
    -------
    Instant
        What the operating system says; how far it may be off is for the time base to tell.

    Examples
    --------
    >>> now().isoformat().endswith("Z")
    True
    """
    return Instant(time.time_ns())
