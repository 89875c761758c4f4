"""A form meets the code that its slip bears: a bill under that code, or held money finds its owner.

Lock order: code, members, inserts, books. A form's own member is locked by whoever brings it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from enrollment.models import Dukcapil, Member, lacks_data
from enrollment.services.counted_members import counted_row, lock_counted_row
from enrollment.services.rules import age_limits
from payments.bill_draft import quote_lines
from payments.held_plan import HeldMoney, HeldPlan, HeldReason, HeldRules, plan_held
from payments.models import Account, EntryKind, Payment, ReservedCode
from payments.services import posting_statements as sql
from payments.services.bill_writing import write_bill
from payments.services.billing import BillOrder, make_bill
from payments.services.candidates import Candidate, read_candidates
from payments.services.journal import EntryDraft, LineDraft, enter
from payments.services.late_judging import draft_as_paid
from payments.services.makers import AgentMaker, Maker, SystemMaker
from payments.services.outcomes import Refused
from payments.services.posting import tell_agents
from payments.services.rates import bill_rules, rate_book
from payments.settlement import DEFAULT_CUTOFF, settlement_date
from perisai.clock import official_date, official_zone
from perisai.deadlines import Deadline, is_lock_timeout
from perisai.months import month_of
from perisai.services import messages
from sync.services import book

log = structlog.get_logger(__name__)

BIND_PAYMENT: Final = "UPDATE payments_payment SET bill_id = %(bill)s WHERE id = %(payment)s"


class Bound(Enum):
    """What binding came to."""

    NOTHING = "nothing"  # nobody claimed the code, or all is done
    BILLED = "billed"
    RELEASED = "released"
    WAITS = "waits"  # for data, or for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A form that names a code: whose, by which agent, when captured by the adjusted clock."""

    code: str
    agent_id: UUID
    member_id: UUID
    months: int | None
    captured_at: datetime


def claim_code(claim: Claim, *, now: datetime) -> bool:
    """Whether the code is the form's member's from now on; a lost code spoils no registration.

    It is any device's of the agent who reserved it, once, until it ends; what was paid under it
    still finds its owner after that. Joins the caller's transaction.
    """
    codes = ReservedCode.objects.filter(pk=claim.code, agent=claim.agent_id, member=None)
    if not codes.exists():  # nothing is locked that is another member's
        return False
    code = codes.select_for_update(no_key=True).first()
    if code is None:
        return False
    if now > code.expires_at and not Payment.objects.held().filter(reservation=code).exists():
        return False
    is_offered = claim.months in settings.BILL_PERIODS
    code.member_id = claim.member_id
    code.wanted_months = claim.months if is_offered else code.months
    code.captured_at = claim.captured_at
    code.save(update_fields=["member", "wanted_months", "captured_at"])
    return True


def bind(
    code: str, *, now: datetime, is_decided: bool = False, correction_id: UUID | None = None
) -> Bound:
    """Make the bill of a claimed code, or let held money pay for its months; again: nothing.

    `is_decided`: two persons say so, whenever the form was captured, in that correction.
    """
    with book.recording(Deadline.POSTING) as changes:
        row = ReservedCode.objects.waiting().select_for_update(no_key=True).filter(pk=code).first()
        if row is None or row.member_id is None:
            return Bound.NOTHING
        member_id = lock_counted_row(row.member_id)
        payment = Payment.objects.held().filter(reservation=row).first()
        if payment is None:
            return _bill(row, member_id, now=now)
        held = _Held(
            row=row,
            payment=payment,
            member_id=member_id,
            is_decided=is_decided,
            correction_id=correction_id,
        )
        bound = _release(held, now=now)
        if bound is Bound.RELEASED:
            agent_id = Member.objects.values_list("agent", flat=True).get(pk=member_id)
            tell_agents([(member_id, agent_id)], changes)
        return bound


def bind_waiting(read_clock: Callable[[], datetime]) -> int:
    """Try codes again whose member may be complete, or counted, by now; how many were bound.

    One transaction each; a fault of one is told and holds up no other. Who only waits costs the
    one statement that looks for the others.
    """
    codes = list(_worth_a_try(read_clock()).order_by("pk").values_list("pk", flat=True))
    return sum(_try(code, now=read_clock()) for code in codes)


def _worth_a_try(now: datetime) -> QuerySet[ReservedCode]:
    """Codes whose member is complete, and whose money, if any, came after the form.

    The others would be locked in vain with their members, each minute for as long as they wait.
    """
    paid = Payment.objects.standing().filter(reservation=OuterRef("pk"))
    came_after = Exists(paid.filter(paid_at__gte=OuterRef("captured_at")))
    is_good = ~Exists(paid) & Q(expires_at__gte=now)
    lacking = Member.objects.filter(
        lacks_data() | Q(dukcapil=Dukcapil.MISMATCH), pk=OuterRef("member"), merged_into=None
    )
    return ReservedCode.objects.waiting().filter(came_after | is_good, ~Exists(lacking))


def is_held(payment: Payment) -> bool:
    """Whether its money waits for a member."""
    return payment.bill_id is None and Payment.objects.held().filter(pk=payment.pk).exists()


def why_held(payment: Payment) -> HeldReason:
    """Why the held money of a code pays for no month yet, as things are now."""
    code = payment.reservation
    if code is None or code.member_id is None:
        return HeldReason.NO_FORM
    plan = plan_of(payment, counted_row(code.member_id), is_decided=False)
    return plan.why or HeldReason.INCOMPLETE


def plan_of(payment: Payment, member_id: UUID, *, is_decided: bool = True) -> HeldPlan:
    """What the held money of a code would do now, were it this member's; nothing is locked."""
    code = payment.reservation
    if code is None:
        raise AssertionError("only what is paid for a code is held")
    held = _Held(row=code, payment=payment, member_id=member_id, is_decided=is_decided)
    _member, plan = _plan(held)
    return plan


def shares_of(plan: HeldPlan) -> list[tuple[Account, int]]:
    """What comes out of suspense goes to the programmes, and what is left over to the member."""
    lines = plan.quote.lines if plan.quote else ()
    amounts = [
        (Account.PAYABLE_JKK, -sum(line.price.jkk for line in lines)),
        (Account.PAYABLE_JKM, -sum(line.price.jkm for line in lines)),
        (Account.PAYABLE_JHT, -sum(line.price.jht for line in lines)),
        (Account.MEMBER_CREDIT, -plan.rest),
    ]
    return [(account, amount) for account, amount in amounts if amount]


def _try(code: str, *, now: datetime) -> bool:
    try:
        return bind(code, now=now) in {Bound.BILLED, Bound.RELEASED}
    except SoftTimeLimitExceeded:  # no fault of this code: the task ends
        raise
    except Exception as fault:  # the codes behind it are other people's
        if not (isinstance(fault, OperationalError) and is_lock_timeout(fault)):
            error = type(fault).__name__  # its text may quote a row
            log.error("bind_failed", code=code, error=error)  # noqa: TRY400
        return False


def _bill(row: ReservedCode, member_id: UUID, *, now: datetime) -> Bound:
    """An ordinary bill, at its own price; an unpaid code ends when it ends."""
    if now > row.expires_at or row.wanted_months is None:
        return Bound.WAITS
    made = make_bill(
        BillOrder(
            maker=_maker(Member.objects.values_list("agent", flat=True).get(pk=member_id)),
            member_ids=(member_id,),
            months=row.wanted_months,
            reservation=row.code,
        ),
        now=now,
    )
    if isinstance(made, Refused):
        return Bound.WAITS
    _note_bound(row, now=now)
    return Bound.BILLED


def _maker(agent_id: UUID | None) -> Maker:
    return AgentMaker(agent_id=agent_id) if agent_id else SystemMaker()


def _note_bound(row: ReservedCode, *, now: datetime) -> None:
    row.bound_at = now
    row.save(update_fields=["bound_at"])
    log.info("code_bound", code=row.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A code, the money under it, and the row that counts for its member."""

    row: ReservedCode
    payment: Payment
    member_id: UUID
    is_decided: bool = False
    correction_id: UUID | None = None


def _plan(held: _Held) -> tuple[Candidate, HeldPlan]:
    row, payment = held.row, held.payment
    paid_on = official_date(payment.paid_at)
    (member,) = read_candidates(Member.objects.all(), [held.member_id], on=paid_on)
    if member.terms is None:
        return member, HeldPlan(why=HeldReason.INCOMPLETE)
    if member.is_mismatch:
        return member, HeldPlan(why=HeldReason.NOT_ELIGIBLE)
    money = HeldMoney(
        amount=payment.amount,
        paid_at=payment.paid_at,
        paid_on=paid_on,
        months=row.wanted_months or row.months,
        captured_at=row.captured_at or payment.paid_at,
        is_decided=held.is_decided,
    )
    plan = plan_held(
        money,
        member.quoted(member.terms),
        birth_date=member.birth_date,
        rules=HeldRules(rates=rate_book(), bills=bill_rules(), ages=age_limits()),
    )
    return member, plan


def _release(held: _Held, *, now: datetime) -> Bound:
    """Bill, payment, months, member, release and messages, as of the day it was paid."""
    payment = held.payment
    member, plan = _plan(held)
    if plan.why is not None:
        return Bound.WAITS
    counted_on = settlement_date(
        now.astimezone(official_zone()),
        cutoff=payment.partner.cutoff_time if payment.partner else DEFAULT_CUTOFF,
    )
    if plan.quote is not None:
        _cover(_bill_as_paid(held.row, payment, member, plan), payment, counted_on=counted_on)
    _enter(held, plan, settled_on=counted_on, now=now)
    _note_bound(held.row, now=now)
    messages.queue("payment.bound", payment.pk)
    if payment.amount != plan.asked:
        kind = "code.over" if payment.amount > plan.asked else "code.short"
        messages.queue(kind, payment.pk)
    return Bound.RELEASED


def _bill_as_paid(row: ReservedCode, payment: Payment, member: Candidate, plan: HeldPlan) -> UUID:
    """The bill of the months that the money covers, judged at the instant it was paid.

    By whatever table it is priced, it bears that day: so do the bills that the system makes.
    """
    if plan.quote is None or member.terms is None:
        raise AssertionError("a bill is made of months")
    lines = quote_lines(
        plan.quote,
        member_id=member.member_id,
        paid_through=member.paid_through,
        episode_no=member.episode_no,
        sector=member.terms.sector,
    )
    draft = draft_as_paid(
        tuple(lines), member.terms.payer, member.payer_id, paid_at=payment.paid_at
    )
    return write_bill(draft, maker=SystemMaker(), now=payment.paid_at, reservation=row.code)


def _cover(bill_id: UUID, payment: Payment, *, counted_on: date) -> None:
    """The payment has its bill; its months count from now on, the episode from when it was paid."""
    parameters: dict[str, Any] = {
        "bill": bill_id,
        "payment": payment.pk,
        "settlement_date": counted_on,
        "credited_on": month_of(counted_on),
        "effective_on": official_date(payment.paid_at),
    }
    with connection.cursor() as cursor:
        cursor.execute(BIND_PAYMENT, parameters)
        cursor.execute(sql.INSERT_COVER_MONTHS, parameters)
        cursor.execute(sql.MOVE_MEMBERS, parameters)


def _enter(held: _Held, plan: HeldPlan, *, settled_on: date, now: datetime) -> None:
    payment = held.payment
    freed = LineDraft(
        account=Account.SUSPENSE, amount=payment.amount, partner_id=payment.partner_id
    )
    enter(
        EntryDraft(
            kind=EntryKind.RELEASE,
            settlement_date=settled_on,
            posted_at=now,
            actor="system",
            payment_id=payment.pk,
            correction_id=held.correction_id,
            lines=[
                freed,
                *(
                    LineDraft(
                        account=account,
                        amount=amount,
                        member_id=held.member_id if account == Account.MEMBER_CREDIT else None,
                    )
                    for account, amount in shares_of(plan)
                ),
            ],
        )
    )
