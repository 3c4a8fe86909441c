# SPDX-License-Identifier: Apache-2.0
"""What the application says of its interface: the OpenAPI description, with the errors as they really come."""

from threading import Lock
from typing import Any, Final, TypeAlias

from fastapi import FastAPI

Responses: TypeAlias = dict[int | str, dict[str, Any]]

PROBLEM: Final = "application/problem+json"
_SCHEMA: Final = {
    "type": "object",
    "title": "Problem",
    "description": "What happened and what to do (RFC 9457).",
    "required": ["type", "title", "status", "detail", "key"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "key": {"type": "string"},
    },
}
_REFUSED: Final = {
    "description": "Nothing was done; the answer says why.",
    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
KEPT: Final[Responses] = {201: {"description": "Kept, too.", "content": {"application/json": {"schema": {}}}}}
"""For the decorator of a route that answers 201 where it also kept what it found."""

_NEVER_SENT: Final = ("HTTPValidationError", "ValidationError")


def sends(*kinds: str) -> Responses:
    """Return, for the decorator of a route, the media types that it answers with.

    Examples
    --------
    >>> sends("audio/wav")
    {200: {'description': 'As asked.', 'content': {'audio/wav': {}}}}
    """
    return {200: {"description": "As asked.", "content": {kind: {} for kind in kinds}}}


class Described(FastAPI):
    """An application whose description names the answer that every error is given."""

    _describing = Lock()

    def openapi(self) -> dict[str, Any]:
        """Return the description; the framework's own form of a wrong parameter, which is never sent, is not in it."""
        with self._describing:  # two requests that made it side by side would trip over each other
            return self._described()

    def _described(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            found = super().openapi()
            for operations in found["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)
                    operation["responses"]["default"] = _REFUSED
            schemas = found.setdefault("components", {}).setdefault("schemas", {})
            for name in _NEVER_SENT:
                schemas.pop(name, None)
            schemas["Problem"] = _SCHEMA
        return super().openapi()
