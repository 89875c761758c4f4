"""Making bills: frozen quotes of the oldest unpaid months (R5-R10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from enrollment.ages import AgeResult, age_at_payment
from enrollment.errors import AgeNotAllowed, MemberClosed
from enrollment.services.rules import age_limits
from payments.bill_draft import BillDraft, DraftLine, bill_end, quote_lines
from payments.errors import (
    BillNotFound,
    BillNotOpen,
    KeyReused,
    MemberNotEligible,
    MemberNotFound,
)
from payments.models import Bill, BillLine, Channel, Payment
from payments.quote import Quote, quote_months
from payments.services.bill_writing import write_bill
from payments.services.candidates import Candidate, read_candidates
from payments.services.idempotency import (
    Claim,
    Earlier,
    claim_key,
    conclude_with_bill,
    conclude_with_refusal,
)
from payments.services.makers import (
    Maker,
    PartnerMaker,
    billable_by,
    caller_of,
    maker_columns,
)
from payments.services.outcomes import BillMade, BillReplayed, BillReused, Posted, Refused
from payments.services.posting import PayCommand, pay
from payments.services.rates import bill_rules, rate_book
from payments.tariff import PayerKind, RateBook
from perisai.clock import official_date, official_zone
from perisai.deadlines import Deadline
from perisai.errors import DomainError
from sync.services import book

REUSED_WITH_AT_LEAST: Final = timedelta(minutes=10)


class CreditNotSettled(RuntimeError):
    """A bill made in this very transaction could not be paid by its credit: a bug."""


BillOutcome = BillMade | BillReused | BillReplayed | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class BillOrder:
    """Who wants a bill of how many months for whom. `key`: the caller's Idempotency-Key, if any.

    All members have one payer; a bill has one.
    """

    maker: Maker
    member_ids: tuple[UUID, ...]
    months: int
    key: str | None = None


def make_bill(order: BillOrder, *, now: datetime) -> BillOutcome:
    """Freeze a quote, or return the maker's equal open one; all members or none.

    A refusal is a value, since the key's row commits with it. A bill that credit pays whole is
    settled at once (R9). The books of the members' agents are raised, but for a partner's quote,
    which that partner alone knows.
    """
    with book.recording(Deadline.PAGE) as changes:
        if order.key is None:
            return _make(order, changes, now=now)
        claimed = claim_key(_claim(order, order.key))
        if isinstance(claimed, Earlier):
            return _earlier(claimed)
        outcome = _make(order, changes, now=now)
        if isinstance(outcome, Refused):
            conclude_with_refusal(claimed, outcome)
        else:
            conclude_with_bill(claimed, outcome.bill_id)
        return outcome


def cancel_bill(code: str, *, bills: QuerySet[Bill], now: datetime) -> None:
    """Take an open bill back, among those that the caller may see; again: nothing happens.

    Raises BillNotFound, or BillNotOpen if it is paid, reversed or expired. Locks the bill, so that
    a payment comes either before or after.
    """
    with book.recording(Deadline.PAGE) as changes:
        bill = bills.filter(code=code).select_for_update(no_key=True, of=("self",)).first()
        if bill is None:
            raise BillNotFound
        if bill.cancelled_at is not None:
            return
        if bill.is_expired(now) or Payment.objects.filter(bill=bill).exists():
            raise BillNotOpen
        bill.cancelled_at = now
        bill.save(update_fields=["cancelled_at"])
        _tell_books(_agents_of(bill), changes)


def _claim(order: BillOrder, key: str) -> Claim:
    members = ",".join(str(member_id) for member_id in sorted(order.member_ids))
    return Claim(
        caller=caller_of(order.maker),
        operation="bill",
        key=key,
        content=f"{members}|{order.months}",
    )


def _earlier(earlier: Earlier) -> BillReplayed | Refused:
    """The first answer again; a key without one could not have been committed."""
    if not earlier.is_same:
        return Refused(code=KeyReused.code)
    if earlier.bill_id is None:
        return earlier.refused
    return BillReplayed(bill_id=earlier.bill_id)


def _make(
    order: BillOrder, changes: book.Changes, *, now: datetime
) -> BillMade | BillReused | Refused:
    today = official_date(now)
    found = read_candidates(billable_by(order.maker), order.member_ids, on=today)
    try:
        draft = _draft(order, found, rates=rate_book(), now=now)
    except DomainError as refusal:
        return Refused.of(refusal)
    reusable = _reusable(draft.fingerprint, order.maker, now=now)
    if reusable is not None:
        return BillReused(bill_id=reusable)
    bill_id = write_bill(draft, maker=order.maker, now=now)
    if not isinstance(order.maker, PartnerMaker):
        _tell_books({one.member_id: one.agent_id for one in found}, changes)
    if draft.payable == 0:
        _settle_by_credit(bill_id, now=now)
    return BillMade(bill_id=bill_id)


def _draft(
    order: BillOrder, found: list[Candidate], *, rates: RateBook, now: datetime
) -> BillDraft:
    """Raises MemberNotFound, MemberClosed, MemberNotEligible, and what quotes and age refuse."""
    if not found or len(found) != len(set(order.member_ids)):
        raise MemberNotFound
    local = now.astimezone(official_zone())
    lines: list[DraftLine] = []
    beginners: list[date] = []
    for member in found:
        quote = _quote(member, order.months, rates=rates, on=local.date())
        lines += _lines(member, quote)
        if age_limits().are_asked_of(quote.kind):
            beginners.append(member.birth_date)
    return BillDraft(
        payer_kind=_payer_kind(found),
        payer_id=found[0].payer_id,
        lines=tuple(lines),
        expires_at=bill_end(
            local,
            valid_for=settings.BILL_VALID_FOR,
            beginners_born_on=beginners,
            age_limit=settings.AGE_MAX_EXCLUSIVE,
        ),
    )


def _quote(member: Candidate, months: int, *, rates: RateBook, on: date) -> Quote:
    if member.closed_on is not None and member.closed_on <= on:
        raise MemberClosed
    if member.terms is None or member.is_mismatch:
        raise MemberNotEligible
    quoted = member.quoted(member.terms)
    quote = quote_months(quoted, months, as_of=on, rates=rates, rules=bill_rules())
    age = age_at_payment(member.birth_date, on=on, kind=quote.kind, limits=age_limits())
    if age is not AgeResult.OK:
        raise AgeNotAllowed
    return quote


def _lines(member: Candidate, quote: Quote) -> list[DraftLine]:
    if member.terms is None:
        raise MemberNotEligible
    return quote_lines(
        quote,
        member_id=member.member_id,
        paid_through=member.paid_through,
        episode_no=member.episode_no,
        sector=member.terms.sector,
    )


def _payer_kind(found: list[Candidate]) -> PayerKind:
    """The one payer of the bill. Raises ValueError if the members have several."""
    payers = {(one.payer_id, one.terms.payer) for one in found if one.terms is not None}
    if len(payers) != 1:
        raise ValueError("the members of one bill have one payer")
    return payers.pop()[1]


def _reusable(fingerprint: bytes, maker: Maker, *, now: datetime) -> UUID | None:
    """Best effort: two bills for the same months are harmless, the second is refused."""
    equal = Bill.objects.filter(
        fingerprint=fingerprint,
        expires_at__gt=now + REUSED_WITH_AT_LEAST,
        cancelled_at__isnull=True,
        **maker_columns(maker),
    )
    unpaid = equal.exclude(Exists(Payment.objects.filter(bill=OuterRef("pk"))))
    return unpaid.order_by("-expires_at").values_list("pk", flat=True).first()


def _settle_by_credit(bill_id: UUID, *, now: datetime) -> None:
    """Pay with nothing what credit has paid already (R9); joins the running transaction."""
    code = Bill.objects.values_list("code", flat=True).get(pk=bill_id)
    settled = pay(
        PayCommand(
            channel=Channel.CREDIT,
            taker=None,
            key=str(bill_id),
            bill_code=code,
            amount=0,
            reference=code,
            paid_at=now,
        ),
        now=now,
    )
    if not isinstance(settled, Posted):
        raise CreditNotSettled(type(settled).__name__)


def _tell_books(agent_of: Mapping[UUID, UUID | None], changes: book.Changes) -> None:
    for member_id, agent_id in agent_of.items():
        if agent_id is not None:
            changes.put(agent_id, "member", [member_id])


def _agents_of(bill: Bill) -> dict[UUID, UUID | None]:
    lines = BillLine.objects.filter(bill=bill).order_by("member").distinct()
    return dict(lines.values_list("member", "member__agent"))
