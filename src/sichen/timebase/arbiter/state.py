# SPDX-License-Identifier: Apache-2.0
"""What the arbiter tells an operator."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sichen.core import JSON, Language, Message


class State(StrEnum):
    """The state of the time base."""

    LOCKED = "locked"
    BACKUP = "backup"
    HOLDOVER = "holdover"
    REJECTED = "rejected"
    UNUSABLE = "unusable"

    def message(self) -> Message:
        """Return the state as words."""
        return Message(f"timebase.state.{self.value}")


@dataclass(frozen=True)
class Decision:
    """Where true time is, who says so, and why.

    Parameters
    ----------
    local : float
        Reading of the counter, in s.
    state : State
    offset, frequency : float
        True time minus the counter in s, and its change in s/s.
    u : float
        Standard uncertainty of `offset`, in s.
    growth : float
        By how much `u` grows a second without readings.
    followed : tuple of str
        Sources that steer.
    rejected : mapping of str to Message
        Sources that do not, and why.
    reasons : tuple of Message
        What else stands behind the state.
    """

    local: float
    state: State
    offset: float
    frequency: float
    u: float
    growth: float
    followed: tuple[str, ...] = ()
    rejected: Mapping[str, Message] = field(default_factory=dict)
    reasons: tuple[Message, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether there is a time worth serving."""
        return self.state is not State.UNUSABLE

    def text(self, language: Language = "en") -> str:
        """Write the state and its reasons in one line."""
        words = [self.state.message(), *self.rejected.values(), *self.reasons]
        return ("；" if language == "zh" else "; ").join(word.text(language) for word in words)

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON."""
        return {
            "local_s": self.local,
            "state": self.state.value,
            "offset_s": self.offset,
            "frequency": self.frequency,
            "u_s": self.u,
            "followed": list(self.followed),
            "rejected": {name: {"key": why.key, "text": why.text("en")} for name, why in self.rejected.items()},
            "reasons": [why.text("en") for why in self.reasons],
        }
