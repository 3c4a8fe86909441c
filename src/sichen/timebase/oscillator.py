# SPDX-License-Identifier: Apache-2.0
"""Classes of oscillators: what is known of a clock before it has been learned."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sichen.core import Language, Message, NotFound
from sichen.timebase.clockmodel import ClockModel

MARKOV_CONSTANTS = (300.0, 3e3, 3e4, 3e5)  # four states cover a minute to some days


@dataclass(frozen=True)
class Oscillator:
    """A class of oscillators.

    Parameters
    ----------
    identifier : str
    q1, q2, flicker : float
        Noise, as in `ClockModel`.
    ageing : float
        Drift of the frequency, in 1/d.
    temperature : float
        Linear coefficient of the frequency, in 1/K.
    jump : float
        Greatest sudden change of frequency that is put down to the oscillator itself.
    names : mapping of {"en", "zh"} to str
    source : str
    verified : bool
    """

    identifier: str
    q1: float
    q2: float
    flicker: float
    ageing: float
    temperature: float
    jump: float
    names: Mapping[Language, str]
    source: str
    verified: bool

    def model(self, *, heated: bool = False, room: float = 0.0) -> ClockModel:
        """Return the clock model with this noise.

        Parameters
        ----------
        heated : bool
            Whether the temperature is measured.
        room : float >= 0
            Standard deviation of a temperature that is not, in K.
        """
        constants = MARKOV_CONSTANTS if self.flicker > 0 else ()
        thermal = abs(self.temperature) * room
        return ClockModel(self.q1, self.q2, 0.0, self.flicker, constants, heated=heated, thermal=thermal)


@cache
def oscillators() -> Mapping[str, Oscillator]:
    """Return all classes by name.

    Examples
    --------
    >>> sorted(oscillators())
    ['DOCXO', 'OCXO', 'Rb', 'TCXO', 'flicker']
    """
    text = resources.files("sichen.timebase").joinpath("data/oscillators.toml").read_text(encoding="utf-8")
    return {
        key: Oscillator(
            key,
            row["q1"],
            row["q2"],
            row["flicker"],
            row["ageing"],
            row["temperature"],
            row["jump"],
            row["name"],
            row["source"],
            row["verified"],
        )
        for key, row in tomllib.loads(text).items()
    }


def oscillator(identifier: str) -> Oscillator:
    """Return one class.

    Raises
    ------
    NotFound
        If no class has that name.
    """
    try:
        return oscillators()[identifier]
    except KeyError:
        raise NotFound(Message("timebase.no_oscillator", name=identifier, known=" ".join(oscillators()))) from None
