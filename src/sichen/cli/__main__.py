# SPDX-License-Identifier: Apache-2.0
"""The ``sichen`` command: reads the words, runs one function, turns its failure into a sentence and an exit code."""

import codecs
import os
import sys
from io import TextIOWrapper
from pathlib import Path

from sichen.cli.output import complain, language
from sichen.core.errors import SichenError
from sichen.core.message import Message

INTERRUPTED = 130
SOURCE_FAILED = 3


def main() -> None:
    """Run the command line and leave with its exit code."""
    _speak_so_that_everything_can_be_written()
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run one command.

    Parameters
    ----------
    words : list of str
        The command line without the program's name.

    Returns
    -------
    int
        0 good, 1 judged not conforming, 2 misuse or numbers that cannot answer, 3 a source failed.
    """
    _keep_compiled_kernels_where_we_may_write()
    # Imported here: cyclopts costs more than everything else that a refused start needs.
    from cyclopts import CycloptsError

    from sichen.cli.app import app

    try:
        code = app(words, exit_on_error=False, print_error=True, result_action="return_value")
        # A full disk or a closed pipe behind the output speaks here, not when Python has gone.
        sys.stdout.flush()
    except CycloptsError:
        return 2
    except SichenError as error:
        complain(error.message)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone, as `| head` does: nothing to say to.
        _write_no_more()
        return 0
    except OSError as error:
        complain(Message("cli.system", problem=error.strerror or str(error)))
        _write_no_more()
        return SOURCE_FAILED
    except KeyboardInterrupt:
        complain(Message("cli.interrupted"))
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _write_no_more() -> None:
    """Let what is left unwritten go nowhere, so that Python does not stumble over it when it leaves."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _speak_so_that_everything_can_be_written() -> None:
    """Leave no character that a terminal's encoding lacks to end a measurement: ± and Chinese are in most lines."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if codecs.lookup(stream.encoding).name == "ascii":
                stream.reconfigure(encoding="utf-8")
            stream.reconfigure(errors="replace")


def _keep_compiled_kernels_where_we_may_write() -> None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache / "sichen" / "numba"))


if __name__ == "__main__":
    main()

__all__ = ["language", "main", "run"]
