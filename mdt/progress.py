"""How far the service for one need is: sent, seen, accepted … ended. It moves on, or back with a reason, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from mdt.consent import consents
from mdt.errors import NotPossible, NotYet
from mdt.facts import Fact
from mdt.law.period import end_of_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from mdt.facts import Event

F = Fact


class State(StrEnum):
    """Where the service for a need stands. Each value is the word people read."""

    LISTED = "listed"
    REFUSED = "consent refused"
    SENT = "sent"
    SEEN = "seen"
    NEEDS_MORE = "needs more"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    MISSED = "first appointment missed"
    KEPT = "first appointment kept"
    ENDED = "ended"


S = State
STATE_OF: dict[Fact, State] = {
    F.NEED_LISTED: S.LISTED,
    F.CONSENT_DECLINED: S.REFUSED,
    F.SERVICE_REFERRED: S.SENT,
    F.PROVIDER_SAW: S.SEEN,
    F.PROVIDER_NEEDS_MORE: S.NEEDS_MORE,
    F.MORE_SENT: S.SENT,
    F.PROVIDER_WAITLISTED: S.WAITLISTED,
    F.PROVIDER_DECLINED: S.DECLINED,
    F.PROVIDER_ACCEPTED: S.ACCEPTED,
    F.APPOINTMENT_MISSED: S.MISSED,
    F.APPOINTMENT_KEPT: S.KEPT,
    F.SERVICE_ENDED: S.ENDED,
}
ANSWERS = frozenset({F.PROVIDER_NEEDS_MORE, F.PROVIDER_WAITLISTED, F.PROVIDER_DECLINED, F.PROVIDER_ACCEPTED})
_WAITING = ANSWERS | {F.SERVICE_ENDED}
# What may follow without a reason.
ONWARD: dict[State, frozenset[Fact]] = {
    S.LISTED: frozenset({F.SERVICE_REFERRED, F.CONSENT_DECLINED, F.SERVICE_ENDED}),
    S.REFUSED: frozenset({F.SERVICE_REFERRED, F.SERVICE_ENDED}),
    S.SENT: _WAITING | {F.PROVIDER_SAW},
    S.SEEN: _WAITING,
    S.NEEDS_MORE: (_WAITING - {F.PROVIDER_NEEDS_MORE}) | {F.MORE_SENT},
    S.WAITLISTED: frozenset({F.PROVIDER_ACCEPTED, F.PROVIDER_DECLINED, F.PROVIDER_WAITLISTED, F.SERVICE_ENDED}),
    S.DECLINED: frozenset({F.SERVICE_REFERRED, F.CONSENT_DECLINED, F.SERVICE_ENDED}),
    S.ACCEPTED: frozenset({F.APPOINTMENT_KEPT, F.APPOINTMENT_MISSED, F.SERVICE_ENDED}),
    S.MISSED: frozenset({F.APPOINTMENT_KEPT, F.APPOINTMENT_MISSED, F.SERVICE_ENDED}),
    S.KEPT: frozenset({F.SERVICE_ENDED}),
    S.ENDED: frozenset(),
}
# What goes back, and so wants a reason.
_ELSEWHERE = frozenset({F.SERVICE_REFERRED})
_WITHDRAWN = frozenset({F.SERVICE_REFERRED, F.PROVIDER_DECLINED, F.PROVIDER_WAITLISTED, F.PROVIDER_NEEDS_MORE})
BACK: dict[State, frozenset[Fact]] = {
    S.SENT: _ELSEWHERE,
    S.SEEN: _ELSEWHERE,
    S.NEEDS_MORE: _ELSEWHERE,
    S.WAITLISTED: _ELSEWHERE | {F.PROVIDER_NEEDS_MORE},
    S.ACCEPTED: _WITHDRAWN,
    S.MISSED: _WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """A need and how far its service is, since when; `place`, `expected_on`, `because` and `outcome` as last said.

    `asked`: the providers to whom it was referred.
    """

    need: str
    kind: str
    urgency: str
    outside: bool
    state: State
    since: datetime
    provider: str = ""
    sent_at: datetime | None = None
    place: int | None = None
    expected_on: str = ""
    because: str = ""
    outcome: str = ""
    language: str = ""
    asked: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen."""
        return self.state not in (S.ENDED, S.REFUSED)


def progress(history: Sequence[Event]) -> tuple[Progress, ...]:
    """Every need of the case, in the order in which they were listed."""
    found: dict[str, Progress] = {}
    for event in history:
        about = event.about or ""
        if event.fact is F.NEED_LISTED:
            found[about] = _listed(event)
        elif event.fact is F.SERVICES_DECLINED:
            found = {key: _over(one, event) for key, one in found.items()}
        elif (event.fact in STATE_OF or event.fact is F.CONSENT_GIVEN) and about in found:
            found[about] = _moved(found[about], event)
    return tuple(found.values())


def consent_until(history: Sequence[Event]) -> datetime | None:
    """The soonest last instant, come or gone, of the consents that the services still open rest on; None if they rest on none.

    Of a provider that declined, and once the service is ended, none is needed any more.
    """
    given = {(one.about, one.provider): one for one in consents(history) if one.revoked_at is None}
    rests = {one.need: one for one in progress(history) if one.is_open and one.outside}
    return min(
        (end_of_day(one.expires_on) for one in given.values() if _serves(one.provider, rests.get(one.about))), default=None
    )


def _serves(provider: str, one: Progress | None) -> bool:
    """Whether a consent for this provider is what the service for a need rests on."""
    if one is None:
        return False
    return one.provider != provider if one.state is S.DECLINED else one.provider in ("", provider)


def wants_another(one: Progress, now: datetime, after: timedelta) -> bool:
    """Whether the next best provider is to be offered: nobody is asked yet, one declined, or has not answered for so long."""
    if not one.outside:
        return False
    if one.state in (S.SENT, S.SEEN):
        return one.sent_at is not None and now - one.sent_at >= after
    return one.state in (S.LISTED, S.DECLINED)


def of_need(history: Sequence[Event], need: str) -> Progress | None:
    """How far the service for that need is; None if it is not listed."""
    return next((one for one in progress(history) if one.need == need), None)


def refuse_move(history: Sequence[Event], need: str, fact: Fact, at: datetime, reason: str = "") -> None:
    """Raise `NotYet` or `NotPossible` if the service for that need can't move so at that instant; back only with a reason."""
    one = of_need([e for e in history if e.happened_at <= at], need)
    state = one.state if one else None
    if state is None:
        message = f"Can't record “{fact.value}”: this need was not listed by then."
        raise NotYet(message)
    if fact in ONWARD[state]:
        return
    if fact not in BACK.get(state, frozenset()):
        message = f"Can't record “{fact.value}”: the service for this need stands at “{state}”. {_instead(state)}"
        raise NotYet(message)
    if not reason:
        message = (
            f"Can't record “{fact.value}” without a reason: the service for this need stands at “{state}”, and this goes back."
            " Say why."
        )
        raise NotPossible(message)


def _instead(state: State) -> str:
    if state is S.ENDED:
        return "If it is needed again, list the need anew."
    if state in (S.LISTED, S.REFUSED, S.DECLINED):
        return "A service referral goes out first."
    return "If an entry is wrong, retract it."


def _listed(event: Event) -> Progress:
    data = event.data
    outside, urgency = data.get("outside") is not False, data.get("urgency", "routine")
    spoken = data.get("language", "")
    return Progress(event.about or "", data.get("need", ""), urgency, outside, S.LISTED, event.happened_at, language=spoken)


def _over(one: Progress, event: Event) -> Progress:
    ended = replace(one, state=S.ENDED, since=event.happened_at, outcome="declined by the child or family")
    return one if one.state is S.ENDED else ended


def _moved(one: Progress, event: Event) -> Progress:
    data = event.data
    if event.fact is F.CONSENT_DECLINED and one.state not in (S.LISTED, S.DECLINED):
        return one
    if event.fact is F.CONSENT_GIVEN:
        return replace(one, state=S.LISTED, since=event.happened_at) if one.state is S.REFUSED else one
    sent = event.happened_at if STATE_OF[event.fact] is S.SENT else one.sent_at
    return replace(
        one,
        state=STATE_OF[event.fact],
        since=event.happened_at,
        provider=data.get("provider", one.provider),
        asked=one.asked | ({data["provider"]} if "provider" in data else set()),
        sent_at=sent,
        place=data.get("place"),
        expected_on=data.get("expected_on", ""),
        because=data.get("because", ""),
        outcome=data.get("outcome", ""),
    )
