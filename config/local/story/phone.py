"""A phone in the story: numbered outbox, confirmed rows, digest. An ordinary HTTP client."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from config.local.story.people import fresh_id
from config.local.story.teller import Answer, Teller, Web

EMPTY_DIGEST = 0


class Phone:
    """One installation: pushes operations in order, pulls pages, checks the digest (sync)."""

    def __init__(self, teller: Teller, base_url: str, *, now: datetime) -> None:
        self.teller = teller
        self.web = Web(base_url)
        self.now = now
        self.installation_id = str(uuid.uuid4())
        self.token = ""
        self.seq = 0
        self.cursor = ""
        self.device_id = ""
        self.rows: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
        self.given_up: dict[tuple[str, str], str] = {}  # why, by row

    def log_in(self, login: str, password: str) -> Answer:
        """Log in; keep the token."""
        device = {
            "installation_id": self.installation_id,
            "label": "HP contoh",
            "platform": "android",
            "model": "SM-A055F",
            "app_version": "1.4.0",
            "schema": 1,
        }
        body = {"login": login, "password": password, "device": device}
        answer = self.ask("POST", "/api/v1/auth/login", body, short="token, perangkat, wilayah")
        if answer.status == 200:  # noqa: PLR2004
            self.token = answer.json["token"]
            self.device_id = answer.json["device"]["id"]
        return answer

    def ask(
        self, method: str, path: str, body: Any = None, *, short: str = "", **more: str
    ) -> Answer:
        """One call with this phone's headers; shown in the story."""
        headers = {
            "X-App-Version": "1.4.0",
            "X-Schema": "1",
            "X-Device-Time": self.now.isoformat(timespec="milliseconds"),
            "Accept-Language": "id",
        } | {name.replace("_", "-"): value for name, value in more.items()}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        raw = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            raw = json.dumps(body).encode()
        answer = self.web.call(method, path, body=raw, headers=headers)
        self.teller.asked(method, path.split("?", maxsplit=1)[0], answer, short)
        return answer

    def operation(
        self, kind: str, data: dict[str, Any], *, entity_id: str, at: str, **more: Any
    ) -> dict[str, Any]:
        """Number one operation; from now on it is the phone's duty to deliver it.

        `more` are further members of the envelope, such as `base_rev`.
        """
        self.seq += 1
        return {
            "op_id": fresh_id(),
            "seq": self.seq,
            "kind": kind,
            "v": 1,
            "entity_id": entity_id,
            "at": at,
            "data": data,
            **more,
        }

    def push(self, operations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send operations; returns their results in order."""
        body = {
            "first_seq": operations[0]["seq"],
            "outbox": {"count": len(operations), "oldest_at": operations[0]["at"]},
            "ops": list(operations),
        }
        answer = self.ask("POST", "/api/v1/sync", body, short=f"{len(operations)} kiriman")
        self.teller.equals("server menjawab kiriman", answer.status, 200)
        results: list[dict[str, Any]] = answer.json["results"]
        words = ", ".join(result["result"] for result in results)
        self.teller.console.print(f"      hasil: {words}", style="dim")
        return results

    def pull(self) -> dict[str, Any]:
        """Page until the end; the last page, after the digest was compared."""
        while True:
            path = "/api/v1/sync/changes" + (f"?cursor={self.cursor}" if self.cursor else "")
            answer = self.ask("GET", path, short="halaman perubahan")
            if answer.status != 200:  # noqa: PLR2004
                self.teller.holds("tarikan dijawab 200", is_true=False, seen=answer.text)
            page: dict[str, Any] = answer.json
            for change in page["changes"]:
                self._apply(change)
            self.cursor = page["cursor"]
            if not page["more"]:
                break
        self.teller.equals(
            "sidik isi ponsel sama dengan sidik isi server", self.digest(), page["digest"]
        )
        return page

    def _apply(self, change: dict[str, Any]) -> None:
        key = (change["e"], change["id"])
        if change["op"] == "put":
            self.rows[key] = (change["ver"], change["row"])
        else:
            self.rows.pop(key, None)
            self.given_up[key] = change["reason"]

    def digest(self) -> str:
        """XOR of the leaves of all rows that this phone holds."""
        total = EMPTY_DIGEST
        for (entity, row_id), (ver, _) in self.rows.items():
            leaf = hashlib.sha256(f"{entity}:{row_id}:{ver}".encode("ascii")).digest()[:8]
            total ^= int.from_bytes(leaf, "big")
        return f"{total:016x}"

    def member(self, member_id: str) -> dict[str, Any]:
        """A member's confirmed row."""
        return self.rows["member", member_id][1]
