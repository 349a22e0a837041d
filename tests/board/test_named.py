"""Who the child is and the notes: each class of fields to those who may read it, each look logged in its own transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from mdt.access import Viewer
from mdt.acts import New
from mdt.board.named import Named, named
from mdt.casework import ACT, carry_out, pages
from mdt.errors import NotFound, Tampered
from mdt.facts import Fact
from mdt.history import live
from mdt.policy import DCF, TEAM, Role
from mdt.records.tables import ACCESS_LOG, CASE_KEYS, CHILDREN
from mdt.store import trace
from mdt.tasks import open_tasks
from tests import making
from tests.making import as_owner, do, hire
from tests.tampering import tamper

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdt.store import Store

HERE = frozenset({"*"})
AGENCY = {"police": "Police A", "victim advocate": "Center A", "advocate supervisor": "Center A", "OVS liaison": "OVS"}
PEOPLE = {
    role.value: Viewer(f"person-{n}", "Somebody", role, AGENCY.get(role, "DCF"), HERE, HERE)
    for n, role in enumerate(sorted(set(Role) - {Role.SYSTEM}))
}
READ = ("name read", "narrative read")
REPORTED = {"narrative": "What was told.", "reporter_name": "Reporter R", "suspected_person": "Suspect S"}
# What each room's note says.
NOTES = {
    "Report": "A note of DCF.",
    "Review": "A note of the review.",
    "Services": "A note of the advocate.",
    "Compensation": "A note of the claim.",
    "Closed": "A note on the record.",
}
ROOMS_OF_DCF = ("Report", "Closed")
SEEN_NOTES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(DCF, ROOMS_OF_DCF),
    **dict.fromkeys(TEAM, (*ROOMS_OF_DCF, "Review")),
    "police": ROOMS_OF_DCF,
    **dict.fromkeys(("victim advocate", "advocate supervisor"), ("Services", "Compensation")),
    "OVS liaison": ("Compensation",),
}
REPORTER = {*DCF, "prosecutor", "police"}
NO_REPORT = {"victim advocate", "advocate supervisor", "OVS liaison"}


@dataclass
class Hall:
    """A case that is everybody's, with a note of every room, written by people of the demo."""

    store: Store
    case: str
    now: datetime

    def look(self, role: str) -> Named:
        return named(self.store, PEOPLE[role], self.case, self.now)

    def rows(self, *acts: str) -> list[dict[str, Any]]:
        with self.store.read() as connection:
            found = select(ACCESS_LOG).where(ACCESS_LOG.c.act.in_(acts or READ)).order_by(ACCESS_LOG.c.n)
            return [dict(row) for row in connection.execute(found).mappings()]


def _write(store: Store, case: str, by: str, *new: New) -> None:
    """What the door asks papers for, or a second factor."""
    at = datetime.now(UTC)
    with store.write() as connection:
        page = pages.open_page(connection, case)
        entry = pages.Entry("made", by, at, at, f"made-{page.version}")
        pages.write(connection, page, list(new), entry, open_tasks(live(page.events)))


@pytest.fixture
def hall(store: Store) -> Hall:
    now = datetime.now(UTC)
    case = making.taken(
        store, now=now - timedelta(hours=1), received_at="2026-03-02 09:00", reporter_class="teacher", **REPORTED
    )
    hire(store, *PEOPLE.values())
    do(store, case, "engage_agency", now, by="intake supervisor", agency="Police A", note=NOTES["Closed"])
    for role in ("victim advocate", "area-office worker"):
        do(store, case, "engage_person", now, by="intake supervisor", person=PEOPLE[role].id)
    do(store, case, "notify_police", now, note=NOTES["Report"])
    do(store, case, "ask_for_review", now, reason=NOTES["Review"])
    _write(store, case, "demo-3-advocate", New(Fact.SPOKEN_NOTICE_GIVEN, words={"note": NOTES["Services"]}),
           New(Fact.APPLICATION_FILED, words={"note": NOTES["Compensation"]}))  # fmt: skip
    return Hall(store, case, now)


# The classes of fields. --------------------------------------------------------------------------------------------------


def test_each_role_reads_what_it_may_and_nothing_else(hall: Hall) -> None:
    for role, rooms in SEEN_NOTES.items():
        found = hall.look(role)
        assert (found.child["given_name"], found.child["family_name"], found.child["town"]) == ("Child", "A", "New Haven")
        said = [(field, text) for words in found.words.values() for field, text in words.items()]
        assert {text for field, text in said if field in ("note", "reason")} == {NOTES[room] for room in rooms}, role
        reported = {n: t for n, t in REPORTED.items() if n != "reporter_name" or role in REPORTER}
        assert {field: text for field, text in said if field in REPORTED} == ({} if role in NO_REPORT else reported), role
        assert [report["report_no"] for report in found.reports] == ([] if role in NO_REPORT else ["R-1"]), role


def test_who_reported_is_read_by_those_alone_who_may_know_it(hall: Hall) -> None:
    """The reporter's name, wherever a report may hold it (§ 17a-28(f))."""
    assert {role for role in SEEN_NOTES if "Reporter R" in repr(hall.look(role))} == REPORTER
    assert {role for role in SEEN_NOTES if "teacher" in repr(hall.look(role))} == REPORTER  # as good as a name in a small town


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_stands_to_no_case_reads_nothing_and_no_look_is_logged(hall: Hall, role: str) -> None:
    with pytest.raises(NotFound, match="There is no such case, or it is not yours to see"):
        hall.look(role)
    assert hall.rows() == []
    (refused,) = hall.rows("refused")
    assert (refused["by"], refused["detail"]) == (PEOPLE[role].id, {"act": "named", "case": hall.case})


def test_a_case_that_there_is_not_reads_like_one_of_others(hall: Hall) -> None:
    for case in ("0" * 32, "", "' OR 1=1 --", hall.case.upper()):
        with pytest.raises(NotFound, match="There is no such case, or it is not yours to see"):
            named(hall.store, PEOPLE["intake worker"], case, hall.now)


def test_a_restricted_case_shows_its_notes_to_whom_it_names(hall: Hall) -> None:
    do(hall.store, hall.case, "restrict_case", hall.now, by="intake supervisor", because="staff are threatened")
    with pytest.raises(NotFound):
        hall.look("prosecutor")
    do(hall.store, hall.case, "admit_person", hall.now, by="intake supervisor", person=PEOPLE["prosecutor"].id)
    assert hall.look("prosecutor").child["given_name"] == "Child"


@pytest.mark.parametrize("role", ["chairperson", "intake worker", "victim advocate"])
def test_whoever_has_a_conflict_reads_nothing(hall: Hall, role: str) -> None:
    do(hall.store, hall.case, "declare_conflict", hall.now, by="intake supervisor", person=PEOPLE[role].id)
    with pytest.raises(NotFound):
        hall.look(role)
    assert hall.rows() == []


# One's own notes. --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["intake worker", "team member", "victim advocate", "police"])
def test_whoever_wrote_a_note_reads_it_though_its_room_is_not_hers_to_read(hall: Hall, role: str) -> None:
    act = ACT["ask_for_review"]
    form = act.form.model_validate({"happened_at": hall.now, "reason": "Mine.", "note": "Mine too."})
    receipt = carry_out(hall.store, hall.case, act, form, by=PEOPLE[role], now=hall.now, command="mine")
    assert hall.look(role).words[receipt.events[0].id] == {"reason": "Mine.", "note": "Mine too."}
    readers = {other for other in SEEN_NOTES if "Mine." in repr(hall.look(other))}
    assert readers == {role, *TEAM}


# The log. ----------------------------------------------------------------------------------------------------------------


def test_a_look_is_one_row_for_the_name_and_one_for_the_notes_with_their_number(hall: Hall) -> None:
    found = hall.look("prosecutor")
    rows = [(r["chain"], r["by"], r["act"], r["at"], r["count"], r["detail"]) for r in hall.rows()]
    who = PEOPLE["prosecutor"].id
    assert rows == [
        (hall.case, who, "name read", hall.now, 1, {}),
        (hall.case, who, "narrative read", hall.now, len(found.reports) + len(found.words), {}),
    ]
    hall.look("prosecutor")
    assert [r["act"] for r in hall.rows()] == [*READ, *READ]


def test_a_look_that_shows_no_note_is_logged_as_a_look_at_the_name_alone(store: Store, hall: Hall) -> None:
    case = making.taken(store, report_no="R-2", now=hall.now)
    do(store, case, "engage_person", hall.now, by="intake supervisor", person=PEOPLE["victim advocate"].id)
    found = named(store, PEOPLE["victim advocate"], case, hall.now)
    assert (found.reports, found.words) == ((), {})
    assert [(r["chain"], r["act"]) for r in hall.rows()] == [(case, "name read")]


def test_nothing_of_what_was_read_is_in_the_log(hall: Hall) -> None:
    for role in SEEN_NOTES:
        hall.look(role)
    rows = repr(hall.rows())
    for word in ("Child", "New Haven", *REPORTED.values(), *NOTES.values()):
        assert word not in rows


@pytest.mark.parametrize("fails_at", [1, 2])
def test_if_a_look_cannot_be_logged_nothing_is_returned_and_nothing_of_it_remains(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    calls: list[str] = []
    append: Callable[..., None] = trace.append

    def fails(*arguments: Any, **more: Any) -> None:
        calls.append(arguments[2])
        if len(calls) == fails_at:
            raise RuntimeError
        append(*arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr("mdt.board.named.trace.append", fails)
        with pytest.raises(RuntimeError):
            hall.look("prosecutor")
    assert calls == list(READ[:fails_at])
    assert hall.rows() == []


def test_a_look_into_a_case_of_others_leaves_no_row(hall: Hall) -> None:
    stranger = Viewer("stranger", "Somebody", "police", "Police B")
    hire(hall.store, stranger)
    with pytest.raises(NotFound):
        named(hall.store, stranger, hall.case, hall.now)
    assert hall.rows() == []


# Rows that are not what was written. -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE child SET given_name = family_name WHERE case_id = '{case}'",
        "UPDATE child SET birthdate = '' WHERE case_id = '{case}'",
        "UPDATE child SET given_name = (SELECT given_name FROM child WHERE case_id <> '{case}') WHERE case_id = '{case}'",
        "UPDATE child SET commitment = 'none' WHERE case_id = '{case}'",
        "UPDATE report SET told = (SELECT told FROM report WHERE case_id <> '{case}') WHERE case_id = '{case}'",
        "UPDATE report SET commitment = 'none' WHERE case_id = '{case}'",
        "UPDATE narrative SET text = '' WHERE case_id = '{case}' AND field = 'narrative'",
        "UPDATE narrative SET text = (SELECT text FROM narrative n WHERE n.field = 'reason') WHERE field = 'narrative'",
        "UPDATE narrative SET commitment = 'none' WHERE case_id = '{case}' AND field = 'narrative'",
    ],
)
def test_a_row_that_is_not_what_was_written_shows_nothing_at_all(hall: Hall, statement: str) -> None:
    making.taken(hall.store, report_no="R-2", now=hall.now)
    tamper(hall.store, statement.replace("{case}", hall.case))
    with pytest.raises(Tampered) as refused:
        hall.look("prosecutor")
    assert str(refused.value) == "What is stored here is not what was written. Nothing is shown; tell the administrator."
    assert hall.rows() == []
    (logged,) = hall.rows("tampered")
    assert (logged["chain"], logged["by"], logged["detail"]) == (hall.case, PEOPLE["prosecutor"].id, {})


def test_the_whole_child_of_another_case_in_this_ones_place_is_refused(hall: Hall) -> None:
    other = making.taken(hall.store, report_no="R-2", now=hall.now)
    with as_owner(hall.store) as connection:
        row = dict(connection.execute(select(CHILDREN).where(CHILDREN.c.case_id == other)).mappings().one())
        connection.execute(CHILDREN.update().where(CHILDREN.c.case_id == hall.case).values(row | {"case_id": hall.case}))
    with pytest.raises(Tampered):
        hall.look("intake worker")


def test_the_key_of_another_case_opens_nothing(hall: Hall) -> None:
    other = making.taken(hall.store, report_no="R-2", now=hall.now)
    with as_owner(hall.store) as connection:
        row = dict(connection.execute(select(CASE_KEYS).where(CASE_KEYS.c.case_id == other)).mappings().one())
        connection.execute(CASE_KEYS.update().where(CASE_KEYS.c.case_id == hall.case).values(row | {"case_id": hall.case}))
    with pytest.raises(Tampered):
        hall.look("intake worker")
    assert hall.rows() == []
