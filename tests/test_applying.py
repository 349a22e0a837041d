"""The application: who may sign, what papers it wants, what a consent to OVS releases, and the order of its stages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from mdt.casework import ACT
from mdt.claim import Status
from mdt.claim.papers import WANTED, State, checklist, enclosed
from mdt.claim.signer import signer
from mdt.claim.stages import stages, waits_for_signature
from mdt.claim.to_ovs import latest, standing_consent
from mdt.errors import NotAllowed, NotPossible, NotYet
from mdt.facts import Event, Fact
from mdt.law.period import end_of_day
from mdt.signing import APPLICATION, refuse_suspected
from tests.making import MONDAY, happened

if TYPE_CHECKING:
    from mdt.acts import New

F = Fact
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


def chain(*told: tuple[Fact, datetime, dict[str, Any]]) -> list[Event]:
    """The facts in this order; `about` among a fact's data is the thing it is about."""
    return [
        happened(fact, at, data.get("about"), seq=n, **{name: value for name, value in data.items() if name != "about"})
        for n, (fact, at, data) in enumerate(told, 1)
    ]


def decided(key: str, history: list[Event], at: datetime, **said: Any) -> list[New]:
    return ACT[key].decided(ACT[key].form.model_validate({"happened_at": at, **said}), history)


SIGNED = {"signed_by": "parent", "signed_by_name": "Mother B", "signer_is_not_suspected": True}
DRAFTED = (F.APPLICATION_DRAFTED, MONDAY, {"applicant": "parent"})
PRINTED = (F.APPLICATION_PRINTED, MONDAY + DAY, {"which": "our packet"})


# Who signs


@pytest.mark.parametrize(
    ("applicant", "minor", "status"),
    [
        ("child", False, Status.SATISFIED),
        ("child", True, Status.OVS),
        ("child", None, Status.OVS),
        ("parent", True, Status.SATISFIED),
        ("guardian", False, Status.OVS),
        ("legal representative", None, Status.OVS),
        ("dependant", True, Status.SATISFIED),
    ],
)
def test_who_may_apply_is_never_denied(applicant: str, minor: bool | None, status: Status) -> None:
    found = signer(applicant, minor)
    assert (found.status, found.cite) == (status, "CGS § 54-204(a)")
    assert ("not suspected" in found.helps) is (status is Status.OVS)


@pytest.mark.parametrize("name", ["", "Father B"])
def test_who_shares_her_standing_with_a_nameless_suspect_does_not_apply(name: str) -> None:
    with pytest.raises(NotAllowed, match=r"record who applies.*§ 54-204\(a\).*§ 54-211\(b\)\(1\)"):
        refuse_suspected("parent", name, [{"relationship": "father"}], APPLICATION)


def test_who_gives_no_name_does_not_apply_where_a_parent_is_suspected() -> None:
    with pytest.raises(NotAllowed, match="by name"):
        refuse_suspected("parent", "", [{"name": "Father A", "relationship": "father"}], APPLICATION)
    refuse_suspected("parent", "Mother B", [{"name": "Father A", "relationship": "father"}], APPLICATION)
    refuse_suspected("parent", "", [{"name": "Somebody", "relationship": "employer"}], APPLICATION)


# Papers


def test_every_paper_that_a_claim_wants_stands_on_the_list_with_its_reason() -> None:
    rows = checklist([])
    assert [row.kind for row in rows] == list(WANTED)
    assert {row.state for row in rows} == {State.OPEN}
    assert all("§ 54-" in row.why for row in rows)


def test_a_paper_is_followed_from_asking_to_answer() -> None:
    asked = (F.PAPER_ASKED_FOR, MONDAY, {"about": "p", "paper": "medical report", "holder": "hospital or doctor"})
    other = (F.PAPER_ASKED_FOR, MONDAY + HOUR, {"about": "q", "paper": "other"})
    came = (F.PAPER_RECEIVED, MONDAY + DAY, {"about": "p"})
    none = (F.PAPER_NOT_AVAILABLE, MONDAY + DAY, {"about": "q"})
    first = {row.kind: row for row in checklist(chain(asked, other))}
    assert (first["medical report"].state, first["medical report"].holder) == (State.ASKED, "hospital or doctor")
    assert first["medical report"].asked_at == MONDAY
    assert first["other"].holder == ""
    then = {row.kind: row for row in checklist(chain(asked, other, came, none))}
    assert (then["medical report"].state, then["medical report"].answered_at) == (State.CAME, MONDAY + DAY)
    assert then["other"].state is State.NONE


def test_two_bills_stand_as_two_and_are_enclosed_as_two() -> None:
    told = [(F.PAPER_ASKED_FOR, MONDAY, {"about": n, "paper": "bill"}) for n in "pq"]
    came = [(F.PAPER_RECEIVED, MONDAY + DAY, {"about": n}) for n in "pq"]
    history = chain(*told, *came)
    assert [row.paper for row in checklist(history) if row.kind == "bill"] == ["p", "q"]
    assert enclosed(history) == ("bill (2)",)
    assert enclosed(chain(*told[:1], *came[:1])) == ("bill",)


# Consent to OVS


def consent(at: datetime = MONDAY, until: str = "2026-03-31") -> tuple[Fact, datetime, dict[str, Any]]:
    return F.OVS_CONSENT_GIVEN, at, {"signer": "parent", "expires_on": until, "releases": ["who the child is"]}


def test_a_consent_to_ovs_stands_from_its_giving_through_its_last_day() -> None:
    history = chain(consent())
    last = end_of_day(date(2026, 3, 31))
    assert standing_consent(history, MONDAY - MINUTE) is None
    found = standing_consent(history, MONDAY)
    assert found is not None
    assert (found.releases, found.signer) == (frozenset({"who the child is"}), "parent")
    assert standing_consent(history, last)
    assert standing_consent(history, last + MINUTE) is None


def test_a_consent_taken_back_releases_nothing_and_a_later_one_does() -> None:
    back = (F.OVS_CONSENT_REVOKED, MONDAY + DAY, {})
    assert standing_consent(chain(consent(), back), MONDAY + DAY - MINUTE)
    assert standing_consent(chain(consent(), back), MONDAY + DAY) is None
    assert standing_consent(chain(consent(), back, consent(MONDAY + 2 * DAY)), MONDAY + 3 * DAY)
    assert latest([]) is None
    assert latest(chain(back)) is None


def test_only_a_consent_that_stands_is_taken_back() -> None:
    with pytest.raises(NotPossible, match=r"none to OVS stands \(§ 17a-28\(a\)\(4\)\)"):
        decided("revoke_consent_to_ovs", [], MONDAY)
    assert decided("revoke_consent_to_ovs", chain(consent()), MONDAY + DAY)


def test_a_consent_to_ovs_does_not_end_before_it_began() -> None:
    said = {"signer": "parent", "signer_name": "Mother B", "signer_is_not_suspected": True, "releases": ["the police"]}
    form = ACT["consent_to_ovs"].form
    with pytest.raises(ValidationError, match="before the day"):
        form.model_validate({"happened_at": MONDAY, "expires_on": "2026-03-01", **said})
    assert form.model_validate({"happened_at": MONDAY, "expires_on": "2026-03-02", **said})
    with pytest.raises(ValidationError, match="at least 1 item"):
        form.model_validate({"happened_at": MONDAY, "expires_on": "2026-03-02", **said, "releases": []})
    with pytest.raises(ValidationError, match="happened_at"):
        form.model_validate({"happened_at": "soon", "expires_on": "2026-03-02", **said})


# Printed, signed, sent, received


def test_it_is_printed_once_it_is_drafted_and_not_after_ovs_has_it() -> None:
    with pytest.raises(NotYet, match="who applies"):
        decided("print_application", [], MONDAY)
    assert decided("print_application", chain(DRAFTED), MONDAY)
    received = (F.APPLICATION_RECEIVED, MONDAY + 2 * DAY, {})
    with pytest.raises(NotPossible, match=r"received the application on 4 Mar 2026"):
        decided("print_application", chain(DRAFTED, received), MONDAY + 3 * DAY)


def test_it_is_signed_after_it_was_printed() -> None:
    with pytest.raises(NotYet, match="not printed yet"):
        decided("sign_application", chain(DRAFTED), MONDAY, **SIGNED)
    with pytest.raises(NotPossible, match="before it was printed, 3 Mar 2026"):
        decided("sign_application", chain(DRAFTED, PRINTED), MONDAY + DAY - MINUTE, **SIGNED)
    (new,) = decided("sign_application", chain(DRAFTED, PRINTED), MONDAY + DAY, **SIGNED)
    assert new.words == {"signed_by_name": "Mother B"}
    assert "signed_by_name" not in new.data


def test_what_was_printed_is_sent_only_when_signed() -> None:
    signed = (F.APPLICATION_SIGNED, MONDAY + 2 * DAY, {"signed_by": "parent"})
    with pytest.raises(NotYet, match=r"not signed yet \(§ 54-204\(a\)\)"):
        decided("file_application", chain(DRAFTED, PRINTED), MONDAY + 2 * DAY)
    history = chain(DRAFTED, PRINTED, signed)
    with pytest.raises(NotPossible, match="before it was signed, 4 Mar 2026"):
        decided("file_application", history, MONDAY + 2 * DAY - MINUTE)
    (new,) = decided("file_application", history, MONDAY + 2 * DAY, how="by mail")
    assert new.data["how"] == "by mail"
    assert decided("file_application", chain(DRAFTED), MONDAY + DAY)  # it needs no print of ours
    assert decided("file_application", chain(DRAFTED, PRINTED), MONDAY + 2 * DAY, how="online")


def test_printed_anew_it_wants_a_new_signature() -> None:
    signed = (F.APPLICATION_SIGNED, MONDAY + 2 * DAY, {"signed_by": "parent"})
    again = (F.APPLICATION_PRINTED, MONDAY + 3 * DAY, {"which": "the agency's own form"})
    assert not waits_for_signature(chain(DRAFTED, PRINTED, signed))
    history = chain(DRAFTED, PRINTED, signed, again)
    assert waits_for_signature(history)
    with pytest.raises(NotYet, match="not signed yet"):
        decided("file_application", history, MONDAY + 4 * DAY)


def test_the_stages_say_when_by_whom_and_how() -> None:
    signed = (F.APPLICATION_SIGNED, MONDAY + 2 * DAY, {"signed_by": "parent"})
    sent = (F.APPLICATION_FILED, MONDAY + 3 * DAY, {"how": "by mail"})
    found = stages(chain(DRAFTED, PRINTED, signed, sent))
    assert [(s.name, s.at, s.beside) for s in found] == [
        ("drafted", MONDAY, "parent"),
        ("printed", MONDAY + DAY, "our packet"),
        ("signed", MONDAY + 2 * DAY, "parent"),
        ("sent", MONDAY + 3 * DAY, "by mail"),
        ("received by OVS", None, ""),
    ]
    assert [s.at for s in stages(chain(DRAFTED, PRINTED))][2] is None
