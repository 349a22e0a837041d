"""The advocates' vault: who reads it, who may waive the privilege, and what a waiver releases (CGS § 52-146k). Pure.

§ 52-146k(a)(2) and (5) protect what is told to a counselor: trained for twenty hours, certified by, and under a supervisor of,
a domestic violence agency or rape crisis center. Whether an account is one's, no account says; so whoever writes a note says
in which capacity, and whether the privilege attaches is for a court. The vault guards every note alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mdt import forms
from mdt.acts import Act, Form, New, Reason, Told, not_before, said
from mdt.errors import NotAllowed, NotPossible
from mdt.facts import Fact
from mdt.names import words_of
from mdt.policy import ADVOCATES, Relation, Role
from mdt.process import Room

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdt.access import Sight, Viewer
    from mdt.facts import Event

F = Fact
ORDINARY_SIGHT = frozenset(Relation) - {Relation.GLASS}  # an emergency access never counts
SHORTEST_NAME = 3  # letters
_OWNED = re.compile("['`\\u00b4\\u2018\\u2019]s\\b", re.IGNORECASE)  # Garcia's is somebody's
NOT_HERS = (
    "There is no such note in your agency's vault, or it is not yours to read: what a counselor was told in confidence stays"
    " with her agency (§ 52-146k(b))."
)
NOT_A_SUPERVISOR = "That is for the advocate supervisor of the agency, under whose control the counselors are (§ 52-146k(a))."

Kind = Literal["privileged communication", "working note"]
Capacity = Literal["sexual assault counselor", "domestic violence counselor", "neither"]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WriteNote(_Written):
    """A note. `capacity`: as what its writer was consulted; § 52-146k(a)(3) covers her working papers too."""

    kind: Kind = Field(default="privileged communication", title="What it is")
    capacity: Capacity = Field(title="You were consulted as (§ 52-146k(a)(2), (5))")
    text: Told = Field(title="Note")


class CorrectNote(_Written):
    """What is added to a note to put it right; the note stays as it was written."""

    about: str = Field(min_length=1, max_length=64)
    text: Told = Field(title="What is put right")


class WithdrawNote(_Written):
    """Why a note no longer stands. It is kept, sealed and marked."""

    about: str = Field(min_length=1, max_length=64)
    reason: Reason = Field(title="Why it is withdrawn")


def is_hers(viewer: Viewer, agency: str, seen: Sight) -> bool:
    """Whether this person reads and writes what that agency keeps on a case of which she sees this much.

    An advocate or advocate supervisor of that very agency, to whom the case is open by its own engagement.
    """
    ours = viewer.role in ADVOCATES and bool(agency) and viewer.agency == agency
    return ours and bool(seen.sees) and bool(seen.by & ORDINARY_SIGHT)


def refuse_unless_hers(viewer: Viewer, agency: str, seen: Sight) -> None:
    """Raise `NotAllowed` unless `is_hers`. It tells nobody whether there is anything."""
    if not is_hers(viewer, agency, seen):
        raise NotAllowed(NOT_HERS)


def refuse_unless_supervising(viewer: Viewer, agency: str, seen: Sight) -> None:
    """Raise `NotAllowed` unless she supervises that agency's advocates: for the log, and for erasing."""
    refuse_unless_hers(viewer, agency, seen)
    if viewer.role != Role.ADVOCATE_SUPERVISOR:
        raise NotAllowed(NOT_A_SUPERVISOR)


# The waiver. -------------------------------------------------------------------------------------------------------------

Signer = Literal["child", "parent", "guardian", "executor or administrator"]
Ground = Literal[
    "the child knowingly waives", "a court found the child incapable of waiving", "adjudged incompetent", "deceased"
]
# § 52-146k(b) and (d): the victim, a minor if she does so knowingly; (d): parent or guardian, once a court found her incapable;
# (c): the guardian of a victim who is deceased or adjudged incompetent, the executor or administrator of the estate.
MAY_WAIVE: dict[Ground, frozenset[Signer]] = {
    "the child knowingly waives": frozenset({"child"}),
    "a court found the child incapable of waiving": frozenset({"parent", "guardian"}),
    "adjudged incompetent": frozenset({"guardian"}),
    "deceased": frozenset({"guardian", "executor or administrator"}),
}


class ReleaseVaultNote(Form):
    """The written waiver under which a note, or an excerpt typed anew, is shown to named persons until a day."""

    signer: Signer = Field(title="Signed by")
    ground: Ground = Field(title="Who may waive, because (§ 52-146k(c), (d))")
    signer_is_not_suspected: Literal[True] = Field(title="The signer is not the suspected abuser, nor the defendant")
    no_interest: bool = Field(
        default=False, title="A parent or guardian who signs has no interest in the outcome with the defendant (§ 52-146k(d))"
    )
    expires_on: Annotated[date, not_before("the day on which the waiver was signed")] = Field(title="Valid until")
    recipients: list[str] = Field(title="Shown to", min_length=1)
    no_location_no_identity: Literal[True] = Field(
        title="The text tells neither where the agency or center is nor who the counselor is (§ 52-146k(b))"
    )
    purpose: Reason = Field(title="What for")
    waiver: Reason = Field(title="The waiver: from when, signed before whom, and where it is kept")
    released: Told = Field(title="What is released")

    @model_validator(mode="after")
    def _may_waive(self) -> ReleaseVaultNote:
        if refused := waiver_refused(self.signer, self.ground, no_interest=self.no_interest):
            raise forms.refuse(refused)
        return self


def waiver_refused(signer: Signer, ground: Ground, *, no_interest: bool) -> str:
    """Why this signer cannot waive the privilege on this ground; empty if she can (§ 52-146k(b) to (d))."""
    if signer not in MAY_WAIVE[ground]:
        who = " or ".join(f"the {one}" for one in sorted(MAY_WAIVE[ground]))
        return f"The privilege is not the {signer}'s to waive here: it is waived by {who} (§ 52-146k(b) to (d))"
    if ground == "a court found the child incapable of waiving" and not no_interest:
        return (
            "A parent or guardian waives for the child only if she is not the defendant and has no interest in the outcome"
            " through the defendant (§ 52-146k(d))"
        )
    return ""


class TakeBack(Form):
    """The waiver was taken back: nobody is shown the text any longer."""

    reason: Reason = Field(title="Why")


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it stands. `id` is that of its fact, `about` the thing's."""

    id: str
    about: str
    by: str
    signer: str
    expires_on: date
    recipients: frozenset[str]

    def is_shown(self, person: str, day: date) -> bool:
        """Whether this person is shown it on that day; the last day is the day on which the waiver ends."""
        return person in self.recipients and day <= self.expires_on


def releases(history: Iterable[Event]) -> list[Release]:
    """The releases of a live history that nobody took back, expired ones too."""
    found: dict[str, Release] = {}
    for event in history:
        if event.fact is F.VAULT_NOTE_RELEASED:
            data, about = event.data, event.about or ""
            until = date.fromisoformat(data["expires_on"])
            found[about] = Release(event.id, about, event.by, data["signer"], until, frozenset(data["recipients"]))
        elif event.fact is F.VAULT_RELEASE_TAKEN_BACK:
            found.pop(event.about or "", None)
    return list(found.values())


def names_somebody(text: str, names: Iterable[str]) -> bool:
    """Whether the text holds every word of one of these names, or its last word if that is long enough for a family name."""
    written = {*words_of(text), *words_of(_OWNED.sub("", text))}
    return any(part and set(part) <= written for name in names for part in _parts(name))


def _parts(name: str) -> tuple[list[str], list[str]]:
    return words_of(name), [word for word in words_of(*name.split()[-1:]) if len(word) >= SHORTEST_NAME]


def _release(form: ReleaseVaultNote, _history: Sequence[Event]) -> list[New]:
    """Of the waiver the case is told who gave it, until when and whom it names; what must be ticked goes without saying."""
    new = said(F.VAULT_NOTE_RELEASED, form)
    told = {name: new.data[name] for name in ("signer", "ground", "expires_on", "recipients")}
    return [New(new.fact, new.about, told, new.words)]


def _take_back(form: TakeBack, history: Sequence[Event]) -> list[New]:
    if form.about not in {one.about for one in releases(history)}:
        message = "Can't take back the release: this text is released to nobody (§ 52-146k)."
        raise NotPossible(message)
    return [said(F.VAULT_RELEASE_TAKEN_BACK, form)]


ACTS: tuple[Act, ...] = (
    Act("release_vault_note", "Release a privileged note", F.VAULT_NOTE_RELEASED, Room.SERVICES, ReleaseVaultNote,
        decide=_release, after_closing=True),
    Act("take_back_release", "Take back the release of a privileged note", F.VAULT_RELEASE_TAKEN_BACK, Room.SERVICES, TakeBack,
        decide=_take_back, after_closing=True),
)  # fmt: skip
