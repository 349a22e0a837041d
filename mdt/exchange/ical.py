"""Invitations to a team's meetings as iCalendar files (RFC 5545, RFC 5546), which Outlook, Google and Apple open.

An invitation travels by mail and lies in calendars that others can see. It says which team meets, when and where, and nothing
about any child or case: no agenda, no number, no free text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unicodedata import category

from icalendar import CLASS, STATUS, Calendar, Event, Timezone, vCalAddress, vText

from mdt.errors import BadField
from mdt.law.period import EASTERN, local_date

if TYPE_CHECKING:
    from collections.abc import Sequence

MEDIA = "text/calendar"
MAKER = "-//mdt//meetings of a multidisciplinary team//EN"
AGENDA = "The agenda is in the application."
# The library would list each change of the clocks by its date, and Outlook passes over such lists. In force since 2007.
ZONE = """BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
END:STANDARD
END:VTIMEZONE
"""

_MAIL = re.compile(r"[^\s@\"(),:;<>\[\\\]?&%]{1,64}@[^\s@\"(),:;<>\[\\\]?&%]{1,255}")
# RFC 5545 § 3.1 allows none of them; some readers would begin a line at one.
_NOT_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invitation says. `uid` stays the meeting's for good; `sequence` counts what was changed and sent since.

    `starts_at` and `made_at` are aware instants, `organizer` a mail address or "", `attendees` are names with mail addresses.
    """

    uid: str
    sequence: int
    team: str
    starts_at: datetime
    minutes: int
    place: str
    made_at: datetime
    organizer: str
    attendees: tuple[tuple[str, str], ...] = ()
    special: bool = False


class _Words(vText):
    """A text escaped letter by letter: the library takes a backslash before an N for the end of a line."""

    __slots__ = ()

    def to_ical(self) -> bytes:
        """The text as RFC 5545 § 3.3.11 escapes it."""
        return b"".join(vText(letter).to_ical() for letter in str(self))


def invitation(of: Invitation) -> bytes:
    """The file that invites. Raises `BadField` for an address that is none.

    Without an organizer and somebody invited it only publishes the meeting: RFC 5546 § 3.2.2 wants both in a request, and
    Outlook opens a request without them as one that the reader was not sent and cannot answer.
    """
    if of.organizer and of.attendees:
        return _written("REQUEST", [_event(of, STATUS.CONFIRMED, of.attendees)])
    return series_feed([of])


def cancellation(of: Invitation) -> bytes:
    """The file that takes back the invitation last sent: the same UID, one SEQUENCE on (RFC 5546 § 3.2.5)."""
    event = _event(of, STATUS.CANCELLED, of.attendees if of.organizer else ())
    event.sequence = of.sequence + 1
    return _written("CANCEL", [event])


def series_feed(invitations: Sequence[Invitation]) -> bytes:
    """Several meetings in one calendar, for whoever subscribes to it: published, so that nobody invited is named in it."""
    return _written("PUBLISH", [_event(of, STATUS.CONFIRMED, ()) for of in invitations])


def file_name(of: Invitation) -> str:
    """A name that says the day and nothing else."""
    return f"meeting-{local_date(of.starts_at)}.ics"


def _written(method: str, events: list[Event]) -> bytes:
    calendar = Calendar()  # `Calendar.new` would draw an identifier, and each file would differ from the last
    for name, value in (("PRODID", MAKER), ("VERSION", "2.0"), ("METHOD", method)):
        calendar.add(name, value)
    for component in (Timezone.from_ical(ZONE), *events):
        calendar.add_component(component)
    return bytes(calendar.to_ical())


def _event(of: Invitation, status: STATUS, attendees: Sequence[tuple[str, str]]) -> Event:
    starts_at = of.starts_at.astimezone(EASTERN)
    ends_at = (of.starts_at.astimezone(UTC) + timedelta(minutes=of.minutes)).astimezone(EASTERN)
    event = Event.new(
        uid=f"{_in_a_line(of.uid)}@mdt", sequence=of.sequence, stamp=of.made_at.astimezone(UTC), start=starts_at, end=ends_at,
        status=status, classification=CLASS.PRIVATE, description=AGENDA,
        organizer=_address("organizer", of.organizer) if of.organizer else None,
        attendees=[_invited(name, mail) for name, mail in attendees],
    )  # fmt: skip
    event.add("SUMMARY", _words(f"{'Special meeting' if of.special else 'Meeting'} of the {of.team}"))
    event.add("LOCATION", _words(of.place))
    return event


def _invited(name: str, mail: str) -> vCalAddress:
    to = _address("attendee", mail)
    return vCalAddress.new(to, cn=_in_a_line(name), role="REQ-PARTICIPANT", partstat="NEEDS-ACTION", rsvp=True)


def _address(field: str, mail: str) -> vCalAddress:
    if _MAIL.fullmatch(mail) is None or not mail.isprintable():
        raise BadField(field, "is no mail address")
    return vCalAddress.new(mail)


def _words(text: str) -> _Words:
    return _Words("\n".join(_in_a_line(line) for line in re.split(r"\r\n|\r|\n", text)))


def _in_a_line(text: str) -> str:
    return "".join(" " if category(letter) in _NOT_IN_A_LINE else letter for letter in text)
