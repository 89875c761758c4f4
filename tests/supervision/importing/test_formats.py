"""What a file may look like: CSV with its habits, the first sheet of XLSX, and what is refused."""

import io
import zipfile

import openpyxl.xml
import pytest

from enrollment.models import Member
from perisai.models import Agent, User
from supervision.errors import ImportFileInvalid
from supervision.services.importing.columns import COLUMNS, OFFICES, template
from supervision.services.importing.loading import load_run
from supervision.services.importing.tables import read_lines
from tests.architecture.tree import ROOT
from tests.factories.enrollment import invented_nik
from tests.supervision.importing.files import (
    csv_file,
    faults_of,
    members_of,
    never_paid,
    read,
    xlsx_file,
)

GOOD = "kode_kantor,nama_kantor,jenis,kode_cabang\nW1,Koperasi,koperasi,SDA\n"


def lines_of(content: bytes | str) -> list[tuple[int, dict[str, str] | None]]:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return [(line.number, line.cells) for line in read_lines(file, OFFICES)]


def refused(content: bytes | str) -> tuple[str, int]:
    with pytest.raises(ImportFileInvalid) as refusal:
        lines_of(content)
    return refusal.value.context["reason"], refusal.value.context["line"]


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("kode_kantor", "Office Code").replace("nama_kantor", " NAMA KANTOR "),
        GOOD.replace("\n", ",,\n"),
        GOOD.replace("Koperasi,", '"Koperasi",'),
    ],
    ids=["plain", "bom", "semicolon", "tab", "crlf", "aliases", "empty_columns", "quoted"],
)
def test_csv_in_all_its_habits_says_the_same(content: str) -> None:
    [(number, cells)] = lines_of(content)

    assert number == 2
    assert cells == {
        "kode_kantor": "W1",
        "nama_kantor": "Koperasi",
        "jenis": "koperasi",
        "kode_cabang": "SDA",
    }


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    content = GOOD + '\n\nW2,"Koperasi\nDua",cv,SDA\nW3,Tiga,cv,SDA\n'

    assert [number for number, _cells in lines_of(content)] == [2, 5, 7]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", ("empty", 0)),
        (b"\xef\xbb\xbf\n", ("empty", 0)),
        (b"\xd0\xcf\x11\xe0rest", ("old_excel", 0)),
        (b"kode\0kantor", ("binary", 0)),
        (b"PK\x03\x04rest", ("not_xlsx", 0)),
        (GOOD.encode() + b"W2,Caf\xe9,cv,SDA\n", ("not_utf8", 0)),
        (GOOD + 'W2,"Dua"x,cv,SDA\n', ("not_csv", 3)),
        (GOOD.replace("jenis", "warna"), ("columns_unknown", 1)),
        (GOOD.replace("jenis", "nama_kantor"), ("columns_twice", 1)),
        ("kode_kantor,jenis\nW1,cv\n", ("columns_missing", 1)),
    ],
)
def test_file_that_is_no_such_table_is_refused_whole(
    content: bytes | str, fault: tuple[str, int]
) -> None:
    assert refused(content) == fault


def test_sheet_that_swells_is_refused_before_it_is_opened() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(9):
            archive.writestr(f"xl/{number}.xml", bytes(64 * 1024 * 1024))

    assert refused(file.getvalue()) == ("too_large", 0)


def test_sheets_are_parsed_by_a_parser_that_expands_nothing() -> None:
    assert openpyxl.xml.DEFUSEDXML


@pytest.mark.django_db
def test_sheet_says_what_the_csv_says(agent: Agent, importer: User) -> None:
    line = never_paid(agent, 1) | {"penghasilan": 900_000, "rt": 3}

    run = read(members_of(importer), xlsx_file([line, {}, never_paid(agent, 2)]))
    load_run(run.pk, by=importer)

    assert faults_of(run) == []
    made = Member.objects.order_by("imported__line")
    assert [(m.imported.line, m.nik) for m in made] == [
        (2, invented_nik(1)),
        (4, invented_nik(2)),
    ]
    assert (made[0].income_monthly, made[0].rt) == (900_000, "003")


@pytest.mark.django_db
def test_column_order_is_free_and_free_columns_may_be_left_out(
    agent: Agent, importer: User
) -> None:
    needed = [column.name for column in COLUMNS["members"] if column.is_required][::-1]
    line = never_paid(agent)
    content = ",".join(needed) + "\n" + ",".join(line[name] for name in needed)

    run = read(members_of(importer), io.BytesIO(content.encode()))
    load_run(run.pk, by=importer)

    assert Member.objects.get().nik == invented_nik(1)


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_template_is_a_file_of_its_kind(kind: str) -> None:
    file = io.BytesIO(template(kind).encode())

    [line] = read_lines(file, COLUMNS[kind])

    assert line.cells is not None
    assert line.cells.keys() == {column.name for column in COLUMNS[kind]}


@pytest.mark.django_db
def test_a_csv_of_the_same_people_in_another_spelling_is_another_file(
    agent: Agent, importer: User
) -> None:
    first = read(members_of(importer), csv_file([never_paid(agent)]))
    second = read(members_of(importer), csv_file([never_paid(agent)], delimiter=";"))

    assert first.pk != second.pk


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_page_describes_every_column(kind: str) -> None:
    page = (ROOT / "docs" / "import.md").read_text("utf-8")
    table = page.partition(f"`--kind {kind}`)")[2].partition("\n## ")[0]
    described = [row.split("`")[1] for row in table.splitlines() if row.startswith("| `")]

    assert described == [column.name for column in COLUMNS[kind]]
    assert all(f"`{name}`" in table for column in COLUMNS[kind] for name in column.also)
