# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: accuracy tables that are deterministic and gate, speeds that are reported as ratios to peers."""
