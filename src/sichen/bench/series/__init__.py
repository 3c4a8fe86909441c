# SPDX-License-Identifier: Apache-2.0
"""What many beats or many readings say together: wheels, positions, poise, days of running, what may be wrong."""

from sichen.bench.series.classes import Limit, WatchClass, classes, compare_with_class
from sichen.bench.series.diagnosis import Suspicion, diagnose, features_of
from sichen.bench.series.isochronism import Isochronism, compare
from sichen.bench.series.longrun import LongRun, LongRunResult
from sichen.bench.series.octaves import Octaves, Stability
from sichen.bench.series.periodicity import Periodicity, find_periodicities
from sichen.bench.series.poise import Poise, find_poise, poise_factor
from sichen.bench.series.positions import (
    Plan,
    Position,
    PositionReading,
    Series,
    Step,
    Summary,
    position,
    position_in_name,
    positions,
    summarise,
)
from sichen.bench.series.report import SeriesReport, report
from sichen.bench.series.steadiness import Steadiness, judge_steadiness
from sichen.bench.series.tooth_map import ToothMap, tooth_map
from sichen.bench.series.tourbillon import TourbillonPolar, tourbillon_polar
from sichen.bench.series.train import Mesh, Train
from sichen.bench.series.vario import Vario, VarioSummary
from sichen.bench.series.wheel_fold import FoldedWheel, WheelFold

__all__ = [
    "FoldedWheel",
    "Isochronism",
    "Limit",
    "LongRun",
    "LongRunResult",
    "Mesh",
    "Octaves",
    "Periodicity",
    "Plan",
    "Poise",
    "Position",
    "PositionReading",
    "Series",
    "SeriesReport",
    "Stability",
    "Steadiness",
    "Step",
    "Summary",
    "Suspicion",
    "ToothMap",
    "TourbillonPolar",
    "Train",
    "Vario",
    "VarioSummary",
    "WatchClass",
    "WheelFold",
    "classes",
    "compare",
    "compare_with_class",
    "diagnose",
    "features_of",
    "find_periodicities",
    "find_poise",
    "judge_steadiness",
    "poise_factor",
    "position",
    "position_in_name",
    "positions",
    "report",
    "summarise",
    "tooth_map",
    "tourbillon_polar",
]
