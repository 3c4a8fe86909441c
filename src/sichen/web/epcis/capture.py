# SPDX-License-Identifier: Apache-2.0
"""Capture: documents in, jobs that tell what became of them."""

import asyncio

from lxml import etree
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from sichen.adapters.epcis.jobs import CaptureJob
from sichen.core import Message
from sichen.trace.epcis import microseconds_text
from sichen.trace.epcis.query.parameters import QueryFault
from sichen.web.epcis.answers import EPCIS, VERSIONS, in_json, in_xml, next_page, wants_xml
from sichen.web.epcis.bodies import behaviour, read_body, read_sent
from sichen.web.epcis.desk import desk_of
from sichen.web.epcis.events import read_per_page

AT_ONCE = 1000
"""Up to so many events a job is done before the answer; larger ones go on behind it."""

_RUNNING: set[asyncio.Future[CaptureJob]] = set()


async def post_capture(request: Request) -> Response:
    """Take a document: 202 with the address of the job."""
    wants_xml(request)
    wanted = behaviour(request)
    document = await run_in_threadpool(read_sent, request, await read_body(request))
    desk = desk_of(request)
    await run_in_threadpool(desk.admit, document.events)
    job = await run_in_threadpool(lambda: desk.jobs.begin(wanted, given=len(document.events)))
    work = asyncio.ensure_future(run_in_threadpool(lambda: desk.capture(document, job=job)))
    if len(document.events) <= AT_ONCE:
        await asyncio.shield(work)
    else:
        _RUNNING.add(work)
        work.add_done_callback(_RUNNING.discard)
    headers = {**VERSIONS, "Location": f"{request.url.path.rstrip('/')}/{job.id}"}
    return Response(status_code=202, headers=headers)


async def list_jobs(request: Request) -> Response:
    """List capture jobs, newest first."""
    per_page = read_per_page(request)
    token = request.query_params.get("nextPageToken", "0")
    if not (token.isascii() and token.isdecimal() and len(token) < 10):  # noqa: PLR2004 - digits
        raise QueryFault("nextPageToken", Message("trace.epcis.query.token"))
    desk = desk_of(request)
    found = await run_in_threadpool(lambda: desk.jobs.listed(after=int(token), per_page=per_page + 1))
    following = str(int(token) + per_page) if len(found) > per_page else ""
    headers = {name: value for name, value in next_page(request, following, 0).items() if name == "Link"}
    jobs = found[:per_page]
    if wants_xml(request):
        root = etree.Element(f"{{{EPCIS}}}EPCISCaptureJobs", nsmap={"epcis": EPCIS})
        for job in jobs:
            root.append(_element(job))
        return in_xml(_written(root), headers=headers)
    return in_json([dict(job.to_json()) for job in jobs], headers=headers)


async def read_job(request: Request) -> Response:
    """Return one job."""
    desk = desk_of(request)
    job = await run_in_threadpool(lambda: desk.jobs.read(request.path_params["name"]))
    if wants_xml(request):
        return in_xml(_written(_element(job)))
    return in_json(dict(job.to_json()))


def _element(job: CaptureJob) -> "etree._Element":
    root = etree.Element(f"{{{EPCIS}}}EPCISCaptureJob", nsmap={"epcis": EPCIS})
    for name, value in {"running": job.running, "success": job.success}.items():
        root.set(name, "true" if value else "false")
    root.set("captureID", job.id)
    etree.SubElement(root, "captureErrorBehaviour").text = job.behaviour
    etree.SubElement(root, "createdAt").text = microseconds_text(job.created)
    if job.finished:
        etree.SubElement(root, "finishedAt").text = microseconds_text(job.finished)
    if job.errors:
        errors = etree.SubElement(root, "errors")
        for error in job.errors:
            one = etree.SubElement(errors, "error")
            etree.SubElement(one, "type").text = "epcisException:ValidationException"
            etree.SubElement(one, "title").text = str(error["field"])
            etree.SubElement(one, "detail").text = "".join(sign if sign.isprintable() else " " for sign in str(error["detail"]))
    return root


def _written(root: "etree._Element") -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
