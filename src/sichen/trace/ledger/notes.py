# SPDX-License-Identifier: Apache-2.0
"""Signed notes (c2sp.org/signed-note): a text, an empty line, and signature lines that anyone may add."""

from collections.abc import Iterable
from dataclasses import dataclass

from sichen.core import DataError, Message
from sichen.trace.ledger.keys import KEY_ID_SIZE, VerifierKey, check_name, decode64, encode64

MOST_SIGNATURES = 64
_DASH = "— "


@dataclass(frozen=True)
class SignatureLine:
    """One signature below a note.

    Parameters
    ----------
    name : str
        Of the key.
    key_id : bytes, 4
    signature : bytes
        As the key's algorithm lays it out.
    """

    name: str
    key_id: bytes
    signature: bytes

    @property
    def text(self) -> str:
        """The line, with its end."""
        return f"{_DASH}{self.name} {encode64(self.key_id + self.signature)}\n"

    def is_by(self, key: VerifierKey) -> bool:
        """Tell whether the line claims to be by this key."""
        return (self.name, self.key_id) == (key.name, key.key_id)


@dataclass(frozen=True)
class Note:
    """A text with signature lines.

    Parameters
    ----------
    body : str
        The text, with the end of its last line.
    lines : tuple of SignatureLine
    """

    body: str
    lines: tuple[SignatureLine, ...]

    @property
    def text(self) -> str:
        """The whole note."""
        return self.body + "\n" + "".join(line.text for line in self.lines)

    def with_lines(self, lines: Iterable[SignatureLine]) -> "Note":
        """Return the note with further signatures; one that it has is not added again."""
        return Note(self.body, tuple(dict.fromkeys((*self.lines, *lines))))


def read_note(data: str | bytes) -> Note:
    """Take a note apart; nothing is verified yet.

    Parameters
    ----------
    data : str or bytes

    Raises
    ------
    DataError
        If it is not written as a note is, to the last character.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(Message("trace.ledger.no_note", problem="UTF-8")) from error
    if any(character < " " and character != "\n" for character in text):
        raise DataError(Message("trace.ledger.no_note", problem="U+0000 … U+001F"))
    body, gap, tail = text.rpartition("\n\n")
    if not gap or not body or not tail.endswith("\n"):
        raise DataError(Message("trace.ledger.no_note", problem="\\n\\n"))
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise DataError(Message("trace.ledger.no_note", problem=f"{len(lines)} > {MOST_SIGNATURES}"))
    return Note(body + "\n", tuple(_line(line) for line in lines))


def _line(text: str) -> SignatureLine:
    words = text.removeprefix(_DASH).split(" ")
    if not text.startswith(_DASH) or len(words) != 2:  # noqa: PLR2004 - a name and a signature
        raise DataError(Message("trace.ledger.no_note", problem=text[:60]))
    data = decode64(words[1])
    if len(data) <= KEY_ID_SIZE:
        raise DataError(Message("trace.ledger.no_note", problem=text[:60]))
    return SignatureLine(check_name(words[0]), data[:KEY_ID_SIZE], data[KEY_ID_SIZE:])
