"""The text of a file that somebody hands in as an update."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt.errors import BadFile
from mdt.exchange.texts import LARGEST, LONGEST, READS, UNPACKED, text_of


def docx_of(*paragraphs: str, cells: tuple[str, ...] = ()) -> bytes:
    made, out = docx.Document(), io.BytesIO()
    for text in paragraphs:
        made.add_paragraph(text)
    if cells:
        row = made.add_table(rows=1, cols=len(cells)).rows[0]
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    made.save(out)
    return out.getvalue()


def test_a_text_file_is_read_as_it_is_with_or_without_a_mark_in_front() -> None:
    for content in (b"Seen twice.\nAgain on Monday.", "\ufeffSeen twice.\r\nAgain on Monday.".encode()):
        assert text_of("Update.TXT", content) == "Seen twice.\nAgain on Monday."


def test_a_docx_gives_its_paragraphs_and_the_cells_of_its_tables() -> None:
    assert text_of("update.docx", docx_of("First.", "Second.", cells=("left", "right"))) == "First.\nSecond.\nleft · right"


@pytest.mark.parametrize("name", ["update.pdf", "update", "update.docm", "docx"])
def test_another_kind_of_file_is_refused_in_words(name: str) -> None:
    with pytest.raises(BadFile) as refused:
        text_of(name, b"text")
    assert str(refused.value) == READS


def test_a_file_that_is_too_large_is_refused_and_one_just_small_enough_is_not() -> None:
    with pytest.raises(BadFile):
        text_of("a.txt", b"x" * (LARGEST + 1))
    with pytest.raises(BadFile, match="longer than 50,000 characters"):
        text_of("a.txt", b"x" * (LONGEST + 1))
    assert len(text_of("a.txt", b"x" * LONGEST)) == LONGEST


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"0" * (UNPACKED + 1))
    with pytest.raises(BadFile) as refused:
        text_of("a.docx", out.getvalue())
    assert str(refused.value) == READS


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive"])
def test_what_is_no_docx_is_refused(content: bytes) -> None:
    with pytest.raises(BadFile, match="no DOCX that can be read"):
        text_of("a.docx", content)


def test_a_file_without_text_and_one_in_another_encoding_are_refused() -> None:
    with pytest.raises(BadFile, match="no text in this file"):
        text_of("a.txt", b" \n ")
    with pytest.raises(BadFile, match="save it as UTF-8"):
        text_of("a.txt", "é".encode("latin-1"))


@given(st.binary(max_size=300), st.sampled_from(["txt", "docx", "md"]))
def test_whatever_is_handed_in_is_read_or_refused(content: bytes, kind: str) -> None:
    try:
        text = text_of(f"a.{kind}", content)
    except BadFile:
        return
    assert text.strip()
