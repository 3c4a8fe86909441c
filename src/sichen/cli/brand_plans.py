# SPDX-License-Identifier: Apache-2.0
"""``sichen brand strategy|report``: what a firm plans for its brand, and the report of what it is worth."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.brand_desk import judge_strategy, keep_strategy, score_brand
from sichen.adapters.named_files import write_named
from sichen.adapters.sample_brands import sample_file, sample_names
from sichen.brand import read_case, report_html, value
from sichen.cli.brand import AsJson, Data, Save, sent, tell_kept
from sichen.cli.output import language, print_json, print_table, say
from sichen.core import Message


def strategy(
    file: Path,
    /,
    *,
    on: Annotated[date | None, Parameter(help="Day of the judgement; today when not given.")] = None,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Judge how complete a brand strategy is; leaves with 1 when it does not count towards the 30 % target.

    Parameters
    ----------
    file
        TOML with segment, position, model, channels, plan, budget, kpis, crisis and review.
    """
    written = sent(file)
    found = judge_strategy(written, on=on or date.fromisoformat(now().isoformat()[:10]))
    if json:
        print_json(found.to_json())
    else:
        counts = say(Message("cli.brand.counts" if found.counts else "cli.brand.counts_not"))
        print(f"{found.strategy.name}  {100 * found.share:.0f} %  {counts}")
        print_table(
            ("✓" if one.met else "!" if one.rule.essential else "–", one.rule.title(language()), str(one.rule.points))
            for one in found.checked
        )
    if save:
        with DataFolder.open(data) as folder:
            tell_kept(keep_strategy(folder, found, written, at=now()))
    return 0 if found.counts else 1


def samples(into: Path, /) -> int:
    """Write the sample files of three invented brands, to try every command on.

    Parameters
    ----------
    into
        A folder; made when it is missing.
    """
    into.mkdir(parents=True, exist_ok=True)
    for name in sample_names():
        write_named(into / name, sample_file(name).decode())
        print(into / name)
    return 0


def report(
    file: Path,
    /,
    *,
    into: Annotated[Path, Parameter(name=("--into", "-o"), help="The HTML file to write; it prints on A4.")],
    strength: Annotated[Path | None, Parameter(help="File of the brand's strength, for the behavioural analysis.")] = None,
    evidence: Annotated[bool, Parameter(negative=(), help="Compute its indicators from the records.")] = False,
    method: Annotated[str | None, Parameter(help="The method to report first.")] = None,
    only: Annotated[Literal["en", "zh"] | None, Parameter(help="One language; both when not given.")] = None,
    data: Data = None,
) -> int:
    """Write the report of a valuation under the headings of ISO 10668, in Chinese and English.

    Parameters
    ----------
    file
        TOML of the case; its [report] table says what an appraiser adds.
    """
    found = value(read_case(sent(file).text, name=file.name))
    scored = None
    if strength is not None and evidence:
        with DataFolder.open(data) as folder:
            scored = score_brand(sent(strength), folder).strength
    elif strength is not None:
        scored = score_brand(sent(strength)).strength
    text = report_html(found, languages=("zh", "en") if only is None else (only,), strength=scored, chosen=method)
    write_named(into, text)
    return 0 if found.best is not None else 1
