"""Who provides what the team is told, who may release it, and to whom a decision is given: made to agree with the accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.access import Viewer, leads, serves
from mdt.agenda_lines import lines_of
from mdt.casework.convened import entries_of, held_on
from mdt.circle import circle
from mdt.errors import NotAllowed, NotPossible
from mdt.facts import Fact
from mdt.law.period import local_date
from mdt.meeting import course
from mdt.policy import ADVOCATES, DCF, LEADS, POLICE, TEAM, How, Role
from mdt.provided import CONSENT, Disclosure, Statement, UpdateGiven, WithdrawDisclosure, disclosable
from mdt.records.tables import CASES, MEETINGS, MEMBERS, MEMBERSHIPS, PEOPLE, TEAMS
from mdt.review import Decision
from mdt.team import on_the_day

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.acts import Form
    from mdt.agenda_lines import AgendaLine
    from mdt.facts import History
    from mdt.meeting import Course, Guest
    from mdt.team import Holding

FOR_OTHERS = LEADS | {Role.SYSTEM}  # who types in what somebody else said, or holds on paper
GIVEN_BY = {"DCF": DCF, "police": POLICE, "advocate": ADVOCATES}  # whose roles give the update that an agency is asked for


def fill_in(connection: Connection, case_id: str, form: Form, history: History, by: Viewer) -> Form:
    """The form with who provides it.

    Raises `NotPossible` for somebody who may not be meant, `NotAllowed` (§ 17a-106a(i)) if this person may not speak for her.
    """
    if isinstance(form, UpdateGiven):
        _refuse_update(connection, form, history, by)
        return form.model_copy(update={"provider": by.id})
    if isinstance(form, Statement):
        _refuse_provider(connection, case_id, form, history, by)
    elif isinstance(form, Disclosure | WithdrawDisclosure):
        _refuse_release(connection, form, history, by)
    elif isinstance(form, Decision) and form.given_to:
        _refuse_to_give(connection, form.given_to, history)
    return form


def _refuse_update(connection: Connection, form: UpdateGiven, history: History, by: Viewer) -> None:
    """Raise `NotAllowed` for an update that was asked of another agency; who leads the team types it for any."""
    owner = next(e.data["owner"] for e in history if e.fact is Fact.UPDATE_ASKED_FOR and e.about == form.about)
    if by.role not in FOR_OTHERS and owner not in _speaks_for(connection, by):
        message = (
            f"Can't give the update: it was asked of {owner}. Somebody of that agency gives it, or those who lead the team and"
            " hold it from there (§ 17a-106a(i))."
        )
        raise NotAllowed(message)


def _speaks_for(connection: Connection, by: Viewer) -> set[str]:
    """Whose updates are hers to give: those of her role; of a team member, those of her agency's other roles too."""
    agency, roles = by.agency.casefold(), {by.role}
    if by.role in TEAM:
        at_home = select(PEOPLE.c.role).where(PEOPLE.c.agency == by.agency, PEOPLE.c.disabled_at.is_(None))
        roles |= set(connection.execute(at_home).scalars())
    named = {"DCF": agency == "dcf", "police": "police" in agency, "advocate": False}
    return {owner for owner, of_role in GIVEN_BY.items() if roles & of_role or named[owner]}


def _refuse_provider(connection: Connection, case_id: str, form: Statement, history: History, by: Viewer) -> None:
    """Raise `NotAllowed` for what another said, `NotPossible` for who took no part in the meeting, or left it."""
    line = next((one for one in reversed(lines_of(history)) if form.line in ("", one.line)), None)
    if by.role not in FOR_OTHERS and not _is(
        connection, form.provider, by, _guests(connection, history, line.line if line else "")
    ):
        message = "Can't record what somebody else said: she does it herself, or those who lead the team (§ 17a-106a(i))."
        raise NotAllowed(message)
    if line is None:
        return  # of a case on no such agenda nothing was said: `line_heard` refuses it
    there = _attendance(connection, case_id, line, form.happened_at)
    hers, drawn = there.ids_of(form.provider), circle(history, {}).drawn_in
    if not _takes_part(connection, there, form.provider, drawn):
        message = (
            "Can't record the statement: that person takes no part in the meeting: she neither sits on the team nor leads it,"
            " works on this case, or is a guest for it (§ 17a-106a(c), (i))."
        )
        raise NotPossible(message)
    _refuse_absent(there, hers)
    if any((who, How.CONFLICT) in drawn for who in hers):
        message = "Can't record the statement: that person has a conflict of interest on this case and left."
        raise NotPossible(message)


def _takes_part(connection: Connection, there: Attendance, provider: str, drawn: Collection[tuple[str, str]]) -> bool:
    """Whether she is a member of that day, a guest for the line, engaged on the case, or leads the team.

    Of a team whose members are not named yet, everybody who serves it is one.
    """
    if there.has_place_for(provider):
        return True
    return any(
        (who.id, How.ENGAGED) in drawn or leads(who, there.team) or (not there.members and serves(who, there.team))
        for who in viewers(connection, {provider})
    )


def _refuse_absent(there: Attendance, hers: Collection[str]) -> None:
    """Raise `NotPossible` for a guest who has not accepted the statement, and for who did not come."""
    if there.stands is None:
        return
    is_member = any(one.id in hers for one in there.members)
    if (
        not is_member
        and any(who in there.stands.guests for who in hers)
        and not any(who in there.stands.accepted for who in hers)
    ):
        message = (
            "Can't record the statement: the guest has not accepted the confidentiality statement (§ 17a-106a(c), (h) to (j))."
        )
        raise NotPossible(message)
    called = [there.stands.came[who] for who in hers if who in there.stands.came]
    if called and not any(called):
        message = "Can't record the statement: by the roll call, that person did not come to the meeting."
        raise NotPossible(message)


def _refuse_release(connection: Connection, form: Disclosure | WithdrawDisclosure, history: History, by: Viewer) -> None:
    if by.role in FOR_OTHERS:
        return
    made = next(e for e in history if e.fact is Fact.STATEMENT_MADE and e.about == form.about)
    ground = form.ground if isinstance(form, Disclosure) else disclosable(history).get(form.about, CONSENT)
    if ground != CONSENT:
        message = "A court's order, or what the Constitution requires, is recorded by those who lead the team (§ 17a-106a(i))."
        raise NotAllowed(message)
    if not _is(connection, made.data["provider"], by, _guests(connection, history, made.data["line"])):
        message = (
            "Only the participant who provided it consents to its disclosure, or takes that back, and those who lead the team"
            " and hold it in writing (§ 17a-106a(i))."
        )
        raise NotAllowed(message)


def _refuse_to_give(connection: Connection, person: str, history: History) -> None:
    if not _signs_in(connection, person):
        message = "Can't give the decision to that person: nobody who signs in here is meant."
        raise NotPossible(message)
    if (person, How.CONFLICT) in circle(history, {}).drawn_in:
        message = "Can't give the decision to that person: a conflict of interest on this case was declared."
        raise NotPossible(message)


def _is(connection: Connection, provider: str, by: Viewer, guests: Mapping[str, Guest]) -> bool:
    """Whether this provider is she: by her own id, that of her seat, or as a guest."""
    if provider == by.id or (provider in guests and guests[provider].person == by.id):
        return True
    seat = select(MEMBERS.c.id).where(MEMBERS.c.id == provider, MEMBERS.c.person_id == by.id)
    return connection.execute(seat).first() is not None


def _signs_in(connection: Connection, person: str) -> bool:
    known = select(PEOPLE.c.id).where(PEOPLE.c.id == person, PEOPLE.c.disabled_at.is_(None))
    return connection.execute(known).first() is not None


def viewers(connection: Connection, ids: Collection[str]) -> list[Viewer]:
    """Those of these persons who sign in here, with what each works for, in the order of their ids."""
    people = select(PEOPLE).where(PEOPLE.c.id.in_(ids), PEOPLE.c.disabled_at.is_(None)).order_by(PEOPLE.c.id)
    works: dict[tuple[str, str], set[str]] = {}
    for row in connection.execute(select(MEMBERSHIPS).where(MEMBERSHIPS.c.person_id.in_(ids))):
        works.setdefault((row.person_id, row.kind), set()).add(row.name)
    return [
        Viewer(
            one.id, one.name, one.role, one.agency,
            *(frozenset(works.get((one.id, kind), ())) for kind in ("district", "office", "team")),
        )
        for one in connection.execute(people)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who may take part in the meeting of a line: the team, its members of the day, and how the meeting stands."""

    line: str
    team: Mapping[str, Any]
    members: Sequence[Holding]
    stands: Course | None

    def ids_of(self, who: str) -> set[str]:
        """Every id under which the meeting knows this person: her own, her seats', hers as a guest."""
        guests = self.stands.guests.values() if self.stands else ()
        known = [*((one.id, one.person) for one in self.members), *((one.id, one.person) for one in guests)]
        person = next((person for other, person in known if other == who and person), who)
        return {who, person, *(other for other, hers in known if hers == person)}

    def has_place_for(self, who: str) -> bool:
        """Whether she fills a seat or an office on the day, or was invited for this line."""
        ids, guests = self.ids_of(who), self.stands.guests if self.stands else {}
        return any(one.id in ids for one in self.members) or any(self.line in guests[i].lines for i in ids if i in guests)


def _attendance(connection: Connection, case_id: str, line: AgendaLine, at: datetime) -> Attendance:
    """As the meeting stands; of a meeting on paper, with the case's team on the day of what was said."""
    entries = entries_of(connection, line.meeting)
    stands = course(entries) if entries else None
    of_meeting = select(MEETINGS.c.team_id).where(MEETINGS.c.id == line.meeting)
    of_case = select(CASES.c.team).where(CASES.c.id == case_id)
    team_id = connection.execute(of_meeting).scalar() or connection.execute(of_case).scalar() or ""
    team = connection.execute(select(TEAMS).where(TEAMS.c.id == team_id)).mappings().one_or_none()
    members = on_the_day(held_on(connection, team_id), local_date(stands.starts_at if stands else at))
    return Attendance(line.line, dict(team or {"id": team_id}), members, stands)


def _guests(connection: Connection, history: History, line: str) -> Mapping[str, Guest]:
    """The guests, by id, of the meeting on whose agenda the line stands."""
    stands = _course(connection, history, line)
    return stands.guests if stands else {}


def _course(connection: Connection, history: History, line: str) -> Course | None:
    """How the meeting stands on whose agenda the line is; None if it is on paper."""
    meeting = next((one.meeting for one in lines_of(history) if one.line == line), "")
    entries = entries_of(connection, meeting)
    return course(entries) if entries else None
