# SPDX-License-Identifier: Apache-2.0
"""Requests that the published description of the interface allows, made up by schemathesis."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok

from sichen.web.epcis.routes import PREFIX

_SENT = ("method", "url", "headers", "params", "json", "data", "content")


def ask_all(app: FastAPI, description: Path, *, each: int) -> tuple[Counter[int], list[str]]:
    """Send made-up requests to every operation.

    Parameters
    ----------
    app : FastAPI
    description : Path
        The OpenAPI file of the standard.
    each : int
        Requests an operation.

    Returns
    -------
    answers : Counter of int
        How often each status came.
    failures : list of str
        Requests that were answered with 500 or more.
    """
    raw = json.loads(description.read_text())
    _repair(raw)
    answers: Counter[int] = Counter()
    failures: list[str] = []
    loop = asyncio.new_event_loop()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
    kind = settings(
        max_examples=each,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        database=None,
        derandomize=True,
    )

    def send(case: Any) -> None:
        words = case.as_transport_kwargs(base_url=f"http://127.0.0.1{PREFIX}")
        how = {name: value for name, value in words.items() if name in _SENT}
        if isinstance(how.get("data"), bytes | str):
            how["content"] = how.pop("data")
        how["headers"] = dict(how.get("headers") or {})
        try:
            answer = loop.run_until_complete(client.request(**how))
        except (httpx.InvalidURL, UnicodeEncodeError, TypeError):
            return  # no client could send it
        answers[answer.status_code] += 1
        if answer.status_code >= 500:
            failures.append(f"{case.method} {how['url']}: {answer.text[:300]}")

    for found in schemathesis.openapi.from_dict(raw).get_all_operations():
        assert isinstance(found, Ok)
        try:
            kind(given(case=found.ok().as_strategy())(send))()
        except Unsatisfiable:
            continue  # the description allows nothing that a path can carry
    loop.run_until_complete(client.aclose())
    loop.close()
    return answers, failures


def _repair(node: Any) -> None:
    """Take out the patterns that are written for another kind of regular expressions."""
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str) and "\\g<" in node["pattern"]:
            del node["pattern"]
        for inner in node.values():
            _repair(inner)
    elif isinstance(node, list):
        for inner in node:
            _repair(inner)
