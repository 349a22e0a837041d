"""The written policy against a second, naive one: every role, relation and state of a case; every act; every field."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import LargeBinary

from mdt import access, intake, policy
from mdt.access import Circle, Viewer
from mdt.acts import Act, Form, is_words
from mdt.casework import ACT, ACTS
from mdt.casework.intake import RECEIVE
from mdt.circle import TAKE_EMERGENCY_ACCESS
from mdt.facts import Fact
from mdt.policy import FIELDS, NOTES, RECORDS, RELATES, SEES, How, Relation, Role, See
from mdt.process import Room
from mdt.records import metadata
from tests.access import reference
from tests.access.reference import Matter, Someone

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ME, MY_AGENCY, OTHER = "person-1", "An agency", "Another agency"
CLASS = {
    "position": See.POSITION, "history": See.HISTORY, "identity": See.IDENTITY, "report": See.REPORT, "reporter": See.REPORTER,
    "released": See.RELEASED,
}  # fmt: skip
NAME_OF = {see: name for name, see in CLASS.items()}
EVERY_ROLE = (*reference.ROLES, "a role nobody knows")
EVERY_ACT = (*ACTS, RECEIVE, TAKE_EMERGENCY_ACCESS)

# What she works for, and where the case is: mine, another's, none, the whole state; placed or not.
WORKS_FOR = tuple(
    product(
        ((), ("New Haven",), ("Norwich",), ("*",)),
        ((), ("New Haven",), ("Hartford",), ("*",)),
        ((), ("new-haven",), ("hartford",)),
    )
)
PLACES = (("New Haven", "New Haven", "new-haven"), (None, None, None))
GLASS = (None, NOW - SECOND, NOW, NOW + SECOND)
STATES = tuple(product(PLACES, (False, True), (False, True), (False, True), GLASS, (False, True), (False, True), (False, True)))
CELLS = 14 * 48 * 512 + 48 * 512


def as_both(state: tuple[object, ...]) -> tuple[Matter, Circle]:
    """A case as the reference and as the product knows it."""
    place, before, agency, engaged, until, restricted, named, conflict = state
    office, district, team = place  # type: ignore[misc]
    who = {
        (OTHER, "agency"): None, ("person-2", "engaged"): None, ("person-2", "conflict"): None, ("person-2", "named"): None,
        ("person-2", "glass"): NOW + SECOND,
    }  # fmt: skip
    for holds, pair in ((agency, (MY_AGENCY, "agency")), (engaged, (ME, "engaged")), (named, (ME, "named")),
                        (conflict, (ME, "conflict"))):  # fmt: skip
        who |= {pair: None} if holds else {}
    who |= {(ME, "glass"): until} if until else {}
    matter = Matter(office, district, team, bool(before), bool(restricted), frozenset((w, h, at) for (w, h), at in who.items()))
    drawn = {(w, How(h)): at for (w, h), at in who.items()}
    return matter, Circle(office, district, team, bool(before), "staff are threatened" if restricted else None, drawn)


CASES = tuple(map(as_both, STATES))


def people(role: str) -> list[tuple[Someone, Viewer]]:
    """Everyone of that role, whatever she works for."""
    sets = [tuple(map(frozenset, works)) for works in WORKS_FOR]
    return [
        (Someone(ME, role, MY_AGENCY, *s), Viewer(ME, "Worker A", role, MY_AGENCY, offices=s[0], districts=s[1], teams=s[2]))
        for s in sets
    ]


def as_read(seen: access.Sight) -> reference.Seen:
    """What the product grants, in the reference's words."""
    return reference.Seen(
        seen.row, frozenset(NAME_OF[see] for see in seen.sees if see in NAME_OF), frozenset(r.value for r in seen.rooms),
        frozenset(r.value for r in Room if access.class_of_note(r, "note") in seen.sees), seen.may_record,
    )  # fmt: skip


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_what_is_seen_is_what_the_words_of_the_policy_say(role: str) -> None:
    read: dict[access.Sight, reference.Seen] = {}
    wrong: list[tuple[object, ...]] = []
    cells = 0
    for someone, viewer in people(role):
        for n, (matter, circle) in enumerate(CASES):
            found = access.sight(viewer, circle, NOW)
            if found not in read:
                read[found] = as_read(found)
            if read[found] != reference.seen(someone, matter, NOW):
                wrong.append((someone, STATES[n], found))
            cells += 1
    assert wrong[:3] == []
    assert cells == CELLS // len(EVERY_ROLE)


def test_the_matrix_has_as_many_cells_as_it_is_said_to_have() -> None:
    assert len(EVERY_ROLE) * len(WORKS_FOR) * len(CASES) == CELLS == 368_640


def test_every_kind_of_sight_occurs_in_the_matrix() -> None:
    """The comparison would prove little if all of it were the same answer."""
    seen = Counter(
        (someone.role, reference.seen(someone, matter, NOW))
        for role in EVERY_ROLE
        for someone, _ in people(role)
        for matter, _ in CASES[::5]
    )
    for role in reference.AT_WORK:
        of_role = [it for r, it in seen if r == role]
        assert reference.NOTHING in of_role
        assert any(it.row for it in of_role)
        assert any(it.may_record for it in of_role)
    assert {r for r, it in seen if it.classes and not it.may_record} == {str(r) for r in RELATES[Relation.GLASS]}
    assert {r for r, it in seen if it == reference.NOTHING} == {*EVERY_ROLE}
    assert not [it for r, it in seen if r in ("auditor", "administrator", "a role nobody knows") if it != reference.NOTHING]


def test_a_membership_of_every_team_is_the_whole_state() -> None:
    viewer = Viewer(ME, "Member A", Role.MEMBER, MY_AGENCY, teams=frozenset({"*"}))
    someone = Someone(ME, "team member", MY_AGENCY, teams=frozenset({"*"}))
    for matter, circle in CASES:
        assert as_read(access.sight(viewer, circle, NOW)) == reference.seen(someone, matter, NOW)


def test_whoever_wrote_a_note_and_whoever_reads_its_room_may_read_it() -> None:
    """Every role, relation and room, the note one's own or another's: as `mdt.board.named` decides it."""
    for role in EVERY_ROLE:
        someone, viewer = people(role)[-1]
        for (matter, circle), room, author in product(CASES[::7], Room, (ME, "person-2")):
            seen = access.sight(viewer, circle, NOW)
            may = bool(seen.sees) and (author == ME or access.class_of_note(room, "note") in seen.sees)
            assert may == reference.may_read_note(someone, matter, NOW, room.value, author), (role, room, author)


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_every_act_is_recorded_by_the_roles_that_the_words_name_and_no_other(role: str) -> None:
    viewer = Viewer(ME, "Worker A", role, MY_AGENCY)
    by_product = {act.key for act in EVERY_ACT if access.may(viewer, act)}
    by_words = {act.key for act in EVERY_ACT if role in reference.roles_of(act.key)}
    assert by_product - by_words == set()
    assert by_words - by_product == set()


# An act or a field without a row fails the build. ------------------------------------------------------------------------


def test_every_act_has_a_row_and_every_row_an_act() -> None:
    acts = {act.key for act in EVERY_ACT}
    assert set(RECORDS) == acts
    written = [act for line in reference.WHO_RECORDS for act in line.acts.split()]
    assert sorted(written) == sorted(acts)


def test_no_act_stands_in_two_rows() -> None:
    written = Counter(act for _, acts in policy._RECORDED_BY for act in acts.split())  # noqa: SLF001  # `RECORDS` keeps the last row alone
    assert [act for act, n in written.items() if n > 1] == []


def test_every_role_relation_and_room_has_a_row() -> None:
    assert set(SEES) == set(Role)
    assert set(policy.ROOMS) == set(Role)
    assert set(RELATES) == set(Relation)
    assert set(NOTES) == set(Room)
    assert {role.value for role in Role} == set(reference.ROLES)


def test_every_role_that_records_on_cases_stands_to_some() -> None:
    related = frozenset.union(*RELATES.values())
    assert frozenset.union(*RECORDS.values()) <= related
    assert related == {role for role in Role if SEES[role]}


@pytest.mark.parametrize("table", ["child", "report", "narrative"])
def test_every_sealed_column_has_a_class(table: str) -> None:
    sealed = [column.name for column in metadata.tables[table].columns if isinstance(column.type, LargeBinary)]
    assert sealed
    for column in sealed:
        if table == "narrative":
            assert column == "text"  # its class is that of its field or of its event's room
            continue
        assert NAME_OF[FIELDS[f"{table}.{column}"]] == reference.SEALED_CLASSES[table]


def test_no_row_of_a_field_names_what_there_is_not() -> None:
    told = {*intake.TOLD, *intake.ALSO_TOLD, *intake.REPORT_WORDS}
    told |= {name for act in EVERY_ACT for name, info in act.form.model_fields.items() if is_words(info.metadata)}
    for place in FIELDS:
        table, column, *field = place.split(".")
        assert column in metadata.tables[table].columns
        assert not field or field[0] in told


def test_whatever_a_report_tells_has_a_class() -> None:
    assert {*intake.TOLD, *intake.ALSO_TOLD} == set(reference.TOLD_CLASSES)
    for name, of in reference.TOLD_CLASSES.items():
        assert NAME_OF[access.class_of_told(name)] == of
    assert access.class_of_told("reporter_name") is See.REPORTER


def test_all_words_that_a_form_asks_for_have_a_class() -> None:
    """A new field of words is written down in the reference before it is built."""
    asked = {(act, n) for act in EVERY_ACT for n, info in act.form.model_fields.items() if is_words(info.metadata)}
    asked |= {(RECEIVE, name) for name in intake.REPORT_WORDS}
    assert {name for _, name in asked} == {*reference.WORDS_CLASSES, *reference.WORDS_OF_THE_ROOM}
    for act, name in asked:
        of = access.class_of_note(act.room, name)
        expected = CLASS[reference.WORDS_CLASSES[name]] if name in reference.WORDS_CLASSES else NOTES[act.room]
        assert of is expected, (act.key, name)


def test_every_class_of_fields_is_of_some_field_or_part_of_a_case() -> None:
    assert {*FIELDS.values(), *NOTES.values(), See.POSITION, See.HISTORY} == set(See)


# To grant anything needs a row. ------------------------------------------------------------------------------------------

UNKNOWN_ROLE = st.text(max_size=40).filter(lambda word: word not in set(Role))
UNKNOWN_ACT = st.text(max_size=40).filter(lambda word: word not in RECORDS)
SETS = st.sampled_from([frozenset(), frozenset({"*"}), frozenset({"New Haven"})])


@given(role=UNKNOWN_ROLE | st.sampled_from(["Police", "intake worker ", "SYSTEM", "", "*"]), offices=SETS, districts=SETS,
       case=st.sampled_from(CASES))  # fmt: skip
def test_a_role_without_a_row_is_granted_nothing(
    role: str, offices: frozenset[str], districts: frozenset[str], case: tuple[Matter, Circle]
) -> None:
    viewer = Viewer(ME, "Worker A", role, MY_AGENCY, districts, offices)
    assert access.sight(viewer, case[1], NOW) == access.Sight()
    assert not [act.key for act in EVERY_ACT if access.may(viewer, act)]
    assert not [what for what in policy.EXPORTS if access.may_export(viewer, what)]
    assert not [what for what in policy.LOOKS_INTO if access.may_look_into(viewer, what)]


@given(key=UNKNOWN_ACT, role=st.sampled_from(EVERY_ROLE))
def test_an_act_without_a_row_is_nobodys(key: str, role: str) -> None:
    act = Act(key, "Do it", Fact.REPORT_RECEIVED, Room.REPORT, Form)
    viewer = Viewer(ME, "Worker A", role, MY_AGENCY)
    assert not access.may(viewer, act)
    with pytest.raises(access.NotAllowed):
        access.refuse_unless_allowed(viewer, act)


@given(what=st.text(max_size=40).filter(lambda word: word not in {*policy.EXPORTS, *policy.LOOKS_INTO}),
       role=st.sampled_from(EVERY_ROLE))  # fmt: skip
def test_a_table_or_a_book_without_a_row_is_opened_by_nobody(what: str, role: str) -> None:
    viewer = Viewer(ME, "Worker A", role, MY_AGENCY)
    assert not access.may_export(viewer, what)
    assert not access.may_look_into(viewer, what)


@pytest.mark.parametrize("act", sorted(ACT))
def test_auditors_and_administrators_record_nothing(act: str) -> None:
    assert not RECORDS[act] & {Role.AUDITOR, Role.ADMINISTRATOR}
