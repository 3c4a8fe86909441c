# SPDX-License-Identifier: Apache-2.0
"""The supply chain drawn: a column a stage, a bar a name, a band a delivery, all in one scale."""

from collections import defaultdict
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from sichen.core import Language, Message
from sichen.industry.flows import Chain, Delivery

WIDE, HIGH = 760.0, 420.0
BAR, GAP, EDGE = 10.0, 12.0, 16.0
_STYLE = (
    "<style>text{font:13px system-ui,'Noto Sans CJK SC',sans-serif;fill:#1c1c1a}.bar{fill:#1c1c1a}"
    ".flow{fill:#1f4e79;fill-opacity:.35}.flow.imported{fill:#8a6d1f;fill-opacity:.5}</style>"
)


@dataclass(frozen=True)
class Bar:
    """Where a name stands, in the units of the drawing."""

    name: str
    x: float
    y: float
    high: float


@dataclass(frozen=True)
class Band:
    """A delivery between two bars: its two left and right upper ends, and its width."""

    delivery: Delivery
    left: tuple[float, float]
    right: tuple[float, float]
    width: float


@dataclass(frozen=True)
class Layout:
    """Bars and bands in one scale: `scale` units of the drawing stand for one unit of the flows."""

    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]
    scale: float


def layout(chain: Chain) -> Layout:
    """Place a chain: the width of every band and the height of every bar is its amount times one scale.

    Parameters
    ----------
    chain : Chain

    Returns
    -------
    Layout
        The bands that meet a bar lie within it and on no other.
    """
    size = {name: max(chain.taken(name), chain.given(name)) for name in chain.names}
    scale = min((HIGH - 2 * EDGE - GAP * (len(stage) - 1)) / sum(size[name] for name in stage) for stage in chain.stages)
    scale = max(scale, 1e-12)
    step = (WIDE - 2 * EDGE - BAR) / max(len(chain.stages) - 1, 1)
    bars: dict[str, Bar] = {}
    for place, stage in enumerate(chain.stages):
        y = EDGE
        for name in sorted(stage, key=lambda name: (-size[name], name)):
            bars[name] = Bar(name, EDGE + place * step, y, size[name] * scale)
            y += size[name] * scale + GAP
    out: dict[str, float] = defaultdict(float)
    into: dict[str, float] = defaultdict(float)
    bands = []
    for one in sorted(chain.deliveries, key=lambda one: (bars[one.giver].y, bars[one.taker].y, one.row)):
        giver, taker, width = bars[one.giver], bars[one.taker], one.amount * scale
        bands.append(Band(one, (giver.x + BAR, giver.y + out[one.giver]), (taker.x, taker.y + into[one.taker]), width))
        out[one.giver] += width
        into[one.taker] += width
    return Layout(tuple(bars.values()), tuple(bands), scale)


def chain_svg(chain: Chain, language: Language, *, alone: bool = False) -> str:
    """Draw a chain as SVG; `alone` gives it its own style, for a file."""
    placed = layout(chain)
    label = Message("industry.flows.label", year=chain.year, unit=chain.unit).text(language)
    space = ' xmlns="http://www.w3.org/2000/svg"' if alone else ""
    high = max(bar.y + bar.high for bar in placed.bars) + EDGE
    head = (
        f'<svg{space} class="plot sketch chain" viewBox="0 0 {WIDE:g} {high:.0f}" role="group" aria-label={quoteattr(label)}>'
    )
    bands = "".join(_band(one, chain, language) for one in placed.bands)
    bars = "".join(_bar(one, chain) for one in placed.bars)
    return f"{head}{_STYLE if alone else ''}{bands}{bars}</svg>"


def _band(one: Band, chain: Chain, language: Language) -> str:
    (x, y), (right, below) = one.left, one.right
    middle, wide = (x + right) / 2, one.width
    abroad = Message("industry.flows.imported").text(language) if one.delivery.imported else ""
    said = f"{one.delivery.giver} → {one.delivery.taker}: {one.delivery.amount:g} {chain.unit} {abroad}".strip()
    shape = (
        f"M{x:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} {below:.1f} {right:.1f} {below:.1f}v{wide:.2f}"
        f"C{middle:.1f} {below + wide:.1f} {middle:.1f} {y + wide:.1f} {x:.1f} {y + wide:.1f}z"
    )
    kind = "flow imported" if one.delivery.imported else "flow"
    return f'<path class="{kind}" d="{shape}" role="img" tabindex="0" aria-label={quoteattr(said)}><title>{escape(said)}</title></path>'


def _bar(one: Bar, chain: Chain) -> str:
    last = one.name in chain.stages[-1]
    x, anchor = (one.x - 5, "end") if last else (one.x + BAR + 5, "start")
    return (
        f'<rect class="bar" x="{one.x:.1f}" y="{one.y:.1f}" width="{BAR:g}" height="{max(one.high, 1):.2f}"/>'
        f'<text class="name" x="{x:.1f}" y="{one.y + one.high / 2 + 4:.1f}" text-anchor="{anchor}">{escape(one.name)}</text>'
    )
