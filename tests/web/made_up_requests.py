# SPDX-License-Identifier: Apache-2.0
"""Requests that a description of an interface allows, made up by schemathesis, and what is wrong with the answers."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response

from sichen.web.epcis.routes import PREFIX

_SENT = ("method", "url", "headers", "params", "json", "data", "content", "files")
_HOST = "http://127.0.0.1"
_CHECKS = ("content_type_conformance", "response_schema_conformance", "response_headers_conformance", "status_code_conformance")


@dataclass
class Answers:
    """What came back.

    Parameters
    ----------
    statuses : Counter of int
        How often each status came.
    failures : list of str
        Requests that were answered with 500 or more, or not at all.
    breaches : list of str
        Answers that are not what the description says.
    """

    statuses: "Counter[int]" = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)


def ask_standard(app: FastAPI, description: Path, *, each: int) -> Answers:
    """Ask what the OpenAPI file of the EPCIS standard describes: `each` requests an operation."""
    raw = json.loads(description.read_text())
    _repair(raw)
    return _ask(app, raw, each=each, below=PREFIX, judged=())


def ask_product(app: FastAPI, *, each: int) -> Answers:
    """Ask what the application says of itself; its answers must be what it says, too."""
    return _ask(app, app.openapi(), each=each, below="", judged=_CHECKS)


def _ask(app: FastAPI, raw: dict[str, Any], *, each: int, below: str, judged: tuple[str, ...]) -> Answers:
    answers = Answers()
    kind = settings(
        max_examples=each,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        database=None,
        derandomize=True,
    )
    load_all_checks()
    checks = CHECKS.get_by_names(list(judged))
    with asyncio.Runner() as loop:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=_HOST)

        def send(case: Any) -> None:
            request = _request(client, case, below)
            if request is None:
                return
            answer = loop.run(client.send(request))
            answers.statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                answers.failures.append(f"{case.method} {request.url}: {answer.status_code} {answer.text[:300]}")
            elif checks:
                answers.breaches += _breaches(case, answer, checks)

        for operation in schemathesis.openapi.from_dict(raw).get_all_operations():
            assert isinstance(operation, Ok)
            try:
                kind(given(case=operation.ok().as_strategy())(send))()
            except Unsatisfiable:
                continue  # the description allows nothing that a path can carry
        loop.run(client.aclose())
    return answers


def _request(client: httpx.AsyncClient, case: Any, below: str) -> httpx.Request | None:
    words = case.as_transport_kwargs(base_url=f"{_HOST}{below}")
    try:
        ready = requests.Request(**{name: value for name, value in words.items() if name in _SENT}).prepare()
        how: dict[str, Any] = {"headers": dict(ready.headers), "content": ready.body}
        return client.build_request(case.method, str(ready.url), **how)
    except (httpx.InvalidURL, requests.RequestException, UnicodeError, TypeError, AttributeError):
        return None  # no client could send it


def _breaches(case: Any, answer: httpx.Response, checks: Any) -> Iterator[str]:
    try:
        case.validate_response(Response.from_any(answer), checks=checks)
    except FailureGroup as group:
        for problem in group.exceptions:
            yield f"{case.method} {answer.url}: {answer.status_code} {problem.title}: {str(problem)[:600]}"


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
