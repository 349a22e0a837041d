"""The text of a file that somebody would else type again: plain text, or a DOCX. Read in memory and kept nowhere."""

from __future__ import annotations

import io
from pathlib import PurePath
from typing import TYPE_CHECKING
from zipfile import ZipFile

import docx

from mdt.errors import BadFile
from mdt.exchange.documents import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docx.document import Document

KINDS = ("txt", "md", "docx")
LARGEST, UNPACKED = 2 * 2**20, 20 * 2**20  # bytes of a file, and of what its archive holds
LONGEST = 50_000  # characters
READS = "An update is taken from a text file or a DOCX of at most two megabytes; else type it."


def text_of(name: str, content: bytes) -> str:
    """The text of the file. Raises `BadFile` for another kind, one that is too large or cannot be read, or one without text."""
    kind = PurePath(name).suffix.removeprefix(".").casefold()
    if kind not in KINDS or len(content) > LARGEST:
        raise BadFile(READS)
    text = clean(_of_docx(content) if kind == "docx" else _of_text(content))
    if not text:
        raise BadFile("There is no text in this file.")
    if len(text) > LONGEST:
        raise BadFile(f"The text is longer than {LONGEST:,} characters; shorten it first.")
    return text


def _of_text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("The file cannot be read as text; save it as UTF-8.") from None


def _of_docx(content: bytes) -> str:
    try:
        with ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(one.file_size for one in packed.infolist())
        found = docx.Document(io.BytesIO(content)) if unpacked <= UNPACKED else None
    except Exception:  # noqa: BLE001  # whatever zip, XML and their own parts raise
        raise BadFile("The file is no DOCX that can be read; save it again, or type the update.") from None
    if found is None:
        raise BadFile(READS)
    return "\n".join(_lines(found))


def _lines(found: Document) -> Iterator[str]:
    """Its paragraphs, then the cells of its tables, row by row."""
    yield from (paragraph.text for paragraph in found.paragraphs)
    for table in found.tables:
        yield from (" · ".join(cell.text for cell in row.cells) for row in table.rows)
