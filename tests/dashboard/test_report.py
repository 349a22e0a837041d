"""Taking a report on the page: what it says while it is typed, what it refuses, what it keeps, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from streamlit.testing.v1.element_tree import Selectbox

from mdt import settings
from mdt.board import alike
from mdt.board.named import named
from mdt.casework import drafts
from mdt.facts import Fact
from mdt.law.period import EASTERN
from mdt.links import APART, OPEN, SAME
from mdt.records.tables import CASES, LINKS, REPORTS

from .conftest import fine, shown
from .test_pages import press, radio

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest
    from streamlit.testing.v1.element_tree import TextInput

    from .conftest import Office

GIVEN, FAMILY, BORN, TOWN = "Vinecliff", "Zqxunderhill", "07/23/2011", "New Haven"
FORM = "take-a-report"


@pytest.fixture(autouse=True)
def _words_may_be_typed_into_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser lets one where the list does; the tester of pages knows only what was in the list."""
    index = Selectbox.index.fget
    assert index

    def or_typed(self: Selectbox[str]) -> int | None:
        shown = None if self.value is None else str(self.format_func(self.value))
        if self.proto.accept_new_options and shown is not None and shown not in self.options:
            self.options = [*self.options, shown]
        return index(self)

    monkeypatch.setattr(Selectbox, "index", property(or_typed))


def a_report(office: Office) -> AppTest:
    board = office.sign_in("intake worker")
    board.session_state["intake-tab"] = "Take a report"
    return fine(board.run())


def inputs(board: AppTest, label: str) -> list[TextInput]:
    return [field for field in board.text_input if field.label == label]


def write(board: AppTest, nth: int = 0, **fields: str) -> AppTest:
    """Type into fields, a label given with underscores, and go on."""
    for label, words in fields.items():
        inputs(board, label.replace("_", " "))[nth].set_value(words)
    return fine(board.run())


def choose(board: AppTest, label: str, value: str, nth: int = 0) -> AppTest:
    [box for box in board.selectbox if box.label == label][nth].set_value(value)
    return fine(board.run())


def area(board: AppTest, label: str, words: str) -> AppTest:
    next(field for field in board.text_area if field.label == label).set_value(words)
    return fine(board.run())


def needed(board: AppTest) -> AppTest:
    radio(board, "How it came", "oral")
    radio(board, "Is the reporter mandated to report?", "yes")
    return fine(board.run())


def take(board: AppTest) -> AppTest:
    return press(board, "Take the report")


def cases(office: Office) -> int:
    with office.store.read() as connection:
        return len(connection.execute(select(CASES.c.id)).all())


def told(office: Office, board: AppTest) -> dict[str, object]:
    """What the report on the case before her told."""
    case_id = board.session_state["case"]
    found = named(office.store, office.people["intake worker"], case_id, datetime.now(UTC))
    return found.child | found.reports[-1] | {"notes": found.words}


def links(office: Office, case_id: str) -> dict[str, str]:
    with office.store.read() as connection:
        rows = connection.execute(select(LINKS).where(LINKS.c.case_id == case_id)).all()
    return {row.other: row.how for row in rows}


def test_a_report_that_knows_nothing_is_taken_with_unknown_everywhere(office: Office) -> None:
    board = take(needed(a_report(office)))
    assert "Recorded: report received." in shown(board)
    found = told(office, board)
    assert {name for name, value in found.items() if value not in ("", {}, None)} <= {"notes", "received_at", "report_no"}


def test_what_is_needed_is_said_only_once_it_was_tried(office: Office) -> None:
    board = a_report(office)
    assert "is needed" not in shown(board)
    take(board)
    assert "**How it came** is needed." in board.error[0].value
    assert "▲ **How it came** is needed." in shown(board)
    assert cases(office) == len(office.cases)


def test_the_agencys_number_is_kept_and_without_one_a_number_is_proposed_that_tells_nothing(office: Office) -> None:
    board = write(needed(a_report(office)), Given_name=GIVEN, Birthdate=BORN)
    proposed = next(text for text in shown(board).split() if text.startswith(f"R{datetime.now(UTC):%y}-")).rstrip(".")
    take(board)
    with office.store.read() as connection:
        numbers = [row.report_no for row in connection.execute(select(REPORTS.c.report_no))]
    assert proposed in numbers
    take(write(needed(a_report(office)), Report_number="T-1"))
    with office.store.read() as connection:
        assert connection.execute(select(REPORTS).where(REPORTS.c.report_no == "T-1")).one()


def test_a_number_used_for_another_report_is_said_by_its_field_and_nothing_is_lost(office: Office) -> None:
    take(write(needed(a_report(office)), Report_number="T-1", Given_name=GIVEN))
    board = take(write(needed(a_report(office)), Report_number="T-1", Given_name="Another"))
    assert "▲ **Report number** was used before for another report." in shown(board)
    assert inputs(board, "Given name")[0].value == "Another"
    assert "was used before" not in shown(write(board, Report_number="T-2"))
    assert "Recorded: report received." in shown(take(board))


def test_taken_twice_it_is_one_case(office: Office) -> None:
    first = write(needed(a_report(office)), Given_name=GIVEN)
    kept = drafts.found(office.store, office.people["intake worker"], FORM, datetime.now(UTC))
    assert kept
    second = press(a_report(office), "Go on with it")
    take(first)
    take(second)
    assert cases(office) == len(office.cases) + 1
    assert first.session_state["case"] == second.session_state["case"]


@pytest.mark.parametrize(("who", "section"), [("Police officer", "(15)"), ("Foster parent", "(31)")])
def test_a_mandated_class_proposes_that_the_reporter_is_mandated_and_names_its_section(
    office: Office, who: str, section: str
) -> None:
    board = choose(a_report(office), "Who reports", who)
    assert f"Mandated: CGS § 17a-101(b){section}." in shown(board)
    assert [r.value for r in board.radio if r.label.startswith("Is the reporter")] == ["yes"]


def test_she_may_say_otherwise_of_a_reporter_off_duty_and_is_not_overruled(office: Office) -> None:
    board = choose(a_report(office), "Who reports", "Police officer")
    radio(board, "Is the reporter mandated to report?", "no")
    fine(board.run())
    assert "§ 17a-103, and “no” is right" in shown(board)
    choose(board, "Who reports", "Dentist")
    assert [r.value for r in board.radio if r.label.startswith("Is the reporter")] == ["no"]


def test_whoever_is_of_no_class_is_proposed_as_not_mandated(office: Office) -> None:
    board = choose(a_report(office), "Who reports", "Neighbor")
    assert [r.value for r in board.radio if r.label.startswith("Is the reporter")] == ["no"]
    assert "Mandated: CGS" not in shown(board)


def test_who_asks_to_be_confidential_is_told_to_whom_the_name_is_open(office: Office) -> None:
    board = a_report(office)
    assert "17a-28(f)" not in shown(board)
    radio(board, "Asks to be kept confidential?", "yes")
    assert "17a-28(f)" in shown(fine(board.run()))


def test_the_clocks_and_the_questions_go_with_the_typing(office: Office) -> None:
    board = a_report(office)
    assert "To ask (15)" in shown(board)
    assert "notify the police" not in shown(board)
    needed(board)
    assert "CGS § 17a-101b(c)" in shown(board)
    assert "send the written report" in shown(board)
    radio(board, "How it came", "electronic")
    radio(board, "Is the reporter mandated to report?", "no")
    fine(board.run())
    assert "CGS § 17a-103(c)" in shown(board)
    assert "send the written report" not in shown(board)
    area(board, "What was told", "Told.")
    assert "What was done to the child" not in shown(board)


def test_the_day_and_time_left_as_they_were_are_when_the_form_was_opened(office: Office) -> None:
    board = a_report(office)
    (draft,) = board.session_state["drafts"].values()
    take(needed(board))
    view = office.view(board.session_state["case"])
    assert [e.event.happened_at for e in view.history if e.event.fact is Fact.REPORT_RECEIVED] == [draft.opened_at]


@pytest.mark.parametrize("day", ["2011-07-23", "7/23/2011"])
def test_a_birthdate_is_read_as_it_is_written_here_and_elsewhere(office: Office, day: str) -> None:
    board = take(write(needed(a_report(office)), Birthdate=day))
    assert told(office, board)["birthdate"] == "2011-07-23"


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [("Birthdate", "02/30/2011", "is a date or time that does not exist"),
     ("Birthdate", "soon", "is not a date that can be read"),
     ("Age in years, if that is all that is known", "-3", "is a whole number from 0 to 120"),
     ("Police were told on", f"{datetime.now(EASTERN) + timedelta(days=2):%m/%d/%Y %H:%M}", "lies in the future"),
     ("Received on (Eastern time)", "01/02/2099 10:00", "lies in the future"),
     ("Received on (Eastern time)", "03/08/2026 02:30", "the clocks went forward"),
     ("Address", "x" * 201, "is longer than 200 characters")],
)  # fmt: skip
def test_what_cannot_be_is_said_by_its_field_stays_as_typed_and_is_not_taken(
    office: Office, label: str, typed: str, said: str
) -> None:
    board = needed(a_report(office))
    inputs(board, label)[0].set_value(typed)
    fine(board.run())
    assert said in shown(board)
    assert inputs(board, label)[0].value == typed
    take(board)
    assert said in board.error[0].value
    assert cases(office) == len(office.cases)


def test_a_narrative_too_long_is_said_and_stays(office: Office) -> None:
    board = area(needed(a_report(office)), "What was told", "x" * 50_001)
    assert "**What was told** is longer than 50,000 characters." in shown(board)
    assert next(field for field in board.text_area if field.label == "What was told").value == "x" * 50_001
    board = area(board, "What was told", "x" * 50_000)
    assert "Recorded: report received." in shown(take(board))


def test_a_misspelled_town_offers_the_likely_one_and_fills_in_nothing_by_itself(office: Office) -> None:
    board = choose(needed(a_report(office)), "Town where the child lives", "Bridgport")
    assert "is not a town of Connecticut; did you mean Bridgeport?" in shown(board)
    press(board, "Yes, Bridgeport")
    assert "did you mean" not in shown(board)
    assert told(office, take(board))["town"] == "Bridgeport"


def test_an_age_that_does_not_fit_the_birthdate_is_asked_about_and_taken(office: Office) -> None:
    board = write(needed(a_report(office)), Birthdate="07/23/1990", **{"Age_in_years,_if_that_is_all_that_is_known": "14"})
    assert "The age told is 14, but the birthdate makes" in shown(board)
    assert "The child would be 18 or older." in shown(board)
    assert "Recorded: report received." in shown(take(board))


@pytest.mark.parametrize(
    ("name", "said"),
    [("A", "is of one letter"), ("Мария", "is not in Latin letters"), ("Ana 🌻", "signs that are no letters"),
     ("=HYPERLINK(1)", "signs that a name seldom has"), ("<b>Ana</b>", "signs that a name seldom has")],
)  # fmt: skip
def test_an_odd_name_is_kept_as_typed_with_a_word_beside_it(office: Office, name: str, said: str) -> None:
    board = write(needed(a_report(office)), Given_name=name)
    assert said in shown(board)
    assert told(office, take(board))["given_name"] == name


def test_a_sibling_takes_over_the_household_and_is_a_case_of_her_own_linked_as_sibling(office: Office) -> None:
    board = write(needed(a_report(office)), Given_name=GIVEN, Family_name=FAMILY, Address="1 Elm Street")
    choose(board, "Town where the child lives", TOWN)
    press(board, "Add a brother or sister")
    assert [field.value for field in inputs(board, "Family name")] == [FAMILY, FAMILY]
    assert [field.value for field in inputs(board, "Address")] == ["1 Elm Street", "1 Elm Street"]
    assert [field.value for field in inputs(board, "Given name")] == [GIVEN, ""]
    take(write(board, 1, Given_name="Elder"))
    assert "Recorded: report received, on 2 children." in shown(board)
    assert cases(office) == len(office.cases) + 2
    with office.store.read() as connection:
        assert [row.how for row in connection.execute(select(LINKS))] == ["sibling"]


def test_another_child_takes_over_nothing(office: Office) -> None:
    board = write(a_report(office), Family_name=FAMILY)
    press(board, "Add another child")
    assert [field.value for field in inputs(board, "Family name")] == [FAMILY, ""]


def test_what_is_wrong_of_a_second_child_is_said_of_her(office: Office) -> None:
    board = press(needed(a_report(office)), "Add another child")
    take(write(board, 1, Birthdate="13/13/2011"))
    assert board.error[0].value == "Second child: **Birthdate** is a date or time that does not exist."  # and nothing else


def test_a_child_can_be_removed_and_what_was_typed_of_her_is_gone(office: Office) -> None:
    board = press(write(a_report(office), Given_name=GIVEN), "Add another child")
    write(board, 1, Given_name="Elder")
    fine(next(button for button in board.button if button.label == "Remove").click().run())
    assert [field.value for field in inputs(board, "Given name")] == ["Elder"]
    kept = drafts.found(office.store, office.people["intake worker"], FORM, datetime.now(UTC))
    assert kept
    assert GIVEN not in str(kept.values)


def test_the_signs_of_each_child_are_her_own_and_unknown_is_not_no(office: Office) -> None:
    board = press(needed(a_report(office)), "Add another child")
    [r for r in board.radio if r.label == "Commercial sex?"][1].set_value("yes")
    next(r for r in board.radio if r.label == "Forced labor?").set_value("no")
    take(fine(board.run()))
    first = told(office, board)
    assert (first.get("commercial_sex"), first.get("forced_labor")) == (None, False)


def test_suspected_persons_are_kept_by_whatever_fragment_is_known_and_a_blank_one_is_nobody(office: Office) -> None:
    board = needed(a_report(office))
    for _ in range(3):
        press(board, "Add a suspected person")
    write(board, 0, Vehicle_or_plate="a grey van")
    write(board, 1, Name_used_on_the_Internet="@ace", Phone="203 555 0100")
    take(board)
    assert told(office, board)["suspected"] == [{"vehicle": "a grey van"}, {"phone": "203 555 0100", "handle": "@ace"}]


def test_children_and_persons_come_back_whole_in_another_window(office: Office) -> None:
    board = write(a_report(office), Family_name=FAMILY)
    press(board, "Add a brother or sister")
    press(board, "Add a suspected person")
    write(board, **{"Alias,_nickname_or_street_name": "Ace"})
    write(board, 1, Given_name="Elder")
    again = press(a_report(office), "Go on with it")
    assert [field.value for field in inputs(again, "Given name")] == ["", "Elder"]
    assert [field.value for field in inputs(again, "Family name")] == [FAMILY, FAMILY]
    assert [field.value for field in inputs(again, "Alias, nickname or street name")] == ["Ace"]
    take(needed(again))
    with office.store.read() as connection:
        assert [row.how for row in connection.execute(select(LINKS))] == ["sibling"]


def test_after_a_time_out_it_comes_back_too(office: Office) -> None:
    board = press(write(a_report(office), Given_name=GIVEN), "Add another child")
    press(board, "Sign out")
    board.button(key=f"sign-in-{office.people['intake worker'].id}").click().run()
    board.session_state["intake-tab"] = "Take a report"
    press(fine(board.run()), "Go on with it")
    assert [field.value for field in inputs(board, "Given name")] == [GIVEN, ""]


def test_no_file_of_ours_holds_a_word_of_it(office: Office) -> None:
    board = press(write(a_report(office), Given_name=GIVEN, Family_name=FAMILY), "Add a suspected person")
    write(board, **{"Alias,_nickname_or_street_name": "Zqxace"})
    files = [file for file in settings.home().rglob("*") if file.is_file()]
    found = [file.name for file in files for word in (GIVEN, FAMILY, "Zqxace") if word.encode() in file.read_bytes()]
    assert (bool(files), found) == (True, [])


def known(office: Office) -> str:
    """A child who is known: the id of her case."""
    board = write(needed(a_report(office)), Given_name=GIVEN, Family_name=FAMILY, Birthdate=BORN)
    take(choose(board, "Town where the child lives", TOWN))
    return str(board.session_state["case"])


def like_her(office: Office) -> AppTest:
    """Another report, of a child of the same name and birthdate."""
    board = write(needed(a_report(office)), Given_name=GIVEN, Family_name=FAMILY, Birthdate=BORN)
    return choose(board, "Town where the child lives", TOWN)


def who(board: AppTest, answer: str) -> AppTest:
    (found,) = [r for r in board.radio if r.label == "Who is this child?"]
    found.set_value(answer)
    return fine(board.run())


def test_a_child_who_is_known_is_shown_by_number_with_reasons_and_no_name(office: Office) -> None:
    case_id = known(office)
    text = shown(like_her(office))
    number = office.view(case_id).card.number
    assert f"**Very likely** · case {number}" in text
    assert "same name" in text
    assert GIVEN not in text


def test_a_very_likely_match_without_an_answer_is_asked_about_once_and_then_left_open(office: Office) -> None:
    case_id, before = known(office), cases(office)
    board = take(like_her(office))
    assert "say whether it is the same child" in board.warning[0].value
    assert cases(office) == before
    take(board)
    assert cases(office) == before + 1
    assert links(office, board.session_state["case"]) == {case_id: OPEN}


def test_the_same_child_gets_another_report_on_her_own_case(office: Office) -> None:
    case_id, before = known(office), cases(office)
    board = take(who(like_her(office), case_id))
    assert board.session_state["case"] == case_id
    assert cases(office) == before
    assert "another one on this child" in shown(board)


@pytest.mark.parametrize(("answer", "how"), [("new", APART), ("not sure", OPEN)])
def test_a_new_child_is_kept_apart_and_one_not_sure_of_stays_open(office: Office, answer: str, how: str) -> None:
    case_id = known(office)
    board = take(who(like_her(office), answer))
    assert links(office, board.session_state["case"]) == {case_id: how}


def test_nothing_is_looked_for_while_nothing_it_rests_on_changes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    known(office)
    looked: list[object] = []

    def count(*args: object) -> alike.Likenesses:
        looked.append(args[2])
        return alike.NOTHING

    monkeypatch.setattr(alike, "alike", count)
    board = a_report(office)
    assert looked == []
    write(board, Given_name=GIVEN)
    assert len(looked) == 1
    area(board, "What was told", "Told.")
    radio(board, "How it came", "oral")
    fine(board.run())
    assert len(looked) == 1
    write(board, Birthdate=BORN)
    assert len(looked) == 2


def test_more_of_the_cases_found_are_shown_when_asked_for_and_can_be_chosen(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tuple(
        alike.Alike(case_id, f"2026-9{n}", None, None, 0.97, ("same name",), ()) for n, case_id in enumerate(office.cases[:5])
    )
    monkeypatch.setattr(alike, "alike", lambda *_: alike.Likenesses(found))
    board = write(needed(a_report(office)), Given_name=GIVEN)
    assert ("case 2026-92" in shown(board), "case 2026-93" in shown(board)) == (True, False)
    press(board, "Show 2 more")
    assert "case 2026-94" in shown(board)
    assert not [button for button in board.button if button.label.startswith("Show")]
    take(who(board, "new"))
    assert links(office, board.session_state["case"]) == dict.fromkeys(office.cases[:5], APART)


def test_who_takes_a_report_that_goes_to_another_office_is_told_its_numbers_on_a_new_form(office: Office) -> None:
    board = office.sign_in("area-office worker")
    board.session_state["intake-tab"] = "Take a report"
    before = cases(office)
    take(area(needed(fine(board.run())), "What was told", "Told."))
    assert cases(office) == before + 1
    with office.store.read() as connection:
        number = connection.execute(select(CASES.c.number).order_by(CASES.c.number.desc())).scalars().first()
        report = connection.execute(select(REPORTS.c.report_no).order_by(REPORTS.c.received_at.desc())).scalars().first()
    text = shown(board).replace("\\", "")
    assert f"Recorded as report {report}, case number {number}." in text
    assert "There is no such case" not in text
    assert next(field for field in board.text_area if field.label == "What was told").value in ("", None)
    assert "Recorded as report" not in shown(fine(board.run()))


def test_a_match_that_is_not_hers_to_see_is_a_number_and_no_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "alike", lambda *_: alike.Likenesses(elsewhere=2))
    board = write(a_report(office), Given_name=GIVEN)
    assert "A child like this is known in 2 cases that are not yours to see. Ask a supervisor." in shown(board)


def test_a_suspected_person_whose_phone_is_known_is_a_quiet_line(office: Office) -> None:
    first = press(needed(a_report(office)), "Add a suspected person")
    take(write(first, Phone="203 555 0100"))
    number = office.view(first.session_state["case"]).card.number
    board = write(press(a_report(office), "Add a suspected person"), Phone="(203) 555-0100")
    assert f"Perhaps known in case {number}" in shown(board)


def a_likeness(office: Office) -> tuple[AppTest, str]:
    """The page of a case with an open likeness, and the other case."""
    other = known(office)
    return take(who(like_her(office), "not sure")), other


def test_on_the_page_of_a_case_two_children_are_compared_on_request_and_the_look_is_logged(office: Office) -> None:
    board, other = a_likeness(office)
    assert "May be the same child (1 open)" in shown(board)
    assert GIVEN not in shown(board)
    press(board, "Compare side by side")
    assert shown(board).count(GIVEN) == 2
    assert GIVEN not in shown(fine(board.run()))  # with the next click it is gone
    assert office.view(other)


@pytest.mark.parametrize(("button", "how"), [("Same child", SAME), ("Another child", APART), ("Not sure", OPEN)])
def test_a_likeness_is_settled_by_one_click(office: Office, button: str, how: str) -> None:
    board, other = a_likeness(office)
    press(board, button)
    assert links(office, board.session_state["case"]) == {other: how}


def test_what_was_settled_can_be_looked_at_again(office: Office) -> None:
    board, other = a_likeness(office)
    press(board, "Another child")
    press(board, "Look again")
    area(board, "Reason", "A relative told otherwise.")
    press(board, "Record")
    assert links(office, board.session_state["case"]) == {other: OPEN}


def another(office: Office, case_id: str) -> AppTest:
    """The form of another report on the child of a case."""
    board = office.sign_in("intake worker", case_id)
    board.session_state["reporting"] = case_id
    return fine(board.run())


def test_another_report_on_a_child_does_not_ask_who_she_is_and_is_added_to_her_case(office: Office) -> None:
    case_id = office.cases[0]
    board = another(office, case_id)
    text = shown(board)
    assert inputs(board, "Given name") == []
    assert "How old is the child" not in text
    assert "About when did it happen?" in text
    before = cases(office)
    take(area(needed(board), "What was told", "Told again."))
    assert "another one on this child" in shown(board)
    assert cases(office) == before
    received = [e for e in office.view(case_id).history if e.event.fact is Fact.REPORT_RECEIVED]
    assert len(received) == 2


def test_another_report_half_taken_comes_back_on_its_own_case_alone(office: Office) -> None:
    area(another(office, office.cases[0]), "What was told", "Told again.")
    assert "You began this on" not in shown(another(office, office.cases[1]))
    again = press(another(office, office.cases[0]), "Go on with it")
    assert next(field for field in again.text_area if field.label == "What was told").value == "Told again."
