"""What money that was taken already pays for: read under locks, decided by pure rules (R12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from django.conf import settings

from enrollment.ages import AgeResult, age_at_payment
from enrollment.cover import CoverKind
from enrollment.models import Member
from enrollment.services.counted_members import counted_member, lock_counted_member
from enrollment.services.rules import age_limits
from payments.bill_code import has_code_shape, is_bill_code, is_reserved
from payments.bill_draft import BillDraft, DraftLine, bill_end, quote_lines
from payments.errors import AlreadyPaid
from payments.late_plan import LatePlan, LateRules, Standing, SuspenseReason, plan_bill, suspend
from payments.models import (
    Bill,
    BillLine,
    LateMoney,
    Payment,
    PaymentPartner,
    ReservedCode,
    Reversal,
)
from payments.quote import PAYERS_WITH_CREDIT, Quote, quote_months
from payments.services.candidates import Candidate, read_candidates
from payments.services.late_notices import LateNotice
from payments.services.rates import bill_rules, rate_book
from payments.tariff import NoRate, PayerKind, Price, Sector, Terms
from perisai.clock import official_date, official_zone
from perisai.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The plan, and the bill that its lines are paid by: one that there is, or a new one.

    `agents`: the members' present ones. `is_for_code`: the number is a reserved code that nobody
    has paid and no form has brought a bill: money that comes in now waits under it.
    """

    plan: LatePlan
    bill: Bill | None = None
    draft: BillDraft | None = None
    agents: Mapping[UUID, UUID | None] = field(default_factory=dict)
    is_for_code: bool = False


def judge(notice: LateNotice, *, now: datetime, is_preview: bool = False) -> Judged:
    """What the money pays for as things are now.

    Locks the reserved code, the bill, then its members, for good; a preview locks nothing.
    """
    if was_taken_back(notice):
        return Judged(plan=suspend(notice.amount, SuspenseReason.TAKEN_BACK))
    if has_code_shape(notice.known_number):
        return _judge_bill(notice, now=now, is_preview=is_preview)
    return _judge_member(notice, now=now, is_preview=is_preview)


def lock_members(member_ids: Sequence[UUID]) -> None:
    """Those of the ids, by ascending id."""
    locked = Member.objects.filter(pk__in=member_ids).order_by("pk").select_for_update(no_key=True)
    list(locked.values_list("pk", flat=True))


def was_taken_back(notice: LateNotice) -> bool:
    """The partner said so before we booked the money: by a tombstone, or of its payment.

    Once it is booked, the tombstone alone counts: two persons may find that the money is there.
    """
    named = {"partner": notice.partner_id, "reference": notice.reference}
    reversals = Reversal.objects.filter(**named)
    if LateMoney.objects.filter(**named).exists():
        reversals = reversals.filter(payment__isnull=True)
    return reversals.exists()


def _judge_bill(notice: LateNotice, *, now: datetime, is_preview: bool) -> Judged:
    code = _code(notice, is_preview=is_preview)
    bill = _bill(notice, is_preview=is_preview)
    if bill is None:
        return _judge_code(code, notice.amount)
    if notice.amount < bill.payable:
        return Judged(plan=suspend(notice.amount, SuspenseReason.AMOUNT_BELOW))
    lines = _lines_of(bill)
    ids = sorted({line.member_id for line in lines})
    if not is_preview:
        lock_members(ids)
    effective_on = official_date(notice.paid_at)
    found = read_candidates(Member.objects.all(), ids, on=effective_on)
    plan = plan_bill(
        lines,
        {
            one.member_id: _standing(one, effective_on=effective_on, today=official_date(now))
            for one in found
        },
        amount=notice.amount,
        rules=LateRules(
            effective_on=effective_on,
            lapse_after=bill_rules().lapse_after,
            age_limits=age_limits(),
            is_binding=_was_good(bill, at=notice.paid_at),
            has_credit=bill.payer_kind in PAYERS_WITH_CREDIT,
        ),
    )
    agents = {one.member_id: one.agent_id for one in found}
    if plan.lines == lines and _is_payable(bill):
        return Judged(plan=plan, bill=bill, agents=agents)
    quoted = draft_as_paid(
        plan.lines, PayerKind(bill.payer_kind), bill.payer_id, paid_at=notice.paid_at
    )
    draft = replace(quoted, title=bill.title) if plan.lines else None
    return Judged(plan=plan, draft=draft, agents=agents)


def _code(notice: LateNotice, *, is_preview: bool) -> ReservedCode | None:
    """The reserved code that the number is: whoever makes its bill meanwhile is waited for."""
    if not is_reserved(notice.known_number):
        return None
    codes = ReservedCode.objects.filter(pk=notice.known_number)
    return (codes if is_preview else codes.select_for_update(no_key=True)).first()


def _judge_code(code: ReservedCode | None, amount: int) -> Judged:
    """Whatever was taken waits under its code, once; what comes beyond that has no owner yet."""
    if code is None:
        return Judged(plan=suspend(amount, SuspenseReason.UNKNOWN_NUMBER))
    is_paid = code.bound_at is not None or code.held.filter(reversed_at__isnull=True).exists()
    why = SuspenseReason.MONTHS_COVERED if is_paid else SuspenseReason.UNKNOWN_NUMBER
    return Judged(plan=suspend(amount, why), is_for_code=not is_paid)


def _bill(notice: LateNotice, *, is_preview: bool) -> Bill | None:
    if not is_bill_code(notice.known_number):
        return None
    partner = PaymentPartner.objects.get(pk=notice.partner_id)
    known = Bill.objects.payable_at(partner).filter(code=notice.known_number)
    return (known if is_preview else known.select_for_update(no_key=True, of=("self",))).first()


def _lines_of(bill: Bill) -> tuple[DraftLine, ...]:
    """The lines as they were drafted, in the order of member and month."""
    return tuple(
        DraftLine(
            member_id=line.member_id,
            month=line.month,
            price=Price(
                jkk=line.jkk,
                jkm=line.jkm,
                jht=line.jht,
                base_income=line.base_income,
                discount_code=line.discount_code,
            ),
            credit=line.credit,
            kind=CoverKind(line.kind),
            episode_no=line.episode_no,
            basis_paid_through=line.basis_paid_through,
            basis_episode=line.basis_episode,
            sector=Sector(line.sector),
        )
        for line in BillLine.objects.filter(bill=bill).order_by("member", "month")
    )


def _standing(member: Candidate, *, effective_on: date, today: date) -> Standing:
    """A row that was merged is closed for ever: the one that counts has its months (R23)."""
    return Standing(
        paid_through=member.paid_through,
        episode_no=member.episode_no,
        birth_date=member.birth_date,
        was_closed=member.is_merged or member.is_closed(effective_on),
        is_closed=member.is_closed(today),
        credit=member.credit,
    )


def _was_good(bill: Bill, *, at: datetime) -> bool:
    """Whether the bill could be paid at that instant; one that two persons bridged always (R18)."""
    was_cancelled = bill.cancelled_at is not None and bill.cancelled_at <= at
    return bill.bridge_id is not None or not (was_cancelled or bill.is_expired(at))


def _is_payable(bill: Bill) -> bool:
    """A bill is paid once, for ever."""
    return bill.cancelled_at is None and not Payment.objects.filter(bill=bill).exists()


def _judge_member(notice: LateNotice, *, now: datetime, is_preview: bool) -> Judged:
    """By KPJ: the number of months whose price is the amount."""
    amount = notice.amount
    find = counted_member if is_preview else lock_counted_member
    member_id = find(notice.known_number)
    if member_id is None:
        return Judged(plan=suspend(amount, SuspenseReason.UNKNOWN_NUMBER))
    effective_on = official_date(notice.paid_at)
    (member,) = read_candidates(Member.objects.all(), [member_id], on=effective_on)
    if member.is_closed(effective_on):
        return Judged(plan=suspend(amount, SuspenseReason.MEMBER_CLOSED))
    if member.terms is None or member.is_mismatch:
        return Judged(plan=suspend(amount, SuspenseReason.NOT_BILLABLE))
    plan = _plan_member(member, member.terms, amount, on=effective_on)
    if plan.credits and member.is_closed(official_date(now)):
        plan = suspend(amount, SuspenseReason.MEMBER_CLOSED)
    if not plan.lines:
        return Judged(plan=plan)
    draft = draft_as_paid(plan.lines, member.terms.payer, member.payer_id, paid_at=notice.paid_at)
    return Judged(plan=plan, draft=draft, agents={member.member_id: member.agent_id})


def _plan_member(member: Candidate, terms: Terms, amount: int, *, on: date) -> LatePlan:
    try:
        quote = _quote_of(member, terms, amount, on=on)
    except AlreadyPaid:  # a year ahead: no month is left that it could pay
        if terms.payer in PAYERS_WITH_CREDIT:
            return LatePlan(credits={member.member_id: amount})
        return suspend(amount, SuspenseReason.MONTHS_COVERED)
    except NoRate:  # dated before the first table: taken money is not refused for that
        return suspend(amount, SuspenseReason.NOT_BILLABLE)
    if quote is None:
        return suspend(amount, SuspenseReason.AMOUNT_FITS_NOTHING)
    age = age_at_payment(member.birth_date, on=on, kind=quote.kind, limits=age_limits())
    if age is not AgeResult.OK:
        return suspend(amount, SuspenseReason.NOT_BILLABLE)
    lines = quote_lines(
        quote,
        member_id=member.member_id,
        paid_through=member.paid_through,
        episode_no=member.episode_no,
        sector=terms.sector,
    )
    return LatePlan(lines=tuple(lines))


def _quote_of(member: Candidate, terms: Terms, amount: int, *, on: date) -> Quote | None:
    """The offered months that cost exactly the amount. Raises AlreadyPaid and NoRate."""
    rates, rules = rate_book(), bill_rules()
    quoted = member.quoted(terms)
    for months in sorted(rules.periods):
        try:
            quote = quote_months(quoted, months, as_of=on, rates=rates, rules=rules)
        except AlreadyPaid:
            raise
        except DomainError:
            continue
        if quote.payable == amount:
            return quote
    return None


def draft_as_paid(
    lines: tuple[DraftLine, ...], payer_kind: PayerKind, payer_id: int | None, *, paid_at: datetime
) -> BillDraft:
    """A bill judged at the instant of the money. It is paid as it is made."""
    return BillDraft(
        payer_kind=payer_kind,
        payer_id=payer_id,
        lines=lines,
        expires_at=bill_end(
            paid_at.astimezone(official_zone()),
            valid_for=settings.BILL_VALID_FOR,
            beginners_born_on=(),
            age_limit=settings.AGE_MAX_EXCLUSIVE,
        ),
    )
