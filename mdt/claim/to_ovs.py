"""What may be told to the Office of Victim Services of DCF's record: only what a written consent to it releases.

OVS stands neither in § 17a-28(g) nor in (h), so DCF's record goes there by consent alone (§ 17a-28(a)(4), (b)). What the
applicant tells, and what belongs to the claim itself, is no record of DCF's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from mdt.facts import Fact
from mdt.law.period import local_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event

F = Fact
Released = Literal["who the child is", "when it happened", "the police", "DCF's finding"]


@dataclass(frozen=True, slots=True)
class ToOvs:
    """A consent to OVS: what it releases, who signed as what, from when through which day; ended early at `ended_at`."""

    id: str
    releases: frozenset[str]
    signer: str
    given_at: datetime
    expires_on: date
    ended_at: datetime | None = None

    def stands_at(self, at: datetime) -> bool:
        """Whether it had been given by that instant and had not ended."""
        return self.given_at <= at and not (self.ended_at and self.ended_at <= at) and local_date(at) <= self.expires_on


def latest(history: Sequence[Event]) -> ToOvs | None:
    """The consent that counts, whether it still stands or not: a later one replaces those before."""
    found: ToOvs | None = None
    for event in history:
        if event.fact is F.OVS_CONSENT_GIVEN:
            data = event.data
            found = ToOvs(event.id, frozenset(data["releases"]), data["signer"], event.happened_at,
                          date.fromisoformat(data["expires_on"]))  # fmt: skip
        elif event.fact is F.OVS_CONSENT_REVOKED and found:
            found = replace(found, ended_at=event.happened_at)
    return found


def standing_consent(history: Sequence[Event], at: datetime) -> ToOvs | None:
    """The consent that stands at that instant; None if nothing of DCF's record may go to OVS."""
    found = latest(history)
    return found if found and found.stands_at(at) else None
