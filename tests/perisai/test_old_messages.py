"""The end of old messages, with what came of them, and of pauses."""

from datetime import datetime, timedelta

import pytest

from perisai.keeping import days_of
from perisai.models import Delivery, MessageDecision, OutboxMessage, RelayPause
from perisai.purging import Purge, purge_of
from perisai.services.purges import run_purge
from tests.factories.payments import NOW
from tests.factories.perisai import OutboxMessageFactory, UserFactory

pytestmark = pytest.mark.django_db
END = NOW - timedelta(days=days_of("messages"))


def purge_named(code: str) -> Purge:
    found = purge_of(code)
    assert found is not None
    return found


def sent(at: datetime) -> OutboxMessage:
    """A message that left, was reported and had been sent again before."""
    message: OutboxMessage = OutboxMessageFactory.create(
        created_at=at - timedelta(days=3), sent_at=at
    )
    Delivery.objects.create(message=message, state="delivered")
    MessageDecision.objects.create(
        message=message,
        kind="send_again",
        reason="gateway_mended",
        attempts=7,
        decided_by=UserFactory.create(),
    )
    return message


def paused(until: datetime) -> RelayPause:
    """A pause that ended then."""
    began_at = until - timedelta(hours=1)
    return RelayPause.objects.create(reason="quota_used", began_at=began_at, until=until)


def test_old_messages_end_with_their_facts_and_younger_ones_stay() -> None:
    for days in (-9, -2):
        sent(END + timedelta(days=days))
    young = sent(END + timedelta(days=2))
    purge = purge_named("messages")
    assert [run_purge(purge, now=NOW).rows for _ in range(2)] == [2, 0]
    assert OutboxMessage.objects.get() == young
    assert Delivery.objects.get().message_id == young.pk
    assert MessageDecision.objects.get().message_id == young.pk


def test_message_that_waits_is_never_old() -> None:
    old = END - timedelta(days=90)
    waits = OutboxMessageFactory.create(created_at=old)
    OutboxMessageFactory.create(created_at=old, given_up_at=old)
    assert run_purge(purge_named("messages"), now=NOW).rows == 1
    assert OutboxMessage.objects.get() == waits


def test_old_pauses_end() -> None:
    paused(END - timedelta(days=2))
    young = paused(END + timedelta(days=2))
    assert run_purge(purge_named("relay_pauses"), now=NOW).rows == 1
    assert RelayPause.objects.get() == young
