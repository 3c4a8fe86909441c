# SPDX-License-Identifier: Apache-2.0
"""EPCIS on a disk and in the world: the event store on the ledger, capture jobs, named queries, subscriptions."""
