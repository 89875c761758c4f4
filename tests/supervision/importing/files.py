"""Files of existing people, as tests write them: every person in them is invented."""

import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import IO, Any

from openpyxl import Workbook

from perisai.models import Agent, ImportKind, ImportRun, LegalBasis, User
from supervision.services.importing.columns import COLUMNS
from supervision.services.importing.reading import Reading, read_file
from supervision.services.importing.runs import ImportOrder, begin_run, facts_of
from tests.factories.enrollment import born_on, invented_nik

AS_OF = date(2026, 11, 20)
Said = Mapping[str, Any]


def member_line(agent: Agent, number: int = 1, /, **said: Any) -> dict[str, Any]:
    """The man of a number, complete, covered through October 2026; `said` goes over it."""
    return {
        "nik": invented_nik(number),
        "nama": "BUDI CONTOH",
        "tanggal_lahir": born_on(number).isoformat(),
        "jenis_kelamin": "L",
        "kode_desa": "3515142001",
        "nomor_agen": agent.number,
        "tanggal_daftar": "2025-03-10",
        "alamat": "Dusun Contoh 4",
        "rt": "3",
        "rw": "001",
        "nomor_hp": "0812-3456-7890",
        "pemilik_hp": "sendiri",
        "pekerjaan": "DES01",
        "penghasilan": "900000",
        "program": "JKK+JKM",
        "lunas_sampai": "2026-10",
        "mulai_masa": "2025-03-12",
        "bulan_binaan": "20",
    } | said


def never_paid(agent: Agent, number: int = 1, /, **said: Any) -> dict[str, Any]:
    """A line that says nothing of what was paid."""
    nothing = {"lunas_sampai": "", "mulai_masa": "", "bulan_binaan": ""}
    return member_line(agent, number) | nothing | said


def csv_file(lines: Iterable[Said], *, kind: str = "members", delimiter: str = ",") -> io.BytesIO:
    """A file with every column of the kind, in its order."""
    names = [column.name for column in COLUMNS[kind]]
    rows = [names, *([str(line.get(name, "")) for name in names] for line in lines)]
    return io.BytesIO("\r\n".join(delimiter.join(row) for row in rows).encode())


def xlsx_file(lines: Iterable[Said], *, kind: str = "members") -> io.BytesIO:
    """The same as a sheet."""
    names = [column.name for column in COLUMNS[kind]]
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in [names, *([line.get(name) for name in names] for line in lines)]:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def members_of(by: User) -> ImportOrder:
    """An order of members whom the institution holds by contract."""
    return ImportOrder(kind=ImportKind.MEMBERS, by=by, legal_basis=LegalBasis.CONTRACT)


def read(
    order: ImportOrder, file: IO[bytes], *, processes: int = 1, as_of: date = AS_OF
) -> ImportRun:
    """The run of a file, read to its end."""
    run, _is_new = begin_run(order, facts_of(file))
    if run.read_at is None:
        run = read_file(run, file, as_of=as_of, how=Reading(processes=processes))
    return run


def faults_of(run: ImportRun) -> list[tuple[int, str, str]]:
    """Line, column and code of each fault, in the order of the file."""
    return list(run.faults.order_by("line", "id").values_list("line", "column", "code"))
