# SPDX-License-Identifier: Apache-2.0
"""What many beats or many readings say together: wheels, positions, poise, days of running."""

from sichen.bench.series.periodicity import Periodicity, find_periodicities
from sichen.bench.series.tooth_map import ToothMap, tooth_map
from sichen.bench.series.train import Mesh, Train

__all__ = ["Mesh", "Periodicity", "ToothMap", "Train", "find_periodicities", "tooth_map"]
