# SPDX-License-Identifier: Apache-2.0
"""Pictures of brands as SVG: tornado, intervals side by side, a map with ellipses; the same on a page and in a report."""

from sichen.brand.plots.plane import plane_svg
from sichen.brand.plots.rows import Row, rows_svg, tornado_svg
from sichen.brand.plots.series import days_svg

__all__ = ["Row", "days_svg", "plane_svg", "rows_svg", "tornado_svg"]
