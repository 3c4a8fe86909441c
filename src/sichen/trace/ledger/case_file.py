# SPDX-License-Identifier: Apache-2.0
"""Proofs as test cases write them: one JSON object with sizes, roots and a path, all hashes in Base64."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sichen.core import DataError, Message
from sichen.trace.ledger.proofs import verify_consistency, verify_inclusion

_INCLUSION = {"leafIdx", "treeSize", "root", "leafHash", "proof"}
_CONSISTENCY = {"size1", "size2", "root1", "root2", "proof"}


@dataclass(frozen=True)
class Judged:
    """Whether a proof shows what it claims.

    Parameters
    ----------
    accepted : bool
    reason : Message or None
        Why not; None when it does.
    """

    accepted: bool
    reason: Message | None = None


def check_case(text: str | bytes) -> Judged:
    """Judge an inclusion or consistency proof given as JSON.

    Parameters
    ----------
    text : str or bytes
        An object with ``leafIdx, treeSize, root, leafHash, proof`` or ``size1, size2, root1, root2, proof``: sizes as
        whole numbers, hashes in Base64, the proof a list or null. Other keys are not looked at.

    Returns
    -------
    Judged

    Raises
    ------
    DataError
        If the text is neither kind of case, so that there is nothing to judge.

    Examples
    --------
    >>> check_case('{"size1": 0, "size2": 0, "root1": "", "root2": "", "proof": null}').accepted
    False
    """
    case = _read(text)
    path = _path(case["proof"])
    try:
        if case.keys() >= _INCLUSION:
            verify_inclusion(
                _hash(case, "leafHash"), _whole(case, "leafIdx"), _whole(case, "treeSize"), path, _hash(case, "root")
            )
        else:
            verify_consistency(_whole(case, "size1"), _whole(case, "size2"), path, _hash(case, "root1"), _hash(case, "root2"))
    except _NotACase:
        raise
    except DataError as error:
        return Judged(accepted=False, reason=error.message)
    return Judged(accepted=True)


class _NotACase(DataError):
    """The text is no test case at all."""


def _read(text: str | bytes) -> Mapping[str, object]:
    try:
        case = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _NotACase(Message("trace.ledger.no_case", problem=str(error))) from error
    if not isinstance(case, dict) or not (case.keys() >= _INCLUSION or case.keys() >= _CONSISTENCY):
        raise _NotACase(Message("trace.ledger.no_case", problem="leafIdx … proof / size1 … proof"))
    return cast("Mapping[str, object]", case)


def _whole(case: Mapping[str, object], name: str) -> int:
    value = case[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise _NotACase(Message("trace.ledger.no_case", problem=f"{name}: {value!r}"))
    return value


def _hash(case: Mapping[str, object], name: str) -> bytes:
    return _decoded(case[name] if case[name] is not None else "", name)


def _path(value: object) -> list[bytes]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _NotACase(Message("trace.ledger.no_case", problem=f"proof: {value!r}"))
    return [_decoded(one, "proof") for one in value]


def _decoded(value: object, name: str) -> bytes:
    try:
        return base64.b64decode(cast("str", value), validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise _NotACase(Message("trace.ledger.no_case", problem=f"{name}: {value!r}")) from error
