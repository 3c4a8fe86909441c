# SPDX-License-Identifier: Apache-2.0
"""PTP as a source: a ptp4l of our own that listens on an interface and steers nothing."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from sichen.adapters.timebase.counter import NS
from sichen.adapters.timebase.sources import Listener
from sichen.core import Instant, Message, SourceError
from sichen.timebase.source import Sample

PLACES = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
OFFSET = re.compile(r"(?:master offset|rms)\s+(-?\d+).*?(?:path delay|delay)\s+(-?\d+)")
MASTER = re.compile(r"selected best master clock ([0-9a-f.]+)")
GRACE = 5.0


class PtpSource(Listener):
    """A PTP grandmaster on a network interface, heard through ptp4l with software stamps; `path` names the interface."""

    def listen(self) -> None:
        """Run ptp4l until stopped, free running: what it measures is told, what it would do is not done."""
        program = shutil.which("ptp4l", path=PLACES)
        if program is None:
            raise SourceError(Message("adapters.time.no_ptp4l"))
        with tempfile.TemporaryDirectory(prefix="sichen-") as place:
            words = ["-S", "-s", "-m", "-q", "-i", self.plan.path, "--free_running=1", f"--uds_address={place}/ptp4l"]
            with subprocess.Popen(  # noqa: S603 - no shell, and the words are ours
                [program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=Path(place)
            ) as running:
                try:
                    self._read(running)
                finally:
                    running.terminate()
                    try:
                        running.wait(timeout=GRACE)
                    except subprocess.TimeoutExpired:
                        running.kill()

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()
        self._thread.join(timeout=2 * GRACE)

    def _read(self, running: "subprocess.Popen[str]") -> None:
        import select

        last = ""
        stream = running.stdout
        while stream is not None and not self._stop.is_set():
            ready, _, _ = select.select([stream], [], [], 0.2)
            if not ready:
                continue
            line = stream.readline()
            if not line:
                raise SourceError(Message("adapters.time.ptp4l_ended", interface=self.plan.path, said=last))
            last = line.strip()
            self.hear(last)

    def hear(self, line: str) -> None:
        """Take a line of ptp4l: which grandmaster it chose, or how far the system's clock is from it."""
        chosen = MASTER.search(line)
        if chosen is not None:
            self.detail = {**self.detail, "grandmaster": chosen[1]}
        found = OFFSET.search(line)
        if found is None:
            return
        local, system = self.counter.pair()
        utc = Instant(system.ns - int(found[1]))
        self.detail = {**self.detail, "delay_s": int(found[2]) / NS}
        self.problem = None
        self.give(Sample(local / NS, self.engine.offset(utc, local) + self.plan.delay))
