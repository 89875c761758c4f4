"""Existing members brought in from a CSV file: 100,000 lines, two processes, one transaction."""

import csv
import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Final

from benchmarks.report import Figure, Report
from benchmarks.stage import make_agent
from config.local.services import Running
from enrollment.models import Member
from enrollment.nik import Sex
from payments.services.checks import run_checks
from perisai.models import Agent, ImportKind, LegalBasis, Role, User, Village
from seeds.demo.names import person_name
from supervision.services.importing.columns import MEMBERS as COLUMNS
from supervision.services.importing.loading import load_run
from supervision.services.importing.reading import Reading, read_file
from supervision.services.importing.runs import ImportOrder, begin_run, confirm_run, facts_of
from sync.models import BookEntry

MEMBERS: Final = 100_000
FIRST: Final = 10_000
PER_AGENT: Final = 150
PROCESSES: Final = 2
AS_OF: Final = date(2026, 11, 20)
GOAL_ROWS_PER_SECOND: Final = 2_500
GOAL_GROWTH: Final = 1.25
KIB_PER_MIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """How long each part of one file took, and the largest memory of this process until then."""

    rows: int
    reading: float
    loading: float
    mebibytes: float
    in_a_judge: float

    @property
    def rows_per_second(self) -> float:
        """From the file to the phones' books."""
        return self.rows / (self.reading + self.loading)


def run(_running: Running, say: Callable[[str], None]) -> Report:
    """A small file first, for the memory that any file needs; then the large one."""
    members = int(os.environ.get("SIZE", MEMBERS))
    few, many = bring(0, FIRST, say), bring(FIRST, members, say)
    if broken := [result.code for result in run_checks() if result.breaks]:
        raise RuntimeError(f"check_money is broken: {broken}")
    if Member.objects.count() != FIRST + members or BookEntry.objects.count() != FIRST + members:
        raise RuntimeError("not everybody arrived")
    return Report(
        name="load",
        title=f"Import of {members:,} members",
        conditions=(
            f"One CSV file of {len(COLUMNS)} columns, {PER_AGENT} members an agent, all with "
            f"opening cover; rules and encryption in {PROCESSES} processes beside the reader and "
            "the database; check_money clean afterwards."
        ),
        figures=(
            Figure(
                name="rows from the file to the phones' books",
                value=f"{many.rows_per_second:,.0f}/s",
                goal=f"≥ {GOAL_ROWS_PER_SECOND:,}/s",
                is_met=many.rows_per_second >= GOAL_ROWS_PER_SECOND,
            ),
            Figure(name="reading, judging, encrypting, staging", value=f"{many.reading:.3g} s"),
            Figure(name="loading and telling the phones", value=f"{many.loading:.3g} s"),
            Figure(
                name=f"largest memory of the reader ÷ that of {FIRST:,} rows",
                value=f"{many.mebibytes / few.mebibytes:.3g}",
                goal=f"≤ {GOAL_GROWTH}",
                is_met=many.mebibytes <= few.mebibytes * GOAL_GROWTH,
            ),
            Figure(name="largest memory of the reader", value=f"{many.mebibytes:,.0f} MiB"),
            Figure(name="largest memory of a judging process", value=f"{many.in_a_judge:,.0f} MiB"),
        ),
    )


def bring(start: int, many: int, say: Callable[[str], None]) -> Seconds:
    """Write a file of that many invented members and bring it in."""
    makers = [User.objects.create_user(f"bench-{start}-{n}", role=Role.NATIONAL) for n in (1, 2)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "members.csv"
        _write(path, start, many)
        say(f"load: {many:,} members in {path.stat().st_size / 1024**2:.1f} MiB")
        began = perf_counter()
        order = ImportOrder(kind=ImportKind.MEMBERS, by=makers[0], legal_basis=LegalBasis.CONTRACT)
        with path.open("rb") as file:
            run, _is_new = begin_run(order, facts_of(file))
            run = read_file(run, file, as_of=AS_OF, how=Reading(processes=PROCESSES))
    if run.fault_count:
        raise RuntimeError(f"faults: {list(run.faults.values_list('line', 'column', 'code')[:3])}")
    was_read = perf_counter()
    confirm_run(run.pk, by=makers[1])
    done = load_run(run.pk, by=makers[0])
    was_loaded = perf_counter()
    say(f"load: {done.rows:,} loaded, {done.told:,} told")
    return Seconds(
        rows=done.rows,
        reading=was_read - began,
        loading=was_loaded - was_read,
        mebibytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB,
        in_a_judge=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / KIB_PER_MIB,
    )


def _write(path: Path, start: int, many: int) -> None:
    agents = [make_agent(f"B{start:06}-{n:04}") for n in range(-(-many // PER_AGENT))]
    villages = list(Village.objects.order_by("code").values_list("code", flat=True)[::997])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [column.name for column in COLUMNS], restval="")
        writer.writeheader()
        writer.writerows(_lines(start, many, agents, villages))


def _lines(
    start: int, many: int, agents: list[Agent], villages: list[str]
) -> Iterator[dict[str, str]]:
    draw = Random(start)  # noqa: S311  invented people
    for number in range(start, start + many):
        born_on = date(1970, 1, 1) + timedelta(days=number // 100)
        village = villages[number % len(villages)]
        yield {
            "nik": f"{village[:6]}{born_on:%d%m%y}{9_900 + number % 100}",
            "nama": person_name(Sex.MALE, draw),
            "tanggal_lahir": born_on.isoformat(),
            "jenis_kelamin": "L",
            "kode_desa": village,
            "nomor_agen": agents[(number - start) // PER_AGENT].number,
            "tanggal_daftar": "2025-03-10",
            "tempat_lahir": "Sidoarjo",
            "nama_ibu_kandung": person_name(Sex.FEMALE, draw),
            "alamat": f"Dusun Contoh No. {number % 99}",
            "rt": f"{number % 30}",
            "rw": f"{number % 9}",
            "nomor_hp": f"0812-0000-{number % 10_000:04}",
            "pemilik_hp": "sendiri",
            "pekerjaan": "DES01",
            "penghasilan": "1200000",
            "program": "JKK+JKM",
            "lunas_sampai": "2026-10",
            "mulai_masa": "2025-03-12",
            "bulan_binaan": "20",
        }
