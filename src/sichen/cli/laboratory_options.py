# SPDX-License-Identifier: Apache-2.0
"""Options that the commands of the laboratory share, and how refused rows are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder, read_configuration
from sichen.adapters.laboratory_steps import RowsRefused
from sichen.cli.output import complain

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
Person = Annotated[str, Parameter(help="Who does it; SICHEN_PERSON or the configuration when not given.")]


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


def who(person: str) -> str:
    """Return who acts: as typed, else as the configuration says."""
    return person or read_configuration().person
