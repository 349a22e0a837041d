"""Files of referrals in somebody else's layout: their columns, what has to be asked about them, and their rows in ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from mdt.errors import BadFile
from mdt.exchange import asking, cells, htcds
from mdt.exchange import mapping as columns_to_fields
from mdt.exchange.referrals import Referrals, is_ours, names_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mdt.exchange.asking import Question
    from mdt.exchange.cells import Source
    from mdt.exchange.mapping import Mapping

    Numbering = Callable[[dict[str, str]], str]

MOST_COLUMNS, LONGEST_NAME = 500, 120
LOOKED_AT = 200  # rows, to say what is in a column
MOST_SAID = 5  # questions in one refusal
MIDDLE = 0.5
Named = tuple[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """A file's columns as they are called from here on, whether they are ours, and whether the second row is labels."""

    columns: tuple[str, ...]
    is_ours: bool
    is_standard: bool
    has_labels: bool


def layout(source: Source) -> Layout:
    """What the first rows of a file say of its columns. Raises `BadFile`."""
    found = list(islice(cells.rows(source), 2))
    row, header = found[0] if found else (1, [])
    if is_ours((row, header)):
        return Layout(tuple(names_of(header)), is_ours=True, is_standard=False, has_labels=False)
    below = found[1][1] if len(found) > 1 else []
    labels = _are_labels(header, below)
    names = _named(header, below) if labels else names_of(header)
    standard = htcds.is_standard(names)
    return Layout(_told_apart(names, again=standard), is_ours=False, is_standard=standard, has_labels=labels)


def _are_labels(header: list[str], below: list[str]) -> bool:
    """Whether the row below the names repeats them in the words of the standard's template."""
    filled = [text for text in below if text.strip()]
    labels = [text for text in filled if htcds.is_label(text, text)]
    return htcds.is_standard(header) and len(labels) > len(filled) * MIDDLE


def _named(header: list[str], below: list[str]) -> list[str]:
    wide = max(len(header), len(below))
    both = zip(header + [""] * (wide - len(header)), below + [""] * (wide - len(below)), strict=True)
    return names_of([name.strip() or htcds.named_by(text.strip()) for name, text in both])


def _told_apart(names: list[str], *, again: bool) -> tuple[str, ...]:
    """The names by which columns are mapped: the standard's where it has one; one that comes again is counted there."""
    if len(names) > MOST_COLUMNS or any(len(name) > LONGEST_NAME for name in names):
        raise BadFile("The first row does not hold the names of columns: there are too many, or they are too long.")
    known = [(htcds.canonical(name) or name if again else name) or f"column {n}" for n, name in enumerate(names, 1)]
    counted = [f"{name} ({known[:n].count(name) + 1})" if name in known[:n] else name for n, name in enumerate(known)]
    if not again and counted != known:
        twice = next(n for n, name in enumerate(known) if counted[n] != name)
        raise BadFile(f"The file has the column {shown(twice + 1, known[twice])} more than once.")
    return tuple(counted)


def propose(of: Layout) -> Mapping:
    """The mapping that the names of the columns suggest."""
    return columns_to_fields.propose(of.columns)


def rows(source: Source, of: Layout) -> Iterator[Named]:
    """Every row that says something, by column; of the standard, in its codes.

    A column without a name that only counts the rows says nothing.
    """
    found = cells.rows(source)
    for number, values in islice(found, 2 if of.has_labels else 1, None):
        if len(values) > len(of.columns) and any(map(str.strip, values[len(of.columns) :])):
            raise BadFile(f"Row {number} goes on beyond the last column; a text with a comma must be in quotation marks.")
        named = {name: text for name, text in zip(of.columns, values, strict=False) if not _only_counts(name, text)}
        if any(map(str.strip, named.values())):
            yield number, {name: htcds.tidied(name, text) for name, text in named.items()} if of.is_standard else named


def _only_counts(name: str, text: str) -> bool:
    return name.startswith("column ") and text.strip().isdigit()


def questions(source: Source, of: Layout, mapping: Mapping) -> list[Question]:
    """What has to be said before the file can be taken. Every row is read once. Raises `BadFile`."""
    asked = asking.questions(mapping, (named for _, named in rows(source, of)))
    return [replace(one, says=one.says.format(_shown(of, one.column))) for one in asked]


def _shown(of: Layout, column: str | None) -> str:
    return shown(of.columns.index(column) + 1, column) if column else ""


def first(source: Source, of: Layout, many: int) -> list[Named]:
    """The first rows that say something."""
    return list(islice(rows(source, of), many))


def described(source: Source, of: Layout) -> dict[str, str]:
    """A few words on what is in each column, as its first rows have it; none of what they say."""
    return asking.described(of.columns, [named for _, named in first(source, of, LOOKED_AT)])


def read(source: Source, of: Layout, mapping: Mapping, numbering: Numbering | None = None) -> Referrals:
    """The file's rows in our own layout, each made with the mapping.

    The whole file is looked through before this returns. Raises `BadFile` if something has still to be said of it.
    """
    _refuse_unless_fitting(of, mapping)
    if asked := questions(source, of, mapping):
        more = f" And {len(asked) - MOST_SAID} more." if len(asked) > MOST_SAID else ""
        raise BadFile(" ".join(question.says for question in asked[:MOST_SAID]) + more)
    count = sum(1 for _ in rows(source, of))
    if not count:
        raise BadFile("The file has column names but no referrals.")
    return Referrals(_made(source, of, mapping, numbering), count)


def _refuse_unless_fitting(of: Layout, mapping: Mapping) -> None:
    """The file must have just the columns that were mapped."""
    if new := [shown(n, name) for n, name in enumerate(of.columns, 1) if name not in mapping.columns]:
        raise BadFile(f"The file has columns that this source did not have before: {', '.join(new[:5])}. Map them first.")
    gone = [name for name, where in mapping.columns.items() if name not in of.columns and where != columns_to_fields.OUT]
    if gone:
        raise BadFile(f"The file lacks columns that this source had before: {', '.join(gone[:5])}.")


def _made(source: Source, of: Layout, mapping: Mapping, numbering: Numbering | None) -> Iterator[tuple[int, dict[str, str]]]:
    label = htcds.label if of.is_standard else str
    for number, named in rows(source, of):
        said = columns_to_fields.apply(mapping, named, label)
        if of.is_standard:
            said |= {name: text for name, text in htcds.told(named).items() if not said.get(name)}
        if mapping.numbered and numbering and not said.get("report_no"):
            said["report_no"] = numbering(named)
        yield number, said
