"""Taps on every sink that may hold no personal datum, and what ran through them."""

import io
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

import pytest
from celery.signals import before_task_publish
from django.apps import apps
from django.core.cache.backends.base import BaseCache
from django.core.signals import request_started
from django.db import connection
from django.test import Client

from config.logging import redacting_formatter
from perisai.models import OutboxMessage

SINKS: Final = ("log", "url", "task", "cache key", "error", "repr", "outbox")
REFUSED: Final = 400


@dataclass(slots=True)
class Taps:
    """What ran into each sink, as text."""

    heard: dict[str, list[str]] = field(default_factory=lambda: {sink: [] for sink in SINKS})

    def hear(self, sink: str, *said: object) -> None:
        """Note what one sink got."""
        self.heard[sink].extend(str(one) for one in said)

    def leaks(self, secrets: Iterable[str]) -> set[tuple[str, str]]:
        """Which secret stands in which sink, in any case, and as a URL writes it."""
        texts = {sink: unquote("\n".join(said)).upper() for sink, said in self.heard.items()}
        return {
            (sink, secret)
            for secret in secrets
            for sink, text in texts.items()
            if secret.upper() in text
        }

    def read_rows(self) -> None:
        """How each row introduces itself, and what waits in the outbox."""
        tables = set(connection.introspection.table_names())
        for model in apps.get_models():
            if model._meta.db_table not in tables:
                continue  # pghistory gathers its tables under a name that is none
            for row in model._base_manager.all()[:200]:
                self.hear("repr", row, repr(row))
        for message in OutboxMessage.objects.values():
            self.hear("outbox", message)


@contextmanager
def tapped(patch: pytest.MonkeyPatch) -> Iterator[Taps]:
    """Listen to all sinks until the block ends."""
    taps, log = Taps(), io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(redacting_formatter(as_json=True))
    _tap_cache(patch, taps)
    _tap_answers(patch, taps)

    def asked(environ: dict[str, Any], **_: object) -> None:
        taps.hear("url", environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))

    def published(body: object, **_: object) -> None:
        taps.hear("task", body)

    root = logging.getLogger()
    root.addHandler(handler)
    request_started.connect(asked)
    before_task_publish.connect(published)
    try:
        yield taps
    finally:
        before_task_publish.disconnect(published)
        request_started.disconnect(asked)
        root.removeHandler(handler)
        taps.hear("log", log.getvalue())


def _tap_cache(patch: pytest.MonkeyPatch, taps: Taps) -> None:
    make = BaseCache.make_and_validate_key

    def listening(self: BaseCache, key: Any, version: int | None = None) -> str:
        taps.hear("cache key", key)
        return make(self, key, version)

    patch.setattr(BaseCache, "make_and_validate_key", listening)


def _tap_answers(patch: pytest.MonkeyPatch, taps: Taps) -> None:
    """Bodies and places of every refusal."""
    ask = Client.request

    def listening(self: Client, **request: Any) -> Any:
        answer = ask(self, **request)
        if answer.status_code >= REFUSED:
            taps.hear("error", answer.content.decode())
        taps.hear("url", answer.headers.get("Location", ""))
        return answer

    patch.setattr(Client, "request", listening)
