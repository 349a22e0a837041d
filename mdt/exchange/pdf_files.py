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
from fpdf.enums import XPos, YPos

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mdt.exchange.documents import Paper, Part

PDF_MEDIA = "application/pdf"
FONTS = Path(__file__).parents[1] / "data" / "fonts"
FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
BOX = "\N{WHITE SQUARE}"
LACKING = f"{BOX} stands for a letter that this file cannot show; the DOCX of this document keeps it."
MARGIN, LABEL = 18, 52  # millimetres
SMALL, NORMAL, LARGE, LARGEST = 8, 9.5, 11, 14  # points
BLACK, GREY, RED = (0, 0, 0), (90, 90, 90), (155, 28, 28)
LINE = 0.5  # millimetres of height a point
RIGHT_TO_LEFT = frozenset({"R", "AL"})


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
        """The stamp on each page."""
        self.set_y(MARGIN / 2)
        self.say(self.of.stamp[0], size=SMALL, style="B", color=RED, align="C")
        self.set_y(MARGIN)

    def footer(self) -> None:
        """Whose it is, and the page."""
        self.set_y(-MARGIN)
        self.say(f"{self.of.foot} · page {self.page_no()}", size=SMALL - 1, color=GREY)

    def say(
        self, text: str, *, size: float = NORMAL, style: str = "", color: tuple[int, int, int] = BLACK, align: str = "",
        width: float = 0,
    ) -> None:  # fmt: skip
        """A text from where we stand, over as many lines as it takes; then the next line."""
        shown = self._drawable(text)
        self.set_font("ours", style, size)
        self.set_text_color(*color)
        # Putting letters together takes five times as long, and only some alphabets need it.
        self.set_text_shaping(any(bidirectional(c) in RIGHT_TO_LEFT for c in shown))
        try:
            self._write(shown, size, align, width)
        except RecursionError:  # a thousand signs without a letter among them; nothing was drawn yet
            self.set_text_shaping(use_shaping_engine=False)
            self._write(shown, size, align, width)

    def _write(self, shown: str, size: float, align: str, width: float) -> None:
        self.multi_cell(width, size * LINE, shown, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

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
    made.set_title(f"{of.title}, case {of.number}")
    made.set_author("mdt")
    made.set_lang("en-US")
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


def _add(made: _Sheets, part: Part) -> None:
    made.ln(3)
    _keep_together(made, 26)
    made.say(part.heading, size=LARGE, style="B")
    made.ln(1)
    if part.says:
        made.say(part.says, align="L")
        made.ln(1)
    for label, value in part.lines:
        _line(made, label, value)
    for label, text in part.texts:
        made.ln(1.5)
        _keep_together(made, 12)
        made.say(label, size=SMALL, color=GREY)
        made.say(text, align="L")
        made.ln(1)
    for label in part.blanks:
        _line(made, label, "")


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
        made.set_y(max(under, made.get_y(), top + 6) + 1)
    made.set_draw_color(200)
    made.line(MARGIN, made.get_y(), made.w - MARGIN, made.get_y())


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
