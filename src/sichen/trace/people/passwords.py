# SPDX-License-Identifier: Apache-2.0
"""Which passwords are taken.

Length is what counts: nothing is asked of capitals, digits or signs, and nobody has to change a password that nobody
else knows. What many people choose first adds nothing to the length: common words, runs of the keyboard, repetitions,
the name of the person and of this program. So no list of millions of leaked passwords is needed, and none is shipped.
"""

import re
import secrets
import tomllib
import unicodedata
from functools import cache
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
_RUN = 4
_REPEATED = re.compile(r"(.+?)\1+")


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
    text = unicodedata.normalize("NFKC", password).casefold()
    near = {word.casefold() for name in about for word in (name, *re.split(r"[\W_]+", name)) if len(word) > 1}
    for word in sorted(near | common_words(), key=len, reverse=True):
        text = text.replace(word, "\0")
    for run in _runs():
        text = text.replace(run, "\0")
    once = _REPEATED.sub(r"\1", text)
    while once != text:
        text, once = once, _REPEATED.sub(r"\1", once)
    return len(once)


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
