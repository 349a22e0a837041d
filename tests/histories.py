"""Random histories: any facts, about a few things, at any of a few hundred hours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st

from mdt.facts import ABOUT, ON_THE_RECORD, Event, Fact, Thing
from tests.making import MONDAY

if TYPE_CHECKING:
    from collections.abc import Sequence

calm = settings(deadline=None)  # two shared cores: how long one example takes says nothing
FACTS = sorted(set(Fact) - ON_THE_RECORD)
THINGS = ("one", "two")

codes: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["oral", "electronic", "written"]),
        "mandated": st.booleans(),
        "grave": st.booleans(),
        "in_school": st.booleans(),
        "in_care": st.booleans(),
        "noncitizen": st.booleans(),
        "contested": st.booleans(),
        "concluded": st.booleans(),
        "awarded": st.booleans(),
        "outside": st.booleans(),
        "classification": st.sampled_from(["emergency", "other", "perpetrator not a caregiver"]),
        "on": st.sampled_from(["2026-03-10", "2026-04-01"]),
        "due_on": st.sampled_from(["2026-03-12", "2026-05-01"]),
        "owner": st.sampled_from(["DCF", "police"]),
    },
)


def one(seq: int, fact: Fact, hour: int, thing: str, data: dict[str, Any]) -> Event:
    """An event recorded at once."""
    at = MONDAY + timedelta(hours=hour)
    about = None if ABOUT[fact] is Thing.CASE else thing
    return Event(fact, at, at, "worker", about, data, id=f"e{seq}", seq=seq, act=seq)


def _numbered(drawn: Sequence[tuple[Fact, int, str, dict[str, Any]]]) -> list[Event]:
    return [one(seq, *what) for seq, what in enumerate(drawn, 1)]


_what = st.tuples(st.sampled_from(FACTS), st.integers(0, 400), st.sampled_from(THINGS), codes)
histories: st.SearchStrategy[list[Event]] = st.lists(_what, max_size=25).map(_numbered)
# The same with no two facts at one time.
orderly: st.SearchStrategy[list[Event]] = st.lists(_what, max_size=25, unique_by=lambda what: what[1]).map(_numbered)
