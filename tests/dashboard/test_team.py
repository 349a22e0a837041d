"""The page of a team: those who lead it name, end, set and move; its members read; a click counts once, a refusal is shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from dashboard import changing
from dashboard.dates import preview
from mdt.access import SYSTEM
from mdt.board import teams as board
from mdt.casework import convene, teams
from mdt.convening import SetMeeting
from mdt.law.period import EASTERN, is_business_day, local_date
from mdt.records.tables import TEAMS
from mdt.series import Series
from mdt.team import TakeSeat
from tests.dashboard.conftest import fine, shown

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from mdt.board.teams import TeamView
    from tests.dashboard.conftest import Office

DAY = timedelta(days=1)


def team(office: Office, name: str = "New Haven team") -> str:
    with office.store.read() as connection:
        return str(connection.execute(select(TEAMS.c.id).where(TEAMS.c.name == name)).scalar_one())


def view(office: Office, name: str = "New Haven team") -> TeamView:
    return board.team_view(office.store, office.people["chairperson"], team(office, name), datetime.now(UTC))


def named(office: Office, seat: str = "police", **more: Any) -> str:
    form = {"seat": seat, "name": "Detective O", "position": "Detective", "agency": "Police", "from_on": date(2025, 1, 7)}
    told = TakeSeat.model_validate(form | more)
    return teams.take_seat(office.store, team(office), told, by=SYSTEM, now=datetime.now(UTC), command=f"{seat}/{told.name}")


def meeting(office: Office) -> str:
    day = local_date(datetime.now(UTC)) + 5 * DAY
    while not is_business_day(day):
        day += DAY
    form = SetMeeting(starts_at=datetime(day.year, day.month, day.day, 10, tzinfo=EASTERN))
    return convene.set_meeting(
        office.store, team(office), form, by=office.people["chairperson"], now=datetime.now(UTC), command="m1"
    )


def opened(office: Office, tab: str = "Seats", role: str = "chairperson") -> AppTest:
    """The page of New Haven's team."""
    page = fine(office.sign_in(role).switch_page("team.py").run())
    if role in ("chairperson", "team coordinator"):
        fine(page.selectbox(key="team-chosen").select(team(office)).run())
    page.session_state["team-tab"] = tab
    return fine(page.run())


def click(page: AppTest, label: str) -> AppTest:
    return fine(next(b for b in page.button if b.label == label).click().run())


def open_form(page: AppTest, what: str, about: str = "") -> AppTest:
    return fine(page.button(key=f"open-{what}-{about}").click().run())


def field(kind: Any, label: str) -> Any:
    return next(one for one in kind if one.label == label)


def refused(page: AppTest) -> str:
    return "\n".join(error.value for error in page.error)


def test_members_read_the_page_and_change_nothing(office: Office) -> None:
    named(office)
    meeting(office)
    for tab in ("Seats", "Meetings", "Towns"):
        page = opened(office, tab, "team member")
        assert "The chairperson and the coordinator change what stands here." in shown(page)
        assert not [b for b in page.button if str(b.key).startswith("open-")]
        assert not [box for box in page.selectbox if box.key == "team-chosen"]
    assert "Branford" in shown(page)


def test_who_serves_no_team_is_told_so(office: Office) -> None:
    with office.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM membership WHERE person_id = 'demo-9-member'")
    assert "You serve no team yet." in shown(fine(office.sign_in("team member").switch_page("team.py").run()))


def test_the_meter_says_with_a_sign_and_a_word_how_each_seat_is_filled(office: Office) -> None:
    named(office)
    named(office, "state's attorney", standing="designee", name="Attorney T", until_on=date(2030, 1, 1))
    page = shown(opened(office))
    assert "2 of 9 seats are filled today" in page
    assert "● **Police**  \n:gray[§ 17a-106a(c)(3)] · filled" in page
    assert "◐ **State's attorney**  \n:gray[§ 17a-106a(c)(1)] · by a designee" in page
    assert "○ **DCF**  \n:gray[§ 17a-106a(c)(2)] · :orange[**empty**]" in page
    assert "○ **Youth service bureau**  \n:gray[§ 17a-106a(c)(5)] · empty, to be filled where appropriate" in page
    assert "since 7 Jan 2025 until 1 Jan 2030" in page
    assert "nobody is named" in page


def test_a_seat_that_stood_empty_at_the_last_meetings_says_so(office: Office) -> None:
    named(office)
    with office.store.write() as connection:
        for n in range(2):
            at = datetime(2026, 1, 5 + n, 15, tzinfo=UTC)
            convene.begin(connection, f"m{n}", team(office), SetMeeting(starts_at=at), by=SYSTEM, now=at, command=f"m{n}")
        connection.exec_driver_sql("UPDATE meeting SET state = 'held'")
    assert shown(opened(office)).count("empty at the last 2 meetings") == 9


def test_somebody_who_signs_in_is_named_and_the_form_closes(office: Office) -> None:
    page = open_form(opened(office), "name", "police")
    field(page.selectbox, "Person").select("demo-8-member-o").run()
    field(page.text_input, "Position").input("Detective").run()
    page = send(page)
    assert [one.value for one in page.success] == ["Named: police."]
    (one,) = view(office).holdings
    assert (one.name, one.agency, one.person) == ("Detective O", "New Haven police", "demo-8-member-o")
    assert not [b for b in page.button if str(b.key).endswith(".send")]
    assert [told.value for told in fine(page.run()).success] == []


def test_a_click_that_comes_twice_names_once(office: Office) -> None:
    page = open_form(opened(office), "name", "police")
    form, draft = page.session_state[changing.OPEN], page.session_state["drafts"]["team/name/police"]
    for _ in range(2):  # the second finds the form as it was
        page.session_state[changing.OPEN], page.session_state["drafts"] = form, {form.name: draft}
        fine(page.run())
        field(page.radio, "Who").set_value("somebody who does not").run()
        for label, text in (("Name", "Detective P"), ("Position", "Detective"), ("Agency", "Police")):
            field(page.text_input, label).input(text).run()
        page = send(page)
        assert refused(page) == ""
    assert [one.name for one in view(office).holdings] == ["Detective P"]


def test_a_form_that_is_opened_again_is_a_new_one(office: Office) -> None:
    page = open_form(opened(office), "name", "police")
    before = page.session_state["drafts"]["team/name/police"].command
    page = open_form(click(page, "Leave it"), "name", "police")
    assert page.session_state["drafts"]["team/name/police"].command != before
    page = open_form(page, "name", "DCF")
    assert list(page.session_state["drafts"]) == ["team/name/DCF"]


def test_what_is_missing_or_refused_is_said_and_nothing_is_named(office: Office) -> None:
    page = open_form(opened(office), "name", "mental health professional")
    assert field(page.radio, "As").options == ["member", "alternate"]
    page = send(page)
    assert "Choose the person" in refused(page)
    field(page.radio, "Who").set_value("somebody who does not").run()
    field(page.text_input, "E-mail (optional)").input("nowhere").run()
    page = send(page)
    assert {"Position: is needed.", "Agency: is needed.", "E-mail: is not an e-mail address."} <= set(
        refused(page).split("  \n")
    )
    field(page.text_input, "E-mail (optional)").input("").run()
    field(page.text_input, "Position").input("Clinician").run()
    field(page.text_input, "Agency").input("Clinic").run()
    page = send(page)
    assert "say who; the record of each meeting names its members (§ 17a-106a(j))" in refused(page)
    assert view(office).holdings == ()


def send(page: AppTest) -> AppTest:
    return fine(next(b for b in page.button if str(b.key).endswith(".send")).click().run())


def test_a_time_on_a_seat_is_ended_and_what_begins_later_too(office: Office) -> None:
    now_on, today = named(office), local_date(datetime.now(UTC))
    later = named(office, name="Detective P", from_on=today + 9 * DAY)
    page = send(open_form(opened(office), "end-seat", now_on))
    assert f"The time of Detective O ends on {today:%-d %b %Y}." in shown(page)
    assert view(office).holdings[0].until_on == today
    assert "Named from a later day (1)" in shown(page)
    page = send(open_form(page, "end-seat", later))
    assert "before the seat was taken" in refused(page)


def test_who_held_a_seat_before_stays_on_record(office: Office) -> None:
    named(office, until_on=date(2025, 2, 1))
    page = shown(opened(office))
    assert "Held before (1)" in page
    assert "since 7 Jan 2025 until 1 Feb 2025" in page


def test_a_series_is_shown_before_it_is_added(office: Office) -> None:
    page = opened(office, "Meetings")
    assert "By the standard: the team has set no dates of its own." in shown(page)
    page = open_form(page, "add-series")
    field(page.selectbox, "How often").select("month").run()
    field(page.selectbox, "Which one").select(-1).run()
    field(page.selectbox, "Day").select(4).run()
    assert "On the last Friday of each month at 10:00: " in shown(page)
    page = send(page)
    assert "The series is added." in shown(page)
    assert "**On the last Friday of each month at 10:00** · 120 minutes" in shown(page)
    assert "By the standard" not in shown(page)


def test_a_series_that_meets_another_is_refused_and_one_is_ended(office: Office) -> None:
    page = send(open_form(opened(office, "Meetings"), "add-series"))
    page = send(open_form(page, "add-series"))
    assert "the team would meet twice at once" in refused(page)
    page = open_form(click(page, "Leave it"), "end-series", view(office).series[0].id)
    field(page.date_input, "Last day").set_value(local_date(datetime.now(UTC)) - DAY).run()
    page = send(page)
    assert "The series ends on " in shown(page)
    assert "The team has ended its series." in shown(page)


def test_a_special_meeting_is_set_moved_with_a_reason_and_cancelled(office: Office) -> None:
    page = open_form(opened(office, "Meetings"), "set-meeting")
    assert "When it starts: is needed." in refused(send(page))
    day = local_date(datetime.now(UTC)) + 5 * DAY
    while not is_business_day(day):
        day += DAY
    field(page.date_input, "When it starts").set_value(day).run()
    page.time_input[0].set_value(datetime(2026, 1, 1, 9).time()).run()  # noqa: DTZ001  # the wall clock
    page = send(page)
    (one,) = view(office).meetings
    assert one.special
    assert "special meeting" in shown(page)
    page = open_form(page, "move", one.id)
    assert "Why it is moved: is needed." in refused(send(page))
    field(page.text_area, "Why it is moved").input("Room taken").run()
    page.time_input[0].set_value(datetime(2026, 1, 1, 11).time()).run()  # noqa: DTZ001
    assert "Moved to " in shown(send(page))
    assert view(office).meetings[0].starts_at.astimezone(EASTERN).hour == 11
    page = open_form(page, "cancel", one.id)
    field(page.text_area, "Why it is cancelled").input("Snow").run()
    assert "Cancelled: " in shown(send(page))
    assert view(office).meetings == ()


def test_towns_go_to_a_team_that_is_added_and_back(office: Office) -> None:
    page = open_form(opened(office, "Towns"), "add-team")
    field(page.text_input, "Name").input("Shore team").run()
    assert "Towns it serves: choose at least one." in refused(send(page))
    field(page.multiselect, "Towns it serves").set_value(["Guilford", "Madison"]).run()
    page = send(page)
    assert "Added: Shore team. Name its members next." in shown(page)
    assert "**Shore team**  \nGuilford, Madison" in shown(page)
    page = open_form(page, "give-towns")
    assert "Choose at least one town." in refused(send(page))
    field(page.multiselect, "Towns").set_value(["Guilford", "Madison"]).run()
    page = send(page)
    assert "The team serves 2 more towns." in shown(page)
    assert "Guilford" in view(office).served
    page.selectbox(key="team-chosen").select(team(office, "Shore team")).run()
    assert "The team serves no town." in shown(fine(page))


def test_a_preview_of_a_series_begins_with_its_first_day() -> None:
    of = Series("FREQ=WEEKLY;BYDAY=MO", datetime(2026, 3, 2, 10))  # noqa: DTZ001  # the wall clock
    said = preview(of, datetime(2026, 2, 1, tzinfo=UTC))
    assert said == "Every Monday at 10:00: 2 Mar 2026, 9 Mar 2026, 16 Mar 2026 …"
