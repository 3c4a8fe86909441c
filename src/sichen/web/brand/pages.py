# SPDX-License-Identifier: Apache-2.0
"""The pages: asked by link, by form or by a kept record, with or without a script."""

import asyncio
from dataclasses import replace
from pathlib import PurePath

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData, UploadFile

from sichen.adapters import DataFolder, now
from sichen.adapters.brand_desk import Sent
from sichen.adapters.brand_market_desk import answers_csv, design_of, questionnaire_csv
from sichen.adapters.sample_brands import sample_file, sample_names
from sichen.brand import read_case, report_pictures, report_sections, value
from sichen.core import Language, Message, NotFound, Record, SichenError
from sichen.web.brand import shown
from sichen.web.brand.case_form import case_form, filled_case
from sichen.web.brand.topic import Asked
from sichen.web.brand.topics import TOPICS
from sichen.web.folder import Folder, resolve
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
PEOPLE = 100
"""Rows of an empty sheet for answers."""
CASE_FILE = {"Content-Disposition": 'attachment; filename="case.toml"'}
DOUBLED = "\r\n"


@router.get("/brand/samples/{name}", include_in_schema=False)
def download_sample(name: str) -> Response:
    """Return a sample file."""
    if name not in sample_names():
        raise NotFound(Message("web.brand.no_sample", name=name))
    kind = "application/toml" if name.endswith(".toml") else "text/csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(sample_file(name), media_type=kind, headers=headers)


@router.get("/brand/kept/{digest}", include_in_schema=False)
async def open_kept(request: Request, folder: Folder, digest: str) -> HTMLResponse:
    """Show the page of a kept record from the files that it rests on."""
    record = folder.records.read(resolve(digest, folder))
    name = next((name for name, topic in TOPICS.items() if record.kind in topic.kinds), None)
    if name is None or not record.inputs:
        raise NotFound(Message("web.brand.no_page", digest=record.digest))
    files = {entry.role: _kept_file(folder, entry.digest) for entry in record.inputs if _is_file(folder, entry.digest)}
    sent = files.pop(record.inputs[0].role)
    asked = record.body.get("asked")
    fields = {key: str(said) for key, said in asked.items()} if isinstance(asked, dict) else {}
    if name == "value":
        fields.setdefault("method", "")
        fields["method"] = fields["method"] or str(record.body.get("method") or "")
        fields["level"] = str(record.body.get("level") or fields.get("level", ""))
    if name == "strength" and len(record.inputs) > 1:
        fields |= {"evidence": "true", "at": record.instant.isoformat()}
    further = {key: one for key, one in files.items() if key in TOPICS[name].further}
    return await _answered(request, name, Asked(sent, further, fields), folder, kept=(record,))


@router.get("/brand", include_in_schema=False)
async def begin(request: Request, folder: Folder) -> HTMLResponse:
    """Show the page of values, empty or with the sample."""
    return await _by_link(request, "value", folder)


@router.get("/brand/{name}", include_in_schema=False)
async def show(request: Request, folder: Folder, name: str) -> HTMLResponse:
    """Show a page, empty or with its sample."""
    if name not in TOPICS:
        raise NotFound(Message("web.error.no_page", path=request.url.path))
    return await _by_link(request, name, folder)


@router.post("/brand/{name}", include_in_schema=False, response_class=HTMLResponse)
async def ask(request: Request, folder: Folder, name: str) -> Response:
    """Answer the form of a page; with `save` the answer is kept, with `as=report` it prints."""
    if name not in TOPICS:
        raise NotFound(Message("web.error.no_page", path=request.url.path))
    async with request.form(max_files=10) as form:
        asked = await _asked(form, name)
        if name == "value" and form.get("as") in {"fields", "toml"}:
            asked = replace(asked, main=filled_case(form, asked.main))
        if name == "value" and form.get("as") == "toml":
            return Response(asked.main.content, media_type="application/toml", headers=CASE_FILE)
        if name == "value" and form.get("as") == "report":
            return await _report(request, asked)
        if name == "design" and form.get("as") in {"questionnaire", "answers"}:
            return _sheet(request, asked, str(form.get("as")))
        return await _answered(request, name, asked, folder, save=form.get("save") == "true")


def _is_file(folder: DataFolder, digest: str) -> bool:
    try:
        folder.records.artifact(digest)
    except NotFound:
        return False
    return True


def _kept_file(folder: DataFolder, digest: str) -> Sent:
    artifact = folder.records.artifact(digest)
    with folder.artifacts.open(artifact.digest) as file:
        return Sent(file.read(), artifact.name)


async def _by_link(request: Request, name: str, folder: DataFolder) -> HTMLResponse:
    if request.query_params.get("sample") != "true":
        return _page(request, name, None)
    topic = TOPICS[name]
    asked = topic.sample_asked()
    given = {key: request.query_params[key] for key in topic.fields if key in request.query_params}
    return await _answered(request, name, Asked(asked.main, asked.further, {**asked.fields, **given}), folder)


async def _answered(
    request: Request, name: str, asked: Asked, folder: DataFolder, *, save: bool = False, kept: tuple[Record, ...] = ()
) -> HTMLResponse:
    topic, language = TOPICS[name], language_of(request)
    try:
        found = await asyncio.to_thread(topic.answer, asked, folder, language)
        if save and topic.keep is not None:
            kept = tuple(await asyncio.to_thread(topic.keep, asked, folder, now()))
    except SichenError as error:
        return _page(request, name, asked, problem=error)
    return _page(request, name, asked, answer=found, kept=kept)


async def _report(request: Request, asked: Asked) -> HTMLResponse:
    try:
        parts = await asyncio.to_thread(_parts, asked)
    except SichenError as error:
        return _page(request, "value", asked, problem=error)
    return page(request, "brand/report.html", parts=parts)


def _sheet(request: Request, asked: Asked, kind: str) -> Response:
    try:
        made = design_of(asked.main)
    except SichenError as error:
        return _page(request, "design", asked, problem=error)
    text = questionnaire_csv(made) if kind == "questionnaire" else answers_csv(made, PEOPLE)
    headers = {"Content-Disposition": f'attachment; filename="{kind}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _parts(asked: Asked) -> list[dict[str, object]]:
    level, seed = asked.number("level", 0.9), int(asked.number("seed", 1))
    found = value(read_case(asked.main.text, name=asked.main.name), level=level, seed=seed)
    chosen = asked.fields.get("method") or None
    languages: tuple[Language, ...] = ("zh", "en")
    return [
        {
            "language": language,
            "title": Message("brand.report.title", brand=found.case.name).text(language),
            "sections": report_sections(found, language=language, chosen=chosen),
            "pictures": shown.safe(report_pictures(found, language=language, chosen=chosen)),
            "foot": Message("brand.report.foot", digest=found.case.digest).text(language),
        }
        for language in languages
    ]


def _page(
    request: Request,
    name: str,
    asked: Asked | None,
    *,
    answer: dict[str, object] | None = None,
    kept: tuple[Record, ...] = (),
    problem: SichenError | None = None,
) -> HTMLResponse:
    topic = TOPICS[name]
    return page(
        request,
        f"brand/{name}.html",
        status=200 if problem is None else status_of(problem),
        name=name,
        topic=topic,
        asked=asked,
        written=written(asked),
        fields=topic.fields if asked is None else {**dict.fromkeys(topic.fields, ""), **asked.fields},
        kept=kept,
        problem=problem,
        answer=answer,
        form=case_form(written(asked), language_of(request)) if name == "value" else None,
        **(answer or {}),
    )


def written(asked: Asked | None) -> dict[str, str]:
    """Return the texts of the files as the form shows them."""
    if asked is None:
        return {}
    return {"main": _typed(asked.main)} | {key: _typed(one) for key, one in asked.further.items()}


def _typed(one: Sent) -> str:
    """Return a file as text: a form sends back what it shows, so a table of another encoding or a workbook must not be lost."""
    try:
        return one.text
    except SichenError:
        return one.content.decode("utf-8", "replace")


async def _asked(form: FormData, name: str) -> Asked:
    topic = TOPICS[name]
    main = await _sent(form, "main", topic.sample)
    further = {key: one for key, sample in topic.further.items() if (one := await _sent(form, key, sample)).content.strip()}
    fields = {key: str(form.get(key) or "") for key in topic.fields}
    return Asked(main, further, fields)


async def _sent(form: FormData, key: str, otherwise: str) -> Sent:
    """Return a chosen file, else what was typed; a browser sends typed lines with two characters at their ends."""
    file = form.get(f"{key}_file")
    if isinstance(file, UploadFile) and file.filename:
        return Sent(await file.read(), PurePath(file.filename).name)
    return Sent(str(form.get(key) or "").replace(DOUBLED, "\n").encode(), str(form.get(f"{key}_name") or otherwise))
