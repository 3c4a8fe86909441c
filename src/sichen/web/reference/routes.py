# SPDX-License-Identifier: Apache-2.0
"""The interface page, made from the OpenAPI description, and the glossary page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sichen.core import glossary
from sichen.web.pages import page

router = APIRouter()
Table = Mapping[str, object]


@dataclass(frozen=True)
class Field:
    """A parameter, or a part of what is sent."""

    name: str
    place: str
    kind: str
    required: bool
    says: str


@dataclass(frozen=True)
class Operation:
    """One thing that the interface does."""

    method: str
    path: str
    tag: str
    says: str
    fields: tuple[Field, ...]
    answers: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """A name for the address bar."""
        return f"{self.method}{self.path}".replace("/", "-").replace("{", "").replace("}", "")


@router.get("/docs", include_in_schema=False)
def interface(request: Request) -> HTMLResponse:
    """Show the REST interface."""
    groups: dict[str, list[Operation]] = {}
    for operation in operations(request.app.openapi()):
        groups.setdefault(operation.tag, []).append(operation)
    return page(request, "reference/docs.html", groups=groups)


@router.get("/glossary", include_in_schema=False)
def words(request: Request) -> HTMLResponse:
    """Show the terms of the trade in both languages."""
    return page(request, "reference/glossary.html", terms=glossary())


def operations(description: Table) -> Iterator[Operation]:
    """Read the operations out of an OpenAPI description, in its order.

    Examples
    --------
    >>> paths = {"/a": {"get": {"description": "Tell.", "responses": {"200": {"description": "ok"}}}}}
    >>> [(found.method, found.path, found.says) for found in operations({"paths": paths})]
    [('GET', '/a', 'Tell.')]
    """
    for path, methods in _tables(description["paths"]):
        for method, entry in _tables(methods):
            tags = cast("list[str]", entry.get("tags", ["other"]))
            fields = (*_parameters(entry), *_parts(entry, description))
            answers = tuple(f"{status} {answer.get('description', '')}" for status, answer in _tables(entry["responses"]))
            says = str(entry.get("description", entry.get("summary", "")))
            yield Operation(method.upper(), path, tags[0], says, fields, answers)


def _parameters(entry: Table) -> Iterator[Field]:
    for parameter in cast("list[Table]", entry.get("parameters", [])):
        schema = cast("Table", parameter.get("schema", {}))
        says = str(parameter.get("description", schema.get("description", "")))
        yield Field(str(parameter["name"]), str(parameter["in"]), _kind(schema), bool(parameter.get("required")), says)


def _parts(entry: Table, description: Table) -> Iterator[Field]:
    body = cast("Table", entry.get("requestBody", {}))
    for media_type, content in _tables(body.get("content", {})):
        schema = _resolved(cast("Table", content.get("schema", {})), description)
        required = cast("list[str]", schema.get("required", []))
        for name, part in _tables(schema.get("properties", {})):
            yield Field(name, media_type, _kind(part), name in required, str(part.get("description", "")))


def _resolved(schema: Table, description: Table) -> Table:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    found: object = description
    for step in reference.removeprefix("#/").split("/"):
        found = cast("Table", found)[step]
    return cast("Table", found)


def _kind(schema: Table) -> str:
    if "anyOf" in schema:
        return " | ".join(_kind(option) for option in cast("list[Table]", schema["anyOf"]))
    kind = str(schema.get("type", "any"))
    if schema.get("contentMediaType") or schema.get("format") == "binary":
        kind = "file"
    if "enum" in schema:
        kind = " | ".join(map(str, cast("list[object]", schema["enum"])))
    default = schema.get("default")
    return kind if default in (None, "") else f"{kind} = {default}"


def _tables(found: object) -> Iterator[tuple[str, Table]]:
    yield from cast("Mapping[str, Table]", found).items()
