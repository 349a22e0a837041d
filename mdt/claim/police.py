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
EXAM, DISCLOSURE = "evidence exam within 120 hours", "disclosure under § 54-209(d)"
SHOWN = {
    "police report": (Status.SATISFIED, "The police report is shown."),
    EXAM: (Status.SUBSTITUTE, "An evidence exam in time stands in for the report."),
    DISCLOSURE: (Status.SUBSTITUTE, "A disclosure stands in for the report."),
    "left to OVS": (Status.OVS, "Neither a report nor a substitute is shown; it was left to OVS."),
}
ENOUGH = (Status.SATISFIED, Status.SUBSTITUTE)
HELPS = "A report to the police by anyone; no number of days binds it since 1 July 2024."


def police(known: Known) -> Element:
    """The report, the exam, the disclosure; what was shown with the application counts first.

    Each stands by itself: where one is enough, that another is wanting or came late takes nothing away.
    """
    shown = known.last(F.POLICE_REPORT_OR_SUBSTITUTE_SHOWN)
    if shown:
        return _shown(known, shown)
    found = [one for one in (_reported(known), _examined(known), _disclosed(known)) if one]
    return next((one for one in found if one.status in ENOUGH), next(iter(found), None)) or _nothing(known)


def _element(status: Status, says: str, rests_on: tuple[Rest, ...], helps: str = "") -> Element:
    return Element("police", "Report to the police", status, says, CITE, href("54-211"), rests_on, helps)


def _shown(known: Known, shown: Event) -> Element:
    """What was shown; held against the record, where that tells the hours of the exam, or of no sexual assault."""
    status, says = SHOWN[shown.data["route"]]
    if shown.data["route"] == DISCLOSURE and not known.is_sexual_assault:
        return _element(Status.OVS, f"{says} {_LITERAL}", rest(shown), HELPS)
    exam = _examined(known) if shown.data["route"] == EXAM and known.first(F.SEXUAL_ASSAULT_OCCURRED) else None
    if exam and exam.status is Status.OVS:
        return _element(
            Status.OVS, f"An exam was shown with the application. {exam.says}", (*rest(shown), *exam.rests_on), HELPS
        )
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
    """An exam within 120 hours of a sexual assault (72 until 1 October 2017), whichever of both."""
    exams, assaults = known.all(F.EXAM_DONE), known.all(F.SEXUAL_ASSAULT_OCCURRED)
    if not exams:
        return None
    counted = [(assault, limit) for assault in assaults if (limit := exam_until(assault.happened_at))]
    for assault, (period, end) in counted:
        exam = next((e for e in exams if assault.happened_at <= e.happened_at <= end), None)
        if exam:
            says = f"A sexual assault victim was examined for evidence within {period}, which stands in for the report."
            return _element(Status.SUBSTITUTE, says, (*rest(assault), *rest(exam)))
    if not counted:
        says = "An evidence exam was done; when the assault was is not on record, so the hours cannot be counted."
        return _element(Status.OVS, says, rest(exams[0]), "Record when the sexual assault occurred.")
    last, (period, _) = counted[-1]
    says = f"No exam on record came within {period} of a sexual assault that is; whether it helps, OVS decides."
    return _element(Status.OVS, says, (*rest(last), *rest(exams[-1])), HELPS)


def _disclosed(known: Known) -> Element | None:
    told = known.disclosure or known.order
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
