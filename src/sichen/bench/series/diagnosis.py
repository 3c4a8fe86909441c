# SPDX-License-Identifier: Apache-2.0
"""What the beats of a watch may mean: the fault charts of the trade, as data, none of them validated."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from sichen.bench.reading import Beats
from sichen.bench.series.periodicity import Periodicity
from sichen.core import JSON, Language

_ENOUGH = 64  # beats: a skewness of fewer has a standard error above 0.3
_PARTS = 8  # stretches that the beat error is compared over


@dataclass(frozen=True)
class Condition:
    """A feature and the side of a limit it must lie on."""

    feature: str
    above: float | None = None
    below: float | None = None

    def holds(self, value: float) -> bool:
        """Tell whether a value lies on the right side."""
        return (self.above is None or value > self.above) and (self.below is None or value < self.below)


@dataclass(frozen=True)
class Signature:
    """What a fault would look like."""

    name: str
    en: str
    zh: str
    when: tuple[Condition, ...]
    source: str
    validated: bool


@dataclass(frozen=True)
class Suspicion:
    """A fault that the features do not speak against.

    Parameters
    ----------
    signature : Signature
    evidence : mapping of str to float
        The features that raised it.
    """

    signature: Signature
    evidence: Mapping[str, float]

    def text(self, language: Language = "en") -> str:
        """Return the suspicion as a sentence, which says "may"."""
        return self.signature.zh if language == "zh" else self.signature.en

    def to_json(self) -> dict[str, JSON]:
        """Return the suspicion as plain JSON."""
        return {
            "name": self.signature.name,
            "text": self.signature.en,
            "evidence": dict(self.evidence),
            "validated": self.signature.validated,
            "source": self.signature.source,
        }


@cache
def signatures() -> tuple[Signature, ...]:
    """Return all signatures."""
    text = resources.files("sichen.bench").joinpath("data/signatures.toml").read_text(encoding="utf-8")
    return tuple(
        Signature(name, row["en"], row["zh"], tuple(Condition(**one) for one in row["when"]), row["source"], row["validated"])
        for name, row in tomllib.loads(text).items()
    )


def diagnose(features: Mapping[str, float]) -> tuple[Suspicion, ...]:
    """Return what the features may mean.

    Parameters
    ----------
    features : mapping of str to float
        Those that were measured; names and meaning stand in ``data/signatures.toml``.

    Returns
    -------
    tuple of Suspicion
        A signature is raised only when all its features were measured and all hold.

    Examples
    --------
    >>> [one.text() for one in diagnose({"unlock_level": 1.1})]
    ['unlocking may be heavy: it sounds as loud as the drop']
    """
    found = []
    for signature in signatures():
        seen = {one.feature: features[one.feature] for one in signature.when if one.feature in features}
        if len(seen) == len(signature.when) and all(one.holds(seen[one.feature]) for one in signature.when):
            found.append(Suspicion(signature, seen))
    return tuple(found)


def features_of(
    beats: Beats, residual: npt.NDArray[np.float64], *, periodicities: Iterable[Periodicity] = ()
) -> dict[str, float]:
    """Return the features that times alone can give.

    Parameters
    ----------
    beats : Beats
    residual : ndarray of float64, shape (n,)
        Seconds late of a straight line; NaN where there is none.
    periodicities : iterable of Periodicity
        Found in the same beats.
    """
    features: dict[str, float] = {}
    place = (beats.impulse - beats.unlock) / (beats.drop - beats.unlock)
    if np.isfinite(place).sum() >= _ENOUGH:
        features["impulse_place"] = float(np.nanmedian(place))
    good = np.isfinite(residual)
    if good.sum() >= _ENOUGH:
        rest = residual[good] - np.median(residual[good])
        features["late_skew"] = float(np.mean(rest**3) / max(float(np.mean(rest**2)), 1e-24) ** 1.5)
        features["beat_error_range"] = _range_of_error(beats.number[good], residual[good])
    for wave in periodicities:
        if wave.wheel == "escape_wheel" and wave.order == 1 and wave.amplitude.value is not None:
            features["escape_wave"] = wave.amplitude.value
            features["escape_harmonics"] = float(sum(line > 0 for line in wave.harmonics))
    return features


def _range_of_error(number: npt.NDArray[np.int64], residual: npt.NDArray[np.float64]) -> float:
    """Return how far the beat error roams over the run, in standard uncertainties of one stretch."""
    errors, spreads = [], []
    for part in np.array_split(np.arange(number.size), _PARTS):
        even, odd = (residual[part][number[part] % 2 == side] for side in (0, 1))
        if min(even.size, odd.size) < 2:  # noqa: PLR2004 - one value has no scatter
            continue
        errors.append(float(odd.mean() - even.mean()))
        spreads.append(float(even.var(ddof=1) / even.size + odd.var(ddof=1) / odd.size))
    if len(errors) < 2 or max(spreads) <= 0:  # noqa: PLR2004 - a range needs two ends
        return 0.0
    return float(np.ptp(errors) / np.sqrt(np.mean(spreads)))
