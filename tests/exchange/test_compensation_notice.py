"""The notice of § 17a-106i: four languages that say the same, figures of the law of the day, letters that can be drawn."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from string import Formatter

import docx
import pytest
from pypdf import PdfReader

from mdt.errors import NoRuleInForce, NotPossible
from mdt.exchange.compensation_notice import AMOUNTS, Reach, Text, figures, in_language, notice, script, texts
from mdt.exchange.docx_files import to_docx
from mdt.exchange.pdf_files import LACKING, letters, to_pdf
from mdt.law.rulebook import Rulebook, load

LANGUAGES = ("English", "Spanish", "Portuguese", "Polish")
REACH = Reach("203-555-0100", "compensation@example.org")
TODAY, NOW = date(2026, 3, 2), datetime(2026, 3, 2, 15, tzinfo=UTC)


def lines_of(text: Text) -> list[str]:
    return [*(line.text for line in text.say), *(line.text for one in text.sections for line in one.lines), text.foot]


def names_in(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def in_pdf(language: str, on: date = TODAY) -> str:
    pages = PdfReader(io.BytesIO(to_pdf(notice(language, on, REACH), NOW))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_there_is_a_notice_in_the_four_languages() -> None:
    assert set(texts()) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_the_same_in_the_same_order(language: str) -> None:
    english, other = in_language("English"), in_language(language)
    assert [names_in(line) for line in lines_of(other)] == [names_in(line) for line in lines_of(english)]
    spans = [[(line.since, line.until) for line in one.lines] for one in english.sections]
    assert [[(line.since, line.until) for line in one.lines] for one in other.sections] == spans
    assert len(other.months) == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_figure_is_typed_into_a_text(language: str) -> None:
    """All numbers but sections, and the ages that the paper explains, come from the rules."""
    for line in lines_of(in_language(language)):
        bare = re.sub(r"§§? ?[\d a-z-]+", "", line)
        assert set(re.findall(r"\d+", bare)) <= {"18"}, line
        assert "$" not in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paper_says_all_that_the_section_asks(language: str) -> None:
    said = in_pdf(language)
    for part in ("$15,000", "$5,000", "$25,000", "203-555-0100", "compensation@example.org", "54-201", "17a-106i", "DCF"):
        assert part in said
    aloud = " ".join(script(language, TODAY, REACH))
    for part in ("$15,000", "$5,000", "$25,000", "203-555-0100", "OVS", "18"):
        assert part in aloud


def test_the_amounts_are_those_of_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    book = load()
    raised = {
        key: one.model_copy(update={"versions": tuple(v.model_copy(update={"dollars": v.dollars + 1}) for v in one.versions)})
        for key, one in book.amounts.items()
    }
    monkeypatch.setattr(
        "mdt.exchange.compensation_notice.load", lambda: Rulebook(book.rules, book.standards, book.titles, raised)
    )
    named = figures(in_language("English"), TODAY, REACH)
    assert [named[name] for name in AMOUNTS] == ["$15,001", "$5,001", "$5,001", "$25,001"]


@pytest.mark.parametrize(
    ("language", "two", "three"),
    [
        ("English", "within 2 years", "within 3 years"),
        ("Spanish", "dentro de 2 años", "dentro de 3 años"),
        ("Portuguese", "dentro de 2 anos", "dentro de 3 anos"),
        ("Polish", "w ciągu 2 lat", "w ciągu 3 lat"),
    ],
)
def test_the_years_are_those_in_force_on_the_day(language: str, two: str, three: str) -> None:
    before, after = in_pdf(language, date(2024, 6, 30)), in_pdf(language, date(2024, 7, 1))
    assert two in before
    assert three not in before
    assert three in after
    assert "2024" in after.replace(in_language(language).day(date(2024, 7, 1)), "2024")


def test_security_measures_are_told_of_from_july_2024() -> None:
    assert "like locks" not in in_pdf("English", date(2024, 6, 30))
    assert "like locks" in in_pdf("English", date(2024, 7, 1))
    assert "hurt before July 1, 2024? Then the time may be shorter: 2 years" in in_pdf("English", date(2024, 7, 1))
    assert "hurt before" not in in_pdf("English", date(2024, 6, 30))


def test_there_is_no_notice_before_the_duty_began() -> None:
    with pytest.raises(NoRuleInForce, match="17a-106i"):
        notice("English", date(2022, 9, 30), REACH)
    assert notice("English", date(2022, 10, 1), REACH).title


def test_another_language_is_told_what_to_do() -> None:
    with pytest.raises(NotPossible, match=r"through an interpreter.*§ 17a-106i"):
        notice("Haitian Creole", TODAY, REACH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_can_be_drawn(language: str) -> None:
    text = in_language(language)
    drawn = "".join([*lines_of(text), text.title, text.head, text.says_law, *text.months])
    assert {c for c in drawn if ord(c) not in letters()} == set()
    assert LACKING[2:] not in in_pdf(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_file_holds_the_same_sentences(language: str) -> None:
    paper = notice(language, TODAY, REACH)
    made = docx.Document(io.BytesIO(to_docx(paper, NOW)))
    held = {paragraph.text for paragraph in made.paragraphs}
    assert {point for part in paper.parts for point in part.points} <= held


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_says_its_language_and_names_nobody(language: str) -> None:
    paper = notice(language, TODAY, REACH)
    reader = PdfReader(io.BytesIO(to_pdf(paper, NOW)))
    assert reader.root_object["/Lang"] == in_language(language).lang
    assert paper.number == ""
    assert len(reader.pages) <= 2


def words_a_sentence(text: str) -> float:
    sentences = [one for one in re.split(r"[.?!:]\s", text) if one.strip()]
    return sum(len(one.split()) for one in sentences) / len(sentences)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_are_short(language: str) -> None:
    assert words_a_sentence(" ".join(script(language, TODAY, REACH))) <= 14


def test_the_english_is_read_at_about_the_sixth_grade() -> None:
    """Flesch-Kincaid, syllables counted by groups of vowels."""
    points = [point for part in notice("English", TODAY, REACH).parts for point in part.points]
    said = " ".join([*script("English", TODAY, REACH), *points])
    found = re.findall(r"[A-Za-z']+", said)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", one.lower())))) for one in found)
    grade = 0.39 * words_a_sentence(said) + 11.8 * syllables / len(found) - 15.59
    assert grade < 7
