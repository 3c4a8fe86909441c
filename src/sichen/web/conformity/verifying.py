# SPDX-License-Identifier: Apache-2.0
"""The page where anybody verifies a certificate: a dropped file, or the address that a scanned code holds."""

import json
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from sichen.adapters import DataFolder, now
from sichen.adapters.certificate_desk import docket
from sichen.adapters.conformity_desk import Source
from sichen.adapters.issuing_house import own_trust
from sichen.conformity.certificate import Stamp, Trust, VerificationResult, read_stamp, to_html, trust_from_json, verify
from sichen.core import ConfigError, Message, NotFound, SichenError
from sichen.web.conformity.asking import file_in, text_in
from sichen.web.folder import Folder
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
MARKS: Mapping[str, str] = {
    "intact": "good",
    "tampered": "wrong",
    "revoked": "wrong",
    "unsigned": "care",
    "unknown_signer": "care",
    "expired": "care",
}


@router.get("/conformity/verify", include_in_schema=False)
def scanned(request: Request, folder: Folder, s: str = "") -> HTMLResponse:
    """Show the empty page, or what a scanned code proves."""
    if not s:
        return _page(request)
    found = read_stamp(s, trust=own_trust(folder.path), now=now())
    return _page(request, stamp=found, here=_is_here(folder, found))


@router.post("/conformity/verify", include_in_schema=False)
async def dropped(request: Request, folder: Folder) -> HTMLResponse:
    """Verify a file that was sent."""
    async with request.form(max_files=2) as form:
        sent, typed = await file_in(form, "file"), text_in(form, "stamp")
        trusted = await file_in(form, "trust")
    try:
        trust = own_trust(folder.path) if trusted is None else given_trust(trusted)
        if sent is None and typed:
            found = read_stamp(typed, trust=trust, now=now())
            return _page(request, stamp=found, here=_is_here(folder, found))
        if sent is None:
            raise NotFound(Message("web.conformity.error.no_file"))
        return _page(request, file=verify(sent.content, trust=trust, now=now()), name=sent.name)
    except SichenError as error:
        return _page(request, problem=error)


def given_trust(sent: Source) -> Trust:
    """Read a file of trust that was sent.

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        return trust_from_json(json.loads(sent.content))
    except ValueError as error:
        raise ConfigError(Message("adapters.house.no_trust", path=sent.name, problem=str(error))) from error


def _is_here(folder: DataFolder, found: Stamp) -> bool:
    """Tell whether the certificate of a stamp lies in this data folder, with the same content."""
    try:
        return bool(found.number) and docket(folder, found.number).certificate.digest == found.digest
    except NotFound:
        return False


def _page(
    request: Request,
    *,
    stamp: Stamp | None = None,
    here: bool = False,
    file: VerificationResult | None = None,
    name: str = "",
    problem: SichenError | None = None,
) -> HTMLResponse:
    certificate = None if file is None else file.certificate
    article = Markup() if certificate is None else Markup(to_html(certificate))  # noqa: S704 - our own escaping writer
    return page(
        request,
        "conformity/verify.html",
        status=200 if problem is None else status_of(problem),
        stamp=stamp,
        here=here,
        file=file,
        name=name,
        article=article,
        problem=problem,
        marks=MARKS,
    )
