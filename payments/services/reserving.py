"""The pool of codes that a phone may hand out before their bills exist (R10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet

from payments.bill_code import draw_reserved
from payments.errors import TooManyCodes
from payments.models import Account, Bill, EntryKind, JournalLine, Payment, ReservedCode
from payments.worded_refusals import months_not_allowed
from perisai.clock import official_zone
from perisai.deadlines import Deadline, atomic_within
from perisai.models import Device

log = structlog.get_logger(__name__)

MOST_DRAWS: Final = 5


class NoFreeCode(RuntimeError):
    """Codes drawn five times over were taken: the source of randomness is broken."""


class CodeState(StrEnum):
    """Where a code stands; derived, in this order."""

    BOUND = "bound"
    CLAIMED = "claimed"
    HELD = "held"
    EXPIRED = "expired"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOrder:
    """That a device's free codes of so many months be `count`."""

    device_id: UUID
    agent_id: UUID
    months: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was paid under a code, in rupiah."""

    amount: int
    paid_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeView:
    """A code as its agent sees it: what came in, for how many of the months, and what is over.

    `credited`: rupiah that became the member's credit.
    """

    code: str
    months: int
    state: CodeState
    expires_at: datetime
    member_id: UUID | None
    paid: Taken | None
    paid_months: int
    credited: int


@atomic_within(Deadline.PAGE)
def reserve_codes(order: PoolOrder, *, now: datetime) -> list[ReservedCode]:
    """Fill the device's pool; all that is free in it then. Waits for other calls of the agent.

    Raises MonthsNotAllowed, and TooManyCodes if the pool would hold more than a device may, or all
    of the agent's devices, those that are lost or wiped included: their codes can be paid too.
    """
    if order.months not in settings.BILL_PERIODS:
        raise months_not_allowed(settings.BILL_PERIODS)
    devices = Device.objects.of_agent(order.agent_id).order_by("pk")
    list(devices.select_for_update(no_key=True).values_list("pk"))
    pool = pool_of(order.device_id, now=now)
    missing = order.count - sum(code.months == order.months for code in pool)
    if missing < 1:
        return pool
    live = ReservedCode.objects.filter(agent=order.agent_id).free(now).count()
    if (
        len(pool) + missing > settings.BILL_RESERVED_CODES_PER_DEVICE
        or live + missing > settings.BILL_RESERVED_CODES_PER_AGENT
    ):
        raise TooManyCodes
    drawn = _draw(order, missing, now=now)
    log.info("codes_reserved", device=str(order.device_id), codes=missing)
    return sorted([*pool, *drawn], key=lambda code: code.code)


def pool_of(device_id: UUID, *, now: datetime) -> list[ReservedCode]:
    """What a device may still hand out, by code."""
    return list(ReservedCode.objects.filter(device=device_id).free(now).order_by("code"))


def code_row(code: ReservedCode) -> dict[str, Any]:
    """The JSON object of the contract."""
    ends = code.expires_at.astimezone(official_zone()).isoformat(timespec="milliseconds")
    return {"code": code.code, "months": code.months, "expires_at": ends}


def _draw(order: PoolOrder, count: int, *, now: datetime) -> list[ReservedCode]:
    """New codes. One that is taken is drawn again. Raises NoFreeCode."""
    made: list[ReservedCode] = []
    for _again in range(MOST_DRAWS):
        wanted = {draw_reserved() for _ in range(count - len(made))}
        known = set(ReservedCode.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        rows = [_row(order, code, now=now) for code in sorted(wanted - known)]
        made += ReservedCode.objects.bulk_create(rows)
        if len(made) == count:
            return made
    raise NoFreeCode


def _row(order: PoolOrder, code: str, *, now: datetime) -> ReservedCode:
    return ReservedCode(
        code=code,
        agent_id=order.agent_id,
        device_id=order.device_id,
        months=order.months,
        reserved_at=now,
        expires_at=now + settings.BILL_RESERVED_CODE_VALID_FOR,
    )


def view_codes(codes: Sequence[ReservedCode], *, now: datetime) -> list[CodeView]:
    """Codes that the caller may see, with what came of them; three statements for any number."""
    found = payments_of_codes([code.code for code in codes]).select_related("bill")
    payments = {_code_of(one): one for one in found}
    shares = JournalLine.objects.filter(
        entry__payment__in=[one.pk for one in payments.values() if one.reservation_id],
        entry__kind=EntryKind.RELEASE,
        account=Account.MEMBER_CREDIT,
    )
    credited = dict(shares.values_list("entry__payment", "amount"))
    return [_view(code, payments.get(code.code), credited, now=now) for code in codes]


def payments_of_codes(codes: Sequence[str]) -> QuerySet[Payment]:
    """What stands under these codes, or paid their bills: looked up by both, one after the other.

    One condition over a join of both would read every payment.
    """
    bills = list(Bill.objects.filter(code__in=codes).values_list("pk", flat=True))
    return Payment.objects.standing().filter(Q(reservation__in=codes) | Q(bill__in=bills))


def state_of_code(code: ReservedCode, *, is_paid: bool, now: datetime) -> CodeState:
    """Where it stands; `is_paid`: money stands under it."""
    if code.bound_at is not None:
        return CodeState.BOUND
    if code.member_id is not None:
        return CodeState.CLAIMED
    if is_paid:
        return CodeState.HELD
    return CodeState.EXPIRED if now > code.expires_at else CodeState.FREE


def _code_of(payment: Payment) -> str:
    return payment.reservation_id or payment.paid_bill.code


def _view(
    code: ReservedCode,
    payment: Payment | None,
    credited: Mapping[UUID, int],
    *,
    now: datetime,
) -> CodeView:
    is_covered = payment is not None and payment.bill_id is not None
    return CodeView(
        code=code.code,
        months=code.wanted_months or code.months,
        state=state_of_code(code, is_paid=payment is not None, now=now),
        expires_at=code.expires_at,
        member_id=code.member_id,
        paid=Taken(amount=payment.amount, paid_at=payment.paid_at) if payment else None,
        paid_months=payment.paid_bill.line_count if payment and is_covered else 0,
        credited=-credited.get(payment.pk, 0) if payment else 0,
    )
