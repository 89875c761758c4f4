"""Money held for a code, and two persons who say whose it is (R10).

Where its form came, but was captured after the money: the same member. Where none came: the one
with a KPJ.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from enrollment.errors import MemberClosed
from enrollment.models import Member
from enrollment.services.counted_members import counted_member
from payments.errors import (
    AlreadyPaid,
    MemberNotEligible,
    MemberNotFound,
    SuspenseReleased,
)
from payments.held_plan import HeldReason
from payments.models import Account, Correction, Payment, ReservedCode
from payments.services.binding import Bound, Claim, bind, claim_code, why_held
from payments.services.correction_rule import CorrectionRule, Effect
from perisai.errors import DomainError, NotFound
from perisai.models import Role, User

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
    """Bind it. Raises SuspenseReleased, MemberNotFound, and why it pays for no month."""
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
    outcome = bind(code.code, now=now, is_decided=True)
    if outcome is Bound.WAITS:
        raise _refusal(correction)
    if outcome is not Bound.RELEASED:
        raise SuspenseReleased


def preview(correction: Correction) -> Sequence[Effect]:
    """What leaves suspense; where it goes, the bill tells once it is made."""
    payment = _payment(correction)
    return [Effect(account=Account.SUSPENSE, before=-payment.amount, after=0)]


def _refusal(correction: Correction) -> DomainError:
    return REFUSALS.get(why_held(_payment(correction)), MemberNotEligible)()


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
