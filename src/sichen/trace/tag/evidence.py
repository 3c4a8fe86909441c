# SPDX-License-Identifier: Apache-2.0
"""What a tag says about a watch: a likelihood ratio with reasons, never the word "genuine"."""

import math
from dataclasses import dataclass
from typing import Literal

from sichen.core import JSON, Message
from sichen.trace.tag.model import TapModel, tap_model
from sichen.trace.tag.sun import SunReading
from sichen.trace.tag.taps import TapJudgement

Wording = Literal["consistent", "inconsistent", "undecided"]

UNDECIDED = 1.0


@dataclass(frozen=True)
class TagEvidence:
    """The weight of one tag.

    Parameters
    ----------
    log10_ratio : float
        Likelihood of what was seen if the tag of the passport is here, over that if it is not.
    wording : {"consistent", "inconsistent", "undecided"}
        Undecided between a tenth and ten.
    reasons : tuple of Message
    caution : Message
        What a tag cannot show.
    """

    log10_ratio: float
    wording: Wording
    reasons: tuple[Message, ...]
    caution: Message

    def sentence(self) -> Message:
        """Say it in one sentence, the strongest reason included."""
        return Message(f"trace.tag.{self.wording}", ratio=f"10^{self.log10_ratio:+.1f}")

    def to_json(self) -> JSON:
        """Return the evidence with its sentences in English."""
        return {
            "log10_ratio": round(self.log10_ratio, 2),
            "wording": self.wording,
            "reasons": [message.text("en") for message in self.reasons],
            "caution": self.caution.text("en"),
        }


def weigh_tag(
    reading: SunReading, *, taps: TapJudgement | None = None, expected_uid: bytes | None = None, model: TapModel | None = None
) -> TagEvidence:
    """Weigh what a tag said.

    Parameters
    ----------
    reading : SunReading
        Of the last tap.
    taps : TapJudgement, optional
        Whether stored addresses were played.
    expected_uid : bytes, optional
        The UID in the passport of the watch.
    model : TapModel, optional

    Returns
    -------
    TagEvidence

    Notes
    -----
    A right MAC counts no more than the chance that keys have leaked allows; without fresh taps it counts nothing,
    because stored messages are right too. Ratios multiply as if the parts were independent given each hypothesis.

    Examples
    --------
    >>> reading = SunReading(False, b"", None, b"", None, Message("trace.tag.wrong_mac"))
    >>> weigh_tag(reading).wording
    'inconsistent'
    """
    assumed = model or tap_model()
    reasons = [reading.reason]
    if not reading.valid:
        total = math.log10(assumed.broken_message)
    elif expected_uid is not None and reading.uid != expected_uid:
        reasons.append(Message("trace.tag.other_tag"))
        total = math.log10(assumed.key_leak)
    elif taps is None or taps.status == "ask":
        reasons += list(taps.reasons) if taps else [Message("trace.tag.no_fresh_taps")]
        total = 0.0
    else:
        reasons += taps.reasons
        # Leaked keys and stored addresses are two ways to the same sight: the likelier of them bounds the ratio.
        total = min(-math.log10(assumed.key_leak), taps.log10_ratio)
    wording: Wording = "undecided" if abs(total) < UNDECIDED else "consistent" if total > 0 else "inconsistent"
    return TagEvidence(total, wording, tuple(reasons), Message("trace.tag.caution"))
