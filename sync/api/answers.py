"""What services return, as the JSON of the contract."""

from datetime import UTC, datetime
from typing import Any

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


def page_body(page: Page) -> dict[str, Any]:
    """One page; what proves the whole book stands on the last one only."""
    body: dict[str, Any] = {
        "book": str(page.book_id),
        "epoch": page.epoch,
        "full": page.is_full,
        "changes": [change.members() for change in page.changes],
        "cursor": page.cursor,
        "more": page.last is None,
    }
    if page.last is not None:
        body |= {
            "book_version": page.last.book_version,
            "counts": page.last.counts,
            "digest": page.last.digest,
        }
    return body | {"next_sync_after": page.next_sync_after}


def instant(value: datetime) -> str:
    """RFC 3339 with milliseconds, in UTC."""
    text = value.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
