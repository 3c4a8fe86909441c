# SPDX-License-Identifier: Apache-2.0
"""NFC tags in watches: messages, keys, fresh taps, and what all that is worth as evidence."""

from sichen.trace.tag.checking import check_message, check_messages, check_sun, make_message, verify_many
from sichen.trace.tag.evidence import TagEvidence, weigh_tag
from sichen.trace.tag.keys import (
    KeyEpoch,
    KeyRing,
    diversified_an10922,
    file_key_hmac,
    meta_key_hmac,
    read_key_ring,
)
from sichen.trace.tag.limits import Allowance, RateDecision, RateRule, decide_rate
from sichen.trace.tag.lrp import Lrp
from sichen.trace.tag.model import TapModel, tap_model
from sichen.trace.tag.sun import (
    SunMessage,
    SunReading,
    UrlLayout,
    read_layout,
    read_sun_url,
)
from sichen.trace.tag.taps import Place, Sighting, TagHistory, TapJudgement, distance, judge_taps

__all__ = [
    "Allowance",
    "KeyEpoch",
    "KeyRing",
    "Lrp",
    "Place",
    "RateDecision",
    "RateRule",
    "Sighting",
    "SunMessage",
    "SunReading",
    "TagEvidence",
    "TagHistory",
    "TapJudgement",
    "TapModel",
    "UrlLayout",
    "check_message",
    "check_messages",
    "check_sun",
    "decide_rate",
    "distance",
    "diversified_an10922",
    "file_key_hmac",
    "judge_taps",
    "make_message",
    "meta_key_hmac",
    "read_key_ring",
    "read_layout",
    "read_sun_url",
    "tap_model",
    "verify_many",
    "weigh_tag",
]
