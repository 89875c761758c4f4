"""`manage.py relay`: an operator sends what is due, and hears what could not leave."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from perisai import registry
from perisai.backends import WayClosed, memory
from perisai.management.commands import relay as by_hand
from perisai.models import OutboxMessage
from perisai.registry import Message, message
from tests.factories.perisai import OutboxMessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """One kind of message; whether the way is closed is what the list says last."""
    monkeypatch.setattr(registry, "_writers", {})
    said = [False]

    @message("contoh")
    def write(subject_id: UUID) -> Message:
        if said[-1]:
            raise WayClosed("quota_used", wait=timedelta(hours=1))
        return Message(phone_e164="+6281234567890", language="id", template="contoh", text="Halo")

    yield said
    memory.sent.clear()


def told() -> str:
    """What the command printed."""
    out = StringIO()
    call_command("relay", stdout=out)
    return out.getvalue()


def test_all_that_is_due_leaves_however_much_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_hand, "AT_ONCE", 2)
    OutboxMessageFactory.create_batch(5)
    OutboxMessageFactory.create(due_at=timezone.now() + timedelta(hours=1))
    assert told() == "relay: 5 sent, 1 wait, 0 dead letters\n"
    assert told() == "relay: 0 sent, 1 wait, 0 dead letters\n"
    assert len(memory.sent) == 5


def test_a_closed_way_is_told(closed: list[bool]) -> None:
    OutboxMessageFactory.create_batch(2)
    closed.append(True)
    with pytest.raises(CommandError, match="0 sent, 2 wait, 0 dead letters; 2 of them are due"):
        told()
    assert not OutboxMessage.objects.filter(sent_at__isnull=False).exists()
