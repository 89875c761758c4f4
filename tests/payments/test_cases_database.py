"""Faults of PostgreSQL under a web process: restarted during COMMIT, down, out of disk."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from enrollment.models import Member
from payments.models import CoverMonth, IdempotencyKey, JournalEntry, Payment
from payments.services.checks import run_checks
from perisai.services.tokens import issue_terminal_token
from sync.models import Outbox
from tests.factories.payments import PostAgentFactory, bill_for, cared_for_member
from tests.payments.counters import TERMINAL, new_key, notice
from tests.payments.own_database import OwnDatabase, own_database
from tests.payments.website import Website, eventually, waits, website
from tests.sync.phones import op
from tests.sync.test_faults_of_processes import Sender, prospect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are found in /proc"),
]

BACK_WITHIN = 10.0
FEW = 20
SLOW_COMMIT = """
    CREATE FUNCTION sleep_in_commit() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(6); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER sleep_in_commit AFTER INSERT ON payments_payment
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sleep_in_commit();
"""
SLOW_EFFECT = """
    CREATE FUNCTION sleep_in_commit() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(4); RETURN NEW; END $$;
    CREATE TRIGGER sleep_in_commit BEFORE INSERT ON enrollment_prospect
        FOR EACH ROW EXECUTE FUNCTION sleep_in_commit();
"""
FAST_COMMIT = "DROP FUNCTION sleep_in_commit() CASCADE"
FILL = "INSERT INTO filler SELECT repeat('x', 2000) FROM generate_series(1, %s)"


@pytest.fixture(scope="module")
def database(django_db_blocker: Any) -> Iterator[OwnDatabase]:
    """A server of this file's own, and models on it."""
    with django_db_blocker.unblock(), own_database() as running:
        yield running


@pytest.fixture(scope="module")
def site(database: OwnDatabase) -> Iterator[Website]:
    """A web process over it."""
    with website(database.url) as running:
        yield running


class Paying:
    """A member, and the right payment of her bill at a counter."""

    def __init__(self, site: Website) -> None:
        self.site = site
        self.member: Member = cared_for_member()
        bill = bill_for(self.member)
        self.body = notice({"bill_code": bill.code, "payable": bill.payable})
        self.token, _ends = issue_terminal_token(PostAgentFactory.create().user, TERMINAL)
        self.key = new_key()

    def pay(self, **changes: Any) -> Any:
        """Send it, always under the same key."""
        return self.site.pay(self.token, self.body | changes, self.key)

    def pay_as_told(self, **changes: Any) -> Any:
        """Send it until the server is back, which the web process finds out within ten seconds."""
        give_up_at = time.monotonic() + BACK_WITHIN
        reply = self.pay(**changes)
        while reply.body.get("retry") == "same_key" and time.monotonic() < give_up_at:
            time.sleep(0.2)
            reply = self.pay(**changes)
        return reply

    def is_booked(self) -> bool:
        """Whether its month is covered."""
        return CoverMonth.objects.filter(member=self.member).exists()

    def assert_booked_once(self) -> None:
        """One payment with one entry, and every claim of check_money."""
        payment = Payment.objects.get(reference=self.body["reference"])
        assert JournalEntry.objects.filter(payment=payment).count() == 1
        assert CoverMonth.objects.filter(member=self.member).count() == 1
        assert [result.code for result in run_checks() if result.breaks] == []


@pytest.fixture
def paying(site: Website) -> Paying:
    """Somebody who pays."""
    return Paying(site)


def assert_nobody_knows(reply: Any) -> None:
    """504, and read the status first."""
    found = (reply.status, reply.code, reply.body["retry"])
    assert found == (504, "outcome_unknown", "ask_status")


def test_p41_restarted_before_its_commit_was_done(database: OwnDatabase, paying: Paying) -> None:
    with database.session() as aside:
        aside.execute(SLOW_COMMIT)
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(paying.pay)
            eventually(lambda: waits(aside, "PgSleep"))
            database.stop()
            assert_nobody_knows(sent.result())
    database.start()
    with database.session() as aside:
        aside.execute(FAST_COMMIT)
    _forget_lost_connection()
    assert not paying.is_booked()

    again = paying.pay_as_told()

    assert again.status == 201
    paying.assert_booked_once()


def test_p41_restarted_after_its_commit_was_done(database: OwnDatabase, paying: Paying) -> None:
    with database.session(superuser=True) as chief, database.session() as aside:
        chief.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        chief.execute("SELECT pg_reload_conf()")
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(paying.pay)
            eventually(lambda: waits(aside, "SyncRep"))
            database.stop()
            assert_nobody_knows(sent.result())
    database.start()
    with database.session(superuser=True) as chief:
        chief.execute("ALTER SYSTEM RESET synchronous_standby_names")
        chief.execute("SELECT pg_reload_conf()")
    _forget_lost_connection()
    assert paying.is_booked()

    again = paying.pay_as_told(advice=True)

    assert (again.status, again.headers["Idempotency-Replayed"]) == (200, "true")
    paying.assert_booked_once()


def test_p42_database_down(database: OwnDatabase, paying: Paying) -> None:
    database.stop()
    try:
        refused = [paying.pay() for _ in range(2)]
    finally:
        database.start()
    _forget_lost_connection()

    for reply in refused:
        assert (reply.status, reply.code, reply.body["retry"]) == (503, "unavailable", "same_key")
        assert reply.headers["Retry-After"] == "5"
        assert reply.seconds < 2
    assert not paying.is_booked()
    assert paying.pay_as_told().status == 201
    paying.assert_booked_once()


def test_p44_disk_full(database: OwnDatabase, site: Website) -> None:
    if database.small_disk is None:
        pytest.skip("no user and mount namespaces here: a small disk cannot be made")
    with database.session(superuser=True) as chief, on_a_small_disk(chief, database.small_disk):
        _fill(chief)
        paying, full = pay_until_full(site)
        is_booked = paying.is_booked()
        keys = IdempotencyKey.objects.filter(key=paying.key).count()
        chief.execute("DROP TABLE filler")
        recovered = paying.pay()

    assert (full.status, full.body["retry"]) == (503, "same_key")
    assert (is_booked, keys) == (False, 0)
    assert recovered.status == 201
    paying.assert_booked_once()


def test_f7_database_restarts_mid_batch(database: OwnDatabase, site: Website) -> None:
    """The second of three operations is amid its transaction: what was done stays, once."""
    phone = Sender(site)
    batch = [op(1), prospect(2), op(3)]
    with database.session() as aside:
        aside.execute(SLOW_EFFECT)
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(phone.send, *batch)
            eventually(lambda: waits(aside, "PgSleep"))
            database.stop()
            cut = sent.result()
    database.start()
    with database.session() as aside:
        aside.execute(FAST_COMMIT)
    _forget_lost_connection()
    assert cut.status in {200, 503}
    assert not cut.body.get("complete")
    assert Outbox.objects.get(device=phone.device).last_seq == 1

    give_up_at = time.monotonic() + BACK_WITHIN
    reply = phone.send(*batch)
    while not reply.body.get("complete") and time.monotonic() < give_up_at:
        time.sleep(0.2)
        reply = phone.send(*batch)

    assert reply.body["ack_seq"] == 3
    phone.assert_once(*batch)


@contextmanager
def on_a_small_disk(chief: Any, disk: Path) -> Iterator[None]:
    """Let the ledger grow there, a new page for every few lines, beside a filler."""
    chief.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
    chief.execute("ALTER TABLE payments_journalline SET (fillfactor = 10)")
    chief.execute("ALTER TABLE payments_journalline SET TABLESPACE small")
    chief.execute("CREATE TABLE filler (line text) TABLESPACE small")
    chief.execute("ALTER TABLE filler ALTER line SET STORAGE PLAIN")
    yield
    chief.execute("ALTER TABLE payments_journalline SET TABLESPACE pg_default")
    chief.execute("DROP TABLESPACE small")


def pay_until_full(site: Website) -> tuple[Paying, Any]:
    """Who pays when the ledger needs one page more, and what she is answered."""
    for _ in range(FEW):
        paying = Paying(site)
        reply = paying.pay()
        if reply.status != 201:
            return paying, reply
    raise AssertionError("the disk is not full")


def _fill(chief: Any) -> None:
    """Take every page of the small disk."""
    rows = 100
    while rows:
        try:
            chief.execute(FILL, [rows])
        except psycopg.errors.DiskFull:
            rows //= 10


def _forget_lost_connection() -> None:
    """This process's own connection ended with the server."""
    connection.close()
