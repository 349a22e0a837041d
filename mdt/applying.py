"""The application: who applies, its papers, the consent to OVS, and that it was printed, signed, sent (§§ 54-204, 17a-28)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from mdt.acts import Form, New, Words, not_before, said
from mdt.claim.known import day
from mdt.claim.papers import Holder, PaperKind
from mdt.claim.signer import Applicant
from mdt.claim.stages import last, waits_for_signature
from mdt.claim.to_ovs import Released, standing_consent
from mdt.errors import NotPossible, NotYet
from mdt.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mdt.facts import Event

F = Fact
BY_NAME = "By name (not for the child herself)"


class Drafted(Form):
    """§ 54-204(a): for a minor a parent, guardian or other legal representative may apply; never the suspected trafficker."""

    applicant: Applicant = Field(title="Applicant")
    applicant_name: Words = Field(default="", title=BY_NAME, max_length=200)
    applicant_is_not_suspected: Literal[True] = Field(title="The applicant is not the suspected trafficker")


class Paper(Form):
    """§ 54-204(b): reports from those who treated the injury, if reasonably available."""

    paper: PaperKind = Field(title="Paper")
    holder: Holder = Field(default="not said", title="Asked of")


class Printed(Form):
    """The packet or the agency's own form was printed, to be signed."""

    which: Literal["our packet", "the agency's own form"] = Field(default="our packet", title="What was printed")


class SignedBy(Form):
    """Who signed the printed application."""

    signed_by: Applicant = Field(title="Signed by")
    signed_by_name: Words = Field(default="", title=BY_NAME, max_length=200)
    signer_is_not_suspected: Literal[True] = Field(title="Who signed is not the suspected trafficker")


class Filed(Form):
    """The application went to OVS."""

    how: Literal["not said", "by mail", "by e-mail", "by fax", "in person", "online"] = Field(
        default="not said", title="Sent how"
    )


class ToOvs(Form):
    """§ 17a-28(a)(4): written consent to tell OVS specified information of DCF's record within a limited time."""

    signer: Literal["the person herself, of age", "parent", "guardian", "legal representative", "attorney"] = Field(
        title="Signed as"
    )
    signer_name: Words = Field(title="Signed by, by name", min_length=2, max_length=200)
    signer_is_not_suspected: Literal[True] = Field(title="The signer is not the suspected abuser (28 CFR 94.115)")
    expires_on: Annotated[date, not_before("the day on which the consent was given")] = Field(title="Valid until")
    releases: list[Released] = Field(title="What of DCF's record may be told to OVS", min_length=1)


def sign(form: SignedBy, history: Sequence[Event]) -> list[New]:
    """That it was signed. Raises `NotYet` where it was not printed, `NotPossible` for a time before that."""
    printed = last(history, F.APPLICATION_PRINTED)
    if printed is None:
        raise NotYet("Can't record the signature: the application was not printed yet (§ 54-204(a)).")
    if form.happened_at < printed.happened_at:
        message = f"Can't record the signature: that is before it was printed, {day(printed.happened_at)}."
        raise NotPossible(message)
    return [said(F.APPLICATION_SIGNED, form)]


def print_it(form: Printed, history: Sequence[Event]) -> list[New]:
    """That it was printed. Raises `NotYet` before it was drafted, `NotPossible` once it was received."""
    if last(history, F.APPLICATION_DRAFTED) is None:
        raise NotYet("Can't record the printing: say first who applies, by drafting the application (§ 54-204(a)).")
    if received := last(history, F.APPLICATION_RECEIVED):
        message = f"Can't record the printing: OVS received the application on {day(received.happened_at)}."
        raise NotPossible(message)
    return [said(F.APPLICATION_PRINTED, form)]


def file(form: Filed, history: Sequence[Event]) -> list[New]:
    """That it was sent. Raises `NotYet` for one that was printed and is not signed; one made online needs no print."""
    if waits_for_signature(history) and form.how != "online":
        raise NotYet("Can't record that it was sent: it was printed and is not signed yet (§ 54-204(a)).")
    signed = last(history, F.APPLICATION_SIGNED)
    if signed and form.happened_at < signed.happened_at:
        message = f"Can't record that it was sent: that is before it was signed, {day(signed.happened_at)}."
        raise NotPossible(message)
    return [said(F.APPLICATION_FILED, form)]


def revoke(form: Form, history: Sequence[Event]) -> list[New]:
    """That the consent to OVS was taken back. Raises `NotPossible` where none stands."""
    if standing_consent(history, form.happened_at) is None:
        raise NotPossible("Can't take the consent back: none to OVS stands (§ 17a-28(a)(4)).")
    return [said(F.OVS_CONSENT_REVOKED, form)]


FORMS: dict[str, tuple[str, Fact, type[Form]]] = {
    "draft_application": ("Draft the application", F.APPLICATION_DRAFTED, Drafted),
    "ask_for_paper": ("Ask for a paper", F.PAPER_ASKED_FOR, Paper),
    "print_application": ("Record that the application was printed", F.APPLICATION_PRINTED, Printed),
    "sign_application": ("Record who signed the application", F.APPLICATION_SIGNED, SignedBy),
    "file_application": ("Record that the application was filed", F.APPLICATION_FILED, Filed),
    "consent_to_ovs": ("Record a written consent to OVS", F.OVS_CONSENT_GIVEN, ToOvs),
    "revoke_consent_to_ovs": ("Take the consent to OVS back", F.OVS_CONSENT_REVOKED, Form),
}
DECIDES: dict[str, Callable[..., list[New]]] = {
    "print_application": print_it, "sign_application": sign, "file_application": file, "revoke_consent_to_ovs": revoke,
}  # fmt: skip
