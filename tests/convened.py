"""What tests of a meeting begin with: a team and its members, a meeting, a case on its agenda, and an act in one line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.casework import convene, convened, teams
from mdt.convening import ACT, SetMeeting
from mdt.records.tables import AGENDA_LINES, TEAMS
from mdt.scenario import PEOPLE
from mdt.team import TakeSeat
from tests import making
from tests.making import MONDAY

if TYPE_CHECKING:
    from mdt.access import Viewer
    from mdt.casework.convene import Recorded
    from mdt.casework.convened import Sheet
    from mdt.meeting import Course
    from mdt.store import Store

CHAIR, COORDINATOR, MEMBER = PEOPLE["chairperson"], PEOPLE["team coordinator"], PEOPLE["team member"]
POLICE, ADVOCATE, WORKER = PEOPLE["police"], PEOPLE["victim advocate"], PEOPLE["intake worker"]
START = datetime(2026, 3, 10, 14, tzinfo=UTC)  # ten in the morning of a Tuesday in Connecticut, before the series' next
_numbers = count(1)


def team_id(store: Store, district: str = "New Haven") -> str:
    """The team of a district."""
    with store.read() as connection:
        found = select(TEAMS.c.id).where(TEAMS.c.judicial_district == district)
        return str(connection.execute(found.limit(1)).scalar_one())


def seat(store: Store, what: str, person: Viewer | None = None, **more: Any) -> str:
    """The id of a new holding in New Haven, of somebody who signs in or of Doctor B."""
    who = {"person": person.id, "agency": person.agency} if person else {"name": "Doctor B", "agency": "Hospital"}
    form = TakeSeat.model_validate({"seat": what, "position": "Member", "from_on": date(2026, 1, 1), **who, **more})
    return teams.take_seat(store, team_id(store), form, by=COORDINATOR, now=MONDAY, command=f"seat-{next(_numbers)}")


def seated(store: Store) -> dict[str, str]:
    """A team with a chairperson and three members, one of whom does not sign in; the holdings by seat."""
    people = {"chairperson": CHAIR, "police": POLICE, "health care professional": None, "DCF": WORKER}
    return {what: seat(store, what, person) for what, person in people.items()}


def a_meeting(store: Store, starts_at: datetime = START, **more: Any) -> str:
    """A meeting of New Haven's team."""
    form = SetMeeting.model_validate({"starts_at": starts_at, "place": "Room 1", **more})
    return convene.set_meeting(store, team_id(store), form, by=COORDINATOR, now=MONDAY, command=f"meeting-{next(_numbers)}")


def on_the_agenda(store: Store, **cells: Any) -> str:
    """A case that the flows have put on the next agenda."""
    return making.identified(store, **cells)


def act(
    store: Store, meeting: str, key: str, at: datetime = MONDAY, *, by: Viewer = COORDINATOR, command: str = "", **form: Any
) -> Recorded:
    """One act about a meeting."""
    told = ACT[key].form.model_validate(form)
    return convene.convene(store, meeting, key, told, by=by, now=at, command=command or f"convene-{next(_numbers)}")


def sheet(store: Store, meeting: str) -> Sheet:
    """The meeting as its door reads it."""
    with store.read() as connection:
        return convened.sheet(connection, meeting)


def course(store: Store, meeting: str) -> Course:
    """How it stands."""
    return sheet(store, meeting).course


def lines(store: Store, meeting: str, state: str = "waiting") -> dict[str, str]:
    """The cases on its agenda in that state, each with its line."""
    found = select(AGENDA_LINES.c.case_id, AGENDA_LINES.c.line).where(
        AGENDA_LINES.c.meeting == meeting, AGENDA_LINES.c.state == state
    )
    with store.read() as connection:
        return dict(connection.execute(found).tuples().all())


def line(store: Store, meeting: str) -> str:
    """The one line that waits on its agenda."""
    (found,) = lines(store, meeting).values()
    return found
