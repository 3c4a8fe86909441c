# SPDX-License-Identifier: Apache-2.0
"""``./run bench-suite [NAME …]`` runs the benchmarks of the packages named, or of all.

Each package's benchmark is a module ``benchmarks.NAME`` with a function ``main(words)`` that prints its
tables and returns how many limits were missed.
"""

import sys
from importlib import import_module
from pkgutil import iter_modules

import benchmarks


def main(words: list[str]) -> int:
    """Run what is named; words with a dash go to each benchmark."""
    known = sorted(module.name for module in iter_modules(benchmarks.__path__) if module.ispkg)
    names = [word for word in words if not word.startswith("-")]
    for name in names:
        if name not in known:
            print(f"no benchmark is called {name}; known: {', '.join(known)}", file=sys.stderr)
            return 2
    options = [word for word in words if word.startswith("-")]
    missed = sum(import_module(f"benchmarks.{name}").main(options) for name in names or known)
    print(f"\n{missed} limits missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
