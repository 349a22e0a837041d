"""What is recorded about a meeting, held against all else there is: accounts, the agenda, the team, its other meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import convening, team
from mdt.board import people
from mdt.board.sight import positions
from mdt.convening import Act, Approve, Arrange, Call, CancelMeeting, Form, InviteGuest, LinePlaced, MoveMeeting, SetMeeting
from mdt.errors import CaseMoved, NotPossible, NotYet
from mdt.law.period import local_date
from mdt.meeting import Happening
from mdt.policy import CASE_ROLES
from mdt.records.tables import AGENDA_LINES, CASES, MEETINGS, PEOPLE, TEAMS
from mdt.store.walls import looking_as

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from mdt.access import Viewer
    from mdt.casework.convened import Sheet

OVERLAPS = "The team meets at that time already; set another time, or move that meeting."


def refuse_guest(connection: Connection, form: InviteGuest, page: Sheet) -> None:
    """Raise `NotPossible` for a guest who signs in here, if there is no such person or she comes anyway."""
    if not form.person:
        return
    known = select(PEOPLE.c.id).where(
        PEOPLE.c.id == form.person, PEOPLE.c.disabled_at.is_(None), PEOPLE.c.role.in_([role.value for role in CASE_ROLES])
    )
    if connection.execute(known).first() is None:
        raise NotPossible("Can't invite the guest: nobody who signs in here to work on cases is meant.")
    if form.person in {*(one.person for one in page.members), *(guest.person for guest in page.course.guests.values())}:
        raise NotPossible("Can't invite the guest: that person comes already, as a member of the team or as a guest.")
    _refuse_without_sight(connection, form)


def _refuse_without_sight(connection: Connection, form: InviteGuest) -> None:
    """Raise `NotPossible` where a case that she is invited for is not hers to see: an invitation opens none."""
    of = select(AGENDA_LINES.c.case_id).where(AGENDA_LINES.c.line.in_(form.lines))
    cases = set(connection.execute(of).scalars())
    guest = people.within(connection, form.person)
    with looking_as(connection, guest.id):
        seen = set(connection.execute(select(CASES.c.id).where(CASES.c.id.in_(cases), positions(guest))).scalars())
    if shut := len(cases - seen):
        named = "1 of the cases is" if shut == 1 else f"{shut} of the cases are"
        raise NotPossible(
            f"Can't invite the guest: {named} not open to that person, and an invitation opens none. Engage her on it from the"
            " case's page first, or invite her without her account."
        )


def refuse_foreign_lines(connection: Connection, meeting_id: str, form: Form) -> None:
    """Raise `NotPossible` unless every line named stands on this meeting's agenda, and waits."""
    named: set[str] = set()
    if isinstance(form, Arrange):
        named = {one.line for one in form.lines}
    elif isinstance(form, Call | InviteGuest):
        named = {form.line} if isinstance(form, Call) else set(form.lines)
    if not named:
        return
    waits = AGENDA_LINES.c.state.in_(("waiting", "held"))  # a case that was heard may be looked at once more
    here = select(AGENDA_LINES.c.line).where(AGENDA_LINES.c.meeting == meeting_id, waits)
    if named - set(connection.execute(here).scalars()):
        raise NotPossible("A case that is named does not stand on this meeting's agenda, or no longer.")


def refuse_if_rearranged(form: Form, page: Sheet, by: Viewer, seen: int | None) -> None:
    """Raise `CaseMoved` if somebody else has arranged or moved the meeting since the person looked at it."""
    if seen is None or not isinstance(form, Arrange | MoveMeeting):
        return
    kinds = (Happening.ARRANGED, Happening.PROPOSED, Happening.MOVED)
    if any(e.n > seen and e.by != by.id and e.happening in kinds for e in page.entries):
        raise CaseMoved("Meanwhile somebody else arranged the agenda, or moved the meeting. Look again and decide again.")


def keep_the_rest(connection: Connection, form: Form, page: Sheet) -> Form:
    """An arrangement with the waiting lines that it does not name, as they stood: what somebody does not see, stays."""
    if not isinstance(form, Arrange):
        return form
    waits = set(connection.execute(_waiting_on(page.id)).scalars())
    named = {one.line for one in form.lines}
    kept = [one for one in page.course.lines if one.line in waits - named]
    rest = [LinePlaced.model_validate({"line": one.line, "treatment": one.treatment, "minutes": one.minutes}) for one in kept]
    return Arrange(lines=[*form.lines, *rest])


def refuse_by_the_team(act: Act, form: Form, page: Sheet, connection: Connection) -> None:
    """What the team's members, and the cases on the agenda, do not allow."""
    if act.key in ("open_meeting", "send_invitations"):
        team.refuse_without_members(page.held, local_date(page.course.starts_at))
    if isinstance(form, MoveMeeting | CancelMeeting) and _has_heard(connection, page.id):
        raise NotPossible(
            "Can't move or cancel the meeting: a case was reviewed at it, and a record of it is kept (§ 17a-106a(j))."
        )
    if isinstance(form, MoveMeeting):
        refuse_overlap(connection, page.team["id"], page.id, form)
    if act.key == "adjourn" and (waiting := _waiting(connection, page.id)):
        cases = "1 case" if waiting == 1 else f"{waiting} cases"
        raise NotYet(f"Can't adjourn the meeting: {cases} on its agenda were neither heard nor deferred.")
    if isinstance(form, Approve) and not page.course.came:
        raise NotYet("Can't approve the record: no roll was called, and it names the members present (§ 17a-106a(j)).")


def _has_heard(connection: Connection, meeting_id: str) -> bool:
    held = select(AGENDA_LINES.c.line).where(AGENDA_LINES.c.meeting == meeting_id, AGENDA_LINES.c.state == "held")
    return connection.execute(held).first() is not None


def _waiting(connection: Connection, meeting_id: str) -> int:
    return len(connection.execute(_waiting_on(meeting_id)).all())


def _waiting_on(meeting_id: str) -> Select[tuple[str]]:
    return select(AGENDA_LINES.c.line).where(AGENDA_LINES.c.meeting == meeting_id, AGENDA_LINES.c.state == "waiting")


def refuse_overlap(connection: Connection, team_id: str, meeting_id: str, form: SetMeeting | MoveMeeting) -> None:
    """Raise `NotPossible` where the team meets at that time already. Two who set meetings of a team at once wait in turn."""
    connection.execute(select(TEAMS.c.id).where(TEAMS.c.id == team_id).with_for_update())
    near = select(MEETINGS.c.starts_at, MEETINGS.c.minutes).where(
        MEETINGS.c.team_id == team_id, MEETINGS.c.id != meeting_id, MEETINGS.c.state != "cancelled"
    )
    ends_at = form.starts_at + convening.length(form.minutes)
    for starts_at, minutes in connection.execute(near):
        if starts_at < ends_at and form.starts_at < starts_at + convening.length(minutes):
            raise NotPossible(OVERLAPS)
