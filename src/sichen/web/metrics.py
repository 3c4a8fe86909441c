# SPDX-License-Identifier: Apache-2.0
"""What the workbench tells a monitoring system: requests, their time, live measurements, readings kept."""

import time
from functools import lru_cache

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Metrics:
    """The counters of one application; each has its own registry, so that two can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "sichen_http_requests_total", "Answers by route and status.", ("route", "status"), registry=self.registry
        )
        self.seconds = Histogram("sichen_http_request_seconds", "Time to answer.", ("route",), registry=self.registry)
        self.live = Gauge("sichen_live_sessions", "Watches being listened to now.", registry=self.registry)
        self.readings = Counter("sichen_readings_total", "Readings made, by outcome.", ("status",), registry=self.registry)

    async def page(self, _request: Request) -> Response:
        """Answer ``/metrics``."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)


class Counting:
    """ASGI middleware that counts answers by route, not by address: addresses are without number."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self._counters = lru_cache(maxsize=4096)(self._of)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the answer and its time."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", None) or getattr(scope.get("endpoint"), "__name__", "none").strip("_")
            requests, seconds = self._counters(route, str(status or 500))
            requests.inc()
            seconds.observe(time.perf_counter() - start)

    def _of(self, route: str, status: str) -> tuple[Counter, Histogram]:
        return self.metrics.requests.labels(route, status), self.metrics.seconds.labels(route)
