"""The pages of imports: an upload, its report, a second person, the load, in two languages."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrollment.models import Member
from perisai.models import Agent, ImportPiece, ImportRun, ImportState, Role, User
from supervision.services.importing import uploads
from supervision.services.importing.working import work_next
from tests.factories.enrollment import invented_nik
from tests.factories.perisai import UserFactory
from tests.supervision.entering import open_office
from tests.supervision.importing.files import (
    AS_OF,
    csv_file,
    faults_of,
    member_line,
    never_paid,
    xlsx_file,
)

pytestmark = pytest.mark.django_db

UPLOAD = "/admin/perisai/importrun/act/upload/"


def browser(user: User, *, has_stepped_up: bool = True) -> Client:
    """Logged in, with a code proved just now or not."""
    client = Client()
    open_office(client, user, has_stepped_up=has_stepped_up)
    return client


def page_of(run: ImportRun, act: str = "") -> str:
    if act:
        return reverse("admin:perisai_importrun_act", args=[run.pk, act])
    return reverse("admin:perisai_importrun_change", args=[run.pk])


def sent(client: Client, file: io.BytesIO, **said: Any) -> Any:
    """The answer to an upload."""
    body = {"kind": "members", "legal_basis": "contract", "basis_note": "BA 12/2026"} | said
    upload = SimpleUploadedFile("peserta.csv", file.getvalue())
    return client.post(UPLOAD, body | {"file": upload})


def work() -> None:
    """What the worker does until nothing waits."""
    while work_next(now=timezone.now(), as_of=AS_OF):
        pass


def test_two_people_bring_members_in(agent: Agent) -> None:
    first, second = (
        UserFactory.create(role=Role.SUPERVISOR, branch=agent.office.branch) for _ in range(2)
    )

    answer = sent(browser(first), csv_file([member_line(agent, 1), never_paid(agent, 2)]))
    run = ImportRun.objects.get()
    assert (answer.status_code, answer.url) == (302, page_of(run))
    assert run.state is ImportState.READING
    work()
    run.refresh_from_db()
    assert (run.state, run.rows, Member.objects.count()) == (ImportState.READY, 2, 0)

    assert page_of(run, "confirm") not in browser(first).get(page_of(run)).content.decode()
    assert page_of(run, "load") not in browser(first).get(page_of(run)).content.decode()
    assert browser(second).post(page_of(run, "confirm")).status_code == 302
    assert browser(first).post(page_of(run, "load")).status_code == 302
    assert Member.objects.count() == 0
    work()

    run.refresh_from_db()
    assert (run.state, run.confirmed_by, run.ordered_by) == (ImportState.LOADED, second, first)
    assert run.told_at is not None
    assert Member.objects.count() == 2
    assert not work_next(now=timezone.now(), as_of=AS_OF)


def test_who_brought_the_file_cannot_confirm_it(agent: Agent, importer: User) -> None:
    sent(browser(importer), csv_file([member_line(agent)]))
    work()
    run = ImportRun.objects.get()

    browser(importer).post(page_of(run, "confirm"))

    run.refresh_from_db()
    assert run.confirmed_by is None


def test_acts_ask_for_a_fresh_code(agent: Agent, importer: User, second: User) -> None:
    sent(browser(importer), csv_file([member_line(agent)]))
    work()
    run = ImportRun.objects.get()

    answer: Any = browser(second, has_stepped_up=False).post(page_of(run, "confirm"))

    assert answer.url.startswith(reverse("admin:step_up"))

    run.refresh_from_db()
    assert run.confirmed_by is None


def test_report_names_line_and_column_and_no_value(agent: Agent, importer: User) -> None:
    file = csv_file([never_paid(agent, 1, nama="Siti123"), never_paid(agent, 2, rt="abc")])
    sent(browser(importer), file)
    work()
    run = ImportRun.objects.get()

    in_indonesian = browser(importer).get(page_of(run)).content.decode()
    english = browser(importer)
    english.cookies["django_language"] = "en"
    in_english = english.get(page_of(run)).content.decode()

    assert "Nama tidak sah." in in_indonesian
    assert "Not a valid name." in in_english
    for page in (in_indonesian, in_english):
        assert "nama" in page
        assert "Siti123" not in page
        assert invented_nik(1) not in page
    assert run.state is ImportState.FAULTY


def test_uploaded_file_is_stored_encrypted_and_gone_once_read(
    agent: Agent, importer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PIECE", 300)
    sent(browser(importer), csv_file([never_paid(agent, 1), never_paid(agent, 2)]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(content, ''::bytea) FROM perisai_importpiece")
        stored = bytes(cursor.fetchone()[0])

    assert ImportPiece.objects.count() == 3
    assert b"BUDI" not in stored
    assert invented_nik(1).encode() not in stored
    work()

    run = ImportRun.objects.get()
    assert (run.rows, faults_of(run), ImportPiece.objects.count()) == (2, [], 0)


def test_sheet_may_be_uploaded(agent: Agent, importer: User) -> None:
    sent(browser(importer), xlsx_file([never_paid(agent)]))
    work()

    assert ImportRun.objects.get().state is ImportState.READY


@pytest.mark.parametrize(
    ("content", "said", "words"),
    [
        (b"PK\x03\x04damaged", {}, "Berkas XLSX rusak."),
        (b"a,b\n1,2\n", {}, "Ada kolom yang tidak dikenal."),
        (b"\0\0", {}, "Berkas bukan CSV atau XLSX."),
        (b"nik\n", {"legal_basis": ""}, "Dasar hukum diisi untuk peserta saja."),
        (b"nik\n", {"kind": "offices"}, "Dasar hukum diisi untuk peserta saja."),
    ],
)
def test_file_that_is_no_table_is_refused_on_the_form(
    content: bytes, said: dict[str, str], words: str, importer: User
) -> None:
    answer = sent(browser(importer), io.BytesIO(content), **said)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert ImportRun.objects.count() == 0


def test_file_that_breaks_off_later_is_a_faulty_run(agent: Agent, importer: User) -> None:
    file = csv_file([never_paid(agent)])
    broken = io.BytesIO(file.getvalue() + b'\r\n"Caf\xe9')

    sent(browser(importer), broken)
    work()

    run = ImportRun.objects.get()
    assert run.state is ImportState.FAULTY
    assert faults_of(run) == [(0, "", "not_utf8")]
    assert "UTF-8" in browser(importer).get(page_of(run)).content.decode()


def test_upload_that_is_too_large_is_refused(
    importer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supervision.admin.imports.LARGEST_UPLOAD", 100)

    answer = sent(browser(importer), io.BytesIO(b"x" * 101))

    assert "Berkas terlalu besar." in answer.content.decode()
    assert ImportRun.objects.count() == 0


def test_branch_sees_its_own_runs_alone(agent: Agent) -> None:
    his = UserFactory.create(role=Role.SUPERVISOR, branch=agent.office.branch)
    foreign = UserFactory.create(role=Role.SUPERVISOR)
    sent(browser(his), csv_file([never_paid(agent)]))
    run = ImportRun.objects.get()

    assert browser(his).get(page_of(run)).status_code == 200
    assert browser(foreign).get(page_of(run)).status_code == 404
    assert browser(foreign).post(page_of(run, "discard")).status_code == 404
    listed = browser(foreign).get(reverse("admin:perisai_importrun_changelist"))
    assert str(run.pk) not in listed.content.decode()


def test_auditor_reads_and_finance_does_not(agent: Agent, importer: User) -> None:
    sent(browser(importer), csv_file([never_paid(agent)]))
    run = ImportRun.objects.get()

    auditor, finance = (browser(UserFactory.create(role=r)) for r in (Role.AUDITOR, Role.FINANCE))
    assert auditor.get(page_of(run)).status_code == 200
    assert auditor.get(UPLOAD).status_code == 403
    assert finance.get(page_of(run)).status_code in {403, 404}


def test_run_may_be_thrown_away(agent: Agent, importer: User) -> None:
    sent(browser(importer), csv_file([never_paid(agent)]))
    run = ImportRun.objects.get()

    browser(importer).post(page_of(run, "discard"))

    run.refresh_from_db()
    assert (run.state, ImportPiece.objects.count()) == (ImportState.DISCARDED, 0)
    assert not work_next(now=timezone.now(), as_of=AS_OF)
