# SPDX-License-Identifier: Apache-2.0
"""EPC patterns such as ``urn:epc:idpat:sgtin:4012345.*.*``, against keys in their canonical spelling."""

import re
from dataclasses import dataclass

from sichen.core import DataError, Message
from sichen.trace.epcis.keys import DOMAIN, canonical_key, check_digit

_PATTERN = re.compile(r"urn:epc:idpat:([a-z]+):(.+)")
_THIRTEEN = {"sgln": "414/", "grai": "8003/0", "gdti": "253/", "sgcn": "255/"}
_FREE = {"giai": "8004/", "ginc": "401/"}
_EIGHTEEN = {"gsrn": "8018/", "gsrnp": "8017/"}


@dataclass(frozen=True)
class Pattern:
    """What a value must look like.

    Parameters
    ----------
    glob : str
    wild : bool
        Whether ``*`` stands for any text and ``?`` for one character; otherwise the value is meant as it is.
    """

    glob: str
    wild: bool = False

    def fits(self, value: str) -> bool:
        """Tell whether a value fits."""
        return self.regex.fullmatch(value) is not None if self.wild else value == self.glob

    @property
    def regex(self) -> re.Pattern[str]:
        """The pattern as a regular expression."""
        return re.compile("".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in self.glob), re.DOTALL)

    @property
    def like(self) -> str:
        """The pattern for LIKE of SQL, with a backslash as escape."""
        return "".join({"*": "%", "?": "_", "%": r"\%", "_": r"\_", "\\": r"\\"}.get(sign, sign) for sign in self.glob)


def pattern(text: str) -> Pattern:
    """Read what a MATCH parameter asks for: a key in any spelling, or a pattern of EPCs.

    Raises
    ------
    DataError
        If the pattern is of no known kind.

    Examples
    --------
    >>> pattern("urn:epc:idpat:sgtin:4012345.*.*").glob
    'https://id.gs1.org/01/?4012345??????/21/*'
    >>> pattern("urn:epc:id:sgtin:4012345.011111.9876").glob
    'https://id.gs1.org/01/04012345111118/21/9876'
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        return Pattern(canonical_key(text))
    scheme, parts = match[1], match[2].split(".")
    stars = [part == "*" for part in parts]
    if (
        stars != sorted(stars)
        or any("*" in part and part != "*" for part in parts)
        or not (parts[0] == "*" or parts[0].isdecimal())
    ):
        raise DataError(Message("trace.epcis.query.pattern", found=text))
    if not any(stars):
        return Pattern(canonical_key(f"urn:epc:id:{scheme}:{match[2]}"))
    found = _glob(scheme, parts)
    if found is None:
        raise DataError(Message("trace.epcis.query.pattern", found=text))
    return Pattern(DOMAIN + found, wild=True)


def _glob(scheme: str, parts: list[str]) -> str | None:
    prefix, rest = parts[0], parts[1:]
    if scheme == "sgtin" and len(rest) == 2:  # noqa: PLR2004 - item and serial
        return _trade_item(prefix, rest[0])
    if len(rest) == 1:
        return _one_part(scheme, prefix)
    if scheme not in _THIRTEEN or len(rest) != 2:  # noqa: PLR2004 - reference and serial
        return None
    if rest[0] == "*":
        return _THIRTEEN[scheme] + _digits(prefix, 13) + "*"
    digits = prefix + rest[0]
    if len(digits) != 12 or not digits.isdecimal():  # noqa: PLR2004 - and the check digit makes thirteen
        return None
    lead = "0" if scheme == "grai" else ""
    return _THIRTEEN[scheme] + digits + check_digit(lead + digits) + "*"


def _one_part(scheme: str, prefix: str) -> str | None:
    if scheme == "sscc":
        return "00/?" + _digits(prefix, 17)
    if scheme == "pgln":
        return "417/" + _digits(prefix, 13)
    if scheme in _EIGHTEEN:
        return _EIGHTEEN[scheme] + _digits(prefix, 18)
    return _FREE[scheme] + ("" if prefix == "*" else prefix) + "*" if scheme in _FREE else None


def _trade_item(prefix: str, item: str) -> str | None:
    if item == "*":
        return "01/" + ("?" * 14 if prefix == "*" else "?" + _digits(prefix, 13)) + "/21/*"
    number = canonical_key(f"urn:epc:idpat:sgtin:{prefix}.{item}.*")
    return number.removeprefix(DOMAIN) + "/21/*" if number.startswith(DOMAIN) else None


def _digits(prefix: str, count: int) -> str:
    """Fill a company prefix up with any digits."""
    return "?" * count if prefix == "*" else prefix + "?" * (count - len(prefix))
