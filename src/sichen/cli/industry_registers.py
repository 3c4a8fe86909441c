# SPDX-License-Identifier: Apache-2.0
"""``sichen industry``: the registers: measures of the policy, patents, the draw of experts, meetings of a fair."""

import json as text_json
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.industry_desk import Source
from sichen.adapters.industry_register_desk import measures_of
from sichen.adapters.industry_report import report_files
from sichen.adapters.named_files import make_folder, read_named, write_named
from sichen.cli.output import complain, language, print_json, print_table, say
from sichen.core import ConfigError, Message
from sichen.industry import Refusal, Table
from sichen.industry.registers import matching, measures, patents, people

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]


def attach(app: App) -> None:
    """Add the commands of the registers to the group."""
    app.command(list_measures, name="measures")
    app.command(count_patents, name="patents")
    app.command(draw)
    app.command(match)
    app.command(report)


def list_measures(file: Path | None = None, /, *, data: Data = None, json: AsJson = False) -> int:
    """List every measure of the policy with its clause, state and evidence.

    Parameters
    ----------
    file
        Evidence: columns clause, status, evidence, owner, due, note; without it, what the data folder keeps.
    """
    found, refusals = _kept_measures(data) if file is None else measures.with_evidence(_table(file, measures.ALIASES))
    if json:
        print_json([one.to_json() for one in found])
    else:
        print_table(
            [one.clause, say(Message(f"cli.industry.measure.{one.status}")), one.name(language()), one.evidence]
            for one in found
        )
    return _refused(refusals)


def count_patents(
    file: Path,
    /,
    *,
    scheme: Annotated[str, Parameter(help="ipc or cpc; needed when the table has both.")] = "",
    json: AsJson = False,
) -> int:
    """Count patent families of class G04, in fractions of classes and applicants.

    Parameters
    ----------
    file
        Columns family, applicant and ipc or cpc; several symbols or applicants separated by semicolons.
    """
    found = patents.landscape(_table(file, patents.ALIASES), scheme=scheme)
    if json:
        print_json(found.to_json())
    else:
        print(say(Message("cli.industry.families", count=found.families, scheme=found.scheme.upper())))
        print_table([name, f"{count:.2f}"] for name, count in (*found.classes.items(), *found.applicants.items()))
    return _refused(found.refusals)


def draw(
    file: Path,
    /,
    *,
    seed: Annotated[str, Parameter(help="Published beforehand.")],
    count: int = 3,
    skill: str = "",
    about: Annotated[tuple[str, ...], Parameter(help="Whom they judge; repeat for several.")] = (),
    date: Annotated[str, Parameter(help="Day of the draw, 2026-05-01; today by default.")] = "",
    json: AsJson = False,
) -> int:
    """Draw experts fairly: anyone repeats the draw from the seed and the list.

    Parameters
    ----------
    file
        Columns id, consent and, where known, name, employer, skills, valid_until, conflicts.
    """
    found, refusals = people.read_people(_table(file, people.ALIASES))
    drawn = people.draw_experts(found, seed=seed, count=count, date=date or now().isoformat()[:10], skill=skill, about=about)
    if json:
        print_json(drawn.to_json())
    else:
        print_table([who, people.lot(seed, who)[:16]] for who in drawn.drawn)
        print_table(["  ", who, say(why)] for who, why in drawn.left_out)
        print(f"{drawn.method}; {drawn.pool_digest}")
    return _refused(refusals)


def match(file: Path, /, *, json: AsJson = False) -> int:
    """Match buyers with exhibitors so that no two would rather meet each other.

    Parameters
    ----------
    file
        JSON with buyers and exhibitors, each with its list of wishes, and places by exhibitor.
    """
    try:
        asked = text_json.loads(read_named(file))
        buyers, exhibitors, places = asked["buyers"], asked["exhibitors"], asked.get("places", {})
        found = matching.match(buyers, exhibitors, places=places)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if hasattr(error, "message"):
            raise
        raise ConfigError(Message("cli.industry.wishes", file=file.name)) from error
    if json:
        print_json(found.to_json())
    else:
        print_table([buyer, exhibitor] for buyer, exhibitor in found.pairs)
        print_table([buyer, "—"] for buyer in found.unmatched)
    return 0


def report(
    folder: Path,
    /,
    *,
    figures: Annotated[Path | None, Parameter(help="Figures of the industry; the supplied ones by default.")] = None,
    brands: Annotated[Path | None, Parameter(help="Figures of brands; the supplied ones by default.")] = None,
    flows: Annotated[Path | None, Parameter(help="A supply chain: from, to, value, unit, year, source.")] = None,
    area: Annotated[str, Parameter(help="Only this area and its parts, such as CN-Zhangzhou.")] = "",
    data: Data = None,
) -> int:
    """Write the static report in both languages, with its tables as CSV and Word: every number leads to its source row.

    Parameters
    ----------
    folder
        Where to write.
    """
    given = [None if file is None else Source(read_named(file), file.name) for file in (figures, brands, flows)]
    kept, _ = _kept_measures(data)
    make_folder(folder)
    files = report_files(figures=given[0], brands=given[1], area=area, measures=kept, chain=given[2])
    for name, content in files.items():
        write_named(folder / name, content)
        print(folder / name)
    return 0


def _kept_measures(data: Path | None) -> tuple[tuple[measures.Measure, ...], tuple[Refusal, ...]]:
    with DataFolder.open(data) as folder:
        return tuple(one for one, _ in measures_of(folder)), ()


def _table(file: Path, aliases: dict[str, str]) -> Table:
    return Source(read_named(file), file.name).table.renamed(aliases)


def _refused(refusals: tuple[Refusal, ...]) -> int:
    for one in refusals:
        complain(Message("cli.industry.refused", row=one.row, column=one.column, reason=say(one.message)))
    return 2 if refusals else 0
