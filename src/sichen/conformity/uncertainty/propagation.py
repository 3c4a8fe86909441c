# SPDX-License-Identifier: Apache-2.0
"""The law of propagation of uncertainty: first order, with correlation and effective degrees of freedom."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sichen.conformity.uncertainty.quantity import Correlations, Quantity, correlation_matrix
from sichen.core import DataError, Message

Floats = npt.NDArray[np.float64]
Model = Callable[..., Any]
"""A function of the input quantities by name; returns one number or a tuple of them, and takes arrays too."""

STEP = 1e-20
"""Step of the complex derivative, relative to u: no difference is formed, so no digit is lost."""


@dataclass(frozen=True)
class Component:
    """What one input quantity contributes to a result."""

    name: str
    quantity: Quantity
    sensitivity: float
    contribution: float


@dataclass(frozen=True)
class Result:
    """One output quantity.

    Parameters
    ----------
    value, u : float
        Estimate and standard uncertainty.
    dof : float or None
        Effective degrees of freedom; None when correlated inputs of different degrees of freedom leave it undefined.
    components : tuple of Component
    """

    value: float
    u: float
    dof: float | None
    components: tuple[Component, ...]

    def expanded(self, probability: float = 0.95) -> tuple[float, float]:
        """Return coverage factor and expanded uncertainty for a coverage probability.

        The degrees of freedom are truncated downward to a whole number (JCGM 100:2008, G.4.1).

        Raises
        ------
        DataError
            If the degrees of freedom are undefined.
        """
        if self.dof is None:
            raise DataError(Message("conformity.uncertainty.no_dof"))
        factor = coverage_factor(probability, dof=self.dof)
        return factor, factor * self.u


@dataclass(frozen=True)
class Propagated:
    """The results of a model and how they hang together."""

    results: tuple[Result, ...]
    covariance: Floats

    @property
    def correlation(self) -> Floats:
        """Correlation coefficients of the results, shape (m, m)."""
        u = np.sqrt(np.diag(self.covariance))
        return np.asarray(self.covariance / np.outer(u, u))


def propagate(model: Model, inputs: Mapping[str, Quantity], *, correlations: Correlations | None = None) -> Result:
    """Propagate uncertainty through a model with one result.

    Parameters
    ----------
    model : callable
        Takes the quantities by name. Smooth at the estimates; written with numpy it is differentiated by a
        complex step, exact to rounding, otherwise by central differences.
    inputs : mapping of name to Quantity
    correlations : mapping of pair of names to float, optional

    Returns
    -------
    Result

    Raises
    ------
    DataError
        If correlations are impossible or the model's value is not finite.

    Notes
    -----
    u² = Σ_i Σ_j c_i c_j u_i u_j r_ij and, for independent blocks of inputs, ν = u⁴ / Σ u_block⁴/ν_block [1]_.

    References
    ----------
    .. [1] JCGM 100:2008, equations 13 and G.2b.

    Examples
    --------
    >>> result = propagate(lambda voltage, current: voltage / current,
    ...                    {"voltage": Quantity(5.0, 0.01), "current": Quantity(0.02, 0.00004)})
    >>> round(result.value, 3), round(result.u, 3)
    (250.0, 0.707)
    """
    return propagate_all(model, inputs, correlations=correlations).results[0]


def propagate_all(model: Model, inputs: Mapping[str, Quantity], *, correlations: Correlations | None = None) -> Propagated:
    """Propagate uncertainty through a model with several results, and return their covariance too.

    Parameters and errors are those of `propagate`; the model returns a tuple.
    """
    names = list(inputs)
    correlation = correlation_matrix(names, correlations or {})
    estimates = {name: inputs[name].value for name in names}
    values = np.atleast_1d(np.asarray(model(**estimates), dtype=np.float64))
    if not np.isfinite(values).all():
        raise DataError(Message("conformity.uncertainty.not_finite"))
    sensitivities = np.column_stack([_sensitivity(model, estimates, name, inputs[name].u) for name in names])
    contributions = sensitivities * np.array([inputs[name].u for name in names])
    covariance = contributions @ correlation @ contributions.T
    results = []
    for row, value in enumerate(values):
        components = tuple(
            Component(name, inputs[name], float(sensitivities[row, column]), float(contributions[row, column]))
            for column, name in enumerate(names)
        )
        dof = _effective(contributions[row], correlation, [inputs[name].dof for name in names])
        results.append(Result(float(value), math.sqrt(max(0.0, covariance[row, row])), dof, components))
    return Propagated(tuple(results), np.asarray(covariance))


def coverage_factor(probability: float, *, dof: float) -> float:
    """Return the coverage factor of the t-distribution, degrees of freedom truncated downward.

    Examples
    --------
    >>> round(coverage_factor(0.99, dof=16.7), 2)
    2.92
    """
    from scipy.special import ndtri, stdtrit

    half = (1 + probability) / 2
    return float(ndtri(half)) if math.isinf(dof) else float(stdtrit(max(1, math.floor(dof)), half))


def _sensitivity(model: Model, estimates: Mapping[str, float], name: str, u: float) -> Floats:
    """Return the derivative of every result by one input."""
    if u == 0:
        return np.zeros(np.atleast_1d(np.asarray(model(**estimates))).size)
    try:
        shifted = np.atleast_1d(np.asarray(model(**{**estimates, name: complex(estimates[name], u * STEP)})))
    except TypeError:
        return _difference(model, estimates, name, u)
    if np.iscomplexobj(shifted):
        return np.asarray(shifted.imag / (u * STEP), dtype=np.float64)
    return _difference(model, estimates, name, u)


def _difference(model: Model, estimates: Mapping[str, float], name: str, u: float) -> Floats:
    """Return a central difference over ± u: the slope that matters for the spread."""
    above, below = (np.atleast_1d(np.asarray(model(**{**estimates, name: estimates[name] + side * u}))) for side in (1, -1))
    return np.asarray((above - below) / (2 * u), dtype=np.float64)


def _effective(contributions: Floats, correlation: Floats, dofs: Sequence[float]) -> float | None:
    """Return Welch–Satterthwaite degrees of freedom over blocks of inputs that were observed together."""
    total = float(contributions @ correlation @ contributions)
    denominator = 0.0
    for block in _blocks(correlation):
        own = contributions[block]
        variance = float(own @ correlation[np.ix_(block, block)] @ own)
        block_dofs = {dofs[index] for index in block if contributions[index] != 0}
        if len(block_dofs) > 1:
            return None
        if block_dofs and math.isfinite(dof := block_dofs.pop()):
            denominator += variance**2 / dof
    return math.inf if denominator == 0 else total**2 / denominator


def _blocks(correlation: Floats) -> list[list[int]]:
    """Return the groups of inputs that are correlated with one another, directly or through others."""
    left = set(range(len(correlation)))
    blocks = []
    while left:
        block, fresh = set(), {min(left)}
        while fresh:
            block |= fresh
            fresh = {other for index in fresh for other in left - block if correlation[index, other] != 0}
        blocks.append(sorted(block))
        left -= block
    return blocks
