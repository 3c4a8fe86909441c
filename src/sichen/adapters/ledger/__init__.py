# SPDX-License-Identifier: Apache-2.0
"""The ledger on a disk: one writer, many readers, keys, backups, erasure."""
