"""The team: who fills which seat of § 17a-106a(c) on a day, who leads it, and which seats stand empty.

The statute names nine kinds of member and has the team select a chairperson; subsection (h) speaks of its coordinator. For how
long somebody is named, and who stands in for whom beyond the designees that the statute knows, is the team's own protocol.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mdt import forms
from mdt.errors import NotPossible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

SEATS = (
    "state's attorney",
    "DCF",
    "police",
    "health care professional",
    "youth service bureau",
    "mental health professional",
    "forensic interviewer",
    "victim advocate",
    "other expert",
)  # § 17a-106a(c)(1) to (9)
Agency = Literal["DCF", "police", "MDT", "advocate", "OVS", "provider"]  # who carries out what the team decides
CHAIRPERSON, COORDINATOR = "chairperson", "coordinator"
OFFICES = (CHAIRPERSON, COORDINATOR)
MEMBER, DESIGNEE, ALTERNATE = "member", "designee", "alternate"
DESIGNATE = frozenset({*SEATS[:3], COORDINATOR})  # whom the statute knows a designee of: (c)(1), (2), (3); (h)
WHERE_APPROPRIATE = frozenset({"youth service bureau", "other expert"})  # (c)(5), (9): as the team finds it needs
FILLED, BY_DESIGNEE, BY_ALTERNATE, EMPTY = "filled", "by a designee", "by an alternate", "empty"
_FILLS = {MEMBER: FILLED, DESIGNEE: BY_DESIGNEE, ALTERNATE: BY_ALTERNATE}


def _mail(value: object) -> str:
    text = forms.line(value, 120) or ""
    if text and re.fullmatch(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+", text) is None:
        raise forms.refuse("is not an e-mail address")
    return text


Mail = Annotated[str, BeforeValidator(_mail)]


class TakeSeat(BaseModel):
    """Somebody who fills a seat, or leads the team, from a day on. `person`: her id, if she signs in here."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    seat: Literal[SEATS + OFFICES] = Field(title="Seat or office")  # type: ignore[valid-type]
    standing: Literal["member", "designee", "alternate"] = Field(default="member", title="As")
    person: str = Field(default="", title="Person who signs in here", max_length=32)
    name: str = Field(default="", title="Name", max_length=120)
    position: str = Field(title="Position", min_length=2, max_length=120)
    agency: str = Field(title="Agency", min_length=2, max_length=64)
    mail: Mail = Field(default="", title="E-mail", max_length=120)
    from_on: date = Field(title="From")
    until_on: date | None = Field(default=None, title="Until, if a term was set")


@dataclass(frozen=True, slots=True)
class Holding:
    """That somebody fills a seat, or leads the team: from a day on, until a day, both included."""

    id: str
    seat: str
    standing: str
    person: str | None
    name: str
    position: str
    agency: str
    mail: str
    from_on: date
    until_on: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it holds on that day."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat on a day: how it is filled, by whom, and at how many of the last meetings running nobody of it came."""

    seat: str
    section: str
    filling: str
    holders: tuple[Holding, ...]
    empty_running: int
    where_appropriate: bool


def section_of(seat: str) -> str:
    """The subdivision that names the seat, or, for the chairperson, that has the team select one."""
    if seat == COORDINATOR:
        return "§ 17a-106a(h)"
    return "§ 17a-106a(c)" if seat == CHAIRPERSON else f"§ 17a-106a(c)({SEATS.index(seat) + 1})"


def refuse_seat(form: TakeSeat, held: Iterable[Holding]) -> None:
    """Raise `NotPossible`, with the section, if this person cannot be named to the seat beside what is held on the team."""
    if not (form.person or form.name):
        raise NotPossible("Can't fill the seat: say who; the record of each meeting names its members (§ 17a-106a(j)).")
    if form.until_on and form.until_on < form.from_on:
        raise NotPossible("Can't fill the seat: the term ends before it begins.")
    if form.standing == DESIGNEE and form.seat not in DESIGNATE:
        raise NotPossible(
            f"Can't name a designee for the {form.seat}: the statute knows designees of the state's attorney, the commissioner"
            " and the heads of police (§ 17a-106a(c)(1) to (3)), and of the coordinator (§ 17a-106a(h))."
            " Name an alternate, as the team's protocol allows."
        )
    at_once = [one for one in held if _meet(form, one)]
    if form.seat in OFFICES and form.standing == MEMBER and any(_leads(one, form.seat) for one in at_once):
        raise NotPossible(f"The team has a {form.seat} in that time ({section_of(form.seat)}). End that first.")
    other = next((one for one in at_once if _is_same_person(form, one) and _is_second(form, one)), None)
    if other is not None:
        raise NotPossible(
            f"Can't fill the seat: the same person is {other.standing} for the {other.seat} in that time, and the statute wants"
            f" a representative of each (§ 17a-106a(c)). Somebody else fills the {form.seat}."
        )


def _leads(one: Holding, office: str) -> bool:
    return (one.seat, one.standing) == (office, MEMBER)


def _meet(form: TakeSeat, one: Holding) -> bool:
    starts_later = form.until_on is not None and one.from_on > form.until_on
    return not starts_later and (one.until_on is None or one.until_on >= form.from_on)


def _is_same_person(form: TakeSeat, one: Holding) -> bool:
    if form.person or one.person:
        return form.person == one.person
    return (form.name.casefold(), form.agency.casefold()) == (one.name.casefold(), one.agency.casefold())


def _is_second(form: TakeSeat, one: Holding) -> bool:
    """Two of the nine seats, or the same one twice; to lead the team is no seat."""
    return (form.seat in OFFICES) == (one.seat in OFFICES) and (form.seat not in OFFICES or form.seat == one.seat)


def on_the_day(held: Iterable[Holding], day: date) -> tuple[Holding, ...]:
    """Who fills a seat or leads the team that day, in the statute's order; members before those who stand in for them."""
    here = (one for one in held if one.holds_on(day))
    return tuple(sorted(here, key=lambda one: (_order(one.seat), list(_FILLS).index(one.standing), one.from_on, one.id)))


def _order(seat: str) -> int:
    return (*OFFICES, *SEATS).index(seat)


def leader(held: Iterable[Holding], office: str, day: date) -> Holding | None:
    """The team's chairperson, or coordinator, on a day."""
    return next((one for one in on_the_day(held, day) if one.seat == office), None)


def refuse_without_members(held: Iterable[Holding], day: date) -> None:
    """Raise `NotPossible` for a team that nobody has been named to, or that has selected no chairperson."""
    here = on_the_day(held, day)
    if not any(one.seat in SEATS for one in here):
        raise NotPossible("The team has no member on that day; name its members first (§ 17a-106a(c)).")
    if leader(here, CHAIRPERSON, day) is None:
        raise NotPossible("The team has no chairperson on that day; each team selects one (§ 17a-106a(c)).")


def meter(
    held: Iterable[Holding], day: date, past: Sequence[Collection[str]] = (), excused: Collection[str] = ()
) -> tuple[Seat, ...]:
    """The nine seats on a day. `past`: the seats that were filled at each meeting held before, the newest first.

    Who has said that she does not come (`excused`, by the id of her holding) leaves her seat to whoever stands in for her.
    """
    here = [one for one in on_the_day(held, day) if one.id not in excused]
    return tuple(_seat(seat, [one for one in here if one.seat == seat], past) for seat in SEATS)


def _seat(seat: str, holders: Sequence[Holding], past: Sequence[Collection[str]]) -> Seat:
    filling = _FILLS[holders[0].standing] if holders else EMPTY
    running = next((n for n, filled in enumerate(past) if seat in filled), len(past))
    return Seat(seat, section_of(seat), filling, tuple(holders), running, seat in WHERE_APPROPRIATE)
