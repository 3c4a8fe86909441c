# SPDX-License-Identifier: Apache-2.0
"""``sichen conformity``: standards, plans, verdicts, and whether a certificate is what it says."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.conformity_desk import Source, judge_source, keep_table_verdicts
from sichen.adapters.issuing_house import TRUST, read_trust
from sichen.adapters.named_files import read_named
from sichen.cli import conformity_certificates, conformity_certify, conformity_contests
from sichen.cli.conformity_options import (
    Acoustic,
    AsJson,
    Category,
    ChamberU,
    Choices,
    Data,
    Decision,
    Instruments,
    LimitsFile,
    PlanName,
    StationsFile,
    data_place,
    order,
    print_verdict,
)
from sichen.cli.output import complain, language, note, print_json, print_table, say
from sichen.conformity import overlaps as overlapping
from sichen.conformity import plans, search
from sichen.conformity.certificate import Trust, read_stamp, stamp_error
from sichen.conformity.certificate import verify as verify_certificate
from sichen.core import ConfigError, Message

app = App(name="conformity", help="Standards, plans, verdicts with uncertainty, certificates.")
app.command(conformity_certify.certify)
conformity_certificates.attach(app)
conformity_contests.attach(app)


@app.command
def judge(
    file: Path,
    /,
    *,
    plan_: PlanName,
    category: Category = None,
    decision: Decision = None,
    set_: Choices = None,
    limits: LimitsFile = None,
    acoustic: Acoustic = False,
    stations: StationsFile = None,
    instruments: Instruments = None,
    chamber_u: ChamberU = 0.0,
    save: Annotated[bool, Parameter(negative=(), help="Keep table, plan and verdicts as records.")] = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Judge watches by a plan: a verdict with its risks for each.

    Leaves with 0 when every watch is accepted, 1 when one is rejected or undecided, 2 when rows were refused; then
    nothing is kept.

    Parameters
    ----------
    file
        CSV with columns watch, day and state_s or rate_s_per_d; u beside them when it is known.
    """
    asked = order(
        plan_,
        category=category,
        decision=decision,
        choices=set_,
        limits=limits,
        stations=stations,
        instruments=instruments,
        acoustic=acoustic,
        chamber_u=chamber_u,
    )
    source = Source(read_named(file), file.name)
    judged = judge_source(asked, source, now=now())
    for one in judged.verdicts:
        if json:
            print_json(one.to_json())
        else:
            print_verdict(one)
    for refusal in judged.refusals:
        complain(refusal.message)
    if judged.refusals:
        if save:
            complain(Message("cli.conformity.nothing_kept"))
        return 2
    if save:
        with DataFolder.open(data) as folder:
            for record in keep_table_verdicts(folder, judged, asked, source, at=now()):
                note(say(Message("cli.bench.kept", file=record.subject.partition(":")[2], digest=record.digest)))
    return 0 if all(one.verdict == "accept" for one in judged.verdicts) else 1


@app.command(name="plans")
def list_plans(*, json: AsJson = False) -> int:
    """List the plans that come with Sichen."""
    spoken = language()
    for key, entry in plans().items():
        title = entry.title_zh if spoken == "zh" else entry.title_en
        if json:
            categories = list(entry.categories)
            print_json({"plan": key, "title_en": entry.title_en, "title_zh": entry.title_zh, "categories": categories})
        else:
            print_table([[f"{key:20}", title]])
    return 0


@app.command
def standards(*words: str, status: str | None = None, json: AsJson = False) -> int:
    """Search the register of standards, by number or by words of either language.

    Parameters
    ----------
    words
        What to look for; all standards when nothing is given.
    status
        Only those of this status.
    """
    rows = search(" ".join(words), status=status)
    if json:
        print_json([row.to_json() for row in rows])
        return 0
    spoken = language()
    print_table(
        (
            row.number,
            str(row.year or ""),
            row.status,
            row.grade,
            (row.title_zh if spoken == "zh" else row.title_en) or row.title_en or row.title_zh,
        )
        for row in rows
    )
    return 0


@app.command
def overlaps(*, json: AsJson = False) -> int:
    """List standards of the register that cover the same ground."""
    rows = overlapping()
    if json:
        print_json([{"left": row.left, "right": row.right, "reason": row.reason} for row in rows])
    else:
        print_table((row.left, row.right, row.reason) for row in rows)
    return 0


@app.command
def verify(
    file: Path | None = None,
    /,
    *,
    stamp: Annotated[str, Parameter(help="What a scan of the QR code gave, instead of a file.")] = "",
    trust: Annotated[
        Path | None, Parameter(help="The laboratory's trust.json; without it, that of your own data folder.")
    ] = None,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Verify a signed certificate or a scanned code, without a network.

    Leaves with 0 when it is intact and its signer known, else with 1.

    Parameters
    ----------
    file
        A digital calibration certificate (DCC XML), ours or another laboratory's.
    """
    known = _known(trust, data)
    if stamp:
        scanned = read_stamp(stamp, trust=known, now=now())
        if json:
            print_json(scanned.to_json())
        else:
            print(say(stamp_error(scanned)))
            print_table([[scanned.number, scanned.serial, scanned.issued[:10], scanned.digest]] if scanned.number else [])
        return 0 if scanned.intact else 1
    if file is None:
        raise ConfigError(Message("cli.conformity.nothing_to_verify"))
    found = verify_certificate(read_named(file), trust=known, now=now())
    if json:
        print_json({"file": str(file), **found.to_json()})
    else:
        print(f"{file}: {say(Message(f'cli.conformity.{found.status}'))}")
        for reason in found.reasons:
            note("  " + say(reason))
    return 0 if found.intact else 1


def _known(trust: Path | None, data: Path | None) -> Trust:
    if trust is not None:
        return read_trust(trust)
    own = data_place(data) / TRUST
    return read_trust(own) if own.exists() else Trust()
