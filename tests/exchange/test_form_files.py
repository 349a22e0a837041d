"""The agency's own form: fields read and filled, whatever could do something by itself taken out, a broken one refused."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter

from mdt.errors import BadFile
from mdt.exchange import form_files
from mdt.exchange.form_files import fields, filled, sanitised, with_cover
from mdt.exchange.pdf_files import stamped
from tests.fillable import form, values


def test_the_fields_are_read_with_their_kinds() -> None:
    assert fields(form()) == {"Victim name": "text", "Date": "text", "Minor": "box"}


def test_the_values_stand_in_the_fields_and_the_others_stay_open() -> None:
    made = filled(form(), {"Victim name": "Zażółć A", "Minor": "yes", "No such field": "x"})
    assert values(made) == {"Victim name": "Zażółć A", "Date": "", "Minor": "/Ticked"}


def test_a_field_is_filled_by_its_whole_name_and_another_with_the_same_last_part_stays_open() -> None:
    named = form(names=("Name", "Attorney.Name"))
    assert fields(named) == {"Name": "text", "Attorney": "text", "Attorney.Name": "text"} or "Attorney.Name" in fields(named)
    assert _texts(filled(named, {"Name": "Child A"})) == {"Name": "Child A", "Attorney.Name": ""}
    assert _texts(filled(named, {"Attorney.Name": "Attorney G"})) == {"Name": "", "Attorney.Name": "Attorney G"}
    both = filled(named, {"Name": "Child A", "Attorney.Name": "Attorney G"})
    assert _texts(both) == {"Name": "Child A", "Attorney.Name": "Attorney G"}


def _texts(content: bytes) -> dict[str, str]:
    return {of: value for of, value in values(content).items() if of.endswith("Name")}


def test_nothing_that_does_something_by_itself_is_kept() -> None:
    dirty = form(scripts=True)
    for sign in (b"/JavaScript", b"/Launch", b"/OpenAction", b"/XFA", b"/EmbeddedFile"):
        assert sign in dirty
    clean = sanitised(dirty)
    whole = b"".join(_everything(clean))
    for sign in (b"JavaScript", b"Launch", b"OpenAction", b"XFA", b"EmbeddedFile", b"calc.exe", b"app."):
        assert sign not in whole
    assert fields(clean) == fields(dirty)


def _everything(content: bytes) -> list[bytes]:
    """The file, and each object that a reader reaches from its root, written out."""
    reader, found, seen = PdfReader(io.BytesIO(content)), [], set()
    left = [reader.trailer["/Root"]]
    while left:
        one = left.pop().get_object()
        if id(one) in seen or not isinstance(one, dict | list):
            continue
        seen.add(id(one))
        found.append(repr(one).encode())
        left += list(one.values()) if isinstance(one, dict) else list(one)
    return found


@pytest.mark.parametrize(
    "content",
    [b"", b"no pdf", b"%PDF-1.7\n", form()[:400], form().replace(b"/Pages", b"/Pagez"), b"%PDF-1.7\n" + b"\x00" * 500],
)
def test_a_broken_file_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(BadFile, match=r"^This (is no )?PDF"):
        fields(content)


@pytest.mark.parametrize("cut", range(50, 1200, 97))
def test_a_file_cut_short_anywhere_is_refused_or_read(cut: int) -> None:
    try:
        assert sanitised(form()[:cut])
    except BadFile as refusal:
        assert "again" in str(refusal)  # noqa: PT017  # either is right


def test_a_file_without_fields_too_large_or_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadFile, match="no fields"):
        fields(form(without_fields=True))
    with pytest.raises(BadFile, match="40 pages"):
        fields(form(pages=41))
    assert fields(form(pages=40))
    monkeypatch.setattr(form_files, "MOST_FIELDS", 2)
    with pytest.raises(BadFile, match="2 fields"):
        fields(form())
    monkeypatch.setattr(form_files, "LARGEST", 10)
    with pytest.raises(BadFile, match="larger"):
        fields(form())


def test_a_file_that_holds_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_files, "MOST_OBJECTS", 3)
    with pytest.raises(BadFile, match="too much"):
        sanitised(form())


def test_a_locked_file_is_refused() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(form())))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(BadFile, match="password"):
        fields(out.getvalue())


def test_the_stamp_lies_on_each_page_behind_the_cover() -> None:
    made = PdfReader(io.BytesIO(with_cover(filled(form(pages=2), {}), stamped("The cover", 612, 792), "CONFIDENTIAL § 17a-28")))
    texts = [page.extract_text() for page in made.pages]
    assert "The cover" in texts[0]
    assert [("CONFIDENTIAL" in text) for text in texts] == [False, True, True]
