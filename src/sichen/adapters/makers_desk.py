# SPDX-License-Identifier: Apache-2.0
"""The desk of makers: a table of firms meets what the records of their brands say, and the answer rests on both."""

from collections.abc import Iterable, Mapping
from typing import Any

from sichen.adapters.brand_desk import STRATEGY, VALUE
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.industry_desk import Source, keep_answer
from sichen.core import Input, Instant, Record
from sichen.industry.makers import Maker, Makers, Records, Worth, answer_makers, read_makers
from sichen.industry.tables import Refusal

MAKERS = "industry.makers"
_MILLION = 1_000_000


def makers_of(source: Source, folder: DataFolder | None = None) -> tuple[Makers, tuple[Refusal, ...]]:
    """Answer from a table of makers; with a data folder, the records of their brands stand above the cells.

    Raises
    ------
    DataError
        If there are no makers, or their brand values have no sum.
    """
    makers, refusals = read_makers(source.table)
    evidence = {} if folder is None else records_of(folder, (one.brand for one in makers))
    return answer_makers(makers, evidence), refusals


def records_of(folder: DataFolder, brands: Iterable[str]) -> Mapping[str, Records]:
    """Return what the newest records of each brand say of its strategy and value; brands without records are left out."""
    found = {}
    for brand in dict.fromkeys(name for name in brands if name):
        strategy, value = (next(folder.records.find(kind=kind, subject=f"brand:{brand}", limit=1), None) for kind in KINDS)
        if strategy is not None or value is not None:
            behind = tuple(
                (role, one.digest) for role, one in (("brand_strategy", strategy), ("brand_value", value)) if one is not None
            )
            counts = None if strategy is None else bool(strategy.body["counts"])
            found[brand] = Records(counts, None if value is None else _worth(value.body), behind)
    return found


def keep_makers(folder: DataFolder, found: Makers, source: Source, *, at: Instant) -> Record:
    """Keep the answer: it rests on each maker's row, and on the records that replaced its cells."""
    behind = [Input(f"{role}: {one.brand}", digest) for one in found.makers for role, digest in one.behind]
    rows = [one.row for one in found.makers]
    subject = f"indicator:strategy_share {source.name}"
    return keep_answer(folder, MAKERS, subject=subject, body=found.to_json(), source=source, rows=rows, behind=behind, at=at)


def differing(found: Makers) -> tuple[Maker, ...]:
    """Return the makers whose cells say another thing than their records."""
    return tuple(one for one in found.makers if one.differs)


KINDS = (STRATEGY, VALUE)


def _worth(body: Mapping[str, Any]) -> Worth | None:
    """Read the value of a brand's record; a brand that no method could value has none."""
    if body.get("value") is None:
        return None
    scale = float(body.get("scale", _MILLION)) / _MILLION
    low, high = (None if body.get(name) is None else float(body[name]) * scale for name in ("low", "high"))
    return Worth(float(body["value"]) * scale, low, high, str(body["currency"]), str(body["year"]))
