# SPDX-License-Identifier: Apache-2.0
"""The maximum time interval error: the greatest swing of the phase in any window of a given length."""

from sichen.stability.mtie.windows import greatest_swings

__all__ = ["greatest_swings"]
