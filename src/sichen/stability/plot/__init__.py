# SPDX-License-Identifier: Apache-2.0
"""Log-log pictures of stability as SVG: the same on a page, from the command line and in the documentation."""

from sichen.stability.plot.loglog import plot_svg
from sichen.stability.plot.multiples import multiples_svg

__all__ = ["multiples_svg", "plot_svg"]
