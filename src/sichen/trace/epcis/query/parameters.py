# SPDX-License-Identifier: Apache-2.0
"""The parameters of the event query, read into conditions.

The same names come as a query string, where lists are joined by ``|``, and as JSON, where they are lists.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sichen.core import DataError, Message
from sichen.trace.epcis.decimals import looks_numeric
from sichen.trace.epcis.event import Value, items_of
from sichen.trace.epcis.hash_text import value_text
from sichen.trace.epcis.keys import canonical_key
from sichen.trace.epcis.moments import microseconds
from sichen.trace.epcis.query.conditions import (
    ColumnCompared,
    ColumnExists,
    ColumnIn,
    Comparison,
    Condition,
    KeyExists,
    KeyFits,
    NumberCompared,
)
from sichen.trace.epcis.query.patterns import Pattern, pattern
from sichen.trace.epcis.query.rows import REPORT_NUMBERS, REPORT_TEXTS, SENSOR_TIMES, address, extension_label
from sichen.trace.epcis.vocabularies import of_field

MOST_PER_PAGE = 1000
PER_PAGE = 30
MOST_VALUES = 1000
"""Values that one parameter may name."""

_COMPARISONS: dict[str, Comparison] = {"EQ": "=", "GT": ">", "GE": ">=", "LT": "<", "LE": "<="}
_SCOPES = "ILMD|ERROR_DECLARATION|SENSORELEMENT|SENSORMETADATA|SENSORREPORT|READPOINT|BIZLOCATION"
_EXTENSION = re.compile(rf"(EQ|GT|GE|LT|LE|EXISTS)_(INNER_)?(?:({_SCOPES})_)?(.*:.*)", re.DOTALL)
_MEASURED = re.compile(rf"(EQ|GT|GE|LT|LE)_({'|'.join(REPORT_NUMBERS)})(?:_(.+))?")
_ATTRIBUTE = re.compile(r"(HASATTR|EQATTR|EQ_ATTR)_(bizLocation|readPoint|bizStep|disposition)(?:_(.+))?")
_TYPED = re.compile(r"EQ_(bizTransaction|source|destination)(?:_(.+))?")


class QueryFault(DataError):
    """A query has a parameter that does not exist or a value that it cannot have; `parameter` names it."""

    def __init__(self, parameter: str, message: Message) -> None:
        super().__init__(message)
        self.parameter = parameter

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a process boundary."""
        return (QueryFault, (self.parameter, self.message))


class MasterData(Protocol):
    """What is known of places and other things that events name."""

    def descendants(self, name: str) -> Sequence[str]:
        """Return a place and everything inside it, in canonical spelling."""
        ...

    def having(self, attribute: str, values: Sequence[str] | None) -> Sequence[str]:
        """Return what has an attribute, or has it with one of some values."""
        ...


class NoMasterData:
    """Nothing is known: a place holds only itself."""

    def descendants(self, name: str) -> Sequence[str]:
        """Return the place alone."""
        return (canonical_key(name),)

    def having(self, attribute: str, values: Sequence[str] | None) -> Sequence[str]:  # noqa: ARG002 - the protocol's face
        """Return nothing."""
        return ()


@dataclass(frozen=True)
class Query:
    """A question about events.

    Parameters
    ----------
    conditions : tuple of Condition
        All must hold.
    order : str
        ``event_time``, ``record_time``, or the index name of an extension.
    descending : bool
    limit : int or None
        Most events to return, the rest left out silently.
    maximum : int or None
        More events than this make the query fail.
    per_page : int
    token : str
        Where the page begins; empty for the first.
    """

    conditions: tuple[Condition, ...] = ()
    order: str = "record_time"
    descending: bool = True
    limit: int | None = None
    maximum: int | None = None
    per_page: int = PER_PAGE
    token: str = ""
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_query(
    parameters: Mapping[str, Value], *, prefixes: Mapping[str, str] | None = None, master: MasterData | None = None
) -> Query:
    """Read the parameters of a query.

    Parameters
    ----------
    parameters : mapping of str to value
        From a query string (texts, lists joined by ``|``) or JSON.
    prefixes : mapping of str to str, optional
        Prefix to namespace, for parameters about extensions.
    master : MasterData, optional
        What is inside what, for WD_ parameters, and attributes.

    Returns
    -------
    Query

    Raises
    ------
    QueryFault
        If a parameter does not exist or cannot have its value.

    Examples
    --------
    >>> query = read_query({"EQ_bizStep": "shipping|receiving", "GE_eventTime": "2026-01-01T00:00:00Z"})
    >>> len(query.conditions), query.per_page
    (2, 30)
    """
    reader = _Reader(prefixes or {}, master or NoMasterData())
    given = {name: _values(name, value) for name, value in parameters.items() if name != "@context"}
    conditions = [
        condition for name, values in given.items() if name not in _STEERING for condition in reader.read(name, values)
    ]
    limit, maximum = _count(given, "eventCountLimit"), _count(given, "maxEventCount")
    if limit is not None and maximum is not None:
        raise QueryFault("maxEventCount", Message("trace.epcis.query.both", left="eventCountLimit", right="maxEventCount"))
    per_page = _count(given, "perPage")
    direction = given.get("orderDirection", ("DESC",))[0]
    if direction not in {"ASC", "DESC"}:
        raise QueryFault(
            "orderDirection", Message("trace.epcis.query.choice", name="orderDirection", found=direction, known="ASC DESC")
        )
    return Query(
        conditions=tuple(conditions),
        order=reader.order(given.get("orderBy", ("recordTime",))[0]),
        descending=direction == "DESC",
        limit=limit,
        maximum=maximum,
        per_page=min(per_page or PER_PAGE, MOST_PER_PAGE),
        token=given.get("nextPageToken", ("",))[0],
        parameters={name: values for name, values in given.items() if name not in {"nextPageToken", "perPage"}},
    )


_STEERING = frozenset({"orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "perPage", "nextPageToken"})


def _values(name: str, value: Value) -> tuple[str, ...]:
    if isinstance(value, str):
        found = tuple(value.split("|"))
    else:
        items = items_of(value)
        if any(isinstance(item, Mapping | list) for item in items):
            raise QueryFault(name, Message("trace.epcis.query.value", name=name, found=str(value)[:60]))
        found = tuple(value_text(item) if not isinstance(item, str) else item for item in items) or ("",)
    if len(found) > MOST_VALUES:
        raise QueryFault(name, Message("trace.epcis.query.many", name=name, found=len(found), most=MOST_VALUES))
    return found


def _count(given: Mapping[str, tuple[str, ...]], name: str) -> int | None:
    if name not in given:
        return None
    text = given[name][0]
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) < 1:  # noqa: PLR2004 - nobody asks for 10⁹ events
        raise QueryFault(name, Message("trace.epcis.query.count", name=name, found=text[:60]))
    return int(text)


class _Reader:
    def __init__(self, prefixes: Mapping[str, str], master: MasterData) -> None:
        self._prefixes = prefixes
        self._master = master

    def order(self, name: str) -> str:
        known = {"eventTime": "event_time", "recordTime": "record_time"}
        if name in known:
            return known[name]
        if ":" not in name:
            raise QueryFault(
                "orderBy", Message("trace.epcis.query.choice", name="orderBy", found=name[:60], known=" ".join(known))
            )
        return extension_label("", address(name, self._prefixes))

    def read(self, name: str, values: tuple[str, ...]) -> list[Condition]:
        try:
            found = self._term(name, values) or self._time(name, values) or self._composed(name, values)
        except QueryFault:
            raise
        except DataError as error:
            raise QueryFault(name, error.message) from error
        if found is None:
            raise QueryFault(name, Message("trace.epcis.query.unknown", name=name[:100]))
        return [found]

    def _term(self, name: str, values: tuple[str, ...]) -> Condition | None:
        if name in _COLUMN_TERMS:
            column, spell = _COLUMN_TERMS[name]
            return ColumnIn(column, tuple(map(spell, values)))
        if name in _MATCHES:
            return KeyFits(_MATCHES[name], tuple(map(pattern, values)))
        if name in _KEY_TERMS:
            key, spell = _KEY_TERMS[name]
            return KeyFits((key,), tuple(Pattern(spell(value)) for value in values))
        return None

    def _time(self, name: str, values: tuple[str, ...]) -> Condition | None:
        if name in _COLUMN_TIMES:
            column, comparison = _COLUMN_TIMES[name]
            return ColumnCompared(column, comparison, _moment(name, values[0]))
        if name in _NUMBER_TIMES:
            key, comparison = _NUMBER_TIMES[name]
            return NumberCompared((key,), comparison, float(_moment(name, values[0])))
        if name in {"WD_readPoint", "WD_bizLocation"}:
            inside = tuple(dict.fromkeys(below for value in values for below in self._master.descendants(value)))
            return ColumnIn("read_point" if name == "WD_readPoint" else "biz_location", inside)
        return None

    def _composed(self, name: str, values: tuple[str, ...]) -> Condition | None:
        if name == "EXISTS_errorDeclaration":
            return ColumnExists("error_time", wanted=_wanted(name, values[0]))
        if name == "EXISTS_sensorElementList":
            return KeyExists(("sensor",), wanted=_wanted(name, values[0]))
        operation, _, rest = name.partition("_")
        if rest == "quantity" and operation in _COMPARISONS:
            return NumberCompared(("quantity",), _COMPARISONS[operation], _number(name, values[0]))
        for form, read in (
            (_MEASURED, self._measured),
            (_TYPED, self._typed),
            (_ATTRIBUTE, self._attribute),
            (_EXTENSION, self._extension),
        ):
            match = form.fullmatch(name)
            if match is not None:
                return read(name, match, values)
        return None

    def _measured(self, name: str, match: re.Match[str], values: tuple[str, ...]) -> Condition:
        label = f"{match[2]}_{match[3]}" if match[3] else match[2]
        return NumberCompared((label,), _COMPARISONS[match[1]], _number(name, values[0]))

    def _typed(self, name: str, match: re.Match[str], values: tuple[str, ...]) -> Condition:  # noqa: ARG002 - as the others
        kind = of_field(f"{match[1]}.type").shorten(match[2] or "")
        return KeyFits((f"{match[1]}_{kind}",), tuple(Pattern(canonical_key(value)) for value in values))

    def _attribute(self, name: str, match: re.Match[str], values: tuple[str, ...]) -> Condition:
        if match[1] == "HASATTR":
            found = [one for attribute in values for one in self._master.having(attribute, None)]
        elif match[3]:
            found = list(self._master.having(match[3], values))
        else:
            raise QueryFault(name, Message("trace.epcis.query.unknown", name=name[:100]))
        column = {"bizLocation": "biz_location", "readPoint": "read_point", "bizStep": "biz_step"}.get(match[2], match[2])
        return ColumnIn(column, tuple(dict.fromkeys(found)))

    def _extension(self, name: str, match: re.Match[str], values: tuple[str, ...]) -> Condition:
        operation, inner, scope, field_name = match.groups()
        place = "_".join(part for part in ("INNER" if inner else "", scope or "") if part)
        label = extension_label(place, address(field_name, self._prefixes))
        if operation == "EXISTS":
            return KeyExists((label,), wanted=_wanted(name, values[0] or "true"))
        if operation == "EQ":
            return KeyFits((label,), tuple(Pattern(value_text(value, self._prefixes)) for value in values))
        moment = microseconds(values[0])
        if moment is not None:
            return NumberCompared((f"{label}@",), _COMPARISONS[operation], float(moment))
        return NumberCompared((label,), _COMPARISONS[operation], _number(name, values[0]))


def _moment(name: str, text: str) -> int:
    found = microseconds(text)
    if found is None:
        raise QueryFault(name, Message("trace.epcis.query.time", name=name, found=text[:60]))
    return found


def _number(name: str, text: str) -> float:
    if not looks_numeric(text) or not math.isfinite(float(text)):
        raise QueryFault(name, Message("trace.epcis.query.number", name=name, found=text[:60]))
    return float(text)


def _wanted(name: str, text: str) -> bool:
    if text.lower() not in {"true", "false", "1", "0", ""}:
        raise QueryFault(name, Message("trace.epcis.query.choice", name=name, found=text[:60], known="true false"))
    return text.lower() in {"true", "1", ""}


def _bare(field_name: str) -> Callable[[str], str]:
    return of_field(field_name).shorten


_COLUMN_TERMS: dict[str, tuple[str, Callable[[str], str]]] = {
    "eventType": ("type", str),
    "EQ_action": ("action", str),
    "EQ_bizStep": ("biz_step", _bare("bizStep")),
    "EQ_disposition": ("disposition", _bare("disposition")),
    "EQ_readPoint": ("read_point", canonical_key),
    "EQ_bizLocation": ("biz_location", canonical_key),
    "EQ_transformationID": ("transformation_id", canonical_key),
    "EQ_eventID": ("event_id", str),
}
_MATCHES = {
    "MATCH_epc": ("epc", "child"),
    "MATCH_parentID": ("parent",),
    "MATCH_inputEPC": ("input",),
    "MATCH_outputEPC": ("output",),
    "MATCH_anyEPC": ("epc", "child", "parent", "input", "output"),
    "MATCH_epcClass": ("epcClass", "childClass"),
    "MATCH_inputEPCClass": ("inputClass",),
    "MATCH_outputEPCClass": ("outputClass",),
    "MATCH_anyEPCClass": ("epcClass", "childClass", "inputClass", "outputClass"),
}
_KEY_TERMS: dict[str, tuple[str, Callable[[str], str]]] = {
    "EQ_persistentDisposition_set": ("set", _bare("disposition")),
    "EQ_persistentDisposition_unset": ("unset", _bare("disposition")),
    "EQ_errorReason": ("errorReason", _bare("reason")),
    "EQ_correctiveEventID": ("correctiveEventID", str),
    "EQ_type": ("type", _bare("sensorReport.type")),
    "EQ_exception": ("exception", _bare("exception")),
    "EQ_component": ("component", _bare("component")),
    **{f"EQ_{name}": (name, value_text) for name in REPORT_TEXTS},
}
_COLUMN_TIMES: dict[str, tuple[str, Comparison]] = {
    f"{operation}_{name}": (column, _COMPARISONS[operation])
    for operation in ("GE", "LT", "GT", "LE")
    for name, column in {
        "eventTime": "event_time",
        "recordTime": "record_time",
        "errorDeclarationTime": "error_time",
        "errorDeclaration_Time": "error_time",
    }.items()
}
_NUMBER_TIMES: dict[str, tuple[str, Comparison]] = {
    f"{operation}_{name}": (f"{name}@", _COMPARISONS[operation])
    for operation in ("GE", "LT", "GT", "LE")
    for name in SENSOR_TIMES
}
