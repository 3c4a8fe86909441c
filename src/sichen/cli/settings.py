# SPDX-License-Identifier: Apache-2.0
"""The configuration: where each value comes from, and whether a file is right."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import check_file, read_configuration
from sichen.cli.output import print_json, print_table, say
from sichen.core import Message

app = App(name="config", help="Show and check the configuration.")


@app.command
def show(*, json: Annotated[bool, Parameter(name="--json", negative=())] = False) -> int:
    """Show each value and where it comes from."""
    settings = read_configuration().explain()
    if json:
        print_json({entry.name: {"value": entry.value, "origin": entry.origin} for entry in settings})
    else:
        print_table((entry.name, entry.value, entry.origin) for entry in settings)
    return 0


@app.command
def check(file: Path, /) -> int:
    """Check a configuration file; an unknown key is an error.

    Parameters
    ----------
    file
        A TOML file.
    """
    check_file(file)
    print(say(Message("cli.configuration_good", file=str(file))))
    return 0
