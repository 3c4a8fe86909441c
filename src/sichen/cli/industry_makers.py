# SPDX-License-Identifier: Apache-2.0
"""``sichen industry makers``: who has a brand strategy, and what the brands are worth together."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.industry_desk import Source
from sichen.adapters.makers_desk import differing, keep_makers, makers_of
from sichen.adapters.named_files import read_named
from sichen.cli.output import complain, print_json, print_kept, print_table, say
from sichen.core import Message
from sichen.industry import Makers

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Save = Annotated[bool, Parameter(negative=(), help="Keep the answer as a record that opens to rows, brands and recordings.")]
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]


def attach(app: App) -> None:
    """Give the command to ``sichen industry``."""
    app.command(makers)


def makers(
    file: Path,
    /,
    *,
    evidence: Annotated[bool, Parameter(negative=(), help="Let records of the brands stand above the cells.")] = False,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Tell which makers have a brand strategy, and add up what their brands are worth.

    Leaves with 0 when the policy's 30 % is reached or nobody can know, 1 when it is not, 2 when rows were refused.

    Parameters
    ----------
    file
        Columns maker and brand, and where known strategy (yes, no), value, low, high (millions), currency, year.
    """
    source = Source(read_named(file), file.name)
    with DataFolder.open(data) as folder:
        found, refusals = makers_of(source, folder if evidence else None)
        record = keep_makers(folder, found, source, at=now()) if save else None
    if json:
        print_json({**found.to_json(), "refusals": [one.to_json() for one in refusals]})
    else:
        _print(found)
    for one in refusals:
        complain(Message("cli.industry.refused", row=one.row, column=one.column, reason=say(one.message)))
    if record is not None:
        print_kept(file.name, record)
    return 2 if refusals else 1 if found.state == "failed" else 0


def _print(found: Makers) -> None:
    said = {True: "yes", False: "no", None: "unknown"}
    rows = [
        (
            one.name,
            one.brand,
            say(Message(f"cli.industry.makers.{said[one.strategy]}")),
            "—" if one.worth is None else f"{one.worth.value:,.0f} {one.worth.currency}",
        )
        for one in found.makers
    ]
    header = [say(Message(f"cli.industry.makers.{name}")) for name in ("maker", "brand", "strategy", "value")]
    print_table(rows, header=header)
    share = found.strategy
    if share.share is not None:
        print(
            say(
                Message(
                    "cli.industry.makers.share",
                    share=f"{100 * share.share:.0f}",
                    lower=f"{100 * share.lower:.0f}",
                    upper=f"{100 * share.upper:.0f}",
                    least=f"{100 * share.least:.0f}",
                    most=f"{100 * share.most:.0f}",
                    state=say(Message(f"cli.industry.state.{found.state}")),
                )
            )
        )
    if found.total is not None:
        one = found.total
        interval = "" if one.low is None or one.high is None else f" ({one.low:,.0f} – {one.high:,.0f}, 90 %)"
        total = f"{one.value:,.0f}{interval}"
        print(say(Message("cli.industry.makers.total", count=found.valued, total=total, currency=one.currency, year=one.year)))
    for maker in differing(found):
        print(say(Message("cli.industry.makers.differs", maker=maker.name, columns=", ".join(maker.differs))))
