"""Making bills: frozen quotes of the oldest unpaid months (R5-R10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet

from enrollment.cover import CoverKind
from payments.bill_draft import BillDraft
from payments.errors import BillNotFound, BillNotOpen, KeyReused, PayerNotFound
from payments.models import Bill, BillLine, CancelReason, Channel, Payer, Payment
from payments.services.bill_writing import write_bill
from payments.services.candidates import Candidate, read_candidates
from payments.services.drafting import Wanted, draft_bill
from payments.services.idempotency import (
    Claim,
    Earlier,
    claim_key,
    conclude_with_bill,
    conclude_with_refusal,
)
from payments.services.makers import (
    MOST_OF_AN_AGENT,
    Maker,
    PartnerMaker,
    Reach,
    caller_of,
    maker_columns,
    reach_of,
)
from payments.services.outcomes import (
    BillMade,
    BillReplayed,
    BillReused,
    LeftOut,
    Posted,
    Refused,
)
from payments.services.pay_commands import PayCommand
from payments.services.posting import pay
from payments.services.rates import rate_book
from payments.worded_refusals import too_many_members
from perisai.clock import official_date
from perisai.deadlines import Deadline
from perisai.errors import DomainError
from perisai.models import Role, User
from sync.services import book

REUSED_WITH_AT_LEAST: Final = timedelta(minutes=10)


class CreditNotSettled(RuntimeError):
    """A bill made in this very transaction could not be paid by its credit.

    Somebody used the credit meanwhile, or holds the member; nothing of the bill is left.
    """


BillOutcome = BillMade | BillReused | BillReplayed | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class BillOrder:
    """Who wants a bill of how many months for whom. `key`: the caller's Idempotency-Key, if any.

    `payer_id`: who pays for all of them; None: whoever pays for each, as long as it is the same.
    `skip_refused`: leave out who cannot be billed, instead of refusing all. `is_collective`: its
    refusals name members by their place. `reservation`: the code that a phone handed out for it.
    """

    maker: Maker
    member_ids: tuple[UUID, ...]
    months: int
    key: str | None = None
    payer_id: int | None = None
    title: str = ""
    skip_refused: bool = False
    is_collective: bool = False
    reservation: str | None = None

    @property
    def content(self) -> str:
        """What its key stands for."""
        members = ",".join(str(member_id) for member_id in sorted(self.member_ids))
        ordered = f"{members}|{self.months}"
        if not self.is_collective:
            return ordered
        return f"{ordered}|{self.payer_id}|{self.skip_refused}|{self.title}"


def make_bill(order: BillOrder, *, now: datetime) -> BillOutcome:
    """Freeze a quote, or return the maker's equal open one; all members or none, unless skipped.

    A refusal is a value, since the key's row commits with it; of a collective bill it names the
    members. A bill that credit pays whole is settled at once (R9), a partner's quote only for
    months that are due (ADR 39). The books of the members' agents are raised, but for a partner's
    quote, which that partner alone knows. Raises CreditNotSettled.
    """
    with book.recording(_deadline(order)) as changes:
        if order.key is None:
            return _make(order, changes, now=now)
        claim = Claim(
            caller=caller_of(order.maker), operation="bill", key=order.key, content=order.content
        )
        claimed = claim_key(claim)
        if isinstance(claimed, Earlier):
            return _earlier(claimed)
        outcome = _make(order, changes, now=now)
        if isinstance(outcome, Refused):
            conclude_with_refusal(claimed, outcome)
        else:
            left_out = [[str(one.member_id), one.code] for one in outcome.left_out]
            context = {"left_out": left_out} if left_out else {}
            conclude_with_bill(claimed, outcome.bill_id, context=context)
        return outcome


def cancel_bill(
    code: str,
    *,
    bills: QuerySet[Bill],
    now: datetime,
    by: User | None = None,
    reason: CancelReason | None = None,
) -> None:
    """Take an open bill back, among those that the caller may see; again: nothing happens.

    Raises BillNotFound, BillNotOpen if it is paid, reversed or expired, or PermissionDenied for
    an agent and a bridged bill, which two persons of the office made (R18). Locks the bill, so
    that a payment comes either before or after.
    """
    with book.recording(Deadline.PAGE) as changes:
        bill = bills.filter(code=code).select_for_update(no_key=True, of=("self",)).first()
        if bill is None:
            raise BillNotFound
        if bill.cancelled_at is not None:
            return
        if bill.bridge_id is not None and by is not None and by.role == Role.AGENT:
            raise PermissionDenied
        if bill.is_expired(now) or Payment.objects.filter(bill=bill).exists():
            raise BillNotOpen
        bill.cancelled_at, bill.cancelled_by, bill.cancel_reason = now, by, reason or ""
        bill.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
        _tell_books(_agents_of(bill), changes)


def tell_agents(members: Iterable[Candidate], changes: book.Changes) -> None:
    """The members' rows show another bill: told to the book of each one's agent."""
    _tell_books({member.member_id: member.agent_id for member in members}, changes)


def _deadline(order: BillOrder) -> Deadline:
    is_of_the_office = len(order.member_ids) > MOST_OF_AN_AGENT
    return Deadline.CORRECTION if is_of_the_office else Deadline.PAGE


def _earlier(earlier: Earlier) -> BillReplayed | Refused:
    """The first answer again; a key without one could not have been committed."""
    if not earlier.is_same:
        return Refused(code=KeyReused.code)
    if earlier.bill_id is None:
        return earlier.refused
    left_out = earlier.refused.context.get("left_out", [])
    return BillReplayed(
        bill_id=earlier.bill_id,
        left_out=tuple(LeftOut(member_id=UUID(one), code=code) for one, code in left_out),
    )


def _make(
    order: BillOrder, changes: book.Changes, *, now: datetime
) -> BillMade | BillReused | Refused:
    reach = reach_of(order.maker)
    today = official_date(now)
    try:
        wanted = _wanted(order, reach, today=today)
        found = read_candidates(reach.members, order.member_ids, on=today)
        drafted = draft_bill(wanted, found, rates=rate_book(), now=now)
    except DomainError as refusal:
        return Refused.of(refusal)
    reusable = None if order.reservation else _reusable(drafted.draft, order.maker, now=now)
    if reusable is not None:
        return BillReused(bill_id=reusable, left_out=drafted.left_out)
    bill_id = write_bill(drafted.draft, maker=order.maker, now=now, reservation=order.reservation)
    if not isinstance(order.maker, PartnerMaker):
        left_out = {one.member_id for one in drafted.left_out}
        tell_agents((one for one in found if one.member_id not in left_out), changes)
    if drafted.draft.payable == 0 and _is_wanted(drafted.draft, order.maker, today=today):
        _settle_by_credit(bill_id, now=now)
    return BillMade(bill_id=bill_id, left_out=drafted.left_out)


def _wanted(order: BillOrder, reach: Reach, *, today: date) -> Wanted:
    """Raises TooManyMembers and PayerNotFound."""
    if len(set(order.member_ids)) > reach.most_members:
        raise too_many_members(reach.most_members)
    return Wanted(
        member_ids=order.member_ids,
        months=order.months,
        payer=_payer(order, reach, today=today),
        title=order.title,
        is_collective=order.is_collective,
        skip_refused=order.skip_refused,
    )


def _payer(order: BillOrder, reach: Reach, *, today: date) -> Payer | None:
    if order.payer_id is None:
        return None
    payer = reach.payers.paying_on(today).filter(pk=order.payer_id).first()
    if payer is None:
        raise PayerNotFound
    return payer


def _reusable(draft: BillDraft, maker: Maker, *, now: datetime) -> UUID | None:
    """Best effort: two bills for the same months are harmless, the second is refused."""
    equal = Bill.objects.filter(
        fingerprint=draft.fingerprint,
        title=draft.title,
        expires_at__gt=now + REUSED_WITH_AT_LEAST,
        cancelled_at__isnull=True,
        **maker_columns(maker),
    )
    unpaid = equal.exclude(Exists(Payment.objects.filter(bill=OuterRef("pk"))))
    return unpaid.order_by("-expires_at").values_list("pk", flat=True).first()


def _is_wanted(draft: BillDraft, maker: Maker, *, today: date) -> bool:
    """Whether credit may be used: who looks at a counter begins nothing and pays nothing ahead."""
    return not isinstance(maker, PartnerMaker) or all(
        line.kind is CoverKind.CONTINUE and line.month <= today for line in draft.lines
    )


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
