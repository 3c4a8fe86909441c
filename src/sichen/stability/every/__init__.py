# SPDX-License-Identifier: Apache-2.0
"""Every averaging factor of a long record at once, in O(N log² N)."""

from sichen.stability.every.factors import EVERY, Recipe, every_moments, sums_of_squares

__all__ = ["EVERY", "Recipe", "every_moments", "sums_of_squares"]
