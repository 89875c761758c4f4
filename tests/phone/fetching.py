"""Pulling the book page by page, until the server's own proof says that the rows are the same."""

from dataclasses import dataclass
from typing import Any, Final

from tests.phone.book import Book
from tests.phone.exchange import CHANGES, CONFIG, UNCHANGED, Exchange, read
from tests.phone.wire import Json, instant

PAGE_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What one page came to: is there more, and if not, are the rows proved.

    `is_of_another_history`: the server was restored since the last page.
    """

    is_last: bool
    agrees: bool = True
    next_sync_after: int | None = None
    is_of_another_history: bool = False


class Fetching:
    """The book's side of the loop."""

    def __init__(self, exchange: Exchange, book: Book) -> None:
        self.exchange = exchange
        self.book = book
        self.page_bytes = PAGE_BYTES

    def wanted(self) -> dict[str, Any]:
        """What a page is asked with; without a cursor it begins a walk."""
        cursor = self.book.cursor
        asked: dict[str, Any] = {"max_bytes": self.page_bytes}
        return asked if cursor is None else {**asked, "cursor": cursor}

    def page(self) -> Fetched:
        """Fetch one page and lay it over the rows. Raises Refused, NoAnswer."""
        asked_with = self.book.cursor
        tag = self.exchange.store.fact("tag") if asked_with is not None else None
        headers = {"If-None-Match": tag} if tag else {}
        answer = self.exchange.call("GET", CHANGES, query=self.wanted(), headers=headers)
        if answer.status == UNCHANGED:
            return Fetched(is_last=True)
        return self.take(read(answer), asked_with=asked_with, tag=answer.headers.get("etag"))

    def take(self, page: Json, *, asked_with: str | None, tag: str | None = None) -> Fetched:
        """Lay a page over the rows; at the end of the book compare counts and digest."""
        is_another = self.book.epoch not in {None, page["epoch"]}
        if not self.book.apply(page, asked_with=asked_with, tag=tag):
            return Fetched(is_last=False)
        if page["more"]:
            return Fetched(is_last=False, is_of_another_history=is_another)
        return Fetched(
            is_last=True,
            agrees=self.book.agrees(page),
            next_sync_after=page["next_sync_after"],
            is_of_another_history=is_another,
        )

    def config(self) -> None:
        """Fetch the configuration if it is another one. Raises Refused, NoAnswer."""
        store = self.exchange.store
        tag = store.fact("config_tag")
        headers = {"If-None-Match": tag} if tag else {}
        answer = self.exchange.call("GET", CONFIG, headers=headers)
        read_at = instant(self.exchange.clock())
        if answer.status == UNCHANGED:
            store.remember(config_read_at=read_at)
            return
        store.remember(
            config=read(answer), config_tag=answer.headers.get("etag"), config_read_at=read_at
        )
