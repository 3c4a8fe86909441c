# SPDX-License-Identifier: Apache-2.0
"""``sichen industry``: are the targets met, and can the figures be true."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.industry_desk import (
    Source,
    advantages_of,
    cited_rows,
    classified_of,
    concentration_of,
    evidence_of,
    keep_answer,
    lint_of,
    quotients_of,
    standards_of,
    target_of,
    trade_of,
)
from sichen.adapters.named_files import read_named
from sichen.cli import industry_makers, industry_regions, industry_registers, industry_standing
from sichen.cli.output import complain, language, note, print_json, print_kept, print_table, say
from sichen.core import JSON, Message
from sichen.industry import Refusal, Rung, TargetAnswer
from sichen.industry.brands import criterion_name

app = App(name="industry", help="Targets of the policy, contradictions in statistics, structure, trade, registers.")
for part in (industry_makers, industry_regions, industry_registers, industry_standing):
    part.attach(app)

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Save = Annotated[bool, Parameter(negative=(), help="Keep the answer as a record that opens to its source rows.")]
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
Basis = Literal["sales_own_brand", "output_value_all"]
LISTED = 20


def source_of(file: Path) -> Source:
    """Read a file that somebody named."""
    return Source(read_named(file), file.name)


@app.command
def target(
    file: Path,
    /,
    *,
    basis: Annotated[Basis | None, Parameter(help="Own-brand sales (final text) or output value (draft).")] = None,
    year: Annotated[int | None, Parameter(help="By when; the target's own year by default.")] = None,
    total_growth: Annotated[float, Parameter(help="Growth of all sales from base to target, 0.2 for a fifth.")] = 0.0,
    brands: Annotated[Path | None, Parameter(help="Sales and prices of brands, or figures of brands, for bounds.")] = None,
    seed: int = 0,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Answer whether the product structure of 1:14:85 has become 3:22:75.

    Leaves with 0 when it has or nobody can know, 1 when it has not, 2 when rows were refused or bases are mixed.

    Parameters
    ----------
    file
        Structures by year (year, high, mid, low, basis), sales of brands (brand, revenue, prices), or figures
        (year, area, indicator, value, unit).
    """
    source = source_of(file)
    sold = None if brands is None else source_of(brands)
    found = target_of(source, basis=basis, year=year, total_growth=total_growth, brands=sold, seed=seed)
    rungs = evidence_of(source, sold)
    body: dict[str, JSON] = {**found.to_json(), "evidence": [one.to_json() for one in rungs]}
    if json:
        print_json(body)
    else:
        _print_target(found)
        _print_evidence(rungs)
    _complain(found.structures.refusals)
    if save:
        _keep(
            data,
            ("industry.target", f"target:product_structure {found.target.basis}"),
            body,
            source,
            [*found.structures.rows, *cited_rows(source, rungs)],
        )
    return _code(found.structures.refusals, no=found.state == "failed")


@app.command
def lint(file: Path, /, *, save: Save = False, data: Data = None, json: AsJson = False) -> int:
    """Find figures that contradict each other, with the arithmetic.

    Leaves with 0 when there are none, 1 when there are, 2 when rows were refused.

    Parameters
    ----------
    file
        CSV, TSV or XLSX with columns year, area, indicator, value, unit, note, source_url, grade.
    """
    source = source_of(file)
    found, refusals = lint_of(source)
    if json:
        print_json([one.to_json() for one in found])
    else:
        print_table(
            [", ".join(map(str, one.rows)), say(Message(f"cli.industry.rule.{_key(one.rule)}")), one.arithmetic(language())]
            for one in found
        )
        note(say(Message("cli.industry.findings", count=len(found))))
    _complain(refusals)
    if save:
        body: dict[str, JSON] = {"findings": [one.to_json() for one in found]}
        _keep(data, ("industry.lint", f"table:{source.name}"), body, source, [row for one in found for row in one.rows])
    return _code(refusals, no=bool(found))


@app.command
def rca(
    file: Path,
    /,
    *,
    product: Annotated[str | None, Parameter(help="Column; 91 by default.")] = None,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Revealed comparative advantage of each exporter, with warnings.

    Parameters
    ----------
    file
        Exports: first column the reporter, then one column a product, or a column total_all_products.
    """
    source = source_of(file)
    found, matrix = advantages_of(source, product)
    body: list[JSON] = [one.to_json() for one in found]
    if json:
        print_json(body)
    else:
        rows = [[one.name, f"{one.rca:.3f}", f"{one.rsca:+.3f}", "; ".join(map(say, one.warnings))] for one in found[:LISTED]]
        print_table(rows, header=[say(Message("cli.industry.name")), "RCA", "RSCA", say(Message("cli.industry.warnings"))])
    _complain(matrix.refusals)
    if save:
        _keep(
            data,
            ("industry.rca", f"product:{product or '91'}"),
            {"advantages": body},
            source,
            [one.row for one in found[:LISTED]],
        )
    return _code(matrix.refusals)


@app.command
def lq(
    file: Path,
    /,
    *,
    industry: Annotated[str | None, Parameter(help="One column only.")] = None,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Location quotient of each region in each industry.

    Parameters
    ----------
    file
        Output or employment: first column the region, then one column an industry.
    """
    source = source_of(file)
    found = quotients_of(source, industry)
    if json:
        print_json(found.to_json())
    else:
        print_table(
            ([name, column, f"{value:.3f}"] for name, column, value, _ in found.quotients),
            header=[say(Message("cli.industry.name")), say(Message("cli.industry.column")), "LQ"],
        )
    _complain(found.matrix.refusals)
    if save:
        _keep(data, ("industry.lq", f"industry:{industry or 'all'}"), {"quotients": found.to_json()}, source, found.matrix.rows)
    return _code(found.matrix.refusals)


@app.command
def hhi(
    file: Path,
    /,
    *,
    column: Annotated[str | None, Parameter(help="Which amounts; the only column, or 91.")] = None,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Concentration: Herfindahl-Hirschman index and share of the four largest.

    Parameters
    ----------
    file
        First column the name, then amounts.
    """
    source = source_of(file)
    found, matrix = concentration_of(source, column)
    if json:
        print_json(found.to_json())
    else:
        print(f"HHI {found.hhi:.0f}   CR4 {found.cr4:.2f} %   n {found.count}")
        print_table([name, f"{share:.2f} %"] for name, share, _ in found.shares[:LISTED])
    _complain(matrix.refusals)
    if save:
        _keep(
            data,
            ("industry.hhi", f"column:{column or '91'}"),
            found.to_json(),
            source,
            [row for *_, row in found.shares[:LISTED]],
        )
    return _code(matrix.refusals)


@app.command
def trade(
    file: Path,
    /,
    *,
    code: Annotated[str, Parameter(help="Only this code of the Harmonized System and those below it.")] = "",
    reporter: Annotated[str, Parameter(help="Whose trade it is, where the file does not say.")] = "China",
    flow: Annotated[Literal["import", "export"], Parameter(help="Direction, where the file does not say.")] = "import",
    json: AsJson = False,
) -> int:
    """Trade with mean values of a piece; nothing counted twice, no mean without a quantity in pieces.

    Parameters
    ----------
    file
        Comtrade, ITC or Chinese customs.
    """
    found = trade_of(source_of(file), reporter=reporter, flow=flow)
    lines = [one for one in found.flows if one.code.startswith(code)]
    if json:
        print_json([one.to_json() for one in lines])
    else:
        rows = []
        for one in lines:
            mean, reason = one.unit_value()
            price = f"{mean:.2f}" if mean is not None else "" if reason is None else say(reason)
            rows.append([str(one.year), one.flow, one.reporter, one.partner, one.code, f"{one.value:.0f}", price])
        print_table(rows)
        for message in found.advice:
            note(say(message))
    _complain(found.refusals)
    return _code(found.refusals)


@app.command
def classify(file: Path, /, *, save: Save = False, data: Data = None, json: AsJson = False) -> int:
    """Judge brands by the criteria for international and domestic ones: met, failed, unknown.

    Parameters
    ----------
    file
        Columns brand and, where known, registrations_abroad, outlet_countries_abroad, languages, fair_years, leading,
        outlets, all_tier1, tier2_percent, owner, origin.
    """
    source = source_of(file)
    found, refusals = classified_of(source)
    body: list[JSON] = [one.to_json() for one in found]
    if json:
        print_json(body)
    else:
        spoken = language()
        for one in found:
            print(
                f"{one.brand}  {say(Message(f'cli.industry.kind.{one.kind}'))}  {say(Message(f'cli.industry.state.{one.state}'))}"
            )
            print_table(
                [
                    "   ",
                    say(Message(f"cli.industry.state.{each.state}")),
                    criterion_name(one.kind, each.criterion, spoken),
                    each.evidence,
                ]
                for each in one.criteria
            )
    _complain(refusals)
    if save:
        _keep(data, ("industry.brands", f"table:{source.name}"), {"brands": body}, source, [one.row for one in found])
    return _code(refusals)


@app.command(name="standards-age")
def standards_age(
    file: Path | None = None,
    /,
    *,
    year: Annotated[int | None, Parameter(help="As of the end of this year; this year by default.")] = None,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Ages of the standards in force, how long editions live, and how late they follow their models.

    Parameters
    ----------
    file
        Columns number and, where known, year, status, replaces, replaced_by, equivalent; the register that comes with
        Sichen when no file is named.
    """
    source = None if file is None else source_of(file)
    found = standards_of(source, year=year or int(now().isoformat()[:4]))
    if json:
        print_json(found.to_json())
    else:
        names = {
            "count": len(found.ages),
            "mean": f"{found.mean:.1f}",
            "median": f"{found.median:g}",
            "over_5": f"{100 * found.over_5:.0f} %",
            "over_10": f"{100 * found.over_10:.0f} %",
            "life": found.survival.median or "—",
            "lag": "—" if found.median_lag is None else f"{found.median_lag:g}",
        }
        print_table([say(Message(f"cli.industry.standards.{name}")), str(value)] for name, value in names.items())
        print_table([number, str(age)] for number, age, _ in found.ages[:LISTED])
    _complain(found.refusals)
    if save and source is not None:
        _keep(
            data,
            ("industry.standards_age", f"table:{source.name}"),
            found.to_json(),
            source,
            [row for *_, row in found.ages if row],
        )
    return _code(found.refusals)


def _print_target(found: TargetAnswer) -> None:
    print(say(found.said))
    if found.taken_as is not None:
        print(say(found.taken_as))
    target = found.target
    print(
        f"{target.edition}: {':'.join(f'{part:g}' for part in target.base)} ({target.base_year}) → {':'.join(f'{part:g}' for part in target.target)} ({target.year})"
    )
    header = [say(Message(f"cli.industry.{name}")) for name in ("year", "high", "mid", "low")]
    years = range(target.base_year, target.year + 1)
    print_table(
        ([str(year), *(f"{100 * part:.2f}" for part in row)] for year, row in zip(years, found.path, strict=True)),
        header=header,
    )
    growth = ", ".join(f"{100 * part:+.1f} %" for part in found.growth)
    print(say(Message("cli.industry.growth", growth=growth)))
    if found.bounds is not None:
        print_table([name, f"{100 * low:.2f} … {100 * high:.2f} %"] for name, (low, high) in found.bounds.shares.items())
    if found.forecast is not None and found.forecast.probability is not None:
        one = found.forecast
        print(
            say(
                Message(
                    "cli.industry.probability", year=one.year, percent=f"{100 * (one.probability or 0):.1f}", model=one.model
                )
            )
        )
    elif found.refused is not None:
        note(say(found.refused))


def _print_evidence(rungs: Sequence[Rung]) -> None:
    for number, one in enumerate(rungs, 1):
        print(f"({number}) {say(one.assumes)}")
        shares = {} if one.bounds is None else one.bounds.shares
        print_table(["   ", name, f"{100 * low:.2f} … {100 * high:.2f} %"] for name, (low, high) in shares.items())


def _complain(refusals: Sequence[Refusal]) -> None:
    for one in refusals:
        complain(Message("cli.industry.refused", row=one.row, column=one.column, reason=say(one.message)))


def _keep(data: Path | None, named: tuple[str, str], body: Mapping[str, JSON], source: Source, rows: Sequence[int]) -> None:
    with DataFolder.open(data) as folder:
        record = keep_answer(folder, named[0], subject=named[1], body=body, source=source, rows=rows, at=now())
    print_kept(source.name, record)


def _code(refusals: Sequence[Refusal], *, no: bool = False) -> int:
    return 2 if refusals else int(no)


def _key(rule: str) -> str:
    return rule.replace(" ", "_").replace("-", "_")
