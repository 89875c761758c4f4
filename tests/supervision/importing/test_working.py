"""Workers: one takes a run up when nobody else does, and goes on where a dead one stopped."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from enrollment.models import Member
from perisai.models import Agent, ImportChunk, ImportRun, ImportState, StagedRow, User
from supervision.services.importing import judging
from supervision.services.importing.loading import load_run
from supervision.services.importing.runs import begin_run, facts_of, order_load
from supervision.services.importing.uploads import take_upload
from supervision.services.importing.working import work_next
from supervision.tasks import discard_imports, work_imports
from sync.models import BookEntry
from tests.factories.perisai import UserFactory
from tests.statements import run_sql
from tests.supervision.importing.files import AS_OF, csv_file, members_of, never_paid, read

pytestmark = pytest.mark.django_db


def uploaded(agent: Agent, by: User, many: int = 2) -> ImportRun:
    file = csv_file([never_paid(agent, number) for number in range(1, many + 1)])
    return take_upload(members_of(by), io.BytesIO(file.getvalue()))[0]


def test_worker_that_died_is_followed_by_another_after_its_silence(
    agent: Agent, importer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "LINES_PER_CHUNK", 10)
    run = uploaded(agent, importer, 30)
    now = timezone.now()
    ImportRun.objects.filter(pk=run.pk).update(claimed_at=now)

    assert not work_next(now=now + timedelta(seconds=119), as_of=AS_OF)
    assert ImportChunk.objects.count() == 0
    assert work_next(now=now + timedelta(seconds=121), as_of=AS_OF)

    run.refresh_from_db()
    assert (run.state, StagedRow.objects.count()) == (ImportState.READY, 30)


def test_worker_that_is_heard_of_is_left_alone(agent: Agent, importer: User) -> None:
    run = uploaded(agent, importer)
    ImportChunk.objects.create(run=run, last_line=1, rows=0, faults=0)

    assert not work_next(now=timezone.now(), as_of=AS_OF)
    assert work_next(now=timezone.now() + timedelta(minutes=3), as_of=AS_OF)


def test_phones_that_were_not_told_are_told_by_the_next_worker(
    agent: Agent, importer: User
) -> None:
    run = read(members_of(importer), csv_file([never_paid(agent)]))
    load_run(run.pk, by=importer)
    run.refresh_from_db()
    assert run.told_at is not None
    told = BookEntry.objects.count()

    assert told == 1
    assert not work_next(now=timezone.now(), as_of=AS_OF)


def test_task_reads_and_loads_what_was_ordered(agent: Agent, importer: User) -> None:
    run = uploaded(agent, importer)

    work_imports()
    order_load(run.pk, by=importer)
    work_imports()

    assert Member.objects.count() == 2


def test_file_that_a_killed_command_began_may_go_on_over_the_web(
    agent: Agent, importer: User
) -> None:
    file = csv_file([never_paid(agent)])
    begun, _is_new = begin_run(members_of(importer), facts_of(file))

    run, is_new = take_upload(members_of(importer), file)
    work_imports()

    run.refresh_from_db()
    assert (run.pk, is_new, run.state) == (begun.pk, False, ImportState.READY)


def test_command_lines_own_runs_are_no_workers_matter(agent: Agent, importer: User) -> None:
    read(members_of(importer), csv_file([never_paid(agent)]))

    assert not work_next(now=timezone.now(), as_of=AS_OF)


def test_what_waited_a_month_for_nobody_is_thrown_away(agent: Agent, importer: User) -> None:
    fresh = uploaded(agent, importer)
    old = read(members_of(UserFactory.create()), csv_file([never_paid(agent, 9)]))
    discard_imports()
    old.refresh_from_db()
    assert old.state is ImportState.READY

    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql("ALTER TABLE perisai_importrun DISABLE TRIGGER USER")
    ImportRun.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    run_sql("ALTER TABLE perisai_importrun ENABLE TRIGGER USER")
    discard_imports()

    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.state, fresh.state) == (ImportState.DISCARDED, ImportState.READING)
    assert StagedRow.objects.count() == 0
