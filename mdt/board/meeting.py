"""The meeting's screens: the team's meetings, one of them with its seats, its agenda and why each case is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from mdt import access
from mdt.access import serves_all
from mdt.agenda_order import special_meeting
from mdt.board.sight import positions, visible
from mdt.casework import agendas, refusals, stand_ins
from mdt.casework.convened import NO_SUCH_MEETING, Sheet, holding_from, sheet, sits
from mdt.circle import circle
from mdt.errors import NotFound
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.law.rulebook import load
from mdt.meeting import Happening, Placed, packet_is_open
from mdt.policy import TEAM
from mdt.records.tables import AGENDA_LINES, CASES, MEETING_ENTRIES, MEETINGS, MEMBERS, PEOPLE, TEAMS
from mdt.store.walls import looking_as
from mdt.team import Seat, meter, on_the_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, RowMapping, Select

    from mdt.access import Viewer
    from mdt.agenda_order import Proposal, ProposedLine
    from mdt.casework.agendas import Waiting
    from mdt.meeting import Course
    from mdt.store import Store
    from mdt.team import Holding

RECENT = timedelta(days=62)  # for how long a meeting is listed after it was held
DAY = timedelta(days=1)
LAST = 6  # meetings held before, that the seat meter looks at


@dataclass(frozen=True, slots=True)
class Convened:
    """A meeting in the list of them. `cases`: how many wait on its agenda; `heard`: how many were heard."""

    id: str
    team_id: str
    team: str
    district: str
    starts_at: datetime
    minutes: int
    special: bool
    state: str
    cases: int
    heard: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A case on the agenda. `fits`: within the meeting's length; `updates`: (agency, whether it came).

    `recused`: the members who have a conflict of interest on it, each with who stands in.
    """

    line: str
    case_id: str
    number: str
    age: int | None
    district: str | None
    state: str
    treatment: str
    minutes: int
    fits: bool
    reasons: tuple[str, ...]
    needed: tuple[str, ...]
    updates: tuple[tuple[str, bool], ...]
    tracks: Mapping[str, str]
    recused: tuple[str, ...]
    open_decisions: int
    reviewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting as a person sees it.

    `hidden`: cases on its agenda that are not hers to see; `used`: minutes of those that wait; `visits`: how often somebody
    comes and goes, by weight and as it is ordered; `special`: lines that cannot be heard within the team's standard;
    `proposed`: the order in which the agenda proposes itself.
    """

    id: str
    version: int
    team: Mapping[str, Any]
    course: Course
    leads: bool
    mine: tuple[str, ...]
    has_accepted: bool
    packet_is_open: bool
    members: tuple[Holding, ...]
    seats: tuple[Seat, ...]
    lines: tuple[Listed, ...]
    hidden: int
    next_at: datetime | None
    used: int
    visits: tuple[int, int]
    special: tuple[str, ...]
    proposed: tuple[Placed, ...]
    names: Mapping[str, str]


def meetings(store: Store, viewer: Viewer, now: datetime, *, most: int = 60) -> list[Convened]:
    """The meetings of the viewer's teams: those to come, those held of late, and older ones whose record is not approved."""
    clause = (MEETINGS.c.starts_at > now - RECENT) | MEETINGS.c.state.in_(("open", "held"))
    count = (
        select(AGENDA_LINES.c.meeting, AGENDA_LINES.c.state, func.count())
        .join(CASES, CASES.c.id == AGENDA_LINES.c.case_id)
        .where(positions(viewer))
        .group_by(AGENDA_LINES.c.meeting, AGENDA_LINES.c.state)
    )
    with store.read() as connection:
        opens = _opens(connection, viewer)
    with store.read(viewer.id) as connection:
        statement = (
            select(MEETINGS, TEAMS.c.name, TEAMS.c.judicial_district)
            .join(TEAMS, TEAMS.c.id == MEETINGS.c.team_id)
            .where(clause, _hers(viewer))
            .order_by(MEETINGS.c.starts_at, TEAMS.c.name)
        )
        rows = [row for row in connection.execute(statement).mappings() if opens(row)][:most]
        of = AGENDA_LINES.c.meeting.in_([row["id"] for row in rows])
        counts = {(row[0], row[1]): int(row[2]) for row in connection.execute(count.where(of))}
    return [_convened(row, counts) for row in rows]


def _convened(row: RowMapping, counts: Mapping[tuple[str, str], int]) -> Convened:
    return Convened(
        row["id"], row["team_id"], row["name"], row["judicial_district"], row["starts_at"], row["minutes"], row["special"],
        row["state"], counts.get((row["id"], "waiting"), 0), counts.get((row["id"], "held"), 0),
    )  # fmt: skip


def meetings_for(store: Store, viewer: Viewer, case_id: str, now: datetime) -> list[Convened]:
    """The coming meetings of the case's own team, today's included, the soonest first."""
    with store.read(viewer.id) as connection:
        team = connection.execute(select(CASES.c.team).where(CASES.c.id == case_id, visible(viewer))).scalar_one_or_none()
        statement = (
            select(MEETINGS, TEAMS.c.name, TEAMS.c.judicial_district)
            .join(TEAMS, TEAMS.c.id == MEETINGS.c.team_id)
            .where(MEETINGS.c.team_id == team, MEETINGS.c.state.in_(("set", "open")), MEETINGS.c.starts_at > now - DAY)
            .order_by(MEETINGS.c.starts_at)
        )
        rows = connection.execute(statement).mappings().all()
    return [_convened(row, {}) for row in rows if local_date(row["starts_at"]) >= local_date(now)]


def _hers(viewer: Viewer) -> ColumnElement[bool]:
    """The clause of the meetings of teams that she serves or ever filled a seat of, and of those to which she was invited."""
    team = TEAMS.c.id.in_(select(MEMBERS.c.team_id).where(MEMBERS.c.person_id == viewer.id))
    seat = or_(team, MEETINGS.c.id.in_(_invited(viewer)))
    if viewer.role not in TEAM:
        return seat
    if serves_all(viewer):
        return TEAMS.c.id == TEAMS.c.id
    return or_(seat, TEAMS.c.judicial_district.in_(viewer.districts), TEAMS.c.id.in_(viewer.teams))


def _invited(viewer: Viewer) -> Select[tuple[str]]:
    invited = MEETING_ENTRIES.c.happening == Happening.GUEST_INVITED.value
    return select(MEETING_ENTRIES.c.meeting_id).where(invited, MEETING_ENTRIES.c.data["person"].as_string() == viewer.id)


def _opens(connection: Connection, viewer: Viewer) -> Callable[[RowMapping], bool]:
    """Whether a listed meeting opens to her: that of a team she serves, on whose day she fills a seat, or as its guest."""
    rows = connection.execute(select(MEMBERS).where(MEMBERS.c.person_id == viewer.id)).mappings().all()
    held = [(row["team_id"], holding_from(dict(row))) for row in rows]
    guest = {id_ for id_ in connection.execute(_invited(viewer)).scalars() if sheet(connection, id_).mine(viewer)}

    def opens(row: RowMapping) -> bool:
        team = {"id": row["team_id"], "judicial_district": row["judicial_district"]}
        mine = [one for of, one in held if of == row["team_id"]]
        return row["id"] in guest or access.serves(viewer, team) or bool(on_the_day(mine, local_date(row["starts_at"])))

    return opens


def meeting_view(store: Store, viewer: Viewer, meeting_id: str, now: datetime) -> MeetingView:
    """A meeting of a team of hers. Raises `NotFound`, which is logged."""
    try:
        with store.read() as connection:
            return _view(connection, viewer, hers(connection, viewer, meeting_id), now)
    except NotFound:
        refusals.log(store, viewer, "meeting page", now)
        raise


def hers(connection: Connection, viewer: Viewer, meeting_id: str, *, lock: bool = False) -> Sheet:
    """The meeting, if it is one of a team of hers, locked if asked. For this system's own eyes. Raises `NotFound`."""
    page = sheet(connection, meeting_id, lock=lock)
    if not sits(viewer, page):
        raise NotFound(NO_SUCH_MEETING)
    return page


def version_of(store: Store, meeting_id: str) -> int:
    """How many entries the meeting has: what a page asks to know whether it moved; 0 if there is none."""
    with store.read() as connection:
        return connection.execute(select(MEETINGS.c.version).where(MEETINGS.c.id == meeting_id)).scalar_one_or_none() or 0


def _view(connection: Connection, viewer: Viewer, page: Sheet, now: datetime) -> MeetingView:
    with looking_as(connection, viewer.id):
        found = agendas.on_agenda(connection, page.id, positions(viewer))
    waiting = [one for one in found if one.state == "waiting"]
    next_at = agendas.next_after(connection, page)
    proposed = agendas.proposal(page, waiting, next_at, now)
    names = _names(connection, page, found)
    shown = _with_her_guests(page.course, viewer, {one.line for one in found}, leads=access.leads(viewer, page.team))
    lines = tuple(listed(page, found, proposed, names))
    return MeetingView(
        page.id, page.version, page.team, shown, access.leads(viewer, page.team), tuple(page.mine(viewer)),
        page.has_accepted(viewer), packet_is_open(page.course, now), page.members, _seats(connection, page), lines,
        _hidden(connection, page, len(found)), next_at, sum(one.minutes for one in lines if one.state == "waiting"),
        (proposed.visits_unordered, proposed.visits), _special(page, waiting, proposed, next_at, now),
        tuple(Placed(one.line, one.treatment.value, one.minutes) for one in (*proposed.lines, *proposed.over)), names,
    )  # fmt: skip


def _with_her_guests(stands: Course, viewer: Viewer, lines: set[str], *, leads: bool) -> Course:
    """The meeting with the guests of whom she may know: those of cases that she sees, and herself; who leads knows all."""
    hers = {
        key: guest
        for key, guest in stands.guests.items()
        if leads or guest.person == viewer.id or not lines.isdisjoint(guest.lines)
    }
    return replace(stands, guests=hers)


def _special(
    page: Sheet, waiting: Sequence[Waiting], proposed: Proposal, next_at: datetime | None, now: datetime
) -> tuple[str, ...]:
    if page.course.state != "set":
        return ()
    return special_meeting(proposed, agendas.candidates(page, waiting, now), next_at)


def listed(page: Sheet, found: Sequence[Waiting], proposed: Proposal, names: Mapping[str, str]) -> list[Listed]:
    """The cases in the agenda's order: as it was arranged, then what was heard, then as it proposes itself, then the deferred.

    So a case that nobody arranged stays behind whoever leads the meeting once it is heard, and the others before her.
    """
    why = {one.line: one for one in (*proposed.lines, *proposed.over)}
    placed = {one.line: one for one in page.course.lines}
    counted = dict.fromkeys((*placed, *why))
    heard = [one.line for one in found if one.state == "held"]
    order = {line: n for n, line in enumerate(dict.fromkeys((*placed, *heard, *why)))}
    fits = _fitting({line: (placed.get(line) or why[line]).minutes for line in counted}, page.course.minutes)
    away = {one.line: stand_ins.recused(page, one.history) for one in found}
    rows = [
        _listed(one, why.get(one.line), placed.get(one.line), names, fits=one.line in fits, recused=away[one.line])
        for one in found
    ]
    return sorted(rows, key=lambda one: (order.get(one.line, len(order)), one.number))


def _fitting(minutes: Mapping[str, int], budget: int) -> set[str]:
    """The lines, in their order, for which there is time after the opening; the first one always (`agenda_order.propose`)."""
    fits, left = set[str](), budget - (load().standard("agenda-opening-minutes").number or 0)
    for line, needed in minutes.items():
        if needed <= left or not fits:
            fits.add(line)
            left -= needed
    return fits


def _listed(
    one: Waiting, proposed: ProposedLine | None, placed: Placed | None, names: Mapping[str, str], *, fits: bool,
    recused: tuple[str, ...],
) -> Listed:  # fmt: skip
    how = placed or proposed
    treatment = str(how.treatment) if how else ""
    return Listed(
        one.line, one.row["id"], one.row["number"], one.row["age"], one.row["district"], one.state, treatment,
        how.minutes if how else 0, fits, tuple(r.says for r in proposed.reasons) if proposed else (),
        tuple(names.get(who, who) for who in sorted(proposed.needed)) if proposed else (), _updates(one),
        one.row["tracks"], recused,
        sum(t.step == "carry-out-decision" for t in one.tasks), one.row["reviewed_at"],
    )  # fmt: skip


def _updates(one: Waiting) -> tuple[tuple[str, bool], ...]:
    """The updates that were asked for on this line, and whether they came."""
    came = {e.about for e in one.history if e.fact is Fact.UPDATE_GIVEN}
    asked = (e for e in one.history if e.fact is Fact.UPDATE_ASKED_FOR and e.data.get("line") == one.line)
    return tuple((e.data["owner"], e.about in came) for e in asked)


def _hidden(connection: Connection, page: Sheet, seen: int) -> int:
    """How many cases of the agenda are not the viewer's to see."""
    every = select(func.count(func.distinct(AGENDA_LINES.c.case_id))).where(AGENDA_LINES.c.meeting == page.id)
    return int(connection.execute(every).scalar_one()) - seen


def _names(connection: Connection, page: Sheet, found: Sequence[Waiting]) -> dict[str, str]:
    """Names of staff and guests by id: who is engaged, who did something about the meeting, who may come."""
    ids = {who for one in found for who, _ in circle(one.history, {}).drawn_in} | {e.by for e in page.entries}
    people = connection.execute(select(PEOPLE.c.id, PEOPLE.c.name).where(PEOPLE.c.id.in_(ids)))
    names = {"flow": "this system"} | {row.id: row.name for row in people}
    return names | {g.id: g.name for g in page.course.guests.values()} | {one.id: one.name for one in page.members}


def _seats(connection: Connection, page: Sheet) -> tuple[Seat, ...]:
    return meter(page.held, local_date(page.course.starts_at), seats_before(connection, page), page.course.excused)


def seats_before(connection: Connection, page: Sheet) -> list[frozenset[str]]:
    """The seats that somebody filled at each of the last meetings held before this one, the newest first."""
    return past_seats(connection, page.team["id"], page.held, page.course.starts_at)


def past_seats(connection: Connection, team_id: str, held: Iterable[Holding], until: datetime) -> list[frozenset[str]]:
    """The seats that somebody filled at each of the last meetings of a team held before that time, the newest first."""
    before = (
        select(MEETINGS.c.id)
        .where(MEETINGS.c.team_id == team_id, MEETINGS.c.starts_at < until)
        .where(MEETINGS.c.state.in_(("held", "recorded")))
        .order_by(MEETINGS.c.starts_at.desc())
        .limit(LAST)
    )
    ids = list(connection.execute(before).scalars())
    seat_of = {one.id: one.seat for one in held}
    came: dict[str, set[str]] = {meeting: set() for meeting in ids}
    calls = select(MEETING_ENTRIES.c.meeting_id, MEETING_ENTRIES.c.happening, MEETING_ENTRIES.c.data).where(
        MEETING_ENTRIES.c.meeting_id.in_(ids), MEETING_ENTRIES.c.happening.in_(("came", "did not come"))
    )
    for meeting, happening, data in connection.execute(calls.order_by(MEETING_ENTRIES.c.meeting_id, MEETING_ENTRIES.c.n)):
        change = came[meeting].add if happening == "came" else came[meeting].discard
        change(data["who"])
    return [frozenset(seat_of[who] for who in came[meeting] if who in seat_of) for meeting in ids]
