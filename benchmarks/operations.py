"""Statements per operation and per call: they must not grow with the batch or the book."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from benchmarks.report import Figure, Report
from benchmarks.stage import StatementCount, make_agent, make_eligible
from config.local.services import Running
from perisai.ids import new_id
from perisai.models import Agent, Device, Platform
from perisai.services.tokens import issue_device_token
from sync.services.book import open_book

BATCH: Final = 20
MOST_PER_REGISTRATION: Final = 25
MOST_PER_ATTEMPT: Final = 15
MOST_PER_PAGE: Final = 8
MOST_PER_QUIET_PULL: Final = 4
OWN_NIK: Final = "3515140101809899"
VILLAGE: Final = "3515142001"


class Phone:
    """A phone inside this process, so that its statements can be counted."""

    def __init__(self, agent: Agent) -> None:
        now = timezone.now()
        device = Device.objects.create(
            agent=agent,
            installation_id=uuid4(),
            platform=Platform.ANDROID,
            app_version="1.4.0",
            schema=1,
            lease_until=now,
        )
        token, _ = issue_device_token(device)
        self.at = now.isoformat(timespec="milliseconds")
        self.seq = 0
        self.headers = {
            "authorization": f"Token {token}",
            "x-app-version": "1.4.0",
            "x-schema": "1",
            "host": "127.0.0.1",
        }
        self.client = Client()

    def op(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        """The next operation of the outbox."""
        self.seq += 1
        return {
            "op_id": str(new_id()),
            "seq": self.seq,
            "kind": kind,
            "v": 1,
            "entity_id": str(new_id()),
            "at": self.at,
            "data": data,
        }

    def push(self, ops: list[dict[str, Any]]) -> int:
        """Send a batch, all of which must be applied; how many statements it took."""
        body = json.dumps({"first_seq": ops[0]["seq"], "ops": ops})
        with StatementCount() as count:
            answer = self.client.post(
                "/api/v1/sync", body, content_type="application/json", headers=self.headers
            )
        words = [result["result"] for result in answer.json().get("results", [])]
        if words != ["applied"] * len(ops):
            raise RuntimeError(f"push answered {answer.status_code} {words}")
        return count.statements

    def pull(self, cursor: str, tag: str = "") -> tuple[Any, int]:
        """One page; the answer and its statements."""
        headers = self.headers | ({"if-none-match": tag} if tag else {})
        with StatementCount() as count:
            answer = self.client.get("/api/v1/sync/changes", {"cursor": cursor}, headers=headers)
        return answer, count.statements


def run(_running: Running, say: Callable[[str], None]) -> Report:
    """Count one operation and the mean of a batch, then the pulls that follow."""
    agent = make_agent("BENCH-OPS")
    make_eligible(agent, nik=OWN_NIK)
    open_book(agent.pk)
    phone = Phone(agent)
    say("operations: registrations")
    phone.push([phone.op("member.register", _form(0))])  # fills the caches of rules and regions
    one = phone.push([phone.op("member.register", _form(1))])
    forms = [phone.op("member.register", _form(2 + number)) for number in range(BATCH)]
    register = (phone.push(forms) - one) / (BATCH - 1)
    say("operations: attempts")
    attempts = [phone.op("follow_up.attempt", _attempt(form["entity_id"])) for form in forms]
    first = phone.push(attempts[:1])
    attempt = (phone.push(attempts[1:]) - first) / (BATCH - 2)
    page, page_statements = phone.pull("")
    quiet, quiet_statements = phone.pull(page.json()["cursor"], page.headers["ETag"])
    if quiet.status_code != 304:
        raise RuntimeError(f"the quiet pull answered {quiet.status_code}")
    return Report(
        name="operations",
        title="Statements per operation",
        conditions=f"Counted, not timed; batches of {BATCH}; transaction words apart.",
        figures=(
            _at_most("one `member.register`, applied", register, MOST_PER_REGISTRATION),
            _at_most("one `follow_up.attempt`, applied", attempt, MOST_PER_ATTEMPT),
            _at_most(f"a page of {BATCH + 2} changed members", page_statements, MOST_PER_PAGE),
            _at_most("a pull with nothing new (304)", quiet_statements, MOST_PER_QUIET_PULL),
        ),
    )


def _at_most(name: str, value: float, most: int) -> Figure:
    return Figure(name=name, value=f"{value:.3g}", goal=f"≤ {most}", is_met=value <= most)


def _form(number: int) -> dict[str, Any]:
    born = date(1990, 1, 1 + number % 28)
    return {
        "nik": f"351514{born:%d%m%y}{9900 + number:04d}",
        "full_name": "PESERTA UJI",
        "birth_date": born.isoformat(),
        "sex": "male",
        "village_code": VILLAGE,
        "address_line": "Dusun Contoh",
        "no_phone_reason": "tidak punya",
        "occupations": [{"code": "DES01", "is_main": True}],
        "income_monthly": 900_000,
        "programmes": ["JKK", "JKM"],
        "months": 1,
        "consent": {
            "purposes": ["registration"],
            "text_version": "2026-09-id",
            "language": "id",
            "method": "signature",
            "given_at": timezone.now().isoformat(timespec="milliseconds"),
        },
    }


def _attempt(member_id: str) -> dict[str, Any]:
    return {
        "member_id": member_id,
        "unpaid_since": None,
        "channel": "visit",
        "contact": "not_home",
    }
