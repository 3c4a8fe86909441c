# SPDX-License-Identifier: Apache-2.0
"""A line of slave clocks: where its hands are, which pulse is due, how they catch up, and that they wait rather than run backward."""

import json
from dataclasses import dataclass, replace

from sichen.core import DataError, Message

FORM = "sichen.timebase.hands/1"
HOUR = 3600


@dataclass(frozen=True)
class DialSettings:
    """A line of clocks that step.

    Parameters
    ----------
    every : int
        Seconds that one pulse moves the hands: 60, 30 or 1.
    catch_up : float
        Seconds from one pulse to the next while the hands are behind; below `every`.
    waits : int
        Greatest lead in s that is waited for; hands that are farther ahead go round.
    dial : int
        Seconds of a whole turn of the hour hand: of 12 or 24 hours.
    """

    every: int = 60
    catch_up: float = 2.0
    waits: int = 2 * HOUR
    dial: int = 12 * HOUR

    @property
    def size(self) -> int:
        """Steps of a whole turn."""
        return self.dial // self.every

    def lag(self, hands: int, local: int) -> int:
        """Return by how many steps hands are behind a local second; negative when they are ahead and will wait.

        Examples
        --------
        >>> DialSettings().lag(8 * 60, 8 * 3600 + 3 * 60), DialSettings().lag(8 * 60, 7 * 3600)
        (3, -60)
        """
        behind = (local // self.every - hands) % self.size
        ahead = self.size - behind
        return -ahead if behind and ahead * self.every <= self.waits else behind


@dataclass(frozen=True)
class Hands:
    """What is known of a line: kept on the disk before and after each pulse.

    Parameters
    ----------
    steps : int
        Where the hands stand, in steps from 12 o'clock.
    sign : int
        Polarity of the last pulse, +1 or −1.
    pending : bool
        A pulse to this place was begun, and nobody knows whether it was finished.

    Notes
    -----
    A clock that has moved ignores a second pulse of the same polarity, so a pulse in doubt is given again.
    """

    steps: int
    sign: int = -1
    pending: bool = False

    def next(self, settings: DialSettings) -> "Hands":
        """Return the hands with the next pulse begun; one that is in doubt is begun again."""
        if self.pending:
            return self
        return Hands((self.steps + 1) % settings.size, -self.sign, pending=True)

    def done(self) -> "Hands":
        """Return the hands with the pulse given."""
        return replace(self, pending=False)

    def shown(self, settings: DialSettings) -> str:
        """Return what the dials show, such as ``08:15`` or ``08:15:30``.

        Examples
        --------
        >>> Hands(495).shown(DialSettings())
        '08:15'
        """
        second = self.steps * settings.every
        text = f"{second // HOUR:02d}:{second // 60 % 60:02d}"
        return text if settings.every % 60 == 0 else f"{text}:{second % 60:02d}"

    def to_text(self) -> str:
        """Return it as the file that survives a power failure."""
        return json.dumps({"form": FORM, "steps": self.steps, "sign": self.sign, "pending": self.pending})

    @classmethod
    def from_text(cls, text: str, *, settings: DialSettings) -> "Hands":
        """Read that file.

        Raises
        ------
        DataError
            If it was cut or altered, or is of another dial.
        """
        try:
            found = json.loads(text)
            hands = cls(found["steps"], found["sign"], found["pending"])
            good = (
                found["form"] == FORM
                and type(hands.steps) is int
                and 0 <= hands.steps < settings.size
                and hands.sign in {1, -1}
                and type(hands.pending) is bool
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(Message("timebase.slave.damaged")) from error
        if not good:
            raise DataError(Message("timebase.slave.damaged"))
        return hands


def hands_at(text: str, *, settings: DialSettings, sign: int = -1) -> Hands:
    """Return hands that somebody read off the dials, such as ``08:15``.

    Parameters
    ----------
    text : str
    settings : DialSettings
    sign : int
        Polarity of the last pulse as far as it is known; a wrong one costs one step.

    Raises
    ------
    DataError
        If it is no time of a clock.
    """
    parts = text.strip().split(":")
    try:
        hour, minute, second = (int(part) for part in (*parts, "0")[:3])
    except ValueError as error:
        raise DataError(Message("timebase.slave.bad_time", found=text)) from error
    if len(parts) > 3 or not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):  # noqa: PLR2004 - a clock
        raise DataError(Message("timebase.slave.bad_time", found=text))
    return Hands(((hour * 60 + minute) * 60 + second) // settings.every % settings.size, sign)


def pulses_in(hands: Hands, settings: DialSettings, *, local: int, since: float) -> tuple[float, ...]:
    """Return when pulses are given within a second, in s from its beginning.

    Parameters
    ----------
    hands : Hands
    settings : DialSettings
    local : int
        The local second, counted from any midnight.
    since : float
        Seconds from the last pulse to the beginning of this one.

    Returns
    -------
    tuple of float
        Empty while the hands are right, or ahead and waiting. A pulse that is just due begins with its second; while the hands are behind
        they come `catch_up` apart.

    Examples
    --------
    >>> pulses_in(Hands(480), DialSettings(), local=8 * 3600 + 60, since=60.0)
    (0.0,)
    >>> pulses_in(Hands(480), DialSettings(every=1, catch_up=0.5), local=485, since=1.0)
    (0.0, 0.5)
    """
    left = settings.lag(hands.steps, local) + int(hands.pending)
    if hands.pending and settings.lag(hands.steps, local) < 0:
        left = 1  # begun before the lights went out: it is finished, and then waited for
    found: list[float] = []
    at = max(settings.catch_up - since, 0.0)
    while left > 0 and at < 1.0 - 1e-9:
        found.append(round(at, 6))
        at += settings.catch_up
        left -= 1
    return tuple(found)
