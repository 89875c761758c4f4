"""A counter as a client: what Pospay's terminals send."""

from itertools import count
from typing import Any

from payments.models import PostAgent
from perisai.services.tokens import issue_terminal_token
from tests.factories.payments import NOW, PostAgentFactory
from tests.fixtures import Caller

TERMINAL = "POS-50111-02"
PAYMENTS = "/api/v1/pospay/payments"
REVERSALS = "/api/v1/pospay/reversals"
INQUIRIES = "/api/v1/pospay/inquiries"

_numbers = count(1)


class Counter(Caller):
    """A terminal that is logged in at an outlet."""

    def __init__(self, outlet: PostAgent | None = None, *, language: str = "id") -> None:
        self.outlet = outlet or PostAgentFactory.create()
        self.language = language
        token, _ends = issue_terminal_token(self.outlet.user, TERMINAL)
        super().__init__(token)
        self.speak(token)

    def speak(self, token: str) -> None:
        """Call with a token, and in the counter's language."""
        self.credentials(HTTP_AUTHORIZATION=f"Token {token}", HTTP_ACCEPT_LANGUAGE=self.language)

    def inquire(self, **body: Any) -> Any:
        """POST an inquiry."""
        return self.post(INQUIRIES, body)

    def pay(self, body: dict[str, Any], key: str | None = None) -> Any:
        """POST a payment under a key of its own, unless one is given; an empty key sends none."""
        key = new_key() if key is None else key
        headers = {"Idempotency-Key": key} if key else {}
        return self.post(PAYMENTS, body, headers=headers)

    def reverse(self, body: dict[str, Any], key: str | None = None) -> Any:
        """POST a reversal under a key of its own, unless one is given."""
        headers = {"Idempotency-Key": new_key() if key is None else key}
        return self.post(REVERSALS, body, headers=headers)


def new_key() -> str:
    """A key that no other call of this run has."""
    return f"kunci-loket-{next(_numbers):08d}"


def notice(bill: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The right payment of an inquired bill; `changes` go over its members."""
    body = {
        "bill_code": bill["bill_code"],
        "amount": bill["payable"],
        "reference": f"PSP-{next(_numbers):08d}",
        "paid_at": NOW.isoformat(),
    }
    return body | changes


def comparable(answer: Any) -> tuple[int, dict[str, Any]]:
    """Status and body, without the one thing that may differ between two refusals."""
    body = answer.json()
    body.pop("request_id")
    return answer.status_code, body
