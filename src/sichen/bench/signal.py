# SPDX-License-Identifier: Apache-2.0
"""Sound as the bench sees it: samples in pieces, from a file, a sound card or a browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""Samples of shape (frames, channels), full scale ±1."""


class SampleStream(Protocol):
    """Sound that arrives in pieces, so that a recording of days needs no more memory than one of seconds."""

    @property
    def sample_rate(self) -> float:
        """Nominal frames a second."""
        ...

    @property
    def channels(self) -> int:
        """Number of channels."""
        ...

    @property
    def frames(self) -> int | None:
        """Number of frames in all, or None when nobody knows yet."""
        ...

    def chunks(self) -> Iterator[Samples]:
        """Yield the sound from its beginning, about half a second at a time; may be called again."""
        ...


@dataclass(frozen=True)
class Recording:
    """A short sound held in memory: a `SampleStream` of one array.

    Parameters
    ----------
    samples : ndarray of float32, shape (frames, channels)
    sample_rate : float > 0
        Nominal frames a second.
    """

    samples: Samples
    sample_rate: float
    chunk: int = 24_000

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[1])

    @property
    def frames(self) -> int:
        """Number of frames in all."""
        return int(self.samples.shape[0])

    def chunks(self) -> Iterator[Samples]:
        """Yield the sound in pieces of `chunk` frames."""
        for start in range(0, self.frames, self.chunk):
            yield self.samples[start : start + self.chunk]
