"""The panel of the instrument, and the dates behind a button: drawn for DCF's own people, saved once, logged when read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard import session
from mdt import instruments, settings
from mdt.board.screening import last_answers, scores
from mdt.facts import Fact
from mdt.records.tables import ACCESS_LOG
from tests.test_instruments import lay

from .conftest import fine, shown

if TYPE_CHECKING:
    from mdt.board.screening import Scored

    from .conftest import Office

NAME_READS = ("name read", "narrative read")
(EXAMPLE,) = instruments.shelf().instruments
PART_WAY, WHOLE = "Save as far as it is", "Save"


def the_case() -> None:
    """A page with nothing but what is tested."""
    import streamlit as st  # noqa: PLC0415  # the page is a script of its own

    from dashboard import instrument, minor, session  # noqa: PLC0415
    from mdt.board.case import case_view  # noqa: PLC0415

    view = case_view(session.store(), session.viewer(), st.session_state["case"], session.now())
    st.caption(session.said(view.card.id))
    minor.minor_strip(view)
    instrument.panel(view)


@pytest.fixture
def page(office: Office, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The first case, whose report waits to be screened, as an intake worker sees it, the lid open."""
    office.record("intake worker", office.cases[0], "classify_report", "classified", classification="other")
    return opened(office, monkeypatch, "intake worker")


def opened(office: Office, monkeypatch: pytest.MonkeyPatch, role: str) -> AppTest:
    monkeypatch.setattr(session, "viewer", lambda: office.people[role])
    page = AppTest.from_function(the_case, default_timeout=30)
    page.session_state["case"] = office.cases[0]
    page.session_state[f"instrument-{office.cases[0]}"] = True
    return fine(page.run())


def answer(page: AppTest, item: str, said: str) -> None:
    (radio,) = [r for r in page.radio if r.key.endswith(f"-answer-{item}")]
    fine(radio.set_value(said).run())


def press(page: AppTest, label: str) -> None:
    (button,) = [b for b in page.button if b.label == label]
    fine(button.click().run())


def scored(office: Office) -> tuple[Scored, ...]:
    return scores(office.store, office.people["intake worker"], office.cases[0], datetime.now(UTC))


def reads(office: Office) -> list[str]:
    with office.store.read() as connection:
        rows = select(ACCESS_LOG.c.act).where(ACCESS_LOG.c.act.in_(NAME_READS)).order_by(ACCESS_LOG.c.n)
        return list(connection.execute(rows).scalars())


def test_every_item_is_a_row_whose_answer_is_unknown_at_first(page: AppTest, office: Office) -> None:
    rows = [r for r in page.radio if "-answer-" in r.key]
    assert [r.label for r in rows] == [item.text["en"] for item in EXAMPLE.items]
    assert {r.value for r in rows} == {"unknown"}
    assert rows[0].options == ["unknown", "yes", "no"]
    assert "Band now: low, at most high: 14 unknown" in shown(page)
    assert "Not scored before." in shown(page)
    assert reads(office) == []


def test_the_band_follows_each_answer(page: AppTest) -> None:
    answer(page, "sex-for-value", "yes")
    answer(page, "threats", "yes")
    assert "Band now: high: 12 unknown" in shown(page)
    assert "Strong signs" in shown(page)


def test_what_nobody_answered_cannot_be_saved_part_way(page: AppTest) -> None:
    (button,) = [b for b in page.button if b.label == PART_WAY]
    assert button.disabled


def test_saving_part_way_and_whole_adds_a_score_each(page: AppTest, office: Office) -> None:
    answer(page, "threats", "yes")
    press(page, PART_WAY)
    assert "Recorded: screening scored." in shown(page)
    (first,) = scored(office)
    assert (first.data["points"], first.data["unknown"], first.data["complete"]) == (4, 13, False)
    answer(page, "work-not-free", "yes")
    press(page, WHOLE)
    latest, first = scored(office)
    # the form went on from what had been saved
    assert (latest.data["points"], latest.data["unknown"], latest.data["complete"]) == (9, 12, True)
    assert first.data["complete"] is False
    assert "Scored so far: 2" in shown(page)
    assert "saved part-way" in shown(page)


def test_a_form_that_is_sent_twice_is_one_score(page: AppTest, office: Office) -> None:
    answer(page, "threats", "yes")
    (button,) = [b for b in page.button if b.label == WHOLE]
    command = button.key.partition(".")[0]
    press(page, WHOLE)
    held = page.session_state["drafts"]
    (of,) = held
    held[of].command = command
    page.session_state[f"{command}-answer-threats"] = "yes"
    fine(page.run())
    press(page, WHOLE)
    assert len(scored(office)) == 1
    assert "This was recorded already; nothing was added." in shown(page)


def test_evidence_is_kept_with_its_answer_and_read_back_on_request_alone(page: AppTest, office: Office) -> None:
    answer(page, "threats", "yes")
    for name, text in (("what", "The child said so"), ("source", "The child")):
        (line,) = [t for t in page.text_input if t.key.endswith(f"-{name}-threats")]
        fine(line.set_value(text).run())
    press(page, PART_WAY)
    assert "The child said so" not in shown(page)
    assert reads(office) == []
    press(page, "Go on from the last answers")
    assert reads(office) == ["narrative read"]
    values = {r.key.rpartition("-answer-")[2]: r.value for r in page.radio if "-answer-" in r.key}
    assert values.pop("threats") == "yes"
    assert set(values.values()) == {"unknown"}
    assert [t.value for t in page.text_input if t.key.endswith("-what-threats")] == ["The child said so"]
    report = scored(office)[0].report_id
    last = last_answers(office.store, office.people["intake worker"], office.cases[0], report, datetime.now(UTC))
    assert last is not None
    assert last.told.evidence["threats"].source == "The child"


def test_what_was_answered_is_offered_again_in_another_window(
    page: AppTest, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(page, "threats", "yes")
    anew = opened(office, monkeypatch, "intake worker")
    press(anew, "Go on with it")
    assert [r.value for r in anew.radio if r.key.endswith("-answer-threats")] == ["yes"]


def test_the_items_are_read_in_the_language_chosen(page: AppTest, office: Office) -> None:
    (language,) = [r for r in page.radio if r.label == "Language"]
    assert language.options == ["English", "Español"]
    fine(language.set_value("es").run())
    assert [r.label for r in page.radio if "-answer-" in r.key] == [item.text["es"] for item in EXAMPLE.items]
    press(page, WHOLE)
    assert scored(office)[0].data["language"] == "es"


def test_the_agencys_own_instrument_stands_first_and_a_broken_one_is_told_of(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.home() / "instruments"
    lay(folder)
    (folder / "broken.yaml").write_text("key: [", encoding="utf-8")
    office.record("intake worker", office.cases[0], "classify_report", "classified", classification="other")
    page = opened(office, monkeypatch, "intake worker")
    assert "broken.yaml" in shown(page)
    (chosen,) = [s for s in page.selectbox if s.label == "Instrument"]
    assert chosen.value == "ours 1"
    answer(page, "item-4", "yes")
    press(page, WHOLE)
    assert scored(office)[0].data["instrument"] == "ours"
    (folder / "ours.yaml").unlink()
    fine(page.run())
    assert "ours 1, no longer at hand" in shown(page).replace("\\", "")


def test_scoring_moves_neither_a_track_nor_a_task(page: AppTest, office: Office) -> None:
    before = office.view(office.cases[0])
    for item in EXAMPLE.items:
        answer(page, item.key, "no")
    press(page, WHOLE)
    after = office.view(office.cases[0])
    assert Fact.SCREENING_SCORED in {e.event.fact for e in after.history}
    assert after.card.tracks == before.card.tracks
    assert [t.id for t in after.tasks] == [t.id for t in before.tasks]


@pytest.mark.parametrize("role", ["chairperson", "prosecutor", "team member"])
def test_neither_is_drawn_for_another_agency(page: AppTest, office: Office, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    assert page.radio
    office.record("intake worker", office.cases[0], "ask_for_review", "asked", reason="To be seen by the team")
    other = opened(office, monkeypatch, role)
    assert [*other.radio, *other.expander, *other.button] == []


def test_no_instrument_is_offered_before_the_report_is_classified(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not opened(office, monkeypatch, "intake worker").radio


def test_the_dates_are_read_on_request_logged_once_and_hidden_again(page: AppTest, office: Office) -> None:
    assert "Born" not in shown(page)
    press(page, "Check: a minor, and a resident?")
    assert "This decides nothing; you do." in shown(page)
    assert "told to live in Connecticut" in shown(page)
    assert reads(office) == ["name read"]
    fine(page.run())
    assert reads(office) == ["name read"]
    press(page, "Hide the dates")
    assert "told to live in Connecticut" not in shown(page)


def test_a_name_that_is_hidden_hides_the_dates_too(page: AppTest, office: Office) -> None:
    press(page, "Check: a minor, and a resident?")
    page.session_state["presenting"] = True
    fine(page.run())
    assert "the birthdate stays closed" in shown(page)
    page.session_state["presenting"] = False
    fine(page.run())
    assert "told to live in Connecticut" not in shown(page)
    assert reads(office) == ["name read"]


# On the page of a case. -------------------------------------------------------------------------------------------------


def test_a_case_with_two_reports_that_wait_shows_the_instrument_for_each_and_the_dates_above_each(office: Office) -> None:
    case_id = office.cases[0]
    office.record("intake worker", case_id, "classify_report", "first", classification="other")
    again = office.record("intake worker", case_id, "receive_another_report", "again", mode="oral", mandated=True)
    second = again.events[0].about
    office.record("intake worker", case_id, "classify_report", "second", about=second, classification="other")
    board = fine(office.sign_in("intake worker", case_id))
    assert [b.label for b in board.button].count("Check: a minor, and a resident?") == 2
    board.session_state[f"instrument-{case_id}"] = True
    fine(board.run())
    (which,) = [s for s in board.selectbox if s.label == "Which report"]
    fine(which.set_value(second).run())
    answer(board, "threats", "yes")
    press(board, WHOLE)
    assert [one.report for one in scored(office)] == ["report 2"]


def test_a_score_has_no_second_form_among_what_else_happened(office: Office) -> None:
    board = fine(office.sign_in("intake worker", office.cases[0]))
    (choice,) = [s for s in board.selectbox if s.label == "What happened"]
    assert "Score the screening" not in choice.options


def test_the_notes_of_a_case_show_a_score_as_answers_and_not_as_it_is_kept(office: Office) -> None:
    told = {"instrument": "example", "version": "1", "language": "en", "answers": {"threats": "yes"}, "note": "At school"}
    rests = {"threats": {"what": "The child said so", "source": "The child"}}
    office.record("intake worker", office.cases[0], "score_screening", "scored", **told, evidence=rests)
    board = fine(office.sign_in("intake worker", office.cases[0]))
    press(board, "Show name and notes")
    assert "Threats: yes · The child said so · The child\nNote: At school" in shown(board)
    assert '"answers"' not in "".join(text.value for text in board.text)
