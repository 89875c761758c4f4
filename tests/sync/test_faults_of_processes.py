"""Faults of a real web process while phones send: killed, raced, without what stands beside it."""

import http.client
import socket
import time
from collections import Counter as Tally
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
import pytest
from django.db import connection

from enrollment.models import Prospect, ProspectContact
from perisai.ids import new_id
from perisai.models import Agent, Device
from perisai.services.tokens import issue_device_token
from sync.models import Book, Operation, Outbox
from sync.services.book import open_book
from tests.factories.perisai import AgentFactory, DeviceFactory
from tests.payments.website import THREADS, Reply, Website, eventually, waits, website
from tests.proof import heard
from tests.sync.phones import Body, op

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are found in /proc"),
]
URL: Final = "/api/v1/sync"
AT_ONCE: Final = 50
BODY_SECONDS: Final = 2
HEAD: Final = {"X-App-Version": "1.4.0", "X-Schema": "1"}


def database_url(scheme: str = "postgres") -> str:
    """The database of this test, as a web process is told of it."""
    said = connection.settings_dict
    address = f"{said['HOST']}:{said['PORT']}/{said['NAME']}"
    return f"{scheme}://{said['USER']}:{said['PASSWORD']}@{address}"


@pytest.fixture(scope="module")
def site(django_db_setup: None) -> Iterator[Website]:
    """One web process for the faults of this file."""
    with website(database_url(), WEB_BODY_SECONDS=str(BODY_SECONDS)) as running:
        yield running


@pytest.fixture
def aside() -> Iterator[psycopg.Connection[Any]]:
    """A session that stands beside the web process."""
    with psycopg.connect(database_url("postgresql"), autocommit=True) as session:
        yield session


@contextmanager
def holding(statement: LiteralString, *parameters: object) -> Iterator[None]:
    """Keep the locks of a statement until the block ends."""
    with psycopg.connect(database_url("postgresql")) as session:
        session.execute(statement, parameters)
        yield
        session.rollback()


class Sender:
    """A phone over real HTTP: a device with its token, and an open book."""

    def __init__(self, site: Website, agent: Agent | None = None) -> None:
        self.site = site
        self.device: Device = DeviceFactory.create(agent=agent or AgentFactory.create())
        self.token, _ends = issue_device_token(self.device)
        open_book(self.device.agent_id)

    def send(self, *ops: Body) -> Reply:
        """One batch, from the first of these places on."""
        body = {"first_seq": ops[0]["seq"], "ops": list(ops)}
        reply = self.site.call("POST", URL, token=self.token, body=body, headers=HEAD)
        heard(reply.body.get("results", []))
        return reply

    def assert_once(self, *ops: Body) -> None:
        """Every operation is stored in its place, and had its effect once, in this book alone."""
        rows = Operation.objects.filter(device=self.device).order_by("seq")
        stored = [(seq, str(op_id), word) for seq, op_id, word in rows.values_list(*PLACE)]
        assert stored == [(one["seq"], one["op_id"], "applied") for one in ops]
        assert Outbox.objects.get(device=self.device).last_seq == len(ops)
        prospects = [one for one in ops if one["kind"] == "prospect.record"]
        mine = Prospect.objects.filter(agent=self.device.agent_id)
        assert {str(pk) for pk in mine.values_list("pk", flat=True)} == {
            one["entity_id"] for one in prospects
        }
        assert ProspectContact.objects.filter(prospect__in=mine).count() == len(prospects)
        assert Book.objects.get(agent=self.device.agent_id).version == len(prospects)


PLACE: Final = ("seq", "op_id", "result")


def prospect(seq: int) -> Body:
    """Somebody who may become a member."""
    data = {
        "name": "Bu Warung",
        "village_code": "3515142001",
        "ecosystem": "pasar",
        "occupation": "DES01",
        "outcome": "interested",
    }
    return op(seq, "prospect.record", entity_id=new_id(), data=data)


def words(reply: Reply) -> list[str]:
    return [one["result"] for one in reply.body["results"]]


def test_f4_fifty_parallel_sends_of_one_batch(site: Website) -> None:
    sender = Sender(site)
    batch = [prospect(seq) for seq in range(1, 4)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(lambda _: sender.send(*batch), range(AT_ONCE)))

    assert Tally((reply.status, reply.body["ack_seq"]) for reply in replies) == {(200, 3): AT_ONCE}
    for place in range(3):
        said = Tally(reply.body["results"][place]["result"] for reply in replies)
        assert said == {"applied": 1, "duplicate": AT_ONCE - 1}
    sender.assert_once(*batch)


LOCK_OUTBOX: Final = "SELECT 1 FROM sync_outbox WHERE device_id = %s FOR UPDATE"
LOCK_INBOX: Final = "LOCK TABLE sync_operation IN SHARE MODE"
LOCK_RECORDS: Final = "LOCK TABLE enrollment_prospect IN SHARE MODE"
LOCK_BOOK: Final = "SELECT 1 FROM sync_book WHERE agent_id = %s FOR UPDATE"


@pytest.mark.parametrize("point", ["contact", "row", "effect", "raise", "after the first commit"])
def test_f6_killed_at_every_point(
    site: Website, aside: psycopg.Connection[Any], point: str
) -> None:
    sender = Sender(site)
    first, second, third = op(1), prospect(2), prospect(3)
    assert sender.send(first).status == 200
    batch = [second, third]
    lock: tuple[Any, ...] = {
        "contact": (LOCK_OUTBOX, sender.device.pk),
        "row": (LOCK_INBOX,),
        "effect": (LOCK_RECORDS,),
        "raise": (LOCK_BOOK, sender.device.agent_id),
        "after the first commit": (LOCK_RECORDS,),
    }[point]
    if point == "after the first commit":
        second = op(2)
        batch = [second, third]

    with ThreadPoolExecutor(1) as pool, holding(*lock):
        sending = pool.submit(sender.send, *batch)
        eventually(lambda: waits(aside, "Lock"))
        site.kill_worker()
        with pytest.raises((OSError, http.client.HTTPException)):
            sending.result()
    eventually(lambda: not waits(aside, "Lock"))
    kept = 2 if point == "after the first commit" else 1
    assert Outbox.objects.get(device=sender.device).last_seq == kept

    again = sender.send(*batch)

    assert words(again) == ["duplicate" if kept == 2 else "applied", "applied"]
    assert (again.body["ack_seq"], again.body["complete"]) == (3, True)
    sender.assert_once(first, second, third)


def deadlocks(aside: psycopg.Connection[Any]) -> int:
    """How many this database has had to end."""
    found = aside.execute(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone()
    assert found is not None
    return int(found[0])


def test_f8_deadlock_injected(site: Website, aside: psycopg.Connection[Any]) -> None:
    """A session that has the book waits for the outbox, whose push waits for the book.

    The push waits longer, so PostgreSQL ends that one; it runs once more at once.
    """
    sender, had = Sender(site), deadlocks(aside)
    batch = [prospect(1), op(2)]
    with psycopg.connect(database_url("postgresql")) as crossing, ThreadPoolExecutor(1) as pool:
        crossing.execute(LOCK_BOOK, [sender.device.agent_id])
        sending = pool.submit(sender.send, *batch)
        eventually(lambda: waits(aside, "Lock"))
        crossing.execute(LOCK_OUTBOX, [sender.device.pk])
        crossing.rollback()
        reply = sending.result()

    assert words(reply) == ["applied", "applied"]
    eventually(lambda: deadlocks(aside) == had + 1)
    sender.assert_once(*batch)


def test_f5_an_operation_that_kills_its_worker_is_parked_in_the_end(
    site: Website, aside: psycopg.Connection[Any]
) -> None:
    """Whatever kills it: three processes died at the same place, the fourth does not run it."""
    sender = Sender(site)
    poison, behind = prospect(1), op(2)
    for _ in range(3):
        with ThreadPoolExecutor(1) as pool, holding(LOCK_RECORDS):
            sending = pool.submit(sender.send, poison, behind)
            eventually(lambda: waits(aside, "Lock"))
            site.kill_worker()
            with pytest.raises((OSError, http.client.HTTPException)):
                sending.result()
        eventually(lambda: not waits(aside, "Lock"))

    reply = sender.send(poison, behind)

    assert [(one["result"], one.get("code", "")) for one in reply.body["results"]] == [
        ("blocked", "parked"),
        ("applied", ""),
    ]
    assert Prospect.objects.count() == 0


IN_TRANSACTION: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'web' AND xact_start < clock_timestamp() - interval '0.5 seconds'
"""  # a single statement is a transaction too, and soon over
LINES: Final = THREADS + 4
MOST_SECONDS: Final = BODY_SECONDS * 2 + 10


def test_f34_slow_client_50_bytes_a_second(site: Website, aside: psycopg.Connection[Any]) -> None:
    """More slow phones than threads: no transaction is open for them, and others are answered.

    Each line goes on with fifty bytes a second for as long as somebody takes them: a limit on
    silence alone would never end it. In production the proxy takes in the whole body first; this
    holds without one.
    """
    sender = Sender(site)
    assert words(sender.send(op(1))) == ["applied"]
    began = time.monotonic()
    with ThreadPoolExecutor(LINES + 1) as pool:
        trickles = [pool.submit(_trickle, site, sender.token) for _ in range(LINES)]
        other = pool.submit(sender.send, op(2))
        most_held = 0
        while not all(trickle.done() for trickle in trickles):
            most_held = max(most_held, _held(aside))
            time.sleep(0.05)

    assert words(other.result()) == ["applied"]
    assert time.monotonic() - began < MOST_SECONDS
    assert most_held == 0
    cut = [trickle.result() for trickle in trickles]
    assert all(b" 400 " in answer.partition(b"\r\n")[0] for answer in cut)
    proxy = (Path(__file__).parents[2] / "deploy" / "Caddyfile").read_text("utf-8")
    assert "request_buffers 2MiB" in proxy

    with ThreadPoolExecutor(1) as pool, holding(LOCK_OUTBOX, sender.device.pk):  # the control
        sending = pool.submit(sender.send, op(3))
        eventually(lambda: _held(aside) == 1)
    assert words(sending.result()) == ["applied"]


def _held(aside: psycopg.Connection[Any]) -> int:
    """How many transactions of the web process have lasted."""
    found = aside.execute(IN_TRANSACTION).fetchone()
    assert found is not None
    return int(found[0])


def _trickle(site: Website, token: str) -> bytes:
    """Send a body of 20,000 bytes, fifty a second, until the other side has had enough."""
    give_up_at = time.monotonic() + MOST_SECONDS
    with closing(_opened(site, token)) as line:
        line.sendall(b'{"first_seq": 1, "ops": [' + b" " * 25)
        line.settimeout(1)
        while time.monotonic() < give_up_at:
            try:
                return line.recv(65_536)
            except TimeoutError:
                line.sendall(b" " * 50)  # one second of a slow line
    return b""


def _opened(site: Website, token: str) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", site.port), 60)
    head = [f"POST {URL} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    head += [f"Authorization: Token {token}", "Content-Length: 20000"]
    head += [f"{name}: {value}" for name, value in HEAD.items()]
    line.sendall("\r\n".join([*head, "", ""]).encode())
    return line
