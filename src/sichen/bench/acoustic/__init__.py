# SPDX-License-Identifier: Apache-2.0
"""Acoustic timing of mechanical watches and clocks."""

from sichen.bench.acoustic.listener import Listener, measure

__all__ = [
    "Listener",
    "measure",
]
