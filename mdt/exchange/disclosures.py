"""What of a meeting may be disclosed, as a paper: each statement with who provided it and on which ground (§ 17a-106a(i))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdt.exchange.documents import Paper, Part, cleaned
from mdt.law.period import EASTERN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mdt.meeting_record import CasePart, Item

CONFIDENTIAL = "CONFIDENTIAL under Connecticut General Statutes §§ 17a-28 and 17a-106a(i)"
LIMITS = (
    "Only what is printed here may be disclosed, to whom and for what its ground allows. Everything else from the meeting, the"
    " decisions of the team included, is withheld."
)


def disclosure_paper(
    part: CasePart, grounds: Mapping[str, str], left_out: int, *, team: str, at: datetime, made_by: str, made_at: datetime,
) -> Paper:  # fmt: skip
    """The statements that are left of a case's part of the record, each with its ground; `left_out`: how many are withheld."""
    items = (*part.items, *(item for one in part.decisions for item in one.dissent))
    withheld = f"{left_out} statement{'' if left_out == 1 else 's'} withheld." if left_out else "No statement is withheld."
    said = tuple(_said(item, grounds) for item in items)
    made = Paper(
        title="What may be disclosed of a meeting",
        law="CGS § 17a-106a(i)",
        number=part.number,
        stamp=(CONFIDENTIAL, LIMITS),
        parts=(Part(f"Case {part.number}, meeting of {_moment(at)}", f"{team}. {withheld}", texts=said),),
        signatures=("For the team",),
        foot=f"Case {part.number} · made on {_moment(made_at)} by {made_by}",
    )
    return cleaned(made)


def _said(item: Item, grounds: Mapping[str, str]) -> tuple[str, str]:
    return f"{item.kind}, provided by {item.provider}, {item.provider_agency}; ground: {grounds.get(item.id, '')}", item.text


def _moment(at: datetime) -> str:
    return f"{at.astimezone(EASTERN):%-d %b %Y, %H:%M} Eastern time"
