# SPDX-License-Identifier: Apache-2.0
"""A map of one square a division: values by region as steps of one colour, written on the square as well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from sichen.core import JSON, Language, Message
from sichen.industry.matrices import Matrix
from sichen.industry.regions import Division, divisions, find_division, places
from sichen.industry.structure import location_quotients
from sichen.industry.tables import Refusal

MEASURES = ("value", "share", "lq")
STEPS = 5
LQ_EDGES = (0.5, 1.0, 1.5, 3.0)
SIDE, GAP, TOP = 62.0, 4.0, 8.0
LEGEND = 74.0
_STYLE = (
    "<style>text{font-family:system-ui,'Noto Sans CJK SC',sans-serif;fill:#1c1c1a}.tile rect{fill:#1f4e79;stroke:#8d8a80;stroke-width:1}"
    ".step-none rect{fill:none;stroke-dasharray:3 3}.step-0 rect{fill-opacity:.06}.step-1 rect{fill-opacity:.16}"
    ".step-2 rect{fill-opacity:.27}.step-3 rect{fill-opacity:.38}.step-4 rect{fill-opacity:.5}.name{font-size:17px}"
    ".figure{font-size:15px}.named{fill:#8a6d1f}</style>"
)


@dataclass(frozen=True)
class TileMap:
    """Values by division.

    Parameters
    ----------
    measure : {"value", "share", "lq"}
    column : str
    values : tuple of (Division, float, row)
        The highest first.
    edges : tuple of float
        Where one step ends and the next begins.
    refusals : tuple of Refusal
    """

    measure: str
    column: str
    values: tuple[tuple[Division, float, int], ...]
    edges: tuple[float, ...]
    refusals: tuple[Refusal, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the values with their steps as plain JSON."""
        regions: list[JSON] = [
            {"code": one.code, "en": one.en, "zh": one.zh, "value": value, "step": self.step(value), "row": row}
            for one, value, row in self.values
        ]
        return {"measure": self.measure, "column": self.column, "edges": list(self.edges), "regions": regions}

    def step(self, value: float) -> int:
        """Return the step of a value, 0 the lightest."""
        return sum(value >= edge for edge in self.edges)

    def written(self, value: float) -> str:
        """Write a value as its square shows it."""
        if self.measure == "share":
            return f"{value:.1f} %"
        return f"{value:.2f}" if self.measure == "lq" else f"{value:.4g}"


def tile_map(matrix: Matrix, *, column: str, measure: str = "value") -> TileMap:
    """Put a column of a table on the map.

    Parameters
    ----------
    matrix : Matrix
        Its names are divisions, in Chinese or English; a name that is none is refused with its row.
    column : str
    measure : {"value", "share", "lq"}
        The amounts, their share of the whole in per cent, or the location quotient.

    Returns
    -------
    TileMap
        Steps of shares and values are equal parts of the largest; those of quotients are 0.5, 1, 1.5 and 3.
    """
    place = matrix.place(column)
    amounts = matrix.values[:, place]
    if measure == "lq":
        amounts = location_quotients(matrix)[:, place]
    elif measure == "share":
        amounts = 100 * amounts / max(matrix.whole(column), float(amounts.sum()))
    found: list[tuple[Division, float, int]] = []
    refusals = list(matrix.refusals)
    for name, value, row in zip(matrix.names, amounts.tolist(), matrix.rows, strict=True):
        division = find_division(name)
        if division is None:
            refusals.append(Refusal(row, "name", Message("industry.map.unknown", name=name), (name, f"{value:g}")))
        elif value == value:  # noqa: PLR0124 - not a number where the whole has none
            found.append((division, value, row))
    top = max((value for _, value, _ in found), default=1.0) or 1.0
    edges = LQ_EDGES if measure == "lq" else tuple(top * k / STEPS for k in range(1, STEPS))
    ordered = tuple(sorted(found, key=lambda one: (-one[1], one[0].code)))
    return TileMap(measure, matrix.columns[place], ordered, edges, tuple(sorted(refusals, key=lambda one: one.row)))


def map_svg(tiles: TileMap, language: Language, *, alone: bool = False) -> str:
    """Draw the map.

    Parameters
    ----------
    tiles : TileMap
    language : {"en", "zh"}
    alone : bool, default False
        With its own style, for a file; a page has its own.

    Returns
    -------
    str
        SVG in which every square with a value can be reached with the keyboard and says its name and value.
    """
    known = {one.code: value for one, value, _ in tiles.values}
    named = {code for place in places() if place.kind == "producing region" for code in place.regions}
    wide = (max(one.tile[0] for one in divisions()) + 1) * (SIDE + GAP) + GAP
    high = TOP + (max(one.tile[1] for one in divisions()) + 1) * (SIDE + GAP) + LEGEND
    label = Message("industry.map.label", measure=Message(f"industry.map.{tiles.measure}").text(language), column=tiles.column)
    space = ' xmlns="http://www.w3.org/2000/svg"' if alone else ""
    head = f'<svg{space} class="plot sketch tiles" viewBox="0 0 {wide:g} {high:g}" role="group" aria-label={quoteattr(label.text(language))}>'
    body = "".join(_tile(one, tiles, known, language, named=one.code in named) for one in divisions())
    return f"{head}{_STYLE if alone else ''}{body}{_legend(tiles, language, high - LEGEND + 22)}</svg>"


def _tile(one: Division, tiles: TileMap, known: Mapping[str, float], language: Language, *, named: bool) -> str:
    x, y = GAP + one.tile[0] * (SIDE + GAP), TOP + one.tile[1] * (SIDE + GAP)
    value = known.get(one.code)
    figure = "" if value is None else tiles.written(value)
    said = f"{one.name(language)}: {figure or Message('industry.map.nothing').text(language)}"
    if named:
        said += f"; {Message('industry.map.named').text(language)}"
    step = "none" if value is None else str(tiles.step(value))
    focus = "" if value is None else ' tabindex="0"'
    short = one.zh if language == "zh" else one.code
    mark = f'<path class="named" d="M{x + SIDE - 12:g} {y:g}h12v12z"/>' if named else ""
    return (
        f'<g class="tile step-{step}" role="img" aria-label={quoteattr(said)}{focus}><title>{escape(said)}</title>'
        f'<rect x="{x:g}" y="{y:g}" width="{SIDE:g}" height="{SIDE:g}"/>{mark}'
        f'<text class="name" x="{x + SIDE / 2:g}" y="{y + 27:g}" text-anchor="middle">{escape(short)}</text>'
        f'<text class="figure" x="{x + SIDE / 2:g}" y="{y + 46:g}" text-anchor="middle">{escape(figure)}</text></g>'
    )


def _legend(tiles: TileMap, language: Language, y: float) -> str:
    ends: Sequence[float] = (0.0, *tiles.edges)
    width = SIDE + GAP
    parts = [
        f'<g class="tile step-{k}"><rect x="{GAP + k * width:g}" y="{y:g}" width="{SIDE:g}" height="14"/>'
        f'<text class="figure" x="{GAP + k * width:g}" y="{y + 30:g}">≥{escape(tiles.written(end).removesuffix(" %"))}</text></g>'
        for k, end in enumerate(ends)
    ]
    named = Message("industry.map.named").text(language)
    mark = f'<path class="named" d="M{GAP:g} {y + 36:g}h12v12z"/>'
    return "".join(parts) + mark + f'<text class="figure" x="{GAP + 18:g}" y="{y + 47:g}">{escape(named)}</text>'
