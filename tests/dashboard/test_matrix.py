"""What each role finds on the pages: its own pages and no other, and of a case what the naive reference says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from mdt.access import SYSTEM
from mdt.acts import New
from mdt.casework import ACT, carry_out, intake, pages
from mdt.facts import Fact
from mdt.history import live
from mdt.records.tables import ACCESS_LOG, CASES
from mdt.referral import NewReferral
from mdt.tasks import open_tasks
from tests.access import reference
from tests.access.reference import ROOMS, Matter, Someone

from .conftest import fine, shown

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from .conftest import Office

pytestmark = pytest.mark.slow

EVERYONES = {"board.py", "case.py", "reports.py", "law.py"}
MEETINGS = {"meeting.py", "convened.py", "room.py"}
PAGES = {
    **dict.fromkeys(reference.DCF, ("Intake", {"intake.py", "bulk.py", "directory.py", *MEETINGS, *EVERYONES})),
    **dict.fromkeys(reference.TEAM, ("Meetings", {*MEETINGS, "team.py", "month.py", "directory.py", *EVERYONES})),
    **dict.fromkeys(
        reference.ADVOCATES, ("Services", {"services.py", "directory.py", "compensation.py", *MEETINGS, *EVERYONES})
    ),
    "police": ("My work", {"work.py", *MEETINGS, *EVERYONES}),
    "OVS liaison": ("Compensation", {"compensation.py", "case.py", "law.py"}),
    "auditor": ("Ledger", {"audit.py", "law.py"}),
    "administrator": ("People", {"people.py", "law.py"}),
}
HEADS = {
    "intake.py": "Intake", "bulk.py": "Import", "meeting.py": "Meetings", "convened.py": "", "room.py": "Meetings",
    "team.py": "Team", "month.py": "The month", "services.py": "Services",
    "compensation.py": "Compensation", "directory.py": "Directory",
    "work.py": "My work", "board.py": "Board", "case.py": "", "audit.py": "Ledger", "people.py": "People",
    "reports.py": "Counts", "law.py": "Law",
}  # fmt: skip
ROLES = [role for role in reference.ROLES if role != "system"]
# Words that stand in one place each, so that a page shows which place it was read from.
CHILD, REPORTED, REPORTER = "Given-of-the-child", "words-of-the-report", "Reporter-by-name"
NOTES = {room: f"note-{n}" for n, room in enumerate(ROOMS) if room != "Screening"}


@dataclass
class Made:
    """A case, its number, and what the reference knows of it."""

    id: str
    number: str
    matter: Matter


def take_in(office: Office, town: str, matter: Matter) -> Made:
    """A case in that town, drawn into and noted upon as the reference knows it."""
    now = datetime.now(UTC)
    told = {
        "report_no": uuid4().hex, "received_at": f"{now - timedelta(days=1):%Y-%m-%d %H:%M}", "mode": "oral",
        "reporter_mandated": "yes", "reporter_name": REPORTER, "narrative": REPORTED, "child_given_name": CHILD,
        "child_family_name": "A", "child_residence_town": town,
    }  # fmt: skip
    form = NewReferral.model_validate(told)
    case_id = intake.receive_referral(office.store, form, by=office.people["intake worker"], now=now)
    _record(office, case_id, "place_case", town=town, town_of="residence")
    drawn = sorted(matter.drawn_in, key=str)
    for new in (_facts(*one) for one in drawn):
        if new:
            _write(office, case_id, new)
    _note(office, case_id, before_team=matter.before_team)
    for how, act in (("engaged", "engage_person"), ("conflict", "declare_conflict")):
        for who in (who for who, way, _ in drawn if way == how):
            _record(office, case_id, act, person=who, note=NOTES["Closed"])
    if matter.restricted:
        _record(office, case_id, "restrict_case", because="staff are threatened")
    with office.store.read() as connection:
        number = connection.execute(select(CASES.c.number).where(CASES.c.id == case_id)).scalar_one()
    return Made(case_id, number, matter)


def _facts(who: str, how: str, until: datetime | None) -> New | None:
    """What the door would ask more for: a second factor, papers, somebody of that agency."""
    if how == "glass" and until:
        return New(Fact.EMERGENCY_ACCESS_TAKEN, data={"person": who, "until": until.isoformat()})
    if who == "OVS":
        return New(Fact.APPLICATION_FILED)
    return New(Fact.AGENCY_ENGAGED, data={"agency": who}) if how == "agency" else None


def _note(office: Office, case_id: str, *, before_team: bool) -> None:
    """A note in every room but Screening, whose notes are of the same class as the report's."""
    if before_team:
        _record(office, case_id, "ask_for_review", reason="words", note=NOTES["Case review"])
    ago = datetime.now(UTC) - timedelta(days=2)
    _record(office, case_id, "record_cause", note=NOTES["Report"], happened_at=ago)
    _record(office, case_id, "disclose_injury", told_by="child", told_to="DCF employee", note=NOTES["Services"])
    _record(office, case_id, "record_injury", note=NOTES["Compensation"])


def _record(office: Office, case_id: str, act: str, **said: object) -> None:
    now = datetime.now(UTC)
    form = ACT[act].form.model_validate({"happened_at": now, **said})
    carry_out(office.store, case_id, ACT[act], form, by=SYSTEM, now=now, command=uuid4().hex)


def _write(office: Office, case_id: str, new: New) -> None:
    now = datetime.now(UTC)
    with office.store.write() as connection:
        page = pages.open_page(connection, case_id)
        entry = pages.Entry("by hand", SYSTEM.id, now, now, uuid4().hex)
        pages.write(connection, page, [new], entry, open_tasks(live(page.events)))


def someone(office: Office, role: str) -> Someone:
    who = office.people[role]
    return Someone(who.id, who.role, who.agency, who.offices, who.districts, who.teams)


def everybody_drawn_in(office: Office, *, restricted: bool = False) -> Matter:
    """Before the team of New Haven, with everyone who can be engaged engaged."""
    people = office.people
    drawn = {(people[role].agency, "agency", None) for role in ("police", "advocate supervisor", "OVS liaison")}
    drawn |= {(people["victim advocate"].id, "engaged", None)}
    return Matter("New Haven", "New Haven", before_team=True, restricted=restricted, drawn_in=frozenset(drawn))


def offered(board: AppTest) -> set[str]:
    """The acts that may be chosen as something else that happened."""
    titles = {act.title: act.key for act in ACT.values()}
    boxes = [box for box in board.selectbox if box.label == "What happened"]
    buttons = {titles[b.label.strip("▾ *")] for b in board.button if b.label.strip("▾ *") in titles}
    return buttons | {titles[title] for box in boxes for title in box.options}


# Pages. -------------------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_own_pages_and_is_turned_back_from_every_other(office: Office, role: str) -> None:
    start, own = PAGES[role]
    board = fine(office.sign_in(role))
    assert [header.value for header in board.header] == [start]
    refused = 0
    for file, head in HEADS.items():
        fine(board.switch_page(file).run())
        heads = [header.value for header in board.header]
        if file in own:
            assert heads == ([head] if head else []), file
        else:
            assert heads == [start], file
            refused += 1
    with office.store.read() as connection:
        said = (ACCESS_LOG.c.act == "refused") & (ACCESS_LOG.c.by == office.people[role].id)
        assert connection.scalar(select(func.count()).select_from(ACCESS_LOG).where(said)) == refused


def test_the_pages_of_the_reference_are_all_the_pages_there_are() -> None:
    assert set(PAGES) == set(ROLES)
    assert set.union(*(own for _, own in PAGES.values())) == set(HEADS)


# A case. ------------------------------------------------------------------------------------------------------------------


def look(office: Office, role: str, made: Made) -> str:
    """The page of a case as this person finds it, held against the reference; all its words, the name and notes read."""
    it = reference.seen(someone(office, role), made.matter, datetime.now(UTC))
    board = fine(office.sign_in(role, made.id))
    words = shown(board)
    if "case.py" not in PAGES[role][1]:
        assert [header.value for header in board.header] == [PAGES[role][0]]
    else:
        assert (f"Case {made.number}" in words) == bool(it.classes)
    assert not any(word in words for word in (CHILD, REPORTED, REPORTER, *NOTES.values()))  # a name costs a click
    acts = offered(board)
    assert bool(acts) == it.may_record
    assert not [act for act in acts if role not in reference.roles_of(act)]
    show = [button for button in board.button if button.key == "show-names"]
    assert bool(show) == bool(it.classes)
    if show:
        words = shown(fine(show[0].click().run()))
    for word, of in ((CHILD, "identity"), (REPORTED, "report"), (REPORTER, "reporter")):
        assert (word in words) == (of in it.classes), of
    for room, note in NOTES.items():
        assert (note in words) == (room in it.notes), room
    return words


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ROLES)
def test_a_case_shows_each_role_what_the_words_of_the_policy_give_it(office: Office, role: str) -> None:
    made = take_in(office, "New Haven", everybody_drawn_in(office))
    it = reference.seen(someone(office, role), made.matter, datetime.now(UTC))
    assert bool(it.classes) == (role not in ("auditor", "administrator"))
    look(office, role, made)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ["intake worker", "police", "chairperson", "victim advocate", "OVS liaison"])
def test_of_a_restricted_case_a_role_finds_the_number_and_the_reason_alone(office: Office, role: str) -> None:
    made = take_in(office, "New Haven", everybody_drawn_in(office, restricted=True))
    assert reference.seen(someone(office, role), made.matter, datetime.now(UTC)).row
    words = look(office, role, made)
    assert "This case is restricted to named persons: staff are threatened." in words
    if "board.py" in PAGES[role][1]:
        board = fine(office.sign_in(role))
        words = shown(fine(board.switch_page("board.py").run()))
        assert f"**{made.number}**: staff are threatened" in words.replace("\\", "")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ["police", "chairperson", "victim advocate"])
def test_a_case_of_others_is_as_good_as_none(office: Office, role: str) -> None:
    before = Matter("Norwich", "New London", drawn_in=frozenset({(office.people["chairperson"].id, "conflict", None)}))
    made = take_in(office, "Norwich", before)
    assert reference.seen(someone(office, role), made.matter, datetime.now(UTC)) == reference.NOTHING
    words = look(office, role, made)
    assert "There is no such case, or it is not yours to see." in words
    board = fine(office.sign_in(role))
    assert made.number not in shown(fine(board.switch_page("board.py").run()))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ["police", "prosecutor", "area-office worker"])
def test_through_emergency_access_a_case_is_read_and_nothing_is_recorded(office: Office, role: str) -> None:
    until = datetime.now(UTC) + timedelta(hours=4)
    made = take_in(
        office, "Norwich", Matter("Norwich", "New London", drawn_in=frozenset({(office.people[role].id, "glass", until)}))
    )
    assert "Emergency access: you see this case for four hours" in "\n".join(
        warning.value for warning in fine(office.sign_in(role, made.id)).warning
    )
    look(office, role, made)
