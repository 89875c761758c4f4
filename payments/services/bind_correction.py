"""Money held for a code, and two persons who say whose it is (R10).

Where its form came, but was captured after the money: the same member. Where none came: the one
with a KPJ.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from enrollment.errors import MemberClosed
from enrollment.models import Member
from enrollment.services.counted_members import counted_member, counted_row
from payments.errors import (
    AlreadyPaid,
    MemberNotEligible,
    MemberNotFound,
    SuspenseReleased,
)
from payments.held_plan import HeldReason
from payments.models import (
    Account,
    Correction,
    EntryKind,
    JournalLine,
    Payment,
    ReservedCode,
)
from payments.services.binding import (
    Bound,
    Claim,
    bind,
    claim_code,
    plan_of,
    shares_of,
    why_held,
)
from payments.services.correction_rule import CorrectionRule, Effect
from perisai.errors import DomainError, NotFound
from perisai.models import Decision, Role, User

REFUSALS: Final[Mapping[HeldReason, type[DomainError]]] = {
    HeldReason.CLOSED: MemberClosed,
    HeldReason.NO_MONTH: AlreadyPaid,
}


def check_request(correction: Correction, *, by: User) -> None:
    """Raises NotFound, SuspenseReleased, and MemberNotFound for a member out of sight."""
    code, payment = _code(correction), _payment(correction)
    if not Payment.objects.visible_to(by).filter(pk=payment.pk).exists():
        raise NotFound
    if not Payment.objects.held().filter(pk=payment.pk).exists():
        raise SuspenseReleased
    if code.member_id is not None:
        return
    members = Member.objects.unmerged()
    seen = members if by.role == Role.FINANCE else members.visible_to(by)
    if not seen.filter(pk=_member_named(correction)).exists():
        raise MemberNotFound


def carry_out(correction: Correction, *, now: datetime) -> None:
    """Bind it. Raises SuspenseReleased, MemberNotFound, and why it pays for no month.

    A form that came since the two persons were asked has the first word: its member is the one
    that they named, or they look again.
    """
    code = _code(correction)
    if code.member_id is None:
        claim = Claim(
            code=code.code,
            agent_id=code.agent_id,
            member_id=_member_named(correction),
            months=None,
            captured_at=now,
        )
        claim_code(claim, now=now)
    _must_be_of_the_form(correction)
    outcome = bind(code.code, now=now, is_decided=True, correction_id=correction.pk)
    if outcome is Bound.WAITS:
        raise _refusal(correction)
    if outcome is not Bound.RELEASED:
        raise SuspenseReleased


def preview(correction: Correction) -> Sequence[Effect]:
    """What leaves suspense, and where it goes; before the decision, if it came at once."""
    payment = _payment(correction)
    freed = Effect(account=Account.SUSPENSE, before=-payment.amount, after=0)
    is_done = correction.decision == Decision.CONFIRMED
    shares = _released(payment) if is_done else _planned(payment, owner_of(correction))
    return [freed, *(Effect(account=one, before=0, after=total) for one, total in shares)]


def owner_of(correction: Correction) -> UUID | None:
    """Whose the money is by the form, or by who asked; None if nobody has the number any more."""
    claimed = _code(correction).member_id
    if claimed is not None:
        return counted_row(claimed)
    return counted_member(correction.details.get("number", ""))


def _refusal(correction: Correction) -> DomainError:
    return REFUSALS.get(why_held(_payment(correction)), MemberNotEligible)()


def _planned(payment: Payment, member_id: UUID | None) -> list[tuple[Account, int]]:
    return shares_of(plan_of(payment, member_id)) if member_id else []


def _released(payment: Payment) -> list[tuple[Account, int]]:
    """What the release put where."""
    lines = JournalLine.objects.filter(entry__payment=payment, entry__kind=EntryKind.RELEASE)
    sums = lines.order_by("account").values_list("account").annotate(total=Sum("amount"))
    return [(Account(account), total) for account, total in sums if account != Account.SUSPENSE]


def _must_be_of_the_form(correction: Correction) -> None:
    """Raises MemberNotFound where the code's form brought somebody else than who was named."""
    number = correction.details.get("number", "")
    codes = ReservedCode.objects.filter(pk=_code(correction).pk, member__isnull=False)
    claimed = codes.values_list("member", flat=True).first()
    if number and claimed is not None and counted_row(claimed) != counted_member(number):
        raise MemberNotFound(_("Pendaftaran dengan kode ini sudah datang, dari peserta lain."))


def _payment(correction: Correction) -> Payment:
    if correction.payment is None:
        raise AssertionError("correction_names_its_target")
    return correction.payment


def _code(correction: Correction) -> ReservedCode:
    """Raises NotFound for a payment that was for no code."""
    code = _payment(correction).reservation
    if code is None:
        raise NotFound
    return code


def _member_named(correction: Correction) -> UUID:
    """Raises MemberNotFound."""
    member_id = counted_member(correction.details.get("number", ""))
    if member_id is None:
        raise MemberNotFound
    return member_id


RULE: Final = CorrectionRule(
    askers=frozenset({Role.SUPERVISOR, Role.FINANCE}),
    deciders=frozenset({Role.FINANCE}),
    check=check_request,
    carry_out=carry_out,
    preview=preview,
)
