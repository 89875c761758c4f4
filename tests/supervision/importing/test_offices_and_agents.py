"""Existing offices and agents brought in."""

from datetime import date

import pytest

from perisai.models import Agent, AgentState, ImportKind, Office, Role, User
from supervision.services.importing.loading import load_run
from supervision.services.importing.runs import ImportOrder
from tests.factories.perisai import AgentFactory, BranchFactory, OfficeFactory, UserFactory
from tests.supervision.importing.files import Said, csv_file, faults_of, read

pytestmark = pytest.mark.django_db


def office_line(**said: str) -> Said:
    return {
        "kode_kantor": "wadah-1",
        "nama_kantor": "Koperasi Contoh Satu",
        "jenis": "koperasi",
        "kode_cabang": "SDA",
    } | said


def agent_line(**said: str) -> Said:
    return {
        "nomor_agen": "PRS-9000-0001",
        "nama": "Siti Contoh",
        "kode_kantor": "WADAH-1",
        "tanggal_angkat": "01-03-2024",
        "nomor_hp": "0812-0000-0042",
        "kode_desa": "3515142001; 3515142002",
    } | said


def test_offices_come_in_once_each(importer: User) -> None:
    BranchFactory.create(code="SDA")
    OfficeFactory.create(code="LAMA")
    order = ImportOrder(kind=ImportKind.OFFICES, by=importer)
    lines = [
        office_line(),
        office_line(kode_kantor="WADAH-2", jenis="bank"),
        office_line(kode_kantor="WADAH-3", kode_cabang="XXX"),
        office_line(kode_kantor="LAMA"),
        office_line(),
    ]

    faulty = read(order, csv_file(lines, kind="offices"))
    run = read(order, csv_file(lines[:1], kind="offices"))

    assert faults_of(faulty) == [
        (3, "jenis", "choice_unknown"),
        (4, "kode_cabang", "branch_unknown"),
        (5, "kode_kantor", "code_known"),
        (6, "kode_kantor", "code_twice"),
    ]
    assert load_run(run.pk, by=importer).rows == 1
    office = Office.objects.get(code="WADAH-1")
    assert (office.name, office.kind) == ("Koperasi Contoh Satu", "cooperative")
    assert office.branch.code == "SDA"


def test_agents_come_in_with_a_login_that_has_no_password(importer: User) -> None:
    OfficeFactory.create(code="WADAH-1")
    order = ImportOrder(kind=ImportKind.AGENTS, by=importer)

    run = read(order, csv_file([agent_line()], kind="agents"))

    assert faults_of(run) == []
    assert load_run(run.pk, by=importer).rows == 1
    agent = Agent.objects.get()
    assert (agent.number, agent.name, agent.phone) == (
        "PRS-9000-0001",
        "Siti Contoh",
        "+6281200000042",
    )
    assert (agent.state, agent.appointed_on) == (AgentState.ACTIVE, date(2024, 3, 1))
    assert agent.village_codes() == ["3515142001", "3515142002"]
    assert (agent.user.role, agent.user.is_staff) == (Role.AGENT, False)
    assert not agent.user.has_usable_password()


def test_faults_of_agents(importer: User) -> None:
    OfficeFactory.create(code="WADAH-1")
    known = AgentFactory.create(number="PRS-9000-0009")
    lines = [
        agent_line(),
        agent_line(nomor_agen=known.number, nomor_hp=""),
        agent_line(nomor_agen="PRS-9000-0003"),
        agent_line(nomor_hp=""),
        agent_line(nomor_agen="PRS-9000-0005", kode_kantor="WADAH-9", nomor_hp=""),
        agent_line(nomor_agen="PRS-9000-0006", kode_desa="3515142001 1", nomor_hp=""),
        agent_line(nomor_agen="PRS-9000-0007", tanggal_angkat="2026-12-24", nomor_hp="0"),
    ]

    run = read(ImportOrder(kind=ImportKind.AGENTS, by=importer), csv_file(lines, kind="agents"))

    assert faults_of(run) == [
        (3, "nomor_agen", "number_known"),
        (4, "nomor_hp", "phone_twice"),
        (5, "nomor_agen", "number_twice"),
        (6, "kode_kantor", "office_unknown"),
        (7, "kode_desa", "village_unknown"),
        (8, "nomor_hp", "phone_invalid"),
        (8, "tanggal_angkat", "date_in_future"),
    ]


def test_supervisor_brings_offices_and_agents_of_his_branch_alone() -> None:
    own, foreign = OfficeFactory.create(code="WADAH-1"), OfficeFactory.create(code="WADAH-2")
    his = UserFactory.create(role=Role.SUPERVISOR, branch=own.branch)
    agents = [agent_line(), agent_line(nomor_agen="PRS-2", kode_kantor="WADAH-2", nomor_hp="")]
    offices = [office_line(kode_kantor="W", kode_cabang=foreign.branch.code)]

    of_agents = read(ImportOrder(kind=ImportKind.AGENTS, by=his), csv_file(agents, kind="agents"))
    of_offices = read(
        ImportOrder(kind=ImportKind.OFFICES, by=his), csv_file(offices, kind="offices")
    )

    assert faults_of(of_agents) == [(3, "kode_kantor", "office_unknown")]
    assert faults_of(of_offices) == [(2, "kode_cabang", "branch_unknown")]
