"""The sweep through a real broker and a real worker process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from config.celery import app
from config.local.lifeline import command_for
from retention.models import FollowUp, SweepRun
from retention.tasks import sweep
from tests.factories.enrollment import MemberFactory

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60
NOTICE_INSERTS = """
    CREATE OR REPLACE FUNCTION tell_of_sweep() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('swept', NEW.regency_code); RETURN NEW; END $$;
    CREATE TRIGGER tell_of_sweep AFTER INSERT ON retention_sweeprun
        FOR EACH ROW EXECUTE FUNCTION tell_of_sweep()
"""
FORGET = "DROP FUNCTION tell_of_sweep() CASCADE"


def database_url() -> str:
    """This test's own database, for another process."""
    given = urlsplit(os.environ["DATABASE_URL"])
    return given._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def worker(*, business_time: str) -> Iterator[subprocess.Popen[str]]:
    """A Celery worker on this test's database and broker, ended warmly."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DEMO_NOW": business_time,
        "PROCESS_ROLE": "worker",
    }
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "sweep", "-c", "2"]
    quiet = ["--without-mingle", "--without-gossip", "--loglevel", "WARNING"]
    process = subprocess.Popen(  # noqa: S603  our own interpreter
        command_for(Path(os.environ["TEST_LOCK"]), "run", [*command, *quiet]),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def wait_for_marks(listener: psycopg.Connection[tuple[object, ...]], wanted: set[str]) -> set[str]:
    """The regencies that the database reports as swept, until all wanted ones are."""
    swept: set[str] = set()
    until = monotonic() + SECONDS
    while swept < wanted and (left := until - monotonic()) > 0:
        for notice in listener.notifies(timeout=left, stop_after=1):
            swept.add(notice.payload)
    return swept


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_sweeps_every_regency_once() -> None:
    owing = {MemberFactory.create(paid_through=date(2026, 8, 1)).pk for _ in range(3)}
    owing.add(MemberFactory.create(paid_through=date(2026, 7, 1), regency_code="8271").pk)
    MemberFactory.create(paid_through=date(2026, 9, 1), regency_code="1671")
    with connection.cursor() as cursor:
        cursor.execute(NOTICE_INSERTS)
    app.control.purge()
    url = urlsplit(database_url())._replace(scheme="postgresql").geturl()
    try:
        with psycopg.connect(url, autocommit=True) as listener:
            listener.execute("LISTEN swept")
            with worker(business_time="2026-10-01T00:10:00+07:00") as process:
                sweep.delay()
                sweep.delay()
                assert wait_for_marks(listener, {"3515", "8271"}) == {"3515", "8271"}
                assert process.poll() is None
    finally:
        with connection.cursor() as cursor:
            cursor.execute(FORGET)

    found = FollowUp.objects.values_list("member_id", "unpaid_since", "opened_on")
    assert {row[0] for row in found} == owing
    assert len(found) == len(owing)
    assert {row[2] for row in found} == {date(2026, 10, 1)}
    runs = SweepRun.objects.order_by("regency_code").values_list("as_of", "regency_code", "rows")
    assert list(runs) == [(date(2026, 10, 1), "3515", 3), (date(2026, 10, 1), "8271", 1)]
