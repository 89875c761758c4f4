"""A bill of the demonstration, and the payment that it may have got."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from payments.bill_draft import BillDraft
from seeds.demo.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """The payment of one whole bill at a counter. `key` is the Idempotency-Key of the counter.

    `months_before`: how many months the member had paid before, all under the same agent.
    """

    id: UUID
    receipt_no: str
    key: str
    paid_at: datetime
    posted_at: datetime
    settled_on: date
    months_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One frozen quote for one person, made by her agent or by the counter's inquiry."""

    person: Person
    bill_id: UUID
    code: str
    made_at: datetime
    is_inquiry: bool
    draft: BillDraft
    taking: Taking | None
