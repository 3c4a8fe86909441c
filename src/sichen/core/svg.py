# SPDX-License-Identifier: Apache-2.0
"""A very small SVG writer: elements with presentation attributes, for a page that allows no inline style."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

FONT = 'system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif'


def _number(value: float | str) -> str:
    if isinstance(value, str):
        return value
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _attributes(values: dict[str, float | str]) -> str:
    return "".join(f" {name.rstrip('_').replace('_', '-')}={quoteattr(_number(value))}" for name, value in values.items())


@dataclass
class Drawing:
    """An SVG picture under construction; colours follow the page's ink, `currentColor`, where none is given.

    `notes` are attributes of the whole, for a page that draws on.
    """

    width: float
    height: float
    title: str
    description: str
    parts: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

    def add(self, tag: str, text: str | None = None, **attributes: float | str) -> None:
        """Add an element; ``stroke_width`` becomes ``stroke-width``, ``class_`` becomes ``class``."""
        body = "/>" if text is None else f">{escape(text)}</{tag}>"
        self.parts.append(f"<{tag}{_attributes(attributes)}{body}")

    def open(self, **attributes: float | str) -> None:
        """Begin a group."""
        self.parts.append(f"<g{_attributes(attributes)}>")

    def close(self) -> None:
        """End a group."""
        self.parts.append("</g>")

    def text(self) -> str:
        """Return the picture."""
        opening: dict[str, float | str] = {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_number(self.width)} {_number(self.height)}",
            "width": self.width,
            "height": self.height,
            "role": "img",
            "color": "#1c1c1a",
            "font-family": FONT,
            "font-size": 12.0,
            **self.notes,
        }
        head = "".join(f" {name}={quoteattr(_number(value))}" for name, value in opening.items())
        title = f"<title>{escape(self.title)}</title><desc>{escape(self.description)}</desc>"
        return f"<svg{head}>{title}{''.join(self.parts)}</svg>\n"
