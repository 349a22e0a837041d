"""Who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdt.board.case import CaseView


def panel(_view: CaseView) -> None:
    """Nothing yet."""
