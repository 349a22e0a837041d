"""One case opened: where it stands, what is open and why, what happened. The name is a read of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mdt.access import PROVIDER, sight
from mdt.board.overview import Card, card_from
from mdt.board.sight import only_a_row, visible
from mdt.board.why import Why, why
from mdt.casework import refusals
from mdt.casework.pages import NO_SUCH_CASE, history_of
from mdt.casework.room import ROOM_OF
from mdt.circle import circle
from mdt.errors import NotAllowed, NotFound
from mdt.facts import ABOUT, WHO_KNOWS, Event, Thing, is_telling
from mdt.history import live
from mdt.law.period import EASTERN
from mdt.law.rulebook import load
from mdt.process import STEP, Room, cite
from mdt.records.tables import CASES, PEOPLE
from mdt.tasks import Task, answered, is_late, is_lost, is_overdue, open_tasks, task_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Sight, Viewer
    from mdt.errors import MdtError
    from mdt.process import Step
    from mdt.store import Store


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An open step as a person sees it, with why it is there."""

    id: str
    task: Task
    title: str
    about: str
    is_overdue: bool
    is_lost: bool
    is_late: bool
    why: Why


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history. `struck`: it was retracted; `moved_from`: when first said; `whom` it draws in or shuts out.

    `late`: which duty it answered after the law's last instant, and when that was; empty for every other line.
    """

    event: Event
    by: str
    about: str
    struck: bool
    moved_from: datetime | None
    whom: str = ""
    late: str = ""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case without a name. `things` names each report, line, decision, need … of the case for people."""

    card: Card
    version: int
    tasks: tuple[OpenTask, ...]
    history: tuple[Entry, ...]
    things: dict[str, str]
    sight: Sight
    restricted: str | None

    @property
    def as_seen(self) -> tuple[str, int, Sight]:
        """What a look at a name holds for: until the case moves, or what she may see of it changes."""
        return self.card.id, self.version, self.sight

    @property
    def stands(self) -> tuple[Event, ...]:
        """What is on record and was not retracted, the oldest first."""
        return tuple(one.event for one in reversed(self.history) if not one.struck)


def case_view(store: Store, viewer: Viewer, case_id: str, now: datetime) -> CaseView:
    """The case as it stands, the rooms that this viewer does not see left out.

    Raises `NotFound` if there is none, or none this viewer may see, and `NotAllowed` if it is restricted.
    """
    with store.read(viewer.id) as connection:
        row = connection.execute(select(CASES).where(CASES.c.id == case_id, visible(viewer))).mappings().one_or_none()
        events = list(history_of(connection, case_id)) if row else []
        people = names_of(connection, {e.by for e in events} | {one for e in events if (one := whom(e))})
    if row is None:
        refusals.log(store, viewer, "case page", now, case_id)
        raise _why_not(store, viewer, case_id)
    seen = sight(viewer, circle(live(events), dict(row)), now)
    things = name_things(events)
    tasks = tuple(_open_task(t, things, now) for t in open_tasks(events) if STEP[t.step].room in seen.rooms)
    history = _history([e for e in events if ROOM_OF[e.fact] in seen.rooms], people, things, too_late(events, seen.rooms))
    return CaseView(_card(dict(row), tasks, seen, now), row["version"], tasks, history, things, seen, row["restricted"])


def _why_not(store: Store, viewer: Viewer, case_id: str) -> MdtError:
    """What is said of a case whose content this viewer does not see."""
    reason = select(CASES.c.restricted).where(CASES.c.id == case_id, only_a_row(viewer))
    with store.read() as connection:  # a restricted case is known to exist, though no row of it is shown
        because = connection.execute(reason).scalar_one_or_none()
    if because is None:
        return NotFound(NO_SUCH_CASE)
    return NotAllowed(f"This case is restricted to named persons: {because}.")


def _card(row: dict[str, Any], tasks: Sequence[OpenTask], seen: Sight, now: datetime) -> Card:
    """The card, of the rooms that are seen."""
    card = card_from(row, now)
    if seen.rooms == frozenset(Room):
        return card
    here, tracks = tasks[0] if tasks else None, {name: word for name, word in card.tracks.items() if Room(name) in seen.rooms}
    return replace(
        card, room=" and ".join(tracks), tracks=tracks, office=None, open_tasks=len(tasks), may_close=False,
        next_step=here.task.step if here else None, next_title=here.title if here else "",
        next_owner=here.task.owner if here else None, next_at=here.task.due if here else None,
        next_force=here.task.force if here else None, is_overdue=any(t.is_overdue for t in tasks), overdue_since=None,
        waiting_since=None, reviewed_at=None, consent_until=None,
    )  # fmt: skip


def version_of(store: Store, viewer: Viewer, case_id: str) -> int | None:
    """How many acts the case has seen; None if it is not this viewer's to see. What a page asks to know whether it moved."""
    with store.read(viewer.id) as connection:
        return connection.execute(select(CASES.c.version).where(CASES.c.id == case_id, visible(viewer))).scalar_one_or_none()


def names_of(connection: Connection, ids: set[str]) -> dict[str, str]:
    """The names of staff by id."""
    rows = connection.execute(select(PEOPLE.c.id, PEOPLE.c.name).where(PEOPLE.c.id.in_(ids)))
    return {"flow": "this system", PROVIDER: "the provider"} | {row.id: row.name for row in rows}


def _open_task(task: Task, things: dict[str, str], now: datetime) -> OpenTask:
    return OpenTask(
        task_id(task.key), task, STEP[task.step].title, things.get(task.about, ""), is_overdue(task, now), is_lost(task, now),
        is_late(task, now), why(task),
    )  # fmt: skip


def name_things(events: list[Event]) -> dict[str, str]:
    """A short name for each thing of a case: "report 2", "need: shelter", "decision 1 (DCF)"."""
    names: dict[str, str] = {}
    counts: dict[Thing, int] = {}
    for event in events:
        for kind, thing in _things_of(event):
            if thing not in names:
                counts[kind] = counts.get(kind, 0) + 1
                names[thing] = _name(kind, counts[kind], event)
    return names


def _things_of(event: Event) -> Iterator[tuple[Thing, str]]:
    """What the event is about, and, where it is itself a notice, that."""
    kind = ABOUT[event.fact]
    if event.about and kind not in (Thing.CASE, Thing.EVENT, Thing.TASK, Thing.NOTICE):
        yield kind, event.about
    if is_telling(event):
        yield Thing.NOTICE, event.id


def _name(kind: Thing, n: int, event: Event) -> str:
    told = event.data.get("need") or event.data.get("paper") or event.data.get("owner")
    if kind is Thing.NOTICE:
        return f"notice {n}: {event.fact.value}"
    if kind is Thing.LINE and "on" in event.data:
        return f"meeting of {event.data['on']}"
    return f"{kind.value} {n}: {told}" if told else f"{kind.value} {n}"


def whom(event: Event) -> str:
    """The id of the person, or the agency, whom the event draws in or shuts out; empty for every other event."""
    if event.fact not in WHO_KNOWS:
        return ""
    named: str = event.data.get("person") or event.data.get("agency") or event.data.get("who") or ""
    return named


def too_late(events: list[Event], rooms: Collection[Room]) -> dict[str, str]:
    """What is said of the events that answered a duty, or used a right, late, by id.

    § 17a-101o has DCF keep record of late reports. Of a right that had ended it is said besides what remains.

    A standard of the team's is not spoken of, nor a duty of another room; nor what the law wants "immediately", since it says
    no minute: such a step is overdue while it waits, and that is all.
    """
    said: dict[str, list[str]] = {}
    for task, by in ((a.task, a.by) for a in answered(events)):
        step = STEP[task.step]
        if task.due is None or task.due <= task.started or step.room not in rooms:
            continue
        if is_overdue(task, by.happened_at):
            said.setdefault(by.id, []).append(_last_instant(step, task.due))
        elif is_lost(task, by.happened_at) and by.fact is step.ended_by[0]:  # the right was used, and not let go
            said.setdefault(by.id, []).append(_right_ended(step, task.rolled or task.due))
    return {event: f"late: {'; '.join(duties)}" for event, duties in said.items()}


def _right_ended(step: Step, ended: datetime) -> str:
    """When a right that was used all the same had ended, and what remains."""
    waivers = load()[step.rule].waivers if step.rule else ()
    remains = "what may save it: " + ", ".join(w.ground for w in waivers) if waivers else "who received it says if it is heard"
    return f"the right to {step.title} ended on {ended.astimezone(EASTERN):%-d %b %Y, %H:%M} ({cite(step)}), {remains}"


def _last_instant(step: Step, due: datetime) -> str:
    return f"the law's last instant to {step.title} was {due.astimezone(EASTERN):%-d %b %Y, %H:%M} ({cite(step)})"


def _history(events: list[Event], people: dict[str, str], things: dict[str, str], late: dict[str, str]) -> tuple[Entry, ...]:
    stands = {e.id: e for e in live(events)}
    lines = [
        Entry(
            stands.get(e.id, e),
            people.get(e.by, "someone of another agency"),
            things.get(e.about or "", ""),
            e.id not in stands,
            e.happened_at if e.id in stands and stands[e.id].happened_at != e.happened_at else None,
            people.get(whom(e), whom(e)),
            late.get(e.id, ""),
        )
        for e in events
    ]
    return tuple(sorted(lines, key=lambda line: (line.event.happened_at, line.event.seq), reverse=True))
