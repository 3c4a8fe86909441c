# SPDX-License-Identifier: Apache-2.0
"""Stability in the demonstration: a simulated quartz oscillator, and the beats of a watch that was recorded there."""

from collections.abc import Iterator
from dataclasses import replace

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.sample_clocks import sample_clocks
from sichen.adapters.stability_desk import beats_of, keep_beats, keep_deviations
from sichen.core import Instant, Record
from sichen.stability import Question

CLOCK = "quartz"


def keep_demonstration_stability(folder: DataFolder, *, reading: Record | None, instant: Instant) -> Iterator[Record]:
    """Keep the stability of a sample clock and of a recorded watch; keeping them twice keeps them once.

    Parameters
    ----------
    folder : DataFolder
    reading : Record, optional
        A kept reading whose beats are judged.
    instant : Instant
        When the sample clock is said to have been measured.
    """
    clock = sample_clocks()[CLOCK]
    found = clock.question.answer(clock.question.series(clock.content), "oadev")
    subject = f"clock:{clock.title['en']}"
    name = f"{clock.name}.txt"
    yield keep_deviations(
        folder, found, content=clock.content, name=name, subject=subject, instant=instant, asked=clock.question
    )
    if reading is not None:
        series, said = beats_of(folder, reading)
        asked = Question(remove="offset")
        beats = asked.answer(series, "oadev")
        yield keep_beats(folder, replace(beats, advice=(said, *beats.advice)), reading, asked=asked)
