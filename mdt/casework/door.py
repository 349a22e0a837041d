"""The one door for writes: check who may, decide, record. Facts, projection, ledger row and outbox row in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from mdt import access, acts
from mdt.casework import (
    applying,
    child,
    circle,
    links,
    meetings,
    pages,
    provided,
    refusals,
    releases,
    releasing,
    stand_ins,
    swearing,
)
from mdt.casework.room import ACT, ACTS
from mdt.errors import CaseMoved, MdtError, NotAllowed, NotFound, NotPossible
from mdt.facts import Fact
from mdt.history import live
from mdt.policy import WITHOUT_SIGHT, Role
from mdt.store.walls import is_there_for
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.acts import Act, Form
    from mdt.facts import Event, History
    from mdt.store import Store
    from mdt.tasks import Task


ANEW = "It could not be recorded. Open the form anew and try again."


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an act did. `repeated`: it had been done before, by the same command; nothing was added now."""

    case_id: str
    version: int
    events: tuple[Event, ...] = ()
    opened: tuple[Task, ...] = ()
    ended: tuple[Task, ...] = ()
    repeated: bool = False


def carry_out(
    store: Store,
    case_id: str,
    act: Act,
    form: Form,
    *,
    by: Viewer,
    now: datetime,
    command: str,
    seen: int | None = None,
) -> Receipt:
    """Record an act on a case.

    `command` is made by whoever asks: the same one twice is one act. `seen` is the version of the case that the person had
    before her: if somebody else recorded something since, `CaseMoved` says what. Raises what `mdt.errors` lists.
    """
    try:
        with store.write() as connection:
            return act_on(connection, case_id, act, form, by=by, now=now, command=command, seen=seen)
    except (MdtError, IntegrityError) as error:
        with store.read() as connection:
            if (done := already_done(connection, case_id, command, by)) is not None:
                return done
        if isinstance(error, NotAllowed | NotFound):
            refusals.log(store, by, act.key, now, case_id)
        if isinstance(error, IntegrityError):
            raise NotPossible(ANEW) from error
        raise


def act_on(
    connection: Connection,
    case_id: str,
    act: Act,
    form: Form,
    *,
    by: Viewer,
    now: datetime,
    command: str,
    seen: int | None = None,
) -> Receipt:
    """`carry_out` within the caller's transaction."""
    access.refuse_unless_allowed(by, act)
    if ACT.get(act.key) != act:
        raise NotAllowed(f"{act.title}: this is not recorded here.")
    page = pages.open_page(connection, case_id)
    history = live(page.events)
    _refuse_unless_theirs(connection, case_id, act, form, history, by=by, now=now)
    _refuse_if_moved(page, by, seen)
    _refuse_for_others(act, form, history, by)
    tasks = open_tasks(history)
    form = acts.fill_in(act, form, history)
    acts.refuse_unless_possible(act, form, history, tasks, by.id, now)
    meetings.refuse_foreign_meeting(connection, case_id, form)
    child.refuse_a_minor(connection, case_id, form, history)
    child.refuse_a_grown(connection, case_id, form, history)
    links.refuse_unseen(connection, case_id, act, form, history, by)
    links.refuse_contradicting(connection, case_id, act, form, history, by)
    swearing.refuse_oath(connection, case_id, form, by)
    releasing.refuse(connection, case_id, form, history, now)
    releases.refuse(connection, form, by)
    applying.refuse(connection, case_id, form, history)
    form = circle.fill_in(connection, form, by)
    form = provided.fill_in(connection, case_id, form, history, by)
    new = act.decided(form, history)
    entry = pages.Entry(act.key, by.id, form.happened_at, now, command)
    events, after = pages.write(connection, page, new, entry, tasks)
    stand_ins.ask(connection, case_id, form, by, now)
    return _receipt(case_id, page.version + 1, events, tasks, after)


def _refuse_unless_theirs(
    connection: Connection, case_id: str, act: Act, form: Form, history: History, *, by: Viewer, now: datetime
) -> None:
    """Raise unless the case is this person's to record on; or, for whoever holds an answer link, the need is the link's."""
    if by.answers:
        if not access.is_answered_for(by, case_id, form.about):
            raise NotFound(pages.NO_SUCH_CASE)
        return
    pages.refuse_unless_recording(history, act, by, now)
    if by.role != Role.SYSTEM and act.key not in WITHOUT_SIGHT and not is_there_for(connection, by.id, case_id):
        raise NotFound(pages.NO_SUCH_CASE)


def _refuse_for_others(act: Act, form: Form, history: History, by: Viewer) -> None:
    """An entry is corrected, and a duty given up, by those who may record one like it."""
    meant: list[Act] = []
    if act.fact in (Fact.FACT_RETRACTED, Fact.FACT_REDATED):
        wrong = next((e.fact for e in history if e.id == form.about), None)
        meant = [a for a in ACTS if a.fact is wrong]
    if act.fact is Fact.DUTY_LEFT_UNDONE:
        step = form.about.partition(":")[0]
        meant = [a for a in ACTS if any(ended.key == step for ended in a.ends)]
    if meant and not any(access.may(by, a) for a in meant):
        message = f"{act.title}: that is for those who may record “{meant[0].fact.value}”."
        raise NotAllowed(message)


def _receipt(case_id: str, version: int, events: Sequence[Event], before: Sequence[Task], after: Sequence[Task]) -> Receipt:
    old, new = {t.key for t in before}, {t.key for t in after}
    return Receipt(
        case_id,
        version,
        tuple(events),
        tuple(t for t in after if t.key not in old),
        tuple(t for t in before if t.key not in new),
    )


def _refuse_if_moved(page: pages.Page, by: Viewer, seen: int | None) -> None:
    """Other people's acts count; what the flows added on their own does not."""
    if seen is None or seen >= page.version:
        return
    since = [e for e in page.events if e.act > seen and e.by not in (by.id, access.SYSTEM.id)]
    if since:
        facts = ", ".join(dict.fromkeys(f"“{e.fact.value}”" for e in since))
        message = f"Meanwhile somebody else recorded {facts} on this case. Look again and decide again."
        raise CaseMoved(message)


def already_done(connection: Connection, case_id: str, command: str, by: Viewer) -> Receipt | None:
    """What this person did by the same command before, if it was carried out."""
    version = pages.version_of(connection, case_id, command, by.id)
    return None if version is None else Receipt(case_id, version, repeated=True)
