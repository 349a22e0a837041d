"""A CSV file, a workbook or JSON as numbered rows of text. What the file *is* decides, not what it is called.

Rows are numbered as a spreadsheet shows them; blank ones are left out. Nothing is held but the row at hand (and, for
a workbook, its table of shared texts, and for JSON the whole of it, which are bounded). A file that somebody has just sent
is read from memory and never lies on a disk. Whatever cannot be read is `BadFile`, in one sentence that
repeats neither the file's name nor anything from inside it. Formulas are never worked out: a cell that holds one reads
as its text.
"""

from __future__ import annotations

import codecs
import csv
import warnings
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import openpyxl
from openpyxl.utils.escape import unescape

from mdt.errors import BadFile
from mdt.exchange import json_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO, TextIO

    from openpyxl.workbook import Workbook

Row = tuple[int, list[str]]
Source = Path | bytes  # a file, or what is in one

MEGABYTE = 2**20
LARGEST_FILE = 200 * MEGABYTE
LARGEST_JSON = 32 * MEGABYTE
LARGEST_SHEET, LARGEST_TEXTS, LARGEST_PART = 400 * MEGABYTE, 64 * MEGABYTE, 8 * MEGABYTE  # unpacked
LAST_ROW = 1_048_576  # of any sheet; a file that claims more would keep us padding for years
LONGEST_LINE = MEGABYTE  # characters
CHUNK = 64 * 1024

WORKBOOK = b"PK\x03\x04"
NOT_OURS = (
    (b"%PDF", "is a PDF"),
    (b"\x89PNG", "is an image"),
    (b"\xff\xd8\xff", "is an image"),
    (b"GIF8", "is an image"),
    (b"II*\x00", "is an image"),
    (b"MM\x00*", "is an image"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook, or one with a password"),
    (b"PK", "is an empty or divided zip archive"),
    (b"<", "is a web page or XML"),
    (b"{\\rtf", "is a text document"),
)
SAVE_AS = "please save the table as .xlsx, or as CSV (UTF-8)"
SAVE_AS_UTF_8 = "please save the file as CSV (UTF-8)"
BROKEN = f"The workbook is damaged and cannot be read; {SAVE_AS} again."

# openpyxl's warnings quote what is in the cells, and warnings go to logs.
warnings.filterwarnings("ignore", module=r"openpyxl\.")


def rows(source: Source) -> Iterator[Row]:
    """Every row that is not blank, with its number from 1. Raises `BadFile`."""
    start = _start(source)
    if start.startswith(WORKBOOK):
        found = _sheet_rows(source)
    else:
        encoding = _encoding(start)
        found = _json_rows(source, encoding) if _is_json(start, encoding) else _csv_rows(source, encoding)
    return ((number, cells) for number, cells in found if any(map(str.strip, cells)))


def text(value: object) -> str:
    """A workbook's cell as a person would type it: yes and no, 2026-01-31, 2026-01-31 14:05, 14."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str(unescape(value)).replace("\x00", "") if "_x" in value else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(getattr(value, "text", value))  # a formula over several cells is an object with its text


def _moment(value: datetime) -> str:
    # Workbooks keep times as fractions of a day, which are a few microseconds off.
    nearest = (value + timedelta(milliseconds=500)).replace(microsecond=0)
    return nearest.isoformat(" ", "seconds" if nearest.second else "minutes")


def _start(source: Source) -> bytes:
    if _size(source) > LARGEST_FILE:
        raise BadFile(f"The file is larger than {LARGEST_FILE // MEGABYTE} MB; please divide it.")
    try:
        with _open(source) as file:
            return file.read(CHUNK)
    except OSError:
        raise BadFile("The file cannot be opened.") from None


def _size(source: Source) -> int:
    if isinstance(source, bytes):
        return len(source)
    if source.is_dir():
        raise BadFile("That is a folder; please choose one file.")
    if not source.is_file():
        raise BadFile("There is no such file.")
    return source.stat().st_size


def _open(source: Source) -> BinaryIO:
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _is_json(start: bytes, encoding: str) -> bool:
    return start.decode(encoding, "ignore").lstrip().startswith(("[", "{"))


def _json_rows(source: Source, encoding: str) -> Iterator[Row]:
    if _size(source) > LARGEST_JSON:
        raise BadFile(f"The file is JSON of more than {LARGEST_JSON // MEGABYTE} MB; please divide it, or send it as CSV.")
    try:
        with _open(source) as file:
            text = file.read().decode(encoding)
    except UnicodeError:
        raise BadFile(_where_unreadable(source, encoding)) from None
    yield from json_rows.rows(text)


# CSV ------------------------------------------------------------------------------------------------------------------


def _csv_rows(source: Source, encoding: str) -> Iterator[Row]:
    number = 0
    try:
        with TextIOWrapper(_open(source), encoding=encoding, newline="") as file:
            width = 0
            for number, cells in enumerate(csv.reader(_lines(file), delimiter=_delimiter(file), strict=True), 1):
                width = width or len(cells)
                _check_width(number, cells, width)
                yield number, cells
    except UnicodeError:
        raise BadFile(_where_unreadable(source, encoding)) from None
    except csv.Error:
        raise BadFile(f"Row {number + 1} is not good CSV: a quotation mark is misplaced, or a cell too long.") from None


def _check_width(number: int, cells: list[str], width: int) -> None:
    if len(cells) < width and any(map(str.strip, cells)):
        raise BadFile(f"Row {number} is cut short; a text with a line break must be in quotation marks.")


def _encoding(start: bytes) -> str:
    for mark, what in NOT_OURS:
        if start.lstrip().startswith(mark):
            raise BadFile(f"The file {what}, not a table; {SAVE_AS}.")
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise BadFile(f"The file is in UTF-32, which cannot be read; {SAVE_AS_UTF_8}.")
    return "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _delimiter(file: TextIO) -> str:
    header = file.readline(LONGEST_LINE)
    file.seek(0)
    return max(",;\t", key=header.count)  # spreadsheets write semicolons in Europe, and tabs in UTF-16


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE):
        if "\x00" in line or len(line) == LONGEST_LINE:
            raise BadFile(f"The file is neither CSV nor a workbook; {SAVE_AS}.")
        yield line


def _where_unreadable(source: Source, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding.removesuffix("-sig"))()
    line, read = 1, 0  # the line reached, and the bytes decoded
    with _open(source) as file:
        try:
            while chunk := file.read(CHUNK):
                line += decoder.decode(chunk).count("\n")
                read = file.tell() - len(decoder.getstate()[0])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as wrong:
            line += wrong.object[: wrong.start].count(b"\n")
            read += wrong.start
    return f"Line {line} (byte {read + 1:,} of the file) is not in UTF-8 or UTF-16; {SAVE_AS_UTF_8}."


# Workbooks ------------------------------------------------------------------------------------------------------------


def _sheet_rows(source: Source) -> Iterator[Row]:
    with _workbook(source) as book:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says about its own size is not to be trusted
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > LAST_ROW:
                raise BadFile(BROKEN)
            yield number, [text(value) for value in cells]


@contextmanager
def _workbook(source: Source) -> Iterator[Workbook]:
    """The workbook, open for reading; whatever goes wrong inside it is `BadFile`."""
    try:
        with _open(source) as file, ZipFile(file) as archive:
            _check_parts(archive)
            book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
            yield book
            book.close()
    except BadFile:
        raise
    except Exception:  # noqa: BLE001 openpyxl lets through whatever zip, XML and its own parts raise
        raise BadFile(BROKEN) from None


def _check_parts(archive: ZipFile) -> None:
    if "xl/workbook.xml" not in archive.namelist():
        raise BadFile(f"The file is a zip archive but no workbook; {SAVE_AS}.")
    if any(part.file_size > _largest(part.filename) for part in archive.infolist()):
        raise BadFile("The workbook is far larger unpacked than it looks; please divide it, or save it as CSV (UTF-8).")


def _largest(part: str) -> int:
    if part.startswith("xl/worksheets/"):
        return LARGEST_SHEET
    return LARGEST_TEXTS if part == "xl/sharedStrings.xml" else LARGEST_PART
