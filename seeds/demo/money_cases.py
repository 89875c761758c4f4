"""What happened to money on the eve besides plain payments, in each branch, by the services.

One of each: bills of a group, open and paid, one taken back, a payment that the counter reversed,
a reversal that came first, money that came late, too much, and from nobody known. Who the members
are, the amounts and the instants are the same on every machine; codes and ids are drawn afresh.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from enrollment.models import Member
from payments.models import Bill, Channel, MemberPayer, Payer, PaymentPartner, PostAgent
from payments.models.reversal import ReversalReason
from payments.services.billing import BillOrder, cancel_bill, make_bill
from payments.services.late_notices import LateBooked, LateNotice
from payments.services.late_posting import post_late
from payments.services.makers import AgentMaker
from payments.services.outcomes import BillMade, Posted, Recorded, Reversed
from payments.services.pay_commands import PayCommand, Taker
from payments.services.posting import pay
from payments.services.reversal import ReverseCommand, reverse
from payments.tariff import PayerKind
from perisai.clock import official_zone
from perisai.models import Office
from perisai.months import add_months, month_of
from seeds.demo.agents import DemoAgent
from seeds.demo.plan import BRANCHES, BranchPlan

TERMINAL: Final = "POS-1"
OPENS_AT: Final = time(9)
BETWEEN: Final = timedelta(minutes=3)
GROUP_OF: Final = 10
MONTHS_BEHIND: Final = 8
UNKNOWN_KPJ: Final = "90000000000"
"""A number of our shape that nobody has."""


class Unexpected(RuntimeError):
    """The services answered otherwise than the demonstration expects: a bug."""


@dataclass(slots=True, kw_only=True)
class Till:
    """A branch's counter on the eve: its clock, and the members of an agent, taken one by one."""

    plan: BranchPlan
    agent: DemoAgent
    outlet: PostAgent
    now: datetime
    members: Iterator[UUID]
    turn: int = 0
    made: list[str] = field(default_factory=list)

    def next_moment(self) -> datetime:
        """Some minutes later."""
        self.now += BETWEEN
        return self.now

    def key(self) -> str:
        """A key, and reference, that no other call has."""
        self.turn += 1
        return f"uang-{self.agent.number}-{self.turn:06d}"

    def bill(self, *member_ids: UUID, months: int = 1, title: str = "") -> Bill:
        """A new bill by the agent. Raises Unexpected."""
        is_collective = len(member_ids) > 1
        order = BillOrder(
            maker=AgentMaker(agent_id=self.agent.id),
            member_ids=member_ids,
            months=months,
            title=title,
            is_collective=is_collective,
        )
        made = make_bill(order, now=self.next_moment())
        if not isinstance(made, BillMade):
            raise Unexpected(repr(made))
        return Bill.objects.get(pk=made.bill_id)

    def pay(self, bill: Bill) -> str:
        """Take the money at the counter; the reference. Raises Unexpected."""
        key, now = self.key(), self.next_moment()
        command = PayCommand(
            channel=Channel.REST,
            taker=self.taker,
            key=key,
            bill_code=bill.code,
            amount=bill.payable,
            reference=key,
            paid_at=now,
            terminal=TERMINAL,
        )
        _expect(pay(command, now=now), Posted)
        return key

    @property
    def taker(self) -> Taker:
        """The counter as the services know it."""
        partner = self.outlet.partner
        return Taker(
            partner_id=partner.pk,
            admin_fee=partner.admin_fee,
            cutoff=partner.cutoff_time,
            outlet_id=self.outlet.pk,
        )


def stir_money(agents: Mapping[str, list[DemoAgent]], *, as_of: date) -> list[str]:
    """Let each case happen once in each branch that has members for it; what happened."""
    happened: list[str] = []
    for plan in BRANCHES:
        theirs = agents[plan.code]
        # The first one's day is full of edits, and in a small branch there are but two.
        for agent, cases in ((theirs[1], CASES), (theirs[-1], (_groups,) if theirs[2:] else ())):
            till = till_of(plan, agent, as_of=as_of)
            for case in cases:
                try:
                    case(till)
                except StopIteration:  # too few members who pay
                    break
            happened += till.made
    return happened


def till_of(plan: BranchPlan, agent: DemoAgent, *, as_of: date) -> Till:
    """The counter at nine on the eve, with members who can be billed: no draft, not far ahead."""
    eve = as_of - timedelta(days=1)
    payable = (
        Member.objects.live()
        .served_by(agent.id)
        .filter(paid_through__range=(add_months(month_of(eve), -MONTHS_BEHIND), month_of(eve)))
    )
    return Till(
        plan=plan,
        agent=agent,
        outlet=PostAgent.objects.select_related("partner").get(user__username=plan.outlet.code),
        now=datetime.combine(eve, OPENS_AT, tzinfo=official_zone()),
        members=iter(list(payable.order_by("pk").values_list("pk", flat=True))),
    )


def _expect(outcome: object, kind: type) -> None:
    if not isinstance(outcome, kind):
        raise Unexpected(repr(outcome))


def _reversed(till: Till) -> None:
    """The clerk typed the wrong member and took the payment back."""
    reference = till.pay(till.bill(next(till.members)))
    _take_back(till, reference, Reversed, ReversalReason.WRONG_MEMBER)
    till.made.append("reversed")


def _tombstone(till: Till) -> None:
    """The reversal of a payment that never came."""
    _take_back(till, till.key(), Recorded, ReversalReason.TIMEOUT)
    till.made.append("tombstone")


def _take_back(till: Till, reference: str, kind: type, reason: ReversalReason) -> None:
    command = ReverseCommand(taker=till.taker, key=till.key(), target=reference, reason=reason)
    _expect(reverse(command, now=till.next_moment()), kind)


def _unknown(till: Till) -> None:
    """Money for a number that nobody has."""
    _late(till, number=UNKNOWN_KPJ, amount=16_800)
    till.made.append("suspense")


def _late_post(till: Till) -> None:
    """Money that the partner took for a bill, and that we heard of too late."""
    bill = till.bill(next(till.members))
    _late(till, number=bill.code, amount=bill.payable)
    till.made.append("late")


def _surplus(till: Till) -> None:
    """The same bill paid twice: the second time is the member's credit."""
    bill = till.bill(next(till.members))
    till.pay(bill)
    _late(till, number=bill.code, amount=bill.payable)
    till.made.append("credit")


def _late(till: Till, *, number: str, amount: int) -> None:
    partner: PaymentPartner = till.outlet.partner
    notice = LateNotice(
        partner_id=partner.pk,
        reference=till.key(),
        number=number,
        amount=amount,
        fee=partner.admin_fee,
        paid_at=till.now,
    )
    _expect(post_late(notice, now=till.next_moment()), LateBooked)


def _cancelled(till: Till) -> None:
    """The agent took a bill back."""
    bill = till.bill(next(till.members))
    cancel_bill(bill.code, bills=Bill.objects.filter(pk=bill.pk), now=till.next_moment())
    till.made.append("cancelled")


def _open(till: Till) -> None:
    """A bill that waits to be paid."""
    till.bill(next(till.members), months=3)
    till.made.append("open")


def _groups(till: Till) -> None:
    """Bills of a group: one that waits, one that is paid."""
    titles = ("Iuran kelompok, gelombang pertama", "Iuran kelompok, gelombang kedua")
    ids = list(islice(till.members, 2 * GROUP_OF))
    waves = zip(titles, (ids[::2], ids[1::2]), strict=True)
    payer = Payer.objects.create(
        kind=PayerKind.GROUP,
        name=f"Kelompok {till.plan.name.removeprefix('Kantor Cabang ')} Bersama",
        office=Office.objects.get(code=till.agent.office),
        contract_from=month_of(till.now.date()),
    )
    MemberPayer.objects.bulk_create(MemberPayer(member_id=one, payer=payer) for one in ids)
    for title, members in waves:
        bill = till.bill(*members, title=title)
        if title == titles[0]:
            till.pay(bill)
    till.made.append("groups")


CASES: Final = (
    _tombstone,
    _unknown,
    _reversed,
    _surplus,
    _late_post,
    _cancelled,
    _open,
)
