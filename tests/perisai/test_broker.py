"""A broker that is down, or silent, is told apart from an empty one, within a second or two."""

import socket
from collections.abc import Iterator
from time import monotonic

import pytest
import redis
from django.conf import settings as ours
from pytest_django.fixtures import Settings

from perisai.services.queues import broker_answers, queue_lengths

PATIENCE = 5.0
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_messages_are_counted_by_queue() -> None:
    prefix = ours.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    with redis.Redis.from_url(ours.REDIS_URL) as broker:
        broker.delete(f"{prefix}notify", f"{prefix}unacked")
        broker.lpush(f"{prefix}notify", "a", "b")
        broker.hset(f"{prefix}unacked", "tag", "c")
        try:
            found = queue_lengths()
        finally:
            broker.delete(f"{prefix}notify", f"{prefix}unacked")
    assert found is not None
    assert (found.waiting["notify"], found.taken) == (2, 1)
    assert set(found.waiting) == set(ours.QUEUES)
    assert broker_answers()


def test_a_broker_that_is_down_has_no_lengths(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = NOWHERE
    assert (queue_lengths(), broker_answers()) == (None, False)


def test_nobody_hangs_on_a_silent_broker(settings: Settings, silent: str) -> None:
    settings.CELERY_BROKER_URL = silent
    began = monotonic()
    assert (queue_lengths(), broker_answers()) == (None, False)
    assert monotonic() - began < PATIENCE
