# SPDX-License-Identifier: Apache-2.0
"""Options that the commands of the laboratory share, and how refused rows are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder
from sichen.adapters.laboratory_steps import RowsRefused
from sichen.cli.output import complain

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
Person = Annotated[str, Parameter(env_var="SICHEN_PERSON", help="Who does it; by default SICHEN_PERSON.")]


@contextmanager
def at_desk(data: Path | None) -> Iterator[DataFolder]:
    """Open the data folder; where rows are refused, tell each before the sum of them."""
    with DataFolder.open(data) as folder:
        try:
            yield folder
        except RowsRefused as error:
            for refusal in error.refusals:
                complain(refusal.message)
            raise
