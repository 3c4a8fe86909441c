# SPDX-License-Identifier: Apache-2.0
"""Perceptual maps: brands and attributes in one plane, each brand with an ellipse of what the sample leaves open."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.core import JSON, DataError, Message

F64 = NDArray[np.float64]
FEWEST = 3
"""Brands, and attributes: a plane needs three of each."""


@dataclass(frozen=True)
class Ellipse:
    """A 95 % region: half axes and the angle of the first one, in radians."""

    major: float
    minor: float
    angle: float


@dataclass(frozen=True)
class PerceptualMap:
    """A correspondence analysis of brands by attributes.

    Parameters
    ----------
    brands, attributes : tuple of str
    brand_places : ndarray of shape (brands, 2)
        Principal coordinates.
    attribute_places : ndarray of shape (attributes, 2)
        Standard coordinates: a brand lies at the mean of the attributes that are said of it.
    ellipses : tuple of Ellipse
        One a brand, from a bootstrap of the answers on these axes: where the brand would lie with everybody's answers.
    explained : tuple of float
        Share of the inertia on each axis.
    """

    brands: tuple[str, ...]
    attributes: tuple[str, ...]
    brand_places: F64
    attribute_places: F64
    ellipses: tuple[Ellipse, ...]
    explained: tuple[float, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line says it."""
        return {
            "explained": list(self.explained),
            "brands": [
                {"brand": name, "x": float(x), "y": float(y), "major": one.major, "minor": one.minor, "angle": one.angle}
                for name, (x, y), one in zip(self.brands, self.brand_places, self.ellipses, strict=True)
            ],
            "attributes": [
                {"attribute": name, "x": float(x), "y": float(y)}
                for name, (x, y) in zip(self.attributes, self.attribute_places, strict=True)
            ],
        }


def perceptual_map(
    brands: Sequence[str], attributes: Sequence[str], counts: F64, *, draws: int = 500, seed: int = 1
) -> PerceptualMap:
    """Place brands and attributes by how often each was said of each.

    Parameters
    ----------
    brands, attributes : sequences of str
    counts : ndarray of shape (brands, attributes)
        Numbers of answers.
    draws, seed : int
        Of the bootstrap: multinomial draws of the whole table, each placed onto the axes of the first.

    Raises
    ------
    DataError
        If there are fewer than three of either, a count is negative, or a brand or attribute was never named.
    """
    table = np.asarray(counts, np.float64)
    _check(brands, attributes, table)
    rows, columns, weights = _axes(table)
    total = int(table.sum())
    generator = np.random.default_rng(seed)
    clouds = np.empty((draws, len(brands), 2))
    for at in range(draws):
        drawn = generator.multinomial(total, (table / table.sum()).ravel()).reshape(table.shape).astype(np.float64)
        profile = drawn / np.maximum(drawn.sum(axis=1, keepdims=True), 1.0)
        clouds[at] = profile @ columns
    ellipses = tuple(_ellipse(clouds[:, at] - rows[at]) for at in range(len(brands)))
    inertia = weights**2 / np.sum(weights**2)
    return PerceptualMap(tuple(brands), tuple(attributes), rows, columns, ellipses, tuple(float(one) for one in inertia[:2]))


def _axes(table: F64) -> tuple[F64, F64, F64]:
    share = table / table.sum()
    row, column = share.sum(axis=1), share.sum(axis=0)
    residual = (share - np.outer(row, column)) / np.sqrt(np.outer(row, column))
    left, weights, right = np.linalg.svd(residual, full_matrices=False)
    # The sign of an axis is free: the largest attribute stands on its positive side, so that the map does not flip.
    signs = np.sign(right[np.arange(len(right)), np.argmax(np.abs(right), axis=1)])[:2]
    rows = left[:, :2] * weights[:2] * signs / np.sqrt(row)[:, None]
    columns = right[:2].T * signs / np.sqrt(column)[:, None]
    return np.asarray(rows, np.float64), np.asarray(columns, np.float64), np.asarray(weights, np.float64)


def _ellipse(cloud: F64) -> Ellipse:
    values, vectors = np.linalg.eigh(np.cov(cloud.T))
    minor, major = np.sqrt(np.maximum(values, 0.0) * 5.991464547107979)
    return Ellipse(float(major), float(minor), float(np.arctan2(vectors[1, 1], vectors[0, 1])))


def _check(brands: Sequence[str], attributes: Sequence[str], table: F64) -> None:
    if table.shape != (len(brands), len(attributes)) or min(table.shape) < FEWEST:
        raise DataError(Message("brand.map.too_small", rows=table.shape[0], columns=table.shape[1] if table.ndim > 1 else 0))
    if not np.all(np.isfinite(table)) or table.min() < 0:
        row, column = np.argwhere(~(table >= 0))[0]
        raise DataError(Message("brand.map.negative", brand=brands[int(row)], attribute=attributes[int(column)]))
    for names, sums in ((brands, table.sum(axis=1)), (attributes, table.sum(axis=0))):
        if sums.min() == 0:
            raise DataError(Message("brand.map.never", name=names[int(np.argmin(sums))]))
