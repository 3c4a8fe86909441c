# SPDX-License-Identifier: Apache-2.0
"""A page in one file that verifies bundles in any browser, without a network and without this program."""

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from string import Template

from sichen.core import JSON, catalogue

PARTS = ("hashes.js", "ed25519.js", "mldsa.js", "bundle.js", "page.js")
_SENTENCES = "verifier."


def verifier_page(*, policy: str = "", void: tuple[tuple[str, int], ...] = ()) -> str:
    """Put the page together: scripts and style inside, allowed by their hashes and nothing else allowed.

    Parameters
    ----------
    policy : str
        Policy file of whom the page believes; nobody by default, and then it shows fingerprints to be compared.
    void : tuple of (str, int)
        Key lines that are known to be stolen, with the last size that they signed rightfully.

    Returns
    -------
    str
        HTML, to be opened from a file or served.

    Examples
    --------
    >>> page = verifier_page()
    >>> "src=" in page or "href=" in page
    False
    """
    script, style = _script(), _read("style.css")
    return Template(_read("page.html")).substitute(
        script=script,
        style=style,
        script_hash=_hash(script),
        style_hash=_hash(style),
        sentences=_embedded({key: dict(value) for key, value in _sentences().items()}),
        trust=_embedded({"policy": policy, "void": dict(void)}),
    )


@cache
def _script() -> str:
    return "\n".join(_read(part) for part in PARTS)


def _sentences() -> dict[str, dict[str, str]]:
    found = catalogue("trace")
    return {
        key.removeprefix(_SENTENCES): {"en": value["en"], "zh": value["zh"]}
        for key, value in found.items()
        if key.startswith(_SENTENCES)
    }


def _embedded(value: JSON) -> str:
    # No text in it may end the script element.
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    return resources.files("sichen.trace.verifier").joinpath(name).read_text(encoding="utf-8")
