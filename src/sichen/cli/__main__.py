# SPDX-License-Identifier: Apache-2.0
"""The ``sichen`` command: reads the words, runs one function, turns its failure into a sentence and an exit code."""

import errno
import os
import sys
from pathlib import Path

from sichen.cli.output import complain, language
from sichen.core.errors import SichenError
from sichen.core.message import Message

INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its exit code."""
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
        sys.stdout.flush()  # here, where a reader that has gone or a full disk can still be told apart
    except CycloptsError:
        return 2
    except SichenError as error:
        complain(error.message)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone, as `| head` does: nothing to say to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        complain(Message("cli.no_space"))
        return 3
    except KeyboardInterrupt:
        complain(Message("cli.interrupted"))
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _keep_compiled_kernels_where_we_may_write() -> None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache / "sichen" / "numba"))


if __name__ == "__main__":
    main()

__all__ = ["language", "main", "run"]
