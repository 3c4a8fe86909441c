# SPDX-License-Identifier: Apache-2.0
"""The industry in the demonstration: the target answered from the supplied figures, and their contradictions."""

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.industry_desk import cited_rows, keep_answer, lint_of, target_of
from sichen.adapters.industry_report import contents_of, supplied
from sichen.adapters.makers_desk import keep_makers, makers_of
from sichen.core import JSON, Instant, Record


def keep_demonstration_industry(folder: DataFolder, *, at: Instant) -> tuple[Record, ...]:
    """Keep three answers; keeping them twice keeps them once.

    Parameters
    ----------
    folder : DataFolder
    at : Instant
        When they are said to have been made.

    Returns
    -------
    tuple of Record
        The target with its bounds, the contradictions, and the makers with the invented brand among them; each opens to its
        source rows, the last one to the brand's own records besides.
    """
    source = supplied("figures.tsv")
    found, contents = target_of(source), contents_of()
    rungs: list[JSON] = [rung.to_json() for rung in contents.rungs]
    cited = cited_rows(source, contents.rungs)
    subject = f"target:product_structure {found.target.basis}"
    body = {**found.to_json(), "evidence": rungs}
    target = keep_answer(
        folder, "industry.target", subject=subject, body=body, source=source, rows=[*found.structures.rows, *cited], at=at
    )
    findings, _ = lint_of(source)
    listed: dict[str, JSON] = {"findings": [one.to_json() for one in findings]}
    rows = [row for one in findings for row in one.rows]
    lint = keep_answer(folder, "industry.lint", subject=f"table:{source.name}", body=listed, source=source, rows=rows, at=at)
    register = supplied("makers.csv")
    answered, _ = makers_of(register, folder)
    return target, lint, keep_makers(folder, answered, register, at=at)
