# SPDX-License-Identifier: Apache-2.0
"""Outputs of the time service: everything that leaves the one disciplined clock."""

from collections.abc import Callable
from pathlib import Path

from sichen.adapters.timebase.outputs.giving import Disciplined, Output, SecondOutput, zone_offset
from sichen.adapters.timebase.outputs.lines import BellOutput, PulseOutput, StringsOutput
from sichen.adapters.timebase.outputs.network import BroadcastOutput, NtpOutput, OldProtocol
from sichen.adapters.timebase.outputs.sound import SoundOutput
from sichen.core import Instant
from sichen.timebase.service import OutputPlan, Status

__all__ = ["Disciplined", "Output", "SecondOutput", "output_of", "zone_offset"]


def output_of(plan: OutputPlan, clock: Disciplined, *, status: Callable[[], Status], state: Path) -> Output:
    """Make the output of a plan; it gives nothing yet.

    Parameters
    ----------
    plan : OutputPlan
    clock : Disciplined
    status : callable
        Returns the status of the service.
    state : Path
        Folder for keys and for the hands of slave clocks.

    Raises
    ------
    SourceError
        If a port is taken.
    ConfigError
        If the system knows no such time zone.
    """
    if plan.zone:
        zone_offset(plan.zone, Instant(0))
    if plan.kind in {"http", "nts", "slave_clocks"}:
        return _with_more(plan, clock, status=status, state=state)
    if plan.kind in {"ptp", "ptp4l"}:
        from sichen.adapters.timebase.outputs.ptp import PtpOutput
        from sichen.adapters.timebase.outputs.ptp4l import Ptp4lOutput

        return PtpOutput(plan, clock) if plan.kind == "ptp" else Ptp4lOutput(plan, clock)
    if plan.kind in {"chrony_sock", "chrony_shm"}:
        from sichen.adapters.timebase.outputs.feeds import ShmOutput, SockOutput

        return SockOutput(plan, clock) if plan.kind == "chrony_sock" else ShmOutput(plan, clock)
    if plan.kind == "irig" or (plan.kind == "pulse" and plan.line == "sound"):
        return SoundOutput(plan, clock)
    kinds: dict[str, Callable[[OutputPlan, Disciplined], Output]] = {
        "ntp": NtpOutput,
        "ntp_broadcast": BroadcastOutput,
        "strings": StringsOutput,
        "daytime": OldProtocol,
        "time": OldProtocol,
        "pulse": PulseOutput,
        "bell": BellOutput,
    }
    return kinds[plan.kind](plan, clock)


def _with_more(plan: OutputPlan, clock: Disciplined, *, status: Callable[[], Status], state: Path) -> Output:
    """Make an output that needs the status of the service, or keeps something."""
    from sichen.adapters.timebase.outputs.nts import NtsOutput
    from sichen.adapters.timebase.outputs.slave_clocks import SlaveClocksOutput
    from sichen.adapters.timebase.outputs.web import HttpOutput

    if plan.kind == "http":
        return HttpOutput(plan, clock, status=status)
    return NtsOutput(plan, clock, state=state) if plan.kind == "nts" else SlaveClocksOutput(plan, clock, state=state)
