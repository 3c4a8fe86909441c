# SPDX-License-Identifier: Apache-2.0
"""Write formulas as MathML while building, because Sphinx would otherwise load a script from elsewhere."""

from typing import Any

from latex2mathml.converter import convert


def inline(writer: Any, node: Any) -> None:  # noqa: ANN401 - the types of docutils
    """Write a formula within a line."""
    writer.body.append(convert(node.astext()))


def block(writer: Any, node: Any) -> None:  # noqa: ANN401
    """Write a formula on a line of its own."""
    writer.body.append(f"<p>{convert(node.astext(), display='block')}</p>")


def visit_inline(writer: Any, node: Any) -> None:  # noqa: ANN401
    """Visit an inline formula and skip its text."""
    from docutils.nodes import SkipNode

    inline(writer, node)
    raise SkipNode


def visit_block(writer: Any, node: Any) -> None:  # noqa: ANN401
    """Visit a displayed formula and skip its text."""
    from docutils.nodes import SkipNode

    block(writer, node)
    raise SkipNode


def setup(app: Any) -> dict[str, bool]:  # noqa: ANN401
    """Tell Sphinx about the renderer."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
