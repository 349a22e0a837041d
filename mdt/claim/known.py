"""What a case's facts say of a claim, and the words in which an element of it is explained (CGS §§ 54-201 to 54-218)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from mdt.facts import VICTIM, Fact
from mdt.law.period import EASTERN, Period, Unit, local_date

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.facts import Event, History

UNKNOWN = "unknown"
ADULT = 18
YesNo = Literal["unknown", "yes", "no"]
Harm = Literal["unknown", "bodily injury", "emotional harm only", "death"]  # §§ 54-201(2), (6), 54-211(d)(1)
Place = Literal["unknown", "in Connecticut", "elsewhere in the United States", "outside the United States"]  # § 54-211(f)
Order = Literal["unknown", "restraining order (§ 46b-15)", "civil protection order (§ 46b-16a)"]  # § 54-209(d)(2)
# § 54-209(d)(1)(A) to (P), in the section's order.
DisclosedTo = Literal[
    "unknown", "(A) physician or surgeon", "(B) resident physician or intern in a hospital", "(C) physician assistant",
    "(D) registered, practical or advanced practice nurse", "(E) psychologist", "(F) police officer",
    "(G) mental health professional", "(H) emergency medical services provider", "(I) alcohol and drug counselor",
    "(J) marital and family therapist", "(K) domestic violence or sexual assault counselor", "(L) professional counselor",
    "(M) clinical social worker", "(N) DCF employee", "(O) CAC employee",
    "(P) school principal, teacher, guidance or school counselor",
]  # fmt: skip
# The violations that § 54-209(d) lists, and what lies outside its list.
Offense = Literal[
    "unknown", "§ 53-21", "§ 53a-70", "§ 53a-70a", "§ 53a-70b (until 2019)", "§ 53a-70c", "§ 53a-71", "§ 53a-72a", "§ 53a-72b",
    "§ 53a-73a", "§ 53a-82", "§ 53a-83b commercial sexual abuse of a minor", "§ 53a-90a", "§ 53a-192a trafficking in persons",
    "§ 53a-196", "§ 53a-196a", "§ 53a-196b", "§ 53a-196i", "family violence (§ 46b-38a)", "another crime",
]  # fmt: skip
OUTSIDE_THE_LIST: frozenset[str] = frozenset({UNKNOWN, "another crime"})
# Those that are sexual assaults by the name of their section; whether another is one, OVS says.
SEXUAL_ASSAULTS: frozenset[str] = frozenset(
    {"§ 53a-70", "§ 53a-70a", "§ 53a-70b (until 2019)", "§ 53a-70c", "§ 53a-71", "§ 53a-72a", "§ 53a-72b", "§ 53a-73a"}
)
TOLD_TO = {"DCF employee": "(N) DCF employee", "CAC employee": "(O) CAC employee"}  # as § 17a-106i's form has them


class Status(StrEnum):
    """How an element of a claim stands. None of these words is a denial: whether compensation is paid, OVS decides."""

    SATISFIED = "satisfied"
    SUBSTITUTE = "by substitute"
    OVS = "OVS decides"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Rest:
    """A fact that an element rests on, and when it was so."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Element:
    """One thing the law asks of a claim: how it stands, why, by which section, on which facts, and what would help."""

    key: str
    title: str
    status: Status
    says: str
    cite: str
    href: str
    rests_on: tuple[Rest, ...] = ()
    helps: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What had happened on a case by `now`, in the order of time.

    `grown_on` is the child's 18th birthday, None where the birthdate is unknown or was not looked at; then `minor_through` may
    tell through which day the child is a minor for sure.
    """

    events: History
    now: datetime
    grown_on: date | None = None
    minor_through: date | None = None

    def minor_on(self, when: datetime) -> bool | None:
        """Whether the child was a minor then; None if that cannot be told."""
        if self.grown_on is not None:
            return local_date(when) < self.grown_on
        return True if self.minor_through is not None and local_date(when) <= self.minor_through else None

    def first(self, *facts: Fact) -> Event | None:
        """The earliest of these facts."""
        return next((e for e in self.events if e.fact in facts), None)

    def last(self, *facts: Fact) -> Event | None:
        """The latest of these facts."""
        return next((e for e in reversed(self.events) if e.fact in facts), None)

    def all(self, fact: Fact) -> tuple[Event, ...]:
        """Every one of this fact, the earliest first."""
        return tuple(e for e in self.events if e.fact is fact)

    def told(self, field: str) -> tuple[str, Event] | None:
        """What the description of the claim says last in this field, and where; None if it never did."""
        said = (e for e in reversed(self.events) if e.fact is Fact.CLAIM_DESCRIBED)
        return next(((e.data[field], e) for e in said if e.data.get(field, UNKNOWN) != UNKNOWN), None)

    def value(self, field: str) -> str:
        """The same without where."""
        found = self.told(field)
        return found[0] if found else UNKNOWN

    def told_beside(self, field: str, other: str) -> str | None:
        """What was said last in this field of what the other field says now; what was said of another value is not of it."""
        now = self.value(other)
        for event in reversed(self.all(Fact.CLAIM_DESCRIBED)):
            if event.data.get(other, UNKNOWN) not in (UNKNOWN, now):
                return None
            if event.data.get(field):
                return str(event.data[field])
        return None

    @property
    def victim(self) -> Event | None:
        """DCF's determination that the child is, or may be, a victim of trafficking."""
        return self.last(*VICTIM)

    @property
    def disclosure(self) -> Rest | None:
        """To whom of those whom § 54-209(d)(1) lists the injury was disclosed, and when."""
        if found := self.told("disclosed_to"):
            who, event = found
            return Rest(f"disclosed to {who}{_on(self.told_beside('disclosed_on', 'disclosed_to'))}", event.happened_at)
        told = self.first(Fact.INJURY_DISCLOSED)
        return Rest(f"disclosed to {TOLD_TO[told.data['told_to']]}", told.happened_at) if told else None

    @property
    def order(self) -> Rest | None:
        """§ 54-209(d)(2): the injury reported in an application for an order that the court granted after a hearing."""
        found = self.told("order")
        if found is None or self.told_beside("granted_on", "order") is None:
            return None
        return Rest(f"reported to the court, which granted the {found[0]} after a hearing", found[1].happened_at)

    @property
    def is_sexual_assault(self) -> bool:
        """Whether the record speaks of a sexual assault: its time was recorded, or the offense alleged is one."""
        return self.first(Fact.SEXUAL_ASSAULT_OCCURRED) is not None or self.value("offense") in SEXUAL_ASSAULTS


def minor_through(age: int | None, on: datetime) -> date | None:
    """Through which day somebody of that age in years, on that day, is a minor for sure; None if the age tells no such day."""
    left = None if age is None else ADULT - 1 - age
    if left is None or left < 0:
        return None
    return Period(left, Unit.YEARS).last_day_after(local_date(on)) if left else local_date(on)


def rest(event: Event | None, what: str = "") -> tuple[Rest, ...]:
    """An event as that on which an element rests; nothing if it did not happen."""
    return (Rest(what or event.fact.value, event.happened_at),) if event else ()


def href(section: str) -> str:
    """Where the text of a section of chapter 968 stands."""
    return f"https://law.justia.com/codes/connecticut/title-54/chapter-968/section-{section}/"


def day(instant: datetime) -> str:
    """The Connecticut day, like 3 Nov 2026."""
    return f"{instant.astimezone(EASTERN):%-d %b %Y}"


def _on(told: str | None) -> str:
    return f" on {date.fromisoformat(told):%-d %b %Y}" if told else ""
