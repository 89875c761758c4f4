"""Faults of the web process and of what stands beside it, over real HTTP."""

import http.client
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
import pytest
from django.db import connection

from enrollment.models import Member
from payments.models import Bill, CoverMonth, IdempotencyKey, JournalEntry, Payment, PostAgent
from payments.services.checks import run_checks
from perisai.ids import new_id
from perisai.models import OutboxMessage
from perisai.services.tokens import issue_terminal_token
from tests.factories.enrollment import EligibleAgentFactory, registration_data
from tests.factories.payments import (
    PostAgentFactory,
    bill_for,
    cared_for_member,
    office_maker,
)
from tests.factories.perisai import PASSWORD
from tests.payments.counters import TERMINAL, new_key, notice
from tests.payments.website import PATIENCE, Reply, Website, eventually, waits, website
from tests.sync.phones import op
from tests.sync.test_faults_of_processes import HEAD, Sender, prospect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are found in /proc"),
]
AT_ONCE = 50
NOWHERE = "redis://127.0.0.1:1/0"


def database_url() -> str:
    """The database of this test, as a web process is told of it."""
    said = connection.settings_dict
    address = f"{said['HOST']}:{said['PORT']}/{said['NAME']}"
    return f"postgres://{said['USER']}:{said['PASSWORD']}@{address}"


@pytest.fixture(scope="module")
def site(django_db_setup: None) -> Iterator[Website]:
    """One web process for the cases of this file."""
    with website(database_url()) as running:
        yield running


@pytest.fixture
def aside() -> Iterator[psycopg.Connection[Any]]:
    """A session that stands beside the web process."""
    url = database_url().replace("postgres://", "postgresql://", 1)
    with psycopg.connect(url, autocommit=True) as session:
        yield session


@contextmanager
def holding(statement: LiteralString, *parameters: object) -> Iterator[None]:
    """Keep the locks of a statement until the block ends."""
    url = database_url().replace("postgres://", "postgresql://", 1)
    with psycopg.connect(url) as session:
        session.execute(statement, parameters)
        yield
        session.rollback()


def token_of(outlet: PostAgent) -> str:
    """A terminal's token."""
    token, _ends = issue_terminal_token(outlet.user, TERMINAL)
    return token


def right(bill: Bill) -> dict[str, Any]:
    """The right payment of a bill."""
    return notice({"bill_code": bill.code, "payable": bill.payable})


# Looked at in COMMIT, when the reference of a cover month to whom it is credited is checked.
LOCK_AGENT: Final = "SELECT 1 FROM perisai_agent WHERE id = %s FOR UPDATE"
LOCK_MEMBER: Final = "SELECT 1 FROM enrollment_member WHERE id = %s FOR NO KEY UPDATE"


def assert_booked_once(member: Member) -> None:
    """One payment, one entry, one month, one message, and every claim of check_money."""
    assert (Payment.objects.count(), JournalEntry.objects.count()) == (1, 1)
    assert (CoverMonth.objects.filter(member=member).count(), OutboxMessage.objects.count()) == (
        *(1, 1),
    )
    assert [result.code for result in run_checks() if result.breaks] == []


def tally(replies: list[Reply]) -> dict[tuple[int, str], int]:
    """How many replies of each kind."""
    return Tally((reply.status, reply.code) for reply in replies)


def at_last(ask: Callable[[], Reply]) -> Reply:
    """The reply of a client that comes again when it was told to."""
    give_up_at = time.monotonic() + PATIENCE
    while (reply := ask()).status == 503 and time.monotonic() < give_up_at:
        time.sleep(int(reply.headers["Retry-After"]))
    return reply


def test_p37_fifty_identical_payments_at_once_over_http(site: Website) -> None:
    member, token, key = cared_for_member(), token_of(PostAgentFactory.create()), new_key()
    body = right(bill_for(member))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(lambda _: site.pay(token, body, key), range(AT_ONCE)))
    busy = [reply for reply in replies if reply.code == "in_progress"]
    replies += [site.pay(token, body, key) for _ in busy]

    done = [reply for reply in replies if reply.status in {200, 201}]
    assert Tally(reply.status for reply in done) == {201: 1, 200: AT_ONCE - 1}
    assert len(done) + len(busy) == len(replies)
    assert {reply.body["id"] for reply in done} == {str(Payment.objects.get().pk)}
    assert IdempotencyKey.objects.filter(operation="pay").count() == 1
    assert_booked_once(member)


def test_p38_fifty_bills_of_one_month_at_once_over_http(site: Website) -> None:
    member, token = cared_for_member(), token_of(PostAgentFactory.create())
    bills = [bill_for(member, maker=office_maker()) for _ in range(AT_ONCE)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(lambda bill: site.pay(token, right(bill), new_key()), bills))

    kinds = tally(replies)
    assert kinds[201, ""] == 1
    assert kinds[409, "already_paid"] + kinds[409, "in_progress"] == AT_ONCE - 1
    assert_booked_once(member)


def test_p70_fifty_terminals_log_in_at_once(site: Website) -> None:
    terminals = [(PostAgentFactory.create(), f"POS-{number:05d}") for number in range(AT_ONCE)]

    def works(terminal: tuple[PostAgent, str]) -> tuple[int, int, str]:
        outlet, name = terminal
        login = {"username": outlet.user.username, "password": PASSWORD, "terminal_id": name}
        reply = at_last(lambda: site.call("POST", "/api/v1/pospay/login", body=login))
        token = reply.body.get("token", "")
        day = at_last(lambda: site.call("GET", "/api/v1/pospay/terminal/day", token=token))
        return reply.status, day.status, day.body.get("terminal_id", "")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        seen = list(pool.map(works, terminals))

    assert seen == [(200, 200, name) for _, name in terminals]


def test_p39_web_process_killed_before_commit(
    site: Website, aside: psycopg.Connection[Any]
) -> None:
    member, token, key = cared_for_member(), token_of(PostAgentFactory.create()), new_key()
    body = right(bill_for(member))

    with ThreadPoolExecutor(1) as pool, holding(LOCK_MEMBER, member.pk):
        paying = pool.submit(site.pay, token, body, key)
        eventually(lambda: waits(aside, "Lock"))
        site.kill_worker()
        with pytest.raises((OSError, http.client.HTTPException)):
            paying.result()
    eventually(lambda: not waits(aside, "Lock"))
    assert Payment.objects.count() == 0
    again = site.pay(token, body, key)

    assert again.status == 201
    assert_booked_once(member)


def test_p40_web_process_killed_after_commit_and_before_the_answer(
    site: Website, aside: psycopg.Connection[Any]
) -> None:
    member, token, key = cared_for_member(), token_of(PostAgentFactory.create()), new_key()
    body = right(bill_for(member))

    with ThreadPoolExecutor(1) as pool:
        with holding(LOCK_AGENT, member.agent_id):
            paying = pool.submit(site.pay, token, body, key)
            eventually(lambda: waits(aside, "Lock"))
            site.freeze_worker()  # COMMIT is with the database, and nobody is there to answer
        eventually(Payment.objects.exists)
        site.kill_worker()
        with pytest.raises((OSError, http.client.HTTPException)):
            paying.result()
    again = site.pay(token, body | {"advice": True}, key)

    assert (again.status, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert_booked_once(member)


@pytest.fixture(scope="module")
def alone(django_db_setup: None) -> Iterator[Website]:
    """A web process without cache and broker."""
    with website(database_url(), CACHE_URL=NOWHERE, REDIS_URL=NOWHERE) as running:
        yield running


def test_p43_cache_broker_and_workers_down(alone: Website) -> None:
    member, token, key = cared_for_member(), token_of(PostAgentFactory.create()), new_key()
    body = right(bill_for(member))

    posted, again = (alone.pay(token, body, key) for _ in range(2))
    asked = [
        alone.call("POST", "/api/v1/pospay/inquiries", token=token, body={"kpj": member.kpj})
        for _ in range(7)
    ]

    assert (posted.status, again.status) == (201, 200)
    assert [reply.status for reply in asked] == [200] * 6 + [429]
    assert OutboxMessage.objects.filter(kind="payment.posted", sent_at=None).count() == 1
    assert_booked_once(member)


def test_f26_broker_down(alone: Website) -> None:
    """Phones send and pull as ever."""
    phone = Sender(alone)
    batch = [prospect(1), op(2)]
    sent, again = phone.send(*batch), phone.send(*batch)
    page = alone.call("GET", "/api/v1/sync/changes", token=phone.token, headers=HEAD)

    for reply, word in ((sent, "applied"), (again, "duplicate")):
        assert [one["result"] for one in reply.body["results"]] == [word] * 2
    assert [change["id"] for change in page.body["changes"]] == [batch[0]["entity_id"]]
    phone.assert_once(*batch)


def test_f26_broker_down_and_what_is_to_be_sent_waits(alone: Website) -> None:
    phone = Sender(alone, EligibleAgentFactory.create())
    member_id = new_id()
    made = op(1, "member.register", entity_id=member_id, data=registration_data(1))
    replies = [phone.send(made) for _ in range(2)]

    assert [reply.body["results"][0]["result"] for reply in replies] == ["applied", "duplicate"]
    assert OutboxMessage.objects.filter(subject_id=member_id, sent_at=None).count() == 1


def test_p45_member_locked_for_too_long_and_the_advice_is_final(
    site: Website, aside: psycopg.Connection[Any]
) -> None:
    member, token, key = cared_for_member(), token_of(PostAgentFactory.create()), new_key()
    body = right(bill_for(member))

    with holding(LOCK_MEMBER, member.pk):
        busy = site.pay(token, body, key)
    assert (busy.status, busy.code, busy.body["retry"]) == (409, "in_progress", "same_key")
    assert busy.headers["Retry-After"] == "3"
    assert busy.seconds >= 3
    assert not IdempotencyKey.objects.filter(operation="pay").exists()
    advice = [site.pay(token, body | {"advice": True}, key) for _ in range(2)]

    assert [reply.status for reply in advice] == [201, 200]
    assert advice[0].body == advice[1].body
    assert_booked_once(member)
