"""The queue, the strip of earlier history, the first seventy-two hours and the end of a shift, as people see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from dashboard import session
from mdt.board import queue
from mdt.board.cover import covers
from mdt.board.queue import Narrowed
from mdt.casework import cover
from mdt.casework.cover import HandOff
from mdt.facts import Fact
from mdt.queue import State
from mdt.records.tables import CHILDREN, EVENTS
from mdt.store import keys, sealed

from .conftest import fine, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.access import Viewer
    from mdt.board.queue import Line

    from .conftest import Office

WORKER, SUPERVISOR = "intake worker", "intake supervisor"
DAY = timedelta(days=1)


def the_queue() -> None:
    """A page with nothing but the queue."""
    from dashboard.queue import queue as draw  # noqa: PLC0415  # the page is a script of its own

    draw()


def the_case() -> None:
    """A page with what belongs to a case."""
    import streamlit as st  # noqa: PLC0415

    from dashboard import earlier, handing, session  # noqa: PLC0415
    from mdt.board.case import case_view  # noqa: PLC0415

    view = case_view(session.store(), session.viewer(), st.session_state["case"], session.now())
    earlier.strip(view)
    handing.panel(view)


def the_shift() -> None:
    """A page with the end of a shift alone."""
    from dashboard.shift import shift as draw  # noqa: PLC0415

    draw()


@pytest.fixture
def draw(office: Office, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """A page as one of the people sees it."""

    def drawn(what: Callable[[], None], role: str = WORKER, case_id: str | None = None) -> AppTest:
        monkeypatch.setattr(session, "viewer", lambda: office.people[role])
        page = AppTest.from_function(what, default_timeout=30)
        page.session_state["case"] = case_id
        return fine(page.run())

    return drawn


def press(page: AppTest, label: str) -> AppTest:
    """Press the first button that reads so."""
    return fine(next(b for b in page.button if b.label == label).click().run())


def tick(page: AppTest, label: str) -> AppTest:
    (box,) = [c for c in page.checkbox if c.label == label]
    return fine(box.check().run())


def numbers(page: AppTest) -> int:
    """How many lines are listed."""
    return sum("queue-line-" in (b.key or "") for b in page.button)


def every(office: Office, state: State, viewer: Viewer | None = None) -> list[Line]:
    who = viewer or office.people[SUPERVISOR]
    return queue.page(office.store, who, datetime.now(UTC), state, narrowed=Narrowed(ever=True))


def taken_up(office: Office) -> int:
    statement = select(func.count()).select_from(EVENTS).where(EVENTS.c.fact == Fact.REPORT_TAKEN_UP.value)
    with office.store.read() as connection:
        return connection.execute(statement).scalar_one()


def names(office: Office) -> set[str]:
    """Every name of a child that is on record."""
    with office.store.read() as connection:
        rows = [dict(row) for row in connection.execute(select(CHILDREN)).mappings()]
        opened = [sealed.unseal_child(keys.of(connection).case(connection, row["case_id"]), row) for row in rows]
    return {child[part] for child in opened for part in ("given_name", "family_name") if len(child[part]) > 3}


def test_every_number_of_the_queue_opens_the_list_of_that_length(office: Office, draw: Callable[..., AppTest]) -> None:
    office.record(WORKER, office.cases[0], "take_up_report", "t0")
    office.record(WORKER, office.cases[1], "classify_report", "c1", classification="other")
    page = tick(draw(the_queue), "Older than 30 days too")
    for state in State:
        fine(page.button(key=f"queue-{state.value}").click().run())
        assert f"**{len(every(office, state)):,}**" in page.button(key=f"queue-{state.value}").label
        assert numbers(page) == len(every(office, state))
    assert len(every(office, State.NEW)) == len(office.cases) - 2


def test_a_line_says_the_clocks_in_words_and_never_a_childs_name(office: Office, draw: Callable[..., AppTest]) -> None:
    text = shown(draw(the_queue))
    assert "▲" in text
    assert "overdue" in text
    assert "classify the report" in text
    assert "§ 17a-101g\\(a\\)" in text
    assert names(office)
    assert not any(name in text for name in names(office))


def test_a_report_is_taken_up_with_one_click_and_once(office: Office, draw: Callable[..., AppTest]) -> None:
    page, first = draw(the_queue), every(office, State.NEW)[0]
    button = page.button(key=f"queue-take-{first.report}")
    fine(button.click().run())
    assert "You have taken up the report" in shown(page)
    assert taken_up(office) == 1
    (line,) = every(office, State.LOOKED_AT)
    assert (line.report, line.taken_by) == (first.report, office.people[WORKER].name)
    assert numbers(page) == len(office.cases) - 1


def test_who_comes_second_is_told_that_a_colleague_was_quicker(office: Office, draw: Callable[..., AppTest]) -> None:
    page, first = draw(the_queue), every(office, State.NEW)[0]
    office.record(SUPERVISOR, first.case_id, "take_up_report", "quicker")
    fine(page.button(key=f"queue-take-{first.report}").click().run())
    assert "somebody else recorded" in shown(page)
    assert taken_up(office) == 1
    assert every(office, State.LOOKED_AT)[0].taken_by == office.people[SUPERVISOR].name


def test_only_who_may_take_reports_up_finds_the_button(draw: Callable[..., AppTest]) -> None:
    assert any(b.label == "Take up" for b in draw(the_queue).button)
    page = draw(the_queue, "chairperson")
    assert not any(b.label == "Take up" for b in page.button)


def test_filters_narrow_numbers_and_lists_alike_and_an_empty_list_says_so(office: Office, draw: Callable[..., AppTest]) -> None:
    office.record(WORKER, office.cases[0], "take_up_report", "t0")
    page = tick(draw(the_queue), "Taken up by me")
    assert numbers(page) == 0
    assert "No report waits to be taken up with these filters." in shown(page)
    fine(page.button(key=f"queue-{State.LOOKED_AT.value}").click().run())
    assert numbers(page) == 1
    district = next(line.district for line in every(office, State.LOOKED_AT))
    other = next(line.district for line in every(office, State.NEW) if line.district not in (None, district))
    fine(page.selectbox(key="queue-district").select(other).run())
    assert numbers(page) == 0


def test_a_likely_known_child_wears_a_chip(office: Office, draw: Callable[..., AppTest]) -> None:
    assert "likely known" not in shown(draw(the_queue))
    office.record(WORKER, office.cases[0], "note_likeness", "n0", case=office.cases[1], score=0.9)
    assert "likely known: 1 to settle" in shown(draw(the_queue))


def test_the_strip_tells_what_was_before_without_a_name(office: Office, draw: Callable[..., AppTest]) -> None:
    one, two, sibling = office.cases[:3]
    noted = office.record(WORKER, one, "note_likeness", "n0", case=two).events[0].about
    office.record(WORKER, one, "find_same_child", "s0", about=noted or "")
    office.record(WORKER, one, "link_cases", "l0", case=sibling, kind="sibling")
    for n in range(9):
        office.record(WORKER, two, "receive_another_report", f"r{n}", mode="oral", mandated=True)
    page = draw(the_case, case_id=one)
    text = shown(page)
    assert "Earlier history: 11 reports · 2 cases · 0 screen-outs in the last 12 months" in text
    assert "sibling: case" in text
    assert "3 more" in text
    assert not any(name in text for name in names(office))


def test_of_cases_not_hers_the_strip_tells_how_many_and_whom_to_ask(office: Office, draw: Callable[..., AppTest]) -> None:
    mine, theirs = office.cases[:2]
    noted = office.record(SUPERVISOR, mine, "note_likeness", "n0", case=theirs).events[0].about
    office.record(SUPERVISOR, mine, "find_same_child", "s0", about=noted or "")
    number = office.view(theirs).card.number
    office.record(SUPERVISOR, theirs, "restrict_case", "x0", because="staff are threatened")
    text = shown(draw(the_case, case_id=mine))
    assert "More is on record in 1 case of this child not yours to see. Ask a supervisor." in text
    assert number not in text


def test_the_list_of_the_first_hours_ticks_itself_and_warns_of_contact(office: Office, draw: Callable[..., AppTest]) -> None:
    case_id = office.cases[0]
    page = draw(the_case, case_id=case_id)
    assert "Nobody has said yet whether contact is safe" in page.warning[0].value
    assert "☑" not in shown(page)
    office.record(WORKER, case_id, "record_contact_safety", "u0", unsafe=True)
    page = draw(the_case, case_id=case_id)
    assert "unsafe to contact" in page.warning[0].value
    assert "☑ Say whether it is safe to ring" in shown(page)
    assert "CGS § 17a-101h" in shown(page)


def test_the_button_to_hand_over_is_there_when_it_is_waited_for(office: Office, draw: Callable[..., AppTest]) -> None:
    case_id = office.cases[0]
    labels = ("Hand the case over to the area office", "Take the case over from intake")

    def waited_for(role: str = WORKER) -> list[bool]:
        page = draw(the_case, role, case_id)
        return [any(b.label == label for b in page.button) for label in labels]

    assert waited_for() == [False, False]
    office.record(WORKER, case_id, "classify_report", "c0", classification="other")
    assert waited_for() == [True, False]
    office.record(WORKER, case_id, "hand_over", "h0")
    assert waited_for() == [False, True]
    office.record(WORKER, case_id, "identify_victim", "v0", note="What the child told")
    office.flows_run()
    assert waited_for("chairperson") == [False, False]


def test_a_shift_with_nothing_open_says_so_plainly(draw: Callable[..., AppTest]) -> None:
    assert "Nothing is open with you" in shown(draw(the_shift))


def test_a_shift_lists_clocks_notices_and_reports_that_are_still_hers(office: Office, draw: Callable[..., AppTest]) -> None:
    office.record(WORKER, office.cases[0], "take_up_report", "t0")
    office.record(WORKER, office.cases[0], "notify_police", "p0", how="e-mail")
    text = shown(draw(the_shift))
    assert "Nothing is open" not in text
    assert "Reports taken up and not classified (1)" in text
    assert "Notices nobody has acknowledged (1)" in text
    assert "The law's clocks, overdue or within a day" in text
    assert not any(name in text for name in names(office))


def test_a_supervisor_finds_the_notices_of_everybody_that_nobody_acknowledged(
    office: Office, draw: Callable[..., AppTest]
) -> None:
    title = "Everybody's notices that nobody has acknowledged"
    assert title not in shown(draw(the_shift, SUPERVISOR))
    office.record(WORKER, office.cases[0], "notify_police", "p0", how="e-mail")
    text = shown(draw(the_shift, SUPERVISOR))
    assert f"{title} (1)" in text
    assert "police notified, sent" in text
    assert title not in shown(draw(the_shift))
    assert not any(name in text for name in names(office))


def test_her_clocks_are_handed_to_a_colleague_and_taken_back_on_the_page(office: Office, draw: Callable[..., AppTest]) -> None:
    page = draw(the_shift)
    page = press(page, "Hand my clocks over")
    assert page.error
    colleague = office.people[SUPERVISOR]
    chooser = next(s for s in page.selectbox if s.label == "Colleague")
    fine(chooser.set_value(colleague.id).run())
    until = next(d for d in page.date_input if (d.key or "").endswith("until_at-day"))
    fine(until.set_value((datetime.now(UTC) + 2 * DAY).date()).run())
    at = next(t for t in page.time_input if (t.key or "").endswith("until_at-time"))
    fine(at.set_value(datetime.now(UTC).time().replace(hour=9, minute=0, second=0, microsecond=0)).run())
    press(page, "Hand my clocks over")
    assert [one.colleague_id for one in covers(office.store, colleague, datetime.now(UTC))] == [colleague.id]
    assert f"{colleague.name} looks after your clocks until" in shown(page)
    assert f"You look after the clocks of {office.people[WORKER].name} until" in shown(draw(the_shift, SUPERVISOR))
    page = press(draw(the_shift), "End it")
    assert covers(office.store, colleague, datetime.now(UTC)) == []
    assert "with you again" in shown(page)


def test_whom_she_covers_is_told_even_where_nothing_is_open(office: Office, draw: Callable[..., AppTest]) -> None:
    now = datetime.now(UTC)
    off = HandOff(colleague=office.people[SUPERVISOR].id, from_at=now + DAY, until_at=now + 2 * DAY)
    cover.put(office.store, office.people[WORKER], off, now)
    text = shown(draw(the_shift, SUPERVISOR))
    assert "Nothing is open with you" in text
    assert "You look after the clocks of" in text
    assert " from " in text
