# SPDX-License-Identifier: Apache-2.0
"""Stability for programs: the same answers as `sichen stability NAME --json`."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import JSONResponse

from sichen.core import JSON
from sichen.stability import Question, compare, cornered_hat, differences_of_clocks, mask, read_taus
from sichen.stability.results import plain
from sichen.web.stability.computing import Source, source_of

router = APIRouter()

Files = Annotated[list[UploadFile], File(description="One column, Stable32, TimeLab, CSV with a heading; gzip or not.")]
Kind = Annotated[Literal["phase", "frequency"], Form(description="What the numbers are.")]
Tau0 = Annotated[float | None, Form(description="Seconds between two values; from the file when it says so.")]
Unit = Annotated[str | None, Form(description="Of the values: s, ns, s/s, s/d, ppm.")]
Column = Annotated[str | None, Form(description="Heading or number of the column, counted from 1.")]
Times = Annotated[str, Form(description="octave, decade, all, or times in seconds: 1,10,100.")]


@router.post("/api/stability/hat", tags=["stability"])
async def separate_clocks(
    *,
    file: Files,
    input: Kind = "phase",  # noqa: A002 - the promised name
    tau0: Tau0 = None,
    unit: Unit = None,
    column: Column = None,
    taus: Times = "octave",
) -> JSONResponse:
    """Separate the noise of three or more clocks that were read together against one reference.

    One file a clock. A variance that comes out negative is refused: its deviation is null.
    """
    asked = Question(input=input, tau0=tau0, unit=unit, column=_column(column), taus=read_taus(taus))
    sources = [await source_of(entry) for entry in file]
    return JSONResponse(await asyncio.to_thread(_hat, asked, sources))


@router.post("/api/stability/{statistic}", tags=["stability"])
async def compute_statistic(
    statistic: str,
    *,
    file: Files,
    input: Kind = "phase",  # noqa: A002 - the promised name
    tau0: Tau0 = None,
    unit: Unit = None,
    column: Column = None,
    taus: Times = "octave",
    ci: Annotated[float, Form(description="Content of the interval.")] = 0.683,
    alpha: Annotated[int | None, Form(description="Exponent of the noise, 2 to -4, when known.")] = None,
    edf: Annotated[Literal["greenhall", "exact"], Form()] = "greenhall",
    bias: Annotated[Literal["stable32", "sp1065", "raw"], Form()] = "stable32",
    inhibition: Annotated[float | None, Form(description="Inhibition period of a quartz watch in seconds.")] = None,
    remove: Annotated[Literal["offset", "drift"] | None, Form(description="Take away first, by least squares.")] = None,
    against: Annotated[str | None, Form(alias="mask", description="Compare with a mask.")] = None,
) -> JSONResponse:
    """Compute one statistic: adev, oadev, mdev, tdev, hdev, ohdev, totdev, …, mtie.

    The answer is one object with the keys of `sichen stability NAME --json`; several files give a list of them.
    """
    asked = Question(
        input=input,
        tau0=tau0,
        unit=unit,
        column=_column(column),
        taus=read_taus(taus),
        confidence=ci,
        alpha=alpha,
        edf=edf,
        bias=bias,
        inhibition=inhibition,
        remove=remove,
    )
    sources = [await source_of(entry) for entry in file]
    answers = [await asyncio.to_thread(_one, asked, source, statistic, against) for source in sources]
    return JSONResponse(answers[0] if len(answers) == 1 else answers)


def _one(asked: Question, source: Source, statistic: str, against: str | None) -> dict[str, JSON]:
    found = asked.answer(asked.series(source.content), statistic)
    verdict = None if against is None else compare(found, mask(against)).to_json()
    return {"file": source.name, **found.to_json(), "input": asked.input, "mask": verdict}


def _hat(asked: Question, sources: Sequence[Source]) -> dict[str, JSON]:
    found = cornered_hat(
        differences_of_clocks({f"{k + 1} {source.name}": asked.series(source.content) for k, source in enumerate(sources)}),
        taus=asked.taus,
    )
    return {
        "clocks": [source.name for source in sources],
        "tau_s": plain(found.tau),
        "deviation": [plain(row) for row in found.deviation],
        "variance": [plain(row) for row in found.variance],
        "advice": [message.text("en") for message in found.advice],
    }


def _column(text: str | None) -> str | int | None:
    return int(text) if text is not None and text.isdecimal() else text
