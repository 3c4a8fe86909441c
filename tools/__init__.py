# SPDX-License-Identifier: Apache-2.0
"""Routines of the repository itself; nothing here is shipped."""
