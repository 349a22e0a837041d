"""Who is told of a case, as the panel shows it: how far each is, the forms that answer it, the document made on request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard import session, telling
from mdt.casework import documents, intake
from mdt.errors import NotAllowed
from mdt.records.tables import ACCESS_LOG
from tests import making

from .conftest import fine, shown

if TYPE_CHECKING:
    from .conftest import Office

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def page() -> None:
    """The panel alone."""
    import streamlit as st  # noqa: PLC0415  # the page is a script of its own

    from dashboard import session, telling  # noqa: PLC0415
    from mdt.board import case  # noqa: PLC0415

    telling.panel(case.case_view(session.store(), session.viewer(), st.session_state["case"], session.now()))


def panel(office: Office, case_id: str, role: str = "intake worker") -> AppTest:
    alone = AppTest.from_function(page, default_timeout=30)
    alone.session_state[session.TOKEN] = office.sign_in(role).session_state[session.TOKEN]
    alone.session_state[session.CASE] = case_id
    return fine(alone.run())


def taken(office: Office, **cells: str) -> str:
    """A case on a report of two hours ago."""
    told = {"received_at": f"{(NOW - 2 * HOUR).astimezone():%Y-%m-%d %H:%M}", "report_no": "T-1", **cells}
    form = making.referral(**told).model_copy(update={"received_at": NOW - 2 * HOUR})
    return intake.receive_referral(office.store, form, by=office.people["intake worker"], now=NOW)


def sent(office: Office, case_id: str, **said: Any) -> None:
    office.record("intake worker", case_id, "notify_police", "sent", **said)


def keys(page: AppTest, part: str) -> list[str]:
    return [button.key for button in page.button if part in (button.key or "")]


def press(page: AppTest, label: str) -> AppTest:
    return fine(next(b for b in page.button if b.label == label).click().run())


def logged(office: Office) -> list[tuple[str, dict[str, Any]]]:
    with office.store.read() as connection:
        found = connection.execute(select(ACCESS_LOG.c.by, ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == "document"))
        return [tuple(row) for row in found]


def looks(office: Office) -> int:
    with office.store.read() as connection:
        return len(connection.execute(select(ACCESS_LOG.c.by).where(ACCESS_LOG.c.act == "narrative read")).all())


def test_what_is_to_be_sent_shows_its_clock_its_section_and_its_acts(office: Office) -> None:
    drawn = panel(office, taken(office))
    told = shown(drawn).replace("\\", "")
    assert "**Police**" in told
    assert "the report · report 1 · CGS § 17a-101b(c)" in told
    assert "**To be sent** · due in 9 hours" in told
    assert "Record that the police were notified" in told
    assert "Not asked for on this case:" in told
    assert "HHS (a child who is not a citizen)" in told


def test_a_telling_is_recorded_where_it_stands(office: Office) -> None:
    case_id = taken(office)
    drawn = press(panel(office, case_id), "Record that the police were notified")
    assert [r.value for r in drawn.radio if r.label in ("How", "Told to")] == [None, None]
    press(drawn, "Record")
    assert "How: choose one of the list." in drawn.error[0].value
    assert "Told to: choose one of the list." in drawn.error[0].value
    for label, value in (("How", "e-mail"), ("Told to", "local police")):
        drawn.radio(key=next(r.key for r in drawn.radio if r.label == label)).set_value(value)
    fine(drawn.run())
    press(drawn, "Record")
    told = shown(drawn).replace("\\", "")
    assert "○ **Sent**" in told
    assert "e-mail · local police · by Worker A" in told
    assert {"Record that the notice was acknowledged", "Send the notice again"} <= {b.label for b in drawn.button}


def test_a_notice_is_acknowledged_and_then_waits_for_nothing(office: Office) -> None:
    case_id = taken(office)
    sent(office, case_id, how="fax")
    drawn = press(panel(office, case_id), "Record that the notice was acknowledged")
    press(drawn, "Record")
    assert "✓ **Acknowledged**" in shown(drawn)
    assert "Send the notice again" not in {b.label for b in drawn.button}


def test_a_notice_is_sent_again_and_that_shows(office: Office) -> None:
    case_id = taken(office)
    sent(office, case_id, how="fax")
    drawn = press(panel(office, case_id), "Send the notice again")
    drawn.radio(key=next(r.key for r in drawn.radio if r.label.startswith("How"))).set_value("portal")
    fine(drawn.run())
    press(drawn, "Record")
    told = shown(drawn)
    assert "sent again" in told
    assert "· portal ·" in told


@pytest.mark.parametrize("media", ["docx", "pdf"])
def test_a_document_is_made_when_asked_for_logged_and_kept_nowhere(office: Office, media: str) -> None:
    case_id = taken(office)
    drawn = panel(office, case_id)
    assert (len(drawn.download_button), logged(office)) == (0, [])
    fine(drawn.button(key=keys(drawn, f"make-{media}")[0]).click().run())
    (button,) = drawn.download_button
    assert button.label == f"Save {office.view(case_id).card.number}-police-notice.{media}"
    assert logged(office) == [(office.people["intake worker"].id, {"what": "police-notice", "format": media})]
    assert len(fine(drawn.run()).download_button) == 0


def test_a_refusal_is_shown_as_it_reads(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object, **_more: object) -> None:
        raise NotAllowed("Not by you.")

    drawn = panel(office, taken(office))
    monkeypatch.setattr(documents, "document", refused)
    drawn.button(key=keys(drawn, "make-pdf")[0]).click().run()
    assert [error.value for error in drawn.error] == ["Not by you."]
    assert len(drawn.download_button) == 0


def test_while_presenting_no_document_is_offered(office: Office) -> None:
    drawn = panel(office, taken(office))
    drawn.session_state["presenting"] = True
    assert keys(fine(drawn.run()), "make-") == []


def test_who_does_not_record_the_telling_sees_it_without_acts_and_documents(office: Office) -> None:
    case_id = taken(office)
    for act, more in (("classify_report", {"classification": "other"}), ("identify_victim", {"note": "What the child told"})):
        office.record("intake worker", case_id, act, act, **more)
    office.flows_run()
    office.engage(case_id)
    drawn = panel(office, case_id, "victim advocate")
    assert "**To be sent**" in shown(drawn)
    assert keys(drawn, "make-") == keys(drawn, "notify_police") == []


def test_a_notice_to_the_parents_warns_where_contact_is_unsafe(office: Office) -> None:
    case_id = taken(office, unsafe_to_contact="yes")
    office.record("intake worker", case_id, "classify_report", "classify", classification="other")
    office.record("intake worker", case_id, "commence_investigation", "commence")
    drawn = panel(office, case_id)
    assert [warning.value for warning in drawn.warning] == [
        "It is said to be unsafe to contact the child or the family. Ask a supervisor before this goes out."
    ]


def test_a_withheld_notice_says_so_and_makes_no_document(office: Office) -> None:
    case_id = taken(office)
    office.record("intake worker", case_id, "classify_report", "classify", classification="other")
    office.record("intake worker", case_id, "commence_investigation", "commence")
    form = {"whom": "parents and guardian", "ground": "may endanger a person", "reason": "it may harm her"}
    before = len(keys(panel(office, case_id), "make-pdf"))
    office.record("intake worker", case_id, "withhold_parent_notice", "withhold", **form)
    drawn = panel(office, case_id)
    assert "**Withheld**" in shown(drawn)
    assert len(keys(drawn, "make-pdf")) == before - 1


def test_one_parent_told_and_the_other_not_both_show(office: Office) -> None:
    case_id = taken(office)
    office.record("intake worker", case_id, "classify_report", "classify", classification="other")
    office.record("intake worker", case_id, "commence_investigation", "commence")
    office.record("intake worker", case_id, "notify_parents", "mother", whom="custodial parent")
    form = {"ground": "may endanger a person", "reason": "it may harm her"}
    office.record("intake worker", case_id, "withhold_parent_notice", "father", whom="noncustodial parent", **form)
    told = shown(panel(office, case_id))
    assert "· custodial parent ·" in told
    assert "**Withheld**" in told
    assert "· noncustodial parent ·" in told
    assert telling.OWED_TO_ALL in told


def test_the_desk_its_proof_and_who_acknowledged_show_after_one_look_that_is_recorded(office: Office) -> None:
    case_id = taken(office)
    sent(office, case_id, how="phone", person="Desk Underhill", proof="No. Thistledown", acknowledged_by="Officer Slate")
    drawn = panel(office, case_id)
    words = ("Desk Underhill", "No. Thistledown", "Officer Slate")
    assert "✓ **Acknowledged**" in shown(drawn)
    assert not [word for word in words if word in shown(drawn)]
    before = looks(office)
    press(drawn, "Show whom it was sent to")
    assert [word for word in words if word not in shown(drawn)] == []
    assert looks(office) == before + 1


def test_the_page_says_what_is_taken_out_of_a_document_and_that_it_is_to_be_read(office: Office) -> None:
    said = shown(panel(office, taken(office)))
    assert "never who reported" not in said
    assert "read it before it goes" in said


def test_the_panel_names_no_child(office: Office) -> None:
    case_id = taken(office, child_family_name="Vinecliff", narrative="Quillfeather")
    sent(office, case_id, how="fax", person="Underhill", proof="Thistledown")
    told = shown(panel(office, case_id))
    assert [name for name in ("Vinecliff", "Quillfeather", "Underhill", "Thistledown") if name in told] == []
