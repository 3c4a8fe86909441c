# SPDX-License-Identifier: Apache-2.0
"""Sichen: the open platform of the watch and clock industry, from the second to the brand."""

__version__ = "0.1.0"
