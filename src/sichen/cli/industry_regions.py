# SPDX-License-Identifier: Apache-2.0
"""``sichen industry``: regions on a map, supply chains, transfer of production between regions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from sichen.adapters.industry_chain_desk import chain_files, chain_of, map_files, map_of, transfer_of
from sichen.adapters.industry_desk import Source
from sichen.adapters.named_files import read_named, write_named
from sichen.cli.output import complain, language, print_json, print_table, say
from sichen.core import Message
from sichen.industry import Refusal
from sichen.industry.flows import dependences

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Out = Annotated[Path | None, Parameter(help="Write the drawing to this SVG file.")]


def attach(app: App) -> None:
    """Add the commands of regions and chains to the group."""
    app.command(show_map, name="map")
    app.command(chain)
    app.command(transfer)


def show_map(
    file: Path,
    /,
    *,
    column: Annotated[str | None, Parameter(help="Which amounts; value or share by default.")] = None,
    measure: Annotated[Literal["value", "share", "lq"], Parameter(help="Amounts, shares or location quotients.")] = "value",
    out: Out = None,
    json: AsJson = False,
) -> int:
    """Put regions on the map of the 34 province-level divisions.

    Parameters
    ----------
    file
        First column the region, in Chinese or English, then amounts.
    """
    found = map_of(_source(file), column=column, measure=measure)
    if json:
        print_json(found.to_json())
    else:
        header = [say(Message("cli.industry.name")), found.column]
        print_table([[one.name(language()), found.written(value)] for one, value, _ in found.values], header=header)
    if out is not None:
        write_named(out, map_files(found)[language()].encode())
    return _refused(found.refusals)


def chain(file: Path, /, *, out: Out = None, json: AsJson = False) -> int:
    """Show a supply chain: who depends on whom, on one supplier, on imports.

    Parameters
    ----------
    file
        Columns from, to, value, unit, year, source and, where known, origin (country it was made in).
    """
    found = chain_of(_source(file))
    if json:
        print_json(found.to_json())
    else:
        heads = ("taker", "suppliers", "largest", "hhi", "imported")
        rows = [
            [
                one.name,
                str(one.suppliers),
                f"{one.largest} {one.largest_percent:.1f} %",
                f"{one.hhi:.0f}",
                f"{one.import_percent:.1f} %",
            ]
            for one in dependences(found)
        ]
        print_table(rows, header=[say(Message(f"cli.industry.chain.{name}")) for name in heads])
    if out is not None:
        write_named(out, chain_files(found)[language()].encode())
    return _refused(found.refusals)


def transfer(
    file: Path,
    /,
    *,
    first: Annotated[int | None, Parameter(help="From this year; the first by default.")] = None,
    last: Annotated[int | None, Parameter(help="To this year; the last by default.")] = None,
    json: AsJson = False,
) -> int:
    """Split the change of output into the whole, the mix of industries and the region; the parts add up.

    Parameters
    ----------
    file
        Columns region, industry, year, value and, where units differ, unit.
    """
    found = transfer_of(_source(file), first=first, last=last)
    if json:
        print_json(found.to_json())
    else:
        heads = ("region", "industry", "change", "national", "mix", "regional", "lq")
        rows = [
            [one.region, one.industry]
            + [f"{part:+.4g}" for part in (one.after - one.before, one.national, one.mix, one.regional)]
            + [f"{one.quotient_before:.2f} → {one.quotient_after:.2f}"]
            for one in found.shifts
        ]
        print_table(rows, header=[say(Message(f"cli.industry.transfer.{name}")) for name in heads])
    return _refused(found.refusals)


def _source(file: Path) -> Source:
    return Source(read_named(file), file.name)


def _refused(refusals: Sequence[Refusal]) -> int:
    for one in refusals:
        complain(Message("cli.industry.refused", row=one.row, column=one.column, reason=say(one.message)))
    return 2 if refusals else 0
