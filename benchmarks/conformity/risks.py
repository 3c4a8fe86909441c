# SPDX-License-Identifier: Apache-2.0
"""Risks against draws, and the examples of the guide by both ways of propagation."""

import numpy as np

from sichen.conformity import conformance_probability, global_risks
from sichen.conformity.uncertainty import Quantity, fit_line, observed_together, propagate, propagate_all, simulate

Row = tuple[str, str, str, bool]

V = [5.007, 4.994, 5.005, 4.990, 4.999]
I = [19.663e-3, 19.639e-3, 19.640e-3, 19.685e-3, 19.678e-3]  # noqa: E741 - the symbol of the example
PHI = [1.0456, 1.0438, 1.0468, 1.0428, 1.0433]
T = [21.521, 22.012, 22.512, 23.003, 23.507, 23.999, 24.513, 25.002, 25.503, 26.010, 26.511]
CORRECTION = [-0.171, -0.169, -0.166, -0.159, -0.164, -0.165, -0.156, -0.157, -0.159, -0.161, -0.160]


def measure(share: int) -> list[Row]:
    """Return the rows about uncertainty and risk."""
    return [*_conformance(share), *_global(share), *_end_gauge(), *_impedance(), *_thermometer()]


def _conformance(share: int) -> list[Row]:
    rng = np.random.default_rng(106)
    normal = rng.standard_normal(4_000_000 // share)
    worst = 0.0
    for value in (-4.1, -3.95, 5.8, 5.9, 6.0, 6.1):
        p = conformance_probability(value, u=0.1, low=-4, high=6)
        truth = value + 0.1 * normal
        drawn = float(((truth >= -4) & (truth <= 6)).mean())
        worst = max(worst, abs(p / drawn - 1))
    return [("probability of conformity against draws", f"{100 * worst:.2f} %", "<= 1 %", worst <= 0.01 * share**0.5)]


def _global(share: int) -> list[Row]:
    rng = np.random.default_rng(9)
    count = 8_000_000 // share
    truth = rng.normal(0.2, 1.0, count)
    shown = truth + rng.normal(0, 0.25, count)
    good = (truth >= -2) & (truth <= 2)
    worst = 0.0
    for band in (0.0, 0.2):
        accepted = (shown >= -2 + band) & (shown <= 2 - band)
        found = global_risks(mean=0.2, deviation=1.0, u=0.25, low=-2, high=2, band=band)
        drawn = (float((accepted & ~good).mean()), float((~accepted & good).mean()))
        worst = max(worst, abs(found.consumer / drawn[0] - 1), abs(found.producer / drawn[1] - 1))
    return [("consumer's and producer's risk against draws", f"{100 * worst:.2f} %", "<= 1 %", worst <= 0.01 * share**0.5)]


def _end_gauge() -> list[Row]:
    def length(ls: float, d: float, alpha: float, theta: float, d_alpha: float, d_theta: float) -> float:  # noqa: PLR0917
        return ls + d - ls * (d_alpha * theta + alpha * d_theta)

    inputs = {
        "ls": Quantity(50_000_623, 25, 18),
        "d": Quantity(215, 9.7, 25.6),
        "alpha": Quantity(11.5e-6, 1.2e-6),
        "theta": Quantity(-0.1, 0.41),
        "d_alpha": Quantity(0, 0.58e-6, 50),
        "d_theta": Quantity(0, 0.029, 2),
    }
    result = propagate(length, inputs)
    drawn = simulate(length, {name: Quantity(one.value, one.u) for name, one in inputs.items()})
    dof = result.dof or 0.0
    return [
        (
            "GUM H.1 by law: u, effective degrees of freedom",
            f"{result.u:.2f} nm, {dof:.1f}",
            "32, 16",
            _is(result.u, 32) and 16 <= dof < 17,
        ),
        ("GUM H.1 by draws: u, second order included", f"{drawn.u:.1f} nm", "34", _is(drawn.u, 34)),
    ]


def _impedance() -> list[Row]:
    def model(v: float, i: float, phi: float) -> tuple[object, ...]:
        return v / i * np.cos(phi), v / i * np.sin(phi), v / i

    inputs, correlations = observed_together({"v": V, "i": I, "phi": PHI})
    law = propagate_all(model, inputs, correlations=correlations)
    known = {name: Quantity(one.value, one.u) for name, one in inputs.items()}
    printed = ((127.732, 0.071), (219.847, 0.2956), (254.260, 0.236))
    rows: list[Row] = []
    for place, name in enumerate("RXZ"):
        value, u = printed[place]
        result = law.results[place]
        drawn = simulate(lambda place=place, **x: model(**x)[place], known, correlations=correlations, digits=1)
        near = abs(result.value - value) < 0.0006 and abs(result.u - u) < 0.0005
        rows += [
            (f"GUM H.2 {name} by law", f"{result.value:.3f} ({result.u:.4f})", f"{value} ({u})", near),
            (f"GUM H.2 {name} by draws", f"{drawn.value:.3f} ({drawn.u:.4f})", "u within 2 %", abs(drawn.u / u - 1) < 0.02),
        ]
    r = law.correlation
    found = (float(r[0, 1]), float(r[0, 2]), float(r[1, 2]))
    near = all(abs(a - b) < 0.001 for a, b in zip(found, (-0.588, -0.485, 0.993), strict=True))
    return [*rows, ("GUM H.2 correlations", "{:.3f} {:.3f} {:.3f}".format(*found), "-.588 -.485 .993", near)]


def _thermometer() -> list[Row]:
    line = fit_line(T, CORRECTION, origin=20)
    value, u = line.at(30)
    inputs = {"y1": Quantity(line.intercept, line.u_intercept), "y2": Quantity(line.slope, line.u_slope)}
    drawn = simulate(lambda y1, y2: y1 + 10 * y2, inputs, correlations={("y1", "y2"): line.r})
    return [
        ("GUM H.3 slope", f"{line.slope:.5f} ({line.u_slope:.5f})", "0.00218 (67)", round(line.slope, 5) == 0.00218),
        (
            "GUM H.3 intercept, r",
            f"{line.intercept:.4f} ({line.u_intercept:.4f}), {line.r:.2f}",
            "-.1712(29), -.93",
            round(line.r, 2) == -0.93,
        ),
        ("GUM H.3 b(30) by law", f"{value:.4f} ({u:.4f})", "-0.1494 (41)", (round(value, 4), round(u, 4)) == (-0.1494, 0.0041)),
        ("GUM H.3 b(30) by draws", f"{drawn.value:.4f} ({drawn.u:.4f})", "u within 2 %", abs(drawn.u / u - 1) < 0.02),
    ]


def _is(found: float, wanted: float) -> bool:
    return abs(found - wanted) < 0.5
