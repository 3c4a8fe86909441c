# SPDX-License-Identifier: Apache-2.0
"""Clocks made of noise whose size is known: to learn on, and for the demonstration."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from sichen.core import Language, convert
from sichen.stability import Question, noise_name, simulate_noise
from sichen.stability.readers import Kind

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SampleClock:
    """A clock that exists only as numbers.

    Parameters
    ----------
    name : str
        As it is asked for.
    title : mapping of language to str
    input : {"phase", "frequency"}
    unit : str
        Of the numbers in its file.
    tau0 : float
        Seconds.
    noise : tuple of (int, float)
        Exponent and true Allan deviation at `tau0` of each power law.
    content : bytes
        Its file, which says in its first lines what it was made of.
    """

    name: str
    title: Mapping[Language, str]
    input: Kind
    unit: str
    tau0: float
    noise: tuple[tuple[int, float], ...]
    content: bytes

    @property
    def question(self) -> Question:
        """How its file is read."""
        return Question(input=self.input, unit=self.unit, tau0=self.tau0)


@cache
def sample_clocks() -> Mapping[str, SampleClock]:
    """Return the sample clocks by name; the same on every machine."""
    table = tomllib.loads(resources.files("sichen.adapters").joinpath("data/sample_clocks.toml").read_text(encoding="utf-8"))
    seed = int(table.pop("seed"))
    return {name: _made(name, row, seed + 100 * number) for number, (name, row) in enumerate(table.items())}


def _made(name: str, row: Mapping[str, Any], seed: int) -> SampleClock:
    noise = tuple((int(alpha), float(deviation)) for alpha, deviation in row["noise"])
    points, tau0 = int(row["points"]), float(row["tau0"])
    phase = np.zeros(points + 1)
    for number, (alpha, deviation) in enumerate(noise):
        phase += simulate_noise(points + 1, alpha=alpha, seed=seed + number, tau0=tau0, deviation=deviation).phase
    in_rate = row["input"] == "frequency"
    values = np.diff(phase) / tau0 * convert(1.0, unit="s/s", to="s/d") + row.get("rate", 0.0) if in_rate else phase[:points]
    unit = "s/d" if in_rate else "s"
    laws = ", ".join(f"{noise_name(alpha)} {deviation:g}" for alpha, deviation in noise)
    head = f"# simulated: {row['name']['en']}; Allan deviation at tau0: {laws}; seed {seed}\n# tau: {tau0:g}\n"
    content = head + "".join(f"{value:.8g}\n" for value in values.tolist())
    return SampleClock(name, row["name"], row["input"], unit, tau0, noise, content.encode())
