"""What a provider is told of a child: the released fields and nothing else, and nothing once the consent has ended."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import docx
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from mdt.casework import letters, releasing
from mdt.casework.releasing import sheet
from mdt.consent import FIELDS
from mdt.errors import NotAllowed, NotFound, NotPossible, NotYet
from mdt.facts import Fact
from mdt.records.tables import ACCESS_LOG
from mdt.scenario import PEOPLE
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.store import Store

F = Fact
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = MONDAY + 3 * HOUR
ADVOCATE, WORKER = PEOPLE["victim advocate"], PEOPLE["intake worker"]
TOLD: dict[str, Any] = {
    "child_given_name": "Child", "child_family_name": "Vinecliff", "child_birthdate": "2011-07-23", "child_gender": "girl",
    "child_address": "Orchard Road 5", "child_phone": "203-555-0101", "narrative": "A motel by the highway.",
    "parents": "A mother in Hamden",
}  # fmt: skip
SECRET = ("Vinecliff", "Orchard", "555-0101", "2011", "motel", "Hamden")
CONSENT: dict[str, Any] = {
    "signer": "parent", "signer_name": "Mother V", "reach": "By letter to the school", "signer_is_not_suspected": True,
    "expires_on": "2026-06-30", "provider": "SHELTER-1", "recipient": "The shelter, by name",
    "fields": ["given_name", "age", "need"], "purpose": "to decide whether to take the child",
}  # fmt: skip


def needing(store: Store, **cells: Any) -> str:
    """A case with one need, urgent, with its reasons."""
    case_id = making.taken(store, **TOLD | cells)
    do(store, case_id, "classify_report", classification="other")
    do(store, case_id, "believe_victim", MONDAY + HOUR, note="What the child told", band="high")
    do(store, case_id, "record_contact_safety", MONDAY + HOUR, unsafe=True, what_is_safe="Ring the school nurse")
    do(store, case_id, "list_needs", MONDAY + HOUR, needs=["shelter"], urgent=["shelter"], language="Spanish",
       reasons="No safe bed tonight")  # fmt: skip
    return case_id


def need_of(store: Store, case_id: str) -> str:
    return next(e.about or "" for e in making.history(store, case_id) if e.fact is F.NEED_LISTED)


def consented(store: Store, **said: Any) -> str:
    case_id = needing(store)
    do(store, case_id, "give_consent", MONDAY + 2 * HOUR, by="victim advocate", **CONSENT | said)
    return case_id


def lines(store: Store, case_id: str) -> dict[str, str]:
    with store.read() as connection:
        return dict(sheet(connection, case_id, need_of(store, case_id), "SHELTER-1", NOW).lines)


def words(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
    of = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in of.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in of.paragraphs), *cells])


def test_the_sheet_holds_the_released_fields_and_nothing_else(store: Store) -> None:
    case_id = consented(store)
    assert lines(store, case_id) == {"First name": "Child", "Age": "14", "What is needed": "shelter"}


def test_without_a_birthdate_the_age_is_the_one_told_with_the_day_it_was_told(store: Store) -> None:
    case_id = needing(store, child_birthdate="", child_age="15")
    do(store, case_id, "give_consent", MONDAY + 2 * HOUR, by="victim advocate", **CONSENT)
    assert lines(store, case_id)["Age"] == "15, as told on 2 Mar 2026"


def test_everything_that_may_be_released_can_be(store: Store) -> None:
    case_id = consented(store, fields=list(FIELDS))
    told = lines(store, case_id)
    assert told["Born on"] == "23 Jul 2011"
    assert told["Why it is needed"] == "No safe bed tonight"
    assert (told["How urgent it is"], told["Language spoken"]) == ("urgent", "Spanish")
    assert told["How contact is safe"].startswith("UNSAFE.")
    assert told["How contact is safe"].endswith("Ring the school nurse")
    assert told["Who signed the consent, and how to reach her"] == "parent, Mother V, By letter to the school"
    assert list(told) == [title for title in FIELDS.values() if title in told]
    assert set(FIELDS.values()) == set(told)


def test_what_is_not_known_is_left_out_and_a_released_sheet_tells_nothing_of_itself(store: Store) -> None:
    case_id = making.taken(store, child_family_name="Vinecliff")
    do(store, case_id, "classify_report", classification="other")
    do(store, case_id, "believe_victim", MONDAY + HOUR, note="What the child told", band="high")
    do(store, case_id, "list_needs", MONDAY + HOUR, needs=["shelter"])
    do(store, case_id, "give_consent", MONDAY + 2 * HOUR, **CONSENT | {"fields": ["birthdate", "age", "reasons", "contact"]})
    with store.read() as connection:
        released = sheet(connection, case_id, need_of(store, case_id), "SHELTER-1", NOW)
    assert released.lines == ()
    assert repr(released) == "Released(0 fields)"


def test_no_sheet_is_made_for_another_provider_or_once_the_consent_has_ended(store: Store) -> None:
    case_id = consented(store)
    about = need_of(store, case_id)
    with store.read() as connection:
        for provider, now in (("SHELTER-2", NOW), ("SHELTER-1", NOW + 365 * DAY)):
            with pytest.raises(NotYet, match=r"§ 17a-28\(a\)\(4\)"):
                sheet(connection, case_id, about, provider, now)


@pytest.mark.parametrize("media", ["pdf", "docx"])
def test_the_letter_bears_the_stamp_and_the_consent_and_only_what_is_released(store: Store, media: str) -> None:
    case_id = consented(store)
    made = letters.letter(store, ADVOCATE, case_id, need_of(store, case_id), provider="SHELTER-1", media=media, now=NOW)
    text = words(made.content)
    for said in ("CONFIDENTIAL", "§ 17a-28", "written consent of 2 Mar 2026, valid until 30 Jun 2026", "The shelter, by name",
                 "to decide whether to take the child", "SHELTER-1", "Child", "14"):  # fmt: skip
        assert said in text
    assert not [one for one in SECRET if one in text.replace("2 Mar 2026", "")]
    assert made.name.endswith(f"-service-referral.{media}")
    with store.read() as connection:
        seen = connection.execute(select(ACCESS_LOG.c.detail).where(ACCESS_LOG.c.act == "document")).scalars().all()
    assert seen[-1] == {"what": "service-referral", "format": media}


def test_the_e_mail_holds_a_reference_and_the_link_and_nothing_of_the_child(store: Store) -> None:
    case_id = consented(store, fields=list(FIELDS))
    about = need_of(store, case_id)
    text = letters.e_mail(store, ADVOCATE, case_id, about, provider="SHELTER-1", now=NOW, link="https://mdt.example/answer#x")
    assert "https://mdt.example/answer#x" in text
    assert "Reference:" in text
    assert not [one for one in (*SECRET, "Child V", "shelter", "SHELTER", "14", "Mother") if one in text]
    assert "call or write to us" in letters.e_mail(store, ADVOCATE, case_id, about, provider="SHELTER-1", now=NOW)


def test_every_channel_refuses_once_the_consent_is_taken_back(store: Store) -> None:
    """Between opening the form and sending, somebody else records that the consent was taken back."""
    case_id = consented(store)
    about = need_of(store, case_id)
    do(store, case_id, "revoke_consent", NOW, provider="SHELTER-1")
    later = NOW + HOUR
    before = making.history(store, case_id)
    for how in ({}, {"how": "e-mail"}, {"how": "phone", "spoke_with": "The desk", "told_governed": True}):
        with pytest.raises(NotYet, match=r"was taken back, and nothing leaves any more \(§ 17a-28\(a\)\(4\)\)"):
            do(store, case_id, "refer_to_service", later, provider="SHELTER-1", **how)
    for leave in (
        lambda: letters.letter(store, ADVOCATE, case_id, about, provider="SHELTER-1", media="pdf", now=later),
        lambda: letters.e_mail(store, ADVOCATE, case_id, about, provider="SHELTER-1", now=later),
    ):
        with pytest.raises(NotYet, match="was taken back"):
            leave()
    assert making.history(store, case_id) == before


def test_what_is_written_leaves_now_whatever_time_stands_on_the_form_and_what_was_said_was_said_then(store: Store) -> None:
    case_id = consented(store)
    do(store, case_id, "revoke_consent", NOW, provider="SHELTER-1")
    then, now = MONDAY + 2 * HOUR + timedelta(minutes=5), NOW + HOUR
    with pytest.raises(NotYet, match="was taken back"):
        do(store, case_id, "refer_to_service", then, now=now, provider="SHELTER-1")
    by_word = {"how": "phone", "spoke_with": "The desk", "told_governed": True}
    do(store, case_id, "refer_to_service", then, now=now, provider="SHELTER-1", **by_word)


def test_more_is_sent_only_while_the_consent_stands(store: Store) -> None:
    case_id = consented(store)
    do(store, case_id, "refer_to_service", MONDAY + 2 * HOUR, provider="SHELTER-1")
    do(store, case_id, "record_needs_more", MONDAY + 2 * HOUR)
    do(store, case_id, "revoke_consent", NOW, provider="SHELTER-1")
    with pytest.raises(NotYet, match="send more to the provider: the consent"):
        do(store, case_id, "send_more", NOW + HOUR)


def test_a_suspected_person_signs_no_consent_whoever_ticks_it(store: Store) -> None:
    case_id = needing(store, suspected=[{"name": "Mother V", "relationship": "mother"}])
    with pytest.raises(NotAllowed, match=r"28 CFR 94.115") as caught:
        do(store, case_id, "give_consent", MONDAY + 2 * HOUR, **CONSENT)
    assert "Mother V" not in str(caught.value)
    do(store, case_id, "give_consent", MONDAY + 2 * HOUR, **CONSENT | {"signer_name": "Father W"})


def test_who_is_of_age_signs_herself_and_a_minor_does_not(store: Store) -> None:
    minor = needing(store)
    with pytest.raises(NotPossible, match="under 18 on that day"):
        do(store, minor, "give_consent", MONDAY + 2 * HOUR, **CONSENT | {"signer": releasing.OF_AGE, "signer_name": "Child V"})
    turned = needing(store, report_no="R-2", child_birthdate="2008-03-02")  # eighteen on that Monday
    with pytest.raises(NotAllowed, match="is of age on that day, and signs herself"):
        do(store, turned, "give_consent", MONDAY + 2 * HOUR, **CONSENT)
    do(store, turned, "give_consent", MONDAY + 2 * HOUR, **CONSENT | {"signer": releasing.OF_AGE, "signer_name": "Child V"})


def test_letters_are_made_by_who_may_refer_and_of_cases_that_are_hers(store: Store) -> None:
    case_id = consented(store)
    about = need_of(store, case_id)
    for by, refused in ((PEOPLE["chairperson"], (NotAllowed, NotFound)), (PEOPLE["OVS liaison"], (NotAllowed, NotFound))):
        with pytest.raises(refused):
            letters.letter(store, by, case_id, about, provider="SHELTER-1", media="pdf", now=NOW)
    with pytest.raises(NotFound):
        letters.letter(store, ADVOCATE, "no-case", about, provider="SHELTER-1", media="pdf", now=NOW)
    with pytest.raises(NotPossible, match="no such kind of file"):
        letters.letter(store, ADVOCATE, case_id, about, provider="SHELTER-1", media="html", now=NOW)
    assert letters.letter(store, WORKER, case_id, about, provider="SHELTER-1", media="pdf", now=NOW)
