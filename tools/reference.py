# SPDX-License-Identifier: Apache-2.0
"""Write the reference of the command line from the commands themselves: ``python -m tools.reference``."""

import sys
from pathlib import Path

from sichen.cli.app import app

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "command-line.md"


def command_line() -> str:
    """Return the page as it should be."""
    sys.argv = ["sichen"]  # the usage lines name the program after it
    return app.generate_docs(output_format="markdown", recursive=True).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(command_line(), encoding="utf-8")
