"""Relay and gateway together: who waits for what, and that nothing of a message stays behind."""

import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perisai import registry
from perisai.backends import NotDelivered, WayClosed, notifier
from perisai.models import OutboxMessage, RelayPause
from perisai.registry import Message, message
from perisai.services.messages import LONGEST_TRY, MOST_FAILURES, relay
from perisai.services.relay_pauses import lift_pauses, pause
from tests.factories.perisai import OutboxMessageFactory, UserFactory
from tests.fakes.gateway import UNTAKEN, FakeGateway, fake_gateway

WIB = ZoneInfo("Asia/Jakarta")
NUMBER, TEXT = "+6281234567890", "Ibu Wiradarma belum membayar November"
LOST = ("hang", "cut", "garbage", "huge", "nameless", "number", "redirect")
WORDS = (*UNTAKEN, *LOST, "ok")


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    """A gateway that the project sends to."""
    with (
        fake_gateway() as gateway,
        override_settings(**gateway.settings(), NOTIFY_SECONDS=0.5),
    ):
        yield gateway


@pytest.fixture(autouse=True)
def _contoh(monkeypatch: pytest.MonkeyPatch) -> None:
    """One kind of message, which anybody may be told."""
    monkeypatch.setattr(registry, "_writers", {})

    @message("contoh")
    def write(subject_id: UUID) -> Message:
        return Message(
            phone_e164=NUMBER,
            language="id",
            template="contoh",
            text=TEXT,
            parameters={"subject": str(subject_id)},
        )


def waiting(many: int) -> list[str]:
    """The references of so many messages that are due."""
    return [str(OutboxMessageFactory.create().pk) for _ in range(many)]


def tries() -> list[tuple[int, bool, bool]]:
    """Of each message: how often it was tried, whether it left, whether it was given up."""
    rows = OutboxMessage.objects.order_by("id")
    return [(r.attempts, r.sent_at is not None, r.given_up_at is not None) for r in rows]


@pytest.mark.django_db
def test_quota_stops_all_with_one_call_and_one_alarm_and_gives_nothing_up(
    gateway: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    waiting(5)
    now = datetime(2100, 3, 4, 9, 30, tzinfo=WIB)
    gateway.answer("quota")
    for minutes in range(0, 600, 60):
        assert relay(now + timedelta(minutes=minutes), limit=200) == 0
    assert sum(gateway.calls.values()) == 1
    assert tries() == [(0, False, False)] * 5
    alarms = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert ["messages_stopped" in one.getMessage() for one in alarms] == [True]

    gateway.answer("ok")
    midnight = datetime(2100, 3, 5, tzinfo=WIB)
    assert relay(midnight - timedelta(seconds=1), limit=200) == 0
    assert relay(midnight, limit=200) == 5
    assert len(gateway.messages) == 5


@pytest.mark.django_db
def test_quota_of_many_days_uses_up_no_try(gateway: FakeGateway) -> None:
    waiting(2)
    gateway.answer("quota")
    now = datetime(2100, 3, 4, 9, 30, tzinfo=WIB)
    for day in range(30):
        relay(now + timedelta(days=day), limit=200)
    assert sum(gateway.calls.values()) == 30
    assert tries() == [(0, False, False)] * 2


@pytest.mark.django_db
def test_quota_may_begin_anew_each_hour(gateway: FakeGateway) -> None:
    waiting(1)
    gateway.answer("quota", "ok")
    now = datetime(2100, 3, 4, 9, 30, tzinfo=WIB)
    with override_settings(NOTIFY_QUOTA_RENEWS="hour"):
        relay(now, limit=200)
    assert RelayPause.objects.get().until == datetime(2100, 3, 4, 10, tzinfo=WIB)
    assert relay(now + timedelta(minutes=29), limit=200) == 0
    assert relay(now + timedelta(minutes=30), limit=200) == 1


@pytest.mark.django_db
def test_who_is_asked_to_slow_down_lets_the_rest_wait(gateway: FakeGateway) -> None:
    waiting(5)
    now = timezone.now()
    gateway.answer("ok", "busy:7", "ok")
    assert relay(now, limit=200) == 1
    assert relay(now + timedelta(seconds=6), limit=200) == 0
    assert sum(gateway.calls.values()) == 2
    assert relay(now + timedelta(seconds=7), limit=200) == 4
    assert (len(gateway.messages), sum(gateway.calls.values())) == (5, 6)


@pytest.mark.django_db
def test_person_lifts_a_pause(gateway: FakeGateway) -> None:
    waiting(2)
    now, user = timezone.now(), UserFactory.create()
    gateway.answer("quota", "quota", "ok")
    relay(now, limit=200)
    assert [lift_pauses(by=user, now=now) for _ in range(2)] == [1, 0]
    relay(now, limit=200)
    assert RelayPause.objects.running(now).count() == 1
    assert RelayPause.objects.get(lifted_at=now).lifted_by == user
    lift_pauses(by=user, now=now)
    assert relay(now, limit=200) == 2


@pytest.mark.django_db
def test_two_relays_that_are_refused_a_second_apart_raise_one_alarm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refused = WayClosed("token_refused", wait=timedelta(minutes=10), is_alarming=True)
    now = timezone.now()
    for seconds in (0, 1):
        pause(refused, now=now + timedelta(seconds=seconds))
    assert caplog.text.count("messages_stopped") == 1
    pause(refused, now=now + timedelta(hours=1))
    assert caplog.text.count("messages_stopped") == 2


@pytest.mark.django_db
def test_relay_leaves_a_gateway_that_fails_time_after_time(gateway: FakeGateway) -> None:
    waiting(10)
    now = timezone.now()
    gateway.answer("error")
    assert relay(now, limit=200) == 0
    assert sum(gateway.calls.values()) == MOST_FAILURES
    gateway.answer("ok")
    assert relay(now, limit=200) == 10 - MOST_FAILURES


@pytest.mark.django_db
def test_relay_goes_on_behind_a_message_that_fails(gateway: FakeGateway) -> None:
    waiting(6)
    gateway.answer("error", "error", "ok", "refused", "error", "ok")
    assert relay(timezone.now(), limit=200) == 2
    assert tries() == [
        *((1, False, False), (1, False, False), (1, True, False)),
        *((1, False, True), (1, False, False), (1, True, False)),
    ]


@pytest.mark.django_db
def test_message_keeps_the_gateways_name(gateway: FakeGateway) -> None:
    (reference,) = waiting(1)
    relay(timezone.now(), limit=1)
    assert OutboxMessage.objects.get().gateway_id == f"gw-{reference}"


@pytest.mark.django_db
def test_answer_that_is_lost_sends_again_and_arrives_once(gateway: FakeGateway) -> None:
    (reference,) = waiting(1)
    now = timezone.now()
    gateway.answer("cut", "ok")
    assert relay(now, limit=1) == 0
    assert relay(now + LONGEST_TRY, limit=1) == 1
    assert (list(gateway.messages), gateway.calls[reference]) == ([reference], 2)


@pytest.mark.django_db(transaction=True)
def test_relays_beside_each_other_hand_each_message_over_once(gateway: FakeGateway) -> None:
    references = waiting(40)
    now = timezone.now()

    def run(_: int) -> int:
        try:
            return relay(now, limit=40)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert sum(pool.map(run, range(4))) == 40
    assert gateway.calls == dict.fromkeys(references, 1)


@pytest.mark.django_db(transaction=True)
def test_relays_that_meet_a_quota_together_raise_one_alarm(
    gateway: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    waiting(20)
    now = timezone.now()
    gateway.answer("quota")

    def run(_: int) -> int:
        try:
            return relay(now, limit=20)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert list(pool.map(run, range(4))) == [0] * 4
    assert sum(gateway.calls.values()) <= 4
    assert RelayPause.objects.count() == 1
    assert caplog.text.count("messages_stopped") == 1
    assert tries() == [(0, False, False)] * 20


@pytest.mark.django_db
def test_thousands_that_wait_or_are_due_later_cost_one_message_no_more(
    gateway: FakeGateway,
) -> None:
    waiting(1)
    with CaptureQueriesContext(connection) as alone:
        assert relay(timezone.now(), limit=1) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO perisai_outboxmessage"
            " (kind, subject_id, urgency, attempts, last_error, sent_at, due_at)"
            " SELECT 'contoh', gen_random_uuid(), n % 3, 0, '',"
            " CASE WHEN n <= 10000 THEN now() END,"
            " now() + CASE WHEN n > 20000 THEN interval '1 hour' ELSE '0' END"
            " FROM generate_series(1, 30000) AS n"
        )
        cursor.execute("ANALYZE perisai_outboxmessage")
    with CaptureQueriesContext(connection) as among_many:
        assert relay(timezone.now(), limit=1) == 1
    assert len(among_many) == len(alone) <= 12
    now = timezone.now()
    first = OutboxMessage.objects.due(now).unless_paused(now).claimed()[:1]
    plan = first.explain()
    assert "outbox_message_by_urgency" in plan
    assert "urgency = ANY" in plan  # each urgency's due part alone is read
    assert "Sort" not in plan


NUMBERS = st.from_regex(r"\A\+628[0-9]{8,11}\Z")
TEXTS = st.text(st.characters(min_codepoint=0x61, max_codepoint=0x7A), min_size=12, max_size=40)


@given(number=NUMBERS, text=TEXTS, word=st.sampled_from([w for w in WORDS if w != "hang"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_of_a_message_is_in_a_log_or_an_error(
    gateway: FakeGateway, caplog: pytest.LogCaptureFixture, number: str, text: str, word: str
) -> None:
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    gateway.answer(word)
    said = Message(
        phone_e164=number, language="id", template="contoh", text=text, parameters={"said": text}
    )
    told = ""
    try:
        told = notifier().send(said, reference="reference")
    except NotDelivered as failed:
        told = _everything_of(failed)
    heard = f"{told} {caplog.text} {said!r}"
    assert number[3:] not in heard
    assert text not in heard


def _everything_of(failed: BaseException) -> str:
    """What a traceback shows, and what stands behind it, shown or not."""
    behind = failed.__cause__ or failed.__context__
    own = "".join(traceback.format_exception(failed)) + repr(failed)
    return own if behind is None else own + _everything_of(behind)


@pytest.mark.django_db
@pytest.mark.parametrize("word", WORDS)
def test_nothing_of_a_message_is_in_a_column_or_a_log_line(
    word: str, gateway: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    waiting(1)
    gateway.answer(word)
    relay(timezone.now(), limit=1)
    kept = f"{OutboxMessage.objects.values().get()} {list(RelayPause.objects.values())}"
    for secret in (NUMBER, NUMBER[1:], NUMBER[3:], TEXT, "Wiradarma", gateway.token):
        assert secret not in kept + caplog.text
