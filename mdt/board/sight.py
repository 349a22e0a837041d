"""Which cases a viewer sees, as part of the query itself and never as a filter after the fact; `mdt.access` as SQL."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from mdt.access import is_everywhere, relates, role_of, serves_all
from mdt.policy import ROOMS, SEES, How, Relation, Role, See
from mdt.process import STEPS
from mdt.records.tables import CASES, INVOLVED, TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Select

    from mdt.access import Viewer


@lru_cache(maxsize=1024)  # it depends on the viewer alone; to make it anew takes longer than most queries that carry it
def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The clause that a row of `cases` must meet for its content to be seen by the viewer."""
    if viewer.role == Role.SYSTEM:
        return true()
    seen = and_(related(viewer), or_(CASES.c.guarded.is_(False), CASES.c.id.in_(_guarded_but_hers(viewer))))
    if not viewer.glass or not relates(viewer, Relation.GLASS):
        return seen
    through = and_(CASES.c.id.in_(viewer.glass), CASES.c.restricted.is_(None), _no_conflict(viewer))
    return or_(seen, through)


def only_a_row(viewer: Viewer) -> ColumnElement[bool]:
    """The clause of the restricted cases of which this viewer sees a row with the reason and no content."""
    named = CASES.c.id.in_(_drawn_in(viewer.id, How.NAMED))
    return and_(CASES.c.guarded.is_(True), CASES.c.restricted.is_not(None), ~named, _no_conflict(viewer), related(viewer))


def related(viewer: Viewer) -> ColumnElement[bool]:
    """The clause of the cases to which the viewer stands in a lasting relation, restrictions and conflicts aside."""
    if role_of(viewer) is None:
        return false()
    ways = [clause for clause, relation in _ways(viewer) if relates(viewer, relation)]
    return or_(false(), *ways)


def _ways(viewer: Viewer) -> Iterator[tuple[ColumnElement[bool], Relation]]:
    """Every lasting relation as a clause; emergency access is another matter (`visible`)."""
    before, everywhere = CASES.c.before_team.is_(True), serves_all(viewer)
    served = [*_any_of(CASES.c.district, viewer.districts), *_any_of(CASES.c.team, viewer.teams)]
    yield or_(false(), *_any_of(CASES.c.office, viewer.offices)), Relation.OFFICE
    yield before if everywhere else and_(before, or_(false(), *served)), Relation.TEAM
    yield CASES.c.id.in_(_drawn_in(viewer.agency, How.AGENCY)), Relation.AGENCY
    yield CASES.c.id.in_(_drawn_in(viewer.id, How.ENGAGED)), Relation.ENGAGED
    yield true(), Relation.SYSTEM


def _any_of(column: ColumnElement[str], names: frozenset[str]) -> list[ColumnElement[bool]]:
    if is_everywhere(names):
        return [true()]
    if not names:
        return []
    return [column == next(iter(names)) if len(names) == 1 else column.in_(sorted(names))]


def _drawn_in(who: str, how: How) -> Select[tuple[str]]:
    return select(INVOLVED.c.case_id).where(INVOLVED.c.who == who, INVOLVED.c.how == how)


def _guarded_but_hers(viewer: Viewer) -> Select[tuple[str]]:
    """The few guarded cases that are open to the viewer; asked apart, so that all others cost one look at a flag."""
    guarded = CASES.alias("guarded")
    named = guarded.c.restricted.is_(None) | guarded.c.id.in_(_drawn_in(viewer.id, How.NAMED))
    return select(guarded.c.id).where(
        guarded.c.guarded.is_(True), named, guarded.c.id.not_in(_drawn_in(viewer.id, How.CONFLICT))
    )


def _no_conflict(viewer: Viewer) -> ColumnElement[bool]:
    return CASES.c.id.not_in(_drawn_in(viewer.id, How.CONFLICT))


def in_her_rooms(viewer: Viewer) -> ColumnElement[bool]:
    """The clause that a row of `task` must meet besides its case's: a step of a room that the role sees."""
    role = role_of(viewer)
    if role is None or See.POSITION not in SEES[role]:
        return false()
    rooms = ROOMS[role]
    if len(rooms) == len(ROOMS[Role.SYSTEM]):
        return true()
    return TASKS.c.step.in_([step.key for step in STEPS if step.room in rooms])


def positions(viewer: Viewer) -> ColumnElement[bool]:
    """`visible`, for what shows a case as a whole: a role that sees some rooms alone sees no case as a whole."""
    role = role_of(viewer)
    return visible(viewer) if role is not None and ROOMS[role] == ROOMS[Role.SYSTEM] else false()
