# SPDX-License-Identifier: Apache-2.0
"""The numbers behind the judgement of taps."""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class TapModel:
    """Assumptions and decisions; ``data/tap_model.toml`` says what each means and where it comes from.

    Parameters
    ----------
    single_step, further_step, list_share, false_place, far_attack, key_leak, broken_message : float, 0 to 1
    list_width, widest_gap : float
        Counts.
    unseen_reads : float
        Reads a day.
    unseen_dispersion : float > 0
    fastest_travel : float
        Kilometres an hour.
    stale_taps : float
    alarm : float
        Logarithm to base 10.
    """

    single_step: float
    further_step: float
    list_share: float
    list_width: float
    unseen_reads: float
    unseen_dispersion: float
    widest_gap: float
    fastest_travel: float
    false_place: float
    far_attack: float
    stale_taps: float
    alarm: float
    key_leak: float
    broken_message: float


@cache
def tap_model() -> TapModel:
    """Return the model that comes with Sichen.

    Examples
    --------
    >>> tap_model().alarm
    -3.0
    """
    text = resources.files(__package__).joinpath("data/tap_model.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return TapModel(**{field.name: float(table[field.name]["value"]) for field in fields(TapModel)})
