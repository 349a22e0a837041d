"""The one door for what is recorded about a meeting: check who may, decide, add it to the meeting's chain.

Entries, the meeting's own row and what follows for its cases are one transaction. What is recorded of a case at a meeting goes
through the door of cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from mdt import access, convening
from mdt.casework import fitting, put_off, refusals
from mdt.casework.convened import NO_SUCH_MEETING, Sheet, place_of, sheet, sits, words_key
from mdt.convening import ACT, Accept, Act, CancelMeeting, Form, InviteGuest, MoveMeeting, Of, SetMeeting
from mdt.errors import NotAllowed, NotFound, NotPossible
from mdt.law.period import local_date
from mdt.meeting import Course, Entry, Happening, course
from mdt.policy import Role
from mdt.records.tables import MEETING_ENTRIES, MEETINGS, TEAMS
from mdt.store import ledger, sealed
from mdt.store.ledger import FIRST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.store import Store

ANEW = "It could not be recorded. Open the page anew and try again."


@dataclass(frozen=True, slots=True)
class Recorded:
    """How the meeting stands after it. `repeated`: the same command had been carried out before."""

    meeting_id: str
    version: int
    course: Course
    repeated: bool = False


def convene(
    store: Store, meeting_id: str, key: str, form: Form, *, by: Viewer, now: datetime, command: str, seen: int | None = None
) -> Recorded:
    """Record something about a meeting. The same command twice is one act. Raises what `mdt.errors` lists.

    `seen`: how many entries the person had before her; if somebody else has arranged the agenda since, `CaseMoved`.
    """
    try:
        with store.write() as connection:
            return convene_in(connection, meeting_id, key, form, by=by, now=now, command=command, seen=seen)
    except (NotAllowed, NotFound):
        refusals.log(store, by, key, now)
        raise
    except IntegrityError as error:  # somebody else's command, or a second one that came at the same time
        raise NotPossible(ANEW) from error


def convene_in(
    connection: Connection, meeting_id: str, key: str, form: Form, *, by: Viewer, now: datetime, command: str,
    seen: int | None = None,
) -> Recorded:  # fmt: skip
    """`convene` within the caller's transaction."""
    act, page = ACT[key], sheet(connection, meeting_id, lock=True)
    if (done := _done(connection, meeting_id, command, by)) is not None:
        return Recorded(meeting_id, done, page.course, repeated=True)
    _refuse_unless_allowed(act, form, page, by)
    form = _filled_in(connection, form, page, by)
    fitting.refuse_foreign_lines(connection, meeting_id, form)
    fitting.refuse_if_rearranged(form, page, by, seen)
    form = fitting.keep_the_rest(connection, form, page)
    convening.refuse_unless_possible(act, form, page.course, now)
    if act.key == "adjourn":
        put_off.unseen(connection, meeting_id, by, now, command)
    fitting.refuse_by_the_team(act, form, page, connection)
    happening, data, words = act.decided(form)
    data |= _put_off(connection, form, page, now, command)
    after = _add(connection, page, Entry(page.version + 1, happening, by.id, now, data, words), command)
    return Recorded(meeting_id, page.version + 1, after)


def _put_off(connection: Connection, form: Form, page: Sheet, now: datetime, command: str) -> dict[str, Any]:
    """Put the waiting cases off, if the meeting does not take place on its day; under which lines they stand on the new one."""
    if isinstance(form, CancelMeeting):
        put_off.lines_of(connection, page.id, None, now, command)
    elif isinstance(form, MoveMeeting) and (on := local_date(form.starts_at)) != local_date(page.course.starts_at):
        return {"lines": put_off.lines_of(connection, page.id, on, now, command)}
    return {}


def set_meeting(store: Store, team_id: str, form: SetMeeting, *, by: Viewer, now: datetime, command: str) -> str:
    """Set a meeting of a team; its id, which the same command always gives."""
    meeting_id = keys_id(command)
    try:
        with store.write() as connection:
            _refuse_unless_leading(connection, team_id, by)
            if connection.execute(select(MEETINGS.c.id).where(MEETINGS.c.id == meeting_id)).first():
                return meeting_id
            convening.refuse_date(form, now)
            begin(connection, meeting_id, team_id, form, by=by, now=now, command=command)
    except (NotAllowed, NotFound):
        refusals.log(store, by, convening.SET_MEETING.key, now)
        raise
    except IntegrityError as error:
        raise NotPossible(ANEW) from error
    return meeting_id


def _refuse_unless_leading(connection: Connection, team_id: str, by: Viewer) -> None:
    found = connection.execute(select(TEAMS).where(TEAMS.c.id == team_id)).mappings().one_or_none()
    if found is None or not (by.role == Role.SYSTEM or access.leads(by, dict(found))):
        raise NotFound("There is no such team, or it is not one that you lead.")


def keys_id(command: str) -> str:
    """An opaque id that the same command always gives."""
    return ledger.short(f"meeting/{command}")


def begin(
    connection: Connection, meeting_id: str, team_id: str, form: SetMeeting, *, by: Viewer, now: datetime, command: str,
    series_id: str | None = None,
) -> None:  # fmt: skip
    """A new meeting with its first entry, in the caller's transaction. Raises `NotPossible` where it meets another."""
    whole = {"minutes": form.minutes, "place": form.place, "special": form.special, "starts_at": form.starts_at}
    fitting.refuse_overlap(connection, team_id, meeting_id, form)
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
    _add(connection, page, Entry(1, Happening.SET, by.id, now, convening.first_entry(form) | {"team": team_id}), command)


def _done(connection: Connection, meeting_id: str, command: str, by: Viewer) -> int | None:
    found = select(MEETING_ENTRIES.c.n).where(MEETING_ENTRIES.c.command == command, MEETING_ENTRIES.c.by == by.id)
    return connection.execute(found.where(MEETING_ENTRIES.c.meeting_id == meeting_id)).scalar_one_or_none()


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


def _filled_in(connection: Connection, form: Form, page: Sheet, by: Viewer) -> Form:
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
        fitting.refuse_guest(connection, form, page)
        return form.model_copy(update={"guest": ledger.short(f"guest/{page.id}/{page.version}")})
    return form


def _add(connection: Connection, page: Sheet, entry: Entry, command: str) -> Course:
    """Append the entry and bring the meeting's own row in step; how the meeting stands after it."""
    previous = page.row["head"] or FIRST
    connection.execute(insert(MEETING_ENTRIES), _row(connection, page.id, entry, previous, command))
    after = course([*page.entries, entry])
    values = _projected(connection, page.id, after, entry.n)
    connection.execute(update(MEETINGS).where(MEETINGS.c.id == page.id).values(values))
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
        "at": entry.at.astimezone(UTC), "data": dict(entry.data), "words": words, "commitment": commitment,
        "previous": previous,
    }  # fmt: skip
    return row | {"hash": link(row)}


def link(row: Mapping[str, Any]) -> str:
    """The hash of an entry, that of the entry before included; of the words it covers the commitment alone."""
    digest = ledger.digest([{"data": row["data"]}], [{"commitment": row["commitment"]}])
    return ledger.link({
        "case_id": row["meeting_id"], "version": row["n"], "command": row["command"], "act": row["happening"], "by": row["by"],
        "at": row["at"], "digest": digest, "previous": row["previous"],
    })  # fmt: skip
