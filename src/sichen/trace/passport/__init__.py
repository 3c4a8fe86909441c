# SPDX-License-Identifier: Apache-2.0
"""The passport of a watch: folded from events and records, shown by role, written back as events."""

from sichen.trace.passport.disclosure import WITHHELD, disclosed, done_by, kinds_of, watches_of
from sichen.trace.passport.folding import fold
from sichen.trace.passport.happening import Happening, happenings
from sichen.trace.passport.life import Conflict, Custody, Fitting, Life, Sale, Service, Status
from sichen.trace.passport.lineage import links_of
from sichen.trace.passport.ownership import HandOver, check_owner_key, owner_key, public_text, sign_hand_over
from sichen.trace.passport.register import RegisterEntry, check_prefix, matching, prefix_length, register_hash
from sichen.trace.passport.repair import RepairSheet, Replacement
from sichen.trace.passport.views import to_passport, view
from sichen.trace.passport.warranty import Warranty, WarrantyRule, rule_for, warranty_from, warranty_rule, warranty_rules
from sichen.trace.passport.writing import (
    PREFIXES,
    Mark,
    Part,
    assembled,
    commissioned,
    declared_error,
    handed_over,
    installed,
    marked,
    passed_on,
    removed,
    retired,
    serviced,
    sold,
)

__all__ = [
    "PREFIXES",
    "WITHHELD",
    "Conflict",
    "Custody",
    "Fitting",
    "HandOver",
    "Happening",
    "Life",
    "Mark",
    "Part",
    "RegisterEntry",
    "RepairSheet",
    "Replacement",
    "Sale",
    "Service",
    "Status",
    "Warranty",
    "WarrantyRule",
    "assembled",
    "check_owner_key",
    "check_prefix",
    "commissioned",
    "declared_error",
    "disclosed",
    "done_by",
    "fold",
    "handed_over",
    "happenings",
    "installed",
    "kinds_of",
    "links_of",
    "marked",
    "matching",
    "owner_key",
    "passed_on",
    "prefix_length",
    "public_text",
    "register_hash",
    "removed",
    "retired",
    "rule_for",
    "serviced",
    "sign_hand_over",
    "sold",
    "to_passport",
    "view",
    "warranty_from",
    "warranty_rule",
    "warranty_rules",
    "watches_of",
]
