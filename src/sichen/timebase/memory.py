# SPDX-License-Identifier: Apache-2.0
"""What survives a restart: the frequency of the oscillator and its noise, sealed, dated and doubted."""

import json
import math
from dataclasses import dataclass
from typing import cast

from sichen.core import JSON, DataError, Instant, Message, SichenError, digest_of
from sichen.timebase.clockmodel import NoiseModel
from sichen.timebase.oscillator import Oscillator

FORM = "sichen.timebase.memory/1"
OLDEST = 365 * 86_400.0  # s: after a year nothing is left of a frequency


@dataclass(frozen=True)
class Memory:
    """The oscillator as it was.

    Parameters
    ----------
    instant : Instant
        When it was written; also the latest time that is known to have passed, for a machine without a clock.
    oscillator : str
        Its class.
    frequency, drift : float
        Change of true time minus the counter, in s/s, and its change in 1/s.
    u : float
        Standard uncertainty of `frequency`.
    learned : NoiseModel, optional
        Its noise, once it was learned.
    """

    instant: Instant
    oscillator: str
    frequency: float
    drift: float
    u: float
    learned: NoiseModel | None = None

    def to_text(self) -> str:
        """Write it as one line of JSON with its own digest.

        Examples
        --------
        >>> kept = Memory(Instant(0), "OCXO", 1e-9, 0.0, 1e-10)
        >>> recall(kept.to_text(), now=Instant(10**9)) == kept
        True
        """
        body = self._body()
        return json.dumps({**body, "digest": digest_of(body)})

    def _body(self) -> dict[str, JSON]:
        noise: dict[str, JSON] = {} if self.learned is None else {"learned": self.learned.to_json()}
        return {
            "form": FORM,
            "at": self.instant.isoformat(),
            "oscillator": self.oscillator,
            "frequency": self.frequency,
            "drift": self.drift,
            "u": self.u,
            **noise,
        }

    def aged(self, now: Instant, kind: Oscillator) -> tuple[float, float]:
        """Return the frequency expected now, and its standard uncertainty after so long.

        Parameters
        ----------
        now : Instant
        kind : Oscillator
        """
        passed = (now - self.instant).seconds
        doubt = abs(kind.ageing) / 86400.0 * passed
        return self.frequency + self.drift * passed, math.sqrt(self.u**2 + kind.q2 * passed + doubt**2)


def recall(text: str, *, now: Instant | None) -> Memory:
    """Read what a former run wrote.

    Parameters
    ----------
    text : str
    now : Instant or None
        The time as far as anybody knows it; None on a machine without a clock.

    Raises
    ------
    DataError
        If the text is cut, altered, from the future or too old: then one starts without it, and says so.
    """
    try:
        data = json.loads(text)
        stated = data.pop("digest")
        frequency, drift, u = (float(cast("float", data[key])) for key in ("frequency", "drift", "u"))
        learned = NoiseModel.from_json(data["learned"]) if "learned" in data else None
        found = Memory(Instant.parse(data["at"]), str(data["oscillator"]), frequency, drift, u, learned)
        whole = data["form"] == FORM and digest_of(data) == stated
    except (ValueError, KeyError, TypeError, AttributeError, SichenError) as error:
        raise DataError(Message("timebase.memory.damaged")) from error
    if not whole or not all(math.isfinite(value) for value in (found.frequency, found.drift, found.u)):
        raise DataError(Message("timebase.memory.damaged"))
    if now is not None and now < found.instant:
        raise DataError(Message("timebase.memory.future", at=found.instant.isoformat(), now=now.isoformat()))
    if now is not None and (now - found.instant).seconds > OLDEST:
        raise DataError(Message("timebase.memory.old", at=found.instant.isoformat()))
    return found
