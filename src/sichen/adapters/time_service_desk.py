# SPDX-License-Identifier: Apache-2.0
"""The desk of the time service: configurations checked, a service run, its status and its evidence asked for."""

import ipaddress
import json
import re
import signal
import sys
import threading
import time
from pathlib import Path

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.named_files import make_folder, read_named, write_named
from sichen.adapters.timebase.outputs import zone_offset
from sichen.adapters.timebase.outputs.slave_clocks import hands_file, said_file
from sichen.adapters.timebase.service import STATUS, TimeService
from sichen.core import ConfigError, DataError, Instant, Message, NotFound, SichenError, SourceError
from sichen.timebase.service import Hands, OutputPlan, ServicePlan, Status, hands_at, read_plan, ready_plans

FOLDER = "time"
STALE = 5.0
UNIT = """[Unit]
Description=Sichen time service
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={command} time run --config {config}
Restart=on-failure
RestartSec=5
DynamicUser=yes
StateDirectory=sichen
Environment=SICHEN_DATA=/var/lib/sichen
SupplementaryGroups=dialout audio
NoNewPrivileges=yes
{rights}ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectClock=yes
RestrictRealtime=no
LimitMEMLOCK=infinity

[Install]
WantedBy=multi-user.target
"""


def plan_text(named: str) -> str:
    """Return the text of a configuration: a file, or one that comes with Sichen by its name.

    Raises
    ------
    SourceError
        If there is no such file.
    ConfigError
        If it is no text.
    """
    if named in ready_plans() and not Path(named).exists():
        return ready_plans()[named]
    try:
        return read_named(Path(named)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(Message("timebase.situation.no_toml", problem=str(error))) from error


def plan_of(named: str) -> ServicePlan:
    """Return the plan of a configuration.

    Raises
    ------
    ConfigError
        If a key is unknown or a value cannot be; the message names it.
    """
    plan = read_plan(plan_text(named))
    for output in plan.output:
        if output.zone:
            zone_offset(output.zone, Instant(0))
        _check_output(output)
    return plan


def _check_output(plan: OutputPlan) -> None:
    """Refuse at the desk what would only fail, or silently serve nobody, when the service runs."""
    for key, networks in (("allowed", plan.allowed), ("denied", plan.denied)):
        for network in networks:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                where = f"output.{plan.called}.{key}"
                raise ConfigError(
                    Message("adapters.time.bad_network", where=where, found=network, problem=str(error))
                ) from error
    if not re.fullmatch("[A-Z]{2}", plan.talker):
        raise ConfigError(Message("adapters.time.bad_talker", where=f"output.{plan.called}.talker", found=plan.talker))
    if plan.kind == "strings" and not plan.sentences:
        raise ConfigError(Message("timebase.service.needs", where=f"output.{plan.called}", needed="sentences"))


def read_hands(plan: ServicePlan, folder: DataFolder, name: str) -> str | None:
    """Return what is known of the hands of a line of slave clocks, as its dials show it; None when nothing is.

    Raises
    ------
    NotFound
        If the plan has no such line.
    DataError
        If what was kept is damaged.
    """
    settings = _line(plan, name).dial_settings
    try:
        text = hands_file(state_folder(folder, plan.name), name).read_text(encoding="utf-8")
    except OSError:
        return None
    return Hands.from_text(text, settings=settings).shown(settings)


def tell_hands(plan: ServicePlan, folder: DataFolder, name: str, shown: str) -> None:
    """Tell what the dials of a line show; a service that runs takes it over within a second, one that does not at its start.

    Raises
    ------
    NotFound
        If the plan has no such line.
    DataError
        If it is no time of a clock.
    """
    hands_at(shown, settings=_line(plan, name).dial_settings)
    state = state_folder(folder, plan.name)
    make_folder(state)
    write_named(said_file(state, name), shown)


def _line(plan: ServicePlan, name: str) -> OutputPlan:
    lines = {one.called: one for one in plan.output if one.kind == "slave_clocks"}
    if name not in lines:
        raise NotFound(Message("adapters.time.no_line", name=name, known=" ".join(lines) or "—"))
    return lines[name]


def state_folder(folder: DataFolder, name: str) -> Path:
    """Return where a clock keeps its state."""
    return folder.path / FOLDER / name


def run_service(plan: ServicePlan, folder: DataFolder, *, seconds: float | None = None) -> TimeService:
    """Serve until SIGTERM, SIGINT or the end of the time given; return the service as it ended.

    Parameters
    ----------
    plan : ServicePlan
    folder : DataFolder
    seconds : float, optional
        Stop by itself after so long.
    """
    stop = threading.Event()
    service = TimeService(plan, state=state_folder(folder, plan.name), folder=folder)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    timer = None if seconds is None else threading.Timer(seconds, stop.set)
    try:
        if timer is not None:
            timer.start()
        service.run(stop)
    finally:
        if timer is not None:
            timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
    return service


def statuses(folder: DataFolder) -> list[tuple[Status, float]]:
    """Return the status of every service that runs on this data folder, and how many seconds old it is.

    One that has not been renewed for several ticks is of a service that was killed: it is left out.
    """
    found = []
    for path in sorted((folder.path / FOLDER).glob(f"*/{STATUS}")):
        try:
            age = time.time() - path.stat().st_mtime
            status = Status.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, DataError):
            continue
        if age < STALE + 3 * status.tick:
            found.append((status, max(age, 0.0)))
    return found


def status_now(folder: DataFolder, name: str | None = None) -> Status:
    """Return the status of the running service.

    Raises
    ------
    SourceError
        If none runs, or none of that name.
    DataError
        If several run and no name was given.
    """
    found = [status for status, _ in statuses(folder) if name is None or status.name == name]
    if not found:
        raise SourceError(Message("adapters.time.not_running", folder=str(folder.path)))
    if len(found) > 1:
        raise DataError(Message("adapters.time.several", names=" ".join(one.name for one in found)))
    return found[0]


def systemd_unit(config: Path) -> str:
    """Return a unit for systemd that runs the service of a configuration as a user without rights.

    A configuration with PTP gets the two rights that its ports and frames need, and no more.
    """
    try:
        plan = plan_of(str(config))
        kinds = {one.kind for one in plan.output} | {one.kind for one in plan.source}
    except SichenError:
        kinds = set()
    rights = "AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_NET_RAW\n" if kinds & {"ptp", "ptp4l"} else ""
    return UNIT.format(command=Path(sys.argv[0]).absolute(), config=config.absolute(), rights=rights)
