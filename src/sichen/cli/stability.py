# SPDX-License-Identifier: Apache-2.0
"""``sichen stability``: the statistics of time, one verb a statistic."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.named_files import read_named, write_named
from sichen.adapters.stability_desk import draw_png, keep_deviations
from sichen.cli.output import complain, language, note, print_json, print_kept, print_table, say
from sichen.core import Message
from sichen.stability import (
    Comparison,
    Deviations,
    Mask,
    Question,
    compare,
    mask,
    masks,
    plot_svg,
    read_taus,
)

app = App(name="stability", help="Allan deviations and their kin, MTIE, time error; from phase or frequency.")

NAMES = {
    "adev": "Allan deviation.",
    "oadev": "Overlapping Allan deviation.",
    "mdev": "Modified Allan deviation.",
    "tdev": "Time deviation.",
    "hdev": "Hadamard deviation.",
    "ohdev": "Overlapping Hadamard deviation.",
    "totdev": "Total deviation.",
    "mtotdev": "Modified total deviation.",
    "ttotdev": "Time total deviation.",
    "htotdev": "Hadamard total deviation.",
    "theo1": "Theo1, bias removed unless --bias raw.",
    "theoh": "Allan deviation at short times, Theo1 at long ones.",
    "pdev": "Parabolic deviation.",
    "mtie": "Maximum time interval error.",
    "tierms": "Root-mean-square time interval error.",
}
FORMATS = {".svg", ".png"}


def _column(text: str | None) -> str | int | None:
    return int(text) if text is not None and text.isdecimal() else text


def _statistic(name: str) -> Callable[..., int]:
    def run(
        file: Path,
        /,
        *,
        tau0: Annotated[float | None, Parameter(help="Seconds between two values; from the file when it says so.")] = None,
        taus: Annotated[str, Parameter(help="octave, decade, all, or times in seconds: 1,10,100.")] = "octave",
        input: Annotated[Literal["phase", "frequency"], Parameter(name="--input")] = "phase",  # noqa: A002 - the promised option
        unit: Annotated[str | None, Parameter(help="Of the values: s, ns, s/s, s/d, ppm …")] = None,
        column: Annotated[str | None, Parameter(help="Heading or number of the column, counted from 1.")] = None,
        ci: Annotated[float, Parameter(name="--ci", help="Content of the interval.")] = 0.683,
        alpha: Annotated[int | None, Parameter(help="Exponent of the noise, 2 to -4, when known.")] = None,
        edf: Literal["greenhall", "exact"] = "greenhall",
        bias: Literal["stable32", "sp1065", "raw"] = "stable32",
        inhibition: Annotated[float | None, Parameter(help="Inhibition period of a quartz watch in seconds.")] = None,
        remove: Annotated[Literal["offset", "drift"] | None, Parameter(help="Take away first, by least squares.")] = None,
        against: Annotated[
            str | None, Parameter(name="--mask", help="Compare with a mask; see `sichen stability masks`.")
        ] = None,
        plot: Annotated[Path | None, Parameter(help="Draw into this file, .svg or .png.")] = None,
        save: Annotated[bool, Parameter(negative=(), help="Keep series and result as records.")] = False,
        subject: Annotated[str, Parameter(help="Name of the clock.")] = "",
        data: Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")] = None,
        json: Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object.")] = False,
    ) -> int:
        if plot is not None and plot.suffix not in FORMATS:
            complain(Message("cli.stability.plot_format", file=plot.name))
            return 2
        content = read_named(file)
        asked = Question(
            input=input,
            tau0=tau0,
            unit=unit,
            column=_column(column),
            taus=read_taus(taus),
            confidence=ci,
            alpha=alpha,
            edf=edf,
            bias=bias,
            inhibition=inhibition,
            remove=remove,
        )
        found = asked.answer(asked.series(content), name)
        verdict = None if against is None else compare(found, mask(against))
        if json:
            print_json(
                {"file": str(file), **found.to_json(), "input": input, "mask": None if verdict is None else verdict.to_json()}
            )
        else:
            _print(found)
            if verdict is not None:
                print(say(_words(verdict)))
        if plot is not None:
            _draw(found, plot, against)
        if save:
            with DataFolder.open(data) as folder:
                name_of = f"clock:{subject or file.stem}"
                record = keep_deviations(
                    folder, found, content=content, name=file.name, subject=name_of, instant=now(), asked=asked
                )
            print_kept(file.name, record)
        return 1 if verdict is not None and verdict.passed is False else 0

    run.__doc__ = f"""Compute the {NAMES[name][0].lower() + NAMES[name][1:] if name[0] != "t" else NAMES[name]}

    Parameters
    ----------
    file
        One column of numbers, Stable32, TimeLab, CSV with a heading; gzip compressed or not.
    """
    run.__name__ = name
    return run


for _name in NAMES:
    app.command(_statistic(_name), name=_name)


@app.command(name="masks")
def list_masks() -> int:
    """List the masks that come with Sichen, each with its source and whether that was read."""
    spoken = language()
    print_table((key, entry.statistic, entry.name(spoken), entry.source, _checked(entry)) for key, entry in masks().items())
    return 0


def _checked(entry: Mask) -> str:
    return say(Message("cli.stability.verified" if entry.verified else "cli.stability.recalled"))


def _print(found: Deviations) -> None:
    in_rate = found.unit == "1"
    header = [
        "τ / s",
        found.title if in_rate else f"{found.title} / s",
        "−",
        "+",
        "n",
        say(Message("cli.stability.noise")),
        "edf",
    ]
    rows = []
    for k in range(found.tau.size):
        row = [f"{found.tau[k]:g}", *(_short(value[k]) for value in (found.deviation, found.lower, found.upper))]
        row += [str(found.n[k]), _noise(found.noise[k]), _short(found.edf[k], 4)]
        rows.append(row + ([f"{found.rates()[k]:.3g}"] if in_rate else []))
    print_table(rows, header=header + (["s/d"] if in_rate else []))
    for message in found.advice:
        note(say(message))


def _noise(name: str) -> str:
    return say(Message(f"stability.noise.{name.replace(' ', '_')}"))


def _short(value: float, digits: int = 5) -> str:
    return "—" if math.isnan(value) else f"{value:.{digits}g}"


def _words(verdict: Comparison) -> Message:
    names = {None: "elsewhere", True: "inside", False: "outside"}
    worst = "—" if verdict.worst_tau is None else f"{verdict.worst_tau:g}"
    return Message(f"cli.stability.{names[verdict.passed]}", mask=verdict.mask.identifier, tau=worst)


def _draw(found: Deviations, path: Path, against: str | None) -> None:
    if path.suffix == ".png":
        draw_png([found], path)
    else:
        write_named(path, plot_svg(found, masks=() if against is None else mask(against), language=language()))
