"""Who changed a hand-edited row, by what: told to the database just before each such change.

The triggers of `perisai.models.tracked` copy it into their rows, so that bulk writes and bare SQL
are named too. A cause holds ids and names of ours: no path, no query, no body, no text that
somebody typed. Only a statement that writes to a tracked table costs one more statement; the
others, posting's among them, cost none.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, Literal

import structlog
from django.apps import apps
from django.db import transaction

Channel = Literal["admin", "api", "task", "command"]

WRITES: Final = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE|WITH|COPY)\b", re.IGNORECASE)
LONGEST_KEPT: Final = 8_000
"""Signs of a statement that is looked at once: one of many rows is as long as they are many."""

TELL: Final = "SELECT set_config('pghistory.context_metadata', %s, true)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who does something, over which way in; the request id comes from the log's context."""

    channel: Channel
    actor_id: int | None = None
    device_id: str = ""
    task: str = ""

    def said(self) -> str:
        """As the triggers store it: JSON without what is empty."""
        known = {
            "channel": self.channel,
            "actor": self.actor_id,
            "device": self.device_id,
            "task": self.task,
            "request": structlog.contextvars.get_contextvars().get("request_id", ""),
            **(_deed.get() or {}),
        }
        return json.dumps({name: value for name, value in known.items() if value})


Teller = Callable[[], Cause]
_cause: ContextVar[Teller | None] = ContextVar("perisai_cause", default=None)
_deed: ContextVar[dict[str, str] | None] = ContextVar("perisai_deed", default=None)


def begin(cause: Teller) -> Token[Teller | None]:
    """From now on changes are this cause's; it is asked only when there is one."""
    return _cause.set(cause)


def end(begun: Token[Teller | None]) -> None:
    """Changes are again those of whatever was before."""
    _cause.reset(begun)


@contextmanager
def caused_by(cause: Teller) -> Iterator[None]:
    """The changes of a block are this cause's."""
    begun = begin(cause)
    try:
        yield
    finally:
        end(begun)


@contextmanager
def deed(act: str, *, reason: str = "") -> Iterator[None]:
    """What is being done, by the name of the act, and why, by a code: never a typed text."""
    begun = _deed.set({"act": act, "reason": reason})
    try:
        yield
    finally:
        _deed.reset(begun)


def listen(connection: Any, **_: object) -> None:
    """Stand before every statement of a connection, once; receiver of `connection_created`.

    In the first place: a wrapper that is put around a block takes the last one away at its end.
    """
    if tell not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, tell)


def tell(
    execute: Callable[..., Any],
    sql: Any,
    params: Any,
    many: bool,  # noqa: FBT001  Django's signature
    context: dict[str, Any],
) -> Any:
    """Say the cause in the transaction of a statement that writes to a tracked table."""
    cause = _cause.get()
    if cause is None or not writes_to_tracked(str(sql)):
        return execute(sql, params, many, context)
    connection = context["connection"]
    with ExitStack() as frame:
        if not connection.in_atomic_block:  # else what is said ends before it is heard
            frame.enter_context(transaction.atomic(using=connection.alias))
        with connection.cursor() as cursor:
            cursor.execute(TELL, [cause().said()])
        return execute(sql, params, many, context)


def writes_to_tracked(sql: str) -> bool:
    """Whether a statement may change a row that has a history; making an index changes none."""
    return remembered(sql) if len(sql) <= LONGEST_KEPT else _looks_so(sql)


@lru_cache(maxsize=4_096)  # the texts repeat, their values are not in them
def remembered(sql: str) -> bool:
    """The same of a text of usual length, looked at once."""
    return _looks_so(sql)


def _looks_so(sql: str) -> bool:
    return WRITES.match(sql) is not None and _tracked_tables().search(sql) is not None


@cache
def _tracked_tables() -> re.Pattern[str]:
    tables = {
        model._meta.db_table for model in apps.get_models() if hasattr(model, "pgh_event_models")
    }
    return re.compile(rf"\b(?:{'|'.join(sorted(tables)) or 'none'})\b")
