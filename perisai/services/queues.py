"""The broker from outside: whether it answers, and how much waits in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE: Final = 1.0  # seconds, so that who asks never hangs on a broker that is silent


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLengths:
    """Messages that wait, by queue, and those that workers took and have not finished."""

    waiting: dict[str, int]
    taken: int


def broker_answers() -> bool:
    """Whether it takes our password and answers."""
    try:
        with _broker() as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False


def queue_lengths() -> QueueLengths | None:
    """How much waits; None: the broker does not answer."""
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    try:
        with _broker() as broker, broker.pipeline(transaction=False) as asked:
            for name in settings.QUEUES:
                asked.llen(f"{prefix}{name}")
            asked.hlen(f"{prefix}unacked")
            *lengths, taken = asked.execute()
    except redis.RedisError:
        return None
    return QueueLengths(
        waiting={name: int(n) for name, n in zip(settings.QUEUES, lengths, strict=True)},
        taken=int(taken),
    )


@contextmanager
def _broker() -> Iterator[Any]:
    broker = redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_connect_timeout=PATIENCE,
        socket_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        yield broker
    finally:
        broker.close()
