"""A batch that does not come to its end: retries, crashes, the time box."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pkgutil import resolve_name
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from sync.models import Book, Operation, Outbox
from sync.services import inbox
from sync.services.results import Answer
from tests.sync.pebbles import Faults, laid, lay_op
from tests.sync.phones import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]


def last_seq(phone: Phone) -> int:
    outbox = Outbox.objects.filter(device=phone.device).first()
    return outbox.last_seq if outbox else 0


def version(phone: Phone) -> int:
    return Book.objects.get(agent=phone.device.agent_id).version


def words(results: list[dict[str, Any]]) -> list[str]:
    return [result["result"] for result in results]


def test_retry_stores_nothing_and_stops_the_batch(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.services.inbox.randbelow", lambda below: below - 1)
    answer = phone.send([lay_op(1), lay_op(2, fault="away"), lay_op(3)]).json()

    assert words(answer["results"]) == ["applied", "retry"]
    assert answer["results"][1]["retry_after"] == 45  # the latest: phones come back spread
    assert (answer["ack_seq"], answer["next_seq"], answer["complete"]) == (1, 2, False)
    assert (laid(), last_seq(phone), Operation.objects.count()) == (1, 1, 1)


def test_a_deadlock_is_tried_once_more_at_once(phone: Phone, pebbles: Faults) -> None:
    pebbles.left = {"deadlock": 1}
    (result,) = phone.push(lay_op(1, fault="deadlock"))
    assert (result["result"], laid(), version(phone)) == ("applied", 1, 1)


def test_a_second_deadlock_is_a_retry(phone: Phone, pebbles: Faults) -> None:
    pebbles.left = {"deadlock": 2}
    sent = lay_op(1, fault="deadlock")
    assert words(phone.push(sent)) == ["retry"]
    assert (laid(), last_seq(phone)) == (0, 0)
    assert words(phone.push(sent)) == ["applied"]


def test_f5_an_op_that_kills_its_worker_is_parked_unrun(phone: Phone, pebbles: Faults) -> None:
    pebbles.left = {"death": 99}
    batch = [lay_op(1, fault="death"), lay_op(2)]
    for _ in range(3):
        with pytest.raises(SystemExit):
            phone.send(batch)
        assert last_seq(phone) == 0

    results = phone.push(*batch)
    assert words(results) == ["blocked", "applied"]
    assert (results[0]["code"], pebbles.left["death"], laid()) == ("parked", 96, 1)


def test_a_push_works_without_a_cache(phone: Phone, settings: Any) -> None:
    settings.CACHES = settings.CACHES | {
        "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert words(phone.push(lay_op(1))) == ["applied"]


def test_the_time_box_ends_a_batch_with_what_is_done(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    instants = iter([0.0, 1.0, 9.0])
    monkeypatch.setattr("sync.services.push.monotonic", lambda: next(instants))
    batch = [lay_op(1), lay_op(2)]
    answer = phone.send(batch).json()
    assert (answer["ack_seq"], answer["next_seq"], answer["complete"]) == (1, 2, False)
    assert (len(answer["results"]), laid()) == (1, 1)
    monkeypatch.undo()


def dying_at(count: int, work: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    """The same work, in a process that ends at its so many-th run, before or after it is done."""
    left = count

    def run(*given: Any, **said: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and not after:
            raise SystemExit
        done = work(*given, **said)
        if left == 0:
            raise SystemExit
        return done

    return run


PLACES = [
    "sync.services.inbox._lock_outbox",
    "sync.services.inbox._insert_then_look",
    "sync.services.inbox.take_effect",
    "sync.services.book.Changes.raise_now",
    "sync.services.inbox._store",
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("place", [*PLACES, "sync.services.push.receive"])
def test_p3_prefix_after_a_crash(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, place: str, *, after: bool
) -> None:
    batch = [lay_op(seq) for seq in range(1, 5)]
    with monkeypatch.context() as patched:
        patched.setattr(place, dying_at(3, resolve_name(place), after=after))
        with pytest.raises(SystemExit):
            phone.send(batch)

    stored = Operation.objects.filter(device=phone.device).order_by("seq")
    done = last_seq(phone)
    assert 0 < done < len(batch)
    assert list(stored.values_list("seq", "result")) == [
        (seq, "applied") for seq in range(1, done + 1)
    ]
    assert (laid(), version(phone)) == (done, done)

    assert words(phone.push(*batch)) == ["duplicate"] * done + ["applied"] * (len(batch) - done)
    assert (last_seq(phone), laid(), version(phone)) == (4, 4, 4)


@contextmanager
def read_only() -> Iterator[None]:
    """A standby that nobody has promoted yet."""
    before = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    yield
    transaction.savepoint_rollback(before)


def test_a_server_that_only_reads_is_503_and_keeps_nothing(phone: Phone) -> None:
    batch = [lay_op(1)]
    with read_only():
        refused = phone.send(batch)
    assert (refused.status_code, refused.json()["code"]) == (503, "read_only")
    assert refused.json()["retryable"] is True
    assert 30 <= int(refused.headers["Retry-After"]) <= 45
    assert words(phone.push(*batch)) == ["applied"]


def test_a_server_that_only_reads_from_now_on_is_a_retry(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.push(lay_op(1))
    begin = inbox.receive

    def standby(*given: Any, **said: Any) -> Answer:
        with read_only():
            return begin(*given, **said)

    monkeypatch.setattr("sync.services.push.receive", standby)
    answer = phone.send([lay_op(2), lay_op(3)]).json()
    assert words(answer["results"]) == ["retry"]
    assert (answer["ack_seq"], laid(), Operation.objects.count()) == (1, 1, 1)


def test_an_empty_batch_is_an_answer(phone: Phone) -> None:
    answer = phone.send([]).json()
    assert (answer["ack_seq"], answer["next_seq"], answer["complete"]) == (0, 1, True)
    assert answer["results"] == []


def standing_still_at(work: Callable[..., Any]) -> Callable[..., Any]:
    """The same work, in a process that once stands still for longer than the server waits."""
    is_first = True

    def run(*given: Any, **said: Any) -> Any:
        nonlocal is_first
        if is_first:
            is_first = False
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10ms'")
            sleep(0.1)
        return work(*given, **said)

    return run


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", PLACES)
def test_an_op_whose_process_stood_still_is_done_at_once(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(place, standing_still_at(resolve_name(place)))
    (result,) = phone.push(lay_op(1))
    assert (result["result"], laid(), version(phone)) == ("applied", 1, 1)
