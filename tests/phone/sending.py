"""Pushing the outbox: batches that fit, results that are kept, and never a "done" for less."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.phone.exchange import SYNC, Exchange, local_lease, read
from tests.phone.files import Files
from tests.phone.outbox import Kept, Outbox
from tests.phone.wire import Json, canonical, instant

LIMITS: Final[Mapping[str, int]] = {"push_ops": 200, "push_bytes": 1024 * 1024}
ENVELOPE_BYTES: Final = 1024  # what a push says beside its operations
PLACE_BYTES: Final = 32  # the seq of an operation, and a comma


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What one push came to."""

    answered: int  # operations that have a final word now
    is_complete: bool
    retry_after: int | None  # the server stopped at an operation: wait, then go on from there
    body: Json


class Sending:
    """The outbox's side of the loop."""

    def __init__(self, exchange: Exchange, outbox: Outbox, files: Files) -> None:
        self.exchange = exchange
        self.outbox = outbox
        self.files = files

    def batch(self, *, most_ops: int | None = None) -> list[Kept]:
        """The next operations to send: contiguous, within the caps of the config."""
        config = self.exchange.store.fact("config") or {}
        limits = {**LIMITS, **config.get("limits", {})}
        room = limits["push_bytes"] - ENVELOPE_BYTES
        batch: list[Kept] = []
        for op in self.outbox.open_ops()[: min(limits["push_ops"], most_ops or LIMITS["push_ops"])]:
            room -= len(canonical(op.body)) + PLACE_BYTES
            if batch and (room < 0 or op.seq != (batch[-1].seq or 0) + 1):
                break
            batch.append(op)
        return batch

    def push(self, batch: list[Kept], *, pull: Json | None) -> Pushed:
        """Send a batch, or nothing but a sign of life; keep every result. Raises Refused, NoAnswer.

        Results are kept one by one before anything else is done with the answer.
        """
        raw = self.exchange.call("POST", SYNC, self._body(batch, pull))
        answer, now = read(raw), self.exchange.clock()
        retry_after, answered = None, 0
        for result in answer["results"]:
            if self._is_final(result):
                answered += 1
            else:
                retry_after = int(result.get("retry_after", 0))
        lease = local_lease(raw, answer["lease_until"], now)
        self.exchange.store.remember(lease_until=lease, pushed_at=instant(now))
        return Pushed(
            answered=answered,
            is_complete=answer["complete"],
            retry_after=retry_after,
            body=answer,
        )

    def _is_final(self, result: Json) -> bool:
        with self.exchange.store.transaction():
            is_final = self.outbox.take_result(result, now=self.exchange.present)
            if is_final:
                self.files.learn(result["op_id"], result.get("first", result))
        return is_final

    def _body(self, batch: list[Kept], pull: Json | None) -> dict[str, Any]:
        # Who only asks again what became of a wait holds nothing back.
        waiting = [op for op in self.outbox.open_ops() if not op.waits]
        first = batch[0].seq if batch else 1
        outbox: dict[str, Any] = {"count": len(waiting)}
        if waiting:
            outbox["oldest_at"] = waiting[0].captured_at
        body = {"first_seq": first, "outbox": outbox, "ops": [op.sent for op in batch]}
        return body if pull is None else {**body, "pull": dict(pull)}
