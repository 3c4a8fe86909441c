# SPDX-License-Identifier: Apache-2.0
"""Between which bounds the numbers of a configuration or a situation make sense; what lies outside is a slip of the pen."""

from collections.abc import Mapping

from sichen.core import ConfigError, Message

Range = tuple[float, float]

CENTURY = 3.2e9
"""Seconds; nothing that is measured here lasts longer."""
HALF_A_DAY_EAST, HALF_A_DAY_WEST = 14 * 60, -12 * 60

ARBITER: Mapping[str, Range] = {
    "arbiter.room": (0.0, 100.0),
    "arbiter.usable": (1e-12, 3600.0),
    "arbiter.jump": (0.0, 1e-3),
    "arbiter.threshold": (1.0, 1000.0),
    "arbiter.probation": (0.0, 1e7),
    "arbiter.back_after": (0.0, 1e7),
    "arbiter.waiting": (0.0, 1e6),
    "arbiter.slew": (1e-12, 0.099),
    "arbiter.settle": (0.25, 1e6),
}
SOURCE: Mapping[str, Range] = {"source.u": (1e-15, 1e4), "source.jitter": (1e-15, 1e4), "source.priority": (1, 1000)}
SERVICE: Mapping[str, Range] = {
    **ARBITER,
    **SOURCE,
    "source.delay": (-10.0, 10.0),
    "source.baud": (50, 4_000_000),
    "source.offset": (HALF_A_DAY_WEST, HALF_A_DAY_EAST),
    "source.ke_port": (1, 65_535),
    "output.baud": (50, 4_000_000),
    "output.offset": (HALF_A_DAY_WEST, HALF_A_DAY_EAST),
    "output.interval": (0.0, 3600.0),
    "output.burst": (1, 100_000),
    "output.unit": (0, 255),
    "output.ke_port": (1, 65_535),
}
SITUATION: Mapping[str, Range] = {
    **ARBITER,
    **SOURCE,
    "seed": (0, 2**128),
    "oscillator.ageing": (-1e-3, 1e-3),
    "oscillator.offset": (-1e-2, 1e-2),
    "oscillator.swing": (0.0, 200.0),
    "oscillator.disturbance.at": (0.0, 1e5),
    "oscillator.disturbance.step": (-CENTURY, CENTURY),
    "oscillator.disturbance.frequency": (-1e-2, 1e-2),
    "source.offset": (-CENTURY, CENTURY),
    "source.event.begin": (0.0, 1e5),
    "source.event.value": (-CENTURY, CENTURY),
    "limit.value": (0.0, CENTURY),
    "limit.begin": (0.0, 1e5),
}


def check_range(name: str, value: float, bounds: Range) -> None:
    """Refuse a number outside its bounds, or one that is none.

    Raises
    ------
    ConfigError
        The message names the key.

    Examples
    --------
    >>> check_range("source.u", float("nan"), (0.0, 1.0))
    Traceback (most recent call last):
    ...
    sichen.core.errors.ConfigError: source.u is nan; it must lie between 0 and 1
    """
    low, high = bounds
    if not low <= value <= high:
        found, least, most = (f"{one:g}" for one in (value, low, high))
        raise ConfigError(Message("timebase.service.range", name=name, found=found, low=least, high=most))
