"""Each word that a report, a score or a telling holds is on the pages of those who may read it, and on nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from mdt.casework import documents, intake
from mdt.errors import MdtError
from mdt.exchange.documents import layouts
from mdt.referral import NewReferral
from tests.access import reference
from tests.dashboard.conftest import fine
from tests.dashboard.test_matrix import PAGES, ROLES, everybody_drawn_in, someone
from tests.dashboard.test_matrix import _facts as facts_of
from tests.dashboard.test_matrix import _record as record
from tests.dashboard.test_matrix import _write as put

from .canary import _unpacked as unpacked
from .test_pages import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from tests.dashboard.conftest import Office

    from .conftest import Sent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
IDENTITY = ("child_given_name", "child_family_name", "child_address", "child_phone", "what_is_safe")
REPORT = (
    "narrative", "action_taken", "parents", "prior_harm", "why_suspected", "prior_cases", "unsafe_because", "incident_time",
    "police_agency",
)  # fmt: skip
REPORTER = ("reporter_name", "reporter_phone", "how_known", "reporter_class")
SUSPECTED = ("name", "alias", "phone", "handle", "vehicle", "place", "relationship")
MAKE = reference.DCF  # documents: of what is told on such a case
SCREENING, TOLD = ("what", "source"), ("person", "proof")


def word(name: str) -> str:
    """A word that stands in one place alone."""
    return f"Zq-{name.replace('_', '-')}-qz"


WORDS = (*IDENTITY, *REPORT, *REPORTER, *SUSPECTED, *SCREENING, *TOLD)


def read_by(seen: reference.Seen) -> set[str]:
    """The fields whose words somebody reads, by the reference."""
    found: set[str] = set()
    for names, may in (
        (IDENTITY, "identity" in seen.classes), ((*REPORT, *SUSPECTED), "report" in seen.classes),
        (REPORTER, "reporter" in seen.classes), (SCREENING, "Screening" in seen.notes), (TOLD, "Report" in seen.notes),
    ):  # fmt: skip
        found |= set(names) if may else set()
    return found


@pytest.fixture
def case_id(office: Office) -> str:
    """A case into which everybody is drawn, with a word of its own in every field."""
    now = datetime.now(UTC)
    told = {name: word(name) for name in (*IDENTITY, *REPORT, *REPORTER) if name in NewReferral.model_fields} | {
        "report_no": uuid4().hex, "received_at": f"{now - timedelta(days=1):%Y-%m-%d %H:%M}", "mode": "oral",
        "reporter_mandated": "yes", "reporter_confidential": "yes", "unsafe_to_contact": "yes",
        "child_residence_town": "New Haven", "suspected": [{name: word(name) for name in SUSPECTED}],
    }  # fmt: skip
    made = intake.receive_referral(office.store, NewReferral.model_validate(told), by=office.people["intake worker"], now=now)
    record(office, made, "place_case", town="New Haven", town_of="residence")
    for new in (facts_of(*one) for one in sorted(everybody_drawn_in(office).drawn_in, key=str)):
        if new:
            put(office, made, new)
    record(office, made, "ask_for_review", reason="words")
    record(office, made, "engage_person", person=office.people["victim advocate"].id)
    record(office, made, "classify_report", classification="emergency")
    record(office, made, "notify_police", how="fax", person=word("person"), proof=word("proof"))
    record(office, made, "record_contact_safety", unsafe=True, what_is_safe=word("what_is_safe"))
    rests = {"threats": {"what": word("what"), "source": word("source")}}
    score = {"instrument": "example", "version": "1", "language": "en", "answers": {"threats": "yes"}, "evidence": rests}
    record(office, made, "score_screening", **score)
    return made


def told(sent: Sent) -> set[str]:
    """The fields whose words went to a browser since it was last asked."""
    all_of_it = b"\n".join(sent.messages)
    sent.messages.clear()
    return {name for name in WORDS if word(name).encode() in all_of_it}


def open_lids(board: AppTest, case_id: str) -> AppTest:
    for key in (f"instrument-{case_id}", f"handing-{case_id}", f"earlier-{case_id}", f"who-{case_id}"):
        board.session_state[key] = True
    return fine(board.run())


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_read_is_on_none_of_its_pages(office: Office, sent: Sent, case_id: str, role: str) -> None:
    it = reference.seen(someone(office, role), everybody_drawn_in(office), datetime.now(UTC))
    board = fine(office.sign_in(role, case_id))
    open_lids(board, case_id)
    walk(board, role, case_id)
    if "case.py" in PAGES[role][1]:
        open_lids(fine(board.switch_page("case.py").run()), case_id)
    assert told(sent) == set()
    show = [button for button in board.button if button.key == "show-names"]
    assert bool(show) == bool(it.classes)
    if show:
        fine(show[0].click().run())
        assert told(sent) == read_by(it)
        fine(board.button(key="hide-names").click().run())
    again = [button for button in board.button if button.label == "Go on from the last answers"]
    assert bool(again) == (role in reference.DCF)
    if again:
        fine(again[0].click().run())
        assert told(sent) <= set(SCREENING)


@pytest.mark.parametrize("role", ROLES)
def test_no_document_names_who_reported_and_none_is_made_for_whom_it_is_not(
    sent: Sent, role: str, make: Callable[[str, str], bytes]
) -> None:
    made = {kind: content for kind in layouts() if (content := make(role, kind))}
    assert bool(made) == (role in MAKE)
    for content in made.values():
        inside = b"".join(unpacked(content))
        assert [name for name in REPORTER if word(name).encode() in inside] == []
    assert told(sent) == set()


@pytest.fixture
def make(office: Office, case_id: str) -> Callable[[str, str], bytes]:
    """A document of that kind by that role; empty if it is refused, in a sentence that tells nothing."""

    def made(role: str, kind: str) -> bytes:
        said, content = "", b""
        try:
            found = documents.document(office.store, office.people[role], case_id, kind, "docx", datetime.now(UTC))
        except MdtError as refusal:
            said = str(refusal)
        else:
            said, content = found.name, found.content
        assert [name for name in WORDS if word(name) in said] == []
        return content

    return made
