# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR0917 - a kernel gets arrays, not objects
"""The loops of the choice models that must be fast: likelihoods of people at their tastes, and with slope and curvature over draws.

Draws stand side by side in short blocks, so that each line of arithmetic is done for several of them at once and what is being
worked on stays in the nearest memory. Sums over draws are kept a lane a draw of the block and added up in order at the end: the
answer is the same on every machine.
"""

import numba
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
BLOCK = 64
"""Draws side by side."""
STEEPEST, FURTHEST = 600.0, 50.0
"""Utilities and logarithms of tastes beyond these count as these."""
SMALL = 923 << 52
"""The bits of 2⁻¹⁰⁰ as a whole number: a product below it is put away as a logarithm before the next factor could make it vanish."""
SHIFTER = 6755399441055744.0
"""1.5·2⁵²: added to a number below 2⁵¹ it leaves the nearest whole number in the lowest bits."""
LOG2E, LN2_HIGH, LN2_LOW = 1.4426950408889634, 0.693147180369123816490, 1.90821492927058770002e-10


@numba.njit(cache=True)
def likelihoods(contrasts: F64, starts: I64, cases: I64, tastes: F64, out: F64) -> None:
    """Fill in the log-likelihood of each person.

    Parameters
    ----------
    contrasts : ndarray of shape (rows, coefficients)
    starts : ndarray of shape (cases + 1,)
        First row of each case, and the number of rows.
    cases : ndarray of shape (people + 1,)
        First case of each person, and the number of cases.
    tastes : ndarray of shape (people, coefficients)
    out : ndarray of shape (people,)
    """
    width = tastes.shape[1]
    for person in range(tastes.shape[0]):
        total = 0.0
        for case in range(cases[person], cases[person + 1]):
            share = 1.0
            for row in range(starts[case], starts[case + 1]):
                utility = 0.0
                for column in range(width):
                    utility += contrasts[row, column] * tastes[person, column]
                share += np.exp(min(utility, STEEPEST))
            total -= np.log(share)
        out[person] = total


@numba.njit(cache=True, error_model="numpy")
def exponentials(numbers: F64, shifted: F64, size: int) -> None:
    """Put the exponentials of the first numbers in their place; −708 … 708, relative error below 3e-16.

    Cody and Waite's reduction to |r| ≤ ln 2 / 2 and the Taylor series to r¹³; without a branch, so that several go at once.

    Parameters
    ----------
    numbers : ndarray of shape (BLOCK,)
    shifted : ndarray of shape (BLOCK,)
        Room to work in.
    size : int
    """
    whole = shifted.view(np.int64)
    for at in range(size):
        shifted[at] = numbers[at] * LOG2E + SHIFTER
    for at in range(size):
        turns = shifted[at] - SHIFTER
        rest = (numbers[at] - turns * LN2_HIGH) - turns * LN2_LOW
        series = 1.0 / 6227020800.0
        series = series * rest + 1.0 / 479001600.0
        series = series * rest + 1.0 / 39916800.0
        series = series * rest + 1.0 / 3628800.0
        series = series * rest + 1.0 / 362880.0
        series = series * rest + 1.0 / 40320.0
        series = series * rest + 1.0 / 5040.0
        series = series * rest + 1.0 / 720.0
        series = series * rest + 1.0 / 120.0
        series = series * rest + 1.0 / 24.0
        series = series * rest + 1.0 / 6.0
        series = series * rest + 0.5
        series = series * rest + 1.0
        numbers[at] = series * rest + 1.0
    powers = numbers.view(np.int64)
    for at in range(size):
        powers[at] += whole[at] << 52


@numba.njit(cache=True, error_model="numpy")
def _taste(
    theta: F64, normals: F64, places: I64, logged: I64, first: int, size: int, taste: F64, factor: F64, room: F64
) -> None:
    """Fill in the tastes of a block of draws, and by what a slope in them becomes a slope in `theta`."""
    width = taste.shape[0]
    for at in range(width):
        taste[at, :size] = theta[at]
        factor[at, :size] = 1.0
    for at in range(places.size):
        own, normal, moved = taste[places[at]], normals[at], factor[width + at]
        for lane in range(size):
            own[lane] += theta[width + at] * normal[first + lane]
            moved[lane] = normal[first + lane]
        if logged[at]:
            for lane in range(size):
                own[lane] = min(max(own[lane], -FURTHEST), FURTHEST)
            exponentials(own, room, size)
            for lane in range(size):
                factor[places[at], lane] = own[lane]
                moved[lane] *= own[lane]


@numba.njit(cache=True, error_model="numpy")
def _weights(contrasts: F64, begin: int, end: int, taste: F64, size: int, share: F64, total: F64, room: F64) -> None:
    """Fill in the probabilities of the alternatives of a case that were not taken, and of the one that was."""
    for lane in range(size):
        total[lane] = 1.0
    for row in range(begin, end):
        own = share[row - begin]
        for lane in range(size):
            own[lane] = 0.0
        for column in range(taste.shape[0]):
            number = contrasts[row, column]
            if number != 0.0:
                other = taste[column]
                for lane in range(size):
                    own[lane] += number * other[lane]
        for lane in range(size):
            own[lane] = min(max(own[lane], -STEEPEST), STEEPEST)
        exponentials(own, room, size)
        for lane in range(size):
            total[lane] += own[lane]
    for lane in range(size):
        total[lane] = 1.0 / total[lane]
    for row in range(end - begin):
        own = share[row]
        for lane in range(size):
            own[lane] *= total[lane]


@numba.njit(cache=True, error_model="numpy")
def _multiply(total: F64, size: int, product: F64, logs: F64) -> None:
    """Multiply into a product; where one becomes small, all are put away as logarithms."""
    least = np.int64(SMALL)
    bits = product.view(np.int64)
    for lane in range(size):
        product[lane] *= total[lane]
    for lane in range(size):
        least = min(least, bits[lane])
    if least < SMALL:
        for lane in range(size):
            logs[lane] += np.log(product[lane])
            product[lane] = 1.0


@numba.njit(cache=True, error_model="numpy")
def _slopes(
    contrasts: F64, begin: int, end: int, share: F64, size: int, mean: F64, slope: F64, bend: F64, curved: bool
) -> None:
    """Add the slope and the curvature of a case's log-probability in the tastes: minus mean and covariance of its contrasts."""
    width = slope.shape[0]
    for column in range(width):
        for lane in range(size):
            mean[column, lane] = 0.0
    for row in range(begin, end):
        own = share[row - begin]
        for column in range(width):
            number = contrasts[row, column]
            if number != 0.0:
                other = mean[column]
                for lane in range(size):
                    other[lane] += number * own[lane]
                if curved:
                    for second in range(column + 1):
                        both = number * contrasts[row, second]
                        if both != 0.0:
                            third = bend[column * (column + 1) // 2 + second]
                            for lane in range(size):
                                third[lane] -= both * own[lane]
    for column in range(width):
        own, other = slope[column], mean[column]
        for lane in range(size):
            own[lane] -= other[lane]
        if curved:
            for second in range(column + 1):
                third, fourth = bend[column * (column + 1) // 2 + second], mean[second]
                for lane in range(size):
                    third[lane] += other[lane] * fourth[lane]


@numba.njit(cache=True, error_model="numpy")
def _gather(
    heavy: F64, factor: F64, slope: F64, bend: F64, owner: I64, logged: I64, size: int, by_theta: F64, lane_slope: F64,
    lane_bend: F64, curved: bool,
) -> None:  # fmt: skip
    """Add the slopes and curvatures of a block of draws in `theta`, each draw with its weight, lane by lane."""
    for at in range(owner.size):
        own, moved, other, added = by_theta[at], factor[at], slope[owner[at]], lane_slope[at]
        for lane in range(size):
            own[lane] = moved[lane] * other[lane]
        for lane in range(size):
            added[lane] += heavy[lane] * own[lane]
    if not curved:
        return
    for at in range(owner.size):
        for second in range(at + 1):
            high, low = max(owner[at], owner[second]), min(owner[at], owner[second])
            own, other, pair = by_theta[at], by_theta[second], bend[high * (high + 1) // 2 + low]
            left, right, added = factor[at], factor[second], lane_bend[at, second]
            for lane in range(size):
                added[lane] += heavy[lane] * (own[lane] * other[lane] + pair[lane] * left[lane] * right[lane])
            if high == low and logged[high]:
                steady = factor[high]
                for lane in range(size):
                    added[lane] += heavy[lane] * own[lane] * right[lane] / steady[lane]


@numba.njit(cache=True, error_model="numpy")
def simulate(
    contrasts: F64, starts: I64, cases: I64, normals: F64, places: I64, logged: I64, theta: F64, weights: F64,
    values: F64, scores: F64, curve: F64,
) -> None:  # fmt: skip
    """Fill in the simulated log-likelihood and score of each person, and the curvature of their weighted sum.

    Parameters
    ----------
    contrasts, starts, cases
        As in `likelihoods`.
    normals : ndarray of shape (people, random, draws)
    places, logged : ndarray of shape (random,)
        Columns of the random coefficients, and 1 where the logarithm is normal.
    theta : ndarray of shape (coefficients + random,)
        Means, then spreads.
    weights, values : ndarray of shape (people,)
    scores : ndarray of shape (people, coefficients + random)
    curve : ndarray of shape (coefficients + random, coefficients + random) or (0, 0)
        Second derivatives; none are computed when it is empty.
    """
    width, draws, curved = contrasts.shape[1], normals.shape[2], curve.size > 0
    size, most = theta.size, np.max(np.diff(starts))
    owner, in_log = np.arange(size), np.zeros(width, np.int64)
    for at in range(places.size):
        owner[width + at], in_log[places[at]] = places[at], logged[at]
    taste, slope, mean = np.empty((width, BLOCK)), np.empty((width, BLOCK)), np.empty((width, BLOCK))
    share, bend = np.empty((most, BLOCK)), np.empty((width * (width + 1) // 2, BLOCK))
    factor, by_theta = np.empty((size, BLOCK)), np.empty((size, BLOCK))
    total, product, logs, heavy, room = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    lanes, lane_slope = np.empty(BLOCK), np.empty((size, BLOCK))
    lane_bend = np.empty((size, size, BLOCK))
    curve[:] = 0.0
    for person in range(values.size):
        top = -np.inf
        lanes[:] = 0.0
        lane_slope[:] = 0.0
        lane_bend[:] = 0.0
        for first in range(0, draws, BLOCK):
            block = min(BLOCK, draws - first)
            _taste(theta, normals[person], places, logged, first, block, taste, factor, room)
            product[:] = 1.0
            logs[:] = 0.0
            slope[:] = 0.0
            bend[:] = 0.0
            for case in range(cases[person], cases[person + 1]):
                begin, end = starts[case], starts[case + 1]
                _weights(contrasts, begin, end, taste, block, share, total, room)
                _multiply(total, block, product, logs)
                _slopes(contrasts, begin, end, share, block, mean, slope, bend, curved)
            highest = top
            for lane in range(block):
                logs[lane] += np.log(product[lane])
                highest = max(highest, logs[lane])
            if highest > top:
                shrink = np.exp(top - highest)
                lanes *= shrink
                lane_slope *= shrink
                lane_bend *= shrink
                top = highest
            for lane in range(block):
                heavy[lane] = np.exp(logs[lane] - top)
                lanes[lane] += heavy[lane]
            _gather(heavy, factor, slope, bend, owner, in_log, block, by_theta, lane_slope, lane_bend, curved)
        whole = lanes.sum()
        values[person] = top + np.log(whole / draws)
        for at in range(size):
            scores[person, at] = lane_slope[at].sum() / whole
        for at in range(curve.shape[0]):
            for second in range(at + 1):
                one = lane_bend[at, second].sum() / whole - scores[person, at] * scores[person, second]
                curve[at, second] += weights[person] * one
    for at in range(curve.shape[0]):
        for second in range(at):
            curve[second, at] = curve[at, second]
