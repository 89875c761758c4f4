"""A file as lines of texts: CSV in UTF-8 (comma, semicolon or tab) and the first sheet of XLSX.

Lines are counted as an editor counts them. Nothing of a file is held but what its format forces:
CSV is read as it comes, of XLSX the list of shared texts is kept.
"""

import codecs
import csv
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from perisai.models import FileFormat
from supervision.errors import ImportFileInvalid
from supervision.services.importing.columns import Column, place_columns
from supervision.services.importing.faults import FILE_WORDS

ZIP: Final = b"PK\x03\x04"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
DELIMITERS: Final = ",;\t"
HEAD: Final = 4_096
# A sheet of 500,000 members expands to about 400 MiB.
MOST_EXPANDED: Final = 512 * 1024 * 1024
# Excel keeps fifteen digits of a number: what is longer has lost its end.
EXACT_BELOW: Final = 10**15
ROUNDED: Final = "\0rounded"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Line:
    """One filled line: its number and its cells by column, None if their count is wrong."""

    number: int
    cells: dict[str, str] | None


def format_of(head: bytes) -> FileFormat:
    """What a file is by its first bytes. Raises ImportFileInvalid."""
    if not head.strip(b"\xef\xbb\xbf \r\n\t"):
        raise bad_file("empty")
    if head.startswith(ZIP):
        return FileFormat.XLSX
    if head.startswith(OLD_EXCEL):
        raise bad_file("old_excel")
    if b"\0" in head:
        raise bad_file("binary")
    return FileFormat.CSV


def bad_file(reason: str, *, line: int = 0, columns: Sequence[str] = ()) -> ImportFileInvalid:
    """The refusal of a whole file, in words; it names columns, never their contents."""
    named = [f"({line})"] if line else []
    words = [
        str(FILE_WORDS.get(reason, reason)),
        *named,
        *([", ".join(columns)] if columns else []),
    ]
    return ImportFileInvalid(" ".join(words), reason=reason, line=line)


def read_lines(file: IO[bytes], columns: Sequence[Column]) -> Iterator[Line]:
    """The filled lines of a file that stands at its beginning.

    Raises ImportFileInvalid, for its heading at the first line already.
    """
    is_sheet = format_of(file.read(HEAD)) is FileFormat.XLSX
    file.seek(0)
    rows = _sheet_rows(file) if is_sheet else _csv_rows(file)
    _number, heading = next(rows, (0, []))
    while heading and not heading[-1]:
        heading.pop()
    try:
        places = place_columns(heading, columns)
    except LookupError as fault:
        reason, names = fault.args
        raise bad_file(reason, line=1, columns=names) from None
    for number, row in rows:
        if any(row):
            yield Line(number=number, cells=_cells(row, places, width=len(heading)))


def _cells(row: Sequence[str], places: dict[str, int], *, width: int) -> dict[str, str] | None:
    """By column. Cells behind the heading must be empty, as some programs leave them."""
    if len(row) < width or any(row[width:]):
        return None
    return {name: row[place] for name, place in places.items()}


def _csv_rows(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    text = codecs.iterdecode(file, "utf-8-sig")
    try:
        heading = next(text, "")
        delimiter = max(DELIMITERS, key=heading.count)
        yield 1, [cell.strip() for cell in next(csv.reader([heading], delimiter=delimiter), [])]
        yield from _numbered(csv.reader(text, delimiter=delimiter, strict=True))
    except UnicodeDecodeError:
        raise bad_file("not_utf8") from None


def _numbered(reader: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it begins; the heading was the first line."""
    line = 2
    try:
        for row in reader:
            yield line, [cell.strip() for cell in row]
            line = 2 + getattr(reader, "line_num", 0)
    except csv.Error:
        raise bad_file("not_csv", line=line) from None


def _sheet_rows(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_EXPANDED:
                raise bad_file("too_large")
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        width = 0
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = [_text(value) for value in row]
            width = max(width, len(cells))
            yield number, cells + [""] * (width - len(cells))  # a sheet leaves out the last blanks
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, IndexError):
        raise bad_file("not_xlsx") from None


def _text(value: object) -> str:
    """A cell as a person reads it; a day as ISO 8601 says it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and abs(value) >= EXACT_BELOW:
        return ROUNDED
    return str(value).strip()
