"""A document as DOCX: our own layout, or an agency's own template filled with the same named values."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt, RGBColor
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from mdt.errors import BadFile
from mdt.exchange.documents import LABELS, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from docx.document import Document
    from docx.text.paragraph import Paragraph

    from mdt.exchange.documents import Paper, Part

DOCX_MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
GREY, RED = RGBColor(0x55, 0x55, 0x55), RGBColor(0x9B, 0x1C, 0x1C)
SMALL, NORMAL = Pt(8), Pt(10)
TO_FILL = "_" * 40


def to_docx(of: Paper, at: datetime) -> bytes:
    """The document in our own layout."""
    made = docx.Document()
    _properties(made, of, at)
    made.styles["Normal"].font.size = NORMAL
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
    about.title, about.subject, about.author, about.comments = of.title, of.number, "mdt", of.stamp[0]
    about.created = about.modified = at.replace(tzinfo=None)
    about.last_modified_by, about.keywords = "mdt", ""


def _on_each_page(made: Document, of: Paper) -> None:
    section = made.sections[0]
    head = section.header.paragraphs[0]
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(head, of.stamp[0], size=SMALL, color=RED, bold=True)
    _run(section.footer.paragraphs[0], of.foot, size=SMALL, color=GREY)


def _add(made: Document, part: Part) -> None:
    made.add_heading(part.heading, level=2)
    if part.says:
        _say(made, part.says)
    lines = [*part.lines, *((label, "") for label in part.blanks)]
    if part.lines or part.blanks:
        _table(made, lines)
    for label, text in part.texts:
        _say(made, label, size=SMALL, color=GREY)
        _say(made, text)


def _table(made: Document, lines: Iterable[tuple[str, str]]) -> None:
    table = made.add_table(rows=0, cols=2, style="Table Grid")
    for label, value in lines:
        left, right = table.add_row().cells
        _run(left.paragraphs[0], label, size=SMALL, color=GREY)
        _run(right.paragraphs[0], value or TO_FILL)


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
