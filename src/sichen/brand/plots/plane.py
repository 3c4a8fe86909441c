# SPDX-License-Identifier: Apache-2.0
"""Brands and attributes in one plane: each brand with the ellipse of what the sample leaves open, attributes as arrows."""

import math

import numpy as np

from sichen.brand.consumer.maps import PerceptualMap
from sichen.core import Drawing

SIZE, ROOM, FONT = 440.0, 40.0, 13.0
NEAR_X, NEAR_Y = 48.0, 13.0
"""Names nearer than this in both directions would cover each other."""


def plane_svg(found: PerceptualMap, *, title: str) -> str:
    """Draw a perceptual map; both axes have one scale, so that distances may be compared.

    Parameters
    ----------
    found : PerceptualMap
    title : str
        What a screen reader says.
    """
    # Attributes are shown as directions: drawn in to the reach of the brands.
    sizes = [float(np.abs(place).max()) + one.major for place, one in zip(found.brand_places, found.ellipses, strict=True)]
    reach = max(*sizes, 1e-9)
    longest = float(np.hypot(*found.attribute_places.T).max())
    arrows = found.attribute_places * (reach / longest)
    unit = (SIZE / 2 - ROOM) / reach
    drawing = Drawing(SIZE, SIZE, title, "; ".join((*found.brands, *found.attributes)))
    drawing.notes["class"] = "plane-plot"
    middle = SIZE / 2
    for x1, y1, x2, y2 in ((0.0, middle, SIZE, middle), (middle, 0.0, middle, SIZE)):
        drawing.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke="currentColor", stroke_opacity=0.25)
    for number, share in enumerate(found.explained):
        label = f"{100 * share:.0f} %"
        place: dict[str, float | str] = (
            {"x": SIZE - 2, "y": middle - 5, "text_anchor": "end"} if number == 0 else {"x": middle + 5, "y": 12.0}
        )
        drawing.add("text", label, font_size=FONT - 2, fill="currentColor", fill_opacity=0.75, **place)
    for name, (x, y), one in zip(found.brands, found.brand_places, found.ellipses, strict=True):
        left, top = middle + unit * x, middle - unit * y
        turn = f"rotate({-math.degrees(one.angle):.2f} {left:.2f} {top:.2f})"
        drawing.open(class_="row")
        drawing.add("ellipse", class_="region", cx=left, cy=top, rx=unit * one.major, ry=unit * one.minor, transform=turn,
                    fill="#1f4e79", fill_opacity=0.12, stroke="#1f4e79")  # fmt: skip
        drawing.add("circle", class_="value", cx=left, cy=top, r=3.5, fill="#1f4e79")
        drawing.add(
            "text", name, x=left, y=top - 8, text_anchor=_anchor(left), font_size=FONT, font_weight=600, fill="currentColor"
        )
        drawing.close()
    taken = [(middle + unit * x, middle - unit * y + dy) for x, y in found.brand_places for dy in (-8, 0)]
    for name, (x, y) in zip(found.attributes, arrows, strict=True):
        _attribute(drawing, name, middle + unit * x, middle - unit * y, taken)
    return drawing.text()


def _attribute(drawing: Drawing, name: str, left: float, top: float, taken: list[tuple[float, float]]) -> None:
    """Draw an attribute; its name takes the first place where it covers no other."""
    middle = SIZE / 2
    places = (14, 28, -4, -18, 42) if top > middle else (-4, -18, 14, 28, -32)
    shift = next(
        (one for one in places if all(abs(left - x) > NEAR_X or abs(top + one - y) > NEAR_Y for x, y in taken)), places[0]
    )
    taken.append((left, top + shift))
    drawing.open(class_="attribute")
    drawing.add("line", x1=middle, y1=middle, x2=left, y2=top, stroke="#8a6d1f", stroke_opacity=0.7)
    drawing.add("text", name, x=left, y=top + shift, text_anchor=_anchor(left), font_size=FONT - 1, font_style="italic",
                fill="currentColor")  # fmt: skip
    drawing.close()


def _anchor(left: float) -> str:
    return "start" if left < SIZE / 4 else "end" if left > 3 * SIZE / 4 else "middle"
