"""A word about a child stays in the tables made for it: never in lists, notices, errors, logs or anything of Prefect's."""

from __future__ import annotations

import base64
import json
import logging
import pickle
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest
from sqlalchemy import insert, inspect, text
from sqlalchemy.exc import DBAPIError

from flows import carry
from flows.deadlines import deadlines
from flows.route import route_referral, route_referrals
from mdt import cli, settings
from mdt.acts import is_words
from mdt.casework import ACT, intake
from mdt.casework.check import check
from mdt.casework.sweep import sweep
from mdt.errors import BadField, MdtError
from mdt.exchange.referrals import COLUMNS
from mdt.intake import REPORT_WORDS, NewReferral
from mdt.records.tables import CHILDREN, NARRATIVES
from mdt.scenario import route
from mdt.store import open_store
from tests import making, prefect_server
from tests.making import MONDAY, do
from tests.test_importing import write

if TYPE_CHECKING:
    from pathlib import Path

    from mdt.store import Store

CANARY = "Zqxkanárixqz"  # no word of any language, and not plain ASCII
BORN = "2011-07-19"
FOR_A_CHILD = {"child", "report", "narrative"}
HOUR = timedelta(hours=1)
TEXT_FIELDS = (
    "reporter_class", "reporter_name", "child_given_name", "child_family_name", "child_gender", "child_residence_town",
    "citizenship", "suspected_person", "suspected_relationship", "police_agency", "narrative", "action_taken",
)  # fmt: skip
CELLS = {field: f"{CANARY} {field}" for field in TEXT_FIELDS} | {
    "child_birthdate": BORN, "child_in_state": "no", "incident_town": f"{CANARY}, MA", "incident_from": "2026-02-14",
    "commercial_sex": "yes", "online_component": "yes", "police_told_at": "2026-03-02 08:00",
}  # fmt: skip
ACTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("classify_report", "intake worker", {"classification": "emergency"}),
    ("notify_police", "intake worker", {}),
    ("commence_investigation", "intake worker", {}),
    ("withhold_parent_notice", "intake worker", {"ground": "may endanger a person"}),
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
        {"signer": "parent", "signer_is_not_suspected": True, "expires_on": "2027-01-01", "provider": "SHELTER-1"},
    ),
    ("refer_to_service", "victim advocate", {"provider": "SHELTER-1"}),
    ("draft_application", "victim advocate", {"applicant": "parent", "applicant_is_not_suspected": True}),
    ("ask_for_waiver", "victim advocate", {"ground": "minor not at fault (§ 54-211(a)(3))"}),
    ("leave_undone", "intake worker", {"about": "complete-investigation"}),
    ("receive_another_report", "intake worker", {"mode": "oral", "mandated": True}),
)


def disguises(word: str) -> dict[str, bytes]:
    """The word as it may be written into a file."""
    found = {
        "clear": word.encode(),
        "latin": word.encode("latin-1"),
        "utf-16": word.encode("utf-16-le"),
        "utf-16, other order": word.encode("utf-16-be"),
        "hex": word.encode().hex().encode(),
        "a URL": quote(word).encode(),
        "a form": quote_plus(word).encode(),
        "JSON": json.dumps(word)[1:-1].encode(),
        "a repr": ascii(word)[1:-1].encode(),
        "a pickle": pickle.dumps(word)[8:-4],
    }
    for shift in range(3):  # a word inside other words is encoded in one of three ways; its first and last letters mix
        coded = base64.b64encode(b"\0" * shift + word.encode())
        found[f"base64, {shift}"] = coded[4 if shift else 0 : -4]
    return found


def hits(what: bytes) -> list[str]:
    """In which disguises the canary or the birthdate is there."""
    return [how for word in (CANARY, BORN) for how, coded in disguises(word).items() if coded in what]


def as_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def tables(store: Store) -> dict[str, list[str]]:
    with store.read() as connection:
        return {
            name: hits(b"\n".join(as_bytes(v) for row in connection.execute(text(f"SELECT * FROM {name}")) for v in row))
            for name in inspect(store.engine).get_table_names()
        }


def fill(act: str) -> dict[str, str]:
    """Every field of words in an act's form, filled with the canary."""
    return {n: f"{CANARY} {n}" for n, info in ACT[act].form.model_fields.items() if is_words(info.metadata)}


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
    child = {"case_id": None, "given_name": CANARY, "birthdate": MONDAY.date()}
    for table, row in (
        (CHILDREN, child),
        (NARRATIVES, {"event_id": "x", "field": "x", "text": CANARY, "case_id": "x"}),
    ):
        with pytest.raises(DBAPIError) as failed, store.write() as connection:
            connection.execute(insert(table), row)
        said += [str(failed.value), repr(failed.value.__cause__), ascii(pickle.dumps(failed.value))]
    return said


@pytest.fixture
def store(database_url: str) -> Store:
    return making.made(database_url)


def test_every_field_that_holds_words_was_given_the_canary() -> None:
    held = {name for act, _, _ in ACTS for name in fill(act)}
    anywhere = {n for act in ACT.values() for n, info in act.form.model_fields.items() if is_words(info.metadata)}
    assert held == anywhere - {"town"}  # one of the 169 towns and nothing else
    assert set(REPORT_WORDS) < set(TEXT_FIELDS)


@pytest.mark.parametrize("how", disguises(CANARY))
def test_the_search_sees_through_each_disguise(how: str) -> None:
    assert how in hits(b"before " + disguises(CANARY)[how] + b" after")
    assert hits(b"Child A of New Haven") == []


def test_base64_of_a_longer_text_is_seen_through() -> None:
    for before in ("", "a", "ab", "abc"):
        assert any("base64" in how for how in hits(base64.b64encode(f"{before}{CANARY} and more".encode())))


def test_words_about_a_child_lie_in_the_tables_made_for_them_and_nowhere_else(
    store: Store, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)
    said = live_through(store) + provoke(store)
    (case_id,) = {e[0] for e in _ids(store)}
    route(store, case_id, MONDAY + 60 * HOUR)
    sweep(store, MONDAY + 24_000 * HOUR)
    said += check(store).faults
    logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)

    found = tables(store)
    assert {name for name, how in found.items() if how} == FOR_A_CHILD
    assert hits("\n".join(said).encode()) == []
    assert hits(caplog.text.encode()) == []
    out, err = capfd.readouterr()
    assert hits((out + err).encode()) == []


def _ids(store: Store) -> list[tuple[str]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT id FROM cases"))]


def test_an_import_of_bad_rows_says_nothing_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = [making.row(**CELLS | {"received_at": CANARY}), making.row(**CELLS | {"mode": CANARY, "report_no": "R-2"})]
    files = [write(tmp_path / "some.csv", making.row(**CELLS | {"report_no": "R-3"}), *bad), tmp_path / "no-columns.csv"]
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
    assert hits((out + err).encode()) == []
    assert {name for name, how in tables(open_store(settings.database_url())).items() if how} == FOR_A_CHILD


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
@pytest.mark.timeout(180)
def test_nothing_of_prefects_holds_a_word_about_a_child(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    later = MONDAY + 24_000 * HOUR
    monkeypatch.setattr("flows.ground.now", lambda: later)
    monkeypatch.setattr(carry, "AWAY", 0)
    store = making.made(settings.database_url())
    live_through(store)
    others = [making.taken(store, **CELLS | {"report_no": f"R-{n}"}) for n in range(2, 5)]

    def fails(connection: Any, case_id: str, *_rest: Any) -> None:
        connection.execute(insert(CHILDREN), {"case_id": case_id, "given_name": CANARY})

    with prefect_server.prefect() as server:
        with monkeypatch.context() as patch:
            patch.setattr("mdt.casework.routing._one", fails)
            patch.setattr("flows.screening.screening.retries", 0)
            patch.setattr("flows.route.route_referral.retries", 0)
            with pytest.raises(DBAPIError):
                route_referral(others[0])
        route_referrals(others)
        while carry.carry_some(store, "test:1"):
            pass
        deadlines()
        files = [p for p in server.home.rglob("*") if p.is_file()]
        assert any(others[0].encode() in p.read_bytes() for p in files)  # they are there, under their ids
        assert {str(p.relative_to(server.home)): hits(p.read_bytes()) for p in files if hits(p.read_bytes())} == {}
    out, err = capfd.readouterr()
    assert hits((out + err + caplog.text).encode()) == []
    kept = [p for p in settings.home().rglob("*") if p.is_file() and not p.name.startswith("mdt.db")]
    assert [p for p in kept if hits(p.read_bytes())] == []
