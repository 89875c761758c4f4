"""What services return, as the JSON of the contract."""

from datetime import UTC, datetime
from typing import Any

from orjson import dumps

from sync.services.pull import Page
from sync.services.push import Pushed


def pushed_body(pushed: Pushed) -> dict[str, Any]:
    """The answer to a push, without its page."""
    return {
        "ack_seq": pushed.ack_seq,
        "next_seq": pushed.ack_seq + 1,
        "complete": pushed.is_complete,
        "clock_offset_ms": pushed.clock_offset_ms,
        "next_sync_after": pushed.next_sync_after,
        "lease_until": instant(pushed.lease_until),
        "directives": list(pushed.directives),
        "results": [answer.members() for answer in pushed.answers],
    }


def page_text(page: Page) -> bytes:
    """One page as JSON; what proves the whole book stands on the last one only.

    Its changes are JSON already: a page is written once, whoever sends it.
    """
    before = {"book": page.book_id, "epoch": page.epoch, "full": page.is_full}
    after: dict[str, Any] = {"cursor": page.cursor, "more": page.last is None}
    if page.last is not None:
        after |= {
            "book_version": page.last.book_version,
            "counts": page.last.counts,
            "digest": page.last.digest,
        }
    after["next_sync_after"] = page.next_sync_after
    changes = b",".join(page.changes)
    return b'%s,"changes":[%s],%s' % (dumps(before)[:-1], changes, dumps(after)[1:])


def instant(value: datetime) -> str:
    """RFC 3339 with milliseconds, in UTC."""
    text = value.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
