"""Which cases a viewer sees, as part of the query itself and never as a filter after the fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, true

from mdt.records.tables import CASES

if TYPE_CHECKING:
    from mdt.access import Viewer


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The clause that a row of `cases` must meet to be seen by the viewer."""
    clause: ColumnElement[bool] = true()
    if viewer.district:
        clause &= CASES.c.district == viewer.district
    if viewer.office:
        clause &= CASES.c.office == viewer.office
    return clause
