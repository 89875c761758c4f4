"""Faults of a file: exactly those that are there, by line, column and code, never a value."""

import random
from typing import Any, Final

import pytest

from enrollment.kpj import FIRST_IN_SEQUENCE, provisional_kpj
from enrollment.models import Member
from perisai.models import Agent, ImportState, StagedRow, User
from supervision.services.importing.faults import WORDS
from tests.factories.enrollment import MemberFactory, invented_nik
from tests.factories.perisai import AgentFactory, UserFactory
from tests.supervision.importing.files import (
    csv_file,
    faults_of,
    member_line,
    members_of,
    never_paid,
    read,
    xlsx_file,
)

pytestmark = pytest.mark.django_db

# What is said in place of something right, the column at fault if it is another one, the code.
FAULTS: Final[list[tuple[dict[str, Any], str, str]]] = [
    ({"nik": ""}, "nik", "required"),
    ({"nik": "351514520685990"}, "nik", "nik_length"),
    ({"nik": "35151452O6859901"}, "nik", "nik_non_digit"),
    ({"nik": "3515143206859901"}, "nik", "nik_day"),
    ({"nik": "3515140113809901"}, "nik", "nik_month"),
    ({"nik": "3515143002809901"}, "nik", "nik_date"),
    ({"nik": "3515140101800000"}, "nik", "nik_serial_zero"),
    ({"nik": "9915140101809901"}, "nik", "nik_unknown_province"),
    ({"nama": "Siti123"}, "nama", "name_invalid"),
    ({"nama": ""}, "nama", "required"),
    ({"tanggal_lahir": "1980-02-30"}, "tanggal_lahir", "date_invalid"),
    ({"tanggal_lahir": "01.13.1980"}, "tanggal_lahir", "date_invalid"),
    ({"tanggal_lahir": "2030-01-01"}, "tanggal_lahir", "date_in_future"),
    ({"jenis_kelamin": "X"}, "jenis_kelamin", "choice_unknown"),
    ({"kode_desa": "351514200"}, "kode_desa", "village_unknown"),
    ({"nomor_agen": "PRS-0000-0000"}, "nomor_agen", "agent_unknown"),
    ({"tanggal_daftar": "besok"}, "tanggal_daftar", "date_invalid"),
    (
        {"tanggal_daftar": "2026-12-01", "lunas_sampai": "", "mulai_masa": "", "bulan_binaan": ""},
        "tanggal_daftar",
        "date_in_future",
    ),
    ({"lunas_sampai": "", "bulan_binaan": ""}, "mulai_masa", "episode_without_cover"),
    ({"kpj": "123"}, "kpj", "digits_invalid"),
    ({"kpj": provisional_kpj(FIRST_IN_SEQUENCE + 7)}, "kpj", "kpj_reserved"),
    ({"nomor_kk": "12"}, "nomor_kk", "digits_invalid"),
    ({"rt": "1234"}, "rt", "digits_invalid"),
    ({"kode_pos": "6125"}, "kode_pos", "digits_invalid"),
    ({"nomor_hp": "021-5550000"}, "nomor_hp", "phone_invalid"),
    ({"pemilik_hp": "paman"}, "pemilik_hp", "choice_unknown"),
    ({"surel": "budi"}, "surel", "email_invalid"),
    ({"pekerjaan": "XXX99"}, "pekerjaan", "occupation_unknown"),
    ({"pekerjaan_tambahan": "DES01"}, "pekerjaan_tambahan", "occupation_twice"),
    ({"penghasilan": "-5"}, "penghasilan", "number_invalid"),
    ({"program": "JKK"}, "program", "jkk_jkm_required"),
    ({"program": "JKK+JKM+JP"}, "program", "programme_unknown"),
    ({"pemberi_kerja": "ya"}, "program", "jht_required"),
    ({"pemberi_kerja": "mungkin"}, "pemberi_kerja", "choice_unknown"),
    ({"lunas_sampai": "2026-13"}, "lunas_sampai", "month_invalid"),
    ({"lunas_sampai": "2027-12"}, "lunas_sampai", "paid_too_far_ahead"),
    ({"lunas_sampai": "2025-02", "mulai_masa": ""}, "lunas_sampai", "paid_before_registration"),
    ({"masa_ke": "0"}, "masa_ke", "episode_out_of_order"),
    ({"mulai_masa": "2026-11-02", "lunas_sampai": "2026-10"}, "mulai_masa", "episode_out_of_order"),
    ({"bulan_binaan": "dua"}, "bulan_binaan", "number_invalid"),
    ({"tanggal_tutup": "2026-01-31"}, "alasan_tutup", "closed_without_reason"),
    ({"alasan_tutup": "mundur"}, "tanggal_tutup", "closed_without_reason"),
    (
        {"tanggal_tutup": "2027-01-31", "alasan_tutup": "mundur"},
        "tanggal_tutup",
        "date_in_future",
    ),
    (
        {"tanggal_tutup": "2025-01-31", "alasan_tutup": "mundur"},
        "tanggal_tutup",
        "closed_before_registration",
    ),
    ({"alamat": "x" * 201}, "alamat", "text_invalid"),
    ({"alamat": "Dusun\u202eContoh"}, "alamat", "text_invalid"),
]


def test_file_with_faults_on_known_lines_reports_exactly_those(
    agent: Agent, importer: User
) -> None:
    """Two thousand lines in random order, each fault on a line of its own."""
    draw = random.Random(20_261_120)  # noqa: S311  it only mixes lines
    places = draw.sample(range(2_000), len(FAULTS))
    lines = [member_line(agent, number) for number in range(1, 2_001)]
    for place, (said, _column, _code) in zip(places, FAULTS, strict=True):
        lines[place] |= said
    wanted = {
        (place + 2, column, code)
        for place, (_said, column, code) in zip(places, FAULTS, strict=True)
    }

    run = read(members_of(importer), csv_file(lines))

    assert set(faults_of(run)) == wanted
    assert (run.rows, run.fault_count) == (2_000, len(FAULTS))
    assert run.state is ImportState.FAULTY
    assert StagedRow.objects.filter(run=run).count() == 2_000 - len(FAULTS)
    assert Member.objects.count() == 0


@pytest.mark.parametrize(
    ("born_on", "code"),
    [("2007-03-11", "too_young_at_registration"), ("1960-03-10", "too_old_at_registration")],
)
def test_age_is_asked_of_who_never_paid(
    born_on: str, code: str, agent: Agent, importer: User
) -> None:
    """R21: on the day of registration; who paid already is a member, whatever her age."""
    lines = [
        never_paid(agent, 1, tanggal_lahir=born_on),
        member_line(agent, 2, tanggal_lahir=born_on),
    ]

    run = read(members_of(importer), csv_file(lines))

    assert faults_of(run) == [(2, "tanggal_lahir", code)]


def test_numbers_that_somebody_has_are_faults(agent: Agent, importer: User) -> None:
    """R10, R23: also equal to a provisional number; the later of two lines is at fault."""
    MemberFactory.create(number=3)
    MemberFactory.create(number=77, kpj="24000000003")
    lines = [
        member_line(agent, 1, kpj="24000000001"),
        member_line(agent, 1),
        member_line(agent, 3),
        member_line(agent, 4, kpj="24000000001"),
        member_line(agent, 5, kpj="24000000003"),
    ]

    run = read(members_of(importer), csv_file(lines))

    assert faults_of(run) == [
        (3, "nik", "nik_twice"),
        (4, "nik", "nik_known"),
        (5, "kpj", "kpj_twice"),
        (6, "kpj", "kpj_known"),
    ]


def test_supervisor_brings_members_of_his_own_branch_alone(agent: Agent) -> None:
    foreign = AgentFactory.create()
    supervisor = UserFactory.create(role="supervisor", branch=agent.office.branch)

    run = read(members_of(supervisor), csv_file([member_line(agent, 1), member_line(foreign, 2)]))

    assert faults_of(run) == [(3, "nomor_agen", "agent_unknown")]


def test_number_that_a_sheet_has_rounded_is_a_fault(agent: Agent, importer: User) -> None:
    line = member_line(agent) | {"nik": int(invented_nik(1))}

    run = read(members_of(importer), xlsx_file([line]))

    assert faults_of(run) == [(2, "nik", "number_cell")]


def test_line_with_too_few_or_too_many_cells_is_a_fault(agent: Agent, importer: User) -> None:
    file = csv_file([member_line(agent, 1), member_line(agent, 2), member_line(agent, 3)])
    heading, *lines = file.getvalue().decode().splitlines()
    lines[0] = lines[0].rpartition(",")[0]
    lines[1] += ",,,"  # as some programs save it
    lines[2] += ",x"
    file = type(file)("\n".join([heading, *lines]).encode())

    run = read(members_of(importer), file)

    assert faults_of(run) == [(2, "", "cells_count"), (4, "", "cells_count")]


def test_every_fault_has_words() -> None:
    codes = {code for _said, _column, code in FAULTS}

    assert codes <= WORDS.keys()
    assert all(str(words) for words in WORDS.values())
