# SPDX-License-Identifier: Apache-2.0
"""Identifiers of GS1: fields, Digital Links, EPC names, resolving, and the codes that carry them."""

from sichen.trace.identifiers.check_digits import check_digit, check_pair, has_check_digit
from sichen.trace.identifiers.compression import compress_link, decompress_link
from sichen.trace.identifiers.digital_link import CANONICAL_STEM, DigitalLink, build_link, parse_link
from sichen.trace.identifiers.elements import Element, ElementString, read_bracketed, read_unbracketed
from sichen.trace.identifiers.epc import epc_from_link, link_from_epc
from sichen.trace.identifiers.escaping import escape, unescape
from sichen.trace.identifiers.resolver import Decision, ResolverEntry, WebLink, Wish, linkset, read_entry, resolve, wish_of
from sichen.trace.identifiers.rules import (
    check_rules,
    find_bare_signature,
    find_conflicts,
    find_exclusions,
    find_lacking,
    find_repeats,
)
from sichen.trace.identifiers.scanning import Scan, read_scan
from sichen.trace.identifiers.table import Identifier, Part, find_identifier, identifiers

__all__ = [
    "CANONICAL_STEM",
    "Decision",
    "DigitalLink",
    "Element",
    "ElementString",
    "Identifier",
    "Part",
    "ResolverEntry",
    "Scan",
    "WebLink",
    "Wish",
    "build_link",
    "check_digit",
    "check_pair",
    "check_rules",
    "compress_link",
    "decompress_link",
    "epc_from_link",
    "escape",
    "find_bare_signature",
    "find_conflicts",
    "find_exclusions",
    "find_identifier",
    "find_lacking",
    "find_repeats",
    "has_check_digit",
    "identifiers",
    "link_from_epc",
    "linkset",
    "parse_link",
    "read_bracketed",
    "read_entry",
    "read_scan",
    "read_unbracketed",
    "resolve",
    "unescape",
    "wish_of",
]
