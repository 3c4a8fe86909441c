# SPDX-License-Identifier: Apache-2.0
"""The chapters of the workbench. A sub-package with a ``chapter`` is one: nothing else has to be edited to add it."""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

from fastapi import APIRouter

from sichen.adapters import DataFolder
from sichen.core import Figure, Message, Record
from sichen.trace.people import Access

CHAIN = ("time", "bench", "movement", "conformity", "quality", "trace", "brand", "industry")
"""The evidence chain, in the order of the rail."""


@dataclass(frozen=True)
class Page:
    """An entry of the rail: where it leads and the key of its name in ``web/messages.toml``."""

    path: str
    title: str


@dataclass(frozen=True)
class Latest:
    """One line of a chapter on the first page: what it is about, its figures, where it leads."""

    subject: str
    figures: tuple[Figure, ...]
    path: str


@dataclass(frozen=True)
class Summary:
    """What a chapter says about itself on the first page."""

    says: Message
    latest: tuple[Latest, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """A chapter of the workbench.

    Parameters
    ----------
    name : str
        Name of the sub-package: its templates are ``name/….html``, its static files ``name/…``.
    router : APIRouter
        Its pages and its part of the REST interface.
    place : str or None
        Where on the chain it stands; None when it is not on the rail.
    pages : tuple of Page
        Entries of the rail; the first is where the chapter's own name leads.
    summary : callable, optional
        What it contributes to the first page, from the data folder.
    opens : mapping of str to str
        Kinds of record that it has a page for, each with the address that the digest completes.
    access : Access
        Which roles may look at its pages, and which may send its forms. Whoever forgets it keeps everybody out but the
        brand's admin.
    """

    name: str
    router: APIRouter
    place: str | None = None
    pages: tuple[Page, ...] = ()
    summary: Callable[[DataFolder], Summary] | None = None
    opens: Mapping[str, str] = field(default_factory=dict)
    access: Access = field(default_factory=Access)


@dataclass(frozen=True)
class Stop:
    """A stop of the chain as the rail shows it; without pages it is only named."""

    name: str
    pages: tuple[Page, ...]
    chapters: tuple[Chapter, ...]


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return every chapter found below ``sichen.web``, by name."""
    package = import_module("sichen.web")
    found = (entry.name for entry in pkgutil.iter_modules(package.__path__) if entry.ispkg)
    modules = (import_module(f"sichen.web.{name}") for name in sorted(found))
    return tuple(module.chapter for module in modules if hasattr(module, "chapter"))


@cache
def rail() -> tuple[Stop, ...]:
    """Return the chain in order, each stop with the pages that exist."""
    stops = []
    for name in CHAIN:
        here = tuple(chapter for chapter in chapters() if chapter.place == name)
        stops.append(Stop(name, tuple(page for chapter in here for page in chapter.pages), here))
    return tuple(stops)


def page_of(record: Record) -> str | None:
    """Return the page that shows a record as people know it; None when only its tree does."""
    for chapter in chapters():
        if record.kind in chapter.opens:
            return chapter.opens[record.kind] + record.digest
    return None
