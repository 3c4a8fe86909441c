# SPDX-License-Identifier: Apache-2.0
"""Static files: read once, packed once, served under an address that changes with their content.

The digest of all files stands in the address, before the path. Relative imports between modules therefore
stay inside one edition, and a browser may keep what it has for ever.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

from sichen.core import Message, NotFound
from sichen.web.chapters import chapters

TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "webmanifest": "application/manifest+json",
}


@dataclass(frozen=True)
class Static:
    """A file in both forms."""

    plain: bytes
    packed: bytes
    media_type: str


@cache
def statics() -> tuple[str, dict[str, Static]]:
    """Return the edition (16 hexadecimal digits) and every file by its path."""
    files = dict(_walk(resources.files("sichen.web") / "static", ""))
    for chapter in chapters():
        files |= dict(_walk(resources.files(f"sichen.web.{chapter.name}") / "static", f"{chapter.name}/"))
    state = hashlib.sha256()
    for path in sorted(files):
        state.update(path.encode() + b"\0" + files[path].plain)
    return state.hexdigest()[:16], files


def static_path(path: str) -> str:
    """Return the address of a static file; a path that does not exist is a mistake found by the first request."""
    edition, files = statics()
    return f"/static/{edition}/{path}" if path in files else _missing(path)


async def serve_static(request: Request) -> Response:
    """Answer ``/static/{edition}/{path}``; another edition than ours is served too, but not for ever."""
    edition, files = statics()
    path = request.path_params["path"]
    if path not in files:
        _missing(path)
    file = files[path]
    current = request.path_params["edition"] == edition
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", "") and len(file.packed) < len(file.plain):
        return Response(file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.plain, media_type=file.media_type, headers=headers)


def _missing(path: str) -> str:
    raise NotFound(Message("web.error.no_static", path=path))


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Static]]:
    if not folder.is_dir():
        return []
    found: list[tuple[str, Static]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif (kind := entry.name.rpartition(".")[2]) in TYPES:
            data = entry.read_bytes()
            found.append((prefix + entry.name, Static(data, gzip.compress(data, 9, mtime=0), TYPES[kind])))
    return found
