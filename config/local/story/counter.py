"""A Pospay counter in the story: logs in, asks, takes money. An ordinary HTTP client."""

import json
from typing import Any

from config.local.story.teller import Answer, Teller, Web


class Counter:
    """One terminal at a post office."""

    def __init__(self, teller: Teller, base_url: str) -> None:
        self.teller = teller
        self.web = Web(base_url)
        self.token = ""

    def log_in(self, username: str, password: str) -> Answer:
        """Log in; keep the token."""
        body = {"username": username, "password": password, "terminal_id": "POS-60115-02"}
        answer = self.ask("POST", "/api/v1/pospay/login", body, short="token terminal")
        self.token = answer.json.get("token", "")
        return answer

    def inquire(self, kpj: str, *, months: int) -> dict[str, Any]:
        """Look a member up by KPJ; the quote."""
        body = {"kpj": kpj, "months": months}
        answer = self.ask("POST", "/api/v1/pospay/inquiries", body)
        self.teller.equals("loket mendapat tagihan", answer.status, 200)
        quote: dict[str, Any] = answer.json
        return quote

    def pay(self, quote: dict[str, Any], *, amount: int, key: str, paid_at: str) -> Answer:
        """Report money taken."""
        body = {
            "bill_code": quote["bill_code"],
            "amount": amount,
            "terminal_id": "POS-60115-02",
            "paid_at": paid_at,
        }
        return self.ask("POST", "/api/v1/pospay/payments", body, key=key)

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str = "", short: str = ""
    ) -> Answer:
        """One call of this terminal; shown in the story."""
        headers = {"Accept-Language": "id"}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        raw = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            raw = json.dumps(body).encode()
        answer = self.web.call(method, path, body=raw, headers=headers)
        self.teller.asked(method, path, answer, short)
        return answer
