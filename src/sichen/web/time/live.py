# SPDX-License-Identifier: Apache-2.0
"""The live part of the page: the status of each service as it changes, as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from markupsafe import Markup

from sichen.adapters import DataFolder
from sichen.adapters.time_service_desk import statuses
from sichen.core import Language, Message
from sichen.timebase.service import Status
from sichen.web.folder import Folder
from sichen.web.language import language_of
from sichen.web.pages import render
from sichen.web.time import shown

router = APIRouter()
PACE = 1.0
LONGEST = 3600


@router.get("/time/live", include_in_schema=False)
async def live(request: Request, folder: Folder) -> StreamingResponse:
    """Send the part of the page that changes, about once a second while it does; the browser asks again after an hour."""
    events = _events(request, folder, language_of(request))
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(request: Request, folder: DataFolder, language: Language) -> AsyncIterator[str]:
    last = ""
    for _ in range(LONGEST):
        if await request.is_disconnected():
            return
        html = await asyncio.to_thread(_now, folder, language)
        yield f"data: {json.dumps(html, ensure_ascii=False)}\n\n" if html != last else ": \n\n"
        last = html
        await asyncio.sleep(PACE)


def _now(folder: DataFolder, language: Language) -> str:
    label = Message("web.time.offsets").text(language)

    def drawn(status: Status) -> Markup:
        return Markup(shown.offsets_svg(status, label=label))  # noqa: S704 - our own escaping writer

    running = [status for status, _ in statuses(folder)]
    return render(language, "time/now.html", statuses=running, shown=shown, drawn=drawn)
