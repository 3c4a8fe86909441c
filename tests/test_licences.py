# SPDX-License-Identifier: Apache-2.0
"""Everything that Sichen needs at run time may be passed on freely."""

import re
from importlib.metadata import PackageNotFoundError, distribution, requires

NAME = re.compile(r"[A-Za-z0-9._-]+")
COPYLEFT = re.compile(r"\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)
WEAK_COPYLEFT = re.compile(r"\bLGPL|Lesser General", re.IGNORECASE)


def required(name: str, *, extras: bool, seen: set[str]) -> set[str]:
    """Collect the installed distributions that `name` needs, itself excluded."""
    for line in requires(name) or ():
        other = NAME.match(line)
        wanted = extras if "extra ==" in line else True
        if other is None or not wanted or other.group().lower() in seen:
            continue
        try:
            distribution(other.group())
        except PackageNotFoundError:
            continue  # needed on another system or Python only
        seen.add(other.group().lower())
        required(other.group(), extras=False, seen=seen)
    return seen


def licence(name: str) -> str:
    """Return what a distribution says of its licence, its text excluded."""
    data = distribution(name).metadata
    lines = [(data[key] or "").split("\n")[0][:100] for key in ("License-Expression", "License") if key in data]
    return " ".join(lines + [line for line in data.get_all("Classifier") or [] if line.startswith("License")])


def test_no_part_of_the_product_is_under_the_gpl() -> None:
    for name in required("sichen", extras=True, seen=set()):
        assert not COPYLEFT.search(licence(name).replace("LGPL", "").replace("Lesser General", "")), name


def test_what_is_always_installed_is_not_even_under_the_lgpl() -> None:
    for name in required("sichen", extras=False, seen=set()):
        assert not WEAK_COPYLEFT.search(licence(name)), name
