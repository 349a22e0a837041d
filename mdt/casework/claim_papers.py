"""The papers of a claim: the notice, the application, the letters. Made when asked for; what is of a case is logged.

Nothing of them is kept, and no file name tells of anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdt import access, settings
from mdt.casework import agency_form
from mdt.casework.claim_values import came_with_report, consent_of, values_of
from mdt.casework.documents import LIMITS, MEDIA, Document
from mdt.casework.exporting import CONFIDENTIAL
from mdt.casework.lettered import opened
from mdt.casework.room import ACT, ROOM_OF
from mdt.casework.values import moment
from mdt.claim import standing, waiver_draft
from mdt.claim.to_ovs import standing_consent
from mdt.errors import NotAllowed, NotPossible, NotYet
from mdt.exchange import claim_letters, compensation_notice, form_files
from mdt.exchange.claim_letters import TO_COURT, TO_OVS
from mdt.exchange.claim_packet import TITLE, By, packet
from mdt.exchange.compensation_notice import Reach
from mdt.exchange.documents import Paper, Part, cleaned
from mdt.exchange.docx_files import to_docx
from mdt.exchange.pdf_files import to_pdf
from mdt.facts import VICTIM, Fact
from mdt.law.period import EASTERN, local_date
from mdt.law.rulebook import load
from mdt.policy import See
from mdt.process import Room
from mdt.store import trace
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Sight, Viewer
    from mdt.casework.claim_values import Values
    from mdt.claim.to_ovs import ToOvs
    from mdt.claim.waiver import Draft
    from mdt.facts import Event, History
    from mdt.store import Store

F = Fact
PRINT, MAKE = "print_application", {"pdf": to_pdf, "docx": to_docx}
FOR_OVS = "CONFIDENTIAL once it is filled in. For the Office of Victim Services alone (§ 54-204(b))."
HOLDS_NO_RECORD = (
    "Nothing of DCF's record stands in it; that goes to OVS by written consent alone (§ 17a-28(b)). Open fields are filled in"
    " by hand."
)
WAIVER, REVIEW, WAIVER_REVIEW, APPEAL = "waiver", "review", "waiver-review", "appeal"
LETTERS = {
    WAIVER: "Request for a waiver of the time to apply",
    REVIEW: "Request for review of the determination",
    WAIVER_REVIEW: "Request for review of the denied waiver",
    APPEAL: "Cover note of an appeal",
}
LAW = {
    WAIVER: "CGS § 54-211(a)(2), (3), (6)",
    REVIEW: "CGS § 54-205(b)",
    WAIVER_REVIEW: "CGS § 54-211(a)(5)",
    APPEAL: "CGS § 54-211a",
}


def reach() -> Reach:
    """How the Office of Victim Services is reached."""
    return Reach(settings.ovs_phone(), settings.ovs_mail())


def script(language: str, now: datetime) -> tuple[str, ...]:
    """What to say aloud when an injury is disclosed (§ 17a-106i). Raises `NotPossible` for a language without a text."""
    return compensation_notice.script(language, local_date(now), reach())


def notice(language: str, media: str, now: datetime) -> Document:
    """The notice on paper; it is of no case. Raises `NotPossible` for a language or a kind of file that there is none of."""
    made = compensation_notice.notice(language, local_date(now), reach())
    return _document(f"compensation-notice-{made.lang.partition('-')[0]}", media, made, now)


def may_make(viewer: Viewer, seen: Sight) -> bool:
    """Whether this person makes the papers of a claim: who records that they are printed, and sees who the child is."""
    return access.may(viewer, ACT[PRINT]) and seen.may_record and See.IDENTITY in seen.sees


def application(store: Store, viewer: Viewer, case_id: str, media: str, now: datetime) -> Document:
    """The application in our own layout, as PDF or DOCX. Of DCF's record it holds what a consent to OVS releases at `now`.

    Raises `NotYet` before it is said who applies; `NotAllowed` and `NotFound`, which are logged.
    """
    if media not in MAKE:
        raise NotPossible("There is no such kind of file.")
    with _opened(store, viewer, case_id, now) as (connection, case, history):
        values = _values(connection, case_id, history, now)
        _log(connection, viewer, case_id, ("application", media), values.consent, now)
    made = packet(values.by_key, _by(case, viewer, now), _stamp(values.consent), _accompanies(values))
    return _document(f"{case}-application", media, made, now)


def agency_application(store: Store, viewer: Viewer, case_id: str, now: datetime) -> Document:
    """The agency's own form filled in with the same values; where DCF's record is in it, our stamp lies on each page.

    Raises `NotPossible` where no form is kept, `BadFile` for one that cannot be read any more, and what `application` does.
    """
    form = agency_form.kept()
    if form is None:
        raise NotPossible("No form of the agency's own is loaded. An administrator or advocate supervisor loads it.")
    with _opened(store, viewer, case_id, now) as (connection, case, history):
        values = _values(connection, case_id, history, now)
        _log(connection, viewer, case_id, ("agency form", "pdf"), values.consent, now)
    given = {name: values.by_key[key].value for name, key in form.mapping.items() if key in values.by_key}
    content = form_files.filled(form.content, given)
    if values.consent:
        content = form_files.with_cover(content, to_pdf(_cover(values, _by(case, viewer, now)), now), CONFIDENTIAL)
    return Document(f"{case}-agency-application.pdf", MEDIA["pdf"], content)


def letter(store: Store, viewer: Viewer, case_id: str, of: tuple[str, str], media: str, now: datetime) -> Document:
    """A letter of the claim. `of`: its kind, a key of `LETTERS`, and of a waiver its ground, empty for what fits best.

    Without a consent to OVS it rests on the claim's own facts alone. Raises `NotYet` where nothing asks for it yet.
    """
    kind, ground = of
    if kind not in LETTERS or media not in MAKE:
        raise NotPossible("There is no such letter.")
    with _opened(store, viewer, case_id, now) as (connection, case, history):
        (title, paragraphs), consent = _waiver(history, ground, now) if kind == WAIVER else (_answer(kind, history), None)
        accompanies = _accompanies(consent_of(connection, case_id, consent)) if consent else ()
        _log(connection, viewer, case_id, (f"{kind} letter", media), consent, now)
    to, stamp = TO_COURT if kind == APPEAL else TO_OVS, _stamp(consent) if consent else ()
    made = claim_letters.letter(
        title, paragraphs, _by(case, viewer, now), law=LAW[kind], to=to, stamp=stamp, consent=accompanies
    )
    return _document(f"{case}-{kind}-letter", media, made, now)


NO_WAIVER = (
    "Can't draft the request: no waiver comes into question. No date of the injury is on record, the application was made in"
    " time, or the time is a dependant's own (§ 54-211(a))."
)
NOT_RELEASED = (
    "Can't draft the request: when the injury occurred is known from DCF's record alone. Record it as the applicant says it, or"
    " a written consent to OVS that releases when it happened (§ 17a-28(b))."
)


def waiver_request(store: Store, viewer: Viewer, case_id: str, ground: str, now: datetime) -> Draft:
    """The request as the letter would say it, to be read on the page. Raises as `letter` does."""
    with _opened(store, viewer, case_id, now) as (_connection, _case, history):
        return _waiver(history, ground, now)[0]


def _waiver(history: History, ground: str, now: datetime) -> tuple[Draft, ToOvs | None]:
    """The draft; and the consent, where anything that it says is of DCF's record."""
    consent = standing_consent(history, now)
    draft, alone = (waiver_draft(standing(hers, now), ground or None) for hers in (_tellable(history, consent), _own(history)))
    if draft is None:
        raise NotYet(NO_WAIVER if waiver_draft(standing(history, now)) is None else NOT_RELEASED)
    return draft, None if draft == alone else consent


# What of DCF's record each part of a consent to OVS lets a letter say; what is not here is never said in one.
_BY_PART: dict[str, tuple[Fact, ...]] = {
    "when it happened": (F.INJURY_OCCURRED,), "DCF's finding": (*VICTIM, F.ABUSE_SUBSTANTIATED),
}  # fmt: skip


def _tellable(history: History, consent: ToOvs | None) -> History:
    """What the claim itself says, and of DCF's record what the consent releases."""
    own = _own(history)
    released = {fact for part in (consent.releases if consent else ()) for fact in _BY_PART.get(part, ())}
    return tuple(e for e in history if e in own or e.fact in released)


def _own(history: History) -> History:
    """What the claim itself says: nothing of DCF's rooms, nor what came with a report or was told to DCF."""
    return tuple(e for e in history if ROOM_OF[e.fact] is Room.COMPENSATION and not came_with_report(e, history))


_ANSWERED_BY = {
    REVIEW: ("ask-for-review", (F.DENIAL_MAILED, F.AWARD_MAILED)),
    WAIVER_REVIEW: ("ask-review-of-waiver", (F.WAIVER_DENIED,)),
    APPEAL: ("appeal", (F.COMMISSIONER_DECISION_SENT,)),
}


def _answer(kind: str, history: History) -> tuple[str, tuple[str, ...]]:
    """The title and paragraphs of a letter that answers a decision, with its dates. Raises `NotYet` where none waits."""
    step, facts = _ANSWERED_BY[kind]
    task = next((t for t in open_tasks(history) if t.step == step), None)
    event = next((e for e in reversed(history) if e.fact in facts), None)
    if task is None or task.due is None or event is None:
        raise NotYet(f"Nothing on this case asks for this letter ({LAW[kind].removeprefix('CGS ')}).")
    mailed, last = _day(event), f"{local_date(task.due):%-d %b %Y}"
    if kind == APPEAL:
        return claim_letters.appeal_note(mailed, last, _rolled(event, last))
    if kind == WAIVER_REVIEW:
        return claim_letters.waiver_review_request(mailed, last)
    return claim_letters.review_request("award" if event.fact is F.AWARD_MAILED else "denial", mailed, last)


def _rolled(event: Event, strict: str) -> str:
    """The first day on which the court is open again, where the last day of the appeal is none (§ 51-347c)."""
    rule = load()["54-211a/appeal"]
    span = rule.span(rule.on(event.happened_at), event.happened_at)
    return f"{local_date(span.rolled):%-d %b %Y}" if span and span.rolled else strict


def _values(connection: Connection, case_id: str, history: History, now: datetime) -> Values:
    if not any(e.fact is F.APPLICATION_DRAFTED for e in history):
        raise NotYet("Can't make the application: say first who applies, by drafting the application (§ 54-204(a)).")
    return values_of(connection, case_id, history, now)


def _opened(
    store: Store, viewer: Viewer, case_id: str, now: datetime
) -> AbstractContextManager[tuple[Connection, str, History]]:
    return opened(store, viewer, case_id, now, what="claim papers", refuse=_refuse_unless_allowed)


def _refuse_unless_allowed(viewer: Viewer, seen: Sight) -> None:
    if not may_make(viewer, seen):
        raise NotAllowed("The papers of a claim are made by the advocates who work on the case.")


def _log(
    connection: Connection, viewer: Viewer, case_id: str, what: tuple[str, str], consent: ToOvs | None, now: datetime
) -> None:  # fmt: skip
    detail = {"what": what[0], "format": what[1], "of_dcf": 1 if consent else 0}
    trace.append(connection, viewer.id, "document", now, case_id=case_id, detail=detail)


def _stamp(consent: ToOvs | None) -> tuple[str, ...]:
    """§ 17a-28(k), where anything of DCF's record stands in it."""
    if consent is None:
        return (FOR_OVS, HOLDS_NO_RECORD)
    authority = (
        f"Authority: written consent of {_day_of(consent.given_at)}, valid until {consent.expires_on:%-d %b %Y}"
        " (§ 17a-28(a)(4))"
    )
    return (CONFIDENTIAL, authority, LIMITS)


def _accompanies(values: Values) -> tuple[tuple[str, str], ...]:
    """The consent as it stands on record, to whom and for what (§ 17a-28(k))."""
    consent = values.consent
    if consent is None:
        return ()
    return (
        ("Given to", TO_OVS), ("For what", "to decide the application for victim compensation"),
        ("Signed by", ", ".join(filter(None, (values.signer_name, consent.signer)))), ("Given on", _day_of(consent.given_at)),
        ("Valid until", f"{consent.expires_on:%-d %b %Y}"), ("What may be told", "; ".join(sorted(consent.releases))),
    )  # fmt: skip


def _cover(values: Values, by: By) -> Paper:
    """The sheet before the agency's form: the stamp and the consent."""
    part = Part("Consent that accompanies the application (§ 17a-28(k))", lines=_accompanies(values))
    foot = f"Case {by.number} · made on {by.made_at} by {by.name}, {by.agency}"
    return cleaned(Paper(TITLE, "CGS § 17a-28(k)", by.number, _stamp(values.consent), (part,), (), foot))


def _by(case: str, viewer: Viewer, now: datetime) -> By:
    return By(case, viewer.name, viewer.agency, moment(now))


def _day(event: Event) -> str:
    return _day_of(event.happened_at)


def _day_of(at: datetime) -> str:
    return f"{at.astimezone(EASTERN):%-d %b %Y}"


def _document(name: str, media: str, made: Paper, now: datetime) -> Document:
    if media not in MAKE:
        raise NotPossible("There is no such kind of file.")
    return Document(f"{name}.{media}", MEDIA[media], MAKE[media](made, now))
