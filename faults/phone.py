"""A phone in the field: it captures, sends, and acts on what the answer says, on a bad line."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from random import Random
from time import monotonic, sleep
from typing import Any, Final
from uuid import UUID

from faults.inbox import Heard
from perisai.ids import new_id

URL: Final = "/api/v1/sync"
HEAD: Final = {"X-App-Version": "1.4.0", "X-Schema": "1", "Content-Type": "application/json"}
ANSWERS_WITHIN: Final = 15.0
GIVES_UP_AFTER: Final = 120.0
PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 3.0
BATCH: Final = 50
MOST_CAPTURED: Final = 40
SENT_AGAIN: Final = 0.03  # a batch whose answer was heard is sent once more
TWICE_AT_ONCE: Final = 0.03
VILLAGE: Final = "3515142001"
Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer; no status: the line died before it came."""

    status: int
    body: Mapping[str, Any]
    pause: float


NO_ANSWER: Final = Reply(status=0, body={}, pause=PAUSE)


@dataclass(slots=True, kw_only=True)
class Phone:
    """One installation: what it captured, in order, and what it heard of it."""

    port: int
    device_id: UUID
    agent_id: UUID
    token: str
    members: tuple[UUID, ...]
    random: Random
    heard: Heard
    bad_line: float
    ops: list[Body] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    prospects: list[str] = field(default_factory=list)
    next_seq: int = 1

    def work(self, many: int) -> None:
        """Capture and send until so many operations are answered for good."""
        while len(self.words) < many and not self.heard.is_over():
            for _ in range(self.random.randint(1, MOST_CAPTURED)):
                self.ops.append(self._captured(len(self.ops) + 1))
            self.send_all()

    def send_all(self) -> None:
        """Empty the outbox, however often the line or the server dies."""
        give_up_at = monotonic() + GIVES_UP_AFTER
        while self.next_seq <= len(self.ops):
            if monotonic() > give_up_at:
                self.heard.give_up(str(self.device_id))
                return
            before = self.next_seq
            self._sync()
            if self.next_seq > before:
                give_up_at = monotonic() + GIVES_UP_AFTER

    def walk(self) -> tuple[dict[tuple[str, str], int], bool]:
        """Every row of the book with its version, and whether the digest is the phone's own."""
        rows: dict[tuple[str, str], int] = {}
        page: Mapping[str, Any] = {"more": True, "cursor": ""}
        while page["more"]:
            query = f"?cursor={page['cursor']}" if page["cursor"] else ""
            reply = self._exchange("GET", f"{URL}/changes{query}", None)
            if reply.status != 200:
                self.heard.repeat(f"walk {reply.status}")
                sleep(min(reply.pause, LONGEST_PAUSE))
                continue
            page = reply.body
            for change in page["changes"]:
                if change["op"] == "put":
                    rows[change["e"], change["id"]] = change["ver"]
                else:
                    rows.pop((change["e"], change["id"]), None)
        return rows, page["digest"] == digest_of(rows)

    def _sync(self) -> None:
        first = self.next_seq
        if first > 1 and self.random.random() < SENT_AGAIN:
            first = self.random.randint(max(1, first - BATCH), first - 1)
        batch = self.ops[first - 1 : first - 1 + BATCH]
        body = {"first_seq": first, "ops": batch, "outbox": {"count": len(self.ops) + 1 - first}}
        if self.random.random() < TWICE_AT_ONCE:
            with ThreadPoolExecutor(2) as pool:
                replies = list(pool.map(lambda _: self._exchange("POST", URL, body), range(2)))
        else:
            replies = [self._exchange("POST", URL, body)]
        for reply in replies:
            self._take(reply)

    def _take(self, reply: Reply) -> None:
        if reply.status == 200:
            for result in reply.body["results"]:
                self._hear(result)
            self.next_seq = max(self.next_seq, int(reply.body["next_seq"]))
            if not reply.body["complete"]:
                self.heard.repeat("not complete")
            return
        code = str(reply.body.get("code", "no_answer"))
        self.heard.repeat(code)
        if code == "sequence_gap":
            self.next_seq = int(reply.body["expected_seq"])
            return
        sleep(min(reply.pause, LONGEST_PAUSE) * (0.5 + self.random.random()))

    def _hear(self, result: Mapping[str, Any]) -> None:
        """The first final word stands; another one later is a contradiction."""
        if result["result"] == "retry":
            self.heard.repeat("retry")
            return
        said = result.get("first", result)
        word = str(said["result"])
        is_news = result["op_id"] not in self.words
        known = self.words.setdefault(result["op_id"], word)
        if known not in {word, "blocked"}:
            self.heard.contradict(result["op_id"])
        if is_news and word == "applied" and said.get("entity") == "prospect":
            self.prospects.append(said["entity_id"])

    def _captured(self, seq: int) -> Body:
        """Something that an agent does: a prospect met or met again, an attempt, a note."""
        drawn = self.random.random()
        if drawn < 0.4 or (drawn < 0.7 and not self.prospects):
            return self._op(seq, "prospect.record", str(new_id()), self._contact())
        if drawn < 0.7:
            known = self.random.choice(self.prospects)
            return self._op(seq, "prospect.record", known, self._contact(), base_rev=1)
        if drawn < 0.9:
            member = str(self.random.choice(self.members))
            data = {"member_id": member, "unpaid_since": None, "channel": "visit"}
            return self._op(seq, "follow_up.attempt", str(new_id()), data | {"contact": "not_home"})
        return self._op(seq, "device.note", "", {"code": "other", "text": "uji"})

    def _contact(self) -> Body:
        return {
            "name": "Bu Contoh",
            "village_code": VILLAGE,
            "ecosystem": "pasar",
            "occupation": "DES01",
            "outcome": self.random.choice(["interested", "no_money_now", "unreachable"]),
        }

    def _op(self, seq: int, kind: str, entity_id: str, data: Body, **members: Any) -> Body:
        op_id = str(new_id())
        return {
            "op_id": op_id,
            "seq": seq,
            "kind": kind,
            "v": 1,
            "entity_id": entity_id or op_id,
            "at": datetime.now(tz=UTC).isoformat(timespec="milliseconds"),
            "data": data,
        } | members

    def _exchange(self, method: str, path: str, body: Body | None) -> Reply:
        """One exchange on a line of its own; now and then it dies before the answer."""
        headers = HEAD | {"Authorization": f"Token {self.token}"}
        sent_at = monotonic()
        line = HTTPConnection("127.0.0.1", self.port, timeout=ANSWERS_WITHIN)
        try:
            line.request(method, path, json.dumps(body) if body else None, headers)
            if body is not None and self.random.random() < self.bad_line:
                sleep(self.random.random() * PAUSE)
                raise ConnectionResetError
            response = line.getresponse()
            said = json.loads(response.read() or b"{}")
        except (OSError, HTTPException, ValueError):
            return NO_ANSWER
        finally:
            line.close()
        if response.status == 200:
            self.heard.answer(sent_at)
        pause = float(response.headers.get("Retry-After", PAUSE))
        return Reply(status=response.status, body=said, pause=pause)


def digest_of(rows: Mapping[tuple[str, str], int]) -> str:
    """The contract's digest over the rows that a phone holds."""
    whole = 0
    for (entity, row_id), version in rows.items():
        leaf = hashlib.sha256(f"{entity}:{row_id}:{version}".encode()).digest()[:8]
        whole ^= int.from_bytes(leaf, "big")
    return f"{whole:016x}"
