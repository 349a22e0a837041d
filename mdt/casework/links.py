"""Linking two cases: only what somebody sees herself can she link, and nothing that contradicts what is on record elsewhere.

A link lies in one ledger. What the others say is asked of their projection, in both directions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from mdt.board.same import cases_of_the_child
from mdt.board.sight import visible
from mdt.errors import NotAllowed, NotPossible
from mdt.facts import Fact
from mdt.links import APART, SETTLED, Likeness, LinkCases, UnlinkCases, is_said_of, likenesses
from mdt.policy import Role
from mdt.records.tables import CASES, LINKS
from mdt.store.engine import LINKING, one_at_a_time
from mdt.store.walls import looking_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.acts import Act, Form
    from mdt.facts import Event

JUDGES = frozenset({Fact.SAME_CHILD_FOUND, Fact.CHILDREN_KEPT_APART})  # what nobody says without having seen both
LINKS_CASES = JUDGES | {Fact.LIKENESS_FOUND, Fact.CASES_LINKED, Fact.CASES_UNLINKED}


def refuse_unseen(connection: Connection, case_id: str, act: Act, form: Form, history: Sequence[Event], by: Viewer) -> None:
    """Raise `NotAllowed` if the other case is not this person's to see, `NotPossible` if it is the same case."""
    other = _other(act, form, history)
    if other is None or by.role == Role.SYSTEM:
        return
    if other == case_id:
        raise NotPossible("A case is not linked with itself.")
    if other not in _numbers(connection, {other}, by):
        raise NotAllowed("The other case is not yours to see. Ask a supervisor who sees both.")


def refuse_contradicting(
    connection: Connection, case_id: str, act: Act, form: Form, history: Sequence[Event], by: Viewer
) -> None:  # fmt: skip
    """Raise `NotPossible` for what another case has on record, or what contradicts it; and for retracting what was settled."""
    if act.fact is Fact.FACT_RETRACTED and is_said_of(history, form.about):
        raise NotPossible("Can't retract the likeness: somebody has settled it since. Look at it again instead.")
    if act.fact not in LINKS_CASES:
        return
    one_at_a_time(connection, LINKING)  # the other case's ledger is another row to lock
    if isinstance(form, (Likeness, LinkCases, UnlinkCases)):
        _refuse_on_record_there(connection, case_id, form, by)
    elif act.fact is Fact.SAME_CHILD_FOUND:
        _refuse_same(connection, case_id, likenesses(history)[form.about], by)
    elif likenesses(history)[form.about] in cases_of_the_child(connection, case_id):
        raise NotPossible(
            "Can't keep them apart: by way of other cases they are the same child. Look at one of those again first."
        )


def _refuse_on_record_there(
    connection: Connection, case_id: str, form: Likeness | LinkCases | UnlinkCases, by: Viewer
) -> None:  # fmt: skip
    of_likeness = LINKS.c.how.in_(set(SETTLED.values()))
    there = select(LINKS.c.case_id).where(
        LINKS.c.case_id == form.case, LINKS.c.other == case_id, of_likeness if isinstance(form, Likeness) else ~of_likeness
    )
    found = connection.execute(there).first() and _numbers(connection, {form.case}, by)
    if found:
        what = "settle it there" if isinstance(form, Likeness) else "it is changed there"
        message = f"It is on record in case {found[form.case]}: {what}."
        raise NotPossible(message)


def _refuse_same(connection: Connection, case_id: str, other: str, by: Viewer) -> None:
    child = cases_of_the_child(connection, case_id) | cases_of_the_child(connection, other)
    apart = select(LINKS.c.case_id, LINKS.c.other).where(
        LINKS.c.how == APART, LINKS.c.case_id.in_(child), LINKS.c.other.in_(child)
    )
    pairs = connection.execute(apart).all()
    if not pairs:
        return
    numbers = _numbers(connection, {end for pair in pairs for end in pair}, by)
    seen = next((pair for pair in pairs if {*pair} <= numbers.keys()), None)
    which = f"cases {numbers[seen[0]]} and {numbers[seen[1]]} are" if seen else "two cases of this child are"
    whom = "Look at that again first" if seen else "Ask a supervisor who sees both"
    message = f"Can't say that it is the same child: {which} kept apart. {whom}."
    raise NotPossible(message)


def _numbers(connection: Connection, cases: set[str], by: Viewer) -> dict[str, str]:
    """The numbers of those of the cases that are this person's to see."""
    with looking_as(connection, by.id):
        found = connection.execute(select(CASES.c.id, CASES.c.number).where(CASES.c.id.in_(cases), visible(by)))
        return {row.id: row.number for row in found}


def linked_with(connection: Connection, case_id: str) -> set[tuple[str, str]]:
    """The cases with which this one was linked from either side, each with how."""
    rows = connection.execute(select(LINKS).where(or_(LINKS.c.case_id == case_id, LINKS.c.other == case_id)))
    return {(row.other if row.case_id == case_id else row.case_id, row.how) for row in rows}


def _other(act: Act, form: Form, history: Sequence[Event]) -> str | None:
    """The case that the act would link this one with."""
    if isinstance(form, (LinkCases, Likeness)):
        return form.case
    return likenesses(history).get(form.about) if act.fact in JUDGES else None
