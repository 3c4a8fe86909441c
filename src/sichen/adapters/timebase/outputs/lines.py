# SPDX-License-Identifier: Apache-2.0
"""Outputs on serial lines: strings, pulses for slave clocks, bells."""

from dataclasses import replace
from pathlib import Path

from sichen.adapters.timebase.counter import NS
from sichen.adapters.timebase.line import SerialLine
from sichen.adapters.timebase.outputs.giving import SecondOutput, summer_time
from sichen.core import SourceError
from sichen.timebase.outputs import dlt_string, read_dlt_string
from sichen.timebase.service import OutputPlan, Told, polarity, pulse_due, rings, strings_of

PULSE = {1: b"+", -1: b"-"}
BELL = b"*"
SILENT = b"."


class OnALine(SecondOutput):
    """An output with a line that is opened when it is needed, and again after it failed."""

    _line: SerialLine | None = None

    def line(self) -> SerialLine:
        """Return the open line."""
        if self._line is None:
            self._line = SerialLine(Path(self.plan.path), baud=self.plan.baud, writing=True)
        return self._line

    def close(self) -> None:
        """Close the line."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def write(self, data: bytes) -> None:
        """Write to the line; one that fails is opened anew the next second."""
        try:
            self.line().write(data)
        except SourceError:
            self.close()
            raise

    def hold(self, begun: int, seconds: float) -> None:
        """Wait for the end of a pulse that began at a reading of the counter."""
        self.clock.counter.wait(begun + round(seconds * NS), self._stop)

    def pulse(self, sign: int) -> None:
        """Give a pulse of a polarity."""
        if self.plan.line == "byte":
            self.write(PULSE[sign])
            return
        begun, line = self.clock.counter.read(), self.line()
        if self.plan.alternate:
            line.drive("DTR" if self.plan.line == "RTS" else "RTS", on=sign > 0)
        line.drive(self.plan.line, on=True)
        try:
            self.hold(begun, self.plan.length)
        finally:
            line.drive(self.plan.line, on=False)


class StringsOutput(OnALine):
    """Sentences and frames each second."""

    def tell(self, told: Told) -> None:
        """Write them."""
        if data := summer_strings(self.plan_at(told), told):
            self.write(data)


def summer_strings(plan: OutputPlan, told: Told) -> bytes:
    """Return the strings of a second; where the plan names a zone, DL/T 1100.1 tells its summer time too."""
    return b"".join(
        _with_summer_time(plan, told, one, strings_of(replace(plan, sentences=(one,)), told)) for one in plan.sentences
    )


def _with_summer_time(plan: OutputPlan, told: Told, sentence: str, data: bytes) -> bytes:
    if sentence != "dlt" or not plan.zone:
        return data
    read = read_dlt_string(data)
    pending, summer = summer_time(plan.zone, told.second)
    return dlt_string(
        read.utc,
        offset=read.offset,
        quality=read.quality,
        leap_pending=read.leap_pending,
        leap_delete=read.leap_delete,
        dst_pending=pending,
        dst=summer,
    )


class PulseOutput(OnALine):
    """A pulse each second or minute; for slave clocks with a polarity that alternates, told by DTR or by the byte."""

    def tell(self, told: Told) -> None:
        """Give the pulse when one is due; an unusable clock gives none."""
        offset = self.plan_at(told).offset
        if not told.usable or told.leap_second or not pulse_due(told.second, every=self.plan.every, offset=offset):
            return
        self.pulse(polarity(told.second, every=self.plan.every, offset=offset) if self.plan.alternate else 1)


class BellOutput(OnALine):
    """Bells that ring at times of the day."""

    def tell(self, told: Told) -> None:
        """Ring when it is time; an unusable clock does not."""
        bell = rings(self.plan.bells, told.second, offset=self.plan_at(told).offset)
        if bell is None or not told.usable or told.leap_second:
            return
        begun = self.clock.counter.read()
        self._switch(on=True)
        try:
            self.hold(begun, bell.length)
        finally:
            self._switch(on=False)

    def _switch(self, *, on: bool) -> None:
        if self.plan.line == "byte":
            self.write(BELL if on else SILENT)
        else:
            self.line().drive(self.plan.line, on=on)
