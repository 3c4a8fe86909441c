# SPDX-License-Identifier: Apache-2.0
"""Pages and REST interface of records and raw data."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from sichen.core import JSON, Evidence, Message, NotFound, Record, why
from sichen.trace.people.record_rules import WITHHELD
from sichen.web.bodies import figures
from sichen.web.description import sends
from sichen.web.folder import WholeFolder, resolve
from sichen.web.language import language_of
from sichen.web.pages import page, render
from sichen.web.records.access import Eyes, Looking
from sichen.web.records.tree import Node, facts, tree

router = APIRouter()
LISTED = 200
BLOCK = 1 << 20


@router.get("/records", include_in_schema=False)
def listed(request: Request, folder: WholeFolder, eyes: Looking, kind: str = "", subject: str = "") -> HTMLResponse:
    """Show the latest records."""
    found = list(eyes.listed(folder, kind=kind or None, subject=subject or None, limit=LISTED))
    return page(request, "records/list.html", records=found, kind=kind, subject=subject)


@router.get("/records/{digest}", include_in_schema=False)
def opened(request: Request, folder: WholeFolder, eyes: Looking, digest: str, *, verify: bool = False) -> Response:
    """Show the tree from a record down to raw data."""
    full = resolve(digest, folder)
    if full != digest:
        return RedirectResponse(f"/records/{full}", status_code=307)
    nodes = _seen(tree(full, folder, verify=verify), eyes, full)
    return page(request, "records/one.html", nodes=nodes, top=nodes[0], figures=figures, facts=facts, verified=verify)


@router.get("/records/{digest}/panel", include_in_schema=False)
def panel(request: Request, folder: WholeFolder, eyes: Looking, digest: str, *, of: str = "") -> HTMLResponse:
    """Return the fragment that opens beside a figure."""
    full = resolve(digest, folder)
    nodes = _seen(tree(full, folder), eyes, full)
    shown = dict(figures(nodes[0].record.body)).get(of) if nodes[0].record else None
    html = render(language_of(request), "records/panel.html", nodes=nodes, top=nodes[0], of=of, shown=shown)
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


@router.get("/api/records", tags=["records"])
def find_records(
    folder: WholeFolder, eyes: Looking, kind: str | None = None, subject: str | None = None, limit: int = 100
) -> JSONResponse:
    """List the latest records of a kind or about a subject, newest first, each with its digest."""
    found = eyes.listed(folder, kind=kind, subject=subject, limit=min(max(limit, 1), 1000))
    return JSONResponse([{"digest": record.digest, **_record_json(record, eyes)} for record in found])


@router.get("/api/records/{digest}", tags=["records"])
def read_record(folder: WholeFolder, eyes: Looking, digest: str) -> Response:
    """Return one record as canonical JSON: its SHA-256 is its digest. A shortened digest will do.

    Whoever may not see all of it gets the rest under ``body``, and under ``withheld`` the names of what is missing.
    """
    record = eyes.read(folder, resolve(digest, folder))
    if eyes.shown(record).withheld:
        return JSONResponse({"digest": record.digest, **_record_json(record, eyes)})
    return Response(record.canonical, media_type="application/json", headers={"ETag": f'"{record.digest}"'})


@router.get("/api/records/{digest}/why", tags=["records"])
def why_record(folder: WholeFolder, eyes: Looking, digest: str) -> JSONResponse:
    """Return the tree from a record down to raw data; an input that is missing shows as a hole."""
    full = resolve(digest, folder)
    eyes.read(folder, full)
    return JSONResponse(_tree_json(why(full, folder.records), eyes))


@router.get("/api/records/{digest}/verify", tags=["records"])
def verify_record(folder: WholeFolder, eyes: Looking, digest: str) -> JSONResponse:
    """Compute the digest of every record and file behind a record anew and tell which hold."""
    full = resolve(digest, folder)
    nodes = _seen(tree(full, folder, verify=True), eyes, full)
    checks = [{"digest": node.digest, "role": node.role, "state": node.state} for node in nodes]
    return JSONResponse({"ok": all(node.state == "good" for node in nodes), "checks": checks})


@router.get("/api/artifacts/{digest}", tags=["records"], response_class=StreamingResponse, responses=sends("*/*"))
def read_artifact(folder: WholeFolder, eyes: Looking, digest: str) -> StreamingResponse:
    """Return raw data as they were kept, always as a download."""
    artifact = folder.records.artifact(resolve(digest, folder))
    if not eyes.may_open(folder, artifact.digest):
        raise NotFound(Message("web.records.unseen", digest=artifact.digest[:19]))
    raw = folder.artifacts.open(artifact.digest)

    def blocks() -> Iterator[bytes]:
        with raw:
            yield from iter(lambda: raw.read(BLOCK), b"")

    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(artifact.name)}",
        "Content-Length": str(artifact.size),
        "ETag": f'"{artifact.digest}"',
    }
    return StreamingResponse(blocks(), media_type=artifact.media_type, headers=headers)


def _seen(nodes: tuple[Node, ...], eyes: Eyes, digest: str) -> tuple[Node, ...]:
    """Return a tree as the visitor may see it.

    Raises
    ------
    NotFound
        If he may not know of what stands on top.
    """
    found = eyes.nodes(nodes)
    if not found or found[0].digest != digest:
        raise NotFound(Message("web.records.unseen", digest=digest[:19]))
    return found


def _record_json(record: Record, eyes: Eyes) -> dict[str, JSON]:
    shown = eyes.shown(record)
    missing: dict[str, JSON] = {WITHHELD: list(shown.withheld)} if shown.withheld else {}
    return {**record.to_json(), "body": dict(shown.body), **missing}


def _tree_json(node: Evidence, eyes: Eyes) -> Mapping[str, JSON]:
    artifact, record = node.artifact, node.record
    return {
        "role": node.role,
        "digest": node.digest,
        "record": None if record is None else _record_json(record, eyes),
        "artifact": None
        if artifact is None
        else {"name": artifact.name, "media_type": artifact.media_type, "size": artifact.size},
        "rests_on": [_tree_json(below, eyes) for below in node.rests_on if below.record is None or eyes.sees(below.record)],
    }
