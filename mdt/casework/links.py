"""Linking two cases: only a case that she sees herself can somebody link with another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.board.sight import visible
from mdt.errors import NotAllowed, NotPossible
from mdt.facts import Fact
from mdt.links import Likeness, LinkCases
from mdt.policy import Role
from mdt.records.tables import CASES
from mdt.store.walls import looking_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.acts import Act, Form
    from mdt.facts import Event

JUDGES = frozenset({Fact.SAME_CHILD_FOUND, Fact.CHILDREN_KEPT_APART})  # what nobody says without having seen both


def refuse_unseen(connection: Connection, case_id: str, act: Act, form: Form, history: Sequence[Event], by: Viewer) -> None:
    """Raise `NotAllowed` if the other case is not this person's to see, `NotPossible` if it is the same case."""
    other = _other(act, form, history)
    if other is None or by.role == Role.SYSTEM:
        return
    if other == case_id:
        raise NotPossible("A case is not linked with itself.")
    with looking_as(connection, by.id):
        found = connection.execute(select(CASES.c.id).where(CASES.c.id == other, visible(by))).first()
    if found is None:
        raise NotAllowed("The other case is not yours to see. Ask a supervisor who sees both.")


def _other(act: Act, form: Form, history: Sequence[Event]) -> str | None:
    """The case that the act would link this one with."""
    if isinstance(form, (LinkCases, Likeness)):
        return form.case
    if act.fact not in JUDGES:
        return None
    return next((e.data["case"] for e in history if e.fact is Fact.LIKENESS_FOUND and e.about == form.about), None)
