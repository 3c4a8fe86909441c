# SPDX-License-Identifier: Apache-2.0
"""The transparency log: a Merkle tree over commitments, signed checkpoints, proofs that hold without a network."""

from sichen.trace.ledger.bundle import BundleFinding, ProvedEntry, Trust, is_bundle, read_proof, verify_bundle, write_bundle
from sichen.trace.ledger.case_file import Judged, check_case
from sichen.trace.ledger.checkpoints import (
    Checkpoint,
    Signed,
    read_checkpoint,
    sign_checkpoint,
    subtree_bytes,
    verify_checkpoint,
)
from sichen.trace.ledger.commitment import Entry, commit
from sichen.trace.ledger.key_log import KeyLog, Period, Statement, read_key_log
from sichen.trace.ledger.keys import Algorithm, Signer, VerifierKey
from sichen.trace.ledger.notes import Note, SignatureLine, read_note
from sichen.trace.ledger.policy import Group, Policy, read_policy
from sichen.trace.ledger.proofs import Subtree, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from sichen.trace.ledger.tiles import (
    Tile,
    entry_bundles_of,
    partial_width,
    read_entries,
    read_hashes,
    subtrees_from,
    tiles_of,
    write_entries,
)
from sichen.trace.ledger.tree import EMPTY_ROOT, CompactRange, leaf_hash, node_hash, root_of
from sichen.trace.ledger.witness import AddCheckpoint, Decision, decide

__all__ = [
    "EMPTY_ROOT",
    "AddCheckpoint",
    "Algorithm",
    "BundleFinding",
    "Checkpoint",
    "CompactRange",
    "Decision",
    "Entry",
    "Group",
    "Judged",
    "KeyLog",
    "Note",
    "Period",
    "Policy",
    "ProvedEntry",
    "SignatureLine",
    "Signed",
    "Signer",
    "Statement",
    "Subtree",
    "Tile",
    "Trust",
    "VerifierKey",
    "check_case",
    "commit",
    "consistency_proof",
    "decide",
    "entry_bundles_of",
    "inclusion_proof",
    "is_bundle",
    "leaf_hash",
    "node_hash",
    "partial_width",
    "read_checkpoint",
    "read_entries",
    "read_hashes",
    "read_key_log",
    "read_note",
    "read_policy",
    "read_proof",
    "root_of",
    "sign_checkpoint",
    "subtree_bytes",
    "subtrees_from",
    "tiles_of",
    "verify_bundle",
    "verify_checkpoint",
    "verify_consistency",
    "verify_inclusion",
    "write_bundle",
    "write_entries",
]
