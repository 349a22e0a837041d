"""The strip of earlier history: all cases found to be one child's, and of what is not the viewer's the number alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from mdt.access import Viewer
from mdt.board.earlier import Earlier, earlier
from mdt.board.likenesses import likenesses
from mdt.errors import NotFound
from mdt.facts import Fact
from mdt.records.tables import ACCESS_LOG
from mdt.scenario import PEOPLE, route
from tests import making
from tests.making import MONDAY, do

if TYPE_CHECKING:
    from mdt.store import Store

DAY = timedelta(days=1)
SUPERVISOR = PEOPLE["intake supervisor"]
ADVOCATE = PEOPLE["victim advocate"]
HARTFORD = Viewer("h", "Worker H", "area-office worker", "DCF", offices=frozenset({"Hartford"}))


def referred(store: Store, number: str, town: str = "New Haven", **cells: str) -> str:
    case_id = making.taken(store, report_no=number, child_residence_town=town, **cells)
    route(store, case_id, MONDAY)
    return case_id


def same(store: Store, case_id: str, other: str) -> str:
    """Say that two cases are one child's; the likeness."""
    noted = do(store, case_id, "note_likeness", case=other, score=0.9).events[0].about
    do(store, case_id, "find_same_child", about=noted)
    return noted or ""


def of(store: Store, case_id: str, viewer: Viewer = SUPERVISOR) -> Earlier:
    return earlier(store, viewer, case_id, MONDAY + DAY)


def holders(found: Earlier) -> set[str]:
    return {holder.case_id for holder in found.holders}


def test_a_case_alone_shows_its_own_reports(store: Store) -> None:
    case_id = referred(store, "R-1")
    do(store, case_id, "take_up_report")
    do(store, case_id, "classify_report", classification="other")
    found = of(store, case_id)
    (report,) = [entry for entry in found.entries if entry.fact is Fact.REPORT_RECEIVED]
    assert (report.here, report.at, report.codes) == (True, MONDAY, ("oral", "other"))
    (holder,) = found.holders
    assert (holder.office, holder.taken_by, holder.over) == ("New Haven", PEOPLE["intake worker"].name, False)
    assert (found.linked, found.screen_outs, found.hidden, found.hidden_linked) == ((), 0, 0, 0)


def test_the_same_child_is_found_from_either_case_and_through_a_third(store: Store) -> None:
    one, two, three, stranger = (referred(store, f"R-{n}") for n in range(4))
    same(store, one, two)
    same(store, three, two)
    for case_id in (one, two, three):
        found = of(store, case_id)
        assert holders(found) == {one, two, three}
        assert [entry.here for entry in found.entries].count(True) == 1
    assert holders(of(store, stranger)) == {stranger}


@pytest.mark.parametrize("act", ["keep_apart", "leave_likeness_open"])
def test_what_is_kept_apart_or_left_open_is_not_read_together(store: Store, act: str) -> None:
    one, two = referred(store, "R-1"), referred(store, "R-2")
    do(store, one, "note_likeness", case=two)
    do(store, one, act)
    assert holders(of(store, one)) == {one}


def test_a_finding_taken_back_parts_the_histories_again(store: Store) -> None:
    one, two = referred(store, "R-1"), referred(store, "R-2")
    likeness = same(store, one, two)
    do(store, one, "reopen_likeness", MONDAY + timedelta(hours=1), about=likeness, reason="another mother")
    assert holders(of(store, one)) == {one}
    assert holders(of(store, two)) == {two}


def test_of_a_case_that_is_not_hers_to_see_a_viewer_learns_the_number_alone(store: Store) -> None:
    making.hire(store, HARTFORD)
    here, there, sibling = referred(store, "R-1", "Hartford"), referred(store, "R-2"), referred(store, "R-3")
    same(store, there, here)
    do(store, here, "link_cases", by="intake supervisor", case=sibling, kind="sibling")
    found = of(store, here, HARTFORD)
    assert holders(found) == {here}
    assert (found.hidden, found.hidden_linked, found.linked) == (1, 1, ())
    hidden = [making.case_row(store, case_id) for case_id in (there, sibling)]
    assert not any(told in repr(found) for row in hidden for told in (row["number"], row["id"], "New Haven"))
    with pytest.raises(NotFound):
        of(store, there, HARTFORD)
    with store.read() as connection:
        assert "refused" in connection.execute(select(ACCESS_LOG.c.act)).scalars().all()


def test_who_takes_no_reports_or_has_a_conflict_is_not_told_how_many_are_hidden(store: Store) -> None:
    making.hire(store, HARTFORD)
    here, there, sibling = referred(store, "R-1", "Hartford"), referred(store, "R-2"), referred(store, "R-3")
    same(store, here, there)
    do(store, here, "link_cases", by="intake supervisor", case=sibling, kind="sibling")
    likeness = do(store, here, "note_likeness", case=referred(store, "R-4")).events[0]
    do(store, here, "engage_person", by="intake supervisor", person=ADVOCATE.id)

    def hints(viewer: Viewer) -> tuple[int, int, int]:
        found = of(store, here, viewer)
        return found.hidden, found.hidden_linked, likenesses(store, viewer, here, making.history(store, here)).hidden

    assert hints(ADVOCATE) == (0, 0, 0)
    assert hints(HARTFORD) == (1, 1, 2)
    for case_id in (there, sibling, likeness.data["case"]):
        do(store, case_id, "declare_conflict", by="intake supervisor", person=HARTFORD.id)
    assert hints(HARTFORD) == (0, 0, 0)


def test_a_link_on_record_in_the_other_case_says_so(store: Store) -> None:
    one, two = referred(store, "R-1"), referred(store, "R-2")
    do(store, one, "link_cases", case=two, kind="sibling")
    assert [of(store, case_id).linked[0].there for case_id in (one, two)] == ["", making.case_row(store, one)["number"]]


def test_siblings_and_networks_are_shown_by_number_from_either_side(store: Store) -> None:
    one, two, three = (referred(store, f"R-{n}") for n in range(3))
    do(store, one, "link_cases", case=two, kind="sibling")
    do(store, three, "link_cases", case=one, kind="network")
    assert [(link.case_id, link.how) for link in of(store, one).linked] == [(three, "network"), (two, "sibling")]
    assert [link.case_id for link in of(store, two).linked] == [one]
    do(store, one, "unlink_cases", case=two)
    assert [link.case_id for link in of(store, one).linked] == [three]


def test_screen_outs_of_the_last_twelve_months_are_counted_over_the_cases(store: Store) -> None:
    one, two = referred(store, "R-1"), referred(store, "R-2")
    same(store, one, two)
    for case_id in (one, two):
        do(store, case_id, "classify_report", classification="other")
        do(store, case_id, "screen_out", because="no indication of trafficking", reason="no sign of it")
        do(store, case_id, "approve_screen_out", by="intake supervisor")
    assert of(store, one).screen_outs == 2
    assert earlier(store, SUPERVISOR, one, MONDAY + 364 * DAY).screen_outs == 2
    assert earlier(store, SUPERVISOR, one, MONDAY + 366 * DAY).screen_outs == 0


def test_a_determination_shows_its_band_and_nothing_shows_a_name_or_a_note(store: Store) -> None:
    one = referred(store, "R-1", child_given_name="Zebra", child_family_name="Quartz", narrative="What was told")
    do(store, one, "classify_report", classification="other", note="Secret note")
    do(store, one, "identify_victim", band="high")
    found = of(store, one)
    assert ("band high",) in [entry.codes for entry in found.entries if entry.fact is Fact.VICTIM_IDENTIFIED]
    assert not any(word in repr(found) for word in ("Zebra", "Quartz", "What was told", "Secret"))


def test_a_case_taken_over_by_its_office_is_held_by_it_until_another_report(store: Store) -> None:
    case_id = referred(store, "R-1")
    do(store, case_id, "classify_report", classification="other")
    do(store, case_id, "hand_over")
    do(store, case_id, "take_over", by="area-office worker")
    assert of(store, case_id).holders[0].over is True
    do(store, case_id, "receive_another_report", MONDAY + timedelta(hours=1), mode="oral", mandated=True)
    assert of(store, case_id).holders[0].over is False
