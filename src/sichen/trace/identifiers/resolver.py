# SPDX-License-Identifier: Apache-2.0
"""Resolving a Digital Link: which page, in which language, of which kind, or the whole linkset (RFC 9264)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sichen.core import JSON, DataError, Message
from sichen.trace.identifiers.digital_link import DigitalLink
from sichen.trace.identifiers.elements import Element
from sichen.trace.identifiers.escaping import escape, unescape

VOCABULARY = "https://gs1.org/voc/"
LINKSET_TYPE = "application/linkset+json"
_LINKSET_NAMES = frozenset({"all", "linkset"})
_DEFAULT, _DEFAULTS = VOCABULARY + "defaultLink", VOCABULARY + "defaultLinkMulti"
_BLANK = re.compile(r"\{([A-Za-z0-9_]+)\}")
_FOUND, _REDIRECT, _CHOICES, _ABSENT = 200, 307, 300, 404


@dataclass(frozen=True)
class WebLink:
    """One page about a thing.

    Parameters
    ----------
    linktype : str
        A full address of the kind of page, e.g. ``https://gs1.org/voc/pip``.
    href, title, media_type : str
    languages, contexts : tuple of str
    """

    linktype: str
    href: str
    title: str = ""
    media_type: str = ""
    languages: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ResolverEntry:
    """What is known about one key and, perhaps, its qualifiers.

    Parameters
    ----------
    anchor : str
        ``/01/09520123456788``, without qualifiers.
    links : tuple of WebLink
    description : str
    default_linktype : str
        The kind of page that is shown when nobody asks for one.
    qualifiers : tuple of (str, str)
        Identifier and value; a value ``{name}`` fits any and fills the blank of that name in the addresses.
    """

    anchor: str
    links: tuple[WebLink, ...]
    description: str = ""
    default_linktype: str = VOCABULARY + "pip"
    qualifiers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Wish:
    """What the visitor asked for.

    Parameters
    ----------
    linktype : str
        Empty for the default; ``linkset`` or ``all`` for the whole list; short names may have ``gs1:`` before them.
    accept, accept_language : str
        The headers of the request.
    context : str
    """

    linktype: str = ""
    accept: str = "*/*"
    accept_language: str = ""
    context: str = ""


def wish_of(link: DigitalLink, *, accept: str = "*/*", accept_language: str = "") -> Wish:
    """Take what a visitor asks for out of the query and the headers.

    Parameters
    ----------
    link : DigitalLink
        Its parameters ``linkType`` and ``context`` count.
    accept, accept_language : str

    Examples
    --------
    >>> from sichen.trace.identifiers import parse_link
    >>> wish_of(parse_link("https://r.example/01/09520123456788?linkType=gs1:pip")).linktype
    'gs1:pip'
    """
    said = dict(piece.split("=", 1) for piece in link.parameters if "=" in piece)
    wanted, context = (unescape(said.get(name, ""), query=True) for name in ("linkType", "context"))
    return Wish(wanted, accept, accept_language, context)


@dataclass(frozen=True)
class Decision:
    """What to answer.

    Parameters
    ----------
    status : {200, 300, 307, 404}
        The linkset, several equal pages, one page, or nothing.
    location : str
        Where to go; empty unless 307.
    linkset : JSON
        The linkset, for 200 and 300.
    link_header : str
        Where the linkset is, for the ``Link`` header of every answer.
    vary : str
        Which headers the answer depends on.
    """

    status: int
    location: str = ""
    linkset: JSON = None
    link_header: str = ""
    vary: str = "Accept, Accept-Language"


def read_entry(data: Mapping[str, JSON]) -> ResolverEntry:
    """Read an entry in the form of the GS1 resolver, version 3.

    Parameters
    ----------
    data : mapping
        ``anchor``, ``links`` with ``linktype`` and ``href``, and optionally ``itemDescription``, ``defaultLinktype``,
        ``qualifiers``.

    Raises
    ------
    DataError
        If the anchor or a link is missing.
    """
    anchor, links = data.get("anchor"), data.get("links")
    if not isinstance(anchor, str) or not isinstance(links, list):
        raise DataError(Message("trace.identifiers.no_entry", missing="anchor, links"))
    qualifiers = data.get("qualifiers") or []
    pairs = (
        [pair for item in qualifiers if isinstance(item, dict) for pair in item.items()] if isinstance(qualifiers, list) else []
    )
    return ResolverEntry(
        anchor=anchor,
        links=tuple(_read_link(link) for link in links),
        description=_text(data.get("itemDescription")),
        default_linktype=expand(_text(data.get("defaultLinktype")) or "gs1:pip"),
        qualifiers=tuple((str(ai), str(value)) for ai, value in pairs),
    )


def expand(linktype: str) -> str:
    """Write a kind of page in full.

    Examples
    --------
    >>> expand("gs1:certificationInfo")
    'https://gs1.org/voc/certificationInfo'
    """
    if "://" in linktype:
        return linktype
    return VOCABULARY + linktype.removeprefix("gs1:")


def resolve(entries: Iterable[ResolverEntry], link: DigitalLink, *, wish: Wish | None = None) -> Decision:
    """Decide what a visitor gets who follows a Digital Link.

    Parameters
    ----------
    entries : iterable of ResolverEntry
        All that share the key; others are passed over.
    link : DigitalLink
        The finest entry that fits is asked first, then coarser ones.
    wish : Wish, optional

    Returns
    -------
    Decision

    Notes
    -----
    Among links of the kind asked for, the context decides first, then the language by quality value (RFC 9110) and
    range (RFC 4647), then the media type, then the order of the entry [1]_. Parts of the query that are no fields go
    along to the page.

    References
    ----------
    .. [1] GS1-Conformant resolver standard 1.1.
    """
    asked = wish or Wish()
    found = sorted(
        ((entry, filled) for entry in entries if (filled := _fit(entry, link)) is not None),
        key=lambda pair: -len(pair[0].qualifiers),
    )
    header = f'<{link.uri().split("?")[0]}?linkType=linkset>; rel="linkset"; type="{LINKSET_TYPE}"'
    if not found:
        return Decision(_ABSENT)
    if asked.linktype in _LINKSET_NAMES or _prefers_linkset(asked.accept):
        return Decision(_FOUND, linkset=linkset([_fill(*pair) for pair in found], link), link_header=header)
    for entry, blanks in found:
        wanted = expand(asked.linktype) if asked.linktype else entry.default_linktype
        whole = _fill(entry, blanks)
        candidates = [page for page in whole.links if page.linktype == wanted]
        if candidates:
            best = _best(candidates, asked)
            if len(best) > 1:
                several = ResolverEntry(whole.anchor, tuple(best), whole.description, wanted, whole.qualifiers)
                return Decision(_CHOICES, linkset=linkset([several], link), link_header=header)
            return Decision(_REDIRECT, location=_with_parameters(best[0].href, link.parameters), link_header=header)
    return Decision(_ABSENT, link_header=header)


def linkset(entries: Sequence[ResolverEntry], link: DigitalLink) -> JSON:
    """Write entries as a linkset (RFC 9264, JSON form)."""
    contexts: list[JSON] = []
    for entry in entries:
        kinds: dict[str, list[JSON]] = {}
        defaults = [page for page in entry.links if page.linktype == entry.default_linktype]
        if defaults:
            kinds[_DEFAULT] = [{"href": defaults[0].href, "title": defaults[0].title}]
            kinds[_DEFAULTS] = [_target(page) for page in defaults]
        for page in entry.links:
            kinds.setdefault(page.linktype, []).append(_target(page))
        tail = "".join(f"/{element.ai}/{escape(element.value)}" for element in _qualifiers_of(entry, link))
        contexts.append({"anchor": link.stem + entry.anchor + tail, "itemDescription": entry.description, **kinds})
    return {"linkset": contexts}


def _qualifiers_of(entry: ResolverEntry, link: DigitalLink) -> list[Element]:
    named = {ai for ai, _ in entry.qualifiers}
    return [element for element in link.path[1:] if element.ai in named]


def _target(page: WebLink) -> JSON:
    target: dict[str, JSON] = {"href": page.href}
    if page.title:
        target["title"] = page.title
    if page.media_type:
        target["type"] = page.media_type
    if page.languages:
        target["hreflang"] = list(page.languages)
    if page.contexts:
        target["context"] = list(page.contexts)
    return target


def _fit(entry: ResolverEntry, link: DigitalLink) -> dict[str, str] | None:
    """Return what fills the blanks of an entry, or None where it is about something else."""
    if entry.anchor != f"/{link.key.ai}/{link.key.value}":
        return None
    present = {element.ai: element.value for element in link.path[1:]}
    blanks: dict[str, str] = {}
    for ai, value in entry.qualifiers:
        if ai not in present:
            return None
        blank = _BLANK.fullmatch(value)
        if blank is not None:
            blanks[blank[1]] = present[ai]
        elif present[ai] != value:
            return None
    return blanks


def _fill(entry: ResolverEntry, blanks: Mapping[str, str]) -> ResolverEntry:
    def filled(page: WebLink) -> WebLink:
        href = _BLANK.sub(lambda match: escape(blanks[match[1]]) if match[1] in blanks else match[0], page.href)
        return WebLink(page.linktype, href, page.title, page.media_type, page.languages, page.contexts)

    return ResolverEntry(
        entry.anchor, tuple(filled(page) for page in entry.links), entry.description, entry.default_linktype, entry.qualifiers
    )


def _prefers_linkset(accept: str) -> bool:
    weights = dict(_weighted(accept))
    return weights.get(LINKSET_TYPE, 0.0) > weights.get("text/html", 0.0)


def _best(candidates: list[WebLink], wish: Wish) -> list[WebLink]:
    """Return the best pages: one, or several that nothing tells apart."""
    languages, media = _weighted(wish.accept_language), _weighted(wish.accept)

    def score(page: WebLink) -> tuple[float, float, float]:
        context = 1.0 if wish.context and wish.context in page.contexts else 0.0
        return context, _language_weight(page.languages, languages), _media_weight(page.media_type, media)

    top = max(score(page) for page in candidates)
    best = [page for page in candidates if score(page) == top]
    # Nobody asked for anything that tells them apart: the first is the publisher's choice.
    return best if wish.accept_language and len({page.href for page in best}) > 1 and top[1] > 0 else best[:1]


def _language_weight(offered: tuple[str, ...], wanted: list[tuple[str, float]]) -> float:
    """Weigh by the best range that fits; a page without language fits a little, one in an unwanted language not at all."""
    if not offered or "und" in offered:
        return 1e-4
    best = 0.0
    for place, (language, weight) in enumerate(wanted):
        for own in offered:
            tag, wish = own.lower(), language.lower()
            # A shorter range takes every longer tag; a longer range falls back to its own beginning, at a small price.
            if wish in {"*", tag} or tag.startswith(wish + "-"):
                best = max(best, weight - place * 1e-6)
            elif wish.startswith(tag + "-"):
                best = max(best, weight * 0.99 - place * 1e-6)
    return best


def _media_weight(offered: str, wanted: list[tuple[str, float]]) -> float:
    if not offered:
        return 1e-4
    ranges = {offered: 3, offered.split("/", maxsplit=1)[0] + "/*": 2, "*/*": 1}
    fitting = [(ranges[name], weight) for name, weight in wanted if name in ranges]
    return max(fitting)[1] if fitting else 0.0


def _weighted(header: str) -> list[tuple[str, float]]:
    """Read a list with quality values; a value that is no number counts as nothing wanted."""
    found: list[tuple[str, float]] = []
    for item in filter(None, (piece.strip() for piece in header.split(","))):
        name, *parameters = (piece.strip() for piece in item.split(";"))
        quality = next((value[2:] for value in parameters if value.lower().startswith("q=")), "1")
        found.append((name.lower(), float(quality) if re.fullmatch(r"[01](\.[0-9]{0,3})?", quality) else 0.0))
    return [pair for pair in found if pair[1] > 0]


def _with_parameters(href: str, parameters: Sequence[str]) -> str:
    passed = [piece for piece in parameters if piece.partition("=")[0] not in {"linkType", "context"}]
    if not passed:
        return href
    address, mark, fragment = href.partition("#")
    return address + ("&" if "?" in address else "?") + "&".join(passed) + mark + fragment


def _read_link(link: JSON) -> WebLink:
    if not isinstance(link, dict) or not isinstance(link.get("href"), str) or not isinstance(link.get("linktype"), str):
        raise DataError(Message("trace.identifiers.no_entry", missing="linktype, href"))
    return WebLink(
        linktype=expand(_text(link["linktype"])),
        href=_text(link["href"]),
        title=_text(link.get("title")),
        media_type=_text(link.get("type")),
        languages=_texts(link.get("hreflang")),
        contexts=_texts(link.get("context")),
    )


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: JSON) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
