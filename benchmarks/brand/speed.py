# SPDX-License-Identifier: Apache-2.0
"""Mixed logit beside xlogit on the same data and the same draws in one run; hierarchical Bayes on the cameras.

xlogit is no part of the environment: name an interpreter that has it in ``SICHEN_XLOGIT_PYTHON``, else its rows are left out.
"""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.brand.table import DATA, row, text
from sichen.brand import Choices, Layout, fit_hierarchical, fit_mixed_logit, halton_normals, read_choices

F64 = NDArray[np.float64]
SUPPLIERS = ("1", "2", "3", "4")
TARIFF = ("pf", "cl", "loc", "wk", "tod", "seas")
CAMERA = ("canon", "sony", "nikon", "panasonic", "pixels", "zoom", "video", "swivel", "wifi", "price")


def speed(*, short: bool) -> int:
    """Print the table of speed."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    draws = 100 if short else 600
    layout = Layout("choice", TARIFF, person="id", wide=SUPPLIERS)
    choices = read_choices(text("mlogit_Electricity.csv"), layout)
    normals = halton_normals(choices.people, draws, len(TARIFF), seed=1)
    print(
        f"\nMixed logit, Electricity, {choices.people} people, {choices.cases} choices, {draws} draws, six normal tastes, CPU"
    )
    start = time.process_time()
    fit_mixed_logit(choices, TARIFF, draws=normals[:, :1])
    first = time.process_time() - start
    start = time.process_time()
    fit = fit_mixed_logit(choices, TARIFF, draws=normals)
    mine = time.process_time() - start
    print(
        f"  {'ours (compiling the loops, once on a computer: ' + format(first, '.2g') + ' s)':66} {mine:11.4g} s    "
        f"lnL {fit.log_likelihood:.5f}, {fit.steps} evaluations with curvature, {_each(choices, normals):.3g} s each with all draws"
    )
    return _beside(choices, normals, fit.log_likelihood, mine) + _cameras(short=short)


def _each(choices: Choices, normals: F64) -> float:
    """Return the seconds of one evaluation with its curvature."""
    from sichen.brand.choice.mixed import Climb

    climb = Climb(choices, range(len(TARIFF)), np.zeros(len(TARIFF), np.bool_), normals)
    place = np.concatenate([np.zeros(len(TARIFF)), np.ones(len(TARIFF))])
    start = time.process_time()
    for _ in range(3):
        climb.point(place, normals.shape[1])
    return (time.process_time() - start) / 3


def _beside(choices: Choices, normals: F64, ours: float, seconds: float) -> int:
    python = os.environ.get("SICHEN_XLOGIT_PYTHON")
    if not python:
        print("  xlogit is not here: set SICHEN_XLOGIT_PYTHON to an interpreter that has it")
        return 0
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "in.npz"
        case = np.repeat(np.arange(choices.cases), choices.sizes)
        taken = np.zeros(len(case))
        taken[choices.chosen] = 1
        np.savez(file, x=choices.attributes, y=taken, case=case, person=choices.person[case], draws=normals)
        script = Path(__file__).with_name("xlogit_peer.txt")
        done = subprocess.run([python, str(script), str(file)], capture_output=True, text=True, check=True)
    peer = json.loads(done.stdout.splitlines()[-1])
    note = f"xlogit {peer['seconds']:.4g} s, lnL {peer['log_likelihood']:.5f}, {peer['version']}, {peer['evaluations']} evaluations"
    missed = row("xlogit over ours", peer["seconds"] / seconds, 20.0, "×", note=note, least=True)
    return missed + row("difference of the log-likelihoods", abs(peer["log_likelihood"] - ours), 1e-4)


def _cameras(*, short: bool) -> int:
    layout = Layout("choice", CAMERA, case="task", person="resp")
    choices = read_choices((DATA / "bayesm_camera.csv").read_text(encoding="utf-8"), layout)
    rounds = 2000 if short else 10_000
    fit_hierarchical(choices, rounds=70, burn_in=10)
    start = time.process_time()
    fit = fit_hierarchical(choices, rounds=rounds, burn_in=rounds * 3 // 10)
    used = time.process_time() - start
    low, high, worst = fit.effective.min(), fit.effective.max(), fit.r_hat.max()
    note = f"2 chains of {rounds} rounds, {fit.accepted:.0%} taken, effective {low:.0f} … {high:.0f}, R̂ at most {worst:.3f}"
    missed = row("fewest effective draws of a mean", low, 100.0 if not short else 20.0, least=True)
    return missed + row("hierarchical Bayes on 332 people × 16 cameras, warm, CPU", used, 60.0, "s", note=note)
