"""Who may see and do what. Every read of a screen takes the viewer, every act the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.errors import NotAllowed
from mdt.process import Room

if TYPE_CHECKING:
    from mdt.acts import Act


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone signed in. An empty district or office means the whole state."""

    id: str
    name: str
    role: str
    agency: str
    district: str | None = None
    office: str | None = None


SYSTEM = Viewer("flow", "This system", "system", "MDT")

_EVERY_ROOM = frozenset(Room)
# Which rooms' acts a role records. Facts of agencies that do not sign in (police, OVS) are recorded by who learns of them.
ROOMS_OF: dict[str, frozenset[Room]] = {
    "system": _EVERY_ROOM,
    "intake worker": frozenset({Room.REPORT, Room.SCREENING, Room.SERVICES, Room.CLOSED}),
    "intake supervisor": frozenset({Room.REPORT, Room.SCREENING, Room.SERVICES, Room.CLOSED}),
    "chairperson": frozenset({Room.REPORT, Room.REVIEW, Room.CLOSED}),
    "victim advocate": frozenset({Room.REVIEW, Room.SERVICES, Room.COMPENSATION, Room.CLOSED}),
}
ONLY_THE_CHAIR = frozenset({"hold_review", "record_meeting", "conclude_review", "defer_review"})
ONLY_A_SUPERVISOR = frozenset({"approve_screen_out", "return_screen_out"})


def may(viewer: Viewer, act: Act) -> bool:
    """Whether this role records this act."""
    if act.key in ONLY_A_SUPERVISOR:
        return viewer.role in ("intake supervisor", "system")
    if act.key in ONLY_THE_CHAIR:
        return viewer.role in ("chairperson", "system")
    return act.room in ROOMS_OF.get(viewer.role, frozenset())


def refuse_unless_allowed(viewer: Viewer, act: Act) -> None:
    """Raise `NotAllowed` unless the viewer's role records this act."""
    if not may(viewer, act):
        article = "an" if viewer.role[:1] in "aeiou" else "a"
        message = f"{act.title}: this is not recorded by {article} {viewer.role}."
        raise NotAllowed(message)
