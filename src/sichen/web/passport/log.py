# SPDX-License-Identifier: Apache-2.0
"""The ledger in the browser: size, root, keys, verifier; the log as static files; a witness for the logs of others."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from sichen.adapters.ledger import desk as ledgers
from sichen.adapters.ledger.witnessing import Witness
from sichen.core import Message, NotFound
from sichen.trace.ledger import Tile
from sichen.trace.ledger.keys import encode64
from sichen.web.folder import Folder
from sichen.web.pages import page
from sichen.web.passport.desk import Desk
from sichen.web.problems import Refusal

router = APIRouter()
LONGEST = 65_536
"""Most bytes of a request to the witness: a checkpoint with its lines and a proof."""
WITNESS = "sichen.local/witness"
_FOREVER = "public, max-age=31536000, immutable"


@router.get("/trace/ledger", include_in_schema=False)
def state(request: Request, desk: Desk) -> HTMLResponse:
    """Show how large the log is, who signs it, and who watches it."""
    ledger = desk.events.store.ledger
    checkpoint = ledger.reader.checkpoint()
    log = None if checkpoint is None else ledger.key_log()
    cosigned = ledger.reader.cosigned()
    return page(
        request,
        "passport/ledger.html",
        checkpoint=checkpoint,
        root="" if checkpoint is None else encode64(checkpoint.root),
        note="" if checkpoint is None else _note(desk),
        periods=() if log is None else log.periods,
        void=() if log is None else log.void,
        cosigned=cosigned[-1] if cosigned else None,
        witnesses=ledgers.known_witnesses(ledger),
    )


@router.get("/trace/log/checkpoint", include_in_schema=False)
def checkpoint(desk: Desk) -> Response:
    """Return the latest checkpoint (c2sp.org/tlog-checkpoint)."""
    return PlainTextResponse(_note(desk), headers={"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"})


@router.get("/trace/log/tile/{path:path}", include_in_schema=False)
def tile(path: str, desk: Desk) -> Response:
    """Return a tile (c2sp.org/tlog-tiles): it never changes."""
    content = desk.events.store.ledger.reader.tile(Tile.parse(f"tile/{path}"))
    headers = {"Cache-Control": _FOREVER, "Access-Control-Allow-Origin": "*"}
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.get("/trace/log/policy", include_in_schema=False)
def policy(desk: Desk) -> Response:
    """Return what a verifier elsewhere must trust."""
    ledger = desk.events.store.ledger
    if not ledger.has_begun():
        raise NotFound(Message("adapters.ledger.no_checkpoint", size=0))
    return PlainTextResponse(ledgers.policy_text(ledger), headers={"Cache-Control": "no-cache"})


@router.get("/trace/log/verifier.html", include_in_schema=False)
def verifier(desk: Desk) -> Response:
    """Return the page that verifies bundles without a network, to keep: it believes this house's log."""
    headers = {"Content-Disposition": 'attachment; filename="sichen-verifier.html"', "Cache-Control": "no-cache"}
    return Response(ledgers.verifier(desk.events.store.ledger), media_type="text/html", headers=headers)


@router.post("/trace/witness/add-checkpoint", include_in_schema=False)
async def add_checkpoint(request: Request, folder: Folder) -> Response:
    """Cosign the checkpoint of a log that this house watches (c2sp.org/tlog-witness)."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            raise Refusal(413, Message("web.passport.witness_large", most=LONGEST))
    place = folder.path / "witness"
    if not (place / "witness.json").exists():
        # Keys are made on the command line, by somebody who means to be a witness: no stranger's request makes them.
        return PlainTextResponse("unknown log\n", status_code=404)
    decision = await run_in_threadpool(lambda: Witness(place, name=WITNESS).add_checkpoint(body))
    kind = "text/x.tlog.size" if decision.status == 409 else "text/plain; charset=utf-8"  # noqa: PLR2004 - as the specification says
    return Response(decision.body, status_code=decision.status, media_type=kind)


def _note(desk: Desk) -> str:
    note = desk.events.store.ledger.reader.note()
    if note is None:
        raise NotFound(Message("adapters.ledger.no_checkpoint", size=0))
    return note.text
