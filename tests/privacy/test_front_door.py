"""At the front door: what is compared, scored, told, handed over and sent in is in no other session, and is left nowhere."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from starlette.datastructures import UploadFile
from starlette.requests import Request

from mdt import linkage, notices
from mdt.board.fanout import of_view
from mdt.casework import ACT, cover, documents
from mdt.casework.check import check
from mdt.casework.cover import HandOff
from mdt.casework.sweep import sweep
from mdt.fanout import State
from mdt.records.tables import ACCESS_LOG, NOTICES, PEOPLE
from tests.dashboard.conftest import fine, shown
from tests.dashboard.test_bulk import choose, ours, send, table, whose
from tests.dashboard.test_instrument import answer
from tests.dashboard.test_matrix import ROLES
from tests.dashboard.test_pages import press, radio
from tests.making import row

from .canary import AS_TYPED, BORN, CANARY, FAMILY, NARRATIVE, held, hits, in_session
from .test_pages import a_case, nothing_is_left, take, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import duckdb
    from streamlit.testing.v1 import AppTest

    from tests.dashboard.conftest import Office

    from .conftest import Sent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
WORKER, SUPERVISOR, ELSEWHERE = "intake worker", "intake supervisor", "area-office worker"
LIKE = {"Given name": CANARY, "Family name": FAMILY, "Birthdate": AS_TYPED}


@pytest.fixture
def nothing_left(
    office: Office, aside: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Callable[[], None]:
    def look() -> None:
        nothing_is_left(office, aside, caplog, capfd)
        assert [file.name for file in aside.rglob("*")] == []  # what is packed or zipped would not be seen through

    return look


@pytest.fixture
def others(office: Office) -> dict[str, AppTest]:
    """Everybody else's session."""
    return {role: fine(office.sign_in(role)) for role in ROLES if role != WORKER}


def write(board: AppTest, **told: str) -> AppTest:
    for label, text in told.items():
        next(field for field in board.text_input if field.label == label.replace("_", " ")).set_value(text)
    return fine(board.run())


def described(office: Office, role: str) -> AppTest:
    """A report begun, in which a child is described as one who is known."""
    board = fine(office.sign_in(role))
    board.session_state["intake-tab"] = "Take a report"
    fine(board.run())
    press(board, "Add a suspected person")
    next(f for f in board.text_input if f.label.startswith("Name, or what")).set_value(f"{CANARY} {FAMILY}")
    return write(board, **LIKE)


def kept_of_the_comparison() -> list[Any]:
    """Whatever the database in memory holds between two questions."""
    with linkage._kept().cursor() as connection:  # noqa: SLF001  # what no other part may look into
        asked = ("duckdb_tables()", "duckdb_views() WHERE NOT internal", "duckdb_temporary_files()")
        return [found for of in asked for found in connection.execute(f"SELECT * FROM {of}").fetchall()]


# Who this may be. -------------------------------------------------------------------------------------------------------


def test_who_a_child_may_be_is_said_without_a_name_and_nobody_is_kept_for_the_next_question(
    office: Office, sent: Sent, nothing_left: Callable[[], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    case_id = a_case(office, drawn_in=False)
    number = office.view(case_id).card.number
    board = described(office, WORKER)
    assert f"case {number}" in shown(board).replace("\\", "")
    assert "Very likely" in shown(board)
    assert "Perhaps known in case" in shown(board)
    assert hits(shown(board)) == []
    assert kept_of_the_comparison() == []
    colleague = fine(office.sign_in(SUPERVISOR))
    sent.hits()
    walk(colleague, SUPERVISOR, case_id)
    assert (sent.hits(), in_session(colleague)) == ([], [])
    assert list(elsewhere.iterdir()) == []
    nothing_left()


def test_of_a_child_in_a_case_not_hers_she_is_told_that_there_is_one_and_nothing_of_it(
    office: Office, sent: Sent, nothing_left: Callable[[], None]
) -> None:
    case_id = a_case(office, drawn_in=False)
    view = office.view(case_id)
    office.record(SUPERVISOR, case_id, "restrict_case", "restrict", because="staff are threatened", note=NARRATIVE)
    sent.hits()
    board = described(office, ELSEWHERE)
    words = shown(board)
    assert "known in 2 cases that are not yours to see" in words  # both children of the report are born on that day
    assert "Perhaps known in" in words
    assert "Who is this child?" not in [r.label for r in board.radio]
    told = b"\n".join(sent.messages)
    assert [one for one in (case_id, view.card.number) if one.encode() in told] == []
    assert case_id not in held(board)
    assert hits(words) == []
    nothing_left()


def test_two_children_side_by_side_are_shown_for_that_look_alone(
    office: Office, sent: Sent, others: dict[str, AppTest], nothing_left: Callable[[], None]
) -> None:
    a_case(office, drawn_in=False)
    board = a_second_report(office)
    case_id = board.session_state["case"]
    assert "May be the same child" in shown(board)
    sent.hits()
    fine(next(b for b in board.button if b.label == "Compare side by side").click().run())
    assert sent.hits()
    for role, other in others.items():
        walk(other, role, case_id)
    assert sent.hits() == []
    for label in ("Another child", "Look again"):
        fine(next(b for b in board.button if b.label == label).click().run())
        assert (sent.hits(), in_session(board)) == ([], [])
    nothing_left()


def a_second_report(office: Office) -> AppTest:
    """The same child told of again, left open who she is."""
    board = described(office, WORKER)
    radio(board, "How it came", "oral")
    radio(board, "Is the reporter mandated to report?", "yes")
    radio(board, "Who is this child?", "not sure")
    return take(fine(board.run()))


def test_a_comparison_that_fails_tells_the_form_a_number_and_nobody_a_name(
    office: Office, sent: Sent, monkeypatch: pytest.MonkeyPatch, nothing_left: Callable[[], None]
) -> None:
    def fails(connection: duckdb.DuckDBPyConnection, *_rest: object) -> Iterator[Any]:
        yield from connection.execute(f"SELECT CAST(family AS INT) FROM {linkage.ONES}").fetchall()

    a_case(office, drawn_in=False)
    colleague = fine(office.sign_in(SUPERVISOR))
    with monkeypatch.context() as patch:
        patch.setattr(linkage, "_pairs", fails)
        board = office.sign_in(WORKER)
        board.session_state["intake-tab"] = "Take a report"
        board.run()
        for label, text in LIKE.items():
            next(field for field in board.text_input if field.label == label).set_value(text)
        board.run()
        (error,) = [error.value for error in board.error]
        assert "Quote number" in error
        assert list(board.exception) == []
    sent.hits()
    fine(colleague.run())
    assert (sent.hits(), in_session(colleague), kept_of_the_comparison()) == ([], [], [])
    assert "Very likely" in shown(fine(board.run()))
    nothing_left()


# On the page of a case. -------------------------------------------------------------------------------------------------


def test_what_an_answer_rests_on_and_the_dates_stay_with_her_who_asked(
    office: Office, sent: Sent, others: dict[str, AppTest], nothing_left: Callable[[], None]
) -> None:
    case_id = a_case(office)
    office.record(WORKER, case_id, "classify_report", "classify", classification="other", note=NARRATIVE)
    sent.hits()
    board = fine(office.sign_in(WORKER, case_id))
    press(board, "Check: a minor, and a resident?")
    assert sent.hits()
    press(board, "Hide the dates")
    assert (in_session(board), sent.hits()) == ([], [])
    board.session_state[f"instrument-{case_id}"] = True
    fine(board.run())
    answer(board, "threats", "yes")
    for name in ("what", "source"):
        next(f for f in board.text_input if str(f.key).endswith(f"-{name}-threats")).set_value(NARRATIVE)
    fine(board.run())
    sent.hits()
    for role, other in others.items():
        other.session_state[f"instrument-{case_id}"] = True
        walk(other, role, case_id)
    assert sent.hits() == []
    press(board, "Save as far as it is")
    assert in_session(board)  # the form goes on from what she has saved
    press(board, "Go on from the last answers")
    press(board, "Save")
    sent.hits()
    for role, other in others.items():
        walk(other, role, case_id)
        assert in_session(other) == []
    assert sent.hits() == []
    press(board, "Sign out")
    assert (in_session(board), sent.hits()) == ([], [])
    nothing_left()


def test_a_determination_and_its_grounds_are_on_nobodys_page_unasked(
    office: Office, sent: Sent, others: dict[str, AppTest], nothing_left: Callable[[], None]
) -> None:
    case_id = a_case(office)
    office.record(WORKER, case_id, "classify_report", "classify", classification="other")
    board = fine(office.sign_in(WORKER, case_id))
    press(board, ACT["identify_victim"].title)
    words = [f for f in (*board.text_input, *board.text_area) if "ground" in (f.key or "")]
    assert len(words) > 2
    for field in (*words, *(f for f in board.text_area if f.label == "Note")):
        field.set_value(NARRATIVE)
    fine(board.run())
    press(board, "Record")
    sent.hits()
    fine(board.run())
    for role, other in others.items():
        walk(other, role, case_id)
        assert in_session(other) == []
    assert (in_session(board), sent.hits()) == ([], [])
    nothing_left()


def told_everybody(office: Office) -> str:
    """A case on which everything is to be told that a report can ask for."""
    case_id = a_case(office)
    for n, (act, said) in enumerate((
        ("classify_report", {"classification": "emergency"}), ("commence_investigation", {}),
        ("identify_victim", {}),
        ("record_citizenship", {"noncitizen": True}), ("record_online_word", {}), ("record_missing_from_care", {}),
    )):  # fmt: skip
        office.record(WORKER, case_id, act, f"telling-{n}", note=NARRATIVE, **said)
    office.flows_run()
    return case_id


def kinds_to_make(office: Office, case_id: str) -> Iterator[str]:
    for telling in of_view(office.view(case_id), datetime.now(UTC)):
        if telling.row.state is not State.NOT_ASKED and telling.row.kind in documents.kinds_for(office.people[WORKER]):
            yield telling.row.kind


@pytest.mark.parametrize("media", ["docx", "pdf"])
def test_a_document_names_the_child_within_and_nowhere_besides(
    office: Office, media: str, caplog: pytest.LogCaptureFixture, nothing_left: Callable[[], None]
) -> None:
    case_id = told_everybody(office)
    made = {}
    for kind in kinds_to_make(office, case_id):
        made[kind] = documents.document(office.store, office.people[WORKER], case_id, kind, media, datetime.now(UTC))
    assert len(made) > 3
    for kind, one in made.items():
        assert re.fullmatch(rf"\d{{4}}-\d{{5}}-{kind}\.{media}", one.name)
        inside = one.content if media == "docx" else "\n".join(p.extract_text() for p in PdfReader(BytesIO(one.content)).pages)
        assert hits(inside), kind
        head = str(PdfReader(BytesIO(one.content)).metadata) if media == "pdf" else ""
        assert hits(head) == []
    assert hits(caplog.text) == []
    nothing_left()


def test_a_telling_shows_no_name_and_its_document_is_in_no_other_session(
    office: Office, sent: Sent, others: dict[str, AppTest], nothing_left: Callable[[], None]
) -> None:
    case_id = told_everybody(office)
    words = {"person": NARRATIVE, "proof": NARRATIVE, "note": NARRATIVE}
    office.record(WORKER, case_id, "notify_police", "told", how="fax", **words)
    board = fine(office.sign_in(WORKER, case_id))
    sent.hits()
    for media in ("docx", "pdf"):
        fine(next(b for b in board.button if f"telling-make-{media}" in (b.key or "")).click().run())
        (button,) = board.download_button
        assert hits(button.label) + hits(button.url) == []
        assert in_session(board) == []
    for role, other in others.items():
        walk(other, role, case_id)
        assert in_session(other) == []
    fine(board.run())
    assert list(board.download_button) == []
    assert sent.hits() == []
    with office.store.read() as connection:
        rows = connection.execute(select(ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == "document")).scalars().all()
    assert rows == [{"what": "police-notice", "format": media} for media in ("docx", "pdf")]
    nothing_left()


def test_the_list_for_the_area_office_and_the_clocks_of_a_colleague_name_nobody(
    office: Office, sent: Sent, others: dict[str, AppTest], nothing_left: Callable[[], None]
) -> None:
    case_id, now = a_case(office), datetime.now(UTC)
    for act, more in (
        ("take_up_report", {"about": next(e.event.about for e in office.view(case_id).history if e.event.about)}),
        ("classify_report", {"classification": "emergency"}), ("hand_over", {}),
        ("record_contact_safety", {"unsafe": True, "what_is_safe": NARRATIVE}),
    ):  # fmt: skip
        office.record(WORKER, case_id, act, act, note=NARRATIVE, **more)
    office.record(SUPERVISOR, case_id, "take_over", "take_over", note=NARRATIVE)
    worker, colleague = office.people[WORKER], office.people[SUPERVISOR]
    cover.put(office.store, worker, HandOff(colleague=colleague.id, from_at=now, until_at=now + timedelta(days=1)), now)
    board = fine(office.sign_in(WORKER))
    sent.hits()
    for role, other in ((WORKER, board), *others.items()):
        walk(other, role, case_id)
        assert in_session(other) == []
    assert "unsafe to contact" in shown(fine(office.sign_in(SUPERVISOR, case_id)))
    assert sent.hits() == []
    nothing_left()


def test_no_notice_names_anybody_when_it_is_chased_and_when_it_goes_to_a_supervisor(
    office: Office, sent: Sent, others: dict[str, AppTest], nothing_left: Callable[[], None]
) -> None:
    case_id = told_everybody(office)
    words = {"person": NARRATIVE, "proof": NARRATIVE, "note": NARRATIVE}
    office.record(WORKER, case_id, "notify_police", "told", how="fax", **words)
    for days in (1, 2, 4, 8, 30):
        sweep(office.store, datetime.now(UTC) + timedelta(days=days))
    with office.store.read() as connection:
        rows = connection.execute(select(NOTICES).where(NOTICES.c.case_id == case_id)).mappings().all()
        people = {p.id for p in connection.execute(select(PEOPLE.c.id))}
    kinds = {row["kind"] for row in rows}
    assert kinds >= {notices.UNCONFIRMED, notices.ESCALATED}
    said = [notices.words(r["kind"], "2026-00001", r["step"], r["due_at"]) + r["to_actor"] for r in rows]
    assert hits("\n".join(said)) == []
    assert people
    sent.hits()
    for role, other in others.items():
        walk(other, role, case_id)
    assert sent.hits() == []
    nothing_left()


# A file. ----------------------------------------------------------------------------------------------------------------

BAD = {"child_given_name": CANARY, "child_family_name": FAMILY, "narrative": NARRATIVE, "child_birthdate": BORN}
THEIRS = {
    "Ref": "P-1", "First name": CANARY, "Surname": FAMILY, "DOB": BORN, "Reported on": "2026-03-02 09:00", "Ward": NARRATIVE,
}  # fmt: skip


def files() -> dict[str, bytes]:
    """By what is wrong with them, files of which some rows, or all, are refused."""
    good = row(**BAD, report_no="B-1")
    wrong = [row(**BAD, report_no=f"B-{n}") | cell for n, cell in enumerate((
        {"mode": CANARY}, {"child_birthdate": NARRATIVE}, {"received_at": CANARY}, {"child_residence_town": CANARY},
        {"citizenship": FAMILY}, {"reporter_mandated": CANARY}, {"report_no": NARRATIVE * 3},
    ), 2)]  # fmt: skip
    return {
        "rows": ours(good, *wrong),
        "a partner's": table(
            THEIRS, THEIRS | {"Ref": "P-2", "DOB": CANARY}, THEIRS | {"Ref": "P-3", "Reported on": "2099-03-02 09:00"}
        ),
        "no header": table({CANARY: FAMILY, BORN: NARRATIVE}),
        "JSON": f'[{{"report_no": "J-1", "child": {{"{CANARY}": "{FAMILY}"'.encode(),
        "a PDF": b"%PDF " + NARRATIVE.encode(),
        "torn": ours(good) + f'"{CANARY}\n{FAMILY}'.encode(),
    }


def said(board: AppTest) -> str:
    """What the page says, with what it warns of and asks."""
    asked = [f.label for f in (*board.selectbox, *board.checkbox, *board.radio, *board.text_input)]
    return "\n".join((shown(board), *(warning.value for warning in board.warning), *asked))


@pytest.mark.parametrize("what", files())
def test_of_a_file_that_is_tried_and_taken_in_the_page_tells_rows_and_fields_alone(
    office: Office, sent: Sent, what: str, nothing_left: Callable[[], None]
) -> None:
    colleague = fine(office.sign_in(SUPERVISOR).switch_page("bulk.py").run())
    board = fine(office.sign_in(WORKER).switch_page("bulk.py").run())
    send(board, files()[what], "some.csv")
    if what == "a partner's":
        whose(board)
        choose(board, "How the reports came", "electronic")
        choose(board, "Are the reporters mandated?", "yes")
    assert hits(said(board)) == []
    if "Try it" in [button.label for button in board.button]:
        press(board, "Try it")
        assert ("refused: " in said(board)) == (what != "torn")
        assert hits(said(board) + repr(board.session_state["bulk"])) == []
        if what != "torn":
            press(board, "Make the file of refused rows")
            (button,) = board.download_button
            assert hits(button.label) + hits(button.url) == []
            press(board, next(button.label for button in board.button if button.label.startswith("Take in")))
            assert "Taken: " in said(board)
            assert hits(said(board) + repr(board.session_state["bulk"])) == []
    else:
        assert board.error or board.checkbox or board.selectbox
    walk(colleague, SUPERVISOR)
    sent_to_others = in_session(colleague)
    fine(board.switch_page("intake.py").run())
    sent.hits()
    fine(colleague.run())
    assert (sent_to_others, in_session(board), sent.hits()) == ([], [], [])
    assert not check(office.store).faults
    nothing_left()


def test_a_large_file_that_is_being_sent_is_not_laid_on_the_disk(office: Office, aside: Path) -> None:
    fine(office.sign_in(WORKER).switch_page("bulk.py").run())
    sent_in = NARRATIVE.encode() * 60_000
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + sent_in + b"\r\n--b--\r\n"

    async def received() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def is_in_memory() -> bool:
        request = Request({"type": "http", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}, received)
        async with request.form() as form:
            upload = form["f"]
            assert isinstance(upload, UploadFile)
            return await upload.read() == sent_in and not upload.file._rolled  # type: ignore[attr-defined]  # noqa: SLF001

    assert len(sent_in) > 4 * 2**20
    assert asyncio.run(is_in_memory())
    assert list(aside.iterdir()) == []
