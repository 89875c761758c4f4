"""Late money and suspense by two persons: one brings the proof, another one confirms (R12)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db.models import QuerySet, Sum

from enrollment.models import Member
from enrollment.services.counted_members import counted_member
from payments.bill_code import has_code_shape
from payments.errors import (
    BillNotFound,
    CorrectionOpen,
    InProgress,
    MemberNotFound,
    ReferenceReused,
    SuspenseReleased,
)
from payments.late_plan import LatePlan
from payments.models import (
    Account,
    Bill,
    Correction,
    CorrectionKind,
    JournalLine,
    LateMoney,
    Payment,
    PaymentPartner,
)
from payments.services.correction_rule import CorrectionRule, Effect
from payments.services.late_judging import judge
from payments.services.late_notices import LateBooked, LateNotice
from payments.services.late_posting import post_late
from payments.services.outcomes import Busy
from payments.services.suspense import ReleaseOrder, judge_release, release_suspense
from perisai.deadlines import Deadline, within
from perisai.errors import DomainError, NotFound
from perisai.models import Decision, Role, User


def late_details(notice: LateNotice) -> dict[str, Any]:
    """The words of a partner as the details of a correction."""
    settled_on = notice.settlement_date
    return {
        "partner": notice.partner_id,
        "reference": notice.reference,
        "number": notice.known_number,
        "amount": notice.amount,
        "fee": notice.fee,
        "paid_at": notice.paid_at.isoformat(),
        "terminal": notice.terminal,
        "settlement_date": settled_on.isoformat() if settled_on else None,
    }


def late_notice(correction: Correction) -> LateNotice:
    """The same, read back."""
    said: Mapping[str, Any] = correction.details
    settled_on = said["settlement_date"]
    return LateNotice(
        partner_id=said["partner"],
        reference=said["reference"],
        number=said["number"],
        amount=said["amount"],
        fee=said["fee"],
        paid_at=datetime.fromisoformat(said["paid_at"]),
        terminal=said["terminal"],
        settlement_date=date.fromisoformat(settled_on) if settled_on else None,
        correction_id=correction.pk,
    )


def release_order(correction: Correction) -> ReleaseOrder:
    """Whose the money is, as the correction says. Raises NotFound for what is no suspense."""
    if correction.entry_id is None:
        raise NotFound
    return ReleaseOrder(
        suspense_id=correction.entry_id,
        number=correction.details["number"],
        is_credit=correction.details["is_credit"],
        correction_id=correction.pk,
    )


def _check_late(correction: Correction, *, by: User) -> None:
    """Raises NotFound, ReferenceReused and CorrectionOpen."""
    notice = late_notice(correction)
    if not PaymentPartner.objects.filter(pk=notice.partner_id).exists():
        raise NotFound
    named = {"partner": notice.partner_id, "reference": notice.reference}
    standing = Payment.objects.filter(**named).filter(reversed_at__isnull=True)
    if LateMoney.objects.filter(**named).exists() or standing.exists():
        raise ReferenceReused
    waiting = Correction.objects.open().filter(kind=CorrectionKind.LATE_POST)
    if waiting.filter(details__contains=named).exists():
        raise CorrectionOpen


def _post_late(correction: Correction, *, now: datetime) -> None:
    """Raises InProgress, and ReferenceReused if the money was booked meanwhile."""
    outcome = post_late(late_notice(correction), now=now)
    if isinstance(outcome, Busy):
        raise InProgress
    if not isinstance(outcome, LateBooked):
        raise ReferenceReused


def _preview_late(correction: Correction) -> Sequence[Effect]:
    """What was entered; before the decision, what would be if it came at once."""
    if correction.decision == Decision.CONFIRMED:
        return [Effect(account=one, before=0, after=total) for one, total in _entered(correction)]
    notice = late_notice(correction)
    with within(Deadline.PAGE):
        plan = judge(notice, now=correction.requested_at, is_preview=True).plan
    owed = [(Account.PARTNER_RECEIVABLE, notice.amount)]
    return [
        Effect(account=one, before=0, after=total)
        for one, total in [*owed, *_shares(plan), (Account.SUSPENSE, -plan.suspended)]
        if total
    ]


def _check_release(correction: Correction, *, by: User) -> None:
    """Raises SuspenseReleased, and NotFound for an owner whom the asking person may not see.

    What the money then pays for is judged when it is confirmed.
    """
    order = release_order(correction)
    money = LateMoney.objects.filter(suspense=order.suspense_id).first()
    if money is None:
        raise NotFound
    if not LateMoney.objects.rest_of(money.pk):
        raise SuspenseReleased
    if has_code_shape(order.number) and not order.is_credit:
        if not Bill.objects.visible_to(by).filter(code=order.number).exists():
            raise BillNotFound
    else:
        _must_see(order.number, by)


def _must_see(kpj: str, by: User) -> None:
    """Raises MemberNotFound, also for the number of a row that was merged into one out of sight."""
    owner = counted_member(kpj)
    if owner is None or not _members_seen(by).filter(pk=owner).exists():
        raise MemberNotFound


def _members_seen(by: User) -> QuerySet[Member]:
    """Finance knows members by their numbers alone."""
    members = Member.objects.unmerged()
    return members if by.role == Role.FINANCE else members.visible_to(by)


def _release(correction: Correction, *, now: datetime) -> None:
    """Raises SuspenseReleased, and why the money can pay nothing."""
    release_suspense(release_order(correction), now=now)


def _preview_release(correction: Correction) -> Sequence[Effect]:
    """What leaves suspense, and where it goes; before the decision, if it came at once."""
    if correction.decision == Decision.CONFIRMED:
        return [_moved(account, total) for account, total in _entered(correction)]
    order = release_order(correction)
    money = LateMoney.objects.get(suspense=order.suspense_id)
    rest = LateMoney.objects.rest_of(money.pk)
    try:
        with within(Deadline.PAGE):
            asked_at = correction.requested_at
            plan = judge_release(order, rest, money, now=asked_at, is_preview=True).plan
    except DomainError:
        return []
    freed = rest - plan.suspended
    return [_moved(*pair) for pair in [(Account.SUSPENSE, freed), *_shares(plan)] if pair[1]]


def _moved(account: Account, total: int) -> Effect:
    """Suspense stands at it before, everything else after."""
    if account == Account.SUSPENSE:
        return Effect(account=account, before=-total, after=0)
    return Effect(account=account, before=0, after=total)


def _entered(correction: Correction) -> list[tuple[Account, int]]:
    """What the entries of the correction come to, by account."""
    lines = JournalLine.objects.filter(entry__correction=correction)
    sums = lines.order_by("account").values_list("account").annotate(total=Sum("amount"))
    return [(Account(account), total) for account, total in sums if total]


def _shares(plan: LatePlan) -> list[tuple[Account, int]]:
    """What the plan puts on the programmes and on members' credit."""
    used = sum(line.credit for line in plan.lines)
    return [
        (Account.PAYABLE_JKK, -sum(line.price.jkk for line in plan.lines)),
        (Account.PAYABLE_JKM, -sum(line.price.jkm for line in plan.lines)),
        (Account.PAYABLE_JHT, -sum(line.price.jht for line in plan.lines)),
        (Account.MEMBER_CREDIT, used - plan.credited),
    ]


LATE_POST: Final = CorrectionRule(
    askers=frozenset({Role.FINANCE}),
    deciders=frozenset({Role.FINANCE}),
    check=_check_late,
    carry_out=_post_late,
    preview=_preview_late,
)
RELEASE: Final = CorrectionRule(
    askers=frozenset({Role.SUPERVISOR, Role.FINANCE}),
    deciders=frozenset({Role.FINANCE}),
    check=_check_release,
    carry_out=_release,
    preview=_preview_release,
)
