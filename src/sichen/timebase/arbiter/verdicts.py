# SPDX-License-Identifier: Apache-2.0
"""Who lies when something moved: the source, its companions, or the oscillator."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from sichen.timebase.arbiter.settings import SourceSettings
from sichen.timebase.detector import Alarm, Observer

SAME = 4.0  # deviations: nearer than this two slopes are one
MOVED = 4.0  # deviations: a companion in the lie is not waited for until it, too, reaches the threshold


class Culprit(Enum):
    """Who is to blame."""

    SOURCES = "sources"
    OSCILLATOR = "oscillator"


@dataclass(frozen=True)
class Verdict:
    """Who is to blame for an alarm, and for what.

    Parameters
    ----------
    culprit : Culprit
    sources : tuple of int
        Those to reject; empty when it was the oscillator.
    kind : {"slope", "step", "apart"}
    size : float
        In s/s or s.
    """

    culprit: Culprit
    sources: tuple[int, ...]
    kind: str
    size: float


def judge(
    alarm: Alarm, observer: Observer, heard: Sequence[int], settings: Sequence[SourceSettings], *, jump: float
) -> Verdict:
    """Decide who moved.

    Parameters
    ----------
    alarm : Alarm
    observer : Observer
        At the tick of the alarm.
    heard : sequence of int
        The sources now believed and heard.
    settings : sequence of SourceSettings
        Of all sources.
    jump : float
        Greatest change of frequency that the oscillator is believed capable of.

    Returns
    -------
    Verdict

    Notes
    -----
    A source that stands still beside the oscillator's prediction is a second witness for the oscillator: whoever moved
    then lied, however many they are. Where nobody stands still, several independent sources that moved alike accuse the
    oscillator, and so does a single one if the oscillator may well have moved by so little; else the sources are blamed.
    A step that all independent sources show is one of the local counter.
    """
    if alarm.other >= 0:
        return _apart(alarm, observer, heard)
    moves = {k: _move(alarm, observer, k) for k in heard}
    own, spread = _move(alarm, observer, alarm.source)
    still = [k for k, (size, s) in moves.items() if abs(size) < MOVED * s and abs(size - own) > SAME * _both(s, spread)]
    alike = [k for k, (size, s) in moves.items() if abs(size - own) <= SAME * _both(s, spread) and abs(size) > MOVED * s]
    guilty = tuple(sorted({alarm.source, *alike}))
    witnesses = {settings[k].witness for k in guilty}
    if still:
        return Verdict(Culprit.SOURCES, guilty, alarm.kind, own)
    if alarm.kind == "step":
        culprit = Culprit.OSCILLATOR if len(witnesses) > 1 else Culprit.SOURCES
    else:
        culprit = Culprit.OSCILLATOR if abs(own) <= jump else Culprit.SOURCES
    return Verdict(culprit, () if culprit is Culprit.OSCILLATOR else guilty, alarm.kind, own)


def _move(alarm: Alarm, observer: Observer, source: int) -> tuple[float, float]:
    """Return how a source moved since the mark of the alarm, and the standard deviation of that."""
    slope, spread = observer.slope(source, alarm.mark)
    if alarm.kind == "slope":
        return slope, spread
    return observer.step(source, alarm.mark), observer.step_spread(source, alarm.mark)


def _apart(alarm: Alarm, observer: Observer, heard: Sequence[int]) -> Verdict:
    """Two sources part: the one that fewer others, and the oscillator, go along with is blamed; undecided, both are."""
    score = {k: _opponents(k, alarm, observer, heard) for k in (alarm.source, alarm.other)}
    worst = max(score.values())
    guilty = tuple(sorted(k for k, value in score.items() if value == worst))
    return Verdict(Culprit.SOURCES, guilty, "apart", alarm.size)


def _opponents(source: int, alarm: Alarm, observer: Observer, heard: Sequence[int]) -> int:
    own, spread = observer.slope(source, alarm.mark)
    against = int(abs(own) > SAME * spread)
    for k in heard:
        if k in {alarm.source, alarm.other}:
            continue
        other, s = observer.slope(k, alarm.mark)
        against += abs(own - other) > SAME * _both(s, spread)
    return against


def _both(first: float, second: float) -> float:
    return float((first**2 + second**2) ** 0.5)
