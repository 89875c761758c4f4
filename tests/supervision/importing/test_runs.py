"""Runs: a killed one goes on, the same file changes nothing, nobody sees half of anything."""

import io
from typing import IO

import pytest
from django.db import IntegrityError, transaction

from enrollment.models import Member
from perisai.models import Agent, ImportKind, ImportRun, ImportState, Role, StagedRow, User
from supervision.errors import (
    ImportBusy,
    ImportNeedsSecondPerson,
    ImportNotAllowed,
    ImportNotFound,
    ImportNotReady,
    ImportStale,
)
from supervision.services.importing import judging
from supervision.services.importing.loading import load_run
from supervision.services.importing.reading import Reading, read_file
from supervision.services.importing.runs import (
    ImportOrder,
    begin_run,
    confirm_run,
    discard_run,
    facts_of,
)
from tests.factories.perisai import AgentFactory, UserFactory
from tests.statements import run_sql
from tests.supervision.importing.files import (
    AS_OF,
    csv_file,
    faults_of,
    member_line,
    members_of,
    never_paid,
    read,
)

pytestmark = pytest.mark.django_db


class Killed(RuntimeError):
    """Stands for a process that died."""


class BreakingFile(io.BytesIO):
    """A file that kills its reader once so many bytes were read."""

    breaks_at = 10**9

    def __next__(self) -> bytes:
        if self.tell() >= self.breaks_at:
            raise Killed
        return super().__next__()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten lines a chunk."""
    monkeypatch.setattr(judging, "LINES_PER_CHUNK", 10)


def go_on(run: ImportRun, file: IO[bytes]) -> ImportRun:
    return read_file(run, file, as_of=AS_OF, how=Reading())


@pytest.mark.usefixtures("small_chunks")
def test_reading_that_was_killed_goes_on_behind_its_mark(agent: Agent, importer: User) -> None:
    lines = [never_paid(agent, number) for number in range(1, 301)]
    lines[4]["nama"] = lines[250]["nama"] = ""
    content = csv_file(lines).getvalue()
    file = BreakingFile(content)
    run, _is_new = begin_run(members_of(importer), facts_of(file))
    file.breaks_at = 30_000
    with pytest.raises(Killed):
        go_on(run, file)
    read_before = run.chunks.count()
    assert 0 < read_before < 30
    assert Member.objects.count() == 0

    again, is_new = begin_run(members_of(importer), facts_of(io.BytesIO(content)))
    done = go_on(again, io.BytesIO(content))

    assert (again.pk, is_new) == (run.pk, False)
    assert (done.rows, faults_of(done)) == (
        300,
        [(6, "nama", "required"), (252, "nama", "required")],
    )
    assert StagedRow.objects.filter(run=run).count() == 298
    assert run.chunks.count() == 30


@pytest.mark.usefixtures("small_chunks")
def test_second_reader_of_the_same_run_is_told_to_wait(agent: Agent, importer: User) -> None:
    content = csv_file([never_paid(agent, number) for number in range(1, 31)]).getvalue()
    run, _is_new = begin_run(members_of(importer), facts_of(io.BytesIO(content)))

    def other_reads_meanwhile(lines: int, faults: int) -> None:
        if lines == 10:
            go_on(run, io.BytesIO(content))

    with pytest.raises(ImportBusy):
        read_file(run, io.BytesIO(content), as_of=AS_OF, how=Reading(say=other_reads_meanwhile))

    run.refresh_from_db()
    assert (run.state, run.rows) == (ImportState.READY, 30)
    assert StagedRow.objects.filter(run=run).count() == 30


def test_two_processes_come_to_the_same_rows_as_one(agent: Agent, importer: User) -> None:
    lines = [never_paid(agent, number) for number in range(1, 2_501)]
    lines[1_700]["rt"] = "x"

    run = read(members_of(importer), csv_file(lines), processes=2)

    assert (run.rows, faults_of(run)) == (2_500, [(1_702, "rt", "digits_invalid")])
    staged = StagedRow.objects.filter(run=run).order_by("id").values_list("line", flat=True)
    assert list(staged) == [line for line in range(2, 2_502) if line != 1_702]


def test_same_file_again_is_the_same_run_and_changes_nothing(agent: Agent, importer: User) -> None:
    lines = [never_paid(agent, 1), never_paid(agent, 2)]
    run = read(members_of(importer), csv_file(lines))
    load_run(run.pk, by=importer)

    again, is_new = begin_run(members_of(importer), facts_of(csv_file(lines)))

    assert (again.pk, is_new, again.state) == (run.pk, False, ImportState.LOADED)
    assert load_run(again.pk, by=importer).rows == 0
    assert (Member.objects.count(), ImportRun.objects.count()) == (2, 1)


def test_faulty_run_is_read_anew_once_the_rest_may_be_mended(agent: Agent, importer: User) -> None:
    lines = [never_paid(agent), never_paid(agent, 2, nomor_agen="PRS-9999-0001")]
    first = read(members_of(importer), csv_file(lines))
    assert faults_of(first) == [(3, "nomor_agen", "agent_unknown")]
    AgentFactory.create(number="PRS-9999-0001")

    second = read(members_of(importer), csv_file(lines))

    first.refresh_from_db()
    assert (first.state, second.state) == (ImportState.DISCARDED, ImportState.READY)
    assert StagedRow.objects.filter(run=first).count() == 0


def test_rows_of_a_key_that_is_active_no_more_are_not_loaded(agent: Agent, importer: User) -> None:
    run = read(members_of(importer), csv_file([never_paid(agent)]))
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql("ALTER TABLE perisai_importrun DISABLE TRIGGER USER")
    ImportRun.objects.filter(pk=run.pk).update(field_key=9)
    run_sql("ALTER TABLE perisai_importrun ENABLE TRIGGER USER")

    with pytest.raises(ImportStale):
        load_run(run.pk, by=importer)

    assert Member.objects.count() == 0


def test_row_that_does_not_fit_leaves_nothing_of_the_file(agent: Agent, importer: User) -> None:
    run = read(members_of(importer), csv_file([never_paid(agent, 1), never_paid(agent, 2)]))
    broken = StagedRow.objects.get(run=run, line=3)
    broken.columns["sex"] = "unsaid"
    broken.save(update_fields=["columns"])

    with pytest.raises(ImportStale):
        load_run(run.pk, by=importer)

    assert Member.objects.count() == 0


def test_supervisor_sees_and_loads_the_runs_of_his_branch_alone(agent: Agent) -> None:
    his = UserFactory.create(role=Role.SUPERVISOR, branch=agent.office.branch)
    foreign = UserFactory.create(role=Role.SUPERVISOR)
    run = read(members_of(his), csv_file([never_paid(agent)]))

    for act in (load_run, confirm_run, discard_run):
        with pytest.raises(ImportNotFound):
            act(run.pk, by=foreign)

    assert list(ImportRun.objects.visible_to(foreign)) == []
    assert load_run(run.pk, by=his).rows == 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE, Role.AGENT, Role.POST_AGENT])
def test_other_roles_bring_nothing_in(role: Role, agent: Agent, importer: User) -> None:
    other = UserFactory.create(role=role)
    run = read(members_of(importer), csv_file([member_line(agent)]))

    with pytest.raises(ImportNotAllowed):
        begin_run(members_of(other), facts_of(csv_file([never_paid(agent, 2)])))
    for act in (load_run, confirm_run, discard_run):
        with pytest.raises((ImportNotAllowed, ImportNotFound)):
            act(run.pk, by=other)

    run.refresh_from_db()
    assert (run.state, run.confirmed_by) == (ImportState.READY, None)


def test_members_without_a_basis_are_not_brought_in(agent: Agent, importer: User) -> None:
    """R36."""
    order = ImportOrder(kind=ImportKind.MEMBERS, by=importer)

    with pytest.raises(ImportNotAllowed):
        begin_run(order, facts_of(csv_file([never_paid(agent)])))

    assert ImportRun.objects.count() == 0


def test_four_eyes_are_the_databases_matter(agent: Agent, importer: User, second: User) -> None:
    run = read(members_of(importer), csv_file([member_line(agent)]))
    paid, own = "import_run_cover_needs_a_second_person", "import_run_confirmed_by_another"
    now = run.read_at

    with pytest.raises(IntegrityError, match=paid), transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(loaded_at=now)
    with pytest.raises(IntegrityError, match=own), transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(confirmed_by=importer, confirmed_at=now)
    with pytest.raises(ImportNeedsSecondPerson):
        confirm_run(run.pk, by=importer)

    assert confirm_run(run.pk, by=second).confirmed_by == second
    assert (
        confirm_run(run.pk, by=second).confirmed_at == confirm_run(run.pk, by=second).confirmed_at
    )


def test_facts_of_a_run_are_set_once(agent: Agent, importer: User) -> None:
    run = read(members_of(importer), csv_file([never_paid(agent)]))

    for change in (
        "UPDATE perisai_importrun SET rows = 7",
        "UPDATE perisai_importrun SET sha256 = 'x'",
        "UPDATE perisai_importrun SET read_at = NULL, rows = NULL, fault_count = NULL",
    ):
        with pytest.raises(IntegrityError, match="is a fact"), transaction.atomic():
            run_sql(change)

    run.refresh_from_db()
    assert run.rows == 1


def test_discarded_run_leaves_no_waiting_row_and_is_not_loaded(
    agent: Agent, importer: User
) -> None:
    run = read(members_of(importer), csv_file([never_paid(agent)]))

    assert discard_run(run.pk, by=importer).state is ImportState.DISCARDED

    assert StagedRow.objects.count() == 0
    assert discard_run(run.pk, by=importer).state is ImportState.DISCARDED
    with pytest.raises(ImportNotReady):
        load_run(run.pk, by=importer)
    with pytest.raises(ImportNotReady):
        confirm_run(run.pk, by=UserFactory.create())


def test_loaded_run_is_not_thrown_away(agent: Agent, importer: User) -> None:
    run = read(members_of(importer), csv_file([never_paid(agent)]))
    load_run(run.pk, by=importer)

    with pytest.raises(ImportNotReady):
        discard_run(run.pk, by=importer)

    assert Member.objects.count() == 1


@pytest.mark.parametrize("has_left", [True, False])
def test_agent_who_left_or_moved_meanwhile_makes_the_run_stale(
    has_left: bool,  # noqa: FBT001  a case of two
    agent: Agent,
    importer: User,
) -> None:
    run = read(members_of(importer), csv_file([never_paid(agent)]))
    if has_left:
        agent.state, agent.ended_on = "ended", AS_OF
        agent.save(update_fields=["state", "ended_on"])
    else:
        agent.office = AgentFactory.create().office
        agent.save(update_fields=["office"])

    with pytest.raises(ImportStale):
        load_run(run.pk, by=importer)

    assert Member.objects.count() == 0
