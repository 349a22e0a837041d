"""A document as PDF, with a typeface of our own for most of the world's alphabets.

A letter that the typeface lacks (Chinese, for one) is drawn as a box, and a line says so; the DOCX keeps it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import bidirectional

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.exchange.documents import Entry, Paper, Part, Table

PDF_MEDIA = "application/pdf"
FONTS = Path(__file__).parents[1] / "data" / "fonts"
FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
BOX = "\N{WHITE SQUARE}"
LACKING = f"{BOX} stands for a letter that this file cannot show; the DOCX of this document keeps it."
MARGIN, LABEL = 18, 52  # millimetres
SMALL, IN_TABLE, NORMAL, READ, LARGE, LARGEST = 8, 8.5, 9.5, 10.5, 11, 14  # points
BLACK, GREY, RED = (0, 0, 0), (90, 90, 90), (155, 28, 28)
LINE = 0.5  # millimetres of height a point
INDENT, SOURCE, BY_HAND = 5, 40, 8  # millimetres: of a point, the column that says from where, a line to write on
RIGHT_TO_LEFT = frozenset({"R", "AL"})
GAP, ROOM, NARROWEST = 3, 0.7, 9  # millimetres between two columns, above and below a cell, and of a column
# The watermark: where its middle stands, as shares of the page's height; how it leans; how much of it covers.
MARKS, LEANS, SHADE, MARK = (0.27, 0.54, 0.81), 28, 0.2, 17
LONGEST_MARK = 80  # characters of one of its lines


class _Sheets(FPDF):
    """Pages of US letter, each with the stamp above and who made it below."""

    def __init__(self, of: Paper) -> None:
        super().__init__(format="letter")
        self.of = of
        self.lacks = False
        self.str_alias_nb_pages = ""  # else a "{nb}" that somebody typed would become a number
        for style, file in FILES.items():
            self.add_font("ours", style, FONTS / file)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 4)

    def header(self) -> None:
        """The stamp on each page, and the watermark that lies under the text."""
        if self.of.watermark:
            self._mark(self.of.watermark.split("\n"))
        self.set_y(MARGIN / 2)
        self.say(self.of.stamp[0], size=SMALL, style="B", color=RED, align="C")
        self.set_y(MARGIN)

    def _mark(self, lines: Sequence[str]) -> None:
        self.auto_page_break = False  # what lies under a page never begins another
        with self.local_context(fill_opacity=SHADE):
            for share in MARKS:
                middle = self.h * share
                with self.rotation(LEANS, x=self.w / 2, y=middle):
                    self.set_y(middle - MARK * LINE * len(lines) / 2)
                    for line in lines:
                        self.say(line[:LONGEST_MARK], size=MARK, color=GREY, align="C")
        self.auto_page_break = True

    def footer(self) -> None:
        """Whose it is, and the page."""
        self.set_y(-MARGIN)
        page = f"page {self.page_no()}" if self.of.lang.startswith("en") else f"{self.page_no()}"
        self.say(f"{self.of.foot} · {page}", size=SMALL - 1, color=GREY)

    def say(
        self, text: str, *, size: float = NORMAL, style: str = "", color: tuple[int, int, int] = BLACK, align: str = "",
        width: float = 0,
    ) -> None:  # fmt: skip
        """A text from where we stand, over as many lines as it takes; then the next line."""
        self.set_text_color(*color)
        self._put(text, size, style, align, width)

    def height_of(self, text: str, *, size: float, width: float) -> float:
        """How many millimetres the text would take; nothing is drawn."""
        return self._put(text, size, "", "L", width, draws=False)

    def _put(
        self, text: str, size: float, style: str, align: str, width: float, *, draws: bool = True
    ) -> float:  # fmt: skip
        shown = self._drawable(text)
        self.set_font("ours", style, size)
        # Putting letters together takes five times as long, and only some alphabets need it.
        self.set_text_shaping(not shown.isascii() and any(bidirectional(c) in RIGHT_TO_LEFT for c in shown))
        try:
            return self._write(shown, size, align, width, draws=draws)
        except RecursionError:  # a thousand signs without a letter among them; nothing was drawn yet
            self.set_text_shaping(use_shaping_engine=False)
            return self._write(shown, size, align, width, draws=draws)

    def _write(self, shown: str, size: float, align: str, width: float, *, draws: bool) -> float:
        return self.multi_cell(  # type: ignore[return-value]  # of what it may return, the height was asked for
            width, size * LINE, shown, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT, dry_run=not draws,
            output=MethodReturnValue.HEIGHT,
        )  # fmt: skip

    def _drawable(self, text: str) -> str:
        shown = "".join(c if ord(c) in letters() or c in "\n\t" else BOX for c in text)
        self.lacks = self.lacks or shown != text
        return shown.replace("\t", "    ")


@cache
def letters() -> frozenset[int]:
    """The letters that both weights of the typeface have."""
    has = [frozenset(TTFont(FONTS / file).getBestCmap()) for file in FILES.values()]
    return has[0] & has[1]


def to_pdf(of: Paper, at: datetime) -> bytes:
    """The document in our own layout."""
    made = _Sheets(of)
    made.set_title(of.name)
    made.set_author("mdt")
    made.set_lang(of.lang)
    made.set_creation_date(at)
    made.add_page()
    made.say(of.title, size=LARGEST, style="B", align="L")
    made.say(of.law, size=SMALL, color=GREY)
    made.ln(2)
    for line in of.stamp:
        made.say(line, size=SMALL, color=RED, align="L")
    for part in of.parts:
        _add(made, part)
    _sign(made, of.signatures)
    if made.lacks:
        made.ln(4)
        made.say(LACKING, size=SMALL, color=GREY)
    return bytes(made.output())


def stamped(stamp: str, width: float, height: float) -> bytes:
    """A page of that size, in points, with nothing on it but the stamp at its head: to lie on a page of somebody else's."""
    made = FPDF(unit="pt", format=(width, height))
    made.add_font("ours", "B", FONTS / FILES["B"])
    made.set_auto_page_break(auto=False)
    made.add_page()
    made.set_font("ours", "B", SMALL - 1)
    made.set_text_color(*RED)
    made.set_xy(0, SMALL / 2)
    made.cell(width, SMALL, stamp, align="C")
    return bytes(made.output())


def _add(made: _Sheets, part: Part) -> None:
    if part.starts_page:
        made.add_page()
    made.ln(1.5 if part.under else 3)
    first = BY_HAND * part.entries[0].lines if part.entries else 0
    _keep_together(made, 26 + 8 * len(part.blanks) + first)  # a signature stands on the page of what is signed
    made.say(part.heading, size=NORMAL if part.under else LARGE, style="B", align="L")
    made.ln(1)
    if part.says:
        made.say(part.says, align="L")
        made.ln(1)
    _points_and_entries(made, part)
    for label, value in part.lines:
        _line(made, label, value)
    if part.table:
        _table(made, part.table)
    for label, text in part.texts:
        _text(made, label, text)
    for label in part.blanks:
        _line(made, label, "")


def _points_and_entries(made: _Sheets, part: Part) -> None:
    for point in part.points:
        _point(made, point)
    for entry in part.entries:
        _entry(made, entry)


def _point(made: _Sheets, text: str) -> None:
    """A sentence behind a dot, whole on one page."""
    _keep_together(made, made.height_of(text, size=READ, width=made.epw - INDENT) + 2)
    top = made.get_y()
    made.say("•", size=READ, align="L", width=INDENT)
    made.set_xy(MARGIN + INDENT, top)
    made.say(text, size=READ, align="L", width=made.epw - INDENT)
    made.ln(1.2)


def _entry(made: _Sheets, entry: Entry) -> None:
    """The label, what stands in the field, from where; without a value, as many lines to write on."""
    width = made.epw - LABEL - SOURCE
    height = made.height_of(entry.value, size=NORMAL, width=width) if entry.value else BY_HAND * entry.lines
    _keep_together(made, height + 3)
    top = made.get_y() + 1
    made.set_y(top)
    made.say(entry.label, size=SMALL, color=GREY, align="L", width=LABEL - 2)
    under = made.get_y()
    if entry.value:
        made.set_xy(MARGIN + LABEL, top)
        made.say(entry.value, align="L", width=width - GAP)
        under = max(under, made.get_y())
        made.set_xy(MARGIN + LABEL + width, top)
        made.say(entry.source, size=SMALL - 1, color=GREY, align="R", width=SOURCE)
    for line in range(1, entry.lines if not entry.value else 0):
        made.set_draw_color(200)
        made.line(MARGIN + LABEL, top + BY_HAND * line, made.w - MARGIN, top + BY_HAND * line)
    made.set_y(max(under, made.get_y(), top + (4 if entry.value else height)) + 1)
    _hairline(made)


def _text(made: _Sheets, label: str, text: str) -> None:
    made.ln(1.5)
    _keep_together(made, 12)
    made.say(label, size=SMALL, color=GREY, align="L")
    made.say(text, align="L")
    made.ln(1)


def _table(made: _Sheets, table: Table) -> None:
    """The columns' names again on each page; a row that no half page holds is told as texts under its columns' names."""
    widths = [max(made.epw * share, NARROWEST) for share in table.shares()]
    _row(made, table.columns, widths, size=SMALL, color=GREY)
    for row in table.rows:
        height = max(made.height_of(cell, size=IN_TABLE, width=of - GAP) for cell, of in zip(row, widths, strict=True))
        if height > made.eph / 2:
            _long_row(made, table.columns, row)
            continue
        if made.will_page_break(height + 2 * ROOM):
            made.add_page()
            _row(made, table.columns, widths, size=SMALL, color=GREY)
        _row(made, row, widths, size=IN_TABLE)


def _row(
    made: _Sheets, cells: Sequence[str], widths: Sequence[float], *, size: float, color: tuple[int, int, int] = BLACK
) -> None:  # fmt: skip
    """The cells side by side, a hairline beneath."""
    top, left, under = made.get_y() + ROOM, made.l_margin, 0.0
    for cell, width in zip(cells, widths, strict=True):
        made.set_xy(left, top)
        made.say(cell, size=size, color=color, align="L", width=width - GAP)
        left, under = left + width, max(under, made.get_y())
    made.set_y(under + ROOM)
    _hairline(made)


def _long_row(made: _Sheets, names: Sequence[str], cells: Sequence[str]) -> None:
    for name, cell in zip(names, cells, strict=True):
        _text(made, name, cell)
    _hairline(made)


def _hairline(made: _Sheets) -> None:
    made.set_draw_color(200)
    made.line(MARGIN, made.get_y(), made.w - MARGIN, made.get_y())


def _line(made: _Sheets, label: str, value: str) -> None:
    """The label on the left, its value on the right, a hairline beneath; without a value, room to write one."""
    _keep_together(made, 12)
    top, page = made.get_y() + 1, made.page
    made.set_y(top)
    made.say(label, size=SMALL, color=GREY, align="L", width=LABEL - 2)
    under = made.get_y()
    made.set_xy(MARGIN + LABEL, top)
    if value:
        made.say(value, align="L")
    if made.page == page:
        made.set_y(max(under, made.get_y(), top + (4 if value else 7)) + 1)
    _hairline(made)


def _sign(made: _Sheets, whose: Sequence[str]) -> None:
    for one in whose:
        _keep_together(made, 20)
        made.ln(14)
        made.set_draw_color(0)
        made.line(MARGIN, made.get_y(), MARGIN + 100, made.get_y())
        made.line(MARGIN + 110, made.get_y(), made.w - MARGIN, made.get_y())
        made.say(f"{one}; name and date beside", size=SMALL, color=GREY)


def _keep_together(made: _Sheets, height: float) -> None:
    """A new page, if so many millimetres no longer fit on this one."""
    if made.will_page_break(height):
        made.add_page()
