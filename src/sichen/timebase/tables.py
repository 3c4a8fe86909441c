# SPDX-License-Identifier: Apache-2.0
"""Tables that people write: read into dataclasses, where a key that is not known is an error and not a surprise later."""

import dataclasses
import math
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from sichen.core import ConfigError, Message
from sichen.timebase.ranges import SERVICE, Range, check_range

T = TypeVar("T")
ANY, EVERY = (-1e308, 1e308), (-math.inf, math.inf)


def read_table(kind: type[T], table: object, path: str = "", *, ranges: Mapping[str, Range] = SERVICE) -> T:
    """Make a dataclass from a table, strictly.

    Parameters
    ----------
    kind : type
        A dataclass; its fields are the keys, and fields that are dataclasses are tables in turn.
    table : object
        What was read.
    path : str
        Where it stands, for the error.
    ranges : mapping of str to (float, float)
        Bounds of numbers by their path, such as ``source.u``. No number may be none (nan), and none endless where it has bounds.

    Raises
    ------
    ConfigError
        If a key is unknown, missing, of the wrong kind or outside its bounds; the message names it.
    """
    if not isinstance(table, Mapping):
        raise ConfigError(Message("timebase.situation.wrong_kind", name=path, found=str(table), wanted="table"))
    hints = get_type_hints(kind)
    fields = {entry.metadata.get("key", entry.name): entry for entry in dataclasses.fields(cast("Any", kind))}
    for key in table:
        if key not in fields:
            raise ConfigError(Message("timebase.situation.unknown", name=f"{path}{key}", known=" ".join(fields)))
    for key, entry in fields.items():
        if entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING and key not in table:
            raise ConfigError(Message("timebase.situation.missing", name=f"{path}{key}"))
    return kind(
        **{fields[key].name: _value(hints[fields[key].name], value, f"{path}{key}", ranges) for key, value in table.items()}
    )


def _value(hint: Any, value: object, path: str, ranges: Mapping[str, Range]) -> object:  # noqa: ANN401 - a type hint is whatever a field is annotated with
    if get_origin(hint) in {Union, types.UnionType}:
        hint = next(part for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ConfigError(Message("timebase.situation.wrong_kind", name=path, found=str(value), wanted="[[…]]"))
        return tuple(_value(get_args(hint)[0], inner, f"{path}.", ranges) for inner in value)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise ConfigError(
                Message("timebase.situation.choice", name=path, found=str(value), known=" ".join(map(str, get_args(hint))))
            )
        return value
    if dataclasses.is_dataclass(hint):
        return read_table(cast("type", hint), value, path if path.endswith(".") else f"{path}.", ranges=ranges)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = _as_float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ConfigError(Message("timebase.situation.wrong_kind", name=path, found=str(value), wanted=hint.__name__))
    if isinstance(value, int | float) and not isinstance(value, bool):
        check_range(path, value, ranges.get(path, ANY if math.isnan(value) else EVERY))
    return value


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
