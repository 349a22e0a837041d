"""A document reads as it was meant in DOCX and PDF: the stamp on it, nothing typed more than text, no letter that crashes."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError
from pypdf import PdfReader

from mdt.errors import BadFile
from mdt.exchange.documents import BY_HAND, LABELS, UNKNOWN, Layout, Section, clean, layouts, paper
from mdt.exchange.docx_files import filled, to_docx
from mdt.exchange.pdf_files import BOX, LACKING, to_pdf
from mdt.fanout import KIND
from mdt.referral import LONGEST_NARRATIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

AT = datetime(2026, 3, 2, 14, tzinfo=UTC)
STAMP = {
    "confidential": "CONFIDENTIAL under § 17a-28",
    "authority": "§ 17a-28(g)(9)",
    "limits": "Limits: for this purpose alone.",
}
GIVEN = STAMP | {"case_number": "2026-00001", "child_name": "Child A", "made_by": "Worker A", "made_at": "2 Mar 2026"}
EVERY_KIND = pytest.mark.parametrize("kind", sorted(layouts()))


@cache
def of(kind: str = "police-notice", **values: str) -> tuple[bytes, bytes]:
    """The document as DOCX and as PDF."""
    made = paper(layouts()[kind], {**GIVEN, **values})
    return to_docx(made, AT), to_pdf(made, AT)


def words_of_docx(data: bytes) -> str:
    made = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    section = made.sections[0]
    ends = [p.text for part in (section.header, section.footer) for p in part.paragraphs]
    return "\n".join([*(p.text for p in made.paragraphs), *cells, *ends])


def words_of_pdf(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_every_telling_that_goes_to_somebody_outside_has_its_layout() -> None:
    assert set(layouts()) == set(KIND) - {"team"}  # the members are told without a document


@EVERY_KIND
def test_both_files_carry_the_stamp_with_its_authority_the_case_and_who_made_it(kind: str) -> None:
    for words in (words_of_docx(of(kind)[0]), words_of_pdf(of(kind)[1])):
        told = flat(words)
        for part in (*STAMP.values(), "2026-00001", "Worker A", "2 Mar 2026", layouts()[kind].title, layouts()[kind].law):
            assert flat(part) in told


def test_the_stamp_stands_on_each_page() -> None:
    made = of(narrative="It was told. " * 1000)
    pages = PdfReader(io.BytesIO(made[1])).pages
    assert len(pages) > 3
    assert all("CONFIDENTIAL under § 17a-28" in page.extract_text() for page in pages)
    assert "CONFIDENTIAL under § 17a-28" in docx.Document(io.BytesIO(made[0])).sections[0].header.paragraphs[0].text


@EVERY_KIND
def test_what_is_unknown_is_said_to_be_not_known(kind: str) -> None:
    nothing = paper(layouts()[kind], {})
    known = {label: value for part in nothing.parts for label, value in (*part.lines, *part.texts)}
    assert {known.pop(LABELS[name], "") for name in BY_HAND} == {""}  # to be filled in by hand
    assert set(known.values()) == {UNKNOWN}


@pytest.mark.parametrize("kind", ["parents-notice", "parents-substantiation-notice"])
def test_the_notice_to_parents_holds_what_the_law_wants_and_no_more(kind: str) -> None:
    given_ = {name: f"value-{name}" for name in LABELS}
    told = flat(words_of_docx(of(kind, **given_)[0]))
    wanted = (
        "value-alleged", "child care", "emergency shelter", "Office of Victim Services", "Restraining orders",
        "remove the child from the custody", "English", "certified mail",
    )  # fmt: skip
    assert [one for one in wanted if one not in told] == []
    for kept in ("narrative", "suspected", "parents", "child_citizenship", "contact", "incident_town", "prior_cases"):
        assert f"value-{kept}" not in told


NAMES = ("Наталья", "Ελένη", "Nguyễn Thị Ánh", "Siobhán Ó Súilleabháin", "مريم", "שלום")


def test_names_in_other_alphabets_stand_in_both() -> None:
    made = of(child_name="Child A", narrative="\n".join(NAMES))
    kept, shown = words_of_docx(made[0]), words_of_pdf(made[1])
    assert [name for name in NAMES if name not in kept] == []
    assert [name for name in NAMES[:4] if name not in shown] == []  # in the others the letters are joined, or stand reversed
    assert BOX not in shown


LACKED = ("李小龍", "प्रिया", "🦋 Child", "𠮷")


def test_a_letter_that_the_pdf_cannot_show_is_a_box_and_says_so_and_the_docx_keeps_it() -> None:
    made = of(narrative="\n".join(LACKED))
    kept, shown = words_of_docx(made[0]), flat(words_of_pdf(made[1]))
    assert [name for name in LACKED if name not in kept] == []
    assert shown.count(BOX) > len(LACKED)
    assert LACKING in shown


TYPED = (
    "<b>bold</b> & <script>alert(1)</script>", "{{ case_number }} {% for x in y %}", "{nb} {page}", "**bo** __ld__ --er--",
    '=HYPERLINK("http://example.org")', "{ PAGE } { INCLUDETEXT file }", "]]> <!-- x -->", "a\x00b\x07c\x1fd", "&amp; &#65;",
)  # fmt: skip


def test_what_is_typed_stays_the_text_that_it_is() -> None:
    made = of(child_name=" ".join(TYPED), narrative="\n".join(TYPED))
    kept, shown = words_of_docx(made[0]), flat(words_of_pdf(made[1]))
    assert {kept.count(clean(typed)) for typed in TYPED} == {2}
    assert {shown.count(flat(clean(typed))) for typed in TYPED} == {2}


def test_the_docx_has_no_field_no_link_and_no_macro() -> None:
    with zipfile.ZipFile(io.BytesIO(of(child_name="{ PAGE }", narrative='=HYPERLINK("http://example.org")')[0])) as archive:
        body = archive.read("word/document.xml").decode()
        assert [name for name in archive.namelist() if "vba" in name.casefold()] == []
    assert [tag for tag in ("w:fldChar", "w:fldSimple", "w:instrText", "w:hyperlink") if tag in body] == []


def test_signs_that_nobody_sees_are_left_out_and_line_breaks_stay() -> None:
    assert clean("a\u202eb\x00\ufeff\ud800c\r\nd\re\ufffe") == "abc\nd\ne"
    assert clean("  \u200c ") == "\u200c"


@settings(deadline=None)
@given(st.text())
def test_every_text_once_cleaned_is_one_that_a_document_holds(text: str) -> None:
    element = etree.Element("text")
    element.text = clean(text)
    assert etree.fromstring(etree.tostring(element)).text == (clean(text) or None)
    assert clean(clean(text)) == clean(text)


def test_no_letter_whatever_breaks_a_document() -> None:
    every = "".join(map(chr, [*range(0x3000), *range(0xD700, 0x10000, 3), *range(0x1F300, 0x1F700), 0xE0001, 0x10FFFF]))
    made = of(child_name=every[:200], narrative=every)
    assert clean(every)[-200:] in words_of_docx(made[0])
    assert LACKING in flat(words_of_pdf(made[1]))


def test_the_longest_narrative_is_there_to_its_last_word() -> None:
    long = ("It was told so. " * LONGEST_NARRATIVE)[: LONGEST_NARRATIVE - 10] + " the end."
    made = of(narrative=long)
    assert "the end." in words_of_docx(made[0])
    assert "the end." in flat(words_of_pdf(made[1]))


def test_a_word_without_a_break_goes_over_as_many_lines_as_it_takes() -> None:
    assert flat(words_of_pdf(of(child_name="W" * 300, narrative="x" * 9_000)[1])).replace(" ", "").count("x" * 50) > 50


@EVERY_KIND
def test_the_files_own_properties_name_nobody(kind: str) -> None:
    about = docx.Document(io.BytesIO(of(kind)[0])).core_properties
    told = " ".join(
        map(str, (about.title, about.subject, about.author, about.comments, about.keywords, about.last_modified_by))
    )
    both = told + str(PdfReader(io.BytesIO(of(kind)[1])).metadata)
    assert [name for name in ("Child A", "Worker A", "python-docx") if name in both] == []


# An agency's own template. ---------------------------------------------------------------------------------------------------


def template(*lines: str) -> bytes:
    made = docx.Document()
    for line in lines:
        made.add_paragraph(line)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def into(values: Mapping[str, str], *lines: str) -> str:
    return words_of_docx(filled(template(*lines), values))


def test_an_agencys_own_template_is_filled_with_the_same_values() -> None:
    assert "Unit form: Child A, case 2026-00001." in into(GIVEN, "Unit form: {{ child_name }}, case {{ case_number }}.")


def test_what_is_typed_stays_text_in_a_template_too() -> None:
    for typed in TYPED:
        assert f"Name: {clean(typed)}." in into({"child_name": typed}, "Name: {{ child_name }}.")


def test_a_text_of_several_lines_keeps_them() -> None:
    assert "one\ntwo" in into({"narrative": "one\ntwo"}, "{{ narrative }}")


@pytest.mark.parametrize(
    "broken",
    [
        b"no zip at all", template("{{ child_name "), template("{% for x in %}"), template("{{ no_such_value }}"),
        template("{{ ''.__class__.__mro__[1].__subclasses__() }}"), template("{{ child_name.__init__.__globals__ }}"),
        template("{% include 'other' %}"), template("{{ 1 / 0 }}"),
    ],
    ids=range(8),
)  # fmt: skip
def test_a_template_that_cannot_be_filled_is_one_sentence(broken: bytes) -> None:
    with pytest.raises(BadFile, match="The agency's own template for this document cannot be filled"):
        filled(broken, GIVEN)


def test_a_layout_that_names_an_unknown_value_is_refused() -> None:
    with pytest.raises(ValidationError, match="there is no value called reporter_name"):
        Section(heading="x", values=("reporter_name",))
    with pytest.raises(ValidationError):
        Layout.model_validate({"title": "x"})


def test_no_value_tells_who_reported() -> None:
    assert [name for name in LABELS if "reporter" in name or name == "how_known"] == []


def test_the_xml_of_every_kind_is_well_formed() -> None:
    for kind in layouts():
        with zipfile.ZipFile(io.BytesIO(of(kind)[0])) as archive:
            assert [etree.fromstring(archive.read(name)).tag for name in archive.namelist() if name.endswith(".xml")]
