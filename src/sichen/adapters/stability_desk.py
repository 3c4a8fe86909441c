# SPDX-License-Identifier: Apache-2.0
"""The desk of stability: results are kept with their series, and drawn as PNG where somebody needs one."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.whole_files import write_whole
from sichen.core import ConfigError, Input, Instant, Message, Record
from sichen.stability import Deviations

METHOD, VERSION = "stability.deviations", "1"


def keep_deviations(
    folder: DataFolder, found: Deviations, *, content: bytes, name: str, subject: str, instant: Instant
) -> Record:
    """Keep a result as a record that rests on the file its series came from.

    Parameters
    ----------
    folder : DataFolder
    found : Deviations
    content : bytes
        The file as it came; `name` is what it was called.
    subject : str
        Which clock, e.g. ``clock:H-maser-2``.
    instant : Instant
        When it was measured, or kept when nobody says.
    """
    kept = folder.keep(content, media_type="text/plain", name=name)
    record = Record(METHOD, subject, found.to_json(), METHOD, VERSION, instant, inputs=(Input("series", kept.digest),))
    folder.records.append(record)
    return record


def draw_png(results: Sequence[Deviations], path: Path) -> None:
    """Draw results on double logarithmic axes as a PNG file.

    Raises
    ------
    ConfigError
        If the extra ``[plot]`` is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError(Message("adapters.desk.no_matplotlib")) from error
    figure = Figure(figsize=(7.6, 4.8), dpi=150, layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log", xlabel="τ / s")
    axes.set_ylabel("/".join(dict.fromkeys(f"{one.title}{' / s' if one.unit == 's' else ''}" for one in results)))
    for one in results:
        spread = np.nan_to_num(np.array([one.deviation - one.lower, one.upper - one.deviation]))
        axes.errorbar(one.tau, one.deviation, yerr=spread, fmt="o-", markersize=3, linewidth=1, capsize=2, label=one.title)
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    with write_whole(path) as file:
        file.write(buffer.getvalue())
