"""Two beats at once do no harm: each job of the schedule beside itself, and once more later."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import psycopg
import pytest
import time_machine
from django.apps import apps
from django.db import connections
from django.utils import timezone
from pytest_django.fixtures import Settings

from config.celery import app
from perisai.ids import new_id
from perisai.models import ErasedKind, Erasure, ErasureReason
from perisai.services.erasures import ALONE, keep_list, read_list
from tests.architecture.test_tasks import own_tasks
from tests.architecture.tree import APPS
from tests.payments.test_cases_processes import database_url
from tests.supervision.world import TODAY, make_corner

pytestmark = pytest.mark.django_db(transaction=True)
DIARIES = {"payments.MoneyCheckRun", "payments.MoneyCheckResult", "perisai.PurgeRun"}
"""What each run writes of itself, as often as it runs."""

JOBS = sorted(entry["task"] for entry in app.conf.beat_schedule.values())


@pytest.fixture(autouse=True)
def _a_day_with_work(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A branch in the middle of everything; what a job sends is done at once."""
    settings.ERASURE_LIST_FILE = str(tmp_path / "erasures.jsonl")
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    try:
        with time_machine.travel(TODAY, tick=False):
            make_corner()
            yield
    finally:
        app.conf.task_always_eager = app.conf.task_eager_propagates = False


def counts() -> dict[str, int]:
    """Rows by model, but for the diaries."""
    ours = [model for model in apps.get_models() if model._meta.app_label in APPS]
    return {
        model._meta.label: model._base_manager.count()
        for model in ours
        if model._meta.label not in DIARIES
    }


def run(task: str) -> None:
    """As a worker does."""
    own_tasks()[task]()


def run_beside_itself(task: str) -> None:
    """Two workers take the nudges of two beats in the same moment. Raises what one of them does."""
    together = Barrier(2)

    def work(_number: int) -> None:
        try:
            together.wait()
            run(task)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))


@pytest.mark.parametrize("task", JOBS)
def test_a_job_beside_itself_leaves_nothing_to_a_third(task: str) -> None:
    run_beside_itself(task)
    after = counts()

    run(task)

    assert counts() == after


def erase_somebody() -> None:
    """One more line for the list."""
    Erasure.objects.create(
        kind=ErasedKind.MEMBER,
        subject_id=new_id(),
        reason=ErasureReason.RETENTION,
        erased_at=timezone.now() - timedelta(days=1),
    )


def test_one_writes_the_list_of_the_erased_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    erase_somebody()
    url = database_url().replace("postgres://", "postgresql://", 1)
    with psycopg.connect(url) as other:
        other.execute(ALONE.encode())
        assert (keep_list(path), path.exists()) == (0, False)
        other.rollback()

    assert keep_list(path) == 1
    erase_somebody()
    run_beside_itself("perisai.tasks.keep_erasure_list")
    assert len(read_list(path)) == 2


def test_planted_job_that_doubles_is_found() -> None:
    before = counts()
    erase_somebody()
    assert counts() != before
