# SPDX-License-Identifier: Apache-2.0
"""EPCIS 2.0: events."""
