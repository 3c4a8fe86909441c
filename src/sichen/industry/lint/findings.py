# SPDX-License-Identifier: Apache-2.0
"""A finding: rows that cannot all be true, the rule that says so, and its arithmetic."""

from dataclasses import dataclass

from sichen.core import JSON, Language, Message

RULES = ("sum", "growth", "unit value", "share", "cross-source", "units", "dates")


@dataclass(frozen=True)
class Finding:
    """Figures that contradict each other.

    Parameters
    ----------
    rows : tuple of int
        Counted from 1 at the first data row.
    rule : str
        One of `RULES`.
    message : Message
        The arithmetic.
    """

    rows: tuple[int, ...]
    rule: str
    message: Message

    def arithmetic(self, language: Language = "en") -> str:
        """Return the arithmetic in words and numbers."""
        return self.message.text(language)

    def to_json(self) -> dict[str, JSON]:
        """Return the finding as the command line prints it."""
        return {"rows": list(self.rows), "rule": self.rule, "arithmetic": self.arithmetic()}


def finding(rule: str, name: str, *rows: int, **blanks: str | float) -> Finding:
    """Make a finding whose sentence is ``industry.lint.`` and `name`."""
    return Finding(tuple(sorted(set(rows))), rule, Message(f"industry.lint.{name}", **blanks))
