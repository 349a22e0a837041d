"""Which other cases a case has to do with: the same child told of twice, siblings, a household, a network.

A link lies in the ledger of one case, the one that was compared, and is read from both. Nothing is copied or merged: "same
child" lets what was reported on either case be read together, and one fact takes it back. Whom somebody has kept apart is
not proposed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from mdt.acts import Act, Form, New, Reason, said
from mdt.errors import NotPossible
from mdt.facts import Fact
from mdt.process import Room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.facts import Event

F = Fact
OPEN, SAME, APART = "open", "same", "apart"
Kind = Literal["same report", "sibling", "household", "network"]
SETTLED = {
    F.LIKENESS_FOUND: OPEN,
    F.LIKENESS_LEFT_OPEN: OPEN,
    F.LIKENESS_REOPENED: OPEN,
    F.SAME_CHILD_FOUND: SAME,
    F.CHILDREN_KEPT_APART: APART,
}


@dataclass(frozen=True, slots=True)
class Link:
    """That a case has to do with another: `how` is open, same or apart, or a `Kind`; `score` from 0 to 1 if it was computed."""

    other: str
    how: str
    score: float | None = None


def links(history: Sequence[Event]) -> frozenset[Link]:
    """The links in a case's live history, each as it stands."""
    alike: dict[str, Link] = {}
    linked: dict[str, Link] = {}
    for event in history:
        other = event.data.get("case", "")
        if event.fact in SETTLED:
            score = event.data.get("score", alike[other].score if other in alike else None)
            alike[other] = Link(other, SETTLED[event.fact], score)
        elif event.fact is F.CASES_LINKED:
            linked[other] = Link(other, event.data["as"])
        elif event.fact is F.CASES_UNLINKED:
            linked.pop(other, None)
    return frozenset([*alike.values(), *linked.values()])


class Likeness(Form):
    """Two cases may be about one child: the id of the other, and how likely that is, if it was computed."""

    case: str = Field(title="Number of the other case", min_length=1, max_length=32)
    score: float | None = Field(default=None, title="How likely, from 0 to 1", ge=0, le=1)


class Settled(Form):
    """What somebody says of a likeness."""


class Reopened(Form):
    """Why it is looked at again."""

    reason: Reason = Field(title="Reason")


class LinkCases(Form):
    """Two cases that belong together, of different children."""

    case: str = Field(title="Number of the other case", min_length=1, max_length=32)
    kind: Kind = Field(title="How they belong together")


class UnlinkCases(Form):
    """Two cases that do not belong together after all."""

    case: str = Field(title="Number of the other case", min_length=1, max_length=32)


def _note(form: Likeness, history: Sequence[Event]) -> list[New]:
    if any(link.other == form.case and link.how in SETTLED.values() for link in links(history)):
        raise NotPossible("Can't note the likeness: it is on record already. Settle that one, or look at it again.")
    return [said(F.LIKENESS_FOUND, form)]


def likenesses(history: Sequence[Event]) -> dict[str, str]:
    """The other case of each likeness that anything stands of, even if its own finding was retracted."""
    return {e.about: e.data["case"] for e in history if e.fact in SETTLED and e.about}


def is_said_of(history: Sequence[Event], event_id: str) -> bool:
    """Whether the event found a likeness of which somebody has said something since."""
    found = next((e for e in history if e.id == event_id and e.fact is F.LIKENESS_FOUND), None)
    return found is not None and any(e.about == found.about and e.fact in SETTLED for e in history if e is not found)


def _settle(fact: Fact) -> Any:  # noqa: ANN401  # a function of any of these forms
    def decide(form: Form, history: Sequence[Event]) -> list[New]:
        return [said(fact, form, case=likenesses(history)[form.about])]

    return decide


def _link(form: LinkCases, _history: Sequence[Event]) -> list[New]:
    return [New(F.CASES_LINKED, "", {"case": form.case, "as": form.kind}, {"note": form.note} if form.note else {})]


def _unlink(form: UnlinkCases, history: Sequence[Event]) -> list[New]:
    if not any(link.other == form.case and link.how not in SETTLED.values() for link in links(history)):
        raise NotPossible("Can't unlink the cases: they are not linked.")
    return [said(F.CASES_UNLINKED, form)]


def _act(key: str, title: str, fact: Fact, form: type[Form], decide: Any) -> Act:  # noqa: ANN401  # as `Act.decide`
    return Act(key, title, fact, Room.REPORT, form, decide, after_closing=True)


ACTS: tuple[Act, ...] = (
    _act("note_likeness", "Note that this may be a child known already", F.LIKENESS_FOUND, Likeness, _note),
    _act("find_same_child", "Say that it is the same child", F.SAME_CHILD_FOUND, Settled, _settle(F.SAME_CHILD_FOUND)),
    _act("keep_apart", "Keep the children apart", F.CHILDREN_KEPT_APART, Settled, _settle(F.CHILDREN_KEPT_APART)),
    _act("leave_likeness_open", "Leave it open whether it is the same child", F.LIKENESS_LEFT_OPEN, Settled,
         _settle(F.LIKENESS_LEFT_OPEN)),
    _act("reopen_likeness", "Look at a likeness again", F.LIKENESS_REOPENED, Reopened, _settle(F.LIKENESS_REOPENED)),
    _act("link_cases", "Link the case with another", F.CASES_LINKED, LinkCases, _link),
    _act("unlink_cases", "Unlink the case from another", F.CASES_UNLINKED, UnlinkCases, _unlink),
)  # fmt: skip
