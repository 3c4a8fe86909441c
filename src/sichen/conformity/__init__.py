# SPDX-License-Identifier: Apache-2.0
"""Conformity: standards, plans, verdicts with uncertainty, certificates that anyone can verify."""
