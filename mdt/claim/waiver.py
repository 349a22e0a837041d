"""If the time to apply had run out: which waiver fits, what shows it, the request drafted (§ 54-211(a)(2), (3), (6))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mdt.claim.known import Known, Rest, day, rest
from mdt.claim.time import Limit, limit_of
from mdt.facts import Fact
from mdt.law.rulebook import load

if TYPE_CHECKING:
    from mdt.law.rulebook import Waiver

F = Fact
INJURY, MINOR, GOOD_CAUSE = "injury", "minor not at fault", "good cause"
GROUNDS = (MINOR, INJURY, GOOD_CAUSE)
TREATED = frozenset({"medical report", "mental health report"})


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground for a waiver. `fits`: by the record; else it may fit once `wanting` is shown. OVS decides it either way."""

    key: str
    says: str
    cite: str
    fits: bool
    because: str
    evidence: tuple[Rest, ...]
    wanting: str = ""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The time to apply taken as run out; whether it really has, and the grounds, the one that fits best first."""

    limit: Limit
    has_run_out: bool
    grounds: tuple[Ground, ...]


class Draft(NamedTuple):
    """A request to OVS for a waiver, without any name: who signs it fills those in."""

    title: str
    paragraphs: tuple[str, ...]


def what_if(known: Known) -> WhatIf | None:
    """None while no time to apply is known, once the application was made in time, and of a dependant's own time.

    The section's waivers speak of the limit of subdivision (1), not of the dependant's in (4).
    """
    limit, filed = limit_of(known), known.first(F.APPLICATION_FILED)
    if limit is None or limit.of_dependant or (filed and filed.happened_at <= limit.ends):
        return None
    law = {w.ground: w for w in load()["54-211(a)/waiver"].waivers}
    found = (_minor(known, limit, law[MINOR]), _injury(known, law[INJURY]), _good_cause(known, limit, law[GOOD_CAUSE]))
    return WhatIf(limit, known.now > limit.ends, tuple(sorted(found, key=lambda ground: not ground.fits)))


def _minor(known: Known, limit: Limit, law: Waiver) -> Ground:
    evidence = (*rest(known.victim, _victim(known)), *_late_word(known, limit))
    because, wanting = _age(known, limit)
    fits = known.minor_on(known.now) is True
    if fits and not evidence:
        wanting = "What shows that the delay was no fault of the minor."
    return Ground(MINOR, law.says, law.cite, fits, because, evidence, wanting)


def _age(known: Known, limit: Limit) -> tuple[str, str]:
    """What the child's age has to do with it, and what is wanting for it."""
    if known.minor_on(known.now):
        return "The child was a minor all the time and is one now; the section names trafficked minors.", ""
    if known.grown_on is None:
        return "Whether the child is a minor only the birthdate tells.", "The birthdate, and why the minor is not at fault."
    if known.minor_on(limit.began):
        because = "The child was a minor when the time began and is grown now, which the section does not plainly cover."
        return because, "OVS's view of somebody who has grown up since; ask on another ground too."
    return "The child was no minor when the time began.", "Another ground."


def _victim(known: Known) -> str:
    sure = known.victim is not None and known.victim.fact is F.VICTIM_IDENTIFIED
    return f"DCF {'identified the child as' if sure else 'believes the child to be'} a victim of trafficking"


def _late_word(known: Known, limit: Limit) -> tuple[Rest, ...]:
    """What came to light after the time had run out: the report, the disclosure, the notice of compensation."""
    told = {
        F.REPORT_RECEIVED: "the first report of it came after the time had run out",
        F.INJURY_DISCLOSED: "the injury was first disclosed after the time had run out",
        F.SPOKEN_NOTICE_GIVEN: "the child or family was first told of compensation after the time had run out",
    }
    first = [(known.first(fact), what) for fact, what in told.items()]
    return tuple(Rest(what, e.happened_at) for e, what in first if e is not None and e.happened_at > limit.ends)


def _injury(known: Known, law: Waiver) -> Ground:
    papers = {e.about: e.data["paper"] for e in known.events if e.fact is F.PAPER_ASKED_FOR and e.data["paper"] in TREATED}
    came = [e for e in known.events if e.fact is F.PAPER_RECEIVED and e.about in papers]
    evidence = tuple(Rest(f"a {papers[e.about]} was received", e.happened_at) for e in came)
    because, wanting = (
        ("A report of those who treated the victim is at hand; it must show that the injury kept the victim from applying.", "")
        if came
        else (
            "No report of anybody who treated the victim is on record.",
            "A medical or mental health report that says how the injury kept the victim from applying in time.",
        )
    )
    return Ground(INJURY, law.says, law.cite, bool(came), because, evidence, wanting)


def _good_cause(known: Known, limit: Limit, law: Waiver) -> Ground:
    evidence = (*rest(known.victim, _victim(known)), *_late_word(known, limit), *rest(known.first(F.MISSING_FROM_CARE)))
    because = "It is open to anyone; OVS must find good cause and compelling equitable circumstances."
    wanting = "" if evidence else "What kept the application from being made, and why it would be unjust to refuse it."
    return Ground(GOOD_CAUSE, law.says, law.cite, bool(evidence), because, evidence, wanting)


def waiver_draft(found: WhatIf, ground: str | None = None) -> Draft:
    """The request on that ground, or on the one that fits best, from the facts alone. Raises `KeyError` for another word."""
    chosen = {one.key: one for one in found.grounds}[ground or found.grounds[0].key]
    shown = [f"On {day(one.at)}: {one.what}." for one in chosen.evidence]
    wanting = [f"To be added by who signs: {chosen.wanting}"] if chosen.wanting else []
    asks = f"To the Office of Victim Services. This asks under {chosen.cite} that the time limit of {LIMIT} be waived."
    paragraphs = (asks, _dates(found), f"The ground: {chosen.says}", chosen.because, *shown, *wanting, OTHERWISE)
    return Draft("Request for a waiver of the time to apply", paragraphs)


LIMIT = "CGS § 54-211(a)(1)(A)"
OTHERWISE = (
    "If this ground is not found, it is asked on every other ground of CGS § 54-211(a)(2), (3) and (6). If it is denied, review"
    " by a victim compensation commissioner may be asked for within thirty days of the mailing of the denial (§ 54-211(a)(5))."
)


def _dates(found: WhatIf) -> str:
    limit, state = found.limit, "ended" if found.has_run_out else "ends"
    longer = f" If the longer time in force since 1 July 2024 holds, it ends on {day(limit.later)}." if limit.later else ""
    return (
        f"The injury occurred on or about {day(limit.began)}. The time to apply, {limit.version.within} ({limit.version.act}),"
        f" {state} on {day(limit.ends)}.{longer}"
    )
