# SPDX-License-Identifier: Apache-2.0
"""Who works at this screen, and how a form becomes a step or a refusal on the page it came from."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import Depends, UploadFile
from fastapi.responses import RedirectResponse, Response
from starlette.requests import HTTPConnection

from sichen.adapters import read_configuration
from sichen.adapters.laboratory_steps import RowsRefused
from sichen.core import SichenError
from sichen.web.problems import status_of

COOKIE = "sichen-person"
LONGEST = 80
SEE_OTHER = 303


def person_of(connection: HTTPConnection) -> str:
    """Return who works at this screen: as noted here, else as the configuration says."""
    return unquote(connection.cookies.get(COOKIE, ""))[:LONGEST] or read_configuration().person


Person = Annotated[str, Depends(person_of)]


def remember(response: Response, person: str) -> None:
    """Note who works at this screen, until the browser is closed."""
    response.set_cookie(COOKIE, quote(person.strip()[:LONGEST]), samesite="strict", httponly=True)


class Problem:
    """Why a form was refused: the sentence, and the rows where a table was meant."""

    def __init__(self, error: SichenError) -> None:
        self.message = error.message
        self.status = status_of(error)
        self.refusals = error.refusals if isinstance(error, RowsRefused) else ()


def act(step: Callable[[], str], again: Callable[[Problem], Response]) -> Response:
    """Take a step and lead to the page that shows it, or show again the page that asked, with what was wrong.

    Parameters
    ----------
    step : callable
        Does it and returns the address to go to.
    again : callable
        Renders the page that asked.
    """
    try:
        return RedirectResponse(step(), status_code=SEE_OTHER)
    except SichenError as error:
        return again(Problem(error))


def chosen(file: UploadFile | None) -> tuple[str, bytes] | None:
    """Return the name and bytes of a file of a form; None where nobody chose one."""
    return (file.filename, file.file.read()) if file is not None and file.filename else None


def status(problem: Problem | None) -> int:
    """Return the HTTP status of a page."""
    return 200 if problem is None else problem.status
