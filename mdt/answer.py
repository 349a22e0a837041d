"""A provider's answer by a link, without an account: what waits for one, how long a link stands, what an answer says. Pure.

A token has 256 random bits: nobody guesses it. The limits are there so that a flood of guesses fills neither the log nor
the database, and so that nobody reads the same link over and over; a good link never waits for others' failures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mdt.consent import latest
from mdt.errors import NotPossible
from mdt.facts import Event, Fact
from mdt.law.period import end_of_day, local_date
from mdt.law.rulebook import load
from mdt.referring import DCF
from mdt.tasks import open_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdt.facts import History

F = Fact
PATH = "answer"  # of the page
WAITS = "chase-answer"  # the step that a provider's answer ends
STANDARD = "answer-link"
TOKEN_BYTES = 32
LONGEST_TOKEN = 64  # characters; what is longer is none of ours
LONGEST_MESSAGE = 1_000  # characters: a few sentences, no narrative
LONGEST_LIST = 999
LONGEST_WAIT = timedelta(days=2 * 365)
MINUTE = timedelta(minutes=1)
OPENED_A_MINUTE = 20  # of one link: reloading and both tabs of an office, no more
FAILED_A_MINUTE = 30  # of all that come without a link that stands

GONE = (
    "This link is no longer valid. It may have been answered, have run out or have been withdrawn. "
    "If you still want to answer, call whoever sent it to you."
)  # the same words whatever was wrong: they tell nobody whether there was such a link
SLOW = "Too many tries just now. Wait a minute, then open the link again."
ANSWERED = "This request has been answered already. Your second answer was not recorded."


class Choice(StrEnum):
    """What a provider may answer. Each value is what it reads."""

    ACCEPT = "We can help"
    WAITLIST = "We have a waiting list"
    DECLINE = "We cannot help"
    ASK = "We need to know more first"


REASONS = {
    "no capacity": "We have no place free",
    "not eligible": "We may not take this child",
    "age": "We do not take this age",
    "out of area": "It is outside our area",
    "language": "We do not speak the language",
    "other": "Another reason",
}  # as the record has them, and as the provider reads them
ACT_OF = {
    Choice.ACCEPT: "record_acceptance",
    Choice.WAITLIST: "record_waitlist",
    Choice.DECLINE: "record_decline",
    Choice.ASK: "record_needs_more",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider filled in. `message` goes to the record as sealed words."""

    choice: Choice
    because: str = ""
    place: int | None = None
    expected_on: date | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is kept; all but the times are opaque ids and codes. Times are aware instants."""

    id: str
    case_id: str
    need: str
    provider: str
    referral: str
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    withdrawn_at: datetime | None = None


def waiting(history: History, need: str) -> Event | None:
    """The service referral to a provider outside DCF whose answer is waited for, of a live history; None if there is none."""
    if not any(task.step == WAITS and task.about == need for task in open_tasks(history)):
        return None
    sent = [e for e in history if e.fact is F.SERVICE_REFERRED and e.about == need]
    return sent[-1] if sent and sent[-1].data["provider"] != DCF else None


def expires_at(now: datetime, consent_ends: date) -> datetime:
    """Until when a new link stands: the standard's days, and never after the consent's last day."""
    within = load().standard(STANDARD).within
    assert within is not None  # noqa: S101  # the standard is a period
    return min(within.end(now).due, end_of_day(consent_ends))


def why_not(link: Link, history: History, now: datetime) -> str:
    """Why a link does not stand, as a code for the log; empty if it does. At its last instant it stands no more."""
    if link.withdrawn_at:
        return "withdrawn"
    if link.used_at:
        return "used"
    if now >= link.expires_at:
        return "expired"
    if any(e.fact is F.CASE_RESTRICTED and e.recorded_at >= link.issued_at for e in history):
        return "restricted"  # few know of the case since; one of them may make a new link
    sent = waiting(history, link.need)
    if sent is None or sent.id != link.referral:
        return "not waited for"
    return "" if _under_its_consent(link, history, now) else "no consent"


def _under_its_consent(link: Link, history: History, now: datetime) -> bool:
    """Whether what the link was made under still stands: another consent may release other things, and end on another day."""
    then, today = (latest(history, link.need, link.provider, at) for at in (link.issued_at, now))
    return then is not None and today is not None and then.id == today.id and today.stands_at(now)


def was_seen(history: History, referral: str) -> bool:
    """Whether it is on record that the provider saw this service referral."""
    sent = next(e for e in history if e.id == referral)
    return any(e.fact is F.PROVIDER_SAW and e.about == sent.about and e.seq > sent.seq for e in history)


def opened_too_often(tries: Iterable[datetime], now: datetime) -> bool:
    """Whether a link was tried as often within the last minute as it may be."""
    return _within_a_minute(tries, now) >= OPENED_A_MINUTE


def failed_too_often(failures: Iterable[datetime], now: datetime) -> bool:
    """Whether so many came without a link that stands within the last minute that the next is turned away unheard."""
    return _within_a_minute(failures, now) >= FAILED_A_MINUTE


def _within_a_minute(times: Iterable[datetime], now: datetime) -> int:
    return sum(now - at < MINUTE for at in times)


def told(answer: Answer, now: datetime) -> dict[str, Any]:
    """What the answer's form says beside when and about what. Raises `NotPossible`, in the provider's words."""
    message = answer.message.strip()
    if len(message) > LONGEST_MESSAGE:
        raise NotPossible(f"The message may have {LONGEST_MESSAGE:,} characters at most.")
    if answer.choice is Choice.ASK and not message:
        raise NotPossible("Write what you need to know first.")
    if answer.choice is Choice.DECLINE and not answer.because:
        raise NotPossible("Choose why you cannot help.")
    return {"note": message, **_own(answer, now)}


def _own(answer: Answer, now: datetime) -> dict[str, Any]:
    if answer.choice is Choice.DECLINE:
        return {"because": answer.because}
    if answer.choice is not Choice.WAITLIST:
        return {}
    if answer.place is not None and not 1 <= answer.place <= LONGEST_LIST:
        raise NotPossible(f"The place on the list is a number from 1 to {LONGEST_LIST}.")
    today = local_date(now)
    if answer.expected_on is not None and not today <= answer.expected_on <= today + LONGEST_WAIT:
        raise NotPossible("The day on which you expect a place is today or later, and within two years.")
    return {"place": answer.place, "expected_on": answer.expected_on}
