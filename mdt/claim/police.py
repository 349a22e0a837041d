"""The report to the police, or what stands in for it: § 54-211(a)(1)(C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdt.claim.known import Element, Known, Rest, Status, day, href, rest
from mdt.facts import Fact
from mdt.law.period import Period
from mdt.law.rulebook import load
from mdt.tasks import version_for

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.facts import Event

F = Fact
CITE = "CGS § 54-211(a)(1)(C)"
TOLD = (
    F.POLICE_TOOK_ORAL_REPORT, F.POLICE_NOTIFIED, F.REFERRED_TO_POLICE, F.POLICE_HEARD_OF_ONLINE_ABUSE, F.CRIME_DETERMINED,
    F.IDENTIFIED_CHILD_POLICE_TOLD,
)  # fmt: skip
SHOWN = {
    "police report": (Status.SATISFIED, "The police report is shown."),
    "evidence exam within 120 hours": (Status.SUBSTITUTE, "An evidence exam in time stands in for the report."),
    "disclosure under § 54-209(d)": (Status.SUBSTITUTE, "A disclosure stands in for the report."),
    "left to OVS": (Status.OVS, "Neither a report nor a substitute is shown; it was left to OVS."),
}
HELPS = "A report to the police by anyone; no number of days binds it since 1 July 2024."


def police(known: Known) -> Element:
    """The report, the exam, the disclosure; what was shown with the application counts first."""
    shown = known.last(F.POLICE_REPORT_OR_SUBSTITUTE_SHOWN)
    if shown:
        return _shown(known, shown)
    return _reported(known) or _examined(known) or _disclosed(known) or _nothing(known)


def _element(status: Status, says: str, rests_on: tuple[Rest, ...], helps: str = "") -> Element:
    return Element("police", "Report to the police", status, says, CITE, href("54-211"), rests_on, helps)


def _shown(known: Known, shown: Event) -> Element:
    status, says = SHOWN[shown.data["route"]]
    if shown.data["route"] == "disclosure under § 54-209(d)" and not known.is_sexual_assault:
        return _element(Status.OVS, f"{says} {_LITERAL}", rest(shown), HELPS)
    return _element(status, says, rest(shown))


_LITERAL = (
    "The exception speaks of a victim of a sexual assault, and none is on record; whether it reaches trafficking for labor, or"
    " any other offense of the list, OVS decides."
)


def _reported(known: Known) -> Element | None:
    """The five days before 1 July 2024 run from the incident; any exception to them is not in the section's history."""
    told, injury = known.first(*TOLD), known.first(F.INJURY_OCCURRED)
    if told is None:
        return None
    end = _report_by(injury) if injury else None
    if end is None or told.happened_at <= end:
        return _element(Status.SATISFIED, "The police know of it; it matters not who told them.", rest(told))
    says = (
        f"The police were told after the five days that held for incidents before 1 July 2024 (until {day(end)})."
        " Whether the end of that rule helps an earlier incident is not stated; ask OVS."
    )
    return _element(Status.OVS, says, (*rest(injury), *rest(told)), "Say why the police could not be told sooner.")


def _report_by(injury: Event) -> datetime | None:
    return _ends("54-211(a)/police-report", injury.happened_at)


def exam_until(assault: datetime) -> tuple[Period, datetime] | None:
    """How long after a sexual assault an evidence exam counts, and until when; None before the law on record."""
    version = version_for(load()["54-211(a)/exam"], assault)
    if version is None or not isinstance(version.within, Period):
        return None
    return version.within, version.within.end(assault).due


def _ends(key: str, start: datetime) -> datetime | None:
    rule = load()[key]
    version = version_for(rule, start)
    span = rule.span(version, start) if version else None
    return span.due if span else None


def _examined(known: Known) -> Element | None:
    """An exam within 120 hours of the sexual assault (72 until 1 October 2017)."""
    exam, assault = known.first(F.EXAM_DONE), known.last(F.SEXUAL_ASSAULT_OCCURRED)
    if exam is None:
        return None
    limit = exam_until(assault.happened_at) if assault else None
    if limit is None:
        says = "An evidence exam was done; when the assault was is not on record, so the hours cannot be counted."
        return _element(Status.OVS, says, rest(exam), "Record when the sexual assault occurred.")
    period, end = limit
    if exam.happened_at <= end:
        says = f"A sexual assault victim was examined for evidence within {period}, which stands in for the report."
        return _element(Status.SUBSTITUTE, says, (*rest(assault), *rest(exam)))
    if found := _disclosed(known):
        return found
    return _element(
        Status.OVS, f"The exam came after {period}; whether it helps, OVS decides.", (*rest(assault), *rest(exam)), HELPS
    )


def _disclosed(known: Known) -> Element | None:
    told = known.disclosure
    if told is None:
        return None
    if known.is_sexual_assault:
        return _element(Status.SUBSTITUTE, f"A sexual assault victim's injury was {told.what} (§ 54-209(d)).", (told,))
    return _element(Status.OVS, f"The injury was {told.what}. {_LITERAL}", (told,), HELPS)


def _nothing(known: Known) -> Element:
    assault = known.last(F.SEXUAL_ASSAULT_OCCURRED)
    limit = exam_until(assault.happened_at) if assault else None
    if limit and known.now <= limit[1]:
        helps = f"A report to the police, a disclosure, or an evidence exam within {limit[0]} (§ 19a-112a)."
        return _element(Status.MISSING, "No report to the police and no substitute is on record yet.", rest(assault), helps)
    helps = f"{HELPS} For a sexual assault, a disclosure to one of those whom § 54-209(d) lists does as well."
    return _element(Status.MISSING, "No report to the police and no substitute is on record.", (), helps)
