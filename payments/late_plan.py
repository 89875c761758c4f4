"""What becomes of money for a bill that cannot be paid any more as it stands (R12). Pure.

Of each member's months those are kept that are free and continue the cover, at the price of the
bill; what was paid for the others goes back to who may have it, or waits for its owner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from enrollment.ages import AgeLimits, AgeResult, age_at_payment
from enrollment.cover import CoverKind, next_cover
from payments.bill_draft import DraftLine


class SuspenseReason(TextChoices):
    """Why money, or a part of it, has no owner yet."""

    UNKNOWN_NUMBER = "unknown_number", _("nomor tidak dikenal")
    MEMBER_CLOSED = "member_closed", _("kepesertaan sudah ditutup")
    AMOUNT_BELOW = "amount_below", _("kurang dari tagihan")
    AMOUNT_ABOVE = "amount_above", _("lebih dari tagihan")
    AMOUNT_FITS_NOTHING = "amount_fits_nothing", _("jumlah tidak cocok dengan iuran")
    NOT_BILLABLE = "not_billable", _("peserta belum dapat ditagih")
    MONTHS_COVERED = "months_covered", _("bulan sudah dibayar pihak lain")
    TAKEN_BACK = "taken_back", _("mitra sudah membatalkan")
    KEY_TAKEN = "key_taken", _("nomor referensi milik pembayaran lain")
    CREDIT_BACK = "credit_back", _("saldo yang keliru ditarik kembali")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a member stands now. `credit`: her balance of account 2200, in rupiah.

    `was_closed`: on the day of the money, which then pays for no month (R20); `is_closed`: today,
    when she has no use for credit.
    """

    paid_through: date | None
    episode_no: int
    birth_date: date
    was_closed: bool
    is_closed: bool
    credit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRules:
    """The day of the money, and what decides on it.

    `is_binding`: the bill was good on that day, so its months hold as they were priced.
    """

    effective_on: date
    lapse_after: int
    age_limits: AgeLimits
    is_binding: bool
    has_credit: bool  # the payer's overpayments are the members' (R9)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePlan:
    """Each rupiah once: for the lines, `held` for a code, on members' credit, or in suspense."""

    lines: tuple[DraftLine, ...] = ()
    held: int = 0
    credits: Mapping[UUID, int] = field(default_factory=dict)
    suspended: int = 0
    why: SuspenseReason | None = None

    @property
    def payable(self) -> int:
        """Rupiah for the lines."""
        return sum(line.price.total - line.credit for line in self.lines)

    @property
    def credited(self) -> int:
        """Rupiah on members' credit."""
        return sum(self.credits.values())


def suspend(amount: int, why: SuspenseReason) -> LatePlan:
    """All of it waits for its owner."""
    return LatePlan(suspended=amount, why=why)


def plan_bill(
    lines: Sequence[DraftLine],
    standing: Mapping[UUID, Standing],
    *,
    amount: int,
    rules: LateRules,
) -> LatePlan:
    """What `amount`, at least the bill's payable, does. Lines in the order of member and month."""
    kept: list[DraftLine] = []
    rests: list[_Rest] = []
    for member_id, group in groupby(lines, key=lambda line: line.member_id):
        own, member = list(group), standing[member_id]
        afforded = _afforded(own, member, rules)
        kept += afforded
        rest, is_whole = _payable(own) - _payable(afforded), len(afforded) == len(own)
        rests.append(_Rest(member_id=member_id, amount=rest, why=_why(member, is_whole=is_whole)))
    above = amount - _payable(lines)
    if len(rests) == 1:
        rests = [replace(rests[0], amount=rests[0].amount + above)]
    else:
        rests.append(_Rest(member_id=None, amount=above, why=SuspenseReason.AMOUNT_ABOVE))
    return _shared(kept if _payable(kept) else [], rests, has_credit=rules.has_credit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """Money that pays for no month, of a member or of nobody; why, if it must be suspended."""

    member_id: UUID | None
    amount: int
    why: SuspenseReason


def _why(member: Standing, *, is_whole: bool) -> SuspenseReason:
    if member.is_closed:
        return SuspenseReason.MEMBER_CLOSED
    return SuspenseReason.AMOUNT_ABOVE if is_whole else SuspenseReason.MONTHS_COVERED


def _payable(lines: Sequence[DraftLine]) -> int:
    return sum(line.price.total - line.credit for line in lines)


def _shared(kept: Sequence[DraftLine], rests: Sequence[_Rest], *, has_credit: bool) -> LatePlan:
    """The plan, with what pays for no month where it belongs."""
    credits: dict[UUID, int] = {}
    suspended: list[_Rest] = []
    for rest in rests:
        is_owned = has_credit and rest.why is not SuspenseReason.MEMBER_CLOSED
        if not rest.amount:
            continue
        if rest.member_id is not None and is_owned:
            credits[rest.member_id] = rest.amount
        else:
            suspended.append(rest)
    return LatePlan(
        lines=tuple(kept),
        credits=credits,
        suspended=sum(rest.amount for rest in suspended),
        why=suspended[0].why if suspended else None,
    )


def _afforded(lines: list[DraftLine], member: Standing, rules: LateRules) -> list[DraftLine]:
    """The oldest of a member's free months that her own share of the money covers."""
    share, credit = _payable(lines), member.credit
    afforded: list[DraftLine] = []
    for line in _free(lines, member, rules):
        used = min(line.credit, credit)
        share -= line.price.total - used
        if share < 0:
            break
        credit -= used
        afforded.append(replace(line, credit=used))
    return afforded


def _free(lines: list[DraftLine], member: Standing, rules: LateRules) -> list[DraftLine]:
    """Those that continue the cover as it stands now; as they are, if nothing has moved."""
    if member.was_closed:
        return []
    basis = (member.paid_through, member.episode_no)
    if rules.is_binding and basis == (lines[0].basis_paid_through, lines[0].basis_episode):
        return lines
    start = next_cover(member.paid_through, as_of=rules.effective_on, lapse_after=rules.lapse_after)
    age = age_at_payment(
        member.birth_date, on=rules.effective_on, kind=start.kind, limits=rules.age_limits
    )
    free = [line for line in lines if line.month >= start.first_month]
    if age is not AgeResult.OK or not free or free[0].month != start.first_month:
        return []
    return [
        replace(
            line,
            kind=start.kind,
            episode_no=member.episode_no + (start.kind is not CoverKind.CONTINUE),
            basis_paid_through=member.paid_through,
            basis_episode=member.episode_no,
        )
        for line in free
    ]
