"""Files of referrals: what is read, what is refused and how, and the refused rows that come back corrected."""

from __future__ import annotations

import csv
import io
import json
import stat
import zipfile
from contextlib import suppress
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdt.errors import BadField, BadFile
from mdt.exchange import cells
from mdt.exchange.columns import COLUMNS, MAY_BE_LEFT_OUT, OF_THE_SUSPECTED, WHY_REFUSED
from mdt.exchange.referrals import Refused, read, refused_csv, write_refused
from mdt.exchange.tables import BEGINS_A_FORMULA
from mdt.referral import NewReferral

if TYPE_CHECKING:
    from collections.abc import Sequence

DATA = Path(__file__).parents[1] / "data"
ROW = {"report_no": "R26-1", "received_at": "2026-03-02 09:30", "mode": "oral", "reporter_mandated": "yes"}
CANARY = "Canary"
OPEN_FILES = Path("/proc/self/fd")


def table(*rows: dict[str, str], columns: Sequence[str] = COLUMNS, delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return out.getvalue()


def workbook(path: Path, *rows: Sequence[object]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def rezip(path: Path, part: str, content: str) -> None:
    """Replace one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts | {part: content.encode()}).items():
            archive.writestr(name, data)


def refusal(path: Path) -> str:
    """The one sentence with which a file is refused, before a row is given out."""
    with pytest.raises(BadFile) as caught:
        read(path)
    message = str(caught.value)
    assert CANARY not in message
    assert path.name not in message
    assert message.endswith(".")
    return message


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Canary Canaryson.csv"


# What is read ---------------------------------------------------------------------------------------------------------


def test_the_columns_of_a_file_are_the_fields_of_a_referral() -> None:
    assert sorted({*COLUMNS, *MAY_BE_LEFT_OUT} - {*OF_THE_SUSPECTED}) == sorted(NewReferral.model_fields)


def test_a_year_of_referrals_is_read_with_the_row_numbers_of_the_sheet() -> None:
    truth = json.loads((DATA / "referrals.truth.json").read_text(encoding="utf-8"))
    rows = [(number, row["report_no"]) for number, row in read(DATA / "referrals.csv")]
    assert rows == [(line["row"], line["report_no"]) for line in truth]


def test_a_workbook_and_a_csv_of_the_same_referrals_read_alike(tmp_path: Path) -> None:
    from_csv = list(read(DATA / "referrals.csv"))
    path = workbook(tmp_path / "a.xlsx", COLUMNS, *(tuple(row.values()) for _, row in from_csv))
    assert list(read(path)) == from_csv


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_unicode_with_or_without_a_mark_is_read(file: Path, encoding: str, delimiter: str) -> None:
    mark = "\ufeff" if encoding[-2:] in ("le", "be") else ""
    row = ROW | {"child_given_name": "Thảo", "narrative": f"one{delimiter}\r\ntwo \U0001f600"}
    file.write_bytes((mark + table(row, delimiter=delimiter)).encode(encoding))
    assert list(read(file)) == [(2, dict.fromkeys(COLUMNS, "") | row)]


def test_columns_may_stand_in_any_order_and_be_capitalised(file: Path) -> None:
    columns = [f" {column.upper()} " for column in reversed(COLUMNS)]
    file.write_text(table({" REPORT_NO ": "R26-1"}, columns=columns), encoding="utf-8")
    assert list(read(file)) == [(2, dict.fromkeys(COLUMNS, "") | {"report_no": "R26-1"})]


def test_blank_rows_are_left_out_and_counted(file: Path) -> None:
    lines = table(ROW, {}, ROW).splitlines(keepends=True)
    file.write_text("".join([lines[0], "\r\n", *lines[1:], ",,,\r\n".rjust(40, ",")]), encoding="utf-8", newline="")
    assert [number for number, _ in read(file)] == [3, 5]


def test_cells_beyond_the_last_column_may_be_blank(file: Path) -> None:
    lines = table(ROW).splitlines()
    file.write_text("\n".join([lines[0], lines[1] + ", ,"]), encoding="utf-8")
    assert [number for number, _ in read(file)] == [2]


def test_the_same_report_number_twice_is_read_twice(file: Path) -> None:
    file.write_text(table(ROW, ROW), encoding="utf-8")
    assert [row["report_no"] for _, row in read(file)] == ["R26-1", "R26-1"]


def test_what_a_file_is_called_does_not_matter(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", COLUMNS, tuple(ROW.get(column) for column in COLUMNS))
    assert len(list(read(path.rename(tmp_path / "a.csv")))) == 1


@pytest.mark.parametrize(
    ("cell", "typed"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (14, "14"),
        (14.0, "14"),
        (14.5, "14.5"),
        (datetime(2026, 1, 2, 9, 47), "2026-01-02 09:47"),  # noqa: DTZ001 sheets know no zones
        (datetime(2026, 1, 2, 9, 46, 59, 999700), "2026-01-02 09:47"),  # noqa: DTZ001 sheets know no zones
        (datetime(2026, 1, 2, 9, 46, 30), "2026-01-02 09:46:30"),  # noqa: DTZ001 sheets know no zones
        (date(2026, 1, 2), "2026-01-02"),
        (time(9, 47), "09:47:00"),
        ("a_x000D_b_x0000_", "a\rb"),
    ],
)
def test_a_cell_of_a_workbook_reads_as_a_person_would_type_it(cell: object, typed: str) -> None:
    assert cells.text(cell) == typed


def test_a_workbooks_own_dates_numbers_and_formulas_are_understood(tmp_path: Path) -> None:
    row: dict[str, object] = ROW | {
        "received_at": datetime(2026, 1, 2, 9, 47),  # noqa: DTZ001 sheets know no zones
        "child_birthdate": date(2012, 7, 4),
        "child_age": 13,
        "missing": True,
        "narrative": '=HYPERLINK("x")',
    }
    path = workbook(tmp_path / "a.xlsx", COLUMNS, (), tuple(row.get(column) for column in COLUMNS))
    ((number, found),) = read(path)
    referral = NewReferral.model_validate(found)
    assert number == 3
    assert (found["received_at"], referral.child_birthdate) == ("2026-01-02 09:47", date(2012, 7, 4))
    assert (referral.child_age, referral.missing, referral.narrative) == (13, True, '=HYPERLINK("x")')


# What is no table -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 Canary", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n Canary", "is an image"),
        (b"\xff\xd8\xff\xe0 Canary", "is an image"),
        (b"GIF89a Canary", "is an image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Canary", "an old Excel workbook"),
        (b"PK\x05\x06" + bytes(18), "zip archive"),
        (b"PK\x03\x04 Canary", "damaged"),
        (b"<html>Canary</html>", "a web page"),
        (b"Canary\x00\x01\x02\n", "neither CSV nor a workbook"),
        (b"Canary" * 200_000, "neither CSV nor a workbook"),
        ("Canary".encode("utf-32"), "UTF-32"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\r\n , \r\n", "is empty"),
        (b"Canary,Canaryson,2012-07-04\r\n", "The first row does not hold the names of the columns"),
        (b'{"child_given_name": "Canary"}', "neither a list of referrals nor an object with such a list"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_what_is_no_table_is_refused_in_one_sentence(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    assert words in refusal(file)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "Canary.csv")


def test_a_file_of_more_than_200_megabytes_is_refused_unread(file: Path) -> None:
    with file.open("wb") as empty:
        empty.truncate(cells.LARGEST_FILE + 1)
    assert "larger than 200 MB" in refusal(file)


def test_a_file_that_cannot_be_opened_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(table(ROW), encoding="utf-8")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(CANARY)

    monkeypatch.setattr(Path, "open", refuse)
    assert "cannot be opened" in refusal(file)


# Columns --------------------------------------------------------------------------------------------------------------


def test_column_names_alone_are_refused(file: Path) -> None:
    file.write_text(table(), encoding="utf-8")
    assert refusal(file) == "The file has column names but no referrals."


def test_missing_columns_are_named(file: Path) -> None:
    file.write_text(table(ROW, columns=COLUMNS[2:]), encoding="utf-8")
    assert refusal(file) == "The file lacks the columns report_no, received_at."


def test_one_missing_column_is_named(file: Path) -> None:
    file.write_text(table(ROW, columns=COLUMNS[:-1]), encoding="utf-8")
    assert refusal(file) == "The file lacks the column action_taken."


def test_unknown_columns_are_named_unless_they_hold_something_else(file: Path) -> None:
    file.write_text(table(ROW, columns=(*COLUMNS, "school", "Canary & mother")), encoding="utf-8")
    assert refusal(file) == "The file has columns that a referral does not have: school, column 35."


def test_a_column_given_twice_is_refused(file: Path) -> None:
    file.write_text(table(ROW, columns=(*COLUMNS, "narrative")), encoding="utf-8")
    assert "the column narrative more than once" in refusal(file)


def test_the_columns_of_a_workbook_are_checked_too(tmp_path: Path) -> None:
    assert "lacks the column report_no" in refusal(workbook(tmp_path / "a.xlsx", COLUMNS[1:], (CANARY,)))
    assert "no referrals" in refusal(workbook(tmp_path / "b.xlsx", COLUMNS))
    assert "is empty" in refusal(workbook(tmp_path / "c.xlsx"))


# Encoding and shape ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_in_another_encoding_is_refused_with_the_place(file: Path, mark: bytes) -> None:
    before = mark + table(ROW, ROW).encode()
    file.write_bytes(before + b"R26-3,Canar\xeda" + b"," * 31)
    assert f"Line 4 (byte {len(before) + 12:,} of the file) is not in UTF-8" in refusal(file)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_wrong_byte_far_into_a_file_is_found_before_a_row_is_given_out(file: Path, encoding: str) -> None:
    good = table(*[ROW] * 5000).encode(encoding)
    wrong = b"\xff" if encoding == "utf-8-sig" else b"\x00\xdc\x41\x00"  # half a surrogate pair
    file.write_bytes(good + wrong)
    assert f"Line 5002 (byte {len(good) + 1:,} of the file)" in refusal(file)


def test_a_character_cut_off_at_the_end_is_found(file: Path) -> None:
    good = table(ROW).encode()
    file.write_bytes(good + "é".encode()[:1])
    assert f"byte {len(good) + 1:,}" in refusal(file)


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ('R26-2,"2026-03-02 09:30,Canary', "Row 3 is not good CSV"),
        ('R26-2,"Canary" Canaryson' + "," * 31, "Row 3 is not good CSV"),
        ('R26-2,"' + "Canary" * 30_000 + '"' + "," * 31, "Row 3 is not good CSV"),
        ("R26-2,Canary", "Row 3 is cut short"),
        ("Canary", "Row 3 is cut short"),
        ("R26-2" + "," * 33 + "Canary", "Row 3 goes on beyond the last column"),
    ],
    ids=["no end of a quotation", "text after a quotation", "far too long", "broken off", "one cell", "too many cells"],
)
def test_a_row_that_has_lost_its_shape_is_named(file: Path, last: str, words: str) -> None:
    file.write_text(table(ROW) + last, encoding="utf-8", newline="")
    assert words in refusal(file)


# Workbooks that mean harm, or took some -------------------------------------------------------------------------------

SHEET = "xl/worksheets/sheet1.xml"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet_with_entity(entity: str) -> str:
    header = "".join(f'<c t="inlineStr"><is><t>{column}</t></is></c>' for column in COLUMNS)
    return (
        f'<!DOCTYPE worksheet [{entity}]><worksheet xmlns="{SPREADSHEET}">'
        f'<sheetData><row>{header}</row><row><c t="inlineStr"><is><t>&e;</t></is></c></row></sheetData></worksheet>'
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return workbook(tmp_path / "Canary.xlsx", COLUMNS, tuple(ROW.get(column) for column in COLUMNS))


def test_a_zip_archive_that_is_no_workbook_is_refused(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Canary.txt", "Canary")
    assert "is a zip archive but no workbook" in refusal(file)


@pytest.mark.parametrize(
    ("part", "most"), [("xl/styles.xml", cells.LARGEST_PART), ("xl/sharedStrings.xml", cells.LARGEST_TEXTS)]
)
def test_a_zip_bomb_is_refused_unpacked(book: Path, part: str, most: int) -> None:
    rezip(book, part, " " * (most + 1))
    assert book.stat().st_size < most // 100
    assert "far larger unpacked" in refusal(book)


def test_a_sheet_may_be_larger_than_another_part_but_not_any_size() -> None:
    assert cells._largest(SHEET) == cells.LARGEST_SHEET > cells.LARGEST_TEXTS  # noqa: SLF001 400 MB are too much for a test


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (SHEET, "<worksheet><sheetData><row>"),
        (SHEET, f'<worksheet xmlns="{SPREADSHEET}"><sheetData><row r="99999999999"/></sheetData></worksheet>'),
        ("xl/workbook.xml", "Canary"),
        ("xl/styles.xml", "Canary"),
        ("[Content_Types].xml", "<Types/>"),
    ],
    ids=["cut off", "a row beyond any sheet", "no workbook", "no styles", "no contents"],
)  # fmt: skip
@pytest.mark.timeout(60)
def test_a_damaged_workbook_is_refused(book: Path, part: str, content: str) -> None:
    rezip(book, part, content)
    assert "damaged" in refusal(book)


def test_a_workbook_that_points_at_a_file_of_ours_reads_nothing_of_it(book: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    rezip(book, SHEET, sheet_with_entity(f'<!ENTITY e SYSTEM "file://{tmp_path}/secret">'))
    assert "damaged" in refusal(book)


@pytest.mark.timeout(60)
def test_entities_that_multiply_are_refused(book: Path) -> None:
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    rezip(book, SHEET, sheet_with_entity(f'<!ENTITY e0 "Canary">{layers}<!ENTITY e "&e11;">'))
    assert "damaged" in refusal(book)


def test_a_workbook_cut_off_is_refused(book: Path) -> None:
    book.write_bytes(book.read_bytes()[:-200])
    assert "damaged" in refusal(book)


# Refused rows ---------------------------------------------------------------------------------------------------------


def test_refused_rows_are_told_with_row_field_and_reason_first(file: Path) -> None:
    wrong = [BadField("mode", "is needed"), BadField("child_age", "is a whole number from 0 to 120")]
    write_refused(file, [Refused(17, ROW, wrong)])
    with file.open(newline="", encoding="utf-8-sig") as written:
        header, row = csv.reader(written)
    assert tuple(header) == WHY_REFUSED + COLUMNS
    assert row[:4] == ["17", "mode; child_age", "is needed; is a whole number from 0 to 120", "R26-1"]


def test_a_file_of_refused_rows_is_read_again_as_it_is(file: Path) -> None:
    rows = list(read(DATA / "referrals.csv"))
    write_refused(file, [Refused(number, row, [BadField("mode", "is needed")]) for number, row in rows])
    assert list(read(file)) == rows


@pytest.mark.parametrize("before", [False, True])
def test_only_the_owner_can_open_a_file_of_refused_rows(file: Path, before: bool) -> None:
    if before:
        file.write_text("older and longer than what follows" * 100, encoding="utf-8")
        file.chmod(0o644)
    write_refused(file, [Refused(2, ROW, [])])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(list(read(file))) == 1


def test_refused_rows_are_not_written_through_a_link(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        write_refused(file, [])


typed = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.fixed_dictionaries({"report_no": st.just("R26-1"), "narrative": typed, "citizenship": typed}), min_size=1))
def test_whatever_was_typed_comes_back_identical(file: Path, rows: list[dict[str, str]]) -> None:
    write_refused(file, [Refused(2, row, []) for row in rows])
    assert [row for _, row in read(file)] == [dict.fromkeys(COLUMNS, "") | row for row in rows]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_rows_or_a_refusal(file: Path, content: bytes, after_a_header: bool) -> None:
    file.write_bytes(table(ROW).encode() * after_a_header + content)
    with suppress(BadFile):
        assert all(set(row) == set(COLUMNS) for _, row in read(file))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.integers(0, 2**16), st.integers(0, 255))
def test_a_workbook_with_one_wrong_byte_is_rows_or_a_refusal(book: Path, place: int, value: int) -> None:
    content = bytearray(book.read_bytes())
    content[place % len(content)] = value
    changed = book.with_suffix(".changed")
    changed.write_bytes(content)
    with suppress(BadFile):
        assert all(set(row) == set(COLUMNS) for _, row in read(changed))


def test_files_are_closed_when_they_have_been_read(file: Path, book: Path) -> None:
    file.write_text(table(ROW), encoding="utf-8")
    before = len(list(OPEN_FILES.iterdir()))
    for path in (file, book):
        list(read(path))
    assert len(list(OPEN_FILES.iterdir())) == before


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("x")', "+12035550142", "-1", "@SUM(A1)", "'=1", "''=1", "'quoted'", "\t=1", "plain"]
)
def test_no_cell_of_a_refused_row_is_a_formula_and_each_reads_as_it_was(text: str) -> None:
    written = refused_csv([Refused(2, ROW | {"narrative": text, "child_phone": text}, [])])
    cells_written = next(islice(csv.reader(io.StringIO(written.decode("utf-8-sig"))), 1, None))
    assert not any(cell.startswith(BEGINS_A_FORMULA) for cell in cells_written)
    ((_, row),) = read(written)
    assert (row["narrative"], row["child_phone"]) == (text, text)


def test_columns_that_may_be_left_out_come_back_if_a_refused_row_filled_them(file: Path) -> None:
    write_refused(file, [Refused(2, ROW | {"child_no": "2", "child_phone": ""}, []), Refused(3, ROW, [])])
    assert [row for _, row in read(file)] == [dict.fromkeys(COLUMNS, "") | ROW | {"child_no": number} for number in ("2", "")]


def test_a_file_that_lies_in_memory_reads_like_one_on_a_disk(book: Path, file: Path) -> None:
    file.write_text(table(ROW), encoding="utf-8")
    for path in (book, file):
        assert list(read(path.read_bytes())) == list(read(path))


def test_what_is_too_large_in_memory_is_refused() -> None:
    with pytest.raises(BadFile, match="larger than 200 MB"):
        read(bytes(cells.LARGEST_FILE + 1))
