# SPDX-License-Identifier: Apache-2.0
"""The demonstration: a workshop's dozen of synthesised watches, recorded, measured and kept by the real chain.

Everything follows from one seed and one instant, so that making it twice keeps it once.
"""

import json
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from sichen.adapters.audio_files import open_recording
from sichen.adapters.audio_writing import write_wav
from sichen.adapters.bench_desk import Wish, keep_reading, measure_sound
from sichen.adapters.clock import now
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.demonstration_brand import keep_demonstration_brand
from sichen.adapters.demonstration_clocks import keep_demonstration_stability
from sichen.adapters.demonstration_conformity import keep_demonstration_conformity
from sichen.adapters.demonstration_industry import keep_demonstration_industry
from sichen.adapters.demonstration_laboratory import keep_demonstration_laboratory
from sichen.adapters.demonstration_passports import keep_demonstration_passports
from sichen.adapters.demonstration_time import NAME as CLOCK
from sichen.adapters.demonstration_time import keep_demonstration_time
from sichen.adapters.standard_time import standard_time
from sichen.bench import Reading, Scene, Truth, WatchSound, synthesise
from sichen.core import Artifact, Duration, Input, Instant, Record

SERVICED = "Thirsty-0208"
"""The watch that goes through a service centre."""
AFTER = Duration.of_seconds(20 * 86_400)
"""How long after the last reading the house looks back on its brand."""


@dataclass(frozen=True)
class DemonstrationTake:
    """One recording of the workshop: a watch in a position, with its truth."""

    watch: str
    note: Mapping[str, str]
    position: str
    sound: WatchSound
    scene: Scene
    reference: str
    seed: int
    instant: Instant


@cache
def workshop() -> tuple[DemonstrationTake, ...]:
    """Return what the workshop records, in order."""
    table = _table()
    begins, apart = Instant.parse(table["begins"]), Duration.of_seconds(60.0 * table["minutes_apart"])
    return tuple(
        replace(take, seed=table["seed"] + number, instant=begins + apart * number)
        for number, take in enumerate(take for row in table["watch"] for take in _takes(row, begins))
    )


def serviced() -> DemonstrationTake:
    """Return the watch that was dry, as its service centre records it after it was cleaned and oiled."""
    dry = next(take for take in workshop() if take.watch == SERVICED)
    sound = replace(dry.sound, rate=3.0, amplitude=288.0, beat_error=0.2)
    return replace(dry, sound=sound, seed=dry.seed + 1000, instant=dry.instant + Duration.of_seconds(3 * 86_400))


def prepare_demonstration(
    folder: DataFolder, *, report: Callable[[int, int, str], None] | None = None
) -> Iterator[tuple[DemonstrationTake, Reading, Record | None]]:
    """Record, measure and keep the workshop's watches.

    Parameters
    ----------
    folder : DataFolder
    report : callable, optional
        Called with how many are done, how many there are, and which is next.

    Yields
    ------
    take, reading, record
        The record is None where there is no reading: a stopped watch is not kept.

    Notes
    -----
    With the last watch come two results of stability, a day of standard time, and what a house does with the watches:
    verdicts, certificates, a comparison of brands, a laboratory's cases, what is known of the invented brand, and what the
    published figures say of the industry's target.
    """
    takes = workshop()
    keep_demonstration_time(folder)
    first: Record | None = None
    for number, take in enumerate(takes):
        if report is not None:
            report(number, len(takes), take.watch)
        reading, record = _record_measure_keep(folder, take)
        first = first or record
        if number == len(takes) - 1:
            tuple(keep_demonstration_stability(folder, reading=first, instant=takes[0].instant))
            keep_demonstration_conformity(folder)
            keep_demonstration_laboratory(folder)
            keep_demonstration_passports(folder, after=_record_measure_keep(folder, serviced())[1])
            # The brand is judged when its watches are certified and sold: not in the future of a clock that is behind.
            later = min(take.instant + AFTER, now())
            keep_demonstration_brand(folder, at=later)
            keep_demonstration_industry(folder, at=later)
        yield take, reading, record


def is_prepared(folder: DataFolder) -> bool:
    """Tell whether the demonstration stands in a data folder already."""
    return next(folder.records.find(subject=f"watch:{workshop()[-2].watch}", limit=1), None) is not None


@cache
def _table() -> dict[str, Any]:
    text = resources.files("sichen.adapters").joinpath("data/workshop.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _takes(row: Mapping[str, Any], instant: Instant) -> Iterator[DemonstrationTake]:
    sound, scene = WatchSound(**row["sound"]), Scene(**row["scene"])
    for position, (rate, amplitude) in row.get("positions", {"CH": (0.0, sound.amplitude)}).items():
        placed = replace(sound, rate=sound.rate + rate, amplitude=float(amplitude))
        yield DemonstrationTake(row["name"], row["note"], position, placed, scene, row.get("reference", "none"), 0, instant)


def _record_measure_keep(folder: DataFolder, take: DemonstrationTake) -> tuple[Reading, Record | None]:
    table = _table()
    sound, truth = synthesise(
        take.sound, duration=table["seconds"], sample_rate=table["sample_rate"], scene=take.scene, seed=take.seed
    )
    with tempfile.TemporaryDirectory(prefix="sichen-") as place:
        path = Path(place) / f"{take.watch} {take.position}.wav"
        write_wav(path, sound)
        opened = open_recording(path)
        standard = None
        if take.reference == "pps":  # the workshop's pulses come from its own standard time
            standard = standard_time(folder, CLOCK, begin=take.instant, seconds=table["seconds"])
        angle = take.sound.lift_angle
        wish = Wish(lift_angle=angle, lift_angle_source="workshop", reference=take.reference, standard=standard)
        found = measure_sound(opened, wish)
        if found.reading.status == "refused":
            return found.reading, None
        kept = folder.keep(path, media_type=opened.media_type, name=path.name)
    record = keep_reading(
        folder,
        found,
        sound=kept,
        subject=f"watch:{take.watch}",
        instant=take.instant,
        position=take.position,
        series="demonstration",
        source={"kind": "synthesised", "seed": take.seed, "note": take.note["en"]},
        rests_on=(Input("truth", _keep_truth(folder, take, truth).digest),),
        standard=standard,
    )
    return found.reading, record


def _keep_truth(folder: DataFolder, take: DemonstrationTake, truth: Truth) -> Artifact:
    text = json.dumps(truth.to_json(), allow_nan=False)
    return folder.keep(text.encode(), media_type="application/json", name=f"{take.watch} {take.position}.truth.json")
