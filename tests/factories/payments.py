"""Money: partners, counters, payers, and the short ways to a bill and a payment."""

from datetime import date, datetime, time
from itertools import count
from typing import Any, Final
from zoneinfo import ZoneInfo

from factory.declarations import LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from enrollment.models import Member
from payments.models import (
    Bill,
    Channel,
    Correction,
    CorrectionKind,
    MemberPayer,
    OpeningCover,
    PartnerChange,
    PartnerChangeKind,
    Payer,
    Payment,
    PaymentPartner,
    PostAgent,
    ReversalReason,
    TariffChangeKind,
    TariffProposal,
)
from payments.services.billing import BillOrder, make_bill
from payments.services.makers import AgentMaker, Maker, PartnerMaker, UserMaker
from payments.services.outcomes import BillMade, BillReused, Posted
from payments.services.pay_commands import PayCommand, Taker
from payments.services.posting import pay
from payments.services.reversal import ReverseCommand
from payments.tariff import PayerKind
from perisai.models import Agent, Role
from tests.factories.enrollment import AssignmentFactory, MemberFactory
from tests.factories.perisai import AgentFactory, ImportRunFactory, OfficeFactory, UserFactory

WIB: Final = ZoneInfo("Asia/Jakarta")
NOW: Final = datetime(2026, 11, 20, 10, tzinfo=WIB)
"""The day of the worked examples: November 2026 is running, due on the 16th."""

_references = count(1)


class PaymentPartnerFactory(DjangoModelFactory[PaymentPartner]):
    """A partner with the ordinary fee and cut-off."""

    class Meta:
        model = PaymentPartner

    code = Sequence(lambda n: f"mitra{n}")
    name = Sequence(lambda n: f"Mitra Contoh {n}")


class PostAgentFactory(DjangoModelFactory[PostAgent]):
    """A working counter of a partner of its own; its login is its user's name, and PASSWORD."""

    class Meta:
        model = PostAgent

    user = SubFactory(UserFactory, role=Role.POST_AGENT)
    partner = SubFactory(PaymentPartnerFactory)
    outlet_code = Sequence(lambda n: f"{50_000 + n}")
    name = Sequence(lambda n: f"Kantor Pos Contoh {n}")


class PartnerChangeFactory(DjangoModelFactory[PartnerChange]):
    """A new partner that a national user proposes."""

    class Meta:
        model = PartnerChange

    kind = PartnerChangeKind.NEW_PARTNER
    code = Sequence(lambda n: f"usulan{n}")
    name = Sequence(lambda n: f"Mitra Usulan {n}")
    admin_fee = 2_500
    cutoff_time = time(15)
    reason = "perjanjian kerja sama baru"
    proposed_by = SubFactory(UserFactory, role=Role.NATIONAL)


class CorrectionFactory(DjangoModelFactory[Correction]):
    """Somebody of finance wants a payment taken back; the payment is to be named."""

    class Meta:
        model = Correction

    kind = CorrectionKind.REVERSAL
    reason = "uang milik orang lain"
    requested_by = SubFactory(UserFactory, role=Role.FINANCE)


def _discount_of_its_own() -> dict[str, Any]:
    return {
        "code": f"contoh_{next(_references)}",
        "programmes": ["JKK", "JKM"],
        "sector": None,
        "month_from": "2028-01",
        "month_to": "2028-03",
        "percent_off": 25,
        "excluded_payers": ["apbn"],
    }


class TariffProposalFactory(DjangoModelFactory[TariffProposal]):
    """A discount for 2028, proposed by finance and not decided."""

    class Meta:
        model = TariffProposal

    kind = TariffChangeKind.DISCOUNT
    source = "PP 12/2026"
    details = LazyFunction(_discount_of_its_own)
    proposed_by = SubFactory(UserFactory, role=Role.FINANCE)


class PayerFactory(DjangoModelFactory[Payer]):
    """A district budget, from 2024 on without an end."""

    class Meta:
        model = Payer

    kind = PayerKind.APBD
    name = Sequence(lambda n: f"Penyandang Dana Contoh {n}")
    office = SubFactory(OfficeFactory)
    contract_from = date(2024, 1, 1)


class MemberPayerFactory(DjangoModelFactory[MemberPayer]):
    """That a payer pays for a member; both are to be named."""

    class Meta:
        model = MemberPayer


def cared_for_member(agent: Agent | None = None, **columns: Any) -> Member:
    """A complete farmer of an agent who looks after her since 2024."""
    agent = agent or AgentFactory.create()
    member = MemberFactory.create(agent=agent, **columns)
    AssignmentFactory.create(member=member, agent=agent)
    return member


def imported_member(agent: Agent | None = None, **columns: Any) -> Member:
    """A farmer who was covered through October 2026 when she was brought in."""
    opening: dict[str, Any] = {
        "paid_through": date(2026, 10, 1),
        "episode_no": 1,
        "episode_started_on": date(2025, 3, 12),
    }
    opening |= {name: columns.pop(name) for name in list(columns) if name in opening}
    months = columns.pop("months_with_agent", 20)
    member = cared_for_member(agent, **opening, **columns)
    OpeningCover.objects.create(
        member=member,
        run=ImportRunFactory.create(),
        agent=member.agent,
        months_with_agent=months,
        **opening,
    )
    return member


def bill_for(
    *members: Member, months: int = 1, maker: Maker | None = None, now: datetime = NOW
) -> Bill:
    """A bill of the members' next months: of the first one's agent, unless another makes it."""
    maker = maker or _maker(members[0])
    ids = tuple(member.pk for member in members)
    made = make_bill(BillOrder(maker=maker, member_ids=ids, months=months), now=now)
    assert isinstance(made, BillMade | BillReused), made
    return Bill.objects.get(pk=made.bill_id)


def office_maker() -> UserMaker:
    """A national user, who may bill everybody."""
    return UserMaker(user_id=UserFactory.create(role=Role.NATIONAL).pk)


def partner_maker(outlet: PostAgent) -> PartnerMaker:
    """The counter's partner."""
    return PartnerMaker(partner_id=outlet.partner_id)


def taker(outlet: PostAgent) -> Taker:
    """The counter as posting knows it."""
    return Taker(
        partner_id=outlet.partner_id,
        admin_fee=outlet.partner.admin_fee,
        cutoff=outlet.partner.cutoff_time,
        outlet_id=outlet.pk,
    )


def command_for(bill: Bill, outlet: PostAgent, **changes: Any) -> PayCommand:
    """The right payment of a bill at a counter, under a key of its own."""
    return held_command(bill.code, outlet=outlet, **({"amount": bill.payable} | changes))


def held_command(code: str, /, amount: int, outlet: PostAgent, **changes: Any) -> PayCommand:
    """A payment under a code, whether a bill bears it or not, under a key of its own."""
    number = next(_references)
    said: dict[str, Any] = {
        "channel": Channel.REST,
        "taker": taker(outlet),
        "key": f"kunci-contoh-{number:08d}",
        "bill_code": code,
        "amount": amount,
        "reference": f"REF-{number:08d}",
        "paid_at": NOW,
    }
    return PayCommand(**(said | changes))


def reversal_of(payment: Payment, **changes: Any) -> ReverseCommand:
    """The taking back of a payment at the counter that took it, under a key of its own."""
    if payment.outlet is None:
        raise AssertionError("no counter took this payment")
    said: dict[str, Any] = {
        "taker": taker(payment.outlet),
        "key": f"kunci-batal-{next(_references):08d}",
        "target": payment.reference,
        "reason": ReversalReason.WRONG_MEMBER,
    }
    return ReverseCommand(**(said | changes))


def paid(member: Member, outlet: PostAgent, *, months: int = 1, now: datetime = NOW) -> Payment:
    """A booked payment of a member's next months."""
    bill = bill_for(member, months=months, now=now)
    outcome = pay(command_for(bill, outlet, paid_at=now, confirm_repeat=True), now=now)
    assert isinstance(outcome, Posted), outcome
    member.refresh_from_db()
    return Payment.objects.get(pk=outcome.payment_id)


def _maker(member: Member) -> Maker:
    return AgentMaker(agent_id=member.agent_id) if member.agent_id else office_maker()
