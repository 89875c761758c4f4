"""A Pospay counter in the story: logs in, asks, takes money. An ordinary HTTP client."""

import json
from typing import Any, Final

from config.local.story.teller import Answer, Teller, Web

TERMINAL: Final = "POS-60115-02"
PAYMENTS: Final = "/api/v1/pospay/payments"


class Counter:
    """One terminal at a post office."""

    def __init__(self, teller: Teller, base_url: str) -> None:
        self.teller = teller
        self.web = Web(base_url)
        self.token = ""

    def log_in(self, username: str, password: str) -> Answer:
        """Log in; keep the token."""
        body = {"username": username, "password": password, "terminal_id": TERMINAL}
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

    def pay(self, notice: dict[str, Any], *, key: str) -> Answer:
        """Report money taken."""
        return self.ask("POST", PAYMENTS, notice, key=key)

    def pay_on_a_bad_line(self, notice: dict[str, Any], *, key: str) -> None:
        """Report money taken; the line breaks before the answer is here."""
        body = json.dumps(notice).encode()
        headers = self._headers(key) | {"Content-Type": "application/json"}
        self.web.lose_answer("POST", PAYMENTS, body=body, headers=headers)

    def print_receipt(self, payment_id: str) -> Answer:
        """One paper of a receipt."""
        return self.ask("GET", f"{PAYMENTS}/{payment_id}/receipt.html", short="halaman struk")

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str = "", short: str = ""
    ) -> Answer:
        """One call of this terminal; shown in the story."""
        headers = self._headers(key)
        raw = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            raw = json.dumps(body).encode()
        answer = self.web.call(method, path, body=raw, headers=headers)
        self.teller.asked(method, path, answer, short)
        return answer

    def _headers(self, key: str) -> dict[str, str]:
        headers = {"Accept-Language": "id"}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        return headers


def notice(
    quote: dict[str, Any],
    *,
    amount: int | None = None,
    advice: bool = False,
    paid_at: str = "2026-11-20T09:00:00+07:00",
) -> dict[str, Any]:
    """What a terminal reports of a quote that was paid: the right amount, unless it names one."""
    return {
        "bill_code": quote["bill_code"],
        "amount": quote["payable"] if amount is None else amount,
        "terminal_id": TERMINAL,
        "paid_at": paid_at,
        "advice": advice,
    }
