"""The one door for what is recorded about a meeting: check who may, decide, add it to the meeting's chain.

Entries, the meeting's own row and what follows for its cases are one transaction. What is recorded of a case at a meeting goes
through the door of cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import insert, select, update

from mdt import access, convening, team
from mdt.casework import put_off, refusals
from mdt.casework.convened import NO_SUCH_MEETING, Sheet, place_of, sheet, sits, words_key
from mdt.convening import ACT, Accept, Act, Approve, Arrange, Call, Form, InviteGuest, MoveMeeting, Of, SetMeeting
from mdt.errors import NotAllowed, NotFound, NotPossible, NotYet
from mdt.law.period import local_date
from mdt.meeting import Course, Entry, Happening, course
from mdt.policy import Role
from mdt.records.tables import AGENDA_LINES, MEETING_ENTRIES, MEETINGS, TEAMS
from mdt.store import ledger, sealed
from mdt.store.ledger import FIRST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.store import Store

OVERLAPS = "The team meets at that time already; set another time, or move that meeting."


@dataclass(frozen=True, slots=True)
class Recorded:
    """How the meeting stands after it. `repeated`: the same command had been carried out before."""

    meeting_id: str
    version: int
    course: Course
    repeated: bool = False


def convene(store: Store, meeting_id: str, key: str, form: Form, *, by: Viewer, now: datetime, command: str) -> Recorded:
    """Record something about a meeting. The same command twice is one act. Raises what `mdt.errors` lists."""
    try:
        with store.write() as connection:
            return convene_in(connection, meeting_id, key, form, by=by, now=now, command=command)
    except (NotAllowed, NotFound):
        refusals.log(store, by, key, now)
        raise


def convene_in(
    connection: Connection, meeting_id: str, key: str, form: Form, *, by: Viewer, now: datetime, command: str
) -> Recorded:
    """`convene` within the caller's transaction."""
    act, page = ACT[key], sheet(connection, meeting_id, lock=True)
    if (done := _done(connection, command, by)) is not None:
        return Recorded(meeting_id, done, page.course, repeated=True)
    _refuse_unless_allowed(act, form, page, by)
    form = _filled_in(form, page, by)
    _refuse_foreign_lines(connection, meeting_id, form)
    convening.refuse_unless_possible(act, form, page.course, now)
    _refuse_by_the_team(act, form, page, connection)
    happening, data, words = act.decided(form)
    after = _add(connection, page, happening, (data, words), by, now, command)
    if happening in (Happening.MOVED, Happening.CANCELLED):
        put_off.lines_of(connection, meeting_id, after, now, command)
    return Recorded(meeting_id, page.version + 1, after)


def set_meeting(store: Store, team_id: str, form: SetMeeting, *, by: Viewer, now: datetime, command: str) -> str:
    """Set a meeting of a team; its id, which the same command always gives."""
    meeting_id = keys_id(command)
    try:
        with store.write() as connection:
            found = connection.execute(select(TEAMS).where(TEAMS.c.id == team_id)).mappings().one_or_none()
            if found is None or not access.leads(by, dict(found)):
                raise NotFound("There is no such team, or it is not one that you lead.")
            if connection.execute(select(MEETINGS.c.id).where(MEETINGS.c.id == meeting_id)).first():
                return meeting_id
            convening.refuse_date(form, now)
            begin(connection, meeting_id, team_id, form, by=by, now=now, command=command)
    except (NotAllowed, NotFound):
        refusals.log(store, by, convening.SET_MEETING.key, now)
        raise
    return meeting_id


def keys_id(command: str) -> str:
    """An opaque id that the same command always gives."""
    return ledger.short(f"meeting/{command}")


def begin(
    connection: Connection, meeting_id: str, team_id: str, form: SetMeeting, *, by: Viewer, now: datetime, command: str,
    series_id: str | None = None,
) -> None:  # fmt: skip
    """A new meeting with its first entry, in the caller's transaction. Raises `NotPossible` where it meets another."""
    whole = {"minutes": form.minutes, "place": form.place, "special": form.special, "starts_at": form.starts_at}
    _refuse_overlap(connection, team_id, meeting_id, form)
    row = {
        "id": meeting_id,
        "team_id": team_id,
        "series_id": series_id,
        "sequence": 0,
        "state": "set",
        "version": 0,
        "head": "",
    }
    connection.execute(insert(MEETINGS), row | whole)
    page = Sheet(dict(row | whole), {"id": team_id}, (), ())
    _add(connection, page, Happening.SET, (convening.first_entry(form), {}), by, now, command)


def _done(connection: Connection, command: str, by: Viewer) -> int | None:
    found = select(MEETING_ENTRIES.c.n).where(MEETING_ENTRIES.c.command == command, MEETING_ENTRIES.c.by == by.id)
    return connection.execute(found).scalar_one_or_none()


def _refuse_unless_allowed(act: Act, form: Form, page: Sheet, by: Viewer) -> None:
    if by.role == Role.SYSTEM:
        return
    if not sits(by, page):
        raise NotFound(NO_SUCH_MEETING)
    leads = access.leads(by, page.team)
    if not access.may_convene(by, act.key) or (access.is_for_leaders(act.key) and not leads):
        raise NotAllowed(f"{act.title}: that is for those who lead the team.")
    if isinstance(form, Of) and form.who not in ("", by.id, *page.mine(by)) and not leads:
        raise NotAllowed(f"{act.title}: each says it for herself; the coordinator may say it for others.")


def _filled_in(form: Form, page: Sheet, by: Viewer) -> Form:
    """The form with whom it is about, and with the id of a new guest."""
    if isinstance(form, Of):
        hers = page.mine(by)
        who = form.who or (hers[0] if hers else by.id)
        if who not in page.known() | {by.id}:
            raise NotPossible("That person neither fills a seat of the team nor is a guest of this meeting.")
        if isinstance(form, Accept) and who not in (by.id, *hers) and not form.on_paper:
            raise NotPossible("For somebody else the statement is accepted on paper: say that you have it before you.")
        return form.model_copy(update={"who": who})
    if isinstance(form, convening.RollCall) and form.who not in page.known():
        raise NotPossible("That person neither fills a seat of the team on the day of the meeting nor is a guest of it.")
    if isinstance(form, InviteGuest):
        return form.model_copy(update={"guest": ledger.short(f"guest/{page.id}/{page.version}")})
    return form


def _refuse_foreign_lines(connection: Connection, meeting_id: str, form: Form) -> None:
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


def _refuse_by_the_team(act: Act, form: Form, page: Sheet, connection: Connection) -> None:
    """What the team's members, and the cases on the agenda, do not allow."""
    if act.key in ("open_meeting", "send_invitations"):
        team.refuse_without_members(page.held, local_date(page.course.starts_at))
    if isinstance(form, MoveMeeting):
        _refuse_overlap(connection, page.team["id"], page.id, form)
    if act.key == "adjourn" and (waiting := _waiting(connection, page.id)):
        cases = "1 case" if waiting == 1 else f"{waiting} cases"
        raise NotYet(f"Can't adjourn the meeting: {cases} on its agenda were neither heard nor deferred.")
    if isinstance(form, Approve) and not page.course.came:
        raise NotYet("Can't approve the record: no roll was called, and it names the members present (§ 17a-106a(j)).")


def _waiting(connection: Connection, meeting_id: str) -> int:
    found = select(AGENDA_LINES.c.line).where(AGENDA_LINES.c.meeting == meeting_id, AGENDA_LINES.c.state == "waiting")
    return len(connection.execute(found).all())


def _refuse_overlap(connection: Connection, team_id: str, meeting_id: str, form: SetMeeting | MoveMeeting) -> None:
    near = select(MEETINGS.c.starts_at, MEETINGS.c.minutes).where(
        MEETINGS.c.team_id == team_id, MEETINGS.c.id != meeting_id, MEETINGS.c.state != "cancelled"
    )
    ends_at = form.starts_at + convening.length(form.minutes)
    for starts_at, minutes in connection.execute(near):
        if starts_at < ends_at and form.starts_at < starts_at + convening.length(minutes):
            raise NotPossible(OVERLAPS)


def _add(
    connection: Connection, page: Sheet, happening: Happening, said: tuple[Mapping[str, Any], Mapping[str, str]], by: Viewer,
    now: datetime, command: str,
) -> Course:  # fmt: skip
    """Append the entry and bring the meeting's own row in step; how the meeting stands after it."""
    n, previous = page.version + 1, page.row["head"] or FIRST
    entry = Entry(n, happening, by.id, now, said[0], said[1])
    connection.execute(insert(MEETING_ENTRIES), _row(connection, page.id, entry, previous, command))
    after = course([*page.entries, entry])
    connection.execute(update(MEETINGS).where(MEETINGS.c.id == page.id).values(**_projected(connection, page.id, after, n)))
    return after


def _projected(connection: Connection, meeting_id: str, after: Course, n: int) -> dict[str, Any]:
    head = select(MEETING_ENTRIES.c.hash).where(MEETING_ENTRIES.c.meeting_id == meeting_id, MEETING_ENTRIES.c.n == n)
    return projection(after) | {"version": n, "head": connection.execute(head).scalar_one()}


def projection(after: Course) -> dict[str, Any]:
    """What the meeting's own row shows of its course."""
    names = ("starts_at", "minutes", "place", "special", "sequence", "state")
    return {name: getattr(after, name) for name in names}


def _row(connection: Connection, meeting_id: str, entry: Entry, previous: str, command: str) -> dict[str, Any]:
    words, commitment = None, ""
    if entry.words:
        key, where = words_key(connection), place_of(meeting_id, entry.n)
        text = orjson.dumps(dict(entry.words), option=orjson.OPT_SORT_KEYS).decode()
        words, commitment = sealed.seal(key, where, text), sealed.commitment(key, where, text)
    row = {
        "meeting_id": meeting_id, "n": entry.n, "command": command, "happening": entry.happening.value, "by": entry.by,
        "at": entry.at, "data": dict(entry.data), "words": words, "commitment": commitment, "previous": previous,
    }  # fmt: skip
    return row | {"hash": link(row)}


def link(row: Mapping[str, Any]) -> str:
    """The hash of an entry, that of the entry before included; of the words it covers the commitment alone."""
    digest = ledger.digest([{"data": row["data"]}], [{"commitment": row["commitment"]}])
    return ledger.link({
        "case_id": row["meeting_id"], "version": row["n"], "command": row["command"], "act": row["happening"], "by": row["by"],
        "at": row["at"], "digest": digest, "previous": row["previous"],
    })  # fmt: skip
