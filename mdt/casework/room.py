"""Every act by name, from every room, and which of them a person may record on a case now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdt import (
    access,
    circle,
    closing,
    compensation,
    custody,
    fanout,
    intake,
    links,
    provided,
    review,
    screening,
    services,
    vault,
)  # fmt: skip
from mdt.acts import tasks_ended_by
from mdt.process import AT_WILL, FROM_OUTSIDE, STEPS

if TYPE_CHECKING:
    from collections.abc import Collection

    from mdt.access import Viewer
    from mdt.acts import Act
    from mdt.facts import Fact
    from mdt.process import Room
    from mdt.tasks import Task

ACTS: tuple[Act, ...] = (
    *intake.ACTS, *links.ACTS, *screening.ACTS, *fanout.ACTS, *custody.ACTS, *review.ACTS, *provided.ACTS, *services.ACTS,
    *compensation.ACTS, *closing.ACTS, *circle.ACTS, *vault.ACTS,
)  # fmt: skip
ACT: dict[str, Act] = {act.key: act for act in ACTS}


def _rooms_of_facts() -> dict[Fact, Room]:
    """A fact belongs to the room of the act that records it, else to that of the step which it ends or opens."""
    opening = {fact: step.room for step in STEPS for fact in step.opened_by}
    ending = {fact: step.room for step in STEPS for fact in step.ended_by}
    return opening | ending | {act.fact: act.room for act in (*ACTS, circle.TAKE_EMERGENCY_ACCESS)}


ROOM_OF = _rooms_of_facts()


def acts_for(viewer: Viewer, task: Task) -> list[Act]:
    """The acts that answer an open task and that this person may record."""
    return [a for a in ACTS if access.may(viewer, a) and tasks_ended_by(a, task.about, [task])]


def acts_from_outside(viewer: Viewer, facts: Collection[Fact] = ()) -> list[Act]:
    """What may happen at any time, waited for or not, and may be recorded by this person; so may what follows these facts."""
    return [a for a in ACTS if access.may(viewer, a) and (a.fact in FROM_OUTSIDE | AT_WILL or a.may_follow in facts)]
