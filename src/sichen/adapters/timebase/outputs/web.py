# SPDX-License-Identifier: Apache-2.0
"""Time over HTTP, with its uncertainty, and the metrics of the service."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from sichen.adapters.timebase.outputs.giving import Disciplined, Output
from sichen.core import Message, SourceError
from sichen.timebase.arbiter import State
from sichen.timebase.service import OutputPlan, Status

JSON_TYPE = "application/json; charset=utf-8"
TIMEOUT = 5.0
Answer = tuple[int, str, bytes]


class HttpOutput(Output):
    """``/time``, ``/status``, ``/metrics`` and ``/healthz``.

    Parameters
    ----------
    plan, clock
        As for every output.
    status : callable
        Returns the status of the service now.
    """

    def __init__(self, plan: OutputPlan, clock: Disciplined, *, status: Callable[[], Status]) -> None:
        super().__init__(plan, clock)
        self._status = status
        try:
            self._server = _Server((plan.host, plan.listens), self._handler())
        except OSError as error:
            raise SourceError(Message("adapters.time.port", name=plan.called, port=plan.listens, problem=str(error))) from error

        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._server.server_address[:2]  # type: ignore[return-value]

    def start(self) -> None:
        """Answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> Answer:
        """Return status, media type and body for an address."""
        self.count += 1
        match path.partition("?")[0]:
            case "/time":
                return self._time()
            case "/status":
                return 200, JSON_TYPE, json.dumps(self._status().to_json(), ensure_ascii=False, allow_nan=False).encode()
            case "/metrics":
                return 200, "text/plain; version=0.0.4; charset=utf-8", metrics(self._status())
            case "/healthz":
                good = self._status().state is not State.UNUSABLE
                return 200 if good else 503, "text/plain; charset=utf-8", b"ok\n" if good else b"unusable\n"
            case _:
                return 404, "text/plain; charset=utf-8", b"/time /status /metrics /healthz\n"

    def _time(self) -> Answer:
        served, decision = self.clock.now(), self.clock.engine.decision
        if served is None or decision is None or not decision.usable:
            return 503, JSON_TYPE, b'{"utc": null, "u_s": null, "state": "unusable"}'
        body = {
            "utc": served.instant.isoformat(),
            "unix_ns": served.instant.ns,
            "u_s": float(f"{served.u:.3g}"),
            "state": decision.state.value,
            "followed": list(decision.followed),
            "leap": self.clock.engine.leap_ahead(served).name.lower(),
            "leap_second": served.leap_second,
        }
        return 200, JSON_TYPE, json.dumps(body).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            timeout = TIMEOUT
            server_version = "sichen"
            sys_version = ""

            def do_GET(self) -> None:
                status, media_type, body = answer(self.path)
                self.send_response(status)
                for name, value in (
                    ("Content-Type", media_type),
                    ("Content-Length", str(len(body))),
                    ("Cache-Control", "no-store"),
                ):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        """Stay quiet when a client leaves in the middle."""


def metrics(status: Status) -> bytes:
    """Return what Prometheus reads."""
    registry = CollectorRegistry()

    def gauge(name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"sichen_time_{name}", says, labels, registry=registry)

    states = gauge("state", "1 for the state that the clock is in.", "state")
    for state in State:
        states.labels(state.value).set(float(state is status.state))
    for name, says, value in (
        ("uncertainty_seconds", "Standard uncertainty of the served time.", status.u),
        ("system_offset_seconds", "Served time minus the clock of the system.", status.system),
        ("holdover_seconds", "How long the oscillator alone would stay usable.", status.budget),
        ("frequency", "Rate of true time against the oscillator, minus one.", status.frequency),
    ):
        if value is not None:
            gauge(name, says).set(value)
    offset = gauge("source_offset_seconds", "Time of a source minus the served one.", "source")
    state_of = gauge("source_state", "1 for the state that a source is in.", "source", "state")
    for one in status.sources:
        if one.offset is not None:
            offset.labels(one.name).set(one.offset)
        state_of.labels(one.name, one.state).set(1)
    given = gauge("output_count", "What an output has given since it began.", "output")
    failing = gauge("output_problem", "1 when an output fails.", "output")
    for output in status.outputs:
        given.labels(output.name).set(output.count)
        failing.labels(output.name).set(float(bool(output.problem)))
    return generate_latest(registry)
