"""What an import would do, found out without doing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError
from sqlalchemy import select

from mdt import asking
from mdt.casework.intake import USED, Number, number_of
from mdt.casework.opening import content, index_key
from mdt.errors import BadField
from mdt.records.tables import REPORTS
from mdt.referral import NewReferral, fields_wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.store import Store

    Alike = Callable[[Sequence[NewReferral]], int]  # how many of them are likely children that are known


@dataclass(slots=True)
class Tried:
    """How many rows would be taken and how many are repeats, the rows that would be refused; `alike` is None if not asked.

    `odd`: the rows that would be taken though something in them does not fit together, and what, without a value.
    """

    fresh: int = 0
    repeats: int = 0
    refused: list[tuple[int, BadField]] = field(default_factory=list)
    alike: int | None = None
    odd: list[tuple[int, str]] = field(default_factory=list)


class Trying:
    """One file being tried, some rows at a time. It holds the number and a keyed digest of each report, and no content."""

    def __init__(self, store: Store, now: datetime, alike: Alike | None = None) -> None:
        self._store, self._now, self._alike = store, now, alike
        self._known: dict[Number, str] = {}
        self.found = Tried(alike=0 if alike else None)

    def rows(self, rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
        """Try some more rows."""
        forms = list(self._read(rows))
        with self._store.read() as connection:
            known = _known(connection, [form for _, form in forms])
            fresh = list(self._new(forms, known, index_key(connection)))
        self.found.fresh += len(fresh)
        if self._alike and fresh:
            self.found.alike = (self.found.alike or 0) + self._alike(fresh)

    def _read(self, rows: Iterable[tuple[int, Mapping[str, object]]]) -> Iterator[tuple[int, NewReferral]]:
        for number, row in rows:
            try:
                yield number, NewReferral.model_validate(row, context={"now": self._now})
            except ValidationError as error:
                self.found.refused += [(number, wrong) for wrong in fields_wrong(error)]

    def _new(
        self, forms: Iterable[tuple[int, NewReferral]], known: Mapping[Number, str], index_key: bytes
    ) -> Iterator[NewReferral]:
        for number, form in forms:
            of, digest = number_of(form), content(form, index_key)
            had = self._known.get(of, known.get(of))
            if had is None:
                self._known[of] = digest
                self.found.odd += [(number, words) for words in asking.odd(form)]
                yield form
            elif had == digest:
                self.found.repeats += 1
            else:
                self.found.refused.append((number, BadField("report_no", USED)))


def _known(connection: Connection, forms: Sequence[NewReferral]) -> dict[Number, str]:
    numbers = [form.report_no for form in forms]
    rows = connection.execute(
        select(REPORTS.c.report_no, REPORTS.c.child_no, REPORTS.c.digest).where(REPORTS.c.report_no.in_(numbers))
    )
    return {(row.report_no, row.child_no): row.digest for row in rows}
