"""A word about a child is written nowhere but sealed: in no table, file, notice, error or log, and in nothing of Prefect's."""

from __future__ import annotations

import base64
import gzip
import logging
import pickle
import tempfile
import time
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import StatementError

from flows import carry
from flows.deadlines import deadlines
from flows.route import route_referral, route_referrals
from mdt import cli, convening, settings
from mdt.acts import is_words
from mdt.board.find import find_child
from mdt.casework import ACT, drafts, heads, intake
from mdt.casework.check import check
from mdt.casework.sweep import sweep
from mdt.errors import BadField, MdtError
from mdt.exchange.referrals import COLUMNS
from mdt.intake import REPORT_WORDS
from mdt.records.tables import AGENDA_LINES, CASES, CHILDREN, NARRATIVES
from mdt.referral import NewReferral, Suspected
from mdt.scenario import route
from mdt.store import open_store
from mdt.store.sealed import CHILD_COLUMNS
from tests import convened, making, prefect_server
from tests.making import MONDAY, do
from tests.privacy.canary import BORN, CANARY, FAMILY, NARRATIVE, PHONE, WORDS, disguises, hits, in_files, in_tables
from tests.test_importing import write

if TYPE_CHECKING:
    from mdt.store import Store

PROVOKED = "Zvxprovókedqz"  # sent to the database unsealed, to see what it says of it: that is none of the product's doing
EVERY_WORD = (*WORDS, PROVOKED)
HOUR = timedelta(hours=1)
LOGS_ARE_SENT = 3  # seconds: Prefect sends its logs in batches
TEXT_FIELDS = (
    "reporter_class", "reporter_name", "child_given_name", "child_family_name", "child_gender", "child_residence_town",
    "child_address", "child_phone", "citizenship", "suspected_person", "suspected_relationship", "police_agency", "narrative",
    "action_taken", "reporter_phone", "parents", "unsafe_because", "incident_time", "prior_harm", "how_known", "why_suspected",
    "prior_cases",
)  # fmt: skip
SUSPECTED = tuple(name for name in Suspected.model_fields if name != "has_care_or_access")
CELLS: dict[str, Any] = {field: f"{CANARY} {field}" for field in TEXT_FIELDS} | {
    "child_birthdate": BORN, "child_in_state": "no", "incident_town": f"{CANARY}, MA", "incident_from": "2026-02-14",
    "commercial_sex": "yes", "online_component": "yes", "police_told_at": "2026-03-02 08:00",
    "child_family_name": FAMILY, "narrative": NARRATIVE, "child_phone": PHONE, "reporter_phone": f"{PHONE} at night",
    "reporter_confidential": "yes", "unsafe_to_contact": "yes",
    "suspected": [{name: f"{CANARY} {name}" for name in SUSPECTED} | {"phone": PHONE}, {"alias": FAMILY}],
}  # fmt: skip
IN_A_SHEET = {name: value for name, value in CELLS.items() if name in COLUMNS}
ACTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("classify_report", "intake worker", {"classification": "emergency"}),
    ("notify_police", "intake worker", {}),
    ("commence_investigation", "intake worker", {}),
    ("withhold_parent_notice", "intake worker", {"whom": "both parents", "ground": "may endanger a person"}),
    ("score_screening", "intake worker", {"instrument": "example", "version": "1", "language": "en"}),
    ("record_contact_safety", "intake worker", {"unsafe": True}),
    ("screen_out", "intake worker", {"because": "other"}),
    ("return_screen_out", "intake supervisor", {}),
    ("identify_victim", "intake worker", {}),
    ("put_on_agenda", "chairperson", {"meeting": "none", "on": "2026-03-17"}),
    ("postpone_standard", "chairperson", {"about": "record-meeting", "until": "2026-05-01"}),
    ("hold_review", "chairperson", {}),
    ("record_meeting", "chairperson", {"victim_named": True, "perpetrator_named": True, "seats_present": ["police"]}),
    ("make_decision", "chairperson", {"owner": "DCF", "due_on": "2026-05-01"}),
    ("give_up_decision", "chairperson", {}),
    ("ask_for_review", "chairperson", {}),
    ("list_needs", "victim advocate", {"needs": ["shelter"]}),
    (
        "give_consent",
        "victim advocate",
        {
            "signer": "parent",
            "signer_is_not_suspected": True,
            "expires_on": "2027-01-01",
            "provider": "SHELTER-1",
            "fields": ["given_name"],
            "purpose": "to provide the service",
        },
    ),
    ("refer_to_service", "victim advocate", {"provider": "SHELTER-1"}),
    ("disclose_injury", "victim advocate", {"told_by": "child", "told_to": "CAC employee"}),
    ("give_spoken_notice", "victim advocate", {}),
    ("draft_application", "victim advocate", {"applicant": "parent", "applicant_is_not_suspected": True}),
    ("print_application", "victim advocate", {}),
    ("sign_application", "victim advocate", {"signed_by": "child", "signer_is_not_suspected": True}),
    (
        "release_vault_note",
        "victim advocate",
        {
            "signer": "child",
            "ground": "the child knowingly waives",
            "signer_is_not_suspected": True,
            "expires_on": "2027-01-01",
            "recipients": ["nobody"],
            "no_location_no_identity": True,
        },
    ),
    ("take_back_release", "victim advocate", {}),
    ("ask_for_waiver", "victim advocate", {"ground": "minor not at fault (§ 54-211(a)(3))"}),
    ("leave_undone", "intake worker", {"about": "complete-investigation"}),
    ("receive_another_report", "intake worker", {"mode": "oral", "mandated": True}),
)


# What is recorded of the case about its meeting, once it stands on the agenda of one; none of it is refused.
OF_THE_MEETING: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("ask_for_update", "team coordinator", {"owner": "police", "by_day": "2026-03-13"}),
    ("give_update", "chairperson", {}),
    ("seek_record", "team coordinator", {"holder": "DCF"}),
    ("certify_record", "team coordinator", {"necessary": True, "kept_confidential": True}),
    ("give_up_record", "team coordinator", {}),
    ("record_statement", "team coordinator", {"kind": "position", "provider": making.PEOPLE["chairperson"].id}),
    ("allow_disclosure", "chairperson", {"ground": "consent of the participant"}),
    ("withdraw_disclosure", "chairperson", {}),
    ("hold_review", "chairperson", {}),
    ("make_decision", "chairperson", {"owner": "DCF", "due_on": "2026-05-01"}),
    ("give_up_decision", "chairperson", {}),
    ("record_meeting", "chairperson", {"victim_named": True, "perpetrator_named": True, "seats_present": ["police"]}),
    ("amend_meeting_record", "chairperson", {}),
)
ANSWERED = {
    "answers": {"away-unexplained": "yes"},
    "evidence": {"away-unexplained": {"what": f"{CANARY} what", "source": f"{CANARY} source"}},
}


SIGNED = {"signer_name": f"{CANARY}x signer"}  # has no name of a suspected person: those sign no consent


def fill(act: str) -> dict[str, Any]:
    """Every field of words in an act's form, filled with the canary."""
    words = [n for n, info in ACT[act].form.model_fields.items() if is_words(info.metadata)]
    given = {"score_screening": ANSWERED, "give_consent": SIGNED}.get(act, {})
    return {n: given.get(n, f"{CANARY} {n}") for n in words}


def live_through(store: Store) -> list[str]:
    """A case with every kind of word in it; what the refusals on the way said."""
    case_id = making.taken(store, **CELLS)
    said = []
    for n, (act, by, form) in enumerate(ACTS):
        at = MONDAY + n * HOUR
        about = form.get("about", "")
        given = {k: v for k, v in form.items() if k != "about"}
        report = next(e.about for e in making.history(store, case_id) if e.about)
        line = next((t.about for t in making.tasks(store, case_id).values() if t.step == about), "") if about else ""
        try:
            do(store, case_id, act, at, by=by, about=f"{about}:{line}" if line else about, **given, **fill(act))
        except MdtError as refused:
            said.append(str(refused))
        with suppress(MdtError):
            do(store, case_id, "classify_report", at, by="victim advocate", classification="other", note=CANARY)
        try:
            do(store, case_id, "confirm_closing", at, about=report, note=CANARY)
        except MdtError as refused:
            said.append(str(refused))
    wrong = making.history(store, case_id)[1].id
    do(store, case_id, "redate_fact", MONDAY + 50 * HOUR, about=wrong, to=MONDAY, reason=CANARY)
    do(store, case_id, "retract_fact", MONDAY + 51 * HOUR, about=wrong, reason=CANARY)
    return [*said, *sit(store, case_id)]


def sit(store: Store, case_id: str) -> list[str]:
    """A meeting with a guest, at which the case is heard; what the refusals about it said."""
    do(store, case_id, "place_case", MONDAY + 52 * HOUR, town="New Haven", town_of="residence", note=CANARY)
    route(store, case_id, MONDAY + 52 * HOUR)
    with store.read() as connection:
        line, meeting = connection.execute(select(AGENDA_LINES.c.line, AGENDA_LINES.c.meeting)).one()
    at = convened.course(store, meeting).starts_at
    guest = {"name": f"{CANARY} name", "position": FAMILY, "agency": "Hospital", "mail": f"{CANARY}@example.org"}
    convened.act(store, meeting, "invite_guest", **guest, lines=[line])
    convened.act(store, meeting, "move_meeting", starts_at=at + HOUR, reason=NARRATIVE)
    said = []
    for key, wrong in (("invite_guest", {**guest, "lines": [CANARY]}), ("withdraw_guest", {"guest": FAMILY})):
        with pytest.raises(MdtError) as refused:
            convened.act(store, meeting, key, **wrong)
        said.append(str(refused.value) + repr(refused.value))
    for n, (key, by, form) in enumerate(OF_THE_MEETING):
        if key == "certify_record":
            with pytest.raises(MdtError) as refused:
                do(store, case_id, "receive_record", at, by=by, note=CANARY)
            said.append(str(refused.value))
        do(store, case_id, key, at + HOUR + n * timedelta(minutes=1), by=by, **form, **fill(key))
    assert next(iter(convened.course(store, meeting).guests.values())).name == f"{CANARY} name"
    return said


def provoke(store: Store) -> list[str]:
    """What is said of forms, rows and statements that cannot be taken."""
    said = []
    for wrong in ({"received_at": CANARY}, {"child_birthdate": f"{BORN} {CANARY}"}, {CANARY: CANARY}, {"mode": CANARY}):
        rows = [(2, making.row(**CELLS | wrong))]
        outcome = intake.receive_rows(store, rows, by=making.PEOPLE["intake worker"], now=MONDAY)
        said += [repr(bad) + str(bad) for _, bad in outcome.refused]
        if CANARY not in wrong:  # a field's own name would be told; nobody but `fields_wrong` reads that
            with pytest.raises(ValueError, match="validation error") as refused:
                NewReferral.model_validate(making.row(**CELLS | wrong), context={"now": MONDAY})
            said.append(str(refused.value))
    with pytest.raises(BadField) as used:
        making.taken(store, **CELLS | {"child_given_name": f"{CANARY} again"})
    said += [str(used.value), repr(making.referral(**CELLS))]
    return said + [told for statement in PROVOKING for told in refused_by_the_database(store, *statement)]


PROVOKING: tuple[tuple[Any, dict[str, Any]], ...] = (
    (insert(CHILDREN), {"case_id": None, "given_name": PROVOKED}),
    (insert(CHILDREN), {"case_id": None, "commitment": PROVOKED} | dict.fromkeys(CHILD_COLUMNS, PROVOKED.encode())),
    (insert(NARRATIVES), {"event_id": PROVOKED, "field": "x", "text": PROVOKED.encode(), "case_id": "x", "commitment": ""}),
    (insert(CASES), {"id": PROVOKED, "number": PROVOKED}),
)  # fmt: skip


def refused_by_the_database(store: Store, statement: Any, row: dict[str, Any]) -> list[str]:
    """What is said of a row that the database does not take, in whatever way somebody may keep it."""
    with pytest.raises((StatementError, TypeError)) as failed, store.write() as connection:
        connection.execute(statement, row)
    kept = [failed.value, getattr(failed.value, "orig", None), failed.value.__cause__, failed.value.__context__]
    return [str(one) + repr(one) for one in kept] + [ascii(pickle.dumps(failed.value)), repr(vars(failed.value))]


@pytest.fixture
def store(database_url: str) -> Store:
    return making.made(database_url)


def test_every_field_that_holds_words_was_given_the_canary() -> None:
    held = {name for act, _, _ in (*ACTS, *OF_THE_MEETING) for name in fill(act)}
    anywhere = {n for act in ACT.values() for n, info in act.form.model_fields.items() if is_words(info.metadata)}
    assert held == anywhere - {"town"}  # one of the 169 towns and nothing else
    assert set(REPORT_WORDS) < set(TEXT_FIELDS)
    of_meetings = {n for act in convening.ACTS for n, info in act.form.model_fields.items() if is_words(info.metadata)}
    assert of_meetings == {"name", "position", "mail", "reason"}  # see `sit`


@pytest.mark.parametrize("how", disguises(CANARY))
def test_the_search_sees_through_each_disguise(how: str) -> None:
    assert hits(b"before " + disguises(CANARY)[how] + b" after")
    assert hits(gzip.compress(b"before " + disguises(CANARY)[how] + b" after"))
    assert hits(b"Child A of New Haven") == []


def test_base64_of_a_longer_text_is_seen_through() -> None:
    for before in ("", "a", "ab", "abc"):
        assert any("base64" in how for how in hits(base64.b64encode(f"{before}{CANARY} and more".encode())))


@pytest.fixture
def aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all temporary files, this test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.usefixtures("aside")
def test_words_about_a_child_are_sealed_wherever_they_are_written(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "sqlalchemy.engine")
    said = live_through(store)
    (case_id,) = _ids(store)
    typed = {"narrative": NARRATIVE, "day": date.fromisoformat(BORN)}
    drafts.keep(store, making.PEOPLE["intake worker"], "form", drafts.Kept(1, MONDAY, "c", typed), MONDAY, case_id=case_id)
    assert find_child(store, making.PEOPLE["intake worker"], CANARY, FAMILY, 2011, MONDAY)
    route(store, case_id, MONDAY + 60 * HOUR)
    sweep(store, MONDAY + 24_000 * HOUR)
    heads.sign(store, MONDAY)
    assert in_tables(store) == {}
    assert in_files(*copies(store, tmp_path)) == {}
    said += [*check(store).faults, *provoke(store)]
    assert hits("\n".join(said), EVERY_WORD) == []
    assert "INSERT INTO" in caplog.text  # each statement
    assert hits("".join((*capfd.readouterr(), caplog.text)), EVERY_WORD) == []
    assert in_files(tmp_path) == {}


def copies(store: Store, tmp_path: Path) -> tuple[Path, ...]:
    """The folders with the very files of the database, and for SQLite a copy with all that was in the journal."""
    if store.is_sqlite:
        with store.write() as connection:
            connection.execute(text("UPDATE counter SET last = last"))
        assert (tmp_path / "mdt.db-wal").stat().st_size  # the search covers it
        with store.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql(f"VACUUM INTO '{tmp_path / 'copy.db'}'")
            connection.exec_driver_sql("BEGIN")
        return (tmp_path,)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("SET ROLE NONE")
        connection.exec_driver_sql("CHECKPOINT")
        data = Path(connection.exec_driver_sql("SHOW data_directory").scalar_one())
        own = connection.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()").scalar_one()
    found = (data / "base" / str(own), data / "pg_wal", *data.glob("log*/"))
    assert any(case_id_in(folder, _ids(store)[0]) for folder in found)
    return found


def case_id_in(folder: Path, case_id: str) -> bool:
    return any(case_id.encode() in file.read_bytes() for file in folder.iterdir() if file.is_file())


def _ids(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(select(CASES.c.id)).scalars())


def test_an_import_of_bad_rows_says_nothing_of_them(
    tmp_path: Path, aside: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = [making.row(**IN_A_SHEET | {"received_at": CANARY}), making.row(**IN_A_SHEET | {"mode": CANARY, "report_no": "R-2"})]
    files = [write(tmp_path / "some.csv", making.row(**IN_A_SHEET | {"report_no": "R-3"}), *bad), tmp_path / "no-columns.csv"]
    files[1].write_text(f"{CANARY},{BORN}\n{CANARY},{BORN}\n", encoding="utf-8")
    files.append(tmp_path / "odd-column.csv")
    files[2].write_text(",".join((*COLUMNS, CANARY)) + "\n", encoding="utf-8")
    codes = []
    for file in files:
        monkeypatch.setattr("sys.argv", ["mdt", "import", str(file)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        codes.append(end.value.code or 0)
    assert codes == [0, 1, 1]
    out, err = capfd.readouterr()
    assert "taken 1 · refused 2 · repeats 0" in out
    assert hits(out + err) == []
    assert in_tables(open_store(settings.database_url())) == {}
    assert in_files(settings.home(), aside) == {}


def test_a_fault_that_nobody_foresaw_is_told_by_a_number_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def falls(*_rest: Any, **_more: Any) -> None:
        raise RuntimeError(NARRATIVE)

    monkeypatch.setattr(intake, "receive_rows", falls)
    monkeypatch.setattr("sys.argv", ["mdt", "import", str(write(tmp_path / "some.csv", making.row(**IN_A_SHEET)))])
    with pytest.raises(SystemExit) as end:
        cli.main()
    out, err = capfd.readouterr()
    assert end.value.code == 1
    assert "number" in err
    assert hits(out + err + caplog.text) == []


def refused(connection: Any, case_id: str, *_rest: Any) -> None:
    connection.execute(insert(CHILDREN), {"case_id": case_id, "given_name": CANARY})


def unforeseen(*_rest: Any) -> None:
    raise KeyError(NARRATIVE) from ValueError(CANARY)


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
@pytest.mark.timeout(180)
def test_nothing_of_prefects_holds_a_word_about_a_child(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    later = MONDAY + 24_000 * HOUR
    monkeypatch.setattr("flows.ground.now", lambda: later)
    monkeypatch.setattr(carry, "AWAY", 0)
    store = making.made(settings.database_url())
    live_through(store)
    others = [making.taken(store, **CELLS | {"report_no": f"R-{n}"}) for n in range(2, 5)]

    with prefect_server.prefect() as server:
        aside = request.getfixturevalue("aside")  # now that the server, which outlives this test, has its folder
        for fails in (refused, unforeseen):
            with monkeypatch.context() as patch:
                patch.setattr("mdt.casework.routing._one", fails)
                patch.setattr("flows.screening.screening.retries", 0)
                patch.setattr("flows.route.route_referral.retries", 0)
                with pytest.raises(Exception):  # noqa: B017, PT011  # whatever it is told as
                    route_referral(others[0])
        with monkeypatch.context() as patch:
            patch.setattr("flows.deadlines.sweep", unforeseen)
            patch.setattr("flows.deadlines.deadlines.retries", 0)
            assert not carry.sweep_once()
        route_referrals(others)
        while carry.carry_some(store, "test:1"):
            pass
        deadlines()
        time.sleep(LOGS_ARE_SENT)
        kept = [file for file in server.home.rglob("*") if file.is_file()]
        assert any(others[0].encode() in file.read_bytes() for file in kept)  # they are there, under their ids
        assert in_files(server.home) == {}
    assert hits("".join((*capfd.readouterr(), caplog.text))) == []
    assert in_tables(store) == {}
    assert in_files(settings.home(), aside) == {}
