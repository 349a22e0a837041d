"""A document as DOCX: our own layout, or an agency's own template filled with the same named values."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.shared import Mm, Pt, RGBColor
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from mdt.errors import BadFile
from mdt.exchange.documents import LABELS, clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from docx.document import Document
    from docx.table import Table as Grid
    from docx.table import _Cell as Cell
    from docx.text.paragraph import Paragraph

    from mdt.exchange.documents import Entry, Paper, Part, Table

DOCX_MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
GREY, RED = RGBColor(0x55, 0x55, 0x55), RGBColor(0x9B, 0x1C, 0x1C)
SMALL, IN_TABLE, NORMAL, READ = Pt(8), Pt(9), Pt(10), Pt(11)
TO_FILL = "_" * 40
MARGIN, WIDTH = Mm(20), Mm(175)  # of US letter, 216 millimetres wide
LABEL, SOURCE = 0.28, 0.22  # of the width


def to_docx(of: Paper, at: datetime) -> bytes:
    """The document in our own layout."""
    made = docx.Document()
    _properties(made, of, at)
    made.styles["Normal"].font.name, made.styles["Normal"].font.size = "Calibri", NORMAL
    made.styles["Normal"].paragraph_format.space_after = Pt(4)
    _on_each_page(made, of)
    made.add_heading(of.title, level=1)
    _say(made, of.law, size=SMALL, color=GREY)
    for line in of.stamp:
        _say(made, line, size=SMALL, color=RED)
    for part in of.parts:
        _add(made, part)
    for whose in of.signatures:
        _say(made, f"\n{TO_FILL}    {'_' * 20}\n{whose}    Date", size=SMALL)
    return _bytes(made)


def _properties(made: Document, of: Paper, at: datetime) -> None:
    about = made.core_properties
    about.title, about.subject, about.author, about.comments = of.name, of.number, "mdt", of.stamp[0]
    about.created = about.modified = at.replace(tzinfo=None)
    about.last_modified_by, about.keywords = "mdt", ""


def _on_each_page(made: Document, of: Paper) -> None:
    section = made.sections[0]
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN
    head = section.header.paragraphs[0]
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(head, of.stamp[0], size=SMALL, color=RED, bold=True)
    if of.watermark:
        below = section.header.add_paragraph()
        below.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(below, of.watermark, size=SMALL, color=GREY)
    _run(section.footer.paragraphs[0], of.foot, size=SMALL, color=GREY)


def _add(made: Document, part: Part) -> None:
    heading = made.add_heading(part.heading, level=3 if part.under else 2)
    heading.paragraph_format.page_break_before = part.starts_page
    if part.says:
        _say(made, part.says)
    for point in part.points:
        _run(made.add_paragraph(style="List Bullet"), point, size=READ)
    if part.entries:
        _entries(made, part.entries)
    lines = [*part.lines, *((label, "") for label in part.blanks)]
    if lines:
        _lines(made, lines)
    if part.table:
        _table(made, part.table)
    for label, text in part.texts:
        _label(made, label)
        _say(made, text)


def _lines(made: Document, lines: Sequence[tuple[str, str]]) -> None:
    for row, (label, value) in zip(_grid(made, len(lines), (LABEL, 1 - LABEL)), lines, strict=True):
        _fill(row[0], label, size=SMALL, color=GREY)
        _fill(row[1], value or TO_FILL)


def _entries(made: Document, entries: Sequence[Entry]) -> None:
    for row, entry in zip(_grid(made, len(entries), (LABEL, 1 - LABEL - SOURCE, SOURCE)), entries, strict=True):
        _fill(row[0], entry.label, size=SMALL, color=GREY)
        _fill(row[1], entry.value or "\n".join([TO_FILL] * entry.lines))
        _fill(row[2], entry.source if entry.value else "", size=SMALL, color=GREY)


def _table(made: Document, table: Table) -> None:
    rows = iter(_grid(made, len(table.rows) + 1, table.shares(), repeats=True))
    for cell, name in zip(next(rows), table.columns, strict=True):
        _fill(cell, name, size=SMALL, color=GREY, bold=True)
    for row, values in zip(rows, table.rows, strict=True):
        for cell, value in zip(row, values, strict=True):
            _fill(cell, value, size=IN_TABLE)


def _grid(made: Document, rows: int, shares: Sequence[float], *, repeats: bool = False) -> list[tuple[Cell, ...]]:
    """The cells of an empty table, row by row; `repeats`: its first row stands again on each page."""
    grid: Grid = made.add_table(rows=rows, cols=len(shares), style="Table Grid")
    grid.autofit = False
    if repeats:
        grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001  # there is no other way
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Mm(WIDTH.mm * share)
    cells = [row.cells for row in grid.rows]
    for row in cells:
        for cell, share in zip(row, shares, strict=True):
            cell.width = Mm(WIDTH.mm * share)
    return cells


def _fill(
    cell: Cell, text: str, *, size: Pt = NORMAL, color: RGBColor | None = None, bold: bool = False
) -> None:  # fmt: skip
    into = cell.paragraphs[0]
    into.paragraph_format.space_before = into.paragraph_format.space_after = Pt(1)
    _run(into, text, size=size, color=color, bold=bold)


def _label(made: Document, text: str) -> None:
    """The words above a text; they stay on its page."""
    above = made.add_paragraph()
    around = above.paragraph_format
    around.keep_with_next, around.space_before, around.space_after = True, Pt(5), Pt(0)
    _run(above, text, size=SMALL, color=GREY)


def _say(made: Document, text: str, *, size: Pt = NORMAL, color: RGBColor | None = None) -> None:
    _run(made.add_paragraph(), text, size=size, color=color)


def _run(
    into: Paragraph, text: str, *, size: Pt = NORMAL, color: RGBColor | None = None, bold: bool = False
) -> None:  # a run's text is text: what looks like markup or a field is written out
    run = into.add_run(text)
    run.font.size, run.bold = size, bold
    if color is not None:
        run.font.color.rgb = color


def _bytes(made: Document) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def filled(template: bytes, values: Mapping[str, str]) -> bytes:
    """An agency's own template with the named values put in. Raises `BadFile` if it cannot be filled.

    The template is trusted with nothing: it sees the values alone, as text.
    """
    known = {name: clean(values.get(name, "")) for name in LABELS}
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    out = io.BytesIO()
    try:
        made = DocxTemplate(io.BytesIO(template))
        made.render(known, jinja_env=environment, autoescape=True)
        made.save(out)
    except Exception:  # noqa: BLE001  # whatever zip, XML, Jinja and their own parts raise
        message = (
            "The agency's own template for this document cannot be filled; tell the administrator, and take the PDF meanwhile."
        )
        raise BadFile(message) from None
    return out.getvalue()
