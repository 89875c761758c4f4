"""The relay: every waiting message gets an outcome of its own, once, or a next try, with an end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from perisai import registry, tasks
from perisai.backends import NotDelivered, memory
from perisai.backends.console import ConsoleNotifier
from perisai.ids import new_id
from perisai.models import OutboxMessage
from perisai.registry import Message, Urgency, message, urgency_of
from perisai.services import messages
from perisai.services.messages import (
    LONGEST_TRY,
    MOST_FAILURES,
    WAITS,
    queue,
    queue_all,
    relay,
)
from perisai.tasks import relay_messages
from tests.factories.perisai import OutboxMessageFactory

NOBODY, POISON, PERMANENT, SHAKY = (new_id() for _ in range(4))
SENT = list[tuple[str, Message]]


def text_for(subject_id: UUID) -> Message:
    return Message(
        phone_e164="+6281234567890", language="id", template="contoh", text=f"Untuk {subject_id}"
    )


@pytest.fixture(autouse=True)
def _contoh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kind whose writer misbehaves for four subjects."""
    monkeypatch.setattr(registry, "_writers", {})
    monkeypatch.setattr(registry, "_urgencies", dict(registry._urgencies))

    @message("contoh")
    def write(subject_id: UUID) -> Message | None:
        if subject_id == NOBODY:
            return None
        if subject_id == POISON:
            raise LookupError("Siti 3515144107850003")
        if subject_id == PERMANENT:
            raise NotDelivered("number_unknown", is_permanent=True)
        if subject_id == SHAKY:
            raise NotDelivered("gateway_busy")
        return text_for(subject_id)

    yield
    memory.sent.clear()


def due(subject_id: UUID | None = None, **fields: object) -> OutboxMessage:
    named = {} if subject_id is None else {"subject_id": subject_id}
    row: OutboxMessage = OutboxMessageFactory.create(**named, **fields)
    row.refresh_from_db()
    return row


def end_of(row: OutboxMessage) -> tuple[bool, bool, str]:
    row.refresh_from_db()
    return row.sent_at is not None, row.given_up_at is not None, row.last_error


@pytest.mark.django_db
def test_queue_joins_the_transaction_and_notes_an_event_once() -> None:
    subject = new_id()

    def queue_and_fail() -> None:
        with transaction.atomic():
            queue("contoh", subject)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        queue_and_fail()
    assert OutboxMessage.objects.count() == 0
    queue("contoh", subject)
    queue("contoh", subject)
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db
def test_queue_is_one_statement(django_assert_num_queries: object) -> None:
    with transaction.atomic(), django_assert_num_queries(1):  # type: ignore[operator]
        queue("contoh", new_id())


@pytest.mark.django_db
def test_due_message_is_sent_once_under_its_reference(sent_messages: SENT) -> None:
    row = due()
    now = timezone.now()
    assert relay(now, limit=10) == 1
    assert relay(now + timedelta(days=1), limit=10) == 0
    assert sent_messages == [(str(row.pk), text_for(row.subject_id))]
    row.refresh_from_db()
    assert (row.sent_at, row.attempts, row.given_up_at) == (now, 1, None)


@pytest.mark.django_db
def test_message_is_not_sent_before_it_is_due(sent_messages: SENT) -> None:
    now = timezone.now()
    due(due_at=now + timedelta(seconds=1))
    assert relay(now, limit=10) == 0
    assert sent_messages == []


@pytest.mark.django_db
def test_each_row_has_its_own_outcome(sent_messages: SENT) -> None:
    rows = [due(NOBODY), due(POISON), due(kind="tak dikenal"), due(PERMANENT), due(SHAKY), due()]
    assert relay(timezone.now(), limit=10) == 1
    assert [end_of(row) for row in rows] == [
        (False, True, "nobody_to_tell"),
        (False, False, "failed"),
        (False, True, "unknown_kind"),
        (False, True, "number_unknown"),
        (False, False, "gateway_busy"),
        (True, False, ""),
    ]
    assert [reference for reference, _ in sent_messages] == [str(rows[-1].pk)]


@pytest.mark.django_db
def test_failed_message_waits_longer_each_time_and_ends() -> None:
    row, now = due(SHAKY), timezone.now()
    waits = []
    for _ in WAITS:
        relay(now, limit=10)
        row.refresh_from_db()
        waits.append(row.due_at - now)
        assert relay(row.due_at - timedelta(seconds=1), limit=10) == 0
        now = row.due_at
    relay(now, limit=10)

    assert all(least <= wait <= least * 1.2 for least, wait in zip(WAITS, waits, strict=True))
    assert end_of(row) == (False, True, "gateway_busy")
    assert row.attempts == len(WAITS) + 1
    relay(now + timedelta(days=9), limit=10)
    row.refresh_from_db()
    assert row.attempts == len(WAITS) + 1


@pytest.mark.django_db
def test_messages_that_failed_together_come_back_apart() -> None:
    rows, now = [due(kind="lain") for _ in range(20)], timezone.now()
    registry.message("lain")(lambda _: refuse())
    for number in range(20):  # each relay ends after a few failures
        relay(now + timedelta(microseconds=number), limit=1)
    for row in rows:
        row.refresh_from_db()
    assert len({row.due_at.replace(microsecond=0) for row in rows}) > 5


def refuse() -> Message:
    raise NotDelivered("gateway_busy")


@pytest.mark.django_db
def test_relay_that_dies_while_sending_leaves_the_message_due_later(
    monkeypatch: pytest.MonkeyPatch, sent_messages: SENT
) -> None:
    row, now = due(), timezone.now()

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(memory.MemoryNotifier, "send", die)
        with pytest.raises(KeyboardInterrupt):
            relay(now, limit=10)

    assert relay(now + LONGEST_TRY - timedelta(seconds=1), limit=10) == 0
    assert relay(now + LONGEST_TRY, limit=10) == 1
    assert [reference for reference, _ in sent_messages] == [str(row.pk)]


@pytest.mark.django_db
def test_a_message_of_which_each_try_crashes_is_given_up(sent_messages: SENT) -> None:
    crashing, sound, now = due(kind="mati"), due(), timezone.now()

    @message("mati")
    def crash(_: UUID) -> Message:
        raise DatabaseError

    for number in range(len(WAITS) + 1):
        with pytest.raises(DatabaseError):
            relay(now + number * LONGEST_TRY, limit=10)
    assert end_of(crashing) == (False, False, "")
    relay(now + (len(WAITS) + 1) * LONGEST_TRY, limit=10)
    assert end_of(crashing) == (False, True, "failed")
    assert end_of(sound) == (True, False, "")
    assert crashing in OutboxMessage.objects.dead()


@pytest.mark.django_db
def test_what_somebody_waits_for_leaves_before_what_many_are_told(sent_messages: SENT) -> None:
    message("banyak", urgency=Urgency.IN_TURN)(text_for)
    message("kode", urgency=Urgency.AT_ONCE)(text_for)
    queue_all("banyak", [new_id() for _ in range(30)], wait=-timedelta(hours=1))
    queue("contoh", new_id())
    for _ in range(2):
        queue("kode", new_id())
    assert relay(timezone.now(), limit=4) == 4
    left = OutboxMessage.objects.in_bulk([int(reference) for reference, _ in sent_messages])
    kinds = [left[int(reference)].kind for reference, _ in sent_messages]
    assert kinds == ["kode", "kode", "contoh", "banyak"]
    assert relay(timezone.now(), limit=99) == 29


@pytest.mark.django_db
def test_the_urgent_that_is_not_due_holds_nobody_up(sent_messages: SENT) -> None:
    row = due(urgency=Urgency.IN_TURN)
    now = timezone.now()
    due(urgency=Urgency.AT_ONCE, due_at=now + timedelta(minutes=1))
    assert relay(now, limit=9) == 1
    assert [reference for reference, _ in sent_messages] == [str(row.pk)]


@pytest.mark.parametrize(
    ("kind", "urgency"),
    [
        ("agent.login_code", Urgency.AT_ONCE),
        ("agent.password_reset", Urgency.AT_ONCE),
        ("payment.posted", Urgency.SOON),
        ("reminder", Urgency.IN_TURN),
        ("tak dikenal", Urgency.SOON),
    ],
)
def test_each_kind_has_its_urgency(kind: str, urgency: Urgency) -> None:
    assert urgency_of(kind) is urgency


@pytest.mark.django_db
def test_no_other_urgency_is_known() -> None:
    with pytest.raises(IntegrityError, match="outbox_message_urgency_is_known"):
        due(urgency=3)


@pytest.mark.django_db
def test_relay_stops_at_its_limit() -> None:
    for _ in range(3):
        due()
    assert relay(timezone.now(), limit=2) == 2
    assert OutboxMessage.objects.filter(sent_at=None).count() == 1


@pytest.mark.django_db
def test_task_relays(sent_messages: SENT) -> None:
    due()
    relay_messages()
    assert len(sent_messages) == 1


@pytest.mark.django_db
def test_a_relay_that_its_bounds_end_sends_itself_on_and_no_other_does(
    monkeypatch: pytest.MonkeyPatch, sent_messages: SENT
) -> None:
    sent_on: list[int] = []
    monkeypatch.setattr(tasks, "AT_ONCE", 2)
    monkeypatch.setattr(relay_messages, "apply_async", lambda *, expires: sent_on.append(expires))
    for subject in (NOBODY, None, None):
        due(subject)
    relay_messages()
    assert (len(sent_messages), sent_on) == (1, [60])
    relay_messages()
    assert (len(sent_messages), sent_on) == (2, [60])

    with monkeypatch.context() as patch:
        patch.setattr(messages, "LONGEST_RELAY", timedelta(0))
        due(), due()
        relay_messages()
    assert (len(sent_messages), sent_on) == (3, [60, 60])
    relay_messages()
    message("lain")(lambda _: refuse())
    for _ in range(MOST_FAILURES):
        due(kind="lain")
    monkeypatch.setattr(tasks, "AT_ONCE", MOST_FAILURES)
    relay_messages()  # nobody seems to be there
    assert (len(sent_messages), sent_on) == (4, [60, 60])


@pytest.mark.django_db(transaction=True)
def test_relays_beside_each_other_send_each_message_once(sent_messages: SENT) -> None:
    rows = [due() for _ in range(20)]
    now: datetime = timezone.now()

    def run(_: int) -> int:
        try:
            return relay(now, limit=20)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        counts = list(pool.map(run, range(4)))

    assert sum(counts) == 20
    assert sorted(reference for reference, _ in sent_messages) == sorted(str(r.pk) for r in rows)


def test_second_writer_of_a_kind_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured):
        message("contoh")(text_for)


def test_message_cannot_be_changed_and_shows_nobody() -> None:
    said = {"no": "17-9912345"}
    written = Message(
        phone_e164="+6281234567890",
        language="id",
        template="contoh",
        text="Rp8.400",
        parameters=said,
    )
    said["no"] = "0"
    assert dict(written.parameters) == {"no": "17-9912345"}
    with pytest.raises(TypeError):
        written.parameters["no"] = "0"  # type: ignore[index]  # what the test is about
    assert repr(written) == "Message(language='id', template='contoh')"


def test_console_writes_masked_numbers_only(capsys: pytest.CaptureFixture[str]) -> None:
    said = Message(
        phone_e164="+6281234567890",
        language="id",
        template="receipt",
        text="Kode 9912349567890122, 3 bulan Rp50.400, hubungi 081234567890",
    )
    ConsoleNotifier().send(said, reference="7")
    assert capsys.readouterr().out == (
        "[receipt 7] +628******7890: "
        "Kode ************0122, 3 bulan Rp50.400, hubungi ********7890\n"
    )


@pytest.mark.django_db
def test_failure_is_logged_without_what_it_says(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    due(POISON)
    relay(timezone.now(), limit=1)
    assert "LookupError" in caplog.text
    assert "Siti" not in caplog.text
