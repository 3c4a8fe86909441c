# SPDX-License-Identifier: Apache-2.0
"""Weights that make a sample look like its population: post-stratification by one grouping, raking by several.

Raking is iterative proportional fitting (Deming & Stephan 1940): the weights of every group are scaled to its share in turn, until
all shares hold at once. One grouping needs one turn, and that is post-stratification.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sichen.brand.consumer.survey import Survey
from sichen.core import ConfigError, DataError, Message

F64 = NDArray[np.float64]
Targets = Mapping[str, Mapping[str, float]]
TURNS = 500
CLOSE = 1e-9
LARGEST = 1e6
"""A weight this many times the mean is on its way to infinity: the shares contradict each other."""


def read_targets(text: str, *, name: str = "targets") -> Targets:
    """Read the shares of a population from TOML: a table a grouping, a share a group, as ``[age]`` with ``"18-34" = 0.41``.

    Raises
    ------
    ConfigError
        If a share is no part of one, or the shares of a grouping do not add up to 1.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Message("brand.case.not_toml", file=name, problem=str(error))) from error
    for grouping, shares in table.items():
        if not isinstance(shares, dict) or not shares:
            raise ConfigError(Message("brand.case.missing", where=name, entry=f"[{grouping}]"))
        for group, share in shares.items():
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
                raise ConfigError(
                    Message("brand.case.bounds", where=f"{name} [{grouping}] {group}", found=str(share), low="0", high="1")
                )
        if abs(sum(shares.values()) - 1) > 1e-6:  # noqa: PLR2004 - six decimals typed by people
            raise ConfigError(
                Message("brand.strength.weights", where=f"{name} [{grouping}]", total=f"{sum(shares.values()):g}")
            )
    return table


def rake(survey: Survey, targets: Targets) -> Survey:
    """Return the survey with weights under which every wave has the shares of its population.

    Parameters
    ----------
    survey : Survey
        With the columns that `targets` names among its groups; weights that it has are where the raking starts.
    targets : mapping of str to mapping of str to float
        See `read_targets`.

    Returns
    -------
    Survey
        A person has the same weight in all rows of a wave, and the mean weight of a wave is 1.

    Raises
    ------
    DataError
        If a group is unknown or nobody of a group answered, or no weights fit all shares at once.
    """
    weights = survey.weights.copy()
    for wave in dict.fromkeys(survey.waves):
        rows = np.flatnonzero([one == wave for one in survey.waves])
        _, first, inverse = np.unique([survey.respondents[at] for at in rows], return_index=True, return_inverse=True)
        people = rows[first]
        members = {name: _members(survey, name, people, targets[name]) for name in targets}
        weights[rows] = _fitted(weights[people], members, {name: list(one.values()) for name, one in targets.items()})[inverse]
    return replace(survey, weights=weights, weighted=True)


def _members(survey: Survey, name: str, people: NDArray[np.int64], shares: Mapping[str, float]) -> NDArray[np.int64]:
    column = survey.groups.get(name)
    if column is None:
        raise DataError(Message("brand.survey.no_column", file="survey", column=name))
    known = list(shares)
    for at in people:
        if column[at] not in shares:
            raise DataError(
                Message("brand.survey.group", row=int(at) + 2, column=name, found=column[at], known=", ".join(known))
            )
    found = np.array([known.index(column[at]) for at in people], np.int64)
    for place, group in enumerate(known):
        if not np.any(found == place):
            raise DataError(Message("brand.survey.empty_group", column=name, group=group))
    return found


def _fitted(start: F64, members: Mapping[str, NDArray[np.int64]], shares: Mapping[str, list[float]]) -> F64:
    weights = start / start.mean()
    for _ in range(TURNS):
        for name, groups in members.items():
            now = np.bincount(groups, weights, minlength=len(shares[name])) / weights.sum()
            weights = weights * (np.array(shares[name]) / np.maximum(now, 1e-300))[groups]
        weights = weights / weights.mean()
        if max(_apart(weights, groups, shares[name]) for name, groups in members.items()) < CLOSE:
            return np.asarray(weights, np.float64)
        if weights.max() > LARGEST:
            break
    raise DataError(Message("brand.survey.no_weights", columns=", ".join(members)))


def _apart(weights: F64, groups: NDArray[np.int64], shares: list[float]) -> float:
    now = np.bincount(groups, weights, minlength=len(shares)) / weights.sum()
    return float(np.abs(now - shares).max())
