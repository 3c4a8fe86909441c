# SPDX-License-Identifier: Apache-2.0
"""Which passwords are taken.

Length is what counts: nothing is asked of capitals, digits or signs, and nobody has to change a password that nobody
else knows. What many people choose first adds nothing to the length: common words, also
with digits and signs for letters, walks over the keyboard, years, repetitions, the name of the person and of this program. So
no list of millions of leaked passwords is needed, and none is shipped.
"""

import re
import secrets
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib import resources

from sichen.core import DataError, Message

LEAST = 15
"""Characters that a password must have: the figure of NIST SP 800-63B-4 for one that stands alone."""

LONGEST = 256
"""Characters that are taken; far more than anybody types, few enough that hashing stays quick."""

WORTH = 8
"""Characters that must remain when everything that is easily guessed is counted as one."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 5, 4
_RUN, _WALK = 4, 6
_REPEATED = re.compile(r"(.+?)\1+")
_YEAR = re.compile(r"(?:19|20)\d\d(?:[-./]?[01]\d[-./]?[0-3]\d)?")
_FOR_LETTERS = {"a": "[a@4]", "e": "[e3]", "i": "[i1!]", "o": "[o0]", "s": "[s$5]", "t": "[t7]"}
_SHIFT = str.maketrans('!@#$%^&*()_+{}|:"<>?~', "1234567890-=[]\\;',./`")
"""What the keys say without shift, on the keyboard that most people have."""

_KEYS = ("`1234567890-=", " qwertyuiop[]\\", " asdfghjkl;'", " zxcvbnm,./")
_PAD = ("789", "456", "123", "0")


def check_password(password: str, *, about: tuple[str, ...] = ()) -> str:
    """Return a password in the form in which it is hashed, or refuse it.

    Parameters
    ----------
    password : str
        Any characters; Unicode is brought to one form, so that two keyboards write the same password.
    about : tuple of str
        Words that stand near: the name of the account and of the person.

    Raises
    ------
    DataError
        If it is too short, too long or easily guessed; the sentence says which, and never the password.

    Examples
    --------
    >>> check_password("four blue hands wound")
    'four blue hands wound'
    >>> check_password("password12345678")
    Traceback (most recent call last):
        ...
    sichen.core.errors.DataError: this password is among the first that anybody tries: take four words that have nothing \
to do with each other
    """
    written = unicodedata.normalize("NFC", password)
    if len(written) < LEAST:
        raise DataError(Message("trace.people.password_short", got=len(written), need=LEAST))
    if len(written) > LONGEST:
        raise DataError(Message("trace.people.password_long", got=len(written), most=LONGEST))
    if worth(written, about=about) < WORTH:
        raise DataError(Message("trace.people.password_common"))
    return written


def worth(password: str, *, about: tuple[str, ...] = ()) -> int:
    """Return how many characters count when common words, runs and repetitions count as one each.

    Examples
    --------
    >>> worth("aaaaaaaaaaaaaaaa"), worth("passwordpassword"), worth("qwertyuiop123456")
    (1, 1, 1)
    """
    typed = unicodedata.normalize("NFKC", password)
    written = typed.casefold()
    return min(_worth(text, about) for text in {written, typed.translate(_SHIFT).casefold()})


def _worth(text: str, about: tuple[str, ...]) -> int:
    near = {word.casefold() for name in about for word in (name, *re.split(r"[\W_]+", name)) if len(word) > 1}
    text = _any_of(frozenset(near | common_words())).sub("\0", text)
    text = _YEAR.sub("\0", text)
    before = ""
    while before != text:
        before = text
        text = _walked(text)
        for run in _runs():
            text = text.replace(run, "\0")
        text = _REPEATED.sub(r"\1", text)
    return len(text)


@lru_cache(maxsize=16)
def _any_of(words: frozenset[str]) -> re.Pattern[str]:
    """Return what finds words, the longest first, also with digits and signs in the place of letters."""
    bent = (
        "".join(_FOR_LETTERS.get(letter, re.escape(letter)) for letter in word) for word in sorted(words, key=_longest_first)
    )
    return re.compile("|".join(bent))


def _longest_first(word: str) -> tuple[int, str]:
    return -len(word), word


def _walked(text: str) -> str:
    """Return a text with each walk from key to neighbouring key as one character: ``1q2w3e4r`` is no more than ``qwert``."""
    out, start = [], 0
    for end in range(1, len(text) + 1):
        if end == len(text) or text[end] not in _neighbours().get(text[end - 1], ""):
            out.append(text[start:end] if end - start < _WALK else "\0")
            start = end
    return "".join(out)


@cache
def _neighbours() -> dict[str, str]:
    """Return the keys beside each key, on the keyboard and on its pad of digits."""
    near: dict[str, str] = {}
    for rows in (_KEYS, _PAD):
        at = {key: (x, y) for y, row in enumerate(rows) for x, key in enumerate(row) if key != " "}
        for key, (x, y) in at.items():
            near[key] = near.get(key, "") + "".join(k for k, (a, b) in at.items() if abs(a - x) <= 1 and abs(b - y) <= 1)
    return near


def made_up_password() -> str:
    """Return a random password of 99 bits that can be read aloud: five groups of four letters and digits.

    Examples
    --------
    >>> check_password(made_up_password()).count("-")
    4
    """
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


@cache
def common_words() -> frozenset[str]:
    """Return the words that passwords are made of when nobody thinks about them."""
    text = (resources.files(__package__) / "data" / "common_words.toml").read_text(encoding="utf-8")
    return frozenset(word for words in tomllib.loads(text).values() for word in words)


@cache
def _runs() -> tuple[str, ...]:
    """Return the runs along rows of a keyboard and along the alphabet, both ways, longest first."""
    rows = (
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1qaz2wsx3edc4rfv5tgb",
        "qazwsxedcrfv",
    )
    both = [way for row in rows for way in (row, row[::-1])]
    pieces = {way[start:end] for way in both for start in range(len(way)) for end in range(start + _RUN, len(way) + 1)}
    return tuple(sorted(pieces, key=lambda piece: (-len(piece), piece)))
