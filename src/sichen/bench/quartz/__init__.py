# SPDX-License-Identifier: Apache-2.0
"""Quartz watches: motor pulses, crystal and display, synthesised with exact truth and measured."""

from sichen.bench.quartz.facts import Fact, quartz_facts
from sichen.bench.quartz.inhibition import RateFit, fit_rate
from sichen.bench.quartz.listener import QuartzListener, measure_quartz, quartz_events
from sichen.bench.quartz.reading import PulseTrain, QuartzMeasurement, QuartzReading
from sichen.bench.quartz.steps import Steps, order_steps
from sichen.bench.quartz.synthesis import Pickup, drive_edges, synthesise_quartz
from sichen.bench.quartz.watch import QuartzTruth, QuartzWatch, simulate_steps

__all__ = [
    "Fact",
    "Pickup",
    "PulseTrain",
    "QuartzListener",
    "QuartzMeasurement",
    "QuartzReading",
    "QuartzTruth",
    "QuartzWatch",
    "RateFit",
    "Steps",
    "drive_edges",
    "fit_rate",
    "measure_quartz",
    "order_steps",
    "quartz_events",
    "quartz_facts",
    "simulate_steps",
    "synthesise_quartz",
]
