"""Chance: people drawn into cases and let go through the real door; after each act everyone sees what the history says."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import insert, select, text

from mdt.board.case import case_view
from mdt.board.named import named
from mdt.board.people import people
from mdt.board.sight import only_a_row, visible
from mdt.casework import ACT, accounts, carry_out, intake
from mdt.casework.glass import take_emergency_access
from mdt.errors import MdtError, NotAllowed, NotFound
from mdt.facts import Fact
from mdt.records.tables import ACCOUNTS, CASES, EVENTS, INVOLVED, MEMBERSHIPS, NARRATIVES, PEOPLE
from mdt.scenario import PEOPLE as DEMO
from tests import making
from tests.access import reference
from tests.access.reference import Matter, Someone, seen

if TYPE_CHECKING:
    from mdt.access import Viewer
    from mdt.facts import Event
    from mdt.store import Store

HOURS_4 = timedelta(hours=4)
HERE, EVERYWHERE = frozenset({"New Haven"}), frozenset({"*"})
WHO = (
    ("intake worker", "DCF", {"offices": EVERYWHERE}), ("intake worker", "DCF", {"offices": HERE}),
    ("intake worker", "DCF", {}), ("intake supervisor", "DCF", {"offices": EVERYWHERE}),
    ("area-office worker", "DCF", {"offices": frozenset({"Norwich"})}), ("police", "Police A", {}),
    ("police", "Police A", {}), ("police", "Police B", {}),
    ("prosecutor", "State's Attorney", {"districts": HERE}), ("team coordinator", "Center A", {"districts": EVERYWHERE}),
    ("chairperson", "State's Attorney", {"districts": HERE}), ("team member", "Hospital", {"districts": HERE}),
    ("team member", "Hospital", {}), ("victim advocate", "Center A", {}), ("victim advocate", "Center B", {}),
    ("advocate supervisor", "Center A", {}), ("OVS liaison", "OVS", {}), ("auditor", "State", {"offices": EVERYWHERE}),
    ("administrator", "State", {"districts": EVERYWHERE}),
)  # fmt: skip
CASES_MADE = 6


@dataclass
class World:
    """The database; who there is; and what was recorded on each case, told once more in the simplest way."""

    store: Store
    chance: Random
    now: datetime
    someones: dict[str, Someone] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    told: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    checks: int = 0
    done: dict[str, int] = field(default_factory=dict)

    def matter(self, case: str) -> Matter:
        """The case as its history leaves it."""
        placed = [value for what, value in self.told[case] if what == "placed"]
        asked = {value for what, value in self.told[case] if what == "asked"}
        asked -= {value for what, value in self.told[case] if what == "retracted"}
        restrictions = [what for what, _ in self.told[case] if what in ("restricted", "lifted")]
        it = Matter(before_team=bool(asked), restricted=restrictions[-1:] == ["restricted"], drawn_in=drawn_in(self.told[case]))
        return replace(it, **{name: placed[-1].get(name) for name in ("office", "district", "team")}) if placed else it

    def viewers(self) -> dict[str, Viewer]:
        return {viewer.id: viewer for viewer in people(self.store, self.now) if viewer.id in self.someones}


DRAWS_IN = {"engaged": "engaged", "agency": "agency", "named": "named", "restricted": "named", "conflict": "conflict"}


def drawn_in(told: list[tuple[str, Any]]) -> frozenset[tuple[str, str, datetime | None]]:
    """Whoever was drawn in and not let go."""
    drawn: dict[tuple[str, str], datetime | None] = {}
    sent = dict(value for what, value in told if what == "sent")
    for what, value in told:
        if what == "ended":
            gone = {value, *(person for person, agency in sent.items() if agency == value)}
            drawn = {(w, how): at for (w, how), at in drawn.items() if how not in ("engaged", "agency") or w not in gone}
        elif what == "lifted":
            drawn = {pair: at for pair, at in drawn.items() if pair[1] != "named"}
        elif what == "glass":
            drawn[value[0], "glass"] = value[1]
        elif what in DRAWS_IN:
            drawn[value, DRAWS_IN[what]] = None
    for agency in {sent[who] for who, how in drawn if how == "engaged" and who in sent}:
        drawn[agency, "agency"] = None  # as long as one of its people is engaged
    return frozenset((who, how, until) for (who, how), until in drawn.items())


def _world(store: Store, seed: int) -> World:
    world = World(store, Random(seed), datetime.now(UTC))
    rows = [(n, making.row(report_no=f"R-{n}", narrative="words", reporter_name="A Reporter")) for n in range(CASES_MADE)]
    cases = intake.receive_rows(store, rows, by=DEMO["intake worker"], now=world.now).taken
    world.told = {case: [] for case in cases}
    for n, (role, agency, works) in enumerate(WHO):
        world.someones[f"someone-{n}"] = Someone(f"someone-{n}", role, agency, **works)
    with store.write() as connection:
        connection.execute(insert(PEOPLE), [
            {"id": s.id, "name": "Somebody", "role": s.role, "agency": s.agency} for s in world.someones.values()
        ])  # fmt: skip
        connection.execute(insert(MEMBERSHIPS), [
            {"person_id": s.id, "kind": kind, "name": name}
            for s in world.someones.values() for kind, names in (("office", s.offices), ("district", s.districts))
            for name in names
        ])  # fmt: skip
        for one in world.someones:
            row, world.secrets[one] = accounts.account_row(connection, one, one, world.now)
            connection.execute(insert(ACCOUNTS).values(row))
        world.numbers = dict(connection.execute(select(CASES.c.id, CASES.c.number)).tuples().all())
        world.rooms = dict.fromkeys(connection.scalars(select(EVENTS.c.id)), "Report")
    return world


HOW = {
    "restrict_case": "restricted", "admit_person": "named", "lift_restriction": "lifted", "declare_conflict": "conflict",
}  # fmt: skip


# What chance may do. ------------------------------------------------------------------------------------------------------


def _form(world: World, act: str, case: str) -> dict[str, Any]:
    """What is typed into the form: mostly sensible."""
    anyone = world.chance.choice(list(world.someones))
    agency = world.chance.choice(("Police A", "Police B", "Center A", "Nobody's"))
    drawn = [who for who, how, _ in sorted(drawn_in(world.told[case]), key=str) if how in ("engaged", "agency")]
    asked = [value for what, value in world.told[case] if what == "asked"]
    return {
        "engage_person": {"person": anyone}, "engage_agency": {"agency": agency},
        "end_engagement": {"who": world.chance.choice((anyone, *drawn, *drawn))},
        "restrict_case": {"because": "staff are threatened"},
        "admit_person": {"person": anyone}, "lift_restriction": {},
        "declare_conflict": {"person": world.chance.choice((anyone, ""))},
        "place_case": {"town": world.chance.choice(("New Haven", "Norwich")), "town_of": "residence"},
        "ask_for_review": {"reason": "words"},
        "retract_fact": {"about": world.chance.choice(asked) if asked else "", "reason": "words"},
    }[act]  # fmt: skip


def _tell(world: World, case: str, act: str, by: Someone, form: dict[str, Any], events: tuple[Event, ...]) -> None:
    """Write down what the act amounts to, from what was asked."""
    tell = world.told[case].append
    if act == "engage_person":
        person = world.someones[form["person"]]
        tell(("engaged", person.id))
        if person.role in ("victim advocate", "advocate supervisor"):
            tell(("sent", (person.id, person.agency)))
    elif act == "engage_agency":
        tell(("agency", form["agency"]))
    elif act == "end_engagement":
        tell(("ended", form["who"]))
    elif act == "place_case":
        tell(("placed", next(e.data for e in events if e.fact is Fact.CASE_PLACED)))
    elif act == "ask_for_review":
        tell(("asked", events[0].id))
    elif act == "retract_fact":
        tell(("retracted", form["about"]))
    else:
        tell((HOW[act], form.get("person") or by.id))


ACTS = (
    "engage_person", "engage_person", "engage_agency", "end_engagement", "end_engagement", "restrict_case", "admit_person",
    "lift_restriction", "declare_conflict", "place_case", "ask_for_review", "retract_fact", "glass", "glass",
)  # fmt: skip


def _where(world: World, act: str) -> str:
    """Some case; mostly one on which the act would make sense."""
    restricted = [case for case in world.told if world.matter(case).restricted]
    asked = [case for case, told in world.told.items() if any(what == "asked" for what, _ in told)]
    engaged = [case for case, told in world.told.items() if any(what in ("engaged", "agency") for what, _ in told)]
    sensible = {"admit_person": restricted, "lift_restriction": restricted, "retract_fact": asked, "end_engagement": engaged}
    found = sensible.get(act)
    return world.chance.choice(found if found and world.chance.random() < 0.8 else list(world.told))


def one_act(world: World) -> None:
    """Somebody tries something; the door must let her through just if the words of the policy do."""
    act = world.chance.choice(ACTS)
    case = _where(world, act)
    everyone, matter = list(world.someones.values()), world.matter(case)
    able = [s for s in everyone if act == "glass" or reference.may_record(s, matter, world.now, act)]
    by = world.chance.choice(able if able and world.chance.random() < 0.7 else everyone)
    if act == "declare_conflict" and world.chance.random() < 0.5:
        return  # nobody comes back from it: let there be few
    viewer = world.viewers()[by.id]
    if act == "glass":
        _glass(world, case, by, viewer)
        return
    form = _form(world, act, case)
    whom = world.someones.get(form.get("person", ""))
    allowed = reference.may_record(by, matter, world.now, act) and reference.may_name(by, act, whom)
    try:
        told = ACT[act].form.model_validate({"happened_at": world.now, "note": "words", **form})
        receipt = carry_out(world.store, case, ACT[act], told, by=viewer, now=world.now, command=uuid4().hex)
    except (NotAllowed, NotFound):
        assert not allowed, (act, by)
        return
    except MdtError:
        assert allowed, (act, by)
        return
    assert allowed, (act, by)
    world.done[act] = world.done.get(act, 0) + 1
    world.rooms |= {e.id: ACT[act].room.value for e in receipt.events}
    _tell(world, case, act, by, form, receipt.events)


def _glass(world: World, case: str, by: Someone, viewer: Viewer) -> None:
    matter = world.matter(case)
    sees = seen(by, matter, world.now)
    may = by.role in reference.roles_of("take_emergency_access") and not matter.restricted and not sees.classes
    may = may and (by.id, "conflict", None) not in matter.drawn_in
    code = pyotp.TOTP(world.secrets[by.id]).at(world.now)
    try:
        receipt = take_emergency_access(
            world.store, world.numbers[case], "words", code, by=viewer, now=world.now, command=uuid4().hex
        )
    except MdtError:
        assert not may, by
        return
    assert may, by
    world.done["glass"] = world.done.get("glass", 0) + 1
    world.rooms |= {e.id: "Closed" for e in receipt.events}
    world.told[case].append(("glass", (by.id, world.now + HOURS_4)))


# What must be so then. ----------------------------------------------------------------------------------------------------


def everyone_sees_what_the_history_says(world: World) -> None:
    matters = {case: world.matter(case) for case in world.told}
    with world.store.read() as connection:
        for person, viewer in world.viewers().items():
            someone = world.someones[person]
            expected = {case: seen(someone, matter, world.now) for case, matter in matters.items()}
            content = set(connection.scalars(select(CASES.c.id).where(visible(viewer))))
            rows = set(connection.scalars(select(CASES.c.id).where(only_a_row(viewer))))
            assert content == {case for case, it in expected.items() if it.classes}, someone
            assert rows == {case for case, it in expected.items() if it.row}, someone
            world.checks += 1
    for person, someone in world.someones.items() if not world.store.is_sqlite else ():
        with world.store.read(person) as connection:  # the wall goes by its own clock
            at = connection.scalar(text("SELECT now()"))
            assert set(connection.scalars(text("SELECT id FROM cases"))) == {
                case for case, matter in matters.items() if seen(someone, matter, at).classes
            }


def one_case_shows_what_it_should(world: World) -> None:
    """A person opens a case and looks at the name: each class of fields is there or not, as the words say."""
    case, viewer = world.chance.choice(list(world.told)), world.chance.choice(list(world.viewers().values()))
    someone, matter = world.someones[viewer.id], world.matter(case)
    it = seen(someone, matter, world.now)
    if not it.classes:
        with pytest.raises(NotAllowed if it.row else NotFound):
            case_view(world.store, viewer, case, world.now)
        with pytest.raises((NotAllowed, NotFound)):
            named(world.store, viewer, case, world.now)
        return
    view = case_view(world.store, viewer, case, world.now)
    assert view.sight.may_record == it.may_record
    assert {world.rooms[entry.event.id] for entry in view.history} <= it.rooms
    if len(it.rooms) == len(reference.ROOMS):
        assert {entry.event.id for entry in view.history} == _events(world, case)
    found = named(world.store, viewer, case, world.now)
    assert bool(found.child) == ("identity" in it.classes)
    assert bool(found.reports) == ("report" in it.classes)
    assert {(e, name) for e, words in found.words.items() for name in words} == _words(world, case, someone, matter)


def _events(world: World, case: str) -> set[str]:
    with world.store.read() as connection:
        return set(connection.scalars(select(EVENTS.c.id).where(EVENTS.c.case_id == case)))


def _words(world: World, case: str, someone: Someone, matter: Matter) -> set[tuple[str, str]]:
    """The words on a case that she may read: those of a class of their own, and the others by their room."""
    it = seen(someone, matter, world.now)
    with world.store.read() as connection:
        of = select(NARRATIVES.c.event_id, NARRATIVES.c.field, EVENTS.c.by).join(EVENTS, EVENTS.c.id == NARRATIVES.c.event_id)
        rows = connection.execute(of.where(NARRATIVES.c.case_id == case)).all()
    classes = reference.WORDS_CLASSES
    return {
        (event, name) for event, name, by in rows
        if by == someone.id or (classes[name] in it.classes if name in classes else world.rooms[event] in it.notes)
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_everyone_sees_what_the_history_says(store: Store, seed: int) -> None:
    world = _world(store, seed)
    for _ in range(85 if store.is_sqlite else 20):
        world.now += timedelta(minutes=world.chance.choice((1, 2, 30, 90)))
        one_act(world)
        everyone_sees_what_the_history_says(world)
        one_case_shows_what_it_should(world)
    assert world.checks >= (1_600 if store.is_sqlite else 350)
    if store.is_sqlite:
        assert len(world.done) >= len(set(ACTS)) - 1, world.done  # chance did a little of everything


# When it is said to have happened does not decide who sees a case. ---------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "then", "gone"),
    [
        (("engage_person", {"person": "someone-13"}), ("end_engagement", {"who": "someone-13"}), ("someone-13", "engaged")),
        (("restrict_case", {"because": "staff are threatened"}), ("lift_restriction", {}), ("someone-3", "named")),
    ],
)
def test_an_engagement_or_a_restriction_ends_when_its_end_is_recorded_whatever_day_is_typed(
    store: Store, first: tuple[str, dict[str, str]], then: tuple[str, dict[str, str]], gone: tuple[str, str]
) -> None:
    world = _world(store, 1)
    case, by = next(iter(world.told)), world.viewers()["someone-3"]
    for (act, form), ago in ((first, timedelta(hours=1)), (then, timedelta(days=1))):
        told = ACT[act].form.model_validate({"happened_at": world.now - ago, **form})
        with suppress(MdtError):  # to refuse the day would do as well
            carry_out(store, case, ACT[act], told, by=by, now=world.now, command=uuid4().hex)
            recorded = act
    with store.read() as connection:
        drawn = {(r.who, r.how) for r in connection.execute(select(INVOLVED).where(INVOLVED.c.case_id == case))}
    assert (gone in drawn) == (recorded == first[0])


def test_a_case_that_was_restricted_again_is_restricted_whatever_day_is_typed(store: Store) -> None:
    world = _world(store, 1)
    case, by = next(iter(world.told)), world.viewers()["someone-3"]
    days = (("restrict_case", 3), ("lift_restriction", 2), ("restrict_case", 4))
    for act, ago in days:
        form = {"because": "staff are threatened"} if act == "restrict_case" else {}
        told = ACT[act].form.model_validate({"happened_at": world.now - timedelta(days=ago), **form})
        carry_out(store, case, ACT[act], told, by=by, now=world.now, command=uuid4().hex)
    assert making.case_row(store, case)["restricted"] == "staff are threatened"
