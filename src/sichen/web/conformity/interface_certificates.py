# SPDX-License-Identifier: Apache-2.0
"""Certificates for programs: drafted, moved, fetched and verified as on the pages."""

import asyncio
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import FormData

from sichen.adapters import now
from sichen.adapters.certificate_desk import docket, dockets, redraft_certificate
from sichen.adapters.certificate_particulars import Correction
from sichen.adapters.conformity_desk import RowsRefused
from sichen.adapters.issuing_house import own_trust
from sichen.conformity.certificate import read_stamp, verify
from sichen.core import ConfigError, Message
from sichen.web.conformity.asking import Asked
from sichen.web.conformity.certificates import ACTS, file_answer
from sichen.web.conformity.interface import CREATED, Beside, pairs, refused, sent, sent_text
from sichen.web.conformity.judging import answered, answered_from_bench
from sichen.web.conformity.verifying import given_trust
from sichen.web.description import sends
from sichen.web.folder import Folder

router = APIRouter()
MANY = 1000


@router.get("/api/conformity/certificates", tags=["conformity"])
def list_certificates(folder: Folder, limit: int = 200) -> JSONResponse:
    """List certificates with their stage, those last worked on first."""
    return JSONResponse([one.to_json() for one in dockets(folder, limit=min(max(limit, 1), MANY))])


@router.post("/api/conformity/certificates", status_code=CREATED, tags=["conformity"])
async def draft(
    request: Request,
    folder: Folder,
    *,
    plan: Annotated[str, Form(description="A plan's name.")],
    category: Annotated[str, Form()] = "",
    decision: Annotated[str, Form()] = "",
    set_: Annotated[list[str] | None, Form(alias="set", description="NAME=VALUE.")] = None,
    acoustic: Annotated[bool, Form()] = False,
    file: Annotated[UploadFile | None, File(description="A table of days; or give readings.")] = None,
    reading: Annotated[list[str] | None, Form(description="Digests of kept readings of the bench.")] = None,
    stations: Beside = None,
    limits: Beside = None,
    instruments: Beside = None,
    watches: Beside = None,
    brand: Annotated[str, Form()] = "",
    model: Annotated[str, Form()] = "",
    calibre: Annotated[str, Form()] = "",
    state: Annotated[str, Form()] = "",
    customer: Annotated[str, Form()] = "",
    tested_by: Annotated[str, Form()] = "",
    begun: Annotated[str, Form()] = "",
    ended: Annotated[str, Form()] = "",
) -> JSONResponse:
    """Judge watches and draft a certificate for each, all or none."""
    asked = Asked(
        plan=f"{plan}/{category}",
        decision=decision,
        choices=pairs(set_),
        acoustic="yes" if acoustic else "",
        stations=await sent_text(stations),
        limits=await sent_text(limits),
        instruments=await sent_text(instruments),
        watches=await sent_text(watches),
        brand=brand,
        model=model,
        calibre=calibre,
        state=state,
        customer=customer,
        tested_by=tested_by,
        begun=begun,
        ended=ended,
    )
    try:
        if reading:
            found = await asyncio.to_thread(answered_from_bench, folder, asked, reading)
        elif file is not None:
            source = await sent(file)
            asked = replace(asked, table=source.text, name=source.name, raw=source.content)
            found = await asyncio.to_thread(answered, folder, asked, keep=True, certify=True)
        else:
            raise ConfigError(Message("web.conformity.error.nothing"))
    except RowsRefused as error:
        return refused(request, error)
    return JSONResponse([one.to_json() for one in found.dockets], CREATED)


@router.get("/api/conformity/certificates/{number}", tags=["conformity"])
def one_certificate(folder: Folder, number: str) -> JSONResponse:
    """Return how a certificate stands, with everything it says."""
    found = docket(folder, number)
    return JSONResponse({**found.to_json(), "content": found.certificate.to_json()})


@router.get(
    "/api/conformity/certificates/{number}/file.{ending}",
    tags=["conformity"],
    responses=sends("application/xml", "application/pdf", "text/html"),
)
def certificate_file(folder: Folder, number: str, ending: Literal["xml", "pdf", "html"]) -> Response:
    """Return a certificate as signed DCC, PDF or page."""
    return file_answer(folder, number, ending)


@router.post("/api/conformity/certificates/{number}/redraft", tags=["conformity"])
async def redraft(
    folder: Folder,
    number: str,
    *,
    person: Annotated[str, Form(description="Who does it.")],
    customer: Annotated[str | None, Form()] = None,
    brand: Annotated[str | None, Form()] = None,
    model: Annotated[str | None, Form()] = None,
    calibre: Annotated[str | None, Form()] = None,
    state: Annotated[str | None, Form()] = None,
    tested_by: Annotated[str | None, Form()] = None,
    begun: Annotated[str | None, Form()] = None,
    ended: Annotated[str | None, Form()] = None,
) -> JSONResponse:
    """Put right what was wrong in a returned certificate; it is a draft again. What is not sent stays."""
    correction = Correction(customer, brand, model, calibre, state, tested_by, begun, ended)
    found = await asyncio.to_thread(redraft_certificate, folder, number, correction, person=person, at=now())
    return JSONResponse(found.to_json())


@router.post("/api/conformity/certificates/{number}/{step}", tags=["conformity"])
async def move(
    folder: Folder,
    number: str,
    step: Literal["review", "return", "release", "revoke"],
    *,
    person: Annotated[str, Form(description="Who does it.")],
    note: Annotated[str, Form(description="A remark; the reason when it is returned or revoked.")] = "",
) -> JSONResponse:
    """Review, return, release or revoke a certificate; review and release are done by two people."""
    stage = {"review": "reviewed", "return": "returned", "release": "released", "revoke": "revoked"}[step]
    said = FormData([("person", person), ("note", note)])
    return JSONResponse((await asyncio.to_thread(ACTS[stage], folder, number, said)).to_json())


@router.get("/api/conformity/trust", tags=["conformity"])
def published_trust(folder: Folder) -> JSONResponse:
    """Return the public keys and the revoked certificates: what others verify with."""
    return JSONResponse(own_trust(folder.path).to_json())


@router.post("/api/conformity/verify", tags=["conformity"])
async def verify_file(
    folder: Folder,
    *,
    file: Annotated[UploadFile, File(description="A digital calibration certificate.")],
    trust: Annotated[UploadFile | None, File(description="The laboratory's trust.json; our own when not given.")] = None,
) -> JSONResponse:
    """Verify a signed certificate; the answer has the keys of `sichen conformity verify --json`."""
    known = own_trust(folder.path) if trust is None or not trust.filename else given_trust(await sent(trust))
    source = await sent(file)
    found = await asyncio.to_thread(verify, source.content, trust=known, now=now())
    return JSONResponse({"file": source.name, **found.to_json()})


@router.get("/api/conformity/stamp", tags=["conformity"])
def verify_stamp(folder: Folder, s: str) -> JSONResponse:
    """Verify what a scan of a certificate's code gave."""
    return JSONResponse(read_stamp(s, trust=own_trust(folder.path), now=now()).to_json())
