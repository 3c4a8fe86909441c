# SPDX-License-Identifier: Apache-2.0
"""What a reader of the stability page asks, as the form says it and as the statistics need it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast

from sichen.adapters.sample_clocks import sample_clocks
from sichen.core import DataError, Message
from sichen.stability import STATISTICS, Question, mask, read_taus
from sichen.stability.drift import What

if TYPE_CHECKING:
    from sichen.stability.bias import Bias
    from sichen.stability.freedom import Model
    from sichen.stability.readers import Kind

USUAL = ("oadev", "mdev", "tdev", "ohdev", "totdev", "mtie")
FURTHER = ("adev", "hdev", "mtotdev", "ttotdev", "htotdev", "theo1", "theoh", "pdev", "tierms")
TITLES = MappingProxyType({name: row.title for name, row in STATISTICS.items()} | {"theoh": "TheoH", "mtie": "MTIE"})
READS = MappingProxyType({"phase": ("s", "ms", "µs", "ns"), "frequency": ("s/s", "ppm", "s/d", "s/month")})
LONGEST = 200


class Form(Protocol):
    """What a form and a question in an address have in common."""

    def get(self, key: str, default: str) -> object:
        """Return one value."""
        ...

    def getlist(self, key: str) -> Sequence[object]:
        """Return all values of a name."""
        ...


@dataclass(frozen=True)
class Asked:
    """The fields of the form, as text; empty means that nobody said.

    Parameters
    ----------
    reads : str
        Kind and unit of the numbers, e.g. ``phase ns``.
    statistics : tuple of str
    numbers, sample, reading : str
        Pasted numbers, the name of a sample clock, the digest of a kept reading: what is asked when no file is sent.
    clock : str
        What the clock is called in a record.
    """

    reads: str = "phase s"
    tau0: str = ""
    statistics: tuple[str, ...] = ("oadev",)
    taus: str = "octave"
    ci: str = "0.683"
    alpha: str = ""
    edf: str = "greenhall"
    bias: str = "stable32"
    inhibition: str = ""
    remove: str = ""
    mask: str = ""
    numbers: str = ""
    sample: str = ""
    reading: str = ""
    clock: str = ""

    @classmethod
    def of(cls, form: Form) -> "Asked":
        """Read a form or the question of an address.

        A sample clock says itself what its numbers are; a mask brings the statistic that it limits.
        """
        sample = sample_clocks().get(_text(form, "sample"))
        own = cls() if sample is None else cls(reads=f"{sample.input} {sample.unit}", tau0=f"{sample.tau0:g}")
        said = {entry.name: _text(form, entry.name) for entry in fields(cls) if entry.name != "statistics"}
        chosen = tuple(dict.fromkeys(str(name) for name in form.getlist("statistic")))
        given: dict[str, Any] = {name: value for name, value in said.items() if value}
        if limit := said["mask"]:
            chosen = tuple(dict.fromkeys([*(chosen or own.statistics), mask(limit).statistic]))
        return replace(own, **given, statistics=chosen or own.statistics)

    def question(self) -> Question:
        """Return what the statistics need.

        Raises
        ------
        DataError
            If a field holds no number where one is needed, or no choice that exists.
        """
        kind, _, unit = self.reads.partition(" ")
        alpha = _number("alpha", self.alpha)
        return Question(
            input=cast("Kind", kind),
            unit=unit or None,
            tau0=_number("tau0", self.tau0),
            taus=read_taus(self.taus),
            confidence=_number("ci", self.ci) or 0.0,
            alpha=None if alpha is None else round(alpha),
            edf=cast("Model", self.edf),
            bias=cast("Bias", self.bias),
            inhibition=_number("inhibition", self.inhibition),
            remove=_removed(self.remove),
        )


def _text(form: Form, name: str) -> str:
    found = form.get(name, "")
    return found.strip() if isinstance(found, str) else ""


def _number(field: str, text: str) -> float | None:
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise DataError(Message("web.stability.error.number", field=field, found=text[:LONGEST]))
    return found


def _removed(text: str) -> What | None:
    known: Mapping[str, What | None] = {"": None, "offset": "offset", "drift": "drift"}
    if text not in known:
        raise DataError(Message("web.stability.error.remove", found=text[:LONGEST]))
    return known[text]
