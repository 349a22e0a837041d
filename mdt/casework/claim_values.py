"""What the application says by itself: of the claim always, of DCF's record only what a consent to OVS releases (§ 17a-28).

What no consent releases is not even opened for it; the field stays open, to be filled in by hand by who applies.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from mdt.casework import child
from mdt.casework.releasing import words_with
from mdt.claim import known_of
from mdt.claim.papers import enclosed
from mdt.claim.to_ovs import ToOvs, standing_consent
from mdt.exchange.claim_packet import APPLICANT, CLAIM, RECORD, Filled
from mdt.facts import VICTIM, Fact
from mdt.history import contact_is_unsafe
from mdt.law.period import EASTERN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.claim import Known
    from mdt.facts import Event, History

F = Fact
POLICE_KNOW = (F.POLICE_NOTIFIED, F.REFERRED_TO_POLICE, F.POLICE_TOOK_ORAL_REPORT)


@dataclass(frozen=True, slots=True)
class Values:
    """The fields that are filled in, and the consent by which any of them is of DCF's record; None if none is."""

    by_key: dict[str, Filled] = field(repr=False)
    consent: ToOvs | None
    signer_name: str = field(default="", repr=False)


def values_of(connection: Connection, case_id: str, history: History, now: datetime) -> Values:
    """What is known now. `history`: live."""
    known, consent = known_of(history, now), standing_consent(history, now)
    found = dict(_of_the_claim(connection, case_id, known))
    record = dict(_of_the_record(connection, case_id, history, known, consent)) if consent else {}
    if consent is None or not record:
        return Values(found, None)
    return replace(consent_of(connection, case_id, consent), by_key=record | found)


def consent_of(connection: Connection, case_id: str, consent: ToOvs) -> Values:
    """The consent with who signed it by name, and no field."""
    return Values({}, consent, words_with(connection, case_id, consent.id).get("signer_name", ""))


def came_with_report(event: Event, history: History) -> bool:
    """Whether a fact was recorded with a report, and is so of DCF's record."""
    return any(e.act == event.act for e in history if e.fact is F.REPORT_RECEIVED)


def _of_the_claim(connection: Connection, case_id: str, known: Known) -> Iterator[tuple[str, Filled]]:
    drafted, injury, exam = known.last(F.APPLICATION_DRAFTED), known.last(F.INJURY_OCCURRED), known.last(F.EXAM_DONE)
    if drafted and drafted.data["applicant"] != "child":
        yield "claimant_role", Filled(drafted.data["applicant"], CLAIM)
        yield "claimant_name", Filled(words_with(connection, case_id, drafted.id).get("applicant_name", ""), APPLICANT)
    for key, name in (("crime_where", "place"), ("crime_offense", "offense"), ("harm", "harm"), ("court_order", "order")):
        if told := known.told(name):
            yield key, Filled(told[0], CLAIM)
    if told := known.told("disclosed_to"):
        yield "disclosed", Filled(told[0] + _on(known.told_beside("disclosed_on", "disclosed_to")), CLAIM)
    if injury and not came_with_report(injury, known.events):
        yield "crime_when", Filled(_day(injury), CLAIM)
    if exam:
        yield "exam_when", Filled(_day(exam), CLAIM)
    yield "enclosed", Filled(", ".join(enclosed(known.events)), CLAIM)


def _of_the_record(
    connection: Connection, case_id: str, history: History, known: Known, consent: ToOvs
) -> Iterator[tuple[str, Filled]]:  # fmt: skip
    if "who the child is" in consent.releases:
        yield from _who(connection, case_id, history)
    injury = known.last(F.INJURY_OCCURRED)
    if "when it happened" in consent.releases and injury:
        yield "crime_when", Filled(_day(injury), RECORD)
    told = known.first(*POLICE_KNOW)
    if "the police" in consent.releases and told:
        yield "police_told", Filled(f"{_day(told)} {told.data.get('agency', '')}".strip(), RECORD)
    if "DCF's finding" in consent.releases and (found := _findings(known)):
        yield "crime_finding", Filled(found, RECORD)


def _who(connection: Connection, case_id: str, history: History) -> Iterator[tuple[str, Filled]]:
    """Who the child is; where mail goes and who answers the telephone only if contact is said to be safe."""
    told = child.as_told(connection, case_id, history).child
    born = told["birthdate"]
    known = {
        "victim_name": f"{told['given_name']} {told['family_name']}".strip(),
        "victim_birthdate": f"{date.fromisoformat(born):%-d %b %Y}" if born else "",
        "victim_gender": told["gender"],
    }
    if contact_is_unsafe(history) is False:
        known |= {"victim_address": ", ".join(filter(None, (told["address"], told["town"]))), "victim_phone": told["phone"]}
    yield from ((key, Filled(value, RECORD)) for key, value in known.items() if value)


def _findings(known: Known) -> str:
    found = [known.last(*VICTIM), known.last(F.ABUSE_SUBSTANTIATED)]
    return "; ".join(f"{e.fact.value}, {_day(e)}" for e in found if e)


def _day(event: Event) -> str:
    return f"{event.happened_at.astimezone(EASTERN):%-d %b %Y}"


def _on(told: str | None) -> str:
    return f", {date.fromisoformat(told):%-d %b %Y}" if told else ""
