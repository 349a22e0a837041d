"""The process as a picture, drawn from the table itself."""

from __future__ import annotations

from mdt.law.rulebook import Actor
from mdt.process import ASIDE, STEPS, Room, Step


def diagram() -> str:
    """The process as a Mermaid flowchart: one box a room, its steps in order, arrows where the end of a step opens another."""
    lines = ["flowchart LR"]
    for room in Room:
        steps = [s for s in STEPS if s.room is room]
        lines.append(f'  subgraph {room.name}["{room.value}"]')
        lines += [f'    {_box(s)}["{s.title}<br/><small>{s.actor.value}</small>"]' for s in steps if _is_main(s)]
        lines.append("  end")
    lines += [f"  {_box(a)} --> {_box(b)}" for a, b in _leads_to()]
    return "\n".join(lines) + "\n"


def _box(step: Step) -> str:
    return step.key.replace("-", "_")


def _is_main(step: Step) -> bool:
    return step.key not in ASIDE and step.actor is not Actor.SYSTEM


def _leads_to() -> list[tuple[Step, Step]]:
    main = [s for s in STEPS if _is_main(s)]
    return [(a, b) for a in main for b in main if a is not b and set(a.ended_by) & set(b.opened_by) and _forward(a, b)]


def _forward(a: Step, b: Step) -> bool:
    return STEPS.index(a) < STEPS.index(b)
