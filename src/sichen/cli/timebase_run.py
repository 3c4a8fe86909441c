# SPDX-License-Identifier: Apache-2.0
"""``sichen time run``, ``config``, ``status``, ``why``, ``hands``, ``unit``: the time service and what it did."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import DataFolder
from sichen.adapters.time_service_desk import (
    plan_of,
    plan_text,
    read_hands,
    run_service,
    status_now,
    systemd_unit,
    tell_hands,
)
from sichen.adapters.timebase.evidence import find_behind, is_open
from sichen.cli.bench_options import Data
from sichen.cli.output import complain, language, note, print_json, print_table, say
from sichen.core import Instant, Message
from sichen.timebase.arbiter import State
from sichen.timebase.service import Behind, OutputPlan, ServicePlan, SourcePlan, Status, ready_plans

app = App(name="config", help="Configurations of the time service: check, show, list the ready ones.")

Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object.")]
DAY = 86_400.0


@app.command(name="check")
def check_config(file: str, /) -> int:
    """Check a configuration; an unknown key is an error that names it.

    Parameters
    ----------
    file
        A TOML file, or the name of a ready configuration: broadcaster, railway, school, substation.
    """
    plan = plan_of(file)
    print(say(Message("cli.time.config_good", name=plan.name, sources=len(plan.source), outputs=len(plan.output))))
    return 0


@app.command(name="show")
def show_config(file: str, /, *, text: Annotated[bool, Parameter(negative=(), help="As it is written.")] = False) -> int:
    """Show what a configuration would run: sources, outputs, ports; or its text.

    Parameters
    ----------
    file
        A TOML file, or the name of a ready configuration.
    """
    plan = plan_of(file)
    if text:
        print(plan_text(file), end="")
    else:
        _print_plan(plan)
    return 0


@app.command(name="list")
def list_configs() -> int:
    """List the configurations that come with Sichen."""
    for name, text in ready_plans().items():
        print(f"{name:12}  {text.splitlines()[0].removeprefix('# ')}")
    return 0


def run(
    *,
    config: Annotated[str, Parameter(help="A TOML file, or the name of a ready configuration.")],
    check: Annotated[bool, Parameter(negative=(), help="Only check the configuration.")] = False,
    seconds: Annotated[float | None, Parameter(help="Stop by itself after so long.")] = None,
    data: Data = None,
) -> int:
    """Serve standard time until SIGTERM or Ctrl-C. The clock of this computer is never set."""
    if check:
        return check_config(config)
    plan = plan_of(config)
    with DataFolder.open(data) as folder:
        note(say(Message("cli.time.serving", name=plan.name, sources=len(plan.source), outputs=len(plan.output))))
        run_service(plan, folder, seconds=seconds)
    note(say(Message("cli.time.ended", name=plan.name)))
    return 0


def status(
    name: Annotated[str | None, Parameter(help="Which clock, when several run.")] = None,
    /,
    *,
    json: Json = False,
    data: Data = None,
) -> int:
    """Tell how the running time service stands; exit code 1 when its time is unusable, 3 when none runs."""
    with DataFolder.open(data) as folder:
        found = status_now(folder, name)
    if json:
        print_json(found.to_json())
    else:
        _print_status(found)
    return 1 if found.state is State.UNUSABLE else 0


def why(
    instant: str,
    /,
    *,
    clock: Annotated[str | None, Parameter(help="Which clock, when several were recorded.")] = None,
    json: Json = False,
    data: Data = None,
) -> int:
    """Tell which sources, state, offset and uncertainty stood behind a second that was served; exit code 1 when none was.

    Parameters
    ----------
    instant
        A time such as 2026-11-23T08:00:00Z or 2026-11-23T16:00:00+08:00.
    """
    with DataFolder.open(data) as folder:
        found = find_behind(folder, Instant.parse(instant), name=clock)
        unfinished = found is not None and is_open(folder, found)
    if found is None:
        complain(Message("cli.time.not_served", instant=instant))
        return 1
    if json:
        print_json(found.to_json())
    else:
        _print_behind(found)
    if unfinished:
        note(say(Message("cli.time.minute_open")))
    return 0


def unit(config: Path, /) -> int:
    """Print a unit for systemd that runs a configuration as a user without rights.

    Parameters
    ----------
    config
        The TOML file that the unit will name.
    """
    print(systemd_unit(config), end="")
    return 0


def hands(config: str, line: str, shown: str | None = None, /, *, data: Data = None) -> int:
    """Tell what the dials of a line of slave clocks show, or ask what is known of them; exit code 1 when nothing is.

    Parameters
    ----------
    config
        A TOML file, or the name of a ready configuration.
    line
        Name of the output.
    shown
        What a dial shows, such as 08:15; without it the hands are only printed.
    """
    plan = plan_of(config)
    with DataFolder.open(data) as folder:
        if shown is not None:
            tell_hands(plan, folder, line, shown)
            note(say(Message("cli.time.hands_told", line=line, shown=shown)))
            return 0
        found = read_hands(plan, folder, line)
    print(found or "—")
    return 0 if found else 1


def _print_plan(plan: ServicePlan) -> None:
    print(f"{plan.name}  {plan.oscillator}  {plan.tick:g} s")
    rows = [
        [one.name, one.kind, str(one.priority), f"{one.u:g} s", f"{one.delay:g} s", one.path or _asked(one)]
        for one in plan.source
    ]
    header = ("source", "kind", "priority", "u", "delay", "where")
    print_table(rows, header=[say(Message(f"cli.time.{key}")) for key in header])
    outputs = [[one.called, one.kind, f"{one.delay:g} s", _place(one), _says(one)] for one in plan.output]
    print_table(outputs, header=[say(Message(f"cli.time.{key}")) for key in ("output", "kind", "delay", "where", "says")])


def _asked(source: SourcePlan) -> str:
    return "" if source.kind == "system" else f"{source.host}{f':{source.port}' if source.port else ''}"


def _place(output: OutputPlan) -> str:
    if output.path:
        return output.path
    return f"{output.host}:{output.listens}" if output.listens else str(output.unit) if output.kind == "chrony_shm" else ""


def _says(output: OutputPlan) -> str:
    """Return in few words what an output gives: sentences, form of a code, rhythm."""
    zone = output.zone or (f"UTC{output.offset / 60:+g} h" if output.offset else "UTC")
    line = "" if output.line == "sound" else output.line
    says = {
        "strings": f"{' '.join(output.sentences)} {output.baud} {zone}",
        "irig": f"{output.form} {'AM' if output.carrier else 'DC'} {zone}",
        "ptp": f"IEEE 1588 {output.transport} domain {output.domain}",
        "ptp4l": f"IEEE 1588 {output.transport} domain {output.domain}",
        "slave_clocks": f"{line} {output.every:g} s {output.dial} h {zone}",
        "pulse": f"{line} {output.every:g} s {output.length:g} s".strip(),
        "bell": f"{line} {len(output.at)} × {zone}",
        "ntp": "NTPv1–v4",
        "nts": f"NTPv4, KE {output.ke_port}",
        "ntp_broadcast": f"NTPv4 {output.every:g} s",
        "daytime": "RFC 867",
        "time": "RFC 868",
        "http": "/time /status /metrics /healthz",
        "chrony_sock": "refclock SOCK",
        "chrony_shm": f"refclock SHM {output.unit}",
    }
    return says[output.kind]


def _print_status(found: Status) -> None:
    words = found.state.message().text(language())
    u = "—" if found.u is None else f"± {found.u:.2g} s"
    print(f"{found.name}  {found.at.isoformat()} {u}  {words}")
    for reason in found.reasons:
        print(f"  {reason[language()]}")
    rows = [
        [
            one.name,
            one.kind,
            say(Message(f"cli.time.source_state.{one.state}")),
            "—" if one.offset is None else f"{one.offset:+.3g} s",
            f"{one.u:.2g} s",
            one.reason.get(language(), ""),
        ]
        for one in found.sources
    ]
    print_table(rows, header=[say(Message(f"cli.time.{key}")) for key in ("source", "kind", "state", "offset", "u", "reason")])
    if found.budget is not None:
        print(say(Message("cli.time.budget", time=_long(found.budget))))
    print_table(
        [[one.name, one.kind, str(one.count), one.problem.get(language(), "")] for one in found.outputs],
        header=[say(Message(f"cli.time.{key}")) for key in ("output", "kind", "given", "reason")],
    )


def _long(seconds: float) -> str:
    return f"{seconds / DAY:.1f} d" if seconds >= DAY else f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds:.0f} s"  # noqa: PLR2004


def _print_behind(found: Behind) -> None:
    state = State(str(found.state["state"])).message().text(language())
    followed = found.state["followed"]
    names = " ".join(str(name) for name in followed) if isinstance(followed, list) else ""
    print(f"{found.second.isoformat()}  {'—' if found.u is None else f'± {found.u:.2g} s'}  {state}  {names}".rstrip())
    rejected, reasons = found.state["rejected"], found.state["reasons"]
    told = [*(rejected.values() if isinstance(rejected, dict) else []), *(reasons if isinstance(reasons, list) else [])]
    for reason in told:
        if isinstance(reason, dict):
            print(f"  {reason[language()]}")
    for name, offset in found.readings.items():
        print(f"  {name:12} {offset:+.3g} s")
    print(say(Message("cli.time.system_offset", offset=f"{found.system_offset:+.9f}")))
    print(say(Message("cli.time.in_record", digest=found.record.digest)))
