"""Invitations as files: read back by the library, and as RFC 5545 and RFC 5546 say, octet by octet."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from mdt.errors import BadField
from mdt.exchange import ical
from mdt.exchange.ical import Invitation
from mdt.law.period import EASTERN
from tests.histories import calm

CHAIR = "chair@team.example"
GUESTS = (("Member A", "a@team.example"), ("Member B", "b@team.example"))
MEETING = Invitation(
    "m-1", 0, "Hartford team", datetime(2026, 12, 8, 15, tzinfo=UTC), 90, "Room 5", datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
    CHAIR, GUESTS,
)  # fmt: skip
TOLD_OF_NOBODY = replace(MEETING, organizer="", attendees=())
MADE = [ical.invitation(MEETING), ical.invitation(TOLD_OF_NOBODY), ical.cancellation(MEETING), ical.series_feed([MEETING])]


def event(file: bytes) -> Event:
    (found,) = Calendar.from_ical(file).events
    return found


def lines(file: bytes) -> list[str]:
    """The content lines, unfolded (RFC 5545 § 3.1)."""
    return file.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def said(file: bytes, name: str) -> list[str]:
    """The values of a property as they stand in the meeting's own lines."""
    own = lines(file)[lines(file).index("BEGIN:VEVENT") :]
    return [value for line in own for key, _, value in [line.partition(":")] if key.partition(";")[0] == name]


def unescaped(text: str) -> str:
    """RFC 5545 § 3.3.11, read from left to right."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), text)


# What it says. ------------------------------------------------------------------------------------------------------------


def test_an_invitation_says_who_meets_when_and_where_and_no_more() -> None:
    assert lines(ical.invitation(MEETING)) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{ical.MAKER}",
        "METHOD:REQUEST",
        "BEGIN:VTIMEZONE",
        "TZID:America/New_York",
        "BEGIN:DAYLIGHT",
        "DTSTART:20070311T020000",
        "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
        "TZNAME:EDT",
        "TZOFFSETFROM:-0500",
        "TZOFFSETTO:-0400",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20071104T020000",
        "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
        "TZNAME:EST",
        "TZOFFSETFROM:-0400",
        "TZOFFSETTO:-0500",
        "END:STANDARD",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        "SUMMARY:Meeting of the Hartford team",
        "DTSTART;TZID=America/New_York:20261208T100000",
        "DTEND;TZID=America/New_York:20261208T113000",
        "DTSTAMP:20261201T093000Z",
        "UID:m-1@mdt",
        "SEQUENCE:0",
        'ATTENDEE;CN="Member A";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:a@team.example',
        'ATTENDEE;CN="Member B";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:b@team.example',
        "CLASS:PRIVATE",
        "DESCRIPTION:The agenda is in the application.",
        "LOCATION:Room 5",
        "ORGANIZER:mailto:chair@team.example",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


@pytest.mark.parametrize("file", MADE)
def test_the_library_reads_every_file_back_without_a_complaint(file: bytes) -> None:
    calendar = Calendar.from_ical(file)
    assert calendar.errors == []
    assert calendar.get_missing_tzids() == set()
    found = event(file)
    assert found.errors == []
    assert (found.start, found.end) == (MEETING.starts_at, MEETING.starts_at + timedelta(minutes=90))
    assert found.start.tzinfo == ZoneInfo("America/New_York")
    assert found.stamp == MEETING.made_at


def test_the_same_invitation_makes_the_same_file() -> None:
    assert ical.invitation(MEETING) == ical.invitation(replace(MEETING))


def test_a_special_meeting_says_that_it_is_one() -> None:
    assert said(ical.invitation(replace(MEETING, special=True)), "SUMMARY") == ["Special meeting of the Hartford team"]


def test_the_files_name_says_the_day_in_connecticut_and_nothing_else() -> None:
    late = replace(MEETING, starts_at=datetime(2026, 12, 9, 1, tzinfo=UTC), team="../Child A", place="Child A", uid="Child A")
    assert ical.file_name(late) == "meeting-2026-12-08.ics"


# How it is sent. ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("organizer", "attendees", "method", "named"),
    [
        (CHAIR, GUESTS, "REQUEST", 2),
        (CHAIR, (), "PUBLISH", 0),
        ("", GUESTS, "PUBLISH", 0),
        ("", (), "PUBLISH", 0),
    ],
)
def test_only_who_is_asked_by_somebody_is_sent_a_request(
    organizer: str, attendees: tuple[tuple[str, str], ...], method: str, named: int
) -> None:
    file = ical.invitation(replace(MEETING, organizer=organizer, attendees=attendees))
    assert f"METHOD:{method}" in lines(file)
    assert len(said(file, "ATTENDEE")) == named
    assert said(file, "ORGANIZER") == ([f"mailto:{organizer}"] if organizer else [])
    assert said(file, "STATUS") == ["CONFIRMED"]


def test_a_cancellation_takes_back_the_same_meeting_with_a_higher_number() -> None:
    sent = ical.invitation(replace(MEETING, sequence=3))
    taken_back = ical.cancellation(replace(MEETING, sequence=3))
    assert "METHOD:CANCEL" in lines(taken_back)
    assert said(taken_back, "STATUS") == ["CANCELLED"]
    assert said(taken_back, "UID") == said(sent, "UID") == ["m-1@mdt"]
    assert (said(sent, "SEQUENCE"), said(taken_back, "SEQUENCE")) == (["3"], ["4"])
    assert said(taken_back, "ATTENDEE") == said(sent, "ATTENDEE")
    assert said(taken_back, "ORGANIZER") == ["mailto:chair@team.example"]


def test_a_cancellation_of_what_nobody_organized_names_nobody() -> None:
    taken_back = ical.cancellation(replace(MEETING, organizer=""))
    assert said(taken_back, "ATTENDEE") == said(taken_back, "ORGANIZER") == []
    assert said(taken_back, "STATUS") == ["CANCELLED"]


def test_a_moved_meeting_keeps_its_uid() -> None:
    moved = replace(MEETING, sequence=1, starts_at=MEETING.starts_at + timedelta(days=7), place="Room 6")
    assert said(ical.invitation(moved), "UID") == said(ical.invitation(MEETING), "UID")
    assert said(ical.invitation(moved), "SEQUENCE") == ["1"]


def test_a_feed_holds_every_meeting_once_and_names_nobody_invited() -> None:
    following = replace(MEETING, uid="m-2", starts_at=MEETING.starts_at + timedelta(days=14))
    file = ical.series_feed([MEETING, following])
    calendar = Calendar.from_ical(file)
    assert [(str(found["UID"]), found.start) for found in calendar.events] == [
        ("m-1@mdt", MEETING.starts_at),
        ("m-2@mdt", following.starts_at),
    ]
    assert "METHOD:PUBLISH" in lines(file)
    assert lines(file).count("BEGIN:VTIMEZONE") == 1
    assert said(file, "ATTENDEE") == []


@pytest.mark.parametrize(
    "mail",
    [
        "nobody", "a@b@team.example", "a b@team.example", "a@team.example\r\nSUMMARY:Child A", "a@team.example\n",
        "<a@team.example>", "a@team.example?cc=b@other.example", "a@team.example,b@other.example", "mailto:a@team.example",
        "@team.example", "a\u2028@team.example", "a\x00@team.example",
    ],
)  # fmt: skip
def test_what_is_no_mail_address_is_refused_and_not_repeated(mail: str) -> None:
    for of in (replace(MEETING, organizer=mail), replace(MEETING, attendees=(("Member A", mail),))):
        for make in (ical.invitation, ical.cancellation):
            with pytest.raises(BadField, match="is no mail address") as caught:
                make(of)
            assert mail not in str(caught.value)


# When clocks change. ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_at", "begin", "end"),
    [
        (datetime(2026, 3, 3, 15, tzinfo=UTC), "20260303T100000", "20260303T113000"),
        (datetime(2026, 3, 17, 14, tzinfo=UTC), "20260317T100000", "20260317T113000"),
        (datetime(2026, 10, 27, 14, tzinfo=UTC), "20261027T100000", "20261027T113000"),
        (datetime(2026, 11, 10, 15, tzinfo=UTC), "20261110T100000", "20261110T113000"),
        (datetime(2026, 3, 8, 6, 30, tzinfo=UTC), "20260308T013000", "20260308T040000"),  # and the hour leapt over
    ],
)  # fmt: skip
def test_the_wall_clock_is_right_in_the_weeks_when_clocks_change(starts_at: datetime, begin: str, end: str) -> None:
    file = ical.invitation(replace(MEETING, starts_at=starts_at))
    assert (said(file, "DTSTART"), said(file, "DTEND")) == ([begin], [end])
    assert event(file).end.astimezone(UTC) == starts_at + timedelta(minutes=90)


def test_the_zone_in_the_file_is_connecticuts_on_every_day_of_the_years_to_come() -> None:
    zone = tzical(StringIO(ical.series_feed([MEETING]).decode())).get("America/New_York")
    for day in range(12 * 365):
        noon = datetime(2025, 1, 1, 12, tzinfo=EASTERN) + timedelta(days=day)
        assert noon.replace(tzinfo=zone).utcoffset() == noon.utcoffset()


# What was typed. ----------------------------------------------------------------------------------------------------------


def test_a_place_with_anything_in_it_stays_one_value() -> None:
    place = 'Courthouse, Room 5; ask for "Door B": 2nd floor\nRing twice \U0001f514 C:\\New'
    file = ical.invitation(replace(MEETING, place=place))
    assert said(file, "LOCATION") == [
        'Courthouse\\, Room 5\\; ask for "Door B": 2nd floor\\nRing twice \U0001f514 C:\\\\New',
    ]
    assert event(file)["LOCATION"] == place


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_the_end_of_a_line_begins_no_property(end: str) -> None:
    file = ical.invitation(replace(MEETING, place=f"Room 5{end}DESCRIPTION:Child A", team=f"team{end}END:VEVENT"))
    assert said(file, "LOCATION") == ["Room 5\\nDESCRIPTION:Child A"]
    assert said(file, "DESCRIPTION") == [ical.AGENDA]
    assert lines(file).count("END:VEVENT") == 1


def test_half_a_letter_becomes_a_space() -> None:
    assert said(ical.invitation(replace(MEETING, place="Room\ud8005")), "LOCATION") == ["Room 5"]


ANYTHING = st.text(max_size=120) | st.text(alphabet='\\nN,;:\r\n"^ \u2028\x85\x0b\x00\U0001f600é', max_size=120)


@calm
@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_whatever_is_typed_survives_and_adds_no_line(place: str, team: str, name: str, uid: str) -> None:
    typed = replace(MEETING, place=place, team=team, attendees=((name, "a@team.example"),), uid=uid)
    file = ical.invitation(typed)
    plain = ical.invitation(replace(MEETING, attendees=GUESTS[:1]))
    assert [re.split("[:;]", line)[0] for line in lines(file)] == [re.split("[:;]", line)[0] for line in lines(plain)]
    for value, name_of in ((place, "LOCATION"), (f"Meeting of the {team}", "SUMMARY")):
        expected = re.sub(r"\r\n|\r", "\n", value)
        (found,) = said(file, name_of)
        assert unescaped(found) == re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", " ", expected)
    assert Calendar.from_ical(file).errors == event(file).errors == []


@calm
@given(ANYTHING)
def test_every_line_ends_as_it_must_and_is_no_longer_than_75_octets(text: str) -> None:
    for make in (ical.invitation, ical.cancellation):
        file = make(replace(MEETING, place=text * 3, team=text, attendees=((text, "a@team.example"),)))
        assert file.endswith(b"END:VCALENDAR\r\n")
        assert file.count(b"\n") == file.count(b"\r") == file.count(b"\r\n")
        for line in file.split(b"\r\n"):
            assert len(line) <= 75
            line.decode()  # no letter is cut in two
