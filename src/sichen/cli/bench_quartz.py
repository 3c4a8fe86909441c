# SPDX-License-Identifier: Apache-2.0
"""``sichen bench quartz``: motor pulses, crystals and displays."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder, now, open_recording
from sichen.adapters.bench_desk import Wish, keep_quartz, measure_quartz_sound
from sichen.bench.quartz import QuartzMeasurement, QuartzReading
from sichen.cli.bench_options import (
    REFUSED,
    AsJson,
    Channel,
    Data,
    Reference,
    Save,
    Subject,
    complain_no_files,
    print_clock,
    progress,
    rate_text,
)
from sichen.cli.output import language, note, print_json, print_kept, say
from sichen.core import ConfigError, Message, SichenError, term


def quartz(
    *files: Path,
    json: AsJson = False,
    reference: Reference = "none",
    channel: Channel = None,
    inhibition: Annotated[float | None, Parameter(help="Inhibition period in seconds, when the calibre's is known.")] = None,
    save: Save = False,
    subject: Subject = "",
    data: Data = None,
) -> int:
    """Measure recordings of quartz watches: net rate over whole inhibition periods, pulses, crystal.

    Parameters
    ----------
    files
        Recordings of a coil or a microphone at the watch.
    """
    if not files:
        return complain_no_files()
    if inhibition is not None and not (inhibition == 0 or 1 <= inhibition <= 3600):  # noqa: PLR2004 - an hour
        raise ConfigError(Message("cli.bench.inhibition", found=f"{inhibition:g}"))
    code = 0
    for path in files:
        try:
            found = _measure(path, reference, channel, inhibition)
        except SichenError as error:
            code = max(code, error.exit_code)
            _tell(path, QuartzReading(0.0, error.message), as_json=json)
            continue
        _tell(path, found.reading, as_json=json)
        if found.reading.status == "refused":
            code = max(code, REFUSED)
        elif save:
            _keep(path, found, subject, data)
    return code


def _measure(path: Path, reference: str, channel: int | None, inhibition: float | None) -> QuartzMeasurement:
    sound = open_recording(path)
    total = None if sound.frames is None else sound.frames / sound.sample_rate
    with progress(path.name, total) as report:
        wanted = Wish(reference=reference, channel=channel)
        return measure_quartz_sound(sound, wanted, inhibition_period=inhibition, progress=report)


def _keep(path: Path, found: QuartzMeasurement, subject: str, data: Path | None) -> None:
    with DataFolder.open(data) as folder:
        kept = folder.keep(path, media_type=open_recording(path).media_type, name=path.name)
        record = keep_quartz(folder, found, sound=kept, subject=f"watch:{subject or path.stem}", instant=now())
    print_kept(path.name, record)


def _tell(path: Path, reading: QuartzReading, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(path), **reading.to_json()})
        return
    if reading.reason is not None:
        print(f"{path}: {say(reading.reason)}")
        return
    spoken = language()
    names = {"rate": reading.rate, "inhibition": reading.inhibition_period, "pulse_width": reading.pulse_width}
    texts = {name: figure.text(spoken) for name, figure in names.items()} | {
        "rate": rate_text(reading.rate, reading.rate_u_total)
    }
    print(f"{path}  " + "  ".join(f"{term(name).text(spoken)} {text}" for name, text in texts.items()))
    for name, figure in names.items():
        if figure.reason is not None and figure.reason not in reading.advice:
            note(f"  {term(name).text(spoken)}: {say(figure.reason)}")
    print_clock(reading.reference)
    for message in dict.fromkeys(reading.advice):
        note("  " + say(message))
