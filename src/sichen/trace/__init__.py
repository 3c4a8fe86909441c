# SPDX-License-Identifier: Apache-2.0
"""Traceability: events, identifiers and a ledger that nobody can rewrite."""
