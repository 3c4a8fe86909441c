# SPDX-License-Identifier: Apache-2.0
"""The chain from the second to the brand: what a figure rests on, station by station, down to recordings and source rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sichen.adapters.data_folder import DataFolder
from sichen.core import JSON, PREVIOUS, Artifact, NotFound, Record, digest_prefix

STATIONS = ("time", "bench", "conformity", "trace", "brand", "industry")
"""From the second to the brand and beyond, in the order of the rail."""
_OF_KIND = {"timebase": "time", "stability": "time", "passport": "trace"}
ENDS = ("industry.makers", "brand.value", "brand.strength", "conformity.certificate", "bench.reading")
"""Figures that a chain is shown for when nobody named one, the farthest from the second first."""
WAYS = ("time", "recording", "row")
"""Where a way down may end: at a served second, at a sound, at a row of a table."""
ROW = "industry.figure"
SOUND = "audio/"


@dataclass(frozen=True)
class Link:
    """One record or artifact of the way down: what it is for the one above, and how many of its station stand behind the end.

    Parameters
    ----------
    role : str
        Empty at the top.
    digest : str
    record : Record or None
    artifact : Artifact or None
    """

    role: str
    digest: str
    record: Record | None
    artifact: Artifact | None

    @property
    def station(self) -> str:
        """Where on the chain it stands; empty for raw data."""
        return "" if self.record is None else station_of(self.record.kind)


@dataclass(frozen=True)
class Chain:
    """Everything a figure rests on.

    Parameters
    ----------
    top : str
        Digest of the record with the figure.
    links : mapping of str to Link
        Every record and artifact behind it, itself included, by digest; each once, however many rest on it.
    below : mapping of str to tuple of (str, str)
        Roles and digests of what each rests on.
    """

    top: str
    links: Mapping[str, Link]
    below: Mapping[str, tuple[tuple[str, str], ...]]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many records stand at each station."""
        stations = [one.station for one in self.links.values()]
        return {name: stations.count(name) for name in STATIONS}

    @cached_property
    def recordings(self) -> tuple[Artifact, ...]:
        """The sounds at the bottom."""
        found = (one.artifact for one in self.links.values())
        return tuple(one for one in found if one is not None and one.media_type.startswith(SOUND))

    @cached_property
    def rows(self) -> tuple[Record, ...]:
        """The source rows at the bottom."""
        return tuple(one.record for one in self.links.values() if one.record is not None and one.record.kind == ROW)

    @property
    def holes(self) -> tuple[str, ...]:
        """Digests of what is missing."""
        return tuple(digest for digest, one in self.links.items() if one.record is None and one.artifact is None)

    def way(self, *, to: str = "time") -> tuple[Link, ...]:
        """Return a way down that passes as many stations as there are and ends at a station, or at a recording.

        Parameters
        ----------
        to : str
            A station, ``recording`` or ``row``.

        Returns
        -------
        tuple of Link
            From the top; empty where nothing of that sort stands behind the figure.
        """
        best: dict[str, tuple[frozenset[str], tuple[tuple[str, str], ...]] | None] = {}
        for digest in reversed(self._order()):
            best[digest] = self._best(digest, to, best)
        found = best[self.top]
        return () if found is None else tuple(_with_role(self.links[digest], role) for role, digest in found[1])

    def _best(
        self, digest: str, to: str, best: Mapping[str, tuple[frozenset[str], tuple[tuple[str, str], ...]] | None]
    ) -> tuple[frozenset[str], tuple[tuple[str, str], ...]] | None:
        one = self.links[digest]
        own = frozenset({one.station} - {""})
        ways = []
        for role, below in self.below.get(digest, ()):
            found = best[below]
            if found is not None:
                ways.append((found[0] | own, (("", digest), (role, below), *found[1][1:])))
        if _is_end(one, to):
            ways.append((own, (("", digest),)))
        # The most stations; among equal ways the shortest, for it is the one that a reader follows.
        return max(ways, key=lambda way: (len(way[0]), -len(way[1])), default=None)

    def _order(self) -> list[str]:
        """Return all digests so that each stands before what it rests on."""
        order: list[str] = []
        seen: set[str] = set()
        stack: list[tuple[str, bool]] = [(self.top, False)]
        while stack:
            digest, done = stack.pop()
            if done:
                order.append(digest)
            elif digest not in seen:
                seen.add(digest)
                stack.append((digest, True))
                stack.extend((below, False) for _, below in self.below.get(digest, ()))
        return order[::-1]


def chain_of(folder: DataFolder, digest: str | None = None) -> Chain | None:
    """Return everything that a record rests on.

    Parameters
    ----------
    folder : DataFolder
    digest : str, optional
        Of the record, or its first 8 digits; by default that of the newest figure that is farthest from the second.

    Returns
    -------
    Chain or None
        None when no record was named and there is none.

    Raises
    ------
    NotFound
        If there is no such record.
    """
    top = _latest(folder) if digest is None else folder.records.resolve(digest_prefix(digest))
    if top is None:
        return None
    links: dict[str, Link] = {}
    below: dict[str, tuple[tuple[str, str], ...]] = {}
    waiting = [top]
    while waiting:
        one = waiting.pop()
        if one in links:
            continue
        links[one] = _link(folder, one)
        record = links[one].record
        if record is not None:
            # The step before tells the order and is no evidence; a trail may be thousands of steps long.
            below[one] = tuple((entry.role, entry.digest) for entry in record.inputs if entry.role != PREVIOUS)
            waiting += [digest for _, digest in below[one]]
    return Chain(top, links, below)


def chain_json(found: Chain) -> dict[str, JSON]:
    """Return a chain as plain JSON: records by station, what lies at the bottom, and the ways down."""
    ways: dict[str, JSON] = {to: [_step(one) for one in found.way(to=to)] for to in WAYS}
    return {
        "digest": found.top,
        "stations": dict(found.counts),
        "recordings": [one.digest for one in found.recordings],
        "rows": [one.digest for one in found.rows],
        "missing": list(found.holes),
        "ways": ways,
    }


def station_of(kind: str) -> str:
    """Return the station of a kind of record.

    Examples
    --------
    >>> station_of("timebase.served"), station_of("brand.value")
    ('time', 'brand')
    """
    package = kind.partition(".")[0]
    return _OF_KIND.get(package, package)


def _latest(folder: DataFolder) -> str | None:
    found = (next(folder.records.find(kind=kind, limit=1), None) for kind in ENDS)
    return next((record.digest for record in found if record is not None), None)


def _link(folder: DataFolder, digest: str) -> Link:
    try:
        return Link("", digest, folder.records.read(digest), None)
    except NotFound:
        try:
            return Link("", digest, None, folder.records.artifact(digest))
        except NotFound:
            return Link("", digest, None, None)


def _step(one: Link) -> JSON:
    kind = None if one.record is None else one.record.kind
    return {"role": one.role, "digest": one.digest, "station": one.station, "kind": kind}


def _is_end(one: Link, to: str) -> bool:
    if to == "recording":
        return one.artifact is not None and one.artifact.media_type.startswith(SOUND)
    if to == "row":
        return one.record is not None and one.record.kind == ROW
    return one.station == to


def _with_role(one: Link, role: str) -> Link:
    return Link(role, one.digest, one.record, one.artifact)
