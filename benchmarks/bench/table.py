# SPDX-License-Identifier: Apache-2.0
"""Tables of targets and what was measured."""

from dataclasses import dataclass, field

WIDEST = 70
"""Characters beyond which a cell stands out of its column instead of widening it."""


@dataclass(frozen=True)
class Row:
    """One line: what, its target, what was measured, and whether that is good enough (None: reported only)."""

    what: str
    target: str
    measured: str
    ok: bool | None


@dataclass
class Table:
    """Rows under a title."""

    title: str
    rows: list[Row] = field(default_factory=list)

    @property
    def missed(self) -> int:
        """How many limits were missed."""
        return sum(row.ok is False for row in self.rows)

    def limit(self, what: str, value: float, most: float, unit: str = "", *, digits: int = 3) -> None:
        """Add a value that must not exceed a limit; a value that is no number misses it."""
        self.rows.append(Row(what, f"≤ {most:g} {unit}".strip(), f"{value:.{digits}f} {unit}".strip(), value <= most))

    def share(self, what: str, hits: int, trials: int, least: float) -> None:
        """Add a share that must reach a limit."""
        measured = f"{hits} of {trials} ({100.0 * hits / max(trials, 1):.1f} %)"
        self.rows.append(Row(what, f"≥ {100.0 * least:g} %", measured, hits >= least * trials))

    def none(self, what: str, cases: list[str], trials: int) -> None:
        """Add something that must never happen; the first cases are named."""
        named = f": {'; '.join(cases[:3])}" if cases else ""
        self.rows.append(Row(what, "never", f"{len(cases)} of {trials}{named}", not cases))

    def note(self, what: str, measured: str, target: str = "") -> None:
        """Add a value that is reported only."""
        self.rows.append(Row(what, target, measured, None))

    def text(self) -> str:
        """Return the table as it is printed."""
        verdict = {True: "ok", False: "MISSED", None: ""}
        cells = [("", "target", "measured", "")] + [(r.what, r.target, r.measured, verdict[r.ok]) for r in self.rows]
        widths = [max(len(cell[column]) for cell in cells if len(cell[column]) <= WIDEST) for column in range(3)]
        lines = [
            "  ".join([*(text.ljust(width) for text, width in zip(cell, widths, strict=False)), cell[3]]).rstrip()
            for cell in cells
        ]
        return "\n".join(["", self.title, *lines])
