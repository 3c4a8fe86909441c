# SPDX-License-Identifier: Apache-2.0
"""Registers: standards, patents, people, fairs, credit, and the measures of the policy."""
