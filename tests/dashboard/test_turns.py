"""Pages are drawn a few at a time: those that draw themselves take no turn of who clicked, and each turn is given up."""

from __future__ import annotations

from threading import BoundedSemaphore

import pytest

from dashboard import turns


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    clicked, by_itself = BoundedSemaphore(2), BoundedSemaphore(1)
    monkeypatch.setattr(turns, "CLICKED", clicked)
    monkeypatch.setattr(turns, "BY_ITSELF", by_itself)
    monkeypatch.setattr(turns, "PATIENCE", {clicked: 0.01, by_itself: 0.01})


def free(turn: BoundedSemaphore) -> bool:
    found = turn.acquire(blocking=False)
    if found:
        turn.release()
    return found


def test_pages_that_draw_themselves_take_no_turn_of_who_clicked() -> None:
    with turns.taken(by_itself=True):
        assert not free(turns.BY_ITSELF)
        assert free(turns.CLICKED)
    assert free(turns.BY_ITSELF)


def breaks_off() -> None:
    with turns.taken(by_itself=False), turns.taken(by_itself=False):
        assert not free(turns.CLICKED)
        raise KeyError


def test_a_turn_is_given_up_however_the_drawing_ends() -> None:
    for _ in range(2):
        with pytest.raises(KeyError):
            breaks_off()
        assert free(turns.CLICKED)


def test_whose_patience_ends_is_drawn_without_a_turn_and_gives_none_up() -> None:
    with turns.taken(by_itself=True):
        with turns.taken(by_itself=True):
            pass
        assert not free(turns.BY_ITSELF)
    assert free(turns.BY_ITSELF)
