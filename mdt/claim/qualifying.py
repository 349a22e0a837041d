"""What happened, where, and what OVS alone weighs: §§ 54-208(c), 54-209, 54-211(b) and (f)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mdt.claim.known import OUTSIDE_THE_LIST, UNKNOWN, Element, Known, Rest, Status, href, rest
from mdt.facts import Fact
from mdt.law.period import local_date

if TYPE_CHECKING:
    from mdt.facts import Event

F = Fact
SUBSTANTIATED_SINCE = date(2022, 10, 1)  # § 54-209(a)(5)
HELPS_EVENT = (
    "An officer's determination, DCF's substantiation with a name on the registry (§ 17a-101k), or a disclosure to one of those"
    " whom § 54-209(d) lists."
)


def event(known: Known) -> Element:
    """§ 54-209(a)(2), (a)(5), (d): the first of these routes that the facts bear out, else what is open."""
    crime = known.last(F.CRIME_DETERMINED)
    if crime:
        return _event(Status.SATISFIED, "An officer determined that a crime was committed.", "(a)(2)", rest(crime))
    return _substantiated(known) or _disclosed(known) or _alleged(known)


def _event(status: Status, says: str, where: str, rests_on: tuple[Rest, ...], helps: str = "") -> Element:
    return Element("event", "What happened", status, says, f"CGS § 54-209{where}", href("54-209"), rests_on, helps)


def _substantiated(known: Known) -> Element | None:
    """§ 54-209(a)(5): child abuse substantiated since 1 October 2022, the person responsible placed on the registry."""
    found = [e for e in known.events if e.fact is F.ABUSE_SUBSTANTIATED and local_date(e.happened_at) >= SUBSTANTIATED_SINCE]
    placed = known.told("on_registry")
    if not found or placed is None or placed[0] != "yes":
        return None
    says = "DCF substantiated the abuse on or after 1 October 2022, and the person responsible is on the registry (§ 17a-101k)."
    return _event(Status.SATISFIED, says, "(a)(5)", (*rest(found[-1]), *rest(placed[1], "placed on the registry")))


def _disclosed(known: Known) -> Element | None:
    """§ 54-209(d): a listed violation is alleged, and (1) the injury was disclosed, or (2) an order was granted."""
    offense, route = known.told("offense"), known.disclosure or known.order
    if offense is None or offense[0] in OUTSIDE_THE_LIST or route is None:
        return None
    says = (
        f"A violation that the subsection lists is alleged ({offense[0]}), and the injury was {route.what}."
        " OVS must also reasonably conclude that the violation occurred."
    )
    return _event(Status.SUBSTITUTE, says, "(d)", (*rest(offense[1], f"alleged: {offense[0]}"), route))


def _alleged(known: Known) -> Element:
    offense, victim = known.told("offense"), known.victim
    rests = (*rest(victim), *(rest(offense[1], f"alleged: {offense[0]}") if offense else ()), *_older(known))
    if not rests:
        return _event(Status.MISSING, "No crime is on record that the injury resulted from.", "(a)", (), HELPS_EVENT)
    says = "A crime is alleged. Nobody need be prosecuted or convicted (§ 54-208(d)); whether one was committed, OVS decides."
    return _event(Status.OVS, says, "(a)(2)", rests, HELPS_EVENT)


def _older(known: Known) -> tuple[Rest, ...]:
    """A substantiation that does not open (a)(5) by itself, and why."""
    found: Event | None = known.last(F.ABUSE_SUBSTANTIATED)
    if found is None:
        return ()
    if local_date(found.happened_at) < SUBSTANTIATED_SINCE:
        return rest(found, "abuse substantiated, before 1 October 2022")
    if known.value("on_registry") == UNKNOWN:
        return rest(found, "abuse substantiated; whether the person is on the registry was not said")
    return rest(found, "abuse substantiated; the person is not on the registry")


def place(known: Known) -> Element:
    """§ 54-211(f)(1) to (3)."""
    told, lives = known.told("place"), known.value("lived_here")
    if told is None:
        return _place(Status.MISSING, "Where it happened was not said.", "", (), "Describe what the claim rests on.")
    where, rests = told[0], rest(told[1], f"it happened {told[0]}")
    if where == "in Connecticut":
        return _place(Status.SATISFIED, "It happened in this state; where the applicant lives does not matter.", "(1)", rests)
    part, other = ("(2)", "state") if where == "elsewhere in the United States" else ("(3)", "country")
    program = known.value("other_program")
    if lives == "yes" and program == "no" and part == "(2)":
        return _place(Status.SATISFIED, "The victim lived here, and the other state has no program for her.", part, rests)
    if UNKNOWN in (lives, program):
        says = f"It happened {where}: then the victim must have lived here, and the {other} have no program for her."
        return _place(Status.MISSING, says, part, rests, f"Say where she lived then, and whether the {other} has a program.")
    says = f"It happened {where}. The subsection asks that she lived here and that the {other} has no program for her"
    more = "." if part == "(2)" else ", and that it would be a crime here too."
    return _place(Status.OVS, f"{says}{more}", part, rests, "Ask the other program too; OVS says which one pays.")


def _place(status: Status, says: str, where: str, rests_on: tuple[Rest, ...], helps: str = "") -> Element:
    return Element("place", "Where", status, says, f"CGS § 54-211(f){where}", href("54-211"), rests_on, helps)


def bars(known: Known) -> Element:
    """§ 54-211(b): two bars, which nobody but OVS, or a commissioner on review, applies."""
    draft = known.last(F.APPLICATION_DRAFTED)
    says = (
        "Nothing is awarded if the offender were unjustly enriched, or if the victim broke a penal law of this state and that"
        " caused or contributed to the injury. OVS decides, on review a commissioner; nobody here does."
    )
    helps = "Say how the payment is kept from the offender, and what the child was forced to do."
    rests = rest(draft, "the applicant is not the suspected trafficker")
    return Element("bars", "Bars", Status.OVS, says, "CGS § 54-211(b)", href("54-211"), rests, helps)


def weighed(known: Known) -> Element:
    """§ 54-208(c): what OVS considers besides."""
    says = (
        "OVS considers what is relevant: provocation, consent or other behavior of the victim, and how far she worked with OVS"
        " and the police. What that comes to, OVS decides."
    )
    helps = "Name what kept her from working with the police: fear, threats, her age."
    rests = rest(known.first(F.REFERRED_TO_POLICE, F.POLICE_NOTIFIED))
    return Element("weighed", "What else OVS weighs", Status.OVS, says, "CGS § 54-208(c)", href("54-208"), rests, helps)
