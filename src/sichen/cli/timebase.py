# SPDX-License-Identifier: Apache-2.0
"""``sichen time``: the time base, simulated and predicted."""

import re
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters.timebase_desk import HeldOver, decode_file, holdover_file, simulate_file
from sichen.cli.output import complain, language, note, print_json, print_table, say
from sichen.core import Instant, Message
from sichen.timebase import Outcome, Prediction
from sichen.timebase.receivers import Reported, Witness

app = App(name="time", help="Standard time from many sources: serve, simulate, hold over, decode.")

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
HOURS_OF_A_DAY = "1h,6h,12h,24h"


@app.command(name="simulate")
def simulate_situation(
    file: Path,
    /,
    *,
    json: Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object.")] = False,
) -> int:
    """Run a situation on virtual time and say which of its limits hold; exit code 1 when one does not.

    Parameters
    ----------
    file
        A situation in TOML; see the guide.
    """
    outcome = simulate_file(file)
    if json:
        print_json(outcome.to_json())
    else:
        _print_outcome(outcome)
    return 0 if outcome.ok else 1


@app.command
def holdover(
    file: Path,
    /,
    *,
    after: Annotated[str, Parameter(help="Times after the last reading: 90s, 20m, 6h, 2d.")] = HOURS_OF_A_DAY,
    tau0: Annotated[float | None, Parameter(help="Seconds between two readings; from the file when it says so.")] = None,
    unit: Annotated[str | None, Parameter(help="Of the readings: s, ms, us, ns.")] = None,
    column: Annotated[str | None, Parameter(help="Heading or number of the column, counted from 1.")] = None,
    json: Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object.")] = False,
) -> int:
    """Learn the noise of a clock from readings of its time error, and predict it with nobody to ask.

    Parameters
    ----------
    file
        Readings of clock minus reference: one column, CSV, Stable32 or TimeLab.
    """
    times = _times(after)
    if times is None:
        complain(Message("cli.time.bad_times", found=after))
        return 2
    place = int(column) if column is not None and column.isdecimal() else column
    held = holdover_file(file, after=times, tau0=tau0, unit=unit, column=place)
    if json:
        print_json(held.to_json())
    else:
        _print_holdover(held)
    return 0


@app.command
def decode(
    file: Path,
    /,
    *,
    near: Annotated[
        str | None, Parameter(help="A UTC time that is near, such as 2026-11-23T00:00:00Z: tells the turn of a week counter.")
    ] = None,
    not_before: Annotated[str | None, Parameter(help="A UTC time that is surely past.")] = None,
    json: Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object a line.")] = False,
) -> int:
    """List the times that the log of a receiver tells: NMEA, UBX, CASIC, SkyTraq, TSIP, Oncore, SiRF, RTCM 3, mixed at will.

    Leaves with 1 when none of them is valid.

    Parameters
    ----------
    file
        Bytes as the receiver sent them.
    """
    witness = Witness(*(None if text is None else Instant.parse(text) for text in (near, not_before)))
    decoded = decode_file(file, witness=witness)
    for one in decoded.times:
        if json:
            print_json(one.to_json())
        else:
            _print_time(one)
    if not decoded.times:
        complain(Message("cli.time.no_times", file=file.name))
    else:
        valid = sum(one.valid for one in decoded.times)
        note(say(Message("cli.time.decoded", count=len(decoded.times), valid=valid, passed=decoded.passed_over)))
        for warning in decoded.warnings:
            note(say(warning))
    return 0 if any(one.valid for one in decoded.times) else 1


def _print_time(one: Reported) -> None:
    reason = "" if one.reason is None else say(one.reason)
    print(f"{'✓' if one.valid else '✗'} {one.text}  {one.protocol} {one.message}  {reason}".rstrip())


def _times(text: str) -> tuple[float, ...] | None:
    found = [re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", word.strip()) for word in text.split(",")]
    if any(match is None for match in found):
        return None
    return tuple(float(match[1]) * SECONDS[match[2] or "s"] for match in found if match is not None)


def _print_outcome(outcome: Outcome) -> None:
    header = [say(Message(f"cli.time.{key}")) for key in ("limit_name", "value", "limit", "verdict")]
    rows = []
    for limit in outcome.limits:
        verdict = say(Message("cli.time.held" if limit.ok else "cli.time.failed"))
        rows.append([limit.name, "—" if limit.value is None else f"{limit.value:.4g}", f"{limit.limit:g}", verdict])
    print_table(rows, header=header)
    last: tuple[object, ...] = ()
    for decision in outcome.trace.decisions:
        now = (decision.state, tuple(decision.rejected), decision.followed)
        if now != last:
            print(f"{decision.local / SECONDS['h']:9.3f} h  {decision.text(language())}")
            last = now


def _print_holdover(held: HeldOver) -> None:
    header = [say(Message(f"cli.time.{key}")) for key in ("after", "time_error", "interval")]
    print_table([_row(prediction) for prediction in held.predictions], header=header)


def _row(prediction: Prediction) -> list[str]:
    error, reach = prediction.time_error, 3 * prediction.u
    return [
        f"{prediction.after:g} s",
        prediction.figure().text(language(), signed=True),
        f"{error - reach:+.8g} … {error + reach:+.8g} s",
    ]


app.command("sichen.cli.timebase_run:run", name="run", help="Serve standard time from a configuration.")
app.command("sichen.cli.timebase_run:status", name="status", help="Tell how the running time service stands.")
app.command("sichen.cli.timebase_run:why", name="why", help="Tell what stood behind a second that was served.")
app.command("sichen.cli.timebase_run:unit", name="unit", help="Print a unit for systemd.")
app.command("sichen.cli.timebase_run:hands", name="hands", help="Tell or ask what a line of slave clocks shows.")
app.command("sichen.cli.timebase_run:app", name="config", help="Configurations: check, show, list the ready ones.")
