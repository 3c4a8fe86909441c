# SPDX-License-Identifier: Apache-2.0
"""Stability: the statistics of time, with a confidence on everything."""
