# SPDX-License-Identifier: Apache-2.0
"""Word documents: headings, sentences and tables, written as the few parts that the format needs."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from sichen.core import Language
from sichen.industry.report import Cell, Section

_SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="word/document.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the archive is the same whenever it is written
_BORDERS = "".join(f'<w:{side} w:val="single" w:sz="4" w:color="BBBBBB"/>' for side in ("top", "bottom", "insideH"))


def word_document(title: str, sections: Sequence[Section], language: Language) -> bytes:
    """Return a document of Word.

    Parameters
    ----------
    title : str
    sections : sequence of Section
    language : {"en", "zh"}

    Returns
    -------
    bytes
        The same for the same contents.
    """
    tongue = "zh-CN" if language == "zh" else "en-GB"
    body = _paragraph(title, tongue, size=36, bold=True) + "".join(_section(one, tongue) for one in sections)
    page = '<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="900" w:right="900" w:bottom="900" w:left="900"/></w:sectPr>'
    text = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="{_SPACE}"><w:body>{body}{page}</w:body></w:document>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in (("[Content_Types].xml", _TYPES), ("_rels/.rels", _RELATIONS), ("word/document.xml", text)):
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _section(section: Section, tongue: str) -> str:
    says = "".join(_paragraph(sentence, tongue) for sentence in section.says)
    return _paragraph(section.title, tongue, size=28, bold=True) + says + (_table(section, tongue) if section.rows else "")


def _table(section: Section, tongue: str) -> str:
    head = _row((_paragraph(name, tongue, size=18, bold=True) for name in section.head), header=True)
    rows = "".join(_row(_paragraph(_text(cell), tongue, size=18) for cell in row) for row in section.rows)
    grid = "<w:gridCol/>" * len(section.head)
    properties = f'<w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{_BORDERS}</w:tblBorders></w:tblPr>'
    return f"<w:tbl>{properties}<w:tblGrid>{grid}</w:tblGrid>{head}{rows}</w:tbl>" + _paragraph("", tongue)


def _row(cells: Iterable[str], *, header: bool = False) -> str:
    properties = "<w:trPr><w:tblHeader/></w:trPr>" if header else ""
    return f"<w:tr>{properties}{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"


def _text(cell: Cell) -> str:
    """Return a cell with what its links are called; a page is written out, for paper has no links."""
    links = (to if to.startswith("http") else name for name, to in cell.links)
    return " ".join(part for part in (cell.text, *links) if part)


def _paragraph(text: str, tongue: str, *, size: int = 21, bold: bool = False) -> str:
    weight = "<w:b/>" if bold else ""
    fonts = '<w:rFonts w:eastAsia="Microsoft YaHei"/>'
    style = f'<w:rPr>{fonts}{weight}<w:sz w:val="{size}"/><w:lang w:val="en-GB" w:eastAsia="{tongue}"/></w:rPr>'
    clean = "".join(letter for letter in text if letter >= " " or letter in "\t\n")
    return f'<w:p><w:r>{style}<w:t xml:space="preserve">{escape(clean)}</w:t></w:r></w:p>'
