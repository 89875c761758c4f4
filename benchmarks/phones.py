"""Phones with a book: what they send, how, and what came of it."""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from benchmarks.people import make_members
from benchmarks.stage import make_agent, make_eligible
from benchmarks.web import Answer, Line
from perisai.ids import new_id
from perisai.models import Agent, Device, Platform
from perisai.services.tokens import issue_device_token
from sync.services.book import open_book, recording

PUSH: Final = "/api/v1/sync"
CHANGES: Final = "/api/v1/sync/changes"
VILLAGE: Final = "3515142001"
OK: Final = 200
ENTITY: Final = "member"
_people: Final[Iterator[int]] = count()  # no NIK twice, whichever phone registers it
_members_made: Final[list[int]] = [0]

Op = dict[str, Any]


class Phone:
    """One installation of the app: its token and the next place of its outbox."""

    def __init__(self, agent: Agent) -> None:
        now = timezone.now()
        self.agent = agent
        self.device = Device.objects.create(
            agent=agent,
            installation_id=uuid4(),
            platform=Platform.ANDROID,
            app_version="1.4.0",
            schema=1,
            lease_until=now,
        )
        token, _ = issue_device_token(self.device)
        self.at = _instant()
        self.seq = 0
        self.headers = {
            "Authorization": f"Token {token}",
            "X-App-Version": "1.4.0",
            "X-Schema": "1",
            "Accept-Encoding": "gzip",
        }
        self.client = Client()

    def op(self, kind: str, data: dict[str, Any], **more: Any) -> Op:
        """The next operation of the outbox; `more` names its entity or revision."""
        self.seq += 1
        return {
            "op_id": str(new_id()),
            "seq": self.seq,
            "kind": kind,
            "v": 1,
            "entity_id": str(new_id()),
            "at": self.at,
            "data": data,
        } | more

    def push(self, ops: Sequence[Op]) -> None:
        """Send a batch inside this process, where its statements can be seen; all must apply."""
        answer = self.client.post(
            PUSH,
            body_of(ops),
            content_type="application/json",
            headers=self.headers | {"Host": "127.0.0.1"},
        )
        must_be(answer.status_code, answer.content, answer.headers, ["applied"] * len(ops))

    def pull(self, query: dict[str, str], tag: str = "") -> Any:
        """One page inside this process."""
        told = {"If-None-Match": tag} if tag else {}
        headers = self.headers | {"Host": "127.0.0.1"} | told
        return self.client.get(CHANGES, query, headers=headers)

    def send(self, line: Line, raw: bytes, words: list[str]) -> None:
        """Send a body over HTTP, whose results must be these."""
        answer = line.send(PUSH, raw, self.headers)
        must_be(answer.status, answer.body, answer.fields, words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one agent's phone can send about the members of her book."""

    phone: Phone
    members: tuple[UUID, ...]
    revisions: dict[UUID, int]

    def register(self, number: int) -> Op:
        """A new member with two heirs and a bill of one month."""
        del number  # each is another person
        return self.phone.op("member.register", _form(next(_people)))

    def attempt(self, number: int) -> Op:
        """A visit; nobody was at home."""
        about = {"member_id": str(self._member(number)), "unpaid_since": None}
        return self.phone.op(
            "follow_up.attempt", about | {"channel": "visit", "contact": "not_home"}
        )

    def consent(self, number: int) -> Op:
        """Reminders are wanted."""
        given = _consent("reminders") | {"member_id": str(self._member(number))}
        return self.phone.op("consent.record", given)

    def correct(self, number: int) -> Op:
        """A new address line, by somebody who knows the newest revision."""
        member = self._member(number)
        revision = self.revisions.get(member, 1)
        self.revisions[member] = revision + 1
        changed = {"group": "contact", "set": {"address_line": f"Dusun Contoh {self.phone.seq}"}}
        return self.phone.op("member.correct", changed, entity_id=str(member), base_rev=revision)

    def _member(self, number: int) -> UUID:
        return self.members[number % len(self.members)]


def make_work(name: str, rows: int, *, may_register: bool = False) -> Work:
    """An agent with a book of so many members, and her phone."""
    agent = make_agent(name)
    if may_register:
        serial = next(_people)
        make_eligible(agent, nik=f"351514010180{serial:04d}", kpj=f"8{serial:010d}")
    open_book(agent.pk)
    people = make_members(agent, rows, first=_members_made[0])
    _members_made[0] += rows
    members = tuple(member.pk for member in people)
    with recording() as changes:
        changes.put(agent.pk, ENTITY, members)
    return Work(phone=Phone(agent), members=members, revisions={})


def body_of(ops: Sequence[Op]) -> bytes:
    """A batch as the phone writes it."""
    return json.dumps({"first_seq": ops[0]["seq"], "ops": ops}, separators=(",", ":")).encode()


def unpacked(body: bytes, fields: Any) -> bytes:
    """The bytes of an answer, compressed or not."""
    is_packed = "gzip" in (fields.get("content-encoding") or "")
    return gzip.decompress(body) if is_packed else body


def text_of(body: bytes, fields: Any) -> Any:
    """The JSON of an answer, compressed or not."""
    return json.loads(unpacked(body, fields))


def bytes_of(answer: Answer) -> bytes:
    """What an answer over HTTP says, as it is written."""
    if answer.status != OK:
        raise RuntimeError(f"answered {answer.status} {answer.body[:200]!r}")
    return unpacked(answer.body, answer.fields)


def json_of(answer: Answer) -> Any:
    """The JSON of an answer over HTTP."""
    return json.loads(bytes_of(answer))


def must_be(status: int, body: bytes, fields: Any, words: list[str]) -> None:
    """Raises RuntimeError unless a push was answered with these results."""
    if status != OK:
        raise RuntimeError(f"push answered {status} {body[:200]!r}")
    results = text_of(body, fields)["results"]
    other = [one for one, word in zip(results, words, strict=True) if one["result"] != word]
    if other:
        raise RuntimeError(f"push answered {other[0]}")


def _instant() -> str:
    return timezone.now().isoformat(timespec="milliseconds")


def _form(number: int) -> dict[str, Any]:
    born = date(1970, 1, 1) + timedelta(days=7 * number)
    heirs = [
        {"name": f"Ahli {relation}", "relation": relation, "birth_date": born.isoformat()}
        for relation in ("spouse", "child")
    ]
    return {
        "nik": f"351514{born:%d%m%y}{9000 - number:04d}",
        "full_name": f"PESERTA UJI {_letters(number)}",
        "birth_date": born.isoformat(),
        "sex": "male",
        "village_code": VILLAGE,
        "address_line": "Dusun Contoh",
        "no_phone_reason": "tidak punya",
        "occupations": [{"code": "DES01", "is_main": True}],
        "income_monthly": 900_000,
        "programmes": ["JKK", "JKM"],
        "heirs": heirs,
        "months": 1,
        "consent": _consent("registration"),
    }


def _letters(number: int) -> str:
    """A name for a number; names hold no digits."""
    return "".join(chr(ord("A") + int(digit)) for digit in str(number))


def _consent(purpose: str) -> dict[str, Any]:
    return {
        "purposes": [purpose],
        "text_version": "2026-09-id",
        "language": "id",
        "method": "signature",
        "given_at": _instant(),
    }
