"""A phone in plain Python: what a stranger's client does with the contract."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.test.utils import CaptureQueriesContext

from perisai.ids import new_id
from perisai.models import Device
from perisai.services.tokens import issue_device_token
from tests.factories.enrollment import EligibleAgentFactory
from tests.factories.perisai import AgentFactory, DeviceFactory
from tests.fixtures import Caller

AT = "2026-11-18T09:15:00.000+07:00"
URL = "/api/v1/sync"
Body = dict[str, Any]


def new_ids(count: int) -> list[UUID]:
    """Ids of rows, in the order of their making."""
    return [new_id() for _ in range(count)]


def op(seq: int, kind: str = "device.note", **members: Any) -> Body:
    """One operation as the phone numbers it; by default the smallest one."""
    op_id = str(members.pop("op_id", new_id()))
    entity_id = str(members.pop("entity_id", op_id))
    data = members.pop("data", {"code": "other"})
    return {
        "op_id": op_id,
        "seq": seq,
        "kind": kind,
        "v": 1,
        "entity_id": entity_id,
        "at": AT,
        "data": data,
    } | members


class Phone:
    """One installation: its rows, its cursor, and what it sends."""

    def __init__(self, device: Device, token: str) -> None:
        self.device = device
        self.client = Caller(token)
        self.rows: dict[tuple[str, str], tuple[int, Body]] = {}
        self.cursor: str | None = None
        self.tag = ""
        self.given: set[tuple[str, str]] = set()
        self.last: Body = {}

    def send(self, ops: Iterable[Body], **members: Any) -> Any:
        """Push a batch; the raw answer."""
        batch = list(ops)
        first_seq = members.pop("first_seq", batch[0]["seq"] if batch else 1)
        return self.client.post(URL, {"first_seq": first_seq, "ops": batch} | members)

    def reads_schema(self, schema: str) -> None:
        """From now on the app says that it reads row schemas up to this one."""
        self.client.credentials(
            HTTP_X_APP_VERSION="1.4.0",
            HTTP_X_SCHEMA=schema,
            HTTP_AUTHORIZATION=f"Token {self.client.token}",
        )

    def post(self, body: bytes, **headers: str) -> Any:
        """Send bytes as they are; the raw answer."""
        return self.client.generic(
            "POST",
            URL,
            body,  # type: ignore[arg-type]  # the stubs know text alone
            content_type="application/json",
            headers=headers,
        )

    def push(self, *ops: Body) -> list[Body]:
        """Push a batch whose envelope is fine; the results."""
        answer = self.send(ops)
        assert answer.status_code == 200, answer.content
        results: list[Body] = answer.json()["results"]
        return results

    def ask(self, cursor: str | None, **query: Any) -> Any:
        """One page; the raw answer."""
        headers = query.pop("headers", {})
        wanted = query | ({"cursor": cursor} if cursor is not None else {})
        return self.client.get(f"{URL}/changes", wanted, headers=headers)

    def pull(self, **query: Any) -> list[Body]:
        """Page after page until the book ends; the pages."""
        pages: list[Body] = []
        while not pages or pages[-1]["more"]:
            answer = self.ask(self.cursor, **query)
            assert answer.status_code == 200, answer.content
            page = answer.json()
            self.apply(page)
            pages.append(page)
            self.tag = answer.headers.get("ETag", "")
        self.last = pages[-1]
        return pages

    def apply(self, page: Mapping[str, Any]) -> None:
        """Rows and cursor move together; a put that is not newer is ignored.

        The last page of a walk ends what the walk did not give.
        """
        if self.cursor is None:
            self.given = set()
        for change in page["changes"]:
            key = change["e"], change["id"]
            if change["op"] == "drop":
                self.rows.pop(key, None)
                continue
            self.given.add(key)
            if key not in self.rows or self.rows[key][0] < change["ver"]:
                self.rows[key] = change["ver"], change["row"]
        if page["full"] and not page["more"]:
            self.rows = {key: row for key, row in self.rows.items() if key in self.given}
        self.cursor = page["cursor"]

    def digest(self) -> str:
        """Over the rows that the phone holds."""
        whole = 0
        for (entity, row_id), (version, _row) in self.rows.items():
            text = f"{entity}:{row_id}:{version}".encode()
            whole ^= int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
        return f"{whole:016x}"

    def agrees(self) -> bool:
        """Phone and server hold the same rows, as far as the last page tells."""
        counts: dict[str, int] = {}
        for entity, _ in self.rows:
            counts[entity] = counts.get(entity, 0) + 1
        return (self.last["digest"], self.last["counts"]) == (self.digest(), counts)


def owner(phone: Phone) -> UUID:
    """The agent whose book the phone holds."""
    return phone.device.agent_id


def problem(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


def statements(caught: CaptureQueriesContext) -> list[str]:
    """What a call asked of the database, apart from the bounds of its transactions."""
    bounds = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SELECT set_config")
    found = [query["sql"].strip() for query in caught.captured_queries]
    return [sql for sql in found if not sql.startswith(bounds)]


def phone_of(device: Device) -> Phone:
    """A logged-in phone whose first call is behind it, so that calls cost what they always do."""
    token, _ends = issue_device_token(device)
    phone = Phone(device, token)
    assert phone.client.get(URL).status_code == 200
    return phone


def new_phone() -> Phone:
    """A phone of an agent of its own."""
    return phone_of(DeviceFactory.create(agent=AgentFactory.create()))


def registering_phone() -> Phone:
    """A phone of an agent whose registrations count (R29)."""
    return phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))
