# SPDX-License-Identifier: Apache-2.0
"""A guided sequence of positions over live sound: what to do now, and when to keep a reading.

Time is counted in sound that was heard: where the sound stops, the sequence waits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from sichen.bench.series import Plan
from sichen.bench.series.positions import Step
from sichen.core import JSON, DataError, Language, Message, term
from sichen.web.bench.session import KEPT_SECONDS, POSITIONS

LONGEST_NAME = 80


@dataclass(frozen=True)
class Turn:
    """Something to do now.

    Parameters
    ----------
    act : {"rest", "listen", "keep", "done"}
        ``rest`` begins a position, ``listen`` forgets what was heard while the watch was turned, ``keep`` keeps
        the reading of the position.
    code : str
        The position; empty when done.
    """

    act: Literal["rest", "listen", "keep", "done"]
    code: str = ""


@dataclass
class Guided:
    """A plan that is being followed.

    Parameters
    ----------
    plan : Plan
    series : str
        What its readings are called together.
    """

    plan: Plan
    series: str
    elapsed: float = 0.0
    kept: list[str] = field(default_factory=list)

    @property
    def step(self) -> Step:
        """What the plan says now."""
        return self.plan.at(self.elapsed)

    def begin(self) -> Turn:
        """Begin with the first position."""
        return Turn("rest", self.plan.codes[0])

    def hear(self, seconds: float) -> Iterator[Turn]:
        """Let time pass; yield what became due, in order."""
        while seconds > 0:
            before = self.step
            if before.phase == "done":
                return
            part = min(seconds, before.remaining)
            # A hair more than the rest of the phase: the next one has then surely begun.
            self.elapsed += part + (1e-9 if part == before.remaining else 0.0)
            seconds -= part
            yield from self._crossed(before, self.step)

    def skip(self) -> Iterator[Turn]:
        """End the rest after a turn early; listening is never cut short."""
        if self.step.phase == "stabilise":
            yield from self.hear(self.step.remaining)

    def _crossed(self, before: Step, now: Step) -> Iterator[Turn]:
        if before.phase == "stabilise" and now.phase != "stabilise":
            yield Turn("listen", self._code(before))
        elif before.phase == "measure" and now.number != before.number:
            yield Turn("keep", self._code(before))
            yield Turn("done") if now.phase == "done" else Turn("rest", self._code(now))

    def _code(self, step: Step) -> str:
        return self.plan.codes[step.number]

    def event(self, language: Language) -> dict[str, JSON]:
        """Return what the page shows of the step."""
        step = self.step
        code = "" if step.position is None else step.position.code
        said = Message(f"web.guided.{step.phase}", position=term(code).text(language) if code else "")
        return {
            "type": "step",
            "phase": step.phase,
            "position": code,
            "say": said.text(language),
            "remaining": round(step.remaining, 1),
            "number": step.number,
            "of": list(self.plan.codes),
        }


def plan_of(said: Mapping[str, JSON], *, series: str) -> Guided:
    """Read the plan that a page sent.

    Raises
    ------
    DataError
        If it names no position or an unknown one, or its times are out of range.
    """
    codes, rest, listen = said.get("positions"), said.get("rest", 20.0), said.get("listen", 40.0)
    known = isinstance(codes, list) and codes and all(code in POSITIONS for code in codes)
    if not (known and isinstance(rest, int | float) and isinstance(listen, int | float) and listen <= KEPT_SECONDS):
        raise DataError(Message("web.guided.bad_plan", known=" ".join(POSITIONS), most=f"{KEPT_SECONDS:g}"))
    if len(set(cast("list[str]", codes))) < len(cast("list[str]", codes)):
        raise DataError(Message("web.guided.twice"))
    return Guided(Plan(tuple(cast("list[str]", codes)), float(rest), float(listen)), series[:LONGEST_NAME])
